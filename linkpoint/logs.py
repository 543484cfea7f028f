"""Structured logs: one JSON object a line, fixed words with fields, never event text or secrets."""

from typing import Any

import structlog

_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_settings(path: str = "") -> dict[str, Any]:
    """Return the ``LOGGING`` of Django; with ``path``, every record of every level goes to that file as well."""
    structlog.configure(
        processors=[
            *_SHARED,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handlers: dict[str, Any] = {
        "console": {"class": "logging.StreamHandler", "formatter": "json", "level": "INFO"}
    }
    if path:
        handlers["file"] = {
            "class": "logging.FileHandler",
            "filename": path,
            "formatter": "json",
            "level": "DEBUG",
        }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    # Records of libraries come with their error as it is; ours are formatted before.
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": handlers,
        "root": {"handlers": list(handlers), "level": "DEBUG" if path else "INFO"},
        "loggers": {
            # These two log query strings and URLs with ids at DEBUG; their warnings are enough.
            "urllib3": {"level": "INFO"},
            "django.db.backends": {"level": "INFO"},
            # Logs answers of the token endpoint that it cannot read, and claims of tokens it does not like.
            "msal": {"level": "CRITICAL"},
        },
    }
