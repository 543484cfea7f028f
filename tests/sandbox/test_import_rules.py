"""Calendar files: what becomes of each kind of component, rule and time."""

from datetime import UTC, datetime

import pytest

from sandbox.world import World
from tests.sandbox.graph import ADDRESS
from tests.sandbox.ics_files import (
    custom_zone,
    load,
    make_world,
    only_event,
    outcome,
    starts,
    vevent,
)


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ("FREQ=DAILY;COUNT=3", "daily"),
        ("FREQ=DAILY;BYDAY=TU,WE;COUNT=3", "weekly"),
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;COUNT=6", "weekly"),
        ("FREQ=MONTHLY;BYMONTHDAY=1;COUNT=3", "absoluteMonthly"),
        ("FREQ=MONTHLY;BYDAY=1TU;COUNT=3", "relativeMonthly"),
        ("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1;COUNT=3", "relativeMonthly"),
        ("FREQ=YEARLY;COUNT=3", "absoluteYearly"),
        ("FREQ=YEARLY;BYMONTH=12;BYDAY=1TU", "relativeYearly"),
    ],
)
def test_rule_that_outlook_knows_becomes_a_series(world: World, rule: str, kind: str) -> None:
    report = load(world, vevent(f"RRULE:{rule}"))

    assert outcome(report) == ("imported", "")
    assert only_event(world)["recurrence"]["pattern"]["type"] == kind


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ("FREQ=MONTHLY;BYMONTHDAY=1,15;COUNT=4", 4),
        ("FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", 3),
        ("FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3", 3),
        ("FREQ=YEARLY;BYMONTH=3,12;BYMONTHDAY=1;COUNT=4", 4),
        ("FREQ=HOURLY;INTERVAL=2;COUNT=5", 5),
        ("FREQ=MONTHLY;BYDAY=1TU,3TU;COUNT=4", 4),
        ("FREQ=DAILY;BYMONTH=12;COUNT=5", 5),
        ("FREQ=YEARLY;BYWEEKNO=49;BYDAY=TU;COUNT=3", 3),
    ],
)
def test_rule_that_outlook_does_not_know_becomes_single_events(
    world: World, rule: str, count: int
) -> None:
    report = load(world, vevent(f"RRULE:{rule}"))

    events = world.microsoft.events(ADDRESS)
    assert outcome(report)[0] == "changed"
    assert f"{count} single events instead" in outcome(report)[1]
    assert [one["type"] for one in events] == ["singleInstance"] * count
    assert {one["iCalUId"] for one in events} == {"one"}


def test_endless_rule_that_outlook_does_not_know_ends_where_the_report_says(world: World) -> None:
    world.clock.move_to(datetime(2026, 12, 1, tzinfo=UTC), freeze=True)

    report = load(world, vevent("RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15"))

    assert len(world.microsoft.events(ADDRESS)) == 121
    assert "occurrences from 2031-12-15 on are left out" in outcome(report)[1]


def test_week_begins_on_monday_where_the_rule_does_not_say(world: World) -> None:
    load(
        world,
        vevent(
            "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;COUNT=4",
            start="DTSTART;TZID=Europe/Berlin:20260705T090000",
        ),
    )

    assert [day[:10] for day in starts(world)] == [
        "2026-07-05",
        "2026-07-13",
        "2026-07-19",
        "2026-07-27",
    ]


def test_until_in_utc_is_cut_on_the_day_of_the_series_zone(world: World) -> None:
    load(
        world,
        vevent(
            "RRULE:FREQ=DAILY;UNTIL=20260831T220000Z",
            start="DTSTART;TZID=Europe/Berlin:20260830T000000",
        ),
    )

    assert only_event(world)["recurrence"]["range"]["endDate"] == "2026-09-01"
    assert len(starts(world)) == 3


def test_left_out_added_changed_and_cancelled_occurrences(world: World) -> None:
    report = load(
        world,
        vevent(
            "RRULE:FREQ=DAILY;COUNT=5",
            "EXDATE:20261202T080000Z",
            "RDATE;TZID=Europe/Berlin:20261210T090000",
        ),
        vevent(
            "RECURRENCE-ID;TZID=Europe/Berlin:20261203T090000",
            start="DTSTART;TZID=Europe/Berlin:20261203T150000",
        ),
        vevent("RECURRENCE-ID;TZID=Europe/Berlin:20261204T090000", "STATUS:CANCELLED"),
    )

    assert [entry.outcome for entry in report.entries] == ["changed", "imported", "imported"]
    assert "RDATE: 1 single events beside the series" in outcome(report)[1]
    assert starts(world) == [
        "2026-12-01T08:00",
        "2026-12-03T14:00",
        "2026-12-05T08:00",
        "2026-12-10T08:00",
    ]


def test_override_without_its_series_is_a_single_event(world: World) -> None:
    report = load(world, vevent("RECURRENCE-ID;TZID=Europe/Berlin:20261203T090000"))

    assert outcome(report)[0] == "changed"
    assert only_event(world)["type"] == "singleInstance"


def test_start_that_does_not_fit_its_rule_is_an_event_of_its_own(world: World) -> None:
    report = load(world, vevent("RRULE:FREQ=WEEKLY;BYDAY=FR;COUNT=3"))

    assert [day[:10] for day in starts(world)] == ["2026-12-01", "2026-12-04", "2026-12-11"]
    assert "DTSTART does not fit the rule" in outcome(report)[1]


@pytest.mark.parametrize(
    ("lines", "start", "end"),
    [
        (["DTSTART:20261201T080000Z", "DTEND:20261201T090000Z"], "T08:00", "T09:00"),
        (["DTSTART:20261201T090000", "DTEND:20261201T093000"], "T08:00", "T08:30"),
        (
            ["DTSTART;TZID=Pacific Standard Time:20261201T090000", "DURATION:PT90M"],
            "T17:00",
            "T18:30",
        ),
        (
            [
                "DTSTART;TZID=Europe/Berlin:20261201T090000",
                "DTEND;TZID=America/New_York:20261201T040000",
            ],
            "T08:00",
            "T09:00",
        ),
    ],
)
def test_times_are_read_in_every_form(world: World, lines: list[str], start: str, end: str) -> None:
    load(world, vevent(*lines[1:], start=lines[0]))

    read = only_event(world)
    assert read["start"]["dateTime"][10:16] == start
    assert read["end"]["dateTime"][10:16] == end


def test_missing_end_is_a_moment_or_a_day(world: World) -> None:
    timed = "BEGIN:VEVENT\nUID:a\nDTSTART:20261201T080000Z\nEND:VEVENT"
    day = "BEGIN:VEVENT\nUID:b\nDTSTART;VALUE=DATE:20261201\nEND:VEVENT"

    load(world, timed, day)

    lengths = {
        one["iCalUId"]: (
            one["isAllDay"],
            datetime.fromisoformat(one["end"]["dateTime"][:19])
            - datetime.fromisoformat(one["start"]["dateTime"][:19]),
        )
        for one in world.microsoft.events(ADDRESS)
    }
    assert {uid: (all_day, span.days) for uid, (all_day, span) in lengths.items()} == {
        "a": (False, 0),
        "b": (True, 1),
    }


@pytest.mark.parametrize(
    ("tzid", "hour"),
    [
        ("Amsterdam\\, Berlin\\, Bern\\, Rome\\, Stockholm\\, Vienna", "08"),
        ("(UTC-05:00) Eastern Time (US & Canada)", "14"),
        ("/example.org/20070129_1/Europe/Berlin", "08"),
        ("Nowhere", "08"),
    ],
)
def test_odd_zone_name_is_read_and_reported(world: World, tzid: str, hour: str) -> None:
    plain = tzid.replace("\\", "")
    report = load(world, vevent(start=f'DTSTART;TZID="{plain}":20261201T090000'))

    assert only_event(world)["start"]["dateTime"][11:13] == hour
    assert "time zone" in outcome(report)[1]


def test_zone_of_the_file_with_known_rules_gets_its_known_name(world: World) -> None:
    zone = custom_zone("Customized Time Zone", "+0900")
    report = load(
        world,
        zone,
        vevent(
            "RRULE:FREQ=DAILY;COUNT=2", start="DTSTART;TZID=Customized Time Zone:20261201T090000"
        ),
    )

    assert "read as Asia/Tokyo" in outcome(report)[1]
    assert starts(world) == ["2026-12-01T00:00", "2026-12-02T00:00"]


def test_two_files_may_define_the_same_zone_name_in_two_ways(world: World) -> None:
    for uid, offset in (("tokyo", "+0900"), ("utc", "+0000")):
        start = "DTSTART;TZID=Customized Time Zone:20261201T090000"
        load(world, custom_zone("Customized Time Zone", offset), vevent(uid=uid, start=start))

    assert starts(world) == ["2026-12-01T00:00", "2026-12-01T09:00"]


def test_zone_with_rules_of_its_own_keeps_its_instants(world: World) -> None:
    zone = custom_zone("Odd", "+0123")
    report = load(
        world, zone, vevent("RRULE:FREQ=DAILY;COUNT=2", start="DTSTART;TZID=Odd:20261201T090000")
    )

    assert "2 single events instead" in outcome(report)[1]
    assert starts(world) == ["2026-12-01T07:37", "2026-12-02T07:37"]


def test_content_becomes_what_outlook_has_for_it(world: World) -> None:
    load(
        world,
        vevent(
            "DESCRIPTION:one\\ntwo",
            "LOCATION:Room Elbe",
            "CLASS:PRIVATE",
            "CATEGORIES:Customer,Travel",
            "PRIORITY:1",
            "TRANSP:TRANSPARENT",
            "ORGANIZER;CN=Boss:mailto:boss@example.com",
            f"ATTENDEE;PARTSTAT=ACCEPTED:mailto:{ADDRESS}",
            "ATTENDEE;CUTYPE=RESOURCE:mailto:room@example.com",
            "BEGIN:VALARM\nACTION:DISPLAY\nTRIGGER:-PT30M\nEND:VALARM",
        ),
    )

    read = only_event(world)
    picked = {name: read[name] for name in ("sensitivity", "showAs", "importance", "categories")}
    assert picked == {
        "sensitivity": "private",
        "showAs": "free",
        "importance": "high",
        "categories": ["Customer", "Travel"],
    }
    assert read["bodyPreview"] == "one\r\ntwo"
    assert read["location"]["displayName"] == "Room Elbe"
    assert (read["isReminderOn"], read["reminderMinutesBeforeStart"]) == (True, 30)
    assert (read["isOrganizer"], read["organizer"]["emailAddress"]["name"]) == (False, "Boss")
    assert read["responseStatus"]["response"] == "accepted"
    assert [one["type"] for one in read["attendees"]] == ["required", "resource"]
    assert world.microsoft.mails == []


def test_cancelled_event_is_shown_as_cancelled(world: World) -> None:
    load(world, vevent("STATUS:CANCELLED"))

    assert only_event(world)["isCancelled"] is True


@pytest.mark.parametrize(
    ("component", "reason"),
    [
        ("BEGIN:VTODO\nUID:t\nSUMMARY:Buy milk\nEND:VTODO", "a task is not an event"),
        ("BEGIN:VJOURNAL\nUID:j\nEND:VJOURNAL", "a journal entry is not an event"),
        ("BEGIN:VFREEBUSY\nUID:f\nEND:VFREEBUSY", "free and busy times are not events"),
        ("BEGIN:VEVENT\nUID:e\nEND:VEVENT", "DTSTART is missing or no time"),
        ("BEGIN:VEVENT\nUID:e\nDTSTART:20261332T090000Z\nEND:VEVENT", "DTSTART"),
        (vevent("DTEND:20201201T090000Z"), "the end lies before the start"),
        (vevent("RRULE:FREQ=SOMETIMES"), "RRULE"),
    ],
)
def test_what_is_no_event_is_refused_with_its_uid_and_the_reason(
    world: World, component: str, reason: str
) -> None:
    report = load(world, component)

    assert outcome(report)[0] == "refused"
    assert reason in report.text()
    assert report.entries[0].uid in report.text()
    assert world.microsoft.events(ADDRESS) == []


def test_second_import_replaces_the_first(world: World) -> None:
    load(world, vevent())
    report = load(world, vevent("LOCATION:Elsewhere"))

    assert only_event(world)["location"]["displayName"] == "Elsewhere"
    assert "replaces" in outcome(report)[1]
