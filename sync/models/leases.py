"""Who may write for a mailbox or an organization: an epoch that fences out workers that lost their turn (sync.md 12)."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from linkpoint.accounts.models import Mailbox, Organization


class Lease(models.Model):
    """One row a mailbox, and one an organization."""

    mailbox = models.OneToOneField(
        Mailbox, null=True, on_delete=models.CASCADE, related_name="lease"
    )
    organization = models.OneToOneField(
        Organization, null=True, on_delete=models.CASCADE, related_name="lease"
    )
    owner = models.CharField(max_length=64, blank=True)
    epoch = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField(
        default=datetime.fromisoformat("2000-01-01T00:00:00+00:00"),
        help_text="Free 30 seconds after this moment.",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(mailbox__isnull=False, organization__isnull=True)
                | Q(mailbox__isnull=True, organization__isnull=False),
                name="lease_of_one_thing",
            )
        ]

    def __str__(self) -> str:
        return f"epoch {self.epoch}"
