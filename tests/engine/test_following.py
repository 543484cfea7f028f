"""Recorded events follow Outlook: edits, deletions, privacy; what people wrote in Salesforce is never lost silently."""

import pytest

from linkpoint.errors import NeedsPerson, Outdated
from sync.core.settings import SettingValue
from sync.engine.ports import (
    CreateSalesforce,
    DeleteSalesforce,
    ReadOutlook,
    ReadOutlookPage,
    ReadSalesforce,
    Report,
    UpdateSalesforce,
)
from sync.engine.steps import Sleep
from tests.core.items import FIELDS
from tests.engine.desk import Desk, Fault, call, outcomes, transaction
from tests.sim.outlook import Event
from tests.sim.salesforce import REFUSAL, Row

DELETING: dict[str, SettingValue] = {"prevent": (), "outlook_deleted": "delete"}


def linked(**settings: SettingValue) -> tuple[Desk, Event, Row]:
    """Return a desk with one recorded event, at rest."""
    desk = Desk(**settings)
    event = desk.event()
    desk.read()
    desk.record(event)
    desk.cycle()
    desk.clock.ms += 10_000
    return desk, event, desk.row_of(event)


def test_edit_in_outlook_reaches_salesforce_in_that_field_alone() -> None:
    desk, event, row = linked()
    desk.salesforce.edit(row, {"location": "Theirs"})
    desk.clock.ms += 5_000
    desk.outlook.edit(event, {"subject": "New"})

    report = desk.cycle()

    assert outcomes(report) == [("update", "done")]
    assert report.actions[0].fields == ("subject",)
    assert (row.fields["subject"], row.fields["location"]) == ("New", "Theirs")
    assert desk.kept == []


def test_second_run_writes_nothing_and_asks_little() -> None:
    desk, event, _ = linked()
    desk.outlook.touch(event)
    desk.outlook.edit(event, {"reminder": 5})
    writes = desk.salesforce.writes

    desk.cycle()
    desk.cycle()

    assert desk.salesforce.writes == writes
    assert desk.called(ReadOutlookPage) == 1
    assert desk.called(ReadOutlook) == desk.called(ReadSalesforce) == 0


def test_edit_on_both_sides_follows_outlook_and_keeps_the_other() -> None:
    desk, event, row = linked()
    desk.salesforce.edit(row, {"subject": "Theirs"})
    desk.clock.ms += 5_000
    desk.outlook.edit(event, {"subject": "Ours"})

    desk.cycle()

    assert row.fields["subject"] == "Ours"
    assert desk.kept == [{"subject": "Theirs"}]
    assert desk.questions == []


@pytest.mark.parametrize("kind", ["lose", "kill after"])
def test_edit_replaced_by_a_write_of_unknown_outcome_is_kept_once(kind: str) -> None:
    desk, event, row = linked()
    desk.salesforce.edit(row, {"subject": "Theirs"})
    desk.clock.ms += 5_000
    desk.outlook.edit(event, {"subject": "Ours"})

    desk.cycle(Fault(call(UpdateSalesforce), kind))
    desk.clock.ms += 5_000
    desk.cycle()

    assert row.fields["subject"] == "Ours"
    assert desk.kept == [{"subject": "Theirs"}]
    assert not desk.store.rows.open


def test_newest_edit_wins_after_a_lost_answer() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"subject": "Ours"})
    desk.cycle(Fault(call(UpdateSalesforce), "lose"))
    desk.clock.ms += 5_000
    desk.salesforce.edit(row, {"subject": "Newest"})
    desk.clock.ms += 5_000

    desk.cycle()
    desk.cycle()

    assert row.fields["subject"] == "Newest"
    assert desk.kept == [{"subject": "Ours"}]


def test_write_that_never_happened_is_planned_again() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"subject": "Ours"})
    desk.cycle(Fault(call(UpdateSalesforce), "fail"))

    desk.cycle()

    assert row.fields["subject"] == "Ours"
    assert [intent.status for intent in desk.store.rows.intents] == ["done", "void", "done"]


def test_row_that_moves_between_reading_and_writing_is_read_again() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"subject": "Ours"})

    def edit() -> None:
        desk.clock.ms += 2_000
        desk.salesforce.edit(row, {"subject": "Theirs"})
        desk.clock.ms += 2_000

    report = desk.cycle(Fault(call(UpdateSalesforce), meanwhile=edit))

    assert outcomes(report) == [("update", "done")]
    assert desk.called(UpdateSalesforce) == 2
    assert row.fields["subject"] == "Ours"
    assert desk.kept == [{"subject": "Theirs"}]


def test_row_that_never_rests_is_left_for_the_next_run() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"subject": "Ours"})
    desk.services[UpdateSalesforce] = lambda made: (Outdated("salesforce", "It moved."),)

    report = desk.cycle()

    assert outcomes(report) == [("update", "retry")]
    assert desk.called(UpdateSalesforce) == 3
    assert not desk.store.rows.open
    desk.services[UpdateSalesforce] = desk.salesforce.update_all
    desk.cycle()
    assert row.fields["subject"] == "Ours"


def test_row_edited_in_the_second_it_was_read_in_is_read_once_more() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"subject": "Ours"})

    def edit() -> None:
        desk.clock.ms = (desk.clock.ms // 1000 + 5) * 1000
        desk.salesforce.edit(row, {"location": "Theirs"})

    desk.cycle(Fault(call(ReadSalesforce), meanwhile=edit))

    assert desk.called(ReadSalesforce) == 2
    assert any(isinstance(step, Sleep) for step in desk.steps)
    assert (row.fields["subject"], row.fields["location"]) == ("Ours", "Theirs")


def test_row_deleted_in_salesforce_ends_the_link_and_leaves_outlook() -> None:
    desk, event, row = linked()
    desk.salesforce.remove(row)

    desk.read()
    report = desk.cycle()

    assert outcomes(report) == [("none", "done")]
    assert desk.link_of(event).state == "dead"
    assert (
        desk.link_of(event).problem
        == "The event was deleted in Salesforce. Outlook is left as it is."
    )
    assert not event.dead


def test_row_deleted_just_before_our_write_ends_the_link() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"subject": "Ours"})

    desk.cycle(Fault(call(UpdateSalesforce), meanwhile=lambda: desk.salesforce.remove(row)))

    assert desk.link_of(event).state == "dead"
    assert desk.live == []


def test_refused_update_is_parked() -> None:
    desk, event, row = linked()
    desk.salesforce.refused = {row.origin}
    desk.outlook.edit(event, {"subject": "Ours"})

    report = desk.cycle()
    again = desk.cycle()

    assert outcomes(report) == [("update", "refused")]
    assert outcomes(again) == []
    assert desk.link_of(event).problem == "A rule of your organization refuses it."


def test_person_who_is_needed_ends_the_run_after_it_was_stored() -> None:
    desk, event, _ = linked()
    desk.outlook.edit(event, {"subject": "Ours"})
    desk.services[UpdateSalesforce] = lambda made: (
        NeedsPerson("salesforce", "Access was withdrawn."),
    )

    report = desk.cycle()

    assert outcomes(report) == [("update", "retry")]
    assert len(desk.store.rows.open) == 1


# -- deletions --------------------------------------------------------------------------------------------------------


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


def test_cancelled_meeting_is_marked_once() -> None:
    desk, event, row = linked(outlook_deleted="mark")
    desk.outlook.cancel(event)

    desk.cycle()
    desk.cycle()

    assert row.fields["subject"] == "Cancelled: Quarterly review"
    assert desk.salesforce.writes == 2


# -- privacy, modes, previews ---------------------------------------------------------------------------------------------


def test_event_that_became_private_loses_its_text_everywhere() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"sensitivity": "private"})

    desk.cycle()

    shown = {
        name: row.fields[name] for name in ("subject", "location", "description", "sensitivity")
    }
    assert shown == {"subject": "Busy", "location": "", "description": "", "sensitivity": "private"}
    assert "Numbers" not in str(desk.link_of(event))
    assert "Numbers" not in str(desk.store.rows.intents[-1])


def test_event_that_is_not_private_any_more_is_filled_in() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"sensitivity": "private"})
    desk.cycle()
    desk.clock.ms += 5_000
    desk.outlook.edit(event, {"sensitivity": "normal"})

    desk.cycle()

    assert row.fields["subject"] == FIELDS["subject"]
    assert row.fields["description"] == FIELDS["description"]


def test_outside_its_mode_nothing_is_written_and_nothing_forgotten() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"subject": "Later"})
    desk.use(mode="auto")
    desk.cycle()
    unchanged = row.fields["subject"]
    desk.use()
    desk.cycle()

    assert unchanged == FIELDS["subject"]
    assert row.fields["subject"] == "Later"


def test_preview_says_what_would_be_done_and_does_nothing() -> None:
    desk, event, row = linked(**DELETING)
    second, third = desk.event(), desk.event({"sensitivity": "private"})
    desk.record(second)
    desk.clock.ms += 5_000
    desk.outlook.edit(event, {"subject": "Ours"})
    desk.outlook.delete(second)
    desk.store.link([third.view] if third.view else [], "click", {})
    writes = desk.salesforce.writes

    report = desk.cycle(plan_only=True)

    assert sorted(outcomes(report)) == [
        ("delete", "planned"),
        ("none", "refused"),
        ("update", "planned"),
    ]
    assert desk.salesforce.writes == writes
    assert not desk.store.rows.open
    assert row.fields["subject"] == FIELDS["subject"]


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
