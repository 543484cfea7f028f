"""Dropping history that is older than it is to be kept."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from linkpoint.accounts.models import Mailbox
from sync.models import Inbox, Intent, Link, OutlookSeen, Run
from sync.wiring.work import policy_of

_QUIET_KEPT = timedelta(days=2)
_REFUSED_REST = timedelta(days=1)
_INBOX_KEPT = timedelta(days=7)
_GONE_KEPT = timedelta(days=90)
"""Longer than the Recycle Bin and any delta token live (sync.md 3)."""


def try_refused_again(now: datetime) -> int:
    """Let writes that Salesforce refused a day ago be planned again: a rule there may have changed (sync.md 9)."""
    later = Intent.objects.filter(link=OuterRef("pk"), created_at__gt=now - _REFUSED_REST)
    refused = Intent.objects.filter(link=OuterRef("pk"), status=Intent.Status.REFUSED)
    parked = Link.objects.filter(Exists(refused), ~Exists(later), touched=F("planned"))
    parked = parked.exclude(problem="").exclude(state__in=(Link.State.DEAD, Link.State.EXCLUDED))
    return parked.update(touched=F("touched") + 1)


def clean_up(now: datetime) -> None:
    """Drop old runs by each user's setting, runs without result after two days, answered notifications, gone events."""
    quiet = Q(created=0, updated=0, deleted=0, problems=0, state=Run.State.DONE)
    Run.objects.filter(quiet, started_at__lt=now - _QUIET_KEPT, intents__isnull=True).delete()
    Inbox.objects.filter(received_at__lt=now - _INBOX_KEPT).delete()
    OutlookSeen.objects.filter(state=OutlookSeen.State.GONE, seen_at__lt=now - _GONE_KEPT).delete()
    for mailbox in Mailbox.objects.select_related("user").iterator(chunk_size=500):
        kept = timedelta(days=policy_of(mailbox.user).number("history_days"))
        Run.objects.filter(mailbox=mailbox, started_at__lt=now - kept).delete()
