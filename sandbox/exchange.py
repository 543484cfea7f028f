"""What observers are shown of the traffic, and how a request is read as it came over the wire."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Request


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to a service and its answer; items of a batch are exchanges of their own.

    Attributes:
        path: Below the version of the API, decoded.
        request_body: Decoded JSON, or None.
        response_body: Decoded JSON, or None.
    """

    service: str
    method: str
    path: str
    query: dict[str, str]
    request_body: Any
    status: int
    response_body: Any


def raw_target(request: Request) -> str:
    """Return path and query as sent, so that an escaped slash stays one; absolute forms lose their host."""
    raw = str(request.environ.get("REQUEST_URI") or request.full_path)
    if raw.startswith("/"):
        return raw
    parts = urlsplit(raw)
    return parts.path + (f"?{parts.query}" if parts.query else "")
