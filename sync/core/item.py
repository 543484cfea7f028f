"""Items: one Outlook event or one Salesforce Event in canonical form.

Fields are plain JSON values, so that observations, bases and payloads are stored and compared as they are:

* ``subject``, ``location``, ``description``: text, line ends LF, no trailing spaces;
* ``all_day``: bool; ``start``, ``end``: ``2026-11-19T10:30:00Z`` (instants, UTC) or ``2026-11-19`` (dates, end
  exclusive) when ``all_day``;
* ``show_as``, ``sensitivity``: in the words of their side; ``reminder``: minutes before the start, or None.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NewType, TypeAlias
from zoneinfo import ZoneInfo

OutlookId = NewType("OutlookId", str)
SalesforceId = NewType("SalesforceId", str)

Value: TypeAlias = str | int | bool | None
Fields: TypeAlias = Mapping[str, Value]


class Kind(StrEnum):
    """What a Graph event is, in Graph's words."""

    SINGLE = "singleInstance"
    OCCURRENCE = "occurrence"
    EXCEPTION = "exception"
    MASTER = "seriesMaster"


@dataclass(frozen=True, slots=True)
class Person:
    """An organizer or attendee; ``address`` is lower case."""

    address: str
    name: str = ""
    response: str = ""
    kind: str = "required"


@dataclass(frozen=True, slots=True)
class OutlookItem:
    """One Outlook event as last seen.

    Attributes:
        etag: Version; moves without a change of content as well (graph.md 2).
        original_start: Slot of an occurrence in its series: instant, or date for an all-day series; else empty.
        zone: IANA zone the event was made in.
        problem: Why it cannot be used (unreadable time, ...); empty if it can.
    """

    id: OutlookId
    kind: Kind
    etag: str
    fields: Fields
    ical_uid: str = ""
    series_master_id: str = ""
    original_start: str = ""
    transaction_id: str = ""
    zone: str = "UTC"
    organizer: Person | None = None
    attendees: tuple[Person, ...] = ()
    categories: tuple[str, ...] = ()
    my_response: str = "organizer"
    is_cancelled: bool = False
    is_online_meeting: bool = False
    web_link: str = ""
    problem: str = ""

    @property
    def is_private(self) -> bool:
        """Tell whether the event is private, personal or confidential (sync.md 13.5)."""
        return self.fields.get("sensitivity", "normal") != "normal"


@dataclass(frozen=True, slots=True)
class SalesforceItem:
    """One Salesforce Event as last read; ``read_at`` is the server's time of reading."""

    id: SalesforceId
    owner_id: str
    modstamp: datetime
    read_at: datetime
    fields: Fields
    key: str = ""
    modified_by: str = ""
    is_deleted: bool = False
    is_series_row: bool = False


def as_text(moment: datetime) -> str:
    """Return an aware instant in canonical form, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_instant(text: str) -> datetime:
    """Return the aware instant of a canonical text; a date gives its midnight in UTC."""
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    return datetime.fromisoformat(text)


def as_day(text: str, zone: str) -> str:
    """Return the date of an instant that is midnight, in UTC or else in ``zone`` (IANA), in canonical form.

    Where a whole day is told by its midnight, the reading may have moved that to UTC (graph.md 5).
    """
    if "T" not in text:
        return text
    moment = as_instant(text)
    shown = moment if moment.time() == time() else moment.astimezone(ZoneInfo(zone))
    return shown.date().isoformat()


def start_of(fields: Fields) -> datetime:
    """Return the start as an instant (all-day: midnight UTC of the first day)."""
    return as_instant(str(fields["start"]))


def end_of(fields: Fields) -> datetime:
    """Return the end as an instant (all-day: midnight UTC after the last day)."""
    return as_instant(str(fields["end"]))


def duration_of(fields: Fields) -> timedelta:
    """Return how long the event lasts."""
    return end_of(fields) - start_of(fields)


def tidy(text: str) -> str:
    """Return text in canonical form: NFC, LF, plain spaces, at most two blank lines in a row, no trailing space."""
    text = (
        unicodedata.normalize("NFC", text)
        .replace("\r\n", "\n")
        .replace("\r", "\n")
        .replace("\u00a0", " ")
    )
    lines: list[str] = []
    blank = 0
    for line in text.split("\n"):
        stripped = line.rstrip()
        blank = blank + 1 if not stripped else 0
        if blank <= 2:
            lines.append(stripped)
    return "\n".join(lines).strip("\n").rstrip()
