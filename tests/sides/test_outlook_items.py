"""Events of Graph as items (sync.md 13, graph.md 1, 5, 6)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.item import Kind, Person
from sync.sides.outlook import item_of

BERLIN = "Europe/Berlin"


def event(**more: Any) -> dict[str, Any]:
    return {
        "@odata.etag": 'W/"abc"',
        "id": "AAMk=",
        "type": "singleInstance",
        "iCalUId": "uid-1",
        "subject": "Quarterly review",
        "body": {"contentType": "text", "content": "Agenda\r\n"},
        "start": {"dateTime": "2026-11-25T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-25T10:30:00.0000000", "timeZone": "UTC"},
        "isAllDay": False,
        "originalStartTimeZone": "W. Europe Standard Time",
        "originalEndTimeZone": "W. Europe Standard Time",
        "location": {"displayName": "Room 1 "},
        "showAs": "busy",
        "sensitivity": "normal",
        "isReminderOn": True,
        "reminderMinutesBeforeStart": 15,
        "isOrganizer": True,
        "responseStatus": {"response": "organizer", "time": "0001-01-01T00:00:00Z"},
        **more,
    }


def at(date_time: str, zone: str = "UTC") -> dict[str, str]:
    return {"dateTime": date_time, "timeZone": zone}


def all_day(start: str, end: str, zone: str = "UTC", **more: Any) -> dict[str, Any]:
    return event(isAllDay=True, start=at(start, zone), end=at(end, zone), **more)


def test_timed_event_is_read_field_by_field() -> None:
    item = item_of(event(), "UTC")

    assert item.fields == {
        "subject": "Quarterly review",
        "location": "Room 1",
        "description": "Agenda",
        "start": "2026-11-25T09:00:00Z",
        "end": "2026-11-25T10:30:00Z",
        "all_day": False,
        "show_as": "busy",
        "sensitivity": "normal",
        "reminder": 15,
    }
    assert (item.id, item.kind, item.etag, item.zone) == ("AAMk=", Kind.SINGLE, 'W/"abc"', BERLIN)
    assert item.problem == ""


@pytest.mark.parametrize(
    "date_time",
    ["2026-11-25T09:00:00.0000000", "2026-11-25T09:00:00", "2026-11-25T09:00:00.1234567Z", "2026-11-25T09:00:00+05:00"],
)  # fmt: skip
def test_digits_count_and_offsets_within_them_do_not(date_time: str) -> None:
    assert item_of(event(start=at(date_time)), "UTC").fields["start"] == "2026-11-25T09:00:00Z"


def test_answer_in_another_zone_is_brought_to_utc() -> None:
    shown = at("2026-11-25T10:00:00.0000000", "W. Europe Standard Time")

    assert item_of(event(start=shown), "UTC").fields["start"] == "2026-11-25T09:00:00Z"


@pytest.mark.parametrize(
    ("start", "end", "what"),
    [
        (at("0001-01-01T00:00:00.0000000"), at("2026-11-25T10:00:00"), "start"),
        (at("2026-11-25T10:00:00"), at("9999-12-31T23:59:59.9999999"), "end"),
        (at("2026-02-30T10:00:00"), at("2026-11-25T10:00:00"), "start"),
        (at("soon"), at("2026-11-25T10:00:00"), "start"),
        (None, at("2026-11-25T10:00:00"), "start"),
        (at("2026-11-25T10:00:00"), {}, "end"),
        (at("2026-11-25T10:00:00"), at("2026-11-25T09:00:00"), "ends before"),
    ],
)
def test_unusable_time_is_a_problem_and_no_failure(start: Any, end: Any, what: str) -> None:
    item = item_of(event(start=start, end=end), BERLIN)

    assert what in item.problem
    assert item.fields["subject"] == "Quarterly review"
    assert {"start", "end", "all_day"} <= set(item.fields)


def test_event_without_length_is_usable() -> None:
    item = item_of(event(end=event()["start"]), BERLIN)

    assert item.problem == ""
    assert item.fields["start"] == item.fields["end"]


def test_midnight_to_midnight_is_not_all_day_by_itself() -> None:
    shown = event(start=at("2026-11-25T00:00:00"), end=at("2026-11-26T00:00:00"))

    assert item_of(shown, BERLIN).fields["end"] == "2026-11-26T00:00:00Z"


@pytest.mark.parametrize(
    "zone", ["UTC", "Pacific Standard Time", "Tonga Standard Time", "Europe/Berlin"]
)
def test_all_day_dates_are_taken_as_written(zone: str) -> None:
    item = item_of(
        all_day("2026-11-25T00:00:00.0000000", "2026-11-28T00:00:00.0000000", zone), BERLIN
    )

    assert (item.fields["start"], item.fields["end"]) == ("2026-11-25", "2026-11-28")


@pytest.mark.parametrize(
    ("made_in", "start", "end"),
    [
        ("W. Europe Standard Time", "2026-11-24T23:00:00", "2026-11-25T23:00:00"),
        ("Pacific Standard Time", "2026-11-25T08:00:00", "2026-11-26T08:00:00"),
        ("Tonga Standard Time", "2026-11-24T11:00:00", "2026-11-25T11:00:00"),
    ],
)
def test_all_day_shifted_by_the_reading_is_brought_back(made_in: str, start: str, end: str) -> None:
    shown = all_day(start, end, originalStartTimeZone=made_in, originalEndTimeZone=made_in)

    item = item_of(shown, "UTC")

    assert (item.fields["start"], item.fields["end"]) == ("2026-11-25", "2026-11-26")


def test_all_day_across_the_change_of_clocks_keeps_its_days() -> None:
    shown = all_day("2026-10-24T22:00:00", "2026-10-25T23:00:00")

    item = item_of(shown, BERLIN)

    assert (item.fields["start"], item.fields["end"]) == ("2026-10-25", "2026-10-26")


def test_all_day_off_midnight_everywhere_is_a_problem() -> None:
    assert (
        "midnight" in item_of(all_day("2026-11-25T03:17:00", "2026-11-26T03:17:00"), BERLIN).problem
    )


def test_all_day_without_length_lasts_a_day() -> None:
    item = item_of(all_day("2026-11-25T00:00:00", "2026-11-25T00:00:00"), BERLIN)

    assert item.fields["end"] == "2026-11-26"


@pytest.mark.parametrize(
    ("names", "zone"),
    [
        ({"originalStartTimeZone": "tzone://Microsoft/Custom", "originalEndTimeZone": "Tokyo Standard Time"}, "Asia/Tokyo"),
        ({"originalStartTimeZone": "", "originalEndTimeZone": None}, BERLIN),
        ({"originalStartTimeZone": "Customized Time Zone", "originalEndTimeZone": "?"}, BERLIN),
        ({"originalStartTimeZone": "tzone://Microsoft/Utc"}, "UTC"),
        ({"recurrence": {"range": {"recurrenceTimeZone": "Pacific Standard Time"}}}, "America/Los_Angeles"),
    ],
)  # fmt: skip
def test_zone_falls_through_to_the_first_that_is_known(names: dict[str, Any], zone: str) -> None:
    assert item_of(event(**names), "W. Europe Standard Time").zone == zone


def test_skeleton_has_its_times_and_nothing_it_does_not_know() -> None:
    skeleton = {
        "@odata.type": "#microsoft.graph.event",
        "@odata.etag": 'W/"abc"',
        "id": "occ-1",
        "seriesMasterId": "master-1",
        "type": "occurrence",
        "start": at("2026-11-25T09:00:00.0000000"),
        "end": at("2026-11-25T10:00:00.0000000"),
    }

    item = item_of(skeleton, BERLIN)

    assert item.fields == {"start": "2026-11-25T09:00:00Z", "end": "2026-11-25T10:00:00Z"}
    assert (item.kind, item.series_master_id) == (Kind.OCCURRENCE, "master-1")


@pytest.mark.parametrize(
    ("shown", "slot"),
    [
        (event(originalStart="2026-11-25T09:00:00Z"), "2026-11-25T09:00:00Z"),
        (all_day("2026-11-26T00:00:00", "2026-11-27T00:00:00", originalStart="2026-11-24T23:00:00Z"), "2026-11-25"),
        (all_day("2026-11-26T00:00:00", "2026-11-27T00:00:00", originalStart="2026-11-25T00:00:00Z"), "2026-11-25"),
        (event(originalStart="never"), ""),
        (event(), ""),
    ],
)  # fmt: skip
def test_slot_of_an_occurrence_is_kept(shown: dict[str, Any], slot: str) -> None:
    assert item_of(shown, BERLIN).original_start == slot


def test_people_are_read_with_lower_case_addresses() -> None:
    shown = event(
        isOrganizer=False,
        responseStatus={"response": "tentativelyAccepted"},
        organizer={"emailAddress": {"name": "Boss", "address": "Boss@Acme.Example"}},
        attendees=[
            {"type": "optional", "status": {"response": "accepted"}, "emailAddress": {"name": "Ann ", "address": " ANN@x.example"}},
            {"type": "required", "emailAddress": {}},
            {"emailAddress": {"name": "No address"}},
            "odd",
        ],
    )  # fmt: skip

    item = item_of(shown, BERLIN)

    assert item.organizer == Person("boss@acme.example", "Boss", "", "required")
    assert item.attendees == (
        Person("ann@x.example", "Ann", "accepted", "optional"),
        Person("", "No address", "", "required"),
    )
    assert item.my_response == "tentativelyAccepted"


@pytest.mark.parametrize("on", [True, False])
def test_reminder_counts_only_when_it_is_on(on: bool) -> None:
    assert item_of(event(isReminderOn=on), BERLIN).fields["reminder"] == (15 if on else None)


def test_html_body_is_read_as_text_all_the_same() -> None:
    body = {"contentType": "html", "content": "<p>Hello <b>you</b></p>"}

    assert item_of(event(body=body), BERLIN).fields["description"] == "Hello you"


def test_several_places_are_one_text() -> None:
    places = [{"displayName": "Room 1"}, {"displayName": ""}, {"displayName": "Room 2"}]

    assert (
        item_of(event(location={}, locations=places), BERLIN).fields["location"] == "Room 1; Room 2"
    )


def test_categories_response_and_flags_are_kept() -> None:
    shown = event(
        categories=["Record in Salesforce", "", 5],
        isCancelled=True,
        onlineMeeting={"joinUrl": "x"},
        webLink="https://o",
    )

    item = item_of(shown, BERLIN)

    assert item.categories == ("Record in Salesforce",)
    assert (item.my_response, item.is_cancelled, item.is_online_meeting) == (
        "organizer",
        True,
        True,
    )
    assert item.web_link == "https://o"


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.sampled_from(["UTC", "2026-11-25T00:00:00", "occurrence", "html"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["dateTime", "timeZone", "content", "contentType", "emailAddress", "address", "response", "displayName", "range", "recurrenceTimeZone"]), inner),
    max_leaves=6,
)  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *event(),
                "attendees",
                "recurrence",
                "originalStart",
                "locations",
                "organizer",
                "categories",
            ]
        ),
        ODD,
    )
)
def test_any_event_of_any_shape_becomes_an_item(shape: dict[str, Any]) -> None:
    item = item_of(shape, BERLIN)

    assert "start" in item.fields
    for value in item.fields.values():
        assert value is None or isinstance(value, str | int | bool)


@given(st.dictionaries(st.sampled_from([*event(), "attendees", "recurrence"]), ODD))
def test_reading_an_event_twice_gives_the_same(shape: dict[str, Any]) -> None:
    assert item_of(event(**shape), BERLIN) == item_of(event(**shape), BERLIN)
