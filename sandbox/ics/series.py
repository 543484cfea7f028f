"""Puts one event or series of a file into a mailbox, with its left-out, added and changed occurrences."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from icalendar import Component
from icalendar.prop import vBroken

from sandbox.ics.placing import Desk
from sandbox.ics.reading import (
    Times,
    content_of,
    first_of,
    text_of,
    times_of,
    wall_and_zone,
    wall_of,
    zoned,
)
from sandbox.ics.refusing import Refusing, Unusable
from sandbox.ics.report import Entry
from sandbox.ics.rules import NoPattern, Rule
from sandbox.ics.zones import Found, ZoneFinder
from sandbox.microsoft.record import Event

SINGLE_EVENTS = 1_000
SINGLE_EVENTS_SPAN = timedelta(days=5 * 366)
"""A rule that Outlook cannot express becomes at most so many events, until so long after its start and today."""


@dataclass
class Override:
    """A changed occurrence: a component with RECURRENCE-ID."""

    component: Component
    entry: Entry


@dataclass
class Placed:
    """What one component became.

    Attributes:
        master: The series, if it is one for Outlook.
        singles: Events by their original wall-clock start.
    """

    component: Component
    times: Times
    master: Event | None = None
    singles: dict[datetime, Event] = field(default_factory=dict)

    def all_events(self) -> list[Event]:
        """Return everything that was made."""
        return [*([self.master] if self.master else []), *self.singles.values()]


def place(desk: Desk, finder: ZoneFinder, component: Component, entry: Entry) -> Placed:
    """Make the event, the series or the single events that a component stands for.

    Raises:
        Unusable: It has no usable times or rule.
        GraphError: Outlook would not take it.
    """
    placed = Placed(component, times_of(component, finder, desk.mailbox.time_zone, entry))
    content = content_of(component, entry)
    if desk.replace_earlier(entry.uid):
        entry.change("replaces what an earlier import had made of this UID")
    skipped = _excluded(component, finder, placed.times, entry)
    if "EXRULE" in component:
        raise Unusable("EXRULE is not supported")
    rules = _listed(component, "RRULE")
    if not rules:
        _place_single(desk, placed, content, entry, placed.times.start)
    elif len(rules) > 1:
        raise Unusable("more than one RRULE")
    else:
        _place_rule(desk, placed, content, entry, rules[0], skipped)
    for start in _added(component, finder, placed.times, entry):
        if start not in placed.singles:
            _place_single(desk, placed, content, entry, start)
    if text_of(component, "STATUS").upper() == "CANCELLED":
        desk.mark_cancelled(placed.all_events())
    return placed


def place_alone(desk: Desk, finder: ZoneFinder, component: Component, entry: Entry) -> None:
    """Make a single event of a component, whatever it says of a series.

    Raises:
        Unusable: It has no usable times.
        GraphError: Outlook would not take it.
    """
    placed = Placed(component, times_of(component, finder, desk.mailbox.time_zone, entry))
    _place_single(desk, placed, content_of(component, entry), entry, placed.times.start)
    if text_of(component, "STATUS").upper() == "CANCELLED":
        desk.mark_cancelled(placed.all_events())


def apply_overrides(
    desk: Desk, finder: ZoneFinder, placed: Placed, overrides: Iterable[Override]
) -> list[Override]:
    """Change the occurrences that overrides speak of; return the overrides that speak of none."""
    left = []
    for override in overrides:
        with Refusing(override.entry):
            if not _apply(desk, finder, placed, override):
                left.append(override)
    return left


def _apply(desk: Desk, finder: ZoneFinder, placed: Placed, override: Override) -> bool:
    component, entry = override.component, override.entry
    original = _original(component, finder, placed.times)
    master, single = placed.master, placed.singles.get(original)
    in_series = master is not None and master.recurrence is not None
    if not in_series and single is None:
        return False
    if str(first_of(component, "RECURRENCE-ID").params.get("RANGE", "")).upper() == "THISANDFUTURE":
        raise Unusable("a change of this and all following occurrences is not supported")
    times = times_of(component, finder, desk.mailbox.time_zone, entry)
    wanted = content_of(component, entry) | times.span(times.start)
    cancelled = text_of(component, "STATUS").upper() == "CANCELLED"
    if single is not None:
        desk.change_occurrence(single, single, wanted)
        if cancelled:
            desk.mark_cancelled([single])
        entry.events = 0
        return True
    if master is None or not master.has_day(original.date()):
        return False
    if cancelled:
        desk.mailbox.remove(master.occurrence(original.date()), desk.office.now())
        return True
    desk.change_occurrence(master, master.detach(original.date()), wanted)
    return True


def _original(component: Component, finder: ZoneFinder, times: Times) -> datetime:
    """Return the wall-clock start, in the zone of the series, of the occurrence that an override replaces."""
    value, tzid = wall_of(component, "RECURRENCE-ID")
    if value is None:
        raise Unusable("RECURRENCE-ID is no time")
    return _in_series(value, tzid, finder, times)


def _in_series(
    value: date | datetime, tzid: str | None, finder: ZoneFinder, times: Times
) -> datetime:
    """Return a time of EXDATE, RDATE or RECURRENCE-ID on the wall clock of the series."""
    if not isinstance(value, datetime):
        return datetime.combine(value, times.start.time())
    if times.all_day or tzid is None:
        return datetime.combine(value.date(), time()) if times.all_day else value
    if times.zone.zone and finder.find(tzid, value).zone == times.zone.zone:
        return value
    instant = zoned(value, finder.find(tzid, value))
    return instant.astimezone(times.zone.tzinfo()).replace(tzinfo=None)


def _place_single(
    desk: Desk, placed: Placed, content: dict[str, Any], entry: Entry, start: datetime
) -> None:
    times = placed.times
    span = times.span(start)
    if not times.zone.zone:
        # Only the file knows this zone: the instants are kept.
        ends = (zoned(start, times.zone), zoned(start + times.length, times.zone))
        begin, end = (moment.astimezone(UTC).replace(tzinfo=None) for moment in ends)
        span = Times(begin, end - begin, times.all_day, Found("UTC")).span(begin)
    placed.singles[start] = desk.put(placed.component, entry.uid, content | span)
    entry.events += 1


def _place_rule(
    desk: Desk,
    placed: Placed,
    content: dict[str, Any],
    entry: Entry,
    text: str,
    skipped: set[datetime],
) -> None:
    times = placed.times
    try:
        rule = Rule.read(text, times.start, times.zone.zone or "UTC")
        first = next(iter(rule.expansion()), None)
    except NoPattern as error:
        raise Unusable(f"RRULE: {error}") from None
    if first is None:
        raise Unusable("RRULE gives no occurrence")
    if first != times.start:
        # RFC 5545 counts DTSTART even where the rule does not give it.
        entry.change("DTSTART does not fit the rule; it is an event of its own")
        rule = rule.one_fewer()
        if times.start not in skipped:
            _place_single(desk, placed, content, entry, times.start)
    try:
        _place_series(desk, placed, content, entry, rule, skipped)
    except NoPattern as error:
        left_out = _place_each(desk, placed, content, entry, rule, skipped)
        made = len(placed.singles)
        entry.change(f"RRULE {text}: {error}; {made} single events instead")
        if left_out is not None:
            entry.change(f"occurrences from {left_out.date().isoformat()} on are left out")


def _place_series(
    desk: Desk,
    placed: Placed,
    content: dict[str, Any],
    entry: Entry,
    rule: Rule,
    skipped: set[datetime],
) -> None:
    times = placed.times
    if not times.zone.zone:
        raise NoPattern("the zone has rules of its own")
    first = next(iter(rule.expansion()), None)
    if first is None:
        return
    pattern = rule.pattern(first=first.date())
    wanted = content | times.span(first) | {"recurrence": pattern}
    placed.master = desk.put(placed.component, entry.uid, wanted)
    entry.events += 1
    for start in sorted(skipped):
        if start.time() == times.start.time() and placed.master.has_day(start.date()):
            occurrence = placed.master.occurrence(start.date())
            desk.mailbox.remove(occurrence, desk.office.now())


def _place_each(
    desk: Desk,
    placed: Placed,
    content: dict[str, Any],
    entry: Entry,
    rule: Rule,
    skipped: set[datetime],
) -> datetime | None:
    """Make one event for each occurrence; return the first that is beyond the limits, if there is one."""
    now = desk.office.now().replace(tzinfo=None)
    last = max(placed.times.start, now) + SINGLE_EVENTS_SPAN
    for start in rule.expansion():
        if start > last or len(placed.singles) >= SINGLE_EVENTS:
            return start
        if start not in skipped and start not in placed.singles:
            _place_single(desk, placed, content, entry, start)
    return None


def _excluded(
    component: Component, finder: ZoneFinder, times: Times, entry: Entry
) -> set[datetime]:
    return {
        _in_series(value, tzid, finder, times) for value, tzid in _dates(component, "EXDATE", entry)
    }


def _added(component: Component, finder: ZoneFinder, times: Times, entry: Entry) -> list[datetime]:
    found = sorted(
        {
            _in_series(value, tzid, finder, times)
            for value, tzid in _dates(component, "RDATE", entry)
        }
    )
    if found:
        entry.change(f"RDATE: {len(found)} single events beside the series")
    return found


def _dates(
    component: Component, name: str, entry: Entry
) -> list[tuple[date | datetime, str | None]]:
    found: list[tuple[date | datetime, str | None]] = []
    for group in _raw(component, name):
        if isinstance(group, vBroken):
            continue
        tzid = group.params.get("TZID")
        for one in getattr(group, "dts", [group]):
            value = one.dt
            if isinstance(value, tuple):
                entry.change(f"{name}: the length of a period is that of the event")
                value = value[0]
            if isinstance(value, datetime):
                found.append(wall_and_zone(value, tzid))
            elif isinstance(value, date):
                found.append((value, None))
            else:
                entry.change(f"{name}: a value is no time and left out")
    return found


def _raw(component: Component, name: str) -> list[Any]:
    value = component.get(name)
    return value if isinstance(value, list) else [value] if value is not None else []


def _listed(component: Component, name: str) -> list[str]:
    return [value.to_ical().decode() for value in _raw(component, name)]
