"""Calendar files that are damaged: nothing readable is lost, and the report says what was."""

import pytest

from sandbox.world import World
from tests.sandbox.graph import ADDRESS
from tests.sandbox.ics_files import calendar, custom_zone, load, make_world, only_event, vevent


@pytest.fixture
def world() -> World:
    return make_world()


def test_one_unreadable_component_does_not_lose_the_others(world: World) -> None:
    broken = "BEGIN:VFREEBUSY\nUID:f\nFREEBUSY:20261201T100000Z/20261201T090000Z\nEND:VFREEBUSY"

    report = load(world, broken, vevent(uid="good"))

    assert [(entry.uid, entry.outcome) for entry in report.entries] == [
        ("f", "refused"),
        ("good", "imported"),
    ]


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
