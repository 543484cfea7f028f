"""How a piece of work ends: the Run is closed, and each kind of error leads to what happens next."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from linkpoint.accounts.models import Mailbox
from linkpoint.errors import Gone, NeedsPerson, ServiceError, TryLater
from sync.models import Inbox, MailboxState, Run
from sync.store.linking import links_to_plan
from sync.wiring.allowance import remember_allowance
from sync.wiring.work import Work

LEFT_OVER_WAIT = timedelta(seconds=30)
"""What a complete cycle left over is taken up this much later."""

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
PERSON_WAIT = timedelta(minutes=15)
"""After a problem in Salesforce that a person has to solve it is tried again this much later, unasked."""

TRIES_BEFORE_A_PERSON = 3
"""A calendar that is not found this often in a row is taken for gone: a person is asked (case D13)."""

_OWN = ("synced_at", "retry_at", "next_poll_at", "failures", "problem")
"""What the end of a work says of its mailbox; the rest belongs to notifications, settings and subscriptions."""

_UNEXPECTED = "Something went wrong on our side. It is tried again later; nothing was lost."
_LONGEST_TEXT_CHARS = 300


def finish(work: Work, *, complete: bool) -> None:
    """Store how it went and when the mailbox is due again.

    Args:
        work: From :func:`work_on`.
        complete: Outlook was read to its end: notifications from before the start are answered.

    Raises:
        LostLease: Another worker took over.
    """
    with transaction.atomic():
        work.lease.fence()
        _end_run(work)
        state = MailboxState.objects.get_or_create(mailbox=work.mailbox)[0]
        if work.error is not None:
            _after_error(work, state, work.error)
        elif complete:
            state.synced_at, state.retry_at = work.started_at, work.started_at
            state.next_poll_at = _next_poll(work)
            state.failures, state.problem = 0, ""
            _answer_inbox(work)
            _is_well(work.mailbox)
        if work.error is None and work.sides.counts()["salesforce"]:
            _set_salesforce_problem(work, "")
        state.save(update_fields=_OWN)
        remember_allowance(work.mailbox.organization, work.sides.allowance())


def _next_poll(work: Work) -> datetime:
    """Return when the mailbox is due again: soon, if somebody asked for more meanwhile and that job is lost."""
    usual = work.started_at + timedelta(minutes=work.policy.number("frequency_minutes"))
    if work.policy.text("mode") == "snaprecord" and links_to_plan(work.mailbox.pk).exists():
        return min(usual, timezone.now() + LEFT_OVER_WAIT)
    return usual


def wait_after(failures: int, asked: timedelta | None = None) -> timedelta:
    """Return how long to wait after so many failures in a row; never less than the service asked for."""
    doublings = min(max(failures - 1, 0), 10)
    usual = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    return max(usual, asked) if asked else usual


def give_up(work: Work) -> None:
    """After an error that nobody expected: end the Run, and try again later and later; the error itself goes on."""
    with transaction.atomic():
        work.lease.fence()
        Run.objects.filter(pk=work.run.pk).update(
            state=Run.State.FAILED, finished_at=timezone.now(), error=_UNEXPECTED
        )
        state = MailboxState.objects.get_or_create(mailbox=work.mailbox)[0]
        state.failures, state.problem = state.failures + 1, _UNEXPECTED
        state.retry_at = state.next_poll_at = timezone.now() + wait_after(state.failures)
        state.save(update_fields=_OWN)


def _is_well(mailbox: Mailbox) -> None:
    """A complete cycle proves that the connection works again."""
    asked = Mailbox.objects.filter(pk=mailbox.pk, state=Mailbox.State.NEEDS_REAUTH)
    if mailbox.state == Mailbox.State.NEEDS_REAUTH and asked.update(
        state=Mailbox.State.ACTIVE, problem="", problem_at=None
    ):
        mailbox.refresh_from_db(fields=["state", "problem", "problem_at"])


def _answer_inbox(work: Work) -> None:
    waiting = Inbox.objects.filter(mailbox=work.mailbox, done_at=None)
    waiting.filter(received_at__lte=work.started_at).update(done_at=timezone.now())


def _end_run(work: Work) -> None:
    run, actions = work.run, work.report.actions
    done = [action.op for action in actions if action.state == "done"]
    run.created, run.updated, run.deleted = (
        done.count(op) for op in ("create", "update", "delete")
    )
    run.problems = sum(a.state in ("refused", "conflict", "held", "retry") for a in actions)
    run.considered = work.report.considered
    run.calls = work.sides.counts()
    run.finished_at = timezone.now()
    run.state = Run.State.FAILED if work.error else Run.State.DONE
    run.error = work.error.why[:_LONGEST_TEXT_CHARS] if work.error else ""
    run.save()


def _after_error(work: Work, state: MailboxState, error: ServiceError) -> None:
    """Sort by type: a wait, or a person; the stored cursor and rows stay as they are."""
    now = timezone.now()
    state.failures += 1
    state.problem = error.why[:_LONGEST_TEXT_CHARS]
    wait = wait_after(state.failures, error.wait if isinstance(error, TryLater) else None)
    if _outlook_needs_a_person(error, state.failures):
        box = Mailbox.objects.filter(pk=work.mailbox.pk)
        box.exclude(state=Mailbox.State.SUSPENDED).update(
            state=Mailbox.State.NEEDS_REAUTH, problem=state.problem, problem_at=now
        )
        work.mailbox.refresh_from_db(fields=["state", "problem", "problem_at"])
        wait = timedelta()  # due as soon as the connection is active again
    elif isinstance(error, NeedsPerson):
        _set_salesforce_problem(work, state.problem)
        wait = max(wait, LONGEST_WAIT if error.what == "api_limit" else PERSON_WAIT)
    state.retry_at = state.next_poll_at = now + wait


def _outlook_needs_a_person(error: ServiceError, failures: int) -> bool:
    """Tell whether nothing is tried until the connection was made or checked again; nothing is deleted meanwhile."""
    if error.service != "outlook":
        return False
    return isinstance(error, NeedsPerson) or (
        isinstance(error, Gone) and failures >= TRIES_BEFORE_A_PERSON
    )


def _set_salesforce_problem(work: Work, problem: str) -> None:
    user = work.mailbox.user
    if user.salesforce_problem != problem:
        user.salesforce_problem = problem
        user.save(update_fields=["salesforce_problem"])
