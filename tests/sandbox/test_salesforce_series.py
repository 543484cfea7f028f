"""Lightning series, contract section 1.5."""

import pytest

from tests.sandbox.emulated_org import HANNA, Emulation, event

WEEKLY = "FREQ=WEEKLY;COUNT=3;BYDAY=TH"


@pytest.fixture
def world() -> Emulation:
    return Emulation()


def test_series_has_a_pattern_row_and_its_occurrences(world: Emulation) -> None:
    pattern_id = world.org.create("Event", event(Recurrence2PatternText=WEEKLY), HANNA)
    pattern, *occurrences = sorted(
        world.org.rows("Event"), key=lambda row: row["GroupEventType"] != "3"
    )
    assert (pattern["Id"], pattern["GroupEventType"]) == (pattern_id, "3")
    assert [row["StartDateTime"] for row in occurrences] == [
        "2026-11-26T09:00:00.000+0000",
        "2026-12-03T09:00:00.000+0000",
        "2026-12-10T09:00:00.000+0000",
    ]
    assert {row["Recurrence2PatternText"] for row in [pattern, *occurrences]} == {
        "RRULE:FREQ=WEEKLY;BYDAY=TH;INTERVAL=1;COUNT=3"
    }
    assert all(row["IsRecurrence2"] for row in [pattern, *occurrences])


def test_occurrences_keep_their_hour_over_the_change_of_clocks(world: Emulation) -> None:
    daily = "RRULE:FREQ=DAILY;UNTIL=20270329T100000Z"
    start = {"StartDateTime": "2027-03-27T09:00:00Z", "DurationInMinutes": 30}
    world.org.create("Event", {**start, "Recurrence2PatternText": daily}, HANNA)
    times = [row["StartDateTime"] for row in world.org.rows("Event")][1:]
    assert [str(time)[8:16] for time in times] == ["27T09:00", "28T08:00", "29T08:00"]


def test_series_without_end_is_cut(world: Emulation) -> None:
    world.switch("longest_series", 5)
    world.org.create("Event", event(Recurrence2PatternText="FREQ=DAILY"), HANNA)
    assert len(world.org.rows("Event")) == 6


def test_key_stays_with_the_pattern_row(world: Emulation) -> None:
    fields = event(Recurrence2PatternText=WEEKLY, LinkPoint_Key__c="k")
    world.org.create("Event", fields, HANNA)
    keys = [row["LinkPoint_Key__c"] for row in world.org.rows("Event")]
    assert keys == ["k", None, None, None]


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=HOURLY",
        "FREQ=WEEKLY",
        "FREQ=DAILY;INTERVAL=1000",
        "FREQ=YEARLY;INTERVAL=2",
        "FREQ=DAILY;COUNT=1000",
        "FREQ=DAILY;COUNT=3;UNTIL=20270101T000000Z",
        "FREQ=DAILY;UNTIL=20270101",
        "FREQ=DAILY;EXDATE=20270101",
        "daily",
    ],
)
def test_other_patterns_are_refused_and_leave_nothing(world: Emulation, text: str) -> None:
    fields = event(Recurrence2PatternText=text)
    refusal = world.api().refusal("POST", "sobjects/Event", json=fields)
    assert refusal == (400, "FIELD_INTEGRITY_EXCEPTION", ["Recurrence2PatternText"])
    assert world.org.rows("Event") == []


def test_old_versions_and_classic_series_are_refused(world: Emulation) -> None:
    fields = event(Recurrence2PatternText=WEEKLY)
    assert world.api(version="v51.0").call("POST", "sobjects/Event", json=fields).status_code == 400
    assert world.api().refusal("POST", "sobjects/Event", json=event(IsRecurrence=True))[1] == (
        "SANDBOX_NOT_EMULATED"
    )


def test_purged_row_leaves_no_trace(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    world.org.delete("Event", record_id, HANNA)
    world.salesforce.act(HANNA, "purge", record_id=record_id)
    api = world.api()
    assert api.refusal("GET", f"sobjects/Event/{record_id}")[:2] == (404, "NOT_FOUND")
    assert api.query("SELECT Id FROM Event", everything=True)["totalSize"] == 0
