"""Each kind of error leads to what happens next; what is stored stays."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from linkpoint.accounts.models import Mailbox
from linkpoint.errors import Gone, NeedsPerson, ServiceError, TryLater
from sync.core.item import OutlookId
from sync.engine.ports import Call, Context, ReadOutlook, Report
from sync.engine.steps import Steps, api
from sync.models import Inbox, Link, MailboxState, Run
from sync.wiring.afterwards import LONGEST_WAIT, PERSON_WAIT, finish, wait_after
from sync.wiring.sides import MailboxSides
from sync.wiring.turns import Busy, carry_out, work_on
from sync.wiring.work import Work
from tests.people import Person, make_organization, make_person


class Answering(MailboxSides):
    """Sides that answer every call with the same thing."""

    def __init__(self, mailbox: Mailbox, answer: Any) -> None:
        super().__init__(mailbox)
        self._answer = answer

    def call(self, call: Call[Any]) -> Any:
        """Return or raise the answer."""
        if isinstance(self._answer, ServiceError):
            raise self._answer
        return self._answer


@pytest.fixture
def person(db: None) -> Person:
    """Return a person with a mailbox."""
    return make_person(None, make_organization())


def _read(context: Context, report: Report) -> Steps[object]:
    return (yield from api(ReadOutlook((OutlookId("a"),))))


def _cycle(person: Person, answer: Any, *, seconds: float | None = None) -> Work:
    with work_on(person.mailbox.pk, "sync") as work:
        work.sides = Answering(work.mailbox, answer)
        carry_out(work, _read, seconds=seconds)
        finish(work, complete=work.error is None and not work.unfinished)
        return work


def _state(person: Person) -> MailboxState:
    return MailboxState.objects.get(mailbox=person.mailbox)


def test_complete_cycle_is_due_again_after_the_frequency(person: Person) -> None:
    work = _cycle(person, ())

    state = _state(person)
    assert state.synced_at == work.started_at
    assert state.next_poll_at == work.started_at + timedelta(minutes=15)
    assert Run.objects.get().state == "done"


def test_complete_cycle_answers_the_notifications_from_before(person: Person) -> None:
    Inbox.objects.create(mailbox=person.mailbox, kind="change")

    _cycle(person, ())

    assert Inbox.objects.get().done_at is not None


def test_wait_that_a_service_asks_for_is_kept(person: Person) -> None:
    before = timezone.now()

    _cycle(person, TryLater("outlook", "Microsoft 365 is busy.", wait=timedelta(minutes=7)))

    state = _state(person)
    assert state.next_poll_at is not None
    assert state.next_poll_at >= before + timedelta(minutes=7)
    assert (state.failures, state.problem, state.synced_at) == (1, "Microsoft 365 is busy.", None)
    assert Run.objects.get().error == "Microsoft 365 is busy."


def test_problem_is_gone_after_the_next_success(person: Person) -> None:
    _cycle(person, TryLater("outlook", "Busy."))

    _cycle(person, ())

    state = _state(person)
    assert (state.failures, state.problem) == (0, "")


def test_withdrawn_consent_stops_the_mailbox_until_it_is_connected_again(person: Person) -> None:
    _cycle(person, NeedsPerson("outlook", "Consent was withdrawn.", what="consent"))

    mailbox = Mailbox.objects.get()
    assert (mailbox.state, mailbox.problem) == ("needs_reauth", "Consent was withdrawn.")
    due_at_once = _state(person).next_poll_at
    assert due_at_once is not None
    assert due_at_once <= timezone.now()


def test_problem_of_salesforce_is_shown_and_tried_again_unasked(person: Person) -> None:
    _cycle(person, NeedsPerson("salesforce", "The app is not approved.", what="approval"))

    mailbox = Mailbox.objects.get()
    state = _state(person)
    assert (mailbox.state, mailbox.user.salesforce_problem) == (
        "active",
        "The app is not approved.",
    )
    assert state.next_poll_at is not None
    assert state.next_poll_at > timezone.now() + PERSON_WAIT - timedelta(minutes=1)


def test_used_up_allowance_of_salesforce_waits_an_hour(person: Person) -> None:
    _cycle(person, NeedsPerson("salesforce", "No calls left today.", what="api_limit"))

    state = _state(person)
    assert state.next_poll_at is not None
    assert state.next_poll_at > timezone.now() + LONGEST_WAIT - timedelta(minutes=1)


def test_missing_calendar_stops_the_mailbox_only_after_three_tries(person: Person) -> None:
    states = []
    for _ in range(3):
        _cycle(person, Gone("outlook", "The calendar is not there."))
        states.append(Mailbox.objects.get().state)

    assert states == ["active", "active", "needs_reauth"]


def test_mailbox_suspended_during_its_cycle_stays_suspended(person: Person) -> None:
    with work_on(person.mailbox.pk, "sync") as work:
        Mailbox.objects.update(state=Mailbox.State.SUSPENDED)
        work.error = NeedsPerson("outlook", "Consent was withdrawn.", what="consent")
        finish(work, complete=False)

    assert Mailbox.objects.get().state == "suspended"


def test_end_of_a_cycle_leaves_alone_what_others_say_of_its_mailbox(person: Person) -> None:
    with work_on(person.mailbox.pk, "sync") as work, CaptureQueriesContext(connection) as asked:
        finish(work, complete=True)

    (written,) = [q["sql"] for q in asked if q["sql"].startswith('UPDATE "sync_mailboxstate"')]
    assert "dirty_at" not in written
    assert "window_start" not in written


def test_click_during_a_cycle_is_taken_up_soon_even_if_its_job_is_lost(person: Person) -> None:
    with work_on(person.mailbox.pk, "sync") as work:
        Link.objects.create(
            mailbox=person.mailbox, organization=person.user.organization, outlook_id="a"
        )
        finish(work, complete=True)

    due = _state(person).next_poll_at
    assert due is not None
    assert due < timezone.now() + timedelta(minutes=1)


def test_time_that_is_up_leaves_the_mailbox_due(person: Person) -> None:
    work = _cycle(person, (), seconds=0)

    assert work.unfinished
    assert _state(person).synced_at is None


def test_second_worker_is_told_that_the_mailbox_is_busy(person: Person) -> None:
    with (
        work_on(person.mailbox.pk, "sync"),
        pytest.raises(Busy),
        work_on(person.mailbox.pk, "record"),
    ):
        raise AssertionError("two workers had it")


def test_turn_is_given_back_after_an_unexpected_error(person: Person) -> None:
    with pytest.raises(ZeroDivisionError), work_on(person.mailbox.pk, "sync"):
        raise ZeroDivisionError

    with work_on(person.mailbox.pk, "sync") as work:
        assert work.mailbox == person.mailbox


def test_unexpected_error_ends_the_run_and_is_tried_again_later_and_later(person: Person) -> None:
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), work_on(person.mailbox.pk, "sync"):
            raise ZeroDivisionError

    state = _state(person)
    assert [run.state for run in Run.objects.all()] == ["failed", "failed"]
    assert state.retry_at > timezone.now() + timedelta(seconds=20)
    assert "wrong on our side" in state.problem


@pytest.mark.parametrize("what", ["organization", "mailbox"])
def test_suspended_organization_or_mailbox_is_left_alone(person: Person, what: str) -> None:
    one = person.mailbox if what == "mailbox" else person.user.organization
    one.state = "suspended"
    one.save()

    with pytest.raises(NeedsPerson, match="suspended"), work_on(person.mailbox.pk, "record"):
        raise AssertionError("it was worked on")
    assert not Run.objects.exists()


def test_complete_cycle_proves_that_the_connection_works_again(person: Person) -> None:
    _cycle(person, NeedsPerson("outlook", "Consent was withdrawn.", what="consent"))

    _cycle(person, ())

    mailbox = Mailbox.objects.get()
    assert (mailbox.state, mailbox.problem) == ("active", "")


def test_run_of_a_killed_worker_is_closed_by_the_next_one(person: Person) -> None:
    killed = Run.objects.create(mailbox=person.mailbox, kind="record", mode="snaprecord")

    _cycle(person, ())

    killed.refresh_from_db()
    assert (killed.state, killed.error) == (
        "failed", "It was interrupted; the next run went on from there.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 15), (1, 15), (2, 30), (5, 240), (9, 3600), (10_000, 3600)]
)
def test_wait_doubles_up_to_an_hour(failures: int, seconds: int) -> None:
    assert wait_after(failures) == timedelta(seconds=seconds)


def test_wait_is_never_shorter_than_asked_for() -> None:
    assert wait_after(1, timedelta(hours=3)) == timedelta(hours=3)
