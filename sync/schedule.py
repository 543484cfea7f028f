"""The clock: finds what is due in PostgreSQL and puts it into the queues.  A second clock does no harm."""

from datetime import datetime, timedelta
from threading import Event

import structlog
from django.db import Error as DatabaseError
from django.db import close_old_connections
from django.utils import timezone

from sync import jobs
from sync.wiring import due

log = structlog.get_logger(__name__)

TICK = timedelta(seconds=2)
TIDY_EVERY = timedelta(hours=6)


def run_clock(stop: Event) -> None:
    """Tick until told to stop; the database may be away for a while."""
    tidy_at = timezone.now()
    while not stop.is_set():
        try:
            tick(timezone.now())
            if timezone.now() >= tidy_at:
                jobs.enqueue_tidy_up()
                tidy_at = timezone.now() + TIDY_EVERY
        except DatabaseError as error:
            log.warning("clock_waits_for_database", error=type(error).__name__)
            close_old_connections()
        stop.wait(TICK.total_seconds())


def tick(now: datetime) -> int:
    """Enqueue everything that is due at ``now``; return how many jobs that were."""
    due.introduce(now)
    organizations = due.claim_organizations(now)
    for organization_id in organizations:
        jobs.enqueue_read_salesforce(organization_id)
    mailboxes = due.claim_mailboxes(now)
    for mailbox_id in mailboxes:
        jobs.enqueue_sync(mailbox_id)
    unsubscribed = due.claim_subscriptions(now)
    for mailbox_id in unsubscribed:
        jobs.enqueue_keep_notified(mailbox_id)
    return len(organizations) + len(mailboxes) + len(unsubscribed)
