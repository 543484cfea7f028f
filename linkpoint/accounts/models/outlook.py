"""The Microsoft 365 side: tenants, and the mailboxes in them."""

from django.db import models

from linkpoint.accounts.fields import EncryptedTextField
from linkpoint.accounts.models.organizations import Organization
from linkpoint.accounts.models.people import User


class Tenant(models.Model):
    """A Microsoft 365 tenant and our app registration in it."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="tenants")
    tenant_id = models.CharField(max_length=64)
    client_id = models.CharField(max_length=64)
    client_secret = EncryptedTextField(blank=True)
    certificate = EncryptedTextField("certificate and private key (PEM)", blank=True)
    cloud = models.CharField(
        max_length=16,
        default="global",
        choices=[
            ("global", "Global, GCC"),
            ("gcc_high", "GCC High"),
            ("dod", "DoD"),
            ("china", "China"),
        ],
    )
    token_cache = EncryptedTextField(blank=True)
    problem = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "tenant_id"], name="tenant_once_per_org"
            ),
        ]

    def __str__(self) -> str:
        return self.tenant_id


class Mailbox(models.Model):
    """One user's Outlook mailbox and the one calendar chosen in it."""

    class Access(models.TextChoices):
        APP = "app", "By the organization (app-only)"
        DELEGATED = "delegated", "By the user (signed in)"

    class State(models.TextChoices):
        ACTIVE = "active"
        NEEDS_REAUTH = "needs_reauth"
        SUSPENDED = "suspended"

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="mailboxes"
    )
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="mailbox")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="mailboxes")
    access = models.CharField(max_length=16, choices=Access.choices, default=Access.APP)
    address = models.EmailField()
    graph_user_id = models.CharField(max_length=64)
    calendar_id = models.CharField(max_length=255)
    calendar_name = models.CharField(max_length=255, blank=True)
    time_zone = models.CharField("time zone (IANA)", max_length=64, default="UTC")
    token_cache = EncryptedTextField(blank=True, help_text="Delegated sign-in only.")
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    problem = models.CharField(max_length=300, blank=True)
    problem_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "mailboxes"
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "graph_user_id", "calendar_id"],
                name="calendar_once_per_org",
            ),
        ]

    def __str__(self) -> str:
        return self.address
