"""Series, their occurrences and exceptions: contract section 9."""

from datetime import date
from itertools import islice
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.microsoft import recurrence
from sandbox.microsoft.recurrence import DAYS, Recurrence
from sandbox.server import Sandbox
from tests.sandbox.graph import Graph, event, weekly


def pattern_of(start: str, pattern: dict[str, Any], **span: Any) -> Recurrence:
    value = {"pattern": pattern, "range": {"type": "noEnd", "startDate": start, **span}}
    return recurrence.read(value, event_zone="UTC", short_months_end=True)


def first_days(rule: Recurrence, count: int = 4) -> list[str]:
    return [day.isoformat() for day in islice(rule.days_of_series(), count)]


@pytest.mark.parametrize(
    ("start", "pattern", "days"),
    [
        (
            "2026-12-01",
            {"type": "daily", "interval": 3},
            ["2026-12-01", "2026-12-04", "2026-12-07"],
        ),
        (
            "2026-12-01",
            {"type": "weekly", "interval": 1, "daysOfWeek": ["Tuesday", "friday"]},
            ["2026-12-01", "2026-12-04", "2026-12-08"],
        ),
        (
            "2026-01-31",
            {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
            ["2026-01-31", "2026-02-28", "2026-03-31"],
        ),
        (
            "2026-11-30",
            {
                "type": "relativeMonthly",
                "interval": 1,
                "daysOfWeek": list(DAYS[:5]),
                "index": "last",
            },
            ["2026-11-30", "2026-12-31", "2027-01-29"],
        ),
        (
            "2026-11-26",
            {
                "type": "relativeYearly",
                "interval": 1,
                "daysOfWeek": ["thursday"],
                "index": "fourth",
                "month": 11,
            },
            ["2026-11-26", "2027-11-25", "2028-11-23"],
        ),
        (
            "2024-02-29",
            {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2},
            ["2024-02-29", "2025-02-28", "2026-02-28"],
        ),
    ],
)
def test_pattern_gives_its_days(start: str, pattern: dict[str, Any], days: list[str]) -> None:
    assert first_days(pattern_of(start, pattern), 3) == days


@pytest.mark.parametrize(
    ("first_day", "days"),
    [
        ("sunday", ["2026-07-05", "2026-07-06", "2026-07-19", "2026-07-20", "2026-08-02"]),
        ("monday", ["2026-07-05", "2026-07-13", "2026-07-19", "2026-07-27", "2026-08-02"]),
    ],
)
def test_first_day_of_week_decides_which_weeks_count(first_day: str, days: list[str]) -> None:
    pattern = {
        "type": "weekly",
        "interval": 2,
        "daysOfWeek": ["sunday", "monday"],
        "firstDayOfWeek": first_day,
    }

    assert first_days(pattern_of("2026-07-05", pattern), 5) == days


def test_short_months_can_be_left_out() -> None:
    value = {
        "pattern": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31},
        "range": {"type": "noEnd", "startDate": "2026-01-31"},
    }

    rule = recurrence.read(value, event_zone="UTC", short_months_end=False)

    assert first_days(rule, 3) == ["2026-01-31", "2026-03-31", "2026-05-31"]


def test_day_that_never_comes_ends_the_expansion() -> None:
    value = {
        "pattern": {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 31, "month": 2},
        "range": {"type": "noEnd", "startDate": "2026-02-28"},
    }

    rule = recurrence.read(value, event_zone="UTC", short_months_end=False)

    assert first_days(rule) == []


@given(
    kind=st.sampled_from(
        ["daily", "weekly", "absoluteMonthly", "relativeMonthly", "absoluteYearly"]
    ),
    interval=st.integers(1, 5),
    start=st.dates(date(2020, 1, 1), date(2030, 12, 28)),
    later=st.integers(0, 4000),
)
def test_jumping_ahead_gives_the_same_days_as_counting(
    kind: str, interval: int, start: date, later: int
) -> None:
    rule = Recurrence(
        kind=kind,
        interval=interval,
        start=start,
        zone="UTC",
        days=(start.weekday(),),
        day_of_month=start.day,
        month=start.month,
        index="last",
    )
    from_day = date.fromordinal(start.toordinal() + later)

    jumped = list(islice(rule.days_of_series(not_before=from_day), 5))

    counted = (day for day in rule.days_of_series() if day >= from_day)
    assert jumped == list(islice(counted, 5))


def test_response_fills_every_member_of_a_pattern(graph: Graph) -> None:
    made = graph.create(weekly())

    assert made["recurrence"] == {
        "pattern": {
            "type": "weekly",
            "interval": 1,
            "month": 0,
            "dayOfMonth": 0,
            "daysOfWeek": ["tuesday"],
            "firstDayOfWeek": "sunday",
            "index": "first",
        },
        "range": {
            "type": "numbered",
            "startDate": "2026-12-01",
            "endDate": "0001-01-01",
            "recurrenceTimeZone": "Europe/Berlin",
            "numberOfOccurrences": 4,
        },
    }


def test_series_keeps_its_wall_clock_time_across_the_clock_change(graph: Graph) -> None:
    wanted = event(
        start="2026-03-10T09:00:00",
        end="2026-03-10T10:00:00",
        recurrence={
            "pattern": {"type": "weekly", "interval": 1, "daysOfWeek": ["tuesday"]},
            "range": {"type": "endDate", "startDate": "2026-03-10", "endDate": "2026-04-07"},
        },
    )
    graph.create(wanted)

    found = graph.view("2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z")

    assert [one["start"]["dateTime"][5:16] for one in found] == [
        "03-10T08:00",
        "03-17T08:00",
        "03-24T08:00",
        "03-31T07:00",
        "04-07T07:00",
    ]


def test_series_after_midnight_counts_its_days_in_its_own_zone(graph: Graph) -> None:
    graph.create(weekly() | event(start="2026-12-01T00:30:00", end="2026-12-01T01:00:00"))

    found = graph.view("2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z")

    assert [one["start"]["dateTime"][:16] for one in found][:2] == [
        "2026-11-30T23:30",
        "2026-12-07T23:30",
    ]


def test_start_date_must_be_the_day_of_the_start_in_the_zone_of_the_series(graph: Graph) -> None:
    wanted = weekly()
    wanted["start"] = {"dateTime": "2026-11-30T23:30:00", "timeZone": "UTC"}
    wanted["end"] = {"dateTime": "2026-12-01T00:30:00", "timeZone": "UTC"}

    answer = graph.call("POST", "/events", wanted)

    assert answer.status_code == 400
    assert "startDate" in answer.json()["error"]["message"]


def test_changed_occurrence_becomes_an_exception_that_keeps_its_slot(graph: Graph) -> None:
    master = graph.create(weekly())
    occurrence = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]

    changed = graph.change(
        occurrence["id"],
        {
            "start": {"dateTime": "2026-12-08T15:00:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-12-08T16:00:00", "timeZone": "Europe/Berlin"},
        },
    )

    assert (changed["id"], changed["type"]) == (occurrence["id"], "exception")
    assert changed["seriesMasterId"] == master["id"]
    assert changed["originalStart"].startswith("2026-12-08T08:00:00")
    assert changed["iCalUId"] == master["iCalUId"]


def test_occurrence_cannot_move_over_its_neighbour(graph: Graph) -> None:
    graph.create(weekly())
    occurrence = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]
    target = "2026-12-16T09:00:00"

    answer = graph.call(
        "PATCH",
        f"/events/{occurrence['id']}",
        {
            "start": {"dateTime": target, "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-12-16T10:00:00", "timeZone": "Europe/Berlin"},
        },
    )

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "ErrorOccurrenceCrossingBoundary"
    assert graph.get(f"/events/{occurrence['id']}")["type"] == "occurrence"


def test_cancelled_occurrences_are_listed_only_on_demand(graph: Graph) -> None:
    master = graph.create(weekly())
    gone = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]["id"]

    graph.call("DELETE", f"/events/{gone}")

    asked = graph.get(f"/events/{master['id']}?$select=subject,cancelledOccurrences")
    assert asked["cancelledOccurrences"] == [f"OID.{master['id']}.2026-12-08"]
    assert "cancelledOccurrences" not in graph.get(f"/events/{master['id']}")
    assert graph.call("GET", f"/events/{gone}").status_code == 404


def test_exceptions_are_listed_with_select_and_expand(graph: Graph) -> None:
    master = graph.create(weekly())
    one = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]["id"]
    graph.change(one, {"subject": "Changed"})

    asked = graph.get(
        f"/events/{master['id']}?$select=subject,exceptionOccurrences&$expand=exceptionOccurrences"
    )

    assert [found["id"] for found in asked["exceptionOccurrences"]] == [one]


def test_instances_are_the_occurrences_of_one_series(graph: Graph) -> None:
    master = graph.create(weekly())
    graph.create(event("Other"))

    found = graph.get(
        f"/events/{master['id']}/instances"
        "?startDateTime=2026-12-05T00:00:00Z&endDateTime=2026-12-20T00:00:00Z"
    )["value"]

    assert [one["start"]["dateTime"][:10] for one in found] == ["2026-12-08", "2026-12-15"]


@pytest.mark.parametrize(("drops", "subject"), [(True, "Jour fixe"), (False, "Changed")])
def test_new_time_of_a_series_ends_its_exceptions(
    server: Sandbox, graph: Graph, drops: bool, subject: str
) -> None:
    server.world.microsoft.switches.set("master_patch_drops_exceptions", drops)
    master = graph.create(weekly())
    one = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]["id"]
    graph.change(one, {"subject": "Changed"})

    graph.change(
        master["id"],
        {
            "start": {"dateTime": "2026-12-01T11:00:00", "timeZone": "Europe/Berlin"},
            "end": {"dateTime": "2026-12-01T12:00:00", "timeZone": "Europe/Berlin"},
        },
    )

    assert graph.get(f"/events/{one}")["subject"] == subject


def test_new_subject_of_a_series_reaches_exceptions_that_have_none_of_their_own(
    graph: Graph,
) -> None:
    master = graph.create(weekly())
    first, second = (
        graph.view(f"2026-12-{day}T00:00:00Z", f"2026-12-{day}T23:00:00Z")[0]["id"]
        for day in ("08", "15")
    )
    graph.change(first, {"subject": "Own"})
    graph.change(second, {"showAs": "free"})

    graph.change(master["id"], {"subject": "New"})

    assert graph.get(f"/events/{first}")["subject"] == "Own"
    assert graph.get(f"/events/{second}")["subject"] == "New"


def test_null_recurrence_turns_a_series_into_a_single_event(graph: Graph) -> None:
    master = graph.create(weekly())

    changed = graph.change(master["id"], {"recurrence": None})

    assert changed["type"] == "singleInstance"
    assert len(graph.view("2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z")) == 1


def test_all_day_series_shows_days(graph: Graph) -> None:
    wanted = weekly(isAllDay=True) | {
        "start": {"dateTime": "2026-12-01T00:00:00", "timeZone": "Europe/Berlin"},
        "end": {"dateTime": "2026-12-02T00:00:00", "timeZone": "Europe/Berlin"},
    }
    graph.create(wanted)

    found = graph.view(
        "2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z", prefer='outlook.timezone="Europe/Berlin"'
    )

    assert [one["start"]["dateTime"] for one in found][:2] == [
        "2026-12-01T00:00:00.0000000",
        "2026-12-08T00:00:00.0000000",
    ]


@pytest.mark.parametrize(
    "pattern",
    [
        {"type": "hourly", "interval": 1},
        {"type": "daily", "interval": 0},
        {"type": "weekly", "interval": 1, "daysOfWeek": []},
        {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": -1},
        {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "fifth"},
        {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 13},
    ],
)
def test_impossible_pattern_is_refused(pattern: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be|required"):
        pattern_of("2026-12-01", pattern)


def test_refused_change_of_a_series_leaves_it_as_it_was(graph: Graph) -> None:
    master = graph.create(weekly())
    before = graph.get(f"/events/{master['id']}")
    wrong = weekly()["recurrence"]
    wrong["range"]["startDate"] = "2026-12-08"

    answer = graph.call("PATCH", f"/events/{master['id']}", {"subject": "x", "recurrence": wrong})

    assert answer.status_code == 400
    assert graph.get(f"/events/{master['id']}") == before


def test_single_event_becomes_a_series_in_its_own_zone(graph: Graph) -> None:
    made = graph.create(event())

    changed = graph.change(made["id"], {"recurrence": weekly()["recurrence"]})

    assert changed["type"] == "seriesMaster"
    assert changed["recurrence"]["range"]["recurrenceTimeZone"] == "Europe/Berlin"
