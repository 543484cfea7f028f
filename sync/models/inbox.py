"""Change notifications: stored before they are acknowledged, and the subscriptions they come from."""

from django.db import models

from linkpoint.accounts.models import Mailbox


class Subscription(models.Model):
    """A subscription of ours at Microsoft Graph for one mailbox."""

    mailbox = models.OneToOneField(Mailbox, on_delete=models.CASCADE, related_name="subscription")
    subscription_id = models.CharField(max_length=64, unique=True)
    client_state = models.CharField(max_length=128)
    expires_at = models.DateTimeField()
    renew_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.subscription_id


class Inbox(models.Model):
    """One notification; it only says that a mailbox changed (R20), so no content is kept."""

    mailbox = models.ForeignKey(Mailbox, on_delete=models.CASCADE, related_name="inbox")
    kind = models.CharField(max_length=32, help_text="change, or a lifecycle event")
    received_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "inbox"

    def __str__(self) -> str:
        return f"{self.kind} {self.received_at:%Y-%m-%d %H:%M:%S}"
