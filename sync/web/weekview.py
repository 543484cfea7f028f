"""A week as its template shows it: days with the parts of their events, labels, and what stands around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from linkpoint.accounts.models import Mailbox
from sync.web import reading, words
from sync.web.cards import Card, Rules, card_of
from sync.web.reading import Seen
from sync.web.week import AllDay, Bar, Day, Segment, bounds, lay_out, row_of
from sync.web.words import Clock

_WEEKDAYS = 5


@dataclass(frozen=True, slots=True)
class Part:
    """What of one event stands on one day.

    Attributes:
        id: Of its element; the same after each change.
        css: Classes that place it.
        start, end: Times as shown; ``start`` is "All day" for whole days.
    """

    id: str
    card: Card
    css: str
    start: str
    end: str = ""


@dataclass(frozen=True, slots=True)
class DayView:
    """One day.

    Attributes:
        early: Before yesterday in the present week; an agenda begins behind it.
        more: Marks for what had no room: row and count.
        hidden: All-day events that had no room.
    """

    date: date
    is_today: bool
    is_past: bool
    early: bool
    bars: Sequence[Part]
    parts: Sequence[Part]
    more: Sequence[tuple[int, int]]
    hidden: int
    now_row: int | None

    @property
    def id(self) -> str:
        """Return the id of its heading."""
        return f"day-{self.date:%Y%m%d}"


@dataclass(frozen=True, slots=True)
class WeekView:
    """A week."""

    monday: date
    title: str
    number: int
    days: Sequence[DayView]
    lanes: int
    hours: Sequence[str]
    zone_name: str
    note: str
    earlier: str
    next_day: date | None
    next_text: str

    @property
    def day(self) -> str:
        """Return the day that addresses name it by."""
        return self.monday.isoformat()

    @property
    def previous(self) -> date:
        """Return a day of the week before."""
        return self.monday - timedelta(days=7)

    @property
    def following(self) -> date:
        """Return a day of the week after."""
        return self.monday + timedelta(days=7)

    @property
    def is_empty(self) -> bool:
        """Tell whether there is no event at all."""
        return not any(day.bars or day.parts for day in self.days)

    @property
    def picked(self) -> str:
        """Return the week as a week picker holds it."""
        year, week, _ = self.monday.isocalendar()
        return f"{year}-W{week:02}"

    def parts_of(self, pk: int) -> list[Part]:
        """Return the parts of one event."""
        return [part for day in self.days for part in (*day.bars, *day.parts) if part.card.pk == pk]


def week_view(mailbox: Mailbox, monday: date, rules: Rules) -> WeekView:
    """Return a week of a mailbox (two queries; one more when it is empty)."""
    return view_of(mailbox, monday, rules, reading.events_between(mailbox, monday, rules.clock))


def fingerprint(found: Sequence[Seen], rules: Rules) -> str:
    """Return a short text that differs when the week would look different; far cheaper than drawing it."""
    local = rules.clock.local(rules.now)
    values = [(row.name, row.value) for row in rules.policy.values.values()]
    parts = [repr((local.date(), row_of(local), rules.clock, values))]
    parts += [repr((seen.row.pk, seen.row.fields, seen.row.facts, seen.standing)) for seen in found]
    return sha256("".join(parts).encode()).hexdigest()[:16]


def view_of(mailbox: Mailbox, monday: date, rules: Rules, found: Sequence[Seen]) -> WeekView:
    """Return a week from the events that were read for it."""
    cards = {seen.row.pk: card_of(seen, rules) for seen in found}
    week = lay_out(
        monday, rules.clock.zone, [card.spot for card in cards.values() if card.spot is not None]
    )
    today = rules.clock.local(rules.now).date()
    shown = [day for day in week.days if _is_shown(day, today)]
    days = [_day(day, cards, today, rules) for day in shown]
    next_at = None if cards else reading.next_event(mailbox, bounds(monday, rules.clock.zone)[1])
    return WeekView(
        monday=monday,
        title=words.week_title(shown[0].date, shown[-1].date),
        number=monday.isocalendar().week,
        days=days,
        lanes=week.lanes + any(day.hidden for day in days),
        hours=[rules.clock.hour(hour) for hour in range(24)],
        zone_name=_zone_name(monday, rules.clock),
        note=words.clock_change(monday, rules.clock.zone),
        earlier=_earlier(days),
        next_day=rules.clock.local(next_at).date() if next_at else None,
        next_text=rules.clock.near(next_at, rules.now) if next_at else "",
    )


def _is_shown(day: Day, today: date) -> bool:
    """Weekends appear when they hold an event, or are today."""
    return day.date.weekday() < _WEEKDAYS or day.count > 0 or day.date == today


def _zone_name(monday: date, clock: Clock) -> str:
    noon = datetime.combine(monday, datetime.min.time(), clock.zone) + timedelta(hours=12)
    name = noon.tzname() or ""
    return f"UTC{name[:3]}" if name[:1] in "+-" else name


def _day(day: Day, cards: Mapping[int, Card], today: date, rules: Rules) -> DayView:
    is_today = day.date == today
    return DayView(
        date=day.date,
        is_today=is_today,
        is_past=day.date < today,
        early=day.date < today - timedelta(days=1)
        and day.date - timedelta(days=day.date.weekday())
        == today - timedelta(days=today.weekday()),
        bars=[_bar(bar, cards[bar.key], day.date, rules.clock) for bar in day.bars],
        parts=[
            _part(segment, cards[segment.key], day.date, rules.clock) for segment in day.segments
        ],
        more=[(mark.row, len(mark.keys)) for mark in day.more],
        hidden=len(day.hidden_bars),
        now_row=row_of(rules.clock.local(rules.now)) if is_today else None,
    )


def _bar(bar: Bar, card: Card, day: date, clock: Clock) -> Part:
    css = "is-over" if bar.lane is None else f"l{bar.lane}"
    css += "" if bar.begins else " is-from"
    css += "" if bar.ends else " is-on"
    if isinstance(card.spot, AllDay) or card.spot is None:
        return Part(_id(card, day), card, css, "All day")
    start = clock.time(card.spot.start) if bar.begins else "All day"
    return Part(_id(card, day), card, css, start, clock.time(card.spot.end) if bar.ends else "")


def _part(segment: Segment, card: Card, day: date, clock: Clock) -> Part:
    css = [f"r{segment.row}", f"s{segment.span}"]
    if segment.column is None:
        css.append("is-over")
    elif segment.columns > 1:
        css.append(f"c{segment.column}")
    if segment.crowded:
        css.append("is-crowded")
    css += ["is-from"] if not segment.begins else []
    css += ["is-on"] if not segment.ends else []
    start = clock.wall(segment.start) if segment.begins else clock.midnight
    end = clock.wall(segment.end) if segment.ends else clock.midnight
    return Part(_id(card, day), card, " ".join(css), start, end)


def _id(card: Card, day: date) -> str:
    return f"ev-{card.pk}-{day:%m%d}"


def _earlier(days: Sequence[DayView]) -> str:
    """Return what the button says that shows the days an agenda leaves out; empty if there are none."""
    early = [day for day in days if day.early]
    count = len({part.card.pk for day in early for part in (*day.bars, *day.parts)})
    if not count:
        return ""
    names = [f"{day.date:%a} {day.date.day}" for day in early]
    named = " and ".join(names) if len(names) < 3 else f"{names[0]} to {names[-1]}"
    return f"Show {named}: {count} event{'s' if count > 1 else ''}"
