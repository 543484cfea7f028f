"""What each side was last seen to hold.

Of a private item (unless the policy is ``full_and_private``) only its time, kind and version are stored (promise 11).
"""

from datetime import date, datetime

from django.db import models
from django.db.models import Exists, OuterRef, Q

from linkpoint.accounts.models import Mailbox, Organization
from sync.models.links import Link


class OutlookSeenQuerySet(models.QuerySet["OutlookSeen"]):
    """Questions about what was seen in Outlook."""

    def shown(self, mailbox_id: int) -> "OutlookSeenQuerySet":
        """Return the events of a calendar as they stand in Outlook: no masters, nothing deleted."""
        return self.filter(mailbox_id=mailbox_id, state=OutlookSeen.State.LIVE).exclude(
            kind="seriesMaster"
        )

    def on_screen(self, mailbox_id: int) -> "OutlookSeenQuerySet":
        """Return what a person is to see: what stands in Outlook, and what was deleted there but is still in Salesforce (promise 9)."""
        recorded = Link.objects.filter(
            mailbox_id=mailbox_id, outlook_id=OuterRef("outlook_id"), salesforce_id__isnull=False
        ).exclude(state__in=(Link.State.DEAD, Link.State.EXCLUDED))
        kept = Q(state=OutlookSeen.State.GONE) & Exists(recorded)
        rows = self.filter(Q(state=OutlookSeen.State.LIVE) | kept, mailbox_id=mailbox_id)
        return rows.exclude(kind="seriesMaster")

    def in_range(
        self, mailbox_id: int, days: tuple[date, date], instants: tuple[datetime, datetime]
    ) -> "OutlookSeenQuerySet":
        """Return what a person is to see between two days (last exclusive): all-day by date, timed by instant."""
        return self.on_screen(mailbox_id).filter(
            Q(first_day__lt=days[1], last_day__gte=days[0])
            | Q(starts_at__lt=instants[1], ends_at__gt=instants[0])
            | Q(starts_at=instants[0])
        )


class OutlookSeen(models.Model):
    """One Outlook event as last seen."""

    class State(models.TextChoices):
        LIVE = "live"
        OUTSIDE = "outside"  # exists, but outside the window
        GONE = "gone"  # proved by a fresh read

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="outlook_seen")
    outlook_id = models.CharField(max_length=512)
    kind = models.CharField(max_length=16)
    ical_uid = models.CharField(max_length=512, blank=True)
    series_master_id = models.CharField(max_length=512, blank=True)
    original_start = models.CharField(max_length=32, blank=True)
    etag = models.CharField(max_length=255, blank=True)
    transaction_id = models.CharField(max_length=128, blank=True)
    fields = models.JSONField(default=dict)
    facts = models.JSONField(
        default=dict, help_text="People, categories, answer, zone: what rules look at."
    )
    digest = models.CharField(
        max_length=64, blank=True, help_text="Of what a plan looks at; a new one means an edit."
    )
    is_private = models.BooleanField(default=False)
    problem = models.CharField(max_length=300, blank=True)
    first_day = models.DateField(null=True, blank=True, help_text="All-day events.")
    last_day = models.DateField(null=True, blank=True, help_text="All-day events, inclusive.")
    starts_at = models.DateTimeField(null=True, blank=True, help_text="Timed events.")
    ends_at = models.DateTimeField(null=True, blank=True)
    round = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.LIVE)
    seen_at = models.DateTimeField()

    objects = OutlookSeenQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "Outlook seen"
        constraints = [
            models.UniqueConstraint(fields=["mailbox", "outlook_id"], name="outlook_seen_once")
        ]
        indexes = [
            models.Index(fields=["mailbox", "starts_at"], name="outlook_seen_start"),
            models.Index(fields=["mailbox", "first_day"], name="outlook_seen_day"),
            models.Index(fields=["mailbox", "series_master_id"], name="outlook_seen_series"),
        ]

    def __str__(self) -> str:
        return self.outlook_id


class SalesforceSeen(models.Model):
    """One Salesforce Event as last read."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="salesforce_seen"
    )
    salesforce_id = models.CharField(max_length=18)
    owner_id = models.CharField(max_length=18, blank=True)
    modstamp = models.DateTimeField()
    modified_by = models.CharField(max_length=18, blank=True)
    key = models.CharField(max_length=255, blank=True)
    is_deleted = models.BooleanField(default=False)
    is_series_row = models.BooleanField(default=False)
    fields = models.JSONField(default=dict)
    read_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "Salesforce seen"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "salesforce_id"], name="salesforce_seen_once"
            )
        ]

    def __str__(self) -> str:
        return self.salesforce_id
