"""One event as a mailbox keeps it; nothing here knows JSON or HTTP."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.microsoft import zones
from sandbox.microsoft.recurrence import Recurrence

DEFAULTS: dict[str, Any] = {
    "subject": "",
    "body": "",
    "isAllDay": False,
    "location": {},
    "locations": [],
    "attendees": [],
    "categories": [],
    "showAs": "busy",
    "sensitivity": "normal",
    "importance": "normal",
    "isReminderOn": True,
    "reminderMinutesBeforeStart": 15,
    "responseRequested": True,
    "allowNewTimeProposals": True,
    "hideAttendees": False,
    "isOnlineMeeting": False,
    "onlineMeetingProvider": "unknown",
    "joinUrl": "",
    "isCancelled": False,
}
"""Fields besides times, as created without being named; ``body`` is HTML, the rest is as Graph has it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A wall-clock time and the name of its zone, as they were given."""

    wall: datetime
    zone: str

    def utc(self) -> datetime:
        """Return the instant."""
        return zones.to_utc(self.wall, self.zone)

    def moved_to(self, zone: str) -> "Moment":
        """Return the same instant in another zone."""
        return Moment(zones.to_wall(self.utc(), zone), zone) if zone != self.zone else self


@dataclass
class Event:
    """A single event, a series, an occurrence or an exception.

    Attributes:
        number: Number in its mailbox; occurrences and exceptions have that of their series.
        version: What changeKey and etag are made of.
        changed: Place of the last change in the mailbox's history.
        moves: How often it changed its calendar.
        day: Original day of an occurrence or exception, in the zone of the recurrence.
        slot_start: Where the series had put it, an instant.
        detached: It is an exception: stored by itself.
        overrides: Fields in which an exception differs from its series.
        cancelled: Days of a series that were deleted.
        exceptions: Days of a series that were changed.
        properties: Extended properties by id.
        extensions: Open extensions by name.
    """

    number: int
    calendar: int
    uid: str
    start: Moment
    end: Moment
    created: datetime
    modified: datetime
    organizer: tuple[str, str]
    is_organizer: bool = True
    fields: dict[str, Any] = field(default_factory=dict)
    recurrence: Recurrence | None = None
    response: str = "organizer"
    responded: datetime | None = None
    version: int = 1
    changed: int = 0
    moves: int = 0
    day: date | None = None
    slot_start: datetime | None = None
    detached: bool = False
    overrides: set[str] = field(default_factory=set)
    transaction_id: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, dict[str, Any]] = field(default_factory=dict)
    cancelled: set[date] = field(default_factory=set)
    exceptions: dict[date, "Event"] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The eventType of Graph."""
        if self.recurrence is not None:
            return "seriesMaster"
        if self.day is None:
            return "singleInstance"
        return "exception" if self.detached else "occurrence"

    @property
    def duration(self) -> timedelta:
        """Length on the wall clock."""
        zone = self.recurrence.zone if self.recurrence else self.start.zone
        return self.end.moved_to(zone).wall - self.start.moved_to(zone).wall

    def overlaps(self, start: datetime, end: datetime) -> bool:
        """Tell whether the event has a part in the window; a moment without length counts at its start."""
        mine, until = self.start.utc(), self.end.utc()
        return mine < end and (until > start or mine >= start)

    def slot(self, day: date) -> Moment:
        """Return when the occurrence of a day of the series would start."""
        if self.recurrence is None:
            raise ValueError("Only a series has slots.")
        start = self.start.moved_to(self.recurrence.zone)
        return Moment(datetime.combine(day, start.wall.time()), self.recurrence.zone)

    def occurrence(self, day: date) -> "Event":
        """Return the exception of a day, or the occurrence that follows its series."""
        if day in self.exceptions:
            return self.exceptions[day]
        start = self.slot(day)
        # On the wall clock, so that a meeting of an hour stays one when the clock changes.
        end = Moment(start.wall + self.duration, start.zone)
        return replace(
            self,
            start=start,
            end=end,
            day=day,
            slot_start=start.utc(),
            recurrence=None,
            transaction_id="",
            properties={},
            extensions={},
            cancelled=set(),
            exceptions={},
        )

    def detach(self, day: date) -> "Event":
        """Make the occurrence of a day an exception, if it is none yet, and return it."""
        if day not in self.exceptions:
            made = self.occurrence(day)
            made.fields = deepcopy(self.fields)
            made.detached = True
            made.overrides = set()
            self.exceptions[day] = made
        return self.exceptions[day]

    def has_day(self, day: date) -> bool:
        """Tell whether the series has an occurrence or exception of this day."""
        if self.recurrence is None or day in self.cancelled:
            return False
        return day in self.exceptions or self.recurrence.holds(day)

    def occurrences(self, start: datetime, end: datetime) -> Iterator["Event"]:
        """Yield occurrences and exceptions that overlap a window, by original day."""
        if self.recurrence is None:
            return
        slack = timedelta(days=2)
        first = _day_of(start, -(self.duration + slack))
        last = _day_of(end, slack)
        days = set(self.exceptions)
        for day in self.recurrence.days_of_series(not_before=first):
            if day > last:
                break
            days.add(day)
        for day in sorted(days - self.cancelled):
            found = self.occurrence(day)
            if found.overlaps(start, end):
                yield found


def _day_of(moment: datetime, shift: timedelta) -> date:
    """Return the day of a shifted moment, held inside the calendar."""
    try:
        return (moment.astimezone(UTC) + shift).date()
    except OverflowError:
        return date.min if shift < timedelta() else date.max
