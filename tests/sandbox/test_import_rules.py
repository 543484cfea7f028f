"""Calendar files: what becomes of each kind of component, rule and time."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.ics.report import Report
from sandbox.world import World
from tests.sandbox.graph import ADDRESS, CLIENT, TENANT, ZONE


@pytest.fixture
def world() -> World:
    made = World()
    made.microsoft.add_tenant(tenant_id=TENANT, client_id=CLIENT)
    made.microsoft.add_mailbox(tenant_id=TENANT, address=ADDRESS, name="Hanna", time_zone=ZONE)
    return made


def calendar(*components: str, head: str = "") -> bytes:
    body = "\n".join(components)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{head}\n{body}\nEND:VCALENDAR\n"
    return "\r\n".join(line for line in text.split("\n") if line).encode() + b"\r\n"


def vevent(
    *lines: str, uid: str = "one", start: str = "DTSTART;TZID=Europe/Berlin:20261201T090000"
) -> str:
    rest = list(lines)
    if not any(line.startswith(("DTEND", "DURATION")) for line in lines):
        rest.append("DURATION:PT1H")
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Review", start, *rest, "END:VEVENT"])


def load(world: World, *components: str, head: str = "") -> Report:
    return world.microsoft.import_calendar(ADDRESS, calendar(*components, head=head))


def only_event(world: World) -> dict[str, Any]:
    events = world.microsoft.events(ADDRESS)
    assert len(events) == 1
    return events[0]


def starts(world: World, first: str = "2026-01-01", last: str = "2028-01-01") -> list[str]:
    begin, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    found = world.microsoft.view(ADDRESS, begin, end)
    return [one["start"]["dateTime"][:16] for one in found]


def outcome(report: Report) -> tuple[str, str]:
    return report.entries[0].outcome, "; ".join(report.entries[0].notes)


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


def custom_zone(name: str, offset: str) -> str:
    return "\n".join(
        [
            "BEGIN:VTIMEZONE",
            f"TZID:{name}",
            "BEGIN:STANDARD",
            "DTSTART:16010101T000000",
            f"TZOFFSETFROM:{offset}",
            f"TZOFFSETTO:{offset}",
            "END:STANDARD",
            "END:VTIMEZONE",
        ]
    )


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


def test_one_unreadable_component_does_not_lose_the_others(world: World) -> None:
    broken = "BEGIN:VFREEBUSY\nUID:f\nFREEBUSY:20261201T100000Z/20261201T090000Z\nEND:VFREEBUSY"

    report = load(world, broken, vevent(uid="good"))

    assert [(entry.uid, entry.outcome) for entry in report.entries] == [
        ("f", "refused"),
        ("good", "imported"),
    ]


def test_second_import_replaces_the_first(world: World) -> None:
    load(world, vevent())
    report = load(world, vevent("LOCATION:Elsewhere"))

    assert only_event(world)["location"]["displayName"] == "Elsewhere"
    assert "replaces" in outcome(report)[1]


@pytest.mark.parametrize(
    "line",
    [
        "EXDATE:-P1D",
        "ORGANIZER:mailto:a@b.example\nORGANIZER:mailto:c@d.example",
        "DURATION:P",
        "RRULE:FREQ=YEARLY;INTERVAL=0",
        "RRULE:FREQ=WEEKLY;BYDAY=XX",
        "ATTENDEE:",
        "PRIORITY:many",
        "DESCRIPTION:\x00\x07",
    ],
)
def test_broken_line_is_reported_or_harmless(world: World, line: str) -> None:
    report = load(world, vevent(line), vevent(uid="good"))

    outcomes = {entry.uid: entry.outcome for entry in report.entries}
    assert outcomes["good"] == "imported"
    assert outcomes["one"] in {"imported", "changed", "refused"}


def test_broken_zone_definition_does_not_lose_the_events(world: World) -> None:
    zone = custom_zone("Odd", "+0100").replace("TZID:Odd", "TZID:Odd\nTZID:Odder")

    report = load(world, zone, vevent(start="DTSTART;TZID=Odd:20261201T090000"))

    broken, event = report.entries
    assert (broken.component, broken.uid, broken.outcome) == ("VTIMEZONE", "Odd", "refused")
    assert (event.outcome, "time zone “Odd”" in event.notes[0]) == ("changed", True)


@pytest.mark.parametrize("at", ["SUMMARY:Review\r\nDTSTART", "END:VEVENT\r\nEND:VCALENDAR"])
def test_file_that_is_cut_off_says_what_is_missing(world: World, at: str) -> None:
    content = calendar(vevent(uid="whole"), vevent(uid="cut")).decode()

    report = world.microsoft.import_calendar(ADDRESS, content[: content.rindex(at)].encode())

    lines = {entry.uid: entry.line() for entry in report.entries if entry.outcome != "imported"}
    assert "END:VEVENT is missing" in lines["cut"]
    assert "without END:VCALENDAR" in lines[""]
    assert only_event(world)["iCalUId"] == "whole"


def test_component_without_its_end_does_not_swallow_the_next(world: World) -> None:
    report = load(world, vevent(uid="open").removesuffix("END:VEVENT"), vevent(uid="next"))

    assert {one.uid: one.outcome for one in report.entries} == {
        "open": "refused",
        "next": "imported",
    }


@pytest.mark.parametrize("line", ["END:VALARM", "BEGIN:VALARM"])
def test_component_whose_inside_does_not_fit_is_refused_alone(world: World, line: str) -> None:
    report = load(world, vevent(line, uid="torn"), vevent(uid="next"))

    assert {one.uid: one.outcome for one in report.entries} == {
        "torn": "refused",
        "next": "imported",
    }


def test_line_that_means_nothing_is_reported_and_loses_nothing(world: World) -> None:
    report = load(world, vevent(), head="no property at all")

    assert [(one.outcome, one.summary) for one in report.entries] == [
        ("refused", "no property at all"),
        ("imported", "Review"),
    ]


@pytest.mark.parametrize("line_end", [b"\n", b"\r"])
def test_any_line_end_will_do(world: World, line_end: bytes) -> None:
    content = calendar(vevent("DESCRIPTION:one two\n  three")).replace(b"\r\n", line_end)

    world.microsoft.import_calendar(ADDRESS, b"\xef\xbb\xbf" + content)

    assert "one two three" in only_event(world)["body"]["content"]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_file_in_another_encoding_is_refused_with_the_way_out(world: World, encoding: str) -> None:
    content = calendar(vevent("LOCATION:Gr\u00f6\u00dfe")).decode().encode(encoding)

    with pytest.raises(ValueError, match=r"ics: is not text in UTF-8 .* save it as UTF-8"):
        world.microsoft.import_calendar(ADDRESS, content)
    assert world.microsoft.events(ADDRESS) == []


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"<html></html>"])
def test_file_that_is_no_calendar_is_refused(world: World, content: bytes) -> None:
    with pytest.raises(ValueError, match="ics: holds no calendar"):
        world.microsoft.import_calendar(ADDRESS, content)
