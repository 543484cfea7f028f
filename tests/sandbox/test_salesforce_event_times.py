"""The time rules of Event, contract section 1.2."""

import pytest

from sandbox.salesforce.errors import ApiError
from tests.sandbox.emulated_org import HANNA, Emulation, event, row_of

START = "2026-11-26T09:00:00Z"
WIRE = "2026-11-26T09:00:00.000+0000"


@pytest.fixture
def world() -> Emulation:
    return Emulation()


def saved(world: Emulation, **fields: object) -> dict[str, object]:
    return row_of(world.org, world.org.create("Event", {"Subject": "x", **fields}, HANNA))


def refusal(world: Emulation, **fields: object) -> tuple[str, tuple[str, ...] | None]:
    with pytest.raises(ApiError) as caught:
        world.org.create("Event", {"Subject": "x", **fields}, HANNA)
    return caught.value.code, caught.value.fields


def test_end_follows_from_duration(world: Emulation) -> None:
    row = saved(world, StartDateTime=START, DurationInMinutes=90)
    assert row["EndDateTime"] == "2026-11-26T10:30:00.000+0000"
    assert row["EndDate"] == "2026-11-26"


def test_duration_follows_from_end(world: Emulation) -> None:
    row = saved(world, StartDateTime=START, EndDateTime="2026-11-26T10:15:00+01:00")
    assert row["DurationInMinutes"] == 15


def test_activity_date_and_time_mirror_the_start(world: Emulation) -> None:
    row = saved(world, ActivityDateTime=START, DurationInMinutes=30)
    assert row["StartDateTime"] == row["ActivityDateTime"] == WIRE
    assert row["ActivityDate"] == "2026-11-26"


def test_no_length_at_all_is_refused(world: Emulation) -> None:
    assert refusal(world, StartDateTime=START) == ("REQUIRED_FIELD_MISSING", ("DurationInMinutes",))


def test_no_start_is_refused(world: Emulation) -> None:
    assert refusal(world, DurationInMinutes=30)[0] == "REQUIRED_FIELD_MISSING"


def test_zero_minutes_are_legal(world: Emulation) -> None:
    assert saved(world, StartDateTime=START, DurationInMinutes=0)["EndDateTime"] == WIRE


def test_both_lengths_are_accepted_only_if_they_agree(world: Emulation) -> None:
    end = "2026-11-26T09:30:00Z"
    assert saved(world, StartDateTime=START, EndDateTime=end, DurationInMinutes=30)
    code, fields = refusal(world, StartDateTime=START, EndDateTime=end, DurationInMinutes=31)
    assert (code, fields) == ("FIELD_INTEGRITY_EXCEPTION", ("DurationInMinutes",))


@pytest.mark.parametrize(("version", "place"), [(38, "DurationInMinutes"), (39, "EndDateTime")])
def test_place_of_the_error_depends_on_the_version(
    world: Emulation, version: int, place: str
) -> None:
    fields = event(EndDateTime="2026-11-26T08:00:00Z")
    del fields["DurationInMinutes"]
    answer = world.api(version=f"v{version}.0").refusal("POST", "sobjects/Event/", json=fields)
    assert answer == (400, "FIELD_INTEGRITY_EXCEPTION", [place])


def test_mirrors_that_disagree_with_the_start_are_refused(world: Emulation) -> None:
    code, fields = refusal(
        world, StartDateTime=START, ActivityDate="2026-11-27", DurationInMinutes=30
    )
    assert (code, fields) == ("FIELD_INTEGRITY_EXCEPTION", ("ActivityDate",))


def test_fourteen_days_are_the_most(world: Emulation) -> None:
    assert saved(world, StartDateTime=START, DurationInMinutes=20160)
    assert refusal(world, StartDateTime=START, DurationInMinutes=20161)[0] == (
        "FIELD_INTEGRITY_EXCEPTION"
    )


def test_longer_than_a_day_needs_the_setting(world: Emulation) -> None:
    world.switch("multiday_events", value=False)
    with pytest.raises(ApiError) as caught:
        world.org.create("Event", event(DurationInMinutes=1441), HANNA)
    assert caught.value.message == "Duration must be between 0 and 1440 minutes: Duration"
    assert saved(world, StartDateTime=START, DurationInMinutes=1440)


@pytest.mark.parametrize(
    ("inclusive", "end"),
    [(True, "2026-11-27T00:00:00.000+0000"), (False, "2026-11-28T00:00:00.000+0000")],
)
def test_end_of_all_day_event_is_a_switch(world: Emulation, inclusive: bool, end: str) -> None:
    world.switch("all_day_end_inclusive", inclusive)
    row = saved(
        world, IsAllDayEvent=True, StartDateTime="2026-11-26T00:00:00Z", DurationInMinutes=2880
    )
    assert (row["EndDateTime"], row["DurationInMinutes"]) == (end, 2880)
    again = saved(world, IsAllDayEvent=True, ActivityDate="2026-11-26", EndDateTime=end)
    assert again["DurationInMinutes"] == 2880


def test_all_day_event_without_length_lasts_one_day(world: Emulation) -> None:
    row = saved(world, IsAllDayEvent=True, ActivityDate="2026-11-26")
    assert row["DurationInMinutes"] == 1440
    assert row["StartDateTime"] == "2026-11-26T00:00:00.000+0000"


@pytest.mark.parametrize(("keeps", "minutes"), [("duration", 30), ("end", 20)])
def test_new_start_alone_keeps_duration_or_end(world: Emulation, keeps: str, minutes: int) -> None:
    world.switch("start_only_keeps", keeps)
    record_id = world.org.create("Event", event(), HANNA)
    world.org.update("Event", record_id, {"StartDateTime": "2026-11-26T09:10:00Z"}, HANNA)
    assert row_of(world.org, record_id)["DurationInMinutes"] == minutes


def test_other_changes_leave_the_times_alone(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    before = row_of(world.org, record_id)
    world.org.update("Event", record_id, {"Subject": "y"}, HANNA)
    after = row_of(world.org, record_id)
    times = ("StartDateTime", "EndDateTime", "ActivityDate", "DurationInMinutes")
    assert [after[name] for name in times] == [before[name] for name in times]


def test_event_becomes_all_day_and_back(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    world.org.update("Event", record_id, {"IsAllDayEvent": True}, HANNA)
    whole = row_of(world.org, record_id)
    assert (whole["StartDateTime"], whole["DurationInMinutes"]) == (
        "2026-11-26T00:00:00.000+0000",
        1440,
    )
    world.org.update(
        "Event",
        record_id,
        {"IsAllDayEvent": False, "StartDateTime": START, "DurationInMinutes": 30},
        HANNA,
    )
    assert row_of(world.org, record_id)["EndDateTime"] == "2026-11-26T09:30:00.000+0000"
