"""When the events of a calendar file are: a reading of its own, with zoneinfo and dateutil.

It shares nothing with the sandbox or the product, so that an error in either shows as a difference.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrule, rrulestr
from dateutil.tz import tzical
from icalendar import Component
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_WRITTEN = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?")
_SHOWN_BY_OUTLOOK = {
    "Eastern Time": "America/New_York",
    "Pacific Time": "America/Los_Angeles",
    "Amsterdam, ": "Europe/Berlin",
    "Greenwich Mean Time": "Europe/London",
    "Germany/Berlin": "Europe/Berlin",
}
_DAY = timedelta(days=1)


class Unreadable(Exception):
    """There is no usable start or end."""


@dataclass(frozen=True, slots=True)
class Written:
    """A time as the file has it: digits, and the clock that they are of; ``clock`` is None for a date."""

    wall: datetime
    clock: tzinfo | None

    @property
    def instant(self) -> datetime:
        """Return the instant; of a date its midnight in UTC."""
        return self.wall.replace(tzinfo=self.clock or UTC).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Slot:
    """Start on the clock of the event, and how far the clock goes on until its end."""

    start: Written
    length: timedelta

    @property
    def all_day(self) -> bool:
        """Tell whether it lasts whole days."""
        return self.start.clock is None

    def at(self, wall: datetime) -> "Slot":
        """Return the occurrence that starts when the clock shows ``wall``."""
        return Slot(Written(wall, self.start.clock), self.length)

    @property
    def begin(self) -> datetime:
        """Return the first instant."""
        return self.start.instant

    @property
    def end(self) -> datetime:
        """Return the instant after the last."""
        return Written(self.start.wall + self.length, self.start.clock).instant


class Clocks:
    """The time zones that a calendar file speaks of."""

    def __init__(self, calendar: Component, home: str) -> None:
        self._home = ZoneInfo(home)
        self._defined = {str(part.get("TZID")): part for part in calendar.walk("VTIMEZONE")}
        self._known: dict[str, tzinfo] = {}

    def named(self, name: str | None) -> tzinfo:
        """Return the clock of a TZID; a time without one is of the mailbox's zone."""
        if name is None:
            return self._home
        if name not in self._known:
            self._known[name] = self._find(name)
        return self._known[name]

    def _find(self, name: str) -> tzinfo:
        for candidate in (name, WINDOWS_TO_OLSON.get(name, "")):
            try:
                return ZoneInfo(candidate)
            except (ValueError, OSError, ZoneInfoNotFoundError):
                continue
        if name in self._defined:
            return _as_defined(self._defined[name])
        for part, zone in _SHOWN_BY_OUTLOOK.items():
            if part in name:
                return ZoneInfo(zone)
        raise AssertionError(f"nobody knows the time zone {name}")


def _as_defined(part: Component) -> tzinfo:
    lines = part.to_ical().decode().replace("\r\n ", "").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("X-"))
    clock = tzical(io.StringIO(text)).get()
    assert isinstance(clock, tzinfo)
    return clock


def written(component: Component, name: str, clocks: Clocks) -> Written | None:
    """Return a time of a component, None if it has none; one that is no time is :class:`Unreadable`."""
    prop: Any = component.get(name)
    if prop is None:
        return None
    return _moment(prop.to_ical().decode(), dict(prop.params).get("TZID"), clocks, name)


def _moment(text: str, tzid: str | None, clocks: Clocks, name: str) -> Written:
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise Unreadable(name)
    day, clock, utc = match.groups()
    try:
        wall = datetime.strptime(day + (clock or "000000"), "%Y%m%d%H%M%S")  # noqa: DTZ007 -- wall clock
    except ValueError:
        raise Unreadable(name) from None
    if clock is None:
        return Written(wall, None)
    return Written(wall, UTC if utc else clocks.named(tzid))


def slot_of(component: Component, clocks: Clocks) -> Slot:
    """Return when a component is.

    Raises:
        Unreadable: Start or end is missing or no time.
    """
    start, end = written(component, "DTSTART", clocks), written(component, "DTEND", clocks)
    if start is None:
        raise Unreadable("DTSTART")
    if _means_whole_days(component, start, end):
        start = Written(start.wall, None)
    if start.clock is None:
        return Slot(start, max(_DAY, _length(component, start, end)))
    return Slot(start, _length(component, start, end))


def _means_whole_days(component: Component, start: Written, end: Written | None) -> bool:
    midnights = end is not None and f"{start.wall:%H%M%S}{end.wall:%H%M%S}" == "0" * 12
    return midnights and str(component.get("X-MICROSOFT-CDO-ALLDAYEVENT", "")) == "TRUE"


def _length(component: Component, start: Written, end: Written | None) -> timedelta:
    if end is not None:
        here = end.wall
        if start.clock is not None and end.clock is not None:
            here = end.instant.astimezone(start.clock).replace(tzinfo=None)
        return here - start.wall
    if "DURATION" in component:
        duration: Any = component["DURATION"]
        length: timedelta = duration.dt
        return length
    return _DAY if start.clock is None else timedelta()


@dataclass(frozen=True, slots=True)
class Series:
    """The starts that a rule gives, as the clock shows them.

    Attributes:
        until: The last moment at which one may start, or None.
        extra: DTSTART, where the rule does not give it; it counts all the same.
    """

    rule: rrule
    until: datetime | None
    extra: datetime | None
    bounded: bool

    def between(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """Yield the starts in a span, ends included."""
        if self.extra is not None and first <= self.extra <= last:
            yield self.extra
        for start in self.rule.xafter(first - timedelta(seconds=1)):
            if start > last or (self.until is not None and start > self.until):
                return
            yield start


def series_of(component: Component, slot: Slot, clocks: Clocks) -> Series | None:
    """Return the rule of a component, None if it has none."""
    line: Any = component.get("RRULE")
    if line is None:
        return None
    text = line.to_ical().decode()
    parts = dict(part.split("=", 1) for part in text.split(";"))
    until = _until(parts.pop("UNTIL", ""), slot, clocks)
    rule = _rule(parts, slot)
    extra = None
    if next(iter(rule), None) != slot.start.wall:
        extra = slot.start.wall
        if "COUNT" in parts:
            parts["COUNT"] = str(int(parts["COUNT"]) - 1)
            rule = _rule(parts, slot)
    return Series(rule, until, extra, bool(until or "COUNT" in parts))


def _rule(parts: dict[str, str], slot: Slot) -> rrule:
    rule = rrulestr(";".join("=".join(part) for part in parts.items()), dtstart=slot.start.wall)
    assert isinstance(rule, rrule)
    return rule


def _until(text: str, slot: Slot, clocks: Clocks) -> datetime | None:
    """Return UNTIL on the clock of the series; a date means that day to its end."""
    if not text:
        return None
    last = _moment(text, None, clocks, "UNTIL")
    if last.clock is None:
        return last.wall + _DAY - timedelta(seconds=1)
    if not text.endswith("Z"):
        return last.wall
    # Exchange ends a series of days at the last midnight of its zone, which is the mailbox's.
    clock = slot.start.clock or clocks.named(None)
    return last.instant.astimezone(clock).replace(tzinfo=None)


def left_out(component: Component, slot: Slot, clocks: Clocks) -> set[datetime]:
    """Return the starts that EXDATE takes away, as the clock of the series shows them."""
    value: Any = component.get("EXDATE", [])
    found = set()
    for group in value if isinstance(value, list) else [value]:
        for text in group.to_ical().decode().split(","):
            one = _moment(text, dict(group.params).get("TZID"), clocks, "EXDATE")
            found.add(in_series(one, slot))
    return found


def in_series(one: Written, slot: Slot) -> datetime:
    """Return a time as the clock of a series shows it; a series of days takes the day that is written."""
    if slot.start.clock is None:
        return datetime.combine(one.wall.date(), datetime.min.time())
    if one.clock is None:
        return datetime.combine(one.wall.date(), slot.start.wall.time())
    return one.instant.astimezone(slot.start.clock).replace(tzinfo=None)
