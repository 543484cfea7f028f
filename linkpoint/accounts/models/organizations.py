"""Organizations and the groups of users inside them."""

from django.db import models

from linkpoint.accounts.fields import EncryptedTextField, SalesforceIdField
from linkpoint.accounts.models.pausing import Pausable


class Organization(Pausable):
    """One Salesforce org, the tenant of our data; every other row belongs to one."""

    class State(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"  # organization id mismatch, for example a refreshed sandbox

    salesforce_id = SalesforceIdField("organization id", unique=True)
    name = models.CharField(max_length=255, blank=True)
    instance_url = models.CharField(
        max_length=200, help_text="For example https://acme.my.salesforce.com"
    )
    login_url = models.CharField(max_length=200, default="https://login.salesforce.com")
    is_sandbox = models.BooleanField("sandbox org", default=False)
    consumer_key = models.CharField(max_length=512)
    consumer_secret = EncryptedTextField()
    jwt_private_key = EncryptedTextField("JWT private key (PEM)", blank=True)
    integration_username = models.CharField(
        max_length=255,
        blank=True,
        help_text="Reads the Events of all users of this org with one query.",
    )
    token_cache = EncryptedTextField(blank=True, help_text="Of the integration user.")
    has_key_field = models.BooleanField(
        "LinkPoint_Key__c exists",
        default=False,
        help_text="Custom field on Activity: Text(80), unique, external id.",
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(salesforce_id__regex=r"^[a-zA-Z0-9]{18}$"),
                name="organization_id_has_18_characters",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.salesforce_id


class Profile(Pausable):
    """A group of users of one organization that share settings."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="profiles"
    )
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"], name="profile_name_once_per_org"
            )
        ]

    def __str__(self) -> str:
        return self.name
