"""Where each event stands in a week: days, rows of a quarter of an hour, columns, and the row of all-day events.

Pure.  Positions are by the clock on the wall, so that 10:00 is at 10:00 on a day of 23 or 25 hours as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

QUARTER_MIN = 15
ROWS = 24 * 60 // QUARTER_MIN
LEAST_SPAN = 2
"""Rows that an event takes at least: shorter ones could not be read."""

COLUMNS = 2
"""Events shown beside each other; further ones are counted in a mark."""

LANES = 3
"""All-day events shown above each other in a week; further ones are counted."""

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Timed:
    """An event from one instant (aware) to another."""

    key: int
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class AllDay:
    """An event of whole days, first and last inclusive."""

    key: int
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Segment:
    """The part of a timed event that lies on one day.

    Attributes:
        row: First quarter of an hour, from 0.
        span: Rows it takes.
        column, columns: Which of how many columns beside each other; ``column`` is None when it is only counted.
        crowded: A mark for further events stands at the right.
        begins, ends: Whether the event itself begins and ends here, and not at midnight.
    """

    key: int
    row: int
    span: int
    start: datetime
    end: datetime
    begins: bool = True
    ends: bool = True
    column: int | None = 0
    columns: int = 1
    crowded: bool = False


@dataclass(frozen=True, slots=True)
class More:
    """A mark for events that had no room; ``keys`` are theirs."""

    row: int
    keys: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """The part of an all-day event that lies on one day; ``lane`` is None when it is only counted."""

    key: int
    lane: int | None
    begins: bool
    ends: bool


@dataclass(slots=True)
class Day:
    """One column of the week."""

    date: date
    bars: list[Bar] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    more: list[More] = field(default_factory=list)

    @property
    def hidden_bars(self) -> tuple[int, ...]:
        """Return the all-day events that are only counted."""
        return tuple(bar.key for bar in self.bars if bar.lane is None)

    @property
    def count(self) -> int:
        """Return how many events touch the day."""
        return len(self.bars) + len(self.segments)


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from Monday; ``lanes`` is how many rows of all-day events there are."""

    monday: date
    days: tuple[Day, ...]
    lanes: int


def monday_of(day: date) -> date:
    """Return the Monday on or before a day."""
    return day - timedelta(days=day.weekday())


def bounds(monday: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the first instant of the week and the first one behind it."""
    return _midnight(monday, zone), _midnight(monday + 7 * _DAY, zone)


def lay_out(monday: date, zone: ZoneInfo, events: Iterable[Timed | AllDay]) -> Week:
    """Return where each event stands; a timed event of a day or longer stands with the all-day ones."""
    days = tuple(Day(monday + number * _DAY) for number in range(7))
    whole: list[AllDay] = []
    timed: list[Timed] = []
    for event in events:
        if isinstance(event, AllDay):
            whole.append(event)
        elif event.end - event.start >= _DAY:
            whole.append(_as_days(event, zone))
        else:
            timed.append(event)
    lanes = _fill_lanes(days, whole)
    for day in days:
        _fill_slots(day, [part for event in timed if (part := _part(event, day.date, zone))])
    return Week(monday, days, lanes)


def row_of(moment: datetime) -> int:
    """Return the quarter of an hour in which a wall-clock time lies."""
    return (moment.hour * 60 + moment.minute) // QUARTER_MIN


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _as_days(event: Timed, zone: ZoneInfo) -> AllDay:
    last = (event.end.astimezone(zone) - timedelta(microseconds=1)).date()
    return AllDay(event.key, event.start.astimezone(zone).date(), last)


def _part(event: Timed, day: date, zone: ZoneInfo) -> Segment | None:
    """Return what of an event lies on a day; an event without length counts on its day."""
    start, end = event.start.astimezone(zone), event.end.astimezone(zone)
    begins = start.date() == day
    ends_at_midnight = end.time() == time() and end.date() == day + _DAY
    ends = end.date() == day or ends_at_midnight
    covers = start.date() <= day <= end.date()
    if not covers or (not begins and end.date() == day and end.time() == time()):
        return None
    first = row_of(start) if begins else 0
    last = ROWS if not ends or ends_at_midnight else -(-(end.hour * 60 + end.minute) // QUARTER_MIN)
    first = min(first, ROWS - LEAST_SPAN)
    span = min(max(last - first, LEAST_SPAN), ROWS - first)
    return Segment(event.key, first, span, start, end, begins, ends)


def _fill_lanes(days: Sequence[Day], events: Sequence[AllDay]) -> int:
    """Give each all-day event the same lane on all its days; return how many lanes are used."""
    free_from: list[date] = []
    used = 0
    for event in sorted(events, key=lambda one: (one.first, one.first - one.last, one.key)):
        if event.last < days[0].date or event.first > days[-1].date:
            continue
        lane = next((n for n, day in enumerate(free_from) if day <= event.first), len(free_from))
        if lane == len(free_from):
            free_from.append(event.first)
        free_from[lane] = event.last + _DAY
        shown = lane if lane < LANES else None
        used = max(used, min(lane + 1, LANES))
        for day in days:
            if event.first <= day.date <= event.last:
                bar = Bar(event.key, shown, day.date == event.first, day.date == event.last)
                day.bars.append(bar)
    for day in days:
        day.bars.sort(key=lambda bar: LANES if bar.lane is None else bar.lane)
    return used


def _fill_slots(day: Day, parts: list[Segment]) -> None:
    """Put the parts of one day beside each other where they overlap."""
    parts.sort(key=lambda part: (part.row, -part.span, part.start, part.key))
    group: list[Segment] = []
    reaches = 0
    for part in parts:
        if part.row >= reaches:
            _fill_group(day, group)
            group = []
        group.append(part)
        reaches = max(reaches, part.row + part.span)
    _fill_group(day, group)


def _fill_group(day: Day, group: Sequence[Segment]) -> None:
    """Give columns to events that overlap, directly or through others."""
    ends: list[int] = []
    columns: list[int] = []
    for part in group:
        column = next((n for n, end in enumerate(ends) if end <= part.row), len(ends))
        if column == len(ends):
            ends.append(0)
        ends[column] = part.row + part.span
        columns.append(column)
    crowded = len(ends) > COLUMNS
    for part, column in zip(group, columns, strict=True):
        shown = column if column < COLUMNS else None
        day.segments.append(_placed(part, shown, min(len(ends), COLUMNS), crowded=crowded))
    hidden = [part for part, column in zip(group, columns, strict=True) if column >= COLUMNS]
    if hidden:
        day.more.append(More(hidden[0].row, tuple(part.key for part in hidden)))


def _placed(part: Segment, column: int | None, columns: int, *, crowded: bool) -> Segment:
    return Segment(
        part.key, part.row, part.span, part.start, part.end, part.begins, part.ends,
        column, columns, crowded,
    )  # fmt: skip
