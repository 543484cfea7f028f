"""Deletions in Outlook: followed, asked about or left alone; an edit on the other side is never lost with them."""

import pytest

from sync.engine.ports import (
    CreateSalesforce,
    DeleteSalesforce,
    Report,
    UpdateSalesforce,
)
from tests.engine.desk import DELETING, Desk, Fault, call, linked, outcomes, transaction
from tests.sim.outlook import Event
from tests.sim.salesforce import REFUSAL


def deleted(desk: Desk, event: Event, *faults: Fault) -> Report:
    desk.outlook.delete(event)
    return desk.cycle(*faults)


def test_deletion_follows_where_that_is_wanted() -> None:
    desk, event, row = linked(**DELETING)

    report = deleted(desk, event)

    assert outcomes(report) == [("delete", "done")]
    assert row.dead
    assert desk.link_of(event).state == "dead"


def test_deletion_is_prevented_as_shipped() -> None:
    desk, event, row = linked()

    report = deleted(desk, event)

    assert outcomes(report) == [("none", "prevented")]
    assert not row.dead


def test_deletion_is_asked_about_once_and_done_when_a_person_says_so() -> None:
    desk, event, row = linked(prevent=())
    report = deleted(desk, event)
    again = desk.cycle()
    desk.store.decide(desk.link_of(event), "delete")
    desk.cycle()

    assert outcomes(report) == [("delete", "conflict")]
    assert outcomes(again) == []
    assert row.dead


@pytest.mark.parametrize("kind", ["kill", "lose", "kill after"])
@pytest.mark.parametrize("where", ["delete", "settle"])
def test_deletion_of_unknown_outcome_ends_well(kind: str, where: str) -> None:
    desk, event, row = linked(**DELETING)
    fits = call(DeleteSalesforce) if where == "delete" else transaction("settle")

    deleted(desk, event, Fault(fits, kind))
    desk.cycle()

    assert row.dead
    assert desk.link_of(event).state == "dead"
    assert len(desk.salesforce.rows) == 1


@pytest.mark.parametrize("kind", ["", "lose", "kill after"])
def test_edit_that_slips_in_before_our_delete_is_put_back_and_asked_about(kind: str) -> None:
    desk, event, row = linked(**DELETING)

    def edit() -> None:
        desk.salesforce.edit(row, {"subject": "Slipped in"})

    deleted(desk, event, Fault(call(DeleteSalesforce), kind, meanwhile=edit))
    for _ in range(3):
        desk.cycle()

    (back,) = desk.live
    assert back is not row
    assert back.fields["subject"] == "Slipped in"
    assert len(desk.questions) == 1
    assert desk.link_of(event).state == "conflict"


def test_putting_back_is_repeated_with_the_same_key() -> None:
    desk, event, row = linked(**DELETING)

    deleted(
        desk,
        event,
        Fault(
            call(DeleteSalesforce),
            meanwhile=lambda: desk.salesforce.edit(row, {"subject": "Slipped in"}),
        ),
        Fault(call(CreateSalesforce), "lose"),
    )
    desk.cycle()

    (back,) = desk.live
    assert back.fields["subject"] == "Slipped in"
    assert desk.row_of(event) is back
    assert desk.questions != []


def test_row_that_somebody_else_deletes_first_counts_as_deleted() -> None:
    desk, event, row = linked(**DELETING)

    deleted(
        desk, event, Fault(call(DeleteSalesforce), meanwhile=lambda: desk.salesforce.remove(row))
    )

    assert desk.link_of(event).state == "dead"
    assert desk.live == []


def test_refused_delete_is_parked() -> None:
    desk, event, row = linked(**DELETING)
    report = deleted(desk, event, Fault(call(DeleteSalesforce), "fail", error=REFUSAL))

    assert outcomes(report) == [("delete", "refused")]
    assert not row.dead
    assert not desk.store.rows.open


def test_more_deletions_than_the_limit_wait_for_a_person() -> None:
    desk = Desk(max_deletes_per_run=2, **DELETING)
    events = [desk.event() for _ in range(30)]
    for event in events:
        desk.record(event)
    desk.clock.ms += 10_000
    for event in events[:3]:
        desk.outlook.delete(event)

    report = desk.cycle()

    assert outcomes(report) == [("delete", "held")] * 3
    assert "would delete 3 events in Salesforce; the limit is 1" in report.actions[0].reason
    assert len(desk.live) == 30


def test_past_event_is_never_deleted() -> None:
    desk, event, row = linked(**DELETING)
    desk.clock.ms += 12 * 86_400_000

    report = deleted(desk, event)

    assert outcomes(report) == [("none", "prevented")]
    assert not row.dead


def test_event_deleted_after_a_write_of_unknown_outcome_keeps_the_edit_between_when_it_comes_back() -> (
    None
):
    desk, event, row = linked()
    desk.outlook.edit(event, {"show_as": "free"})
    desk.cycle(Fault(call(UpdateSalesforce), "kill after"))
    desk.clock.ms += 5_000
    desk.salesforce.edit(row, {"show_as": "OutOfOffice"})
    desk.salesforce.remove(row)
    desk.clock.ms += 5_000
    desk.cycle()
    desk.salesforce.restore(row)
    desk.clock.ms += 5_000

    desk.record(event)

    assert row.fields["show_as"] == "OutOfOffice"
