"""Who we act for: organizations, their people, mailboxes, and the credentials to reach both services."""

from django.contrib.auth.models import AbstractUser
from django.db import models

from linkpoint.accounts.fields import EncryptedTextField


class Organization(models.Model):
    """One Salesforce org, the tenant of our data; every other row belongs to one."""

    class State(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"  # organization id mismatch, for example a refreshed sandbox

    salesforce_id = models.CharField("organization id", max_length=18, unique=True)
    name = models.CharField(max_length=255, blank=True)
    instance_url = models.URLField(help_text="For example https://acme.my.salesforce.com")
    login_url = models.URLField(default="https://login.salesforce.com")
    is_sandbox = models.BooleanField("sandbox org", default=False)
    consumer_key = models.CharField(max_length=512)
    consumer_secret = EncryptedTextField()
    jwt_private_key = EncryptedTextField("JWT private key (PEM)", blank=True)
    integration_username = models.CharField(
        max_length=255, blank=True, help_text="Reads the Events of all users of this org with one query."
    )
    has_key_field = models.BooleanField(
        "LinkPoint_Key__c exists", default=False, help_text="Custom field on Activity: Text(80), unique, external id."
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    paused = models.BooleanField(default=False)
    paused_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name or self.salesforce_id


class StaffMember(AbstractUser):
    """Someone who works in the admin; without an organization (and superuser) they see all."""

    organization = models.ForeignKey(Organization, null=True, blank=True, on_delete=models.CASCADE)


class Profile(models.Model):
    """A group of users of one organization that share settings."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="profiles")
    name = models.CharField(max_length=120)
    paused = models.BooleanField(default=False)
    paused_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organization", "name"], name="profile_name_once_per_org")]

    def __str__(self) -> str:
        return self.name


class User(models.Model):
    """A Salesforce user whose calendar we keep."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="users")
    profile = models.ForeignKey(Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="users")
    salesforce_user_id = models.CharField(max_length=18)
    username = models.CharField(max_length=255)
    full_name = models.CharField(max_length=255, blank=True)
    email = models.EmailField(blank=True)
    locale = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField("time zone (IANA)", max_length=64, blank=True)
    refresh_token = EncryptedTextField(
        "Salesforce refresh token", blank=True, help_text="Only where JWT bearer is not allowed."
    )
    salesforce_problem = models.CharField(max_length=300, blank=True)
    salesforce_checked_at = models.DateTimeField(null=True, blank=True)
    welcomed_at = models.DateTimeField(null=True, blank=True)
    paused = models.BooleanField(default=False)
    paused_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "salesforce_user_id"], name="user_once_per_org"),
        ]

    def __str__(self) -> str:
        return self.username


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
        choices=[("global", "Global, GCC"), ("gcc_high", "GCC High"), ("dod", "DoD"), ("china", "China")],
    )
    token_cache = EncryptedTextField(blank=True)
    problem = models.CharField(max_length=300, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "tenant_id"], name="tenant_once_per_org"),
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

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="mailboxes")
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
                fields=["organization", "graph_user_id", "calendar_id"], name="calendar_once_per_org"
            ),
        ]

    def __str__(self) -> str:
        return self.address
