"""Where the reading of each mailbox and organization stands, and when it is due."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from linkpoint.accounts.models import Mailbox, Organization
from sync.models.runs import Run

INTERRUPTED = timedelta(seconds=30)
"""A Run that began this long ago and is not finished is looked after: its worker may have been killed."""


class DueQuerySet(models.QuerySet["MailboxState"]):
    """Questions about when mailboxes are read."""

    def due(self, now: datetime) -> "DueQuerySet":
        """Return the mailboxes that are to be read now.

        Their time has come, a notification arrived, or a worker was killed in the middle of its work.
        """
        changed = Q(dirty_at__isnull=False) & (
            Q(synced_at__isnull=True) | Q(dirty_at__gt=F("synced_at"))
        )
        killed = Run.objects.filter(
            mailbox=OuterRef("pk"), state=Run.State.RUNNING, started_at__lte=now - INTERRUPTED
        )
        return self.filter(
            Q(next_poll_at__lte=now) | (Q(retry_at__lte=now) & (changed | Exists(killed))),
            mailbox__state=Mailbox.State.ACTIVE,
            mailbox__organization__state=Organization.State.ACTIVE,
        )


class MailboxState(models.Model):
    """Where the reading of one mailbox stands."""

    mailbox = models.OneToOneField(
        Mailbox, primary_key=True, on_delete=models.CASCADE, related_name="sync_state"
    )
    source = models.CharField(
        max_length=330, blank=True, help_text="Which mailbox and calendar all this was read from."
    )
    window_start = models.DateTimeField(null=True, blank=True)
    window_end = models.DateTimeField(null=True, blank=True)
    delta_link = models.TextField(blank=True, help_text="Cursor of the last finished round.")
    round_link = models.TextField(blank=True, help_text="Next page of a full round in progress.")
    in_round = models.BooleanField(default=False)
    delta_round = models.PositiveIntegerField(default=0)
    salesforce_cursor = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Where no integration user reads the Events of all: as OrganizationState.cursor.",
    )
    dirty_at = models.DateTimeField(null=True, blank=True, help_text="Last change notification.")
    synced_at = models.DateTimeField(
        null=True, blank=True, help_text="Start of the last complete read."
    )
    next_poll_at = models.DateTimeField(null=True, blank=True, db_index=True)
    retry_at = models.DateTimeField(default=datetime.fromisoformat("2000-01-01T00:00:00+00:00"))
    failures = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    subscribe_at = models.DateTimeField(
        default=datetime.fromisoformat("2000-01-01T00:00:00+00:00"),
        help_text="Not before this moment is another subscription tried; polling goes on meanwhile.",
    )

    objects = DueQuerySet.as_manager()

    def __str__(self) -> str:
        return str(self.mailbox)


class OrganizationState(models.Model):
    """Where the shared reading of an organization's Events stands."""

    organization = models.OneToOneField(
        Organization, primary_key=True, on_delete=models.CASCADE, related_name="sync_state"
    )
    cursor = models.DateTimeField(null=True, blank=True, help_text="Highest SystemModstamp seen.")
    next_poll_at = models.DateTimeField(null=True, blank=True, db_index=True)
    failures = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    api_used = models.PositiveIntegerField(null=True, blank=True)
    api_allowed = models.PositiveIntegerField(null=True, blank=True)
    api_seen_at = models.DateTimeField(
        null=True, blank=True, help_text="When Salesforce said how many calls are used."
    )

    def __str__(self) -> str:
        return str(self.organization)
