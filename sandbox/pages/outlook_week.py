"""Lays out a week: which event stands where."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.microsoft import zones
from sandbox.microsoft.record import Event
from sandbox.microsoft.rendering import Renderer

SHORTEST_MINUTES = 25
"""An event is drawn at least this long, or it could not be read."""


@dataclass
class Block:
    """One event on one day.

    Attributes:
        begins: Minutes after midnight.
        lane: Place beside the others at the same time, of ``lanes``.
    """

    event: dict[str, Any]
    text: str
    begins: int = 0
    minutes: int = 0
    lane: int = 0
    lanes: int = 1


@dataclass
class Day:
    """One column."""

    date: date
    is_today: bool
    all_day: list[Block] = field(default_factory=list)
    timed: list[Block] = field(default_factory=list)


def monday_of(day: date) -> date:
    """Return the Monday of the week."""
    return day - timedelta(days=day.weekday())


def week_window(monday: date, zone: str) -> tuple[datetime, datetime]:
    """Return the instants between which a week lies in a zone."""
    return zones.midnight(monday, zone), zones.midnight(monday + timedelta(days=7), zone)


def layout(
    events: Sequence[Event], renderer: Renderer, monday: date, zone: str, today: date
) -> list[Day]:
    """Return the seven days with their events."""
    days = [Day(monday + timedelta(days=n), monday + timedelta(days=n) == today) for n in range(7)]
    for event in events:
        shown = renderer.event(event)
        for day in days:
            block = _block(event, shown, day.date, zone)
            if block is not None:
                (day.all_day if event.fields["isAllDay"] else day.timed).append(block)
    for day in days:
        _lanes(day.timed)
    return days


def _block(event: Event, shown: dict[str, Any], day: date, zone: str) -> Block | None:
    """Return the part of an event that lies on a day."""
    if event.fields["isAllDay"]:
        inside = event.start.wall.date() <= day < event.end.wall.date()
        return Block(shown, "all day") if inside else None
    start, end = _local(event.start.utc(), zone), _local(event.end.utc(), zone)
    midnight = datetime.combine(day, time())
    if start >= midnight + timedelta(days=1) or (end <= midnight and start != midnight):
        return None
    begins = max(start, midnight)
    length = min(end, midnight + timedelta(days=1)) - begins
    minutes = max(int(length.total_seconds() // 60), SHORTEST_MINUTES)
    text = (
        f"{start:%H:%M}\N{EN DASH}{end:%H:%M}" if start.date() == end.date() else f"{start:%H:%M} …"
    )
    return Block(shown, text, begins.hour * 60 + begins.minute, minutes)


def _local(moment: datetime, zone: str) -> datetime:
    return zones.to_wall(moment.astimezone(UTC), zone)


def _lanes(blocks: list[Block]) -> None:
    """Put blocks of the same time beside each other."""
    blocks.sort(key=lambda block: (block.begins, -block.minutes))
    for group in _touching(blocks):
        ends: list[int] = []
        for block in group:
            free = next((n for n, end in enumerate(ends) if end <= block.begins), len(ends))
            ends[free : free + 1] = [block.begins + block.minutes]
            block.lane = free
        for block in group:
            block.lanes = len(ends)


def _touching(blocks: list[Block]) -> Iterator[list[Block]]:
    group: list[Block] = []
    end = 0
    for block in blocks:
        if group and block.begins >= end:
            yield group
            group = []
        group.append(block)
        end = max(end, block.begins + block.minutes)
    if group:
        yield group


def today_in(zone: str, now: datetime) -> date:
    """Return the day that it is in a zone."""
    known: ZoneInfo = zones.zone(zone)
    return now.astimezone(known).date()
