"""Where events stand in a week."""

from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from sync.web.week import (
    COLUMNS,
    LANES,
    LEAST_SPAN,
    ROWS,
    AllDay,
    Segment,
    Timed,
    bounds,
    lay_out,
    monday_of,
)
from sync.web.words import clock_change
from tests.web.makers import BERLIN, at

MONDAY = date(2026, 11, 16)
_zones = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"]
)
_mondays = st.dates(date(2024, 1, 1), date(2028, 1, 1)).map(monday_of)


@st.composite
def _timed(draw: st.DrawFn, monday: date) -> Timed:
    first = datetime(monday.year, monday.month, monday.day, tzinfo=UTC)
    start = first + timedelta(minutes=draw(st.integers(-2 * 1440, 9 * 1440)))
    length = timedelta(minutes=draw(st.integers(0, 3 * 1440)))
    return Timed(draw(st.integers(1, 10**6)), start, start + length)


@st.composite
def _weeks(draw: st.DrawFn) -> tuple[date, ZoneInfo, list[Timed | AllDay]]:
    monday = draw(_mondays)
    timed = draw(st.lists(_timed(monday), max_size=25, unique_by=lambda one: one.key))
    days = draw(st.lists(st.tuples(st.integers(-5, 9), st.integers(0, 12)), max_size=8))
    whole = [
        AllDay(-number - 1, monday + timedelta(first), monday + timedelta(first + length))
        for number, (first, length) in enumerate(days)
    ]
    return monday, ZoneInfo(draw(_zones)), [*timed, *whole]


@given(_weeks())
def test_every_segment_lies_inside_its_day(
    drawn: tuple[date, ZoneInfo, list[Timed | AllDay]],
) -> None:
    for day in lay_out(*drawn).days:
        for part in day.segments:
            assert part.row >= 0
            assert part.span >= LEAST_SPAN
            assert part.row + part.span <= ROWS


@given(_weeks())
def test_segments_that_are_shown_never_cover_each_other(
    drawn: tuple[date, ZoneInfo, list[Timed | AllDay]],
) -> None:
    for day in lay_out(*drawn).days:
        shown = [part for part in day.segments if part.column is not None]
        for one, other in combinations(shown, 2):
            assert not _overlap(one, other) or one.column != other.column
            if _overlap(one, other):
                assert one.columns == other.columns > 1


@given(_weeks())
def test_bars_that_are_shown_never_share_a_lane(
    drawn: tuple[date, ZoneInfo, list[Timed | AllDay]],
) -> None:
    week = lay_out(*drawn)
    for day in week.days:
        lanes = [bar.lane for bar in day.bars if bar.lane is not None]
        assert len(lanes) == len(set(lanes))
        assert all(lane < week.lanes <= LANES for lane in lanes)


@given(_weeks())
def test_no_event_of_the_week_is_lost(drawn: tuple[date, ZoneInfo, list[Timed | AllDay]]) -> None:
    monday, zone, events = drawn
    week = lay_out(monday, zone, events)
    placed = {part.key for day in week.days for part in day.segments}
    placed |= {bar.key for day in week.days for bar in day.bars}
    first, last = bounds(monday, zone)
    for event in events:
        if isinstance(event, AllDay):
            inside = event.first <= monday + timedelta(6) and event.last >= monday
        else:
            inside = event.start < last and (event.end > first or event.start >= first)
        assert (event.key in placed) is inside, event


@given(_weeks())
def test_what_has_no_room_is_counted(drawn: tuple[date, ZoneInfo, list[Timed | AllDay]]) -> None:
    for day in lay_out(*drawn).days:
        hidden = [part.key for part in day.segments if part.column is None]
        counted = [key for mark in day.more for key in mark.keys]
        assert sorted(hidden) == sorted(counted)


def test_the_third_of_three_overlapping_events_is_counted() -> None:
    events = [Timed(n, at(MONDAY, 10), at(MONDAY, 11)) for n in (1, 2, 3)]
    day = lay_out(MONDAY, BERLIN, events).days[0]
    assert [part.column for part in day.segments] == [0, 1, None]
    assert day.more[0].keys == (3,)
    assert COLUMNS == 2


def test_events_that_only_touch_stand_below_each_other() -> None:
    events = [
        Timed(1, at(MONDAY, 10), at(MONDAY, 11)),
        Timed(2, at(MONDAY, 11), at(MONDAY, 12)),
    ]
    assert [part.columns for part in lay_out(MONDAY, BERLIN, events).days[0].segments] == [1, 1]


def test_an_event_across_midnight_stands_on_both_days() -> None:
    tuesday = MONDAY + timedelta(1)
    days = lay_out(MONDAY, BERLIN, [Timed(1, at(MONDAY, 22), at(tuesday, 2))]).days
    (late,), (early,) = days[0].segments, days[1].segments
    assert (late.row, late.row + late.span, late.begins, late.ends) == (88, ROWS, True, False)
    assert (early.row, early.span, early.begins, early.ends) == (0, 8, False, True)


def test_an_event_that_ends_at_midnight_stands_on_one_day() -> None:
    days = lay_out(MONDAY, BERLIN, [Timed(1, at(MONDAY, 22), at(MONDAY + timedelta(1), 0))]).days
    assert [len(day.segments) for day in days] == [1, 0, 0, 0, 0, 0, 0]
    assert days[0].segments[0].ends


def test_a_timed_event_of_a_day_or_more_stands_with_the_all_day_ones() -> None:
    days = lay_out(MONDAY, BERLIN, [Timed(1, at(MONDAY, 9), at(MONDAY + timedelta(2), 17))]).days
    assert [len(day.bars) for day in days] == [1, 1, 1, 0, 0, 0, 0]


def test_an_all_day_event_keeps_its_lane_on_all_its_days() -> None:
    events = [
        AllDay(1, MONDAY, MONDAY),
        AllDay(2, MONDAY, MONDAY + timedelta(3)),
        AllDay(3, MONDAY + timedelta(1), MONDAY + timedelta(2)),
    ]
    week = lay_out(MONDAY, BERLIN, events)
    lanes = {bar.lane for day in week.days for bar in day.bars if bar.key == 2}
    assert len(lanes) == 1
    assert week.lanes == 2


def test_ten_o_clock_is_at_ten_o_clock_when_the_clocks_change() -> None:
    sunday = date(2026, 10, 25)
    week = lay_out(monday_of(sunday), BERLIN, [Timed(1, at(sunday, 10), at(sunday, 11))])
    assert week.days[6].segments[0].row == 40
    assert clock_change(monday_of(sunday), BERLIN) == "Clocks go back on Sunday."
    assert clock_change(monday_of(date(2026, 3, 29)), BERLIN) == "Clocks go forward on Sunday."
    assert clock_change(MONDAY, BERLIN) == ""


def test_an_event_in_the_hour_that_comes_twice_has_a_place() -> None:
    start = datetime(2026, 10, 25, 0, 45, tzinfo=UTC)  # 02:45 summer time
    week = lay_out(date(2026, 10, 19), BERLIN, [Timed(1, start, start + timedelta(minutes=30))])
    part = week.days[6].segments[0]
    assert part.span >= LEAST_SPAN


def _overlap(one: Segment, other: Segment) -> bool:
    return one.row < other.row + other.span and other.row < one.row + one.span
