"""One piece of work for one mailbox: the turn is taken, a Run is begun, and the engine is driven."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import structlog
from django.db import transaction
from django.utils import timezone

from linkpoint.accounts.models import Mailbox, Organization
from linkpoint.errors import NeedsPerson, ServiceError
from sync.engine.ports import Context, Report
from sync.engine.steps import Steps
from sync.models import Run
from sync.store import Lease, LostLease, PostgresOwnEventsStore, PostgresStore, take_mailbox
from sync.store.switching import begin_with
from sync.wiring.afterwards import give_up
from sync.wiring.allowance import reserve_of
from sync.wiring.drive import Driver, TimeIsUp
from sync.wiring.sides import MailboxSides
from sync.wiring.work import Work, known_mailbox, policy_of

log = structlog.get_logger(__name__)
T = TypeVar("T")

_ASK_AGAIN_S = 0.2


class Busy(Exception):
    """Another worker has the turn; what it does includes what was asked, or the work is asked for again."""


@contextmanager
def work_on(
    mailbox_id: int, kind: str, *, patience_s: float = 0.0, unasked: bool = False
) -> Iterator[Work]:
    """Take the turn for a mailbox, give it back at the end, and keep a Run in between.

    Args:
        mailbox_id: Our key.
        kind: ``record`` or ``sync``.
        patience_s: How long to wait for another worker.
        unasked: Nobody waits for it: the organization's reserve of Salesforce calls is left alone.

    Raises:
        Busy: Another worker has it for longer than that.
        NeedsPerson: The organization or the mailbox is suspended: nothing may be written.
    """
    lease = _lease(mailbox_id, time.monotonic() + patience_s)
    try:
        mailbox = known_mailbox(mailbox_id)
        _refuse_suspended(mailbox)
        policy = policy_of(mailbox.user)
        run = _begin(lease, mailbox, kind, policy.text("mode"))
        reserve = reserve_of(mailbox.organization, policy) if unasked else None
        sides = MailboxSides(mailbox, reserve)
        work = Work(mailbox, policy, lease, run, timezone.now(), sides)
        try:
            yield work
        except LostLease:
            raise
        except Exception:
            give_up(work)
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
    organization = work.mailbox.organization
    stores = (
        PostgresStore(work.lease, organization.pk, work.policy, work.run.pk),
        PostgresOwnEventsStore(work.lease, organization.salesforce_id, organization.pk),
    )
    deadline = None if seconds is None else time.monotonic() + seconds
    try:
        return Driver(work.sides, stores, deadline=deadline).run(steps(work.context, work.report))
    except TimeIsUp:
        work.unfinished = True
    except ServiceError as error:
        log.info(
            "work_ended_early", mailbox=work.mailbox.pk, error=type(error).__name__, code=error.code
        )
        work.error = error
    return None


def _refuse_suspended(mailbox: Mailbox) -> None:
    if mailbox.organization.state == Organization.State.SUSPENDED:
        why = "The Salesforce organization is suspended, so nothing is written to it."
        raise NeedsPerson("salesforce", why, "suspended", what="configuration")
    if mailbox.state == Mailbox.State.SUSPENDED:
        why = "The mailbox is suspended, so nothing is read from it."
        raise NeedsPerson("outlook", why, "suspended", what="configuration")


def _lease(mailbox_id: int, until: float) -> Lease:
    while True:
        lease = take_mailbox(mailbox_id)
        if lease is not None:
            return lease
        if time.monotonic() >= until:
            raise Busy
        time.sleep(_ASK_AGAIN_S)


def _begin(lease: Lease, mailbox: Mailbox, kind: str, mode: str) -> Run:
    """Start a Run; those that a killed worker left running ended without a result."""
    with transaction.atomic():
        lease.fence()
        begin_with(mailbox)
        Run.objects.filter(mailbox=mailbox, state=Run.State.RUNNING).update(
            state=Run.State.FAILED,
            finished_at=timezone.now(),
            error="It was interrupted; the next run went on from there.",
        )
        return Run.objects.create(mailbox=mailbox, kind=kind, mode=mode)
