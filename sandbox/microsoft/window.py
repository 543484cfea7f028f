"""The window of calendarView, instances and delta (contract, sections 2 and 6)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from sandbox.microsoft.errors import GraphError, invalid

LONGEST_DAYS = 1825

# Seven digits of a second are one too many for Python.
_FRACTION = re.compile(r"(\.\d{1,6})\d*")


def window_of(query: Mapping[str, str]) -> tuple[datetime, datetime]:
    """Return the window that startDateTime and endDateTime span; an offset counts, none means UTC.

    Raises:
        GraphError: One is missing or no time, they are the wrong way round, or over 1825 days apart.
    """
    start, end = _moment(query, "startDateTime"), _moment(query, "endDateTime")
    if end < start:
        raise invalid("endDateTime: lies before startDateTime.")
    if (end - start).days > LONGEST_DAYS or (end - start).total_seconds() > LONGEST_DAYS * 86_400:
        message = (
            "Your request can't be completed. The range between the start and end dates is greater "
            f"than the allowed range. Maximum number of days: {LONGEST_DAYS}"
        )
        raise GraphError(400, "ErrorInvalidRequest", message)
    return start, end


def _moment(query: Mapping[str, str], name: str) -> datetime:
    # An unescaped plus arrives as a space.
    text = query.get(name, "").strip().replace(" ", "+")
    try:
        moment = datetime.fromisoformat(_FRACTION.sub(r"\1", text))
    except ValueError:
        raise invalid(f"{name}: must be a time such as 2026-11-25T00:00:00Z.") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
