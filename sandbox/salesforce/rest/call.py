"""One REST call apart from its transport: composite requests make them too."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from sandbox.salesforce.access import Caller
from sandbox.salesforce.errors import ApiError, ApiErrors, unknown
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.soql.run import Asker


@dataclass(frozen=True)
class Call:
    """What is asked.

    Attributes:
        path: Decoded parts behind ``/services/data/v66.0``.
        args: Query string.
        headers: Names in lower case.
        body: Parsed JSON, None without one.
        counters: Those of the whole emulation.
    """

    org: Org
    caller: Caller
    method: str
    path: tuple[str, ...]
    args: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """The API version as it stands in paths."""
        return f"v{self.caller.version}.0"

    @property
    def base(self) -> str:
        """Address of the version."""
        return f"/services/data/{self.version}"

    def at(self, place: int) -> str:
        """Return a part of the path, empty if there is none."""
        return self.path[place] if place < len(self.path) else ""

    def mapping(self) -> dict[str, object]:
        """Return the body as an object.

        Raises:
            ApiError: It is none.
        """
        if not isinstance(self.body, dict):
            raise ApiError("JSON_PARSER_ERROR", unknown("the body must be a JSON object"))
        return self.body

    def sobject(self, name: str) -> SObject:
        """Return an object by name.

        Raises:
            ApiError: NOT_FOUND.
        """
        return self.org.sobject(name)

    def count_write(self) -> None:
        """Count one row that the call wants to write."""
        self.org.writes += 1
        self.counters["salesforce_writes"] = self.counters.get("salesforce_writes", 0) + 1

    def asker(self) -> Asker:
        """Return who asks a query."""
        user = self.org.user(self.caller.user_id) or {}
        zone = str(user.get("TimeZoneSidKey") or "GMT")
        return Asker(self.caller, self.org.store.now(), zone, self.version)


@dataclass(frozen=True)
class Reply:
    """What is answered; ``body`` None is an empty answer."""

    status: int
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


Send = Callable[[Call], Reply]


def guarded(send: Send, call: Call) -> Reply:
    """Answer the call; a refusal becomes the error array."""
    try:
        return send(call)
    except ApiErrors as several:
        return Reply(several.errors[0].http_status, [error.as_entry() for error in several.errors])
    except ApiError as refused:
        return Reply(refused.http_status, [refused.as_entry()])


def not_allowed(call: Call, *allowed: str) -> ApiError:
    """Return the refusal of a method."""
    what = f"{call.method} is not allowed here, only {', '.join(allowed)}"
    return ApiError("METHOD_NOT_ALLOWED", unknown(what))


def not_found() -> ApiError:
    """Return the refusal of an address that is none (observed)."""
    return ApiError("NOT_FOUND", "The requested resource does not exist")


def http_date(moment: datetime) -> str:
    """Return a moment for a header."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def moment_of(header: str) -> datetime | None:
    """Return the moment of a header, None if it is malformed."""
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
