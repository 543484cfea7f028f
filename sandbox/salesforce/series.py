"""Lightning series (contract section 1.5): the pattern text, and the starts it stands for.

Not emulated: series of the classic kind, moving a series, and deleting from one occurrence onwards.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from sandbox.salesforce.errors import ApiError, unknown

SINCE_VERSION = 52
_ORDER = (
    "FREQ", "BYMONTH", "BYMONTHDAY", "BYDAY", "WKST", "BYSETPOS", "INTERVAL", "UNTIL", "COUNT",
)  # fmt: skip
_LARGEST_INTERVAL = {"DAILY": 999, "WEEKLY": 99, "MONTHLY": 99, "YEARLY": 1}
_LARGEST_COUNT = 999


def refuse(what: str) -> ApiError:
    """Return the refusal of a pattern."""
    return ApiError("FIELD_INTEGRITY_EXCEPTION", unknown(what), ("Recurrence2PatternText",))


def normalised(text: str) -> str:
    """Return the pattern as it is stored: prefix, every part in its place, ``INTERVAL=1`` added.

    Raises:
        ApiError: A part is unknown, missing or out of bounds.
    """
    parts = dict(_parts(text.removeprefix("RRULE:")))
    frequency = parts.get("FREQ", "")
    parts.setdefault("INTERVAL", "1")
    if frequency not in _LARGEST_INTERVAL:
        raise refuse("FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY")
    if not 1 <= _number(parts["INTERVAL"]) <= _LARGEST_INTERVAL[frequency]:
        raise refuse("INTERVAL is out of bounds")
    if frequency == "WEEKLY" and "BYDAY" not in parts:
        raise refuse("a weekly pattern needs BYDAY")
    if "COUNT" in parts and (
        "UNTIL" in parts or not 1 <= _number(parts["COUNT"]) <= _LARGEST_COUNT
    ):
        raise refuse("COUNT must be 1 to 999 and excludes UNTIL")
    shown = (f"{name}={parts[name]}" for name in _ORDER if name in parts)
    pattern = "RRULE:" + ";".join(shown)
    starts(pattern, datetime(2026, 1, 1, tzinfo=UTC), "GMT", 1)  # refuses what cannot be read
    return pattern


def _parts(text: str) -> Iterator[tuple[str, str]]:
    for part in filter(None, text.split(";")):
        name, _, value = part.partition("=")
        if name not in _ORDER or not value:
            raise refuse(f"{name} is no part of a pattern")
        yield name, value


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def starts(pattern: str, first: datetime, zone: str, most: int) -> list[datetime]:
    """Return the starts of a normalised pattern, UTC, on the wall clock of the zone.

    Raises:
        ApiError: The pattern cannot be read.
    """
    where = ZoneInfo(zone)
    wall = first.astimezone(where).replace(tzinfo=None)
    body = ";".join(_on_the_wall(part, where) for part in pattern.removeprefix("RRULE:").split(";"))
    try:
        found = list(islice(rrulestr(body, dtstart=wall), most))
    except ValueError as wrong:
        raise refuse("the pattern cannot be read") from wrong
    return [moment.replace(tzinfo=where).astimezone(UTC) for moment in found]


def _on_the_wall(part: str, zone: ZoneInfo) -> str:
    """Return the part with its UNTIL, which is UTC, in local time without a zone."""
    name, _, value = part.partition("=")
    if name != "UNTIL":
        return part
    try:
        until = datetime.strptime(value, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as wrong:
        raise refuse("UNTIL must look like 20261231T225959Z") from wrong
    return f"UNTIL={until.astimezone(zone):%Y%m%dT%H%M%S}"
