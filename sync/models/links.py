"""Links, the writes on their way (intents), and what two people changed at once (conflicts)."""

import uuid

from django.db import models
from django.db.models import F, Q

from linkpoint.accounts.models import Mailbox, Organization


class Link(models.Model):
    """A pair of items that are the same meeting, with one base per side."""

    class State(models.TextChoices):
        ACTIVE = "active"
        PENDING_SALESFORCE = "pending_salesforce"
        PENDING_OUTLOOK = "pending_outlook"
        CONFLICT = "conflict"
        DORMANT = "dormant"
        EXCLUDED = "excluded"
        DEAD = "dead"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="links")
    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="links")
    outlook_id = models.CharField(max_length=512, null=True, blank=True)  # noqa: DJ001 -- null is "none" in a unique column
    salesforce_id = models.CharField(max_length=18, null=True, blank=True)  # noqa: DJ001 -- as above
    occurrence_key = models.CharField(max_length=600, blank=True)
    generation = models.PositiveIntegerField(default=0)
    origin = models.CharField(max_length=16, default="outlook")
    state = models.CharField(max_length=20, choices=State.choices, default=State.PENDING_SALESFORCE)
    touched = models.BigIntegerField(default=1, help_text="Counts what was seen of either side.")
    planned = models.BigIntegerField(default=0, help_text="The count that the last plan knew.")
    base_outlook = models.JSONField(default=dict)
    base_salesforce = models.JSONField(default=dict)
    extras = models.JSONField(
        default=dict, help_text="What else was asked for, under Salesforce's own field names."
    )
    decided = models.CharField(
        max_length=8,
        blank=True,
        help_text="What a person chose for a deleted event: delete or keep.",
    )
    problem = models.CharField(
        max_length=500, blank=True, help_text="Why the last write was refused or kept back."
    )
    problem_field = models.CharField(max_length=80, blank=True)
    recorded_by = models.CharField(
        max_length=16, default="click", help_text="click, category, command or sync"
    )
    recorded_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    tombstone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mailbox", "outlook_id"],
                condition=Q(outlook_id__isnull=False),
                name="link_outlook_once",
            ),
            models.UniqueConstraint(
                fields=["organization", "salesforce_id"],
                condition=Q(salesforce_id__isnull=False),
                name="link_salesforce_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["mailbox"], condition=Q(touched__gt=F("planned")), name="link_dirty"
            )
        ]

    def __str__(self) -> str:
        return str(self.id)


class Intent(models.Model):
    """One write, stored before it is sent (R3); afterwards the history of the link and the source of Undo."""

    class Status(models.TextChoices):
        OPEN = "open"  # outcome unknown
        DONE = "done"
        REFUSED = "refused"
        VOID = "void"  # certainly not applied; planned again

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="intents")
    run = models.ForeignKey(
        "sync.Run", null=True, blank=True, on_delete=models.SET_NULL, related_name="intents"
    )
    epoch = models.BigIntegerField()
    op = models.CharField(max_length=8, help_text="create, update or delete")
    side = models.CharField(max_length=12, default="salesforce")
    generation = models.PositiveIntegerField(default=0)
    payload = models.JSONField(default=dict, help_text="Fields as sent.")
    source = models.JSONField(
        default=dict, help_text="Fields of the other side they were made from."
    )
    before = models.JSONField(default=dict, help_text="Fields as they were: the before-image.")
    cause = models.CharField(
        max_length=32, blank=True, help_text="edit, cancelled, deleted, redact, undo"
    )
    reason = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link", "side"], condition=Q(status="open"), name="one_open_intent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.op} in {self.side}"


class Conflict(models.Model):
    """A value that lost, or a question for a person; nothing drops silently."""

    class State(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled"

    link = models.ForeignKey(Link, on_delete=models.CASCADE, related_name="conflicts")
    field = models.CharField(max_length=32, help_text="A field or unit of fields, or “deleted”.")
    losing_side = models.CharField(max_length=12)
    losing_value = models.JSONField(null=True)
    winning_value = models.JSONField(null=True)
    reason = models.CharField(max_length=300)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["link", "field"], condition=Q(state="open"), name="one_open_conflict"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.reason}"
