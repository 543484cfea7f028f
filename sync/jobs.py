"""Entry points of the workers: ids in, nothing pickled, safe to run twice, over in 25 seconds.

What is due stands in PostgreSQL and is found again by the clock (``sync.schedule``), so a job that is lost or doubled
does no harm.
"""

import time

import structlog
from django.utils import timezone

from linkpoint.accounts.models import Mailbox, Organization
from linkpoint.errors import NeedsPerson
from sync.models import MailboxState
from sync.queues import enqueue, starting
from sync.store import LostLease
from sync.wiring.cleaning import clean_up, try_refused_again
from sync.wiring.cycles import Wish, read_organization, run_cycle
from sync.wiring.due import is_at_work
from sync.wiring.recording import record_event
from sync.wiring.subscriptions import keep_subscription
from sync.wiring.turns import Busy

log = structlog.get_logger(__name__)

WORK_S = 18.0
"""A job starts no call after this time; what is left is done by another one (Heroku gives 30 seconds to end)."""

_PATIENCE_S = 5.0
_DEBOUNCE_S = 1.0


def record(*, mailbox_id: int, outlook_id: str, cause: str) -> None:
    """Record one event for a person who waits."""
    starting("record", mailbox_id, outlook_id)
    try:
        result = record_event(mailbox_id, outlook_id, cause, seconds=WORK_S, patience_s=_PATIENCE_S)
    except Busy:
        enqueue_record(mailbox_id, outlook_id, cause)
    except (LostLease, NeedsPerson) as reason:
        log.info("not_recorded", mailbox=mailbox_id, reason=type(reason).__name__)
    else:
        log.info("recorded", mailbox=mailbox_id, action=result.action, state=result.state)


def sync_mailbox(*, mailbox_id: int) -> None:
    """Run one cycle of a mailbox; go on in another job if the time does not suffice."""
    starting("sync_mailbox", mailbox_id)
    _cycle(mailbox_id)


def follow_change(*, mailbox_id: int) -> None:
    """Run a cycle after a change notification; wait a moment for the others of the same edit (R20)."""
    state = MailboxState.objects.filter(mailbox_id=mailbox_id).first()
    if state is not None and state.dirty_at is not None:
        age_s = (timezone.now() - state.dirty_at).total_seconds()
        time.sleep(min(max(_DEBOUNCE_S - age_s, 0.0), _DEBOUNCE_S))
    starting("follow_change", mailbox_id)
    _cycle(mailbox_id)


def read_salesforce(*, organization_id: int) -> None:
    """Read what changed in Salesforce for all users of an organization."""
    starting("read_salesforce", organization_id)
    organization = Organization.objects.filter(pk=organization_id).first()
    if organization is not None:
        read_organization(organization)


def keep_notified(*, mailbox_id: int) -> None:
    """Create or renew the subscription to a mailbox's changes."""
    starting("keep_notified", mailbox_id)
    mailbox = Mailbox.objects.select_related("user", "tenant").filter(pk=mailbox_id).first()
    if mailbox is not None:
        keep_subscription(mailbox)


def tidy_up() -> None:
    """Drop history that is older than its settings keep it; let writes that were refused a day ago be tried again."""
    starting("tidy_up", 0)
    now = timezone.now()
    clean_up(now)
    try_refused_again(now)


def enqueue_record(mailbox_id: int, outlook_id: str, cause: str = "click") -> None:
    """Let a worker record one event; a person waits for it."""
    key = {"mailbox_id": mailbox_id, "outlook_id": outlook_id}
    enqueue("interactive", record, key, cause=cause)


def enqueue_sync(mailbox_id: int, queue: str = "poll") -> None:
    """Let a worker run one cycle of a mailbox."""
    enqueue(queue, sync_mailbox, {"mailbox_id": mailbox_id})


def enqueue_change(mailbox_id: int) -> None:
    """Let a worker follow a change notification."""
    enqueue("push", follow_change, {"mailbox_id": mailbox_id})


def enqueue_read_salesforce(organization_id: int) -> None:
    """Let a worker read an organization's Events."""
    enqueue("poll", read_salesforce, {"organization_id": organization_id})


def enqueue_keep_notified(mailbox_id: int) -> None:
    """Let a worker create or renew a subscription."""
    enqueue("housekeeping", keep_notified, {"mailbox_id": mailbox_id})


def enqueue_tidy_up() -> None:
    """Let a worker drop old history."""
    enqueue("housekeeping", tidy_up, {})


def _cycle(mailbox_id: int) -> None:
    if not is_at_work(mailbox_id, timezone.now()):
        return  # it stays due, and is found when it is back at work
    try:
        work = run_cycle(mailbox_id, Wish(unasked=True), seconds=WORK_S)
    except (Busy, LostLease, NeedsPerson) as reason:
        log.info("not_synced", mailbox=mailbox_id, reason=type(reason).__name__)
        return
    if work.unfinished:
        enqueue_sync(mailbox_id)
