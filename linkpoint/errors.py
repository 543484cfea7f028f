"""Errors of the two services, sorted by what happens next.

Clients raise them at the door; the engine, jobs and screens decide by type alone. Every message is written for people,
carries no token, no payload and no text of an event, and may be shown and logged as it is.
"""

from dataclasses import dataclass
from datetime import timedelta


@dataclass
class ServiceError(Exception):
    """A service did not do what was asked.

    Attributes:
        service: ``"outlook"`` or ``"salesforce"``.
        why: One plain sentence for people; never event text, never a secret.
        code: The service's own error code, for support; may be empty.
        reference: The service's request id, for support; may be empty.
    """

    service: str
    why: str
    code: str = ""
    reference: str = ""

    def __str__(self) -> str:
        return f"{self.service}: {self.why}" + (f" [{self.code}]" if self.code else "")


@dataclass
class TryLater(ServiceError):
    """Throttled, overloaded, timed out or cut off; the call may have had its effect.

    The engine ends the cycle; the job runs again after ``wait`` (``None``: the usual backoff).
    """

    wait: timedelta | None = None


@dataclass
class NeedsPerson(ServiceError):
    """Nothing works until a person acts: consent withdrawn, access denied, licence missing.

    ``what`` names the cause for screens and the way out: ``consent``, ``approval``, ``access``, ``licence``,
    ``secret``, ``user_inactive``, ``api_limit``, ``configuration``.
    """

    what: str = "access"


@dataclass
class StartOver(ServiceError):
    """The delta cursor is gone: begin a new round and keep every row (R12)."""


@dataclass
class Outdated(ServiceError):
    """The item moved since it was read; nothing was written: read again, plan again (R7)."""


@dataclass
class Gone(ServiceError):
    """The item, calendar or record is not there (404, 410 or deleted)."""


@dataclass
class Exists(ServiceError):
    """A record with our key is already there: adopt ``record_id``.  ``field`` is the unique field, if it is told."""

    record_id: str = ""
    field: str = ""


@dataclass
class Refused(ServiceError):
    """One item was refused; the others go on. ``field`` is the service's field name, if it named one."""

    field: str = ""
