"""A person's answer to a question: it counts for that question, and for no later one."""

from sync.core.settings import SettingValue
from sync.engine.ports import DeleteSalesforce
from tests.engine.desk import DELETING, Desk, Fault, call, linked
from tests.sim.outlook import Event
from tests.sim.salesforce import Row

ASKING: dict[str, SettingValue] = {"prevent": ()}


def asked_about(**settings: SettingValue) -> tuple[Desk, Event, Row]:
    """Return a desk with a question about a meeting that was cancelled."""
    desk, event, row = linked(**ASKING, **settings)
    desk.outlook.cancel(event)
    desk.cycle()
    assert len(desk.questions) == 1
    return desk, event, row


def come_back(desk: Desk, event: Event) -> None:
    """Let a cancelled meeting take place after all."""
    event.is_cancelled = False
    desk.outlook.touch(event)
    desk.cycle()


def test_answer_to_keep_settles_the_question_and_is_not_asked_again() -> None:
    desk, event, row = asked_about()

    desk.store.decide(desk.link_of(event), "keep")
    desk.cycle()
    desk.salesforce.edit(row, {"location": "Elsewhere"})
    desk.clock.ms += 5_000
    desk.read()
    desk.cycle()

    assert desk.questions == []
    assert not row.dead


def test_answer_about_a_meeting_that_takes_place_after_all_is_forgotten() -> None:
    desk, event, row = asked_about()
    desk.store.decide(desk.link_of(event), "delete")
    come_back(desk, event)

    desk.outlook.delete(event)
    desk.cycle()

    assert not row.dead
    assert len(desk.questions) == 1


def test_kept_event_that_is_deleted_again_later_is_asked_about_anew() -> None:
    desk, event, row = asked_about()
    desk.store.decide(desk.link_of(event), "keep")
    desk.cycle()
    come_back(desk, event)
    assert desk.questions == []

    desk.outlook.delete(event)
    desk.cycle()

    assert not row.dead
    assert len(desk.questions) == 1


def test_question_ends_with_its_reason_also_where_nothing_may_be_written() -> None:
    desk, event, _ = asked_about()
    desk.use(prevent=("update_salesforce",))

    event.is_cancelled = False
    desk.outlook.edit(event, {"subject": "Takes place"})
    desk.cycle()

    assert desk.questions == []


def test_edit_that_slipped_in_before_a_delete_somebody_chose_outlives_that_choice() -> None:
    desk, event, row = asked_about()
    desk.store.decide(desk.link_of(event), "delete")

    desk.cycle(
        Fault(
            call(DeleteSalesforce),
            meanwhile=lambda: desk.salesforce.edit(row, {"subject": "Slipped in"}),
        )
    )
    for _ in range(3):
        desk.clock.ms += 10_000
        desk.read()
        desk.cycle()

    (back,) = desk.live
    assert back.fields["subject"] == "Slipped in"
    assert len(desk.questions) == 1


def test_mark_of_a_cancelled_meeting_goes_when_it_takes_place_after_all() -> None:
    desk, event, row = linked(prevent=(), outlook_deleted="mark")
    desk.outlook.cancel(event)
    desk.cycle()
    assert row.fields["subject"] == "Cancelled: Quarterly review"
    desk.clock.ms += 5_000

    come_back(desk, event)

    assert row.fields["subject"] == "Quarterly review"
    assert desk.kept == []


def test_answers_do_not_outlive_deleting() -> None:
    desk, event, row = linked(**DELETING)
    desk.outlook.cancel(event)
    desk.cycle()
    assert row.dead
