"""One piece of work for one mailbox: the turn is taken, a Run is written, errors become what happens next."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db import transaction
from django.utils import timezone

from linkpoint.accounts.models import Mailbox, Organization, User
from linkpoint.errors import Gone, NeedsPerson, ServiceError, TryLater
from sync.core.settings import Policy
from sync.engine.ports import Context, Report
from sync.engine.steps import Steps
from sync.models import Inbox, MailboxState, OrganizationState, PolicyValue, Run
from sync.store import Lease, LostLease, PostgresStore, take_mailbox
from sync.wiring.drive import Driver, TimeIsUp
from sync.wiring.sides import MailboxSides

log = structlog.get_logger(__name__)
T = TypeVar("T")

FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=1)
PERSON_WAIT = timedelta(minutes=15)
"""After a problem in Salesforce that a person has to solve it is tried again this much later, unasked."""

TRIES_BEFORE_A_PERSON = 3
"""A calendar that is not found this often in a row is taken for gone: a person is asked (case D13)."""

_UNEXPECTED = "Something went wrong on our side. It is tried again later; nothing was lost."
_ASK_AGAIN_S = 0.2
_LONGEST_TEXT_CHARS = 300


class Busy(Exception):
    """Another worker has the turn; what it does includes what was asked, or the work is asked for again."""


@dataclass(slots=True)
class Work:
    """What is known while one mailbox is worked on, and afterwards.

    Attributes:
        error: What ended the work early; None if it was finished.
        unfinished: The time was up; another job goes on from here.
    """

    mailbox: Mailbox
    policy: Policy
    lease: Lease
    run: Run
    started_at: datetime
    sides: MailboxSides
    report: Report = field(default_factory=Report)
    error: ServiceError | None = None
    unfinished: bool = False

    @property
    def context(self) -> Context:
        """Return what the engine is told."""
        organization = self.mailbox.organization
        return Context(
            organization_id=organization.salesforce_id,
            owner_id=self.mailbox.user.salesforce_user_id,
            policy=self.policy,
            has_key=organization.has_key_field,
        )


def known_mailbox(mailbox_id: int) -> Mailbox:
    """Return a mailbox with its user, organization and tenant (one query)."""
    wanted = Mailbox.objects.select_related("user", "user__organization", "organization", "tenant")
    return wanted.get(pk=mailbox_id)


def policy_of(user: User) -> Policy:
    """Return the rules in force for a user."""
    return PolicyValue.objects.all().policy_of(user)


@contextmanager
def work_on(mailbox_id: int, kind: str, *, patience_s: float = 0.0) -> Iterator[Work]:
    """Take the turn for a mailbox, give it back at the end, and keep a Run in between.

    Args:
        mailbox_id: Our key.
        kind: ``record`` or ``sync``.
        patience_s: How long to wait for another worker.

    Raises:
        Busy: Another worker has it for longer than that.
        NeedsPerson: The organization or the mailbox is suspended: nothing may be written.
    """
    lease = _lease(mailbox_id, time.monotonic() + patience_s)
    try:
        mailbox = known_mailbox(mailbox_id)
        _refuse_suspended(mailbox)
        policy = policy_of(mailbox.user)
        run = _begin(lease, kind, policy.text("mode"))
        work = Work(mailbox, policy, lease, run, timezone.now(), MailboxSides(mailbox))
        try:
            yield work
        except LostLease:
            raise
        except Exception:
            _give_up(work)
            raise
    finally:
        lease.release()


def carry_out(
    work: Work, steps: Callable[[Context, Report], Steps[T]], *, seconds: float | None = None
) -> T | None:
    """Drive the engine; return its result, or None with ``work.error`` or ``work.unfinished`` set.

    Args:
        work: From :func:`work_on`.
        steps: The engine's entry.
        seconds: After this time it stops between two steps.

    Raises:
        LostLease: Another worker took over; nothing more is written by this one.
    """
    organization_pk = work.mailbox.organization_id
    store = PostgresStore(work.lease, organization_pk, work.policy, work.run.pk)
    deadline = None if seconds is None else time.monotonic() + seconds
    try:
        return Driver(work.sides, [store], deadline=deadline).run(steps(work.context, work.report))
    except TimeIsUp:
        work.unfinished = True
    except ServiceError as error:
        log.info(
            "work_ended_early", mailbox=work.mailbox.pk, error=type(error).__name__, code=error.code
        )
        work.error = error
    return None


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
            minutes = work.policy.number("frequency_minutes")
            state.synced_at, state.retry_at = work.started_at, work.started_at
            state.next_poll_at = work.started_at + timedelta(minutes=minutes)
            state.failures, state.problem = 0, ""
            _answer_inbox(work)
            _is_well(work.mailbox)
        if work.error is None and work.sides.counts()["salesforce"]:
            _set_salesforce_problem(work, "")
        state.save()
        _remember_allowance(work)


def _is_well(mailbox: Mailbox) -> None:
    """A complete cycle proves that the connection works again."""
    if mailbox.state == Mailbox.State.NEEDS_REAUTH:
        mailbox.state, mailbox.problem, mailbox.problem_at = Mailbox.State.ACTIVE, "", None
        mailbox.save(update_fields=["state", "problem", "problem_at"])


def _answer_inbox(work: Work) -> None:
    waiting = Inbox.objects.filter(mailbox=work.mailbox, done_at=None)
    waiting.filter(received_at__lte=work.started_at).update(done_at=timezone.now())


def wait_after(failures: int, asked: timedelta | None = None) -> timedelta:
    """Return how long to wait after so many failures in a row; never less than the service asked for."""
    doublings = min(max(failures - 1, 0), 10)
    usual = min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    return max(usual, asked) if asked else usual


def _refuse_suspended(mailbox: Mailbox) -> None:
    if mailbox.organization.state == Organization.State.SUSPENDED:
        why = "The Salesforce organization is suspended, so nothing is written to it."
        raise NeedsPerson("salesforce", why, "suspended", what="configuration")
    if mailbox.state == Mailbox.State.SUSPENDED:
        why = "The mailbox is suspended, so nothing is read from it."
        raise NeedsPerson("outlook", why, "suspended", what="configuration")


def _give_up(work: Work) -> None:
    """After an error that nobody expected: end the Run, and try again later and later; the error itself goes on."""
    with transaction.atomic():
        work.lease.fence()
        Run.objects.filter(pk=work.run.pk).update(
            state=Run.State.FAILED, finished_at=timezone.now(), error=_UNEXPECTED
        )
        state = MailboxState.objects.get_or_create(mailbox=work.mailbox)[0]
        state.failures, state.problem = state.failures + 1, _UNEXPECTED
        state.retry_at = state.next_poll_at = timezone.now() + wait_after(state.failures)
        state.save()


def _lease(mailbox_id: int, until: float) -> Lease:
    while True:
        lease = take_mailbox(mailbox_id)
        if lease is not None:
            return lease
        if time.monotonic() >= until:
            raise Busy
        time.sleep(_ASK_AGAIN_S)


def _begin(lease: Lease, kind: str, mode: str) -> Run:
    """Start a Run; those that a killed worker left running ended without a result."""
    with transaction.atomic():
        lease.fence()
        Run.objects.filter(mailbox_id=lease.of, state=Run.State.RUNNING).update(
            state=Run.State.FAILED,
            finished_at=timezone.now(),
            error="It was interrupted; the next run went on from there.",
        )
        return Run.objects.create(mailbox_id=lease.of, kind=kind, mode=mode)


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
        box = work.mailbox
        box.state, box.problem, box.problem_at = Mailbox.State.NEEDS_REAUTH, state.problem, now
        box.save(update_fields=["state", "problem", "problem_at"])
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


def _remember_allowance(work: Work) -> None:
    allowance = work.sides.allowance()
    if allowance is not None:
        OrganizationState.objects.update_or_create(
            organization=work.mailbox.organization,
            defaults={"api_used": allowance.used, "api_allowed": allowance.total},
        )
