"""Recorded events follow Outlook: edits, cancellations, privacy; what people wrote in Salesforce is never lost silently."""

import pytest

from linkpoint.errors import NeedsPerson, Outdated
from sync.engine.ports import (
    ReadOutlook,
    ReadOutlookPage,
    ReadSalesforce,
    UpdateSalesforce,
)
from sync.engine.steps import Sleep
from tests.core.items import FIELDS
from tests.engine.desk import DELETING, Fault, call, linked, outcomes


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
