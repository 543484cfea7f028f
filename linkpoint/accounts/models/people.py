"""People: those whose calendars we keep, and those who work in the admin."""

from datetime import datetime
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models

from linkpoint.accounts.fields import EncryptedTextField, SalesforceIdField
from linkpoint.accounts.models.organizations import Organization, Profile
from linkpoint.accounts.models.pausing import Pausable, resting


class UserQuerySet(models.QuerySet["User"]):
    """Questions about people."""

    def at_work(self, now: datetime) -> Self:
        """Return active people of active organizations whom no pause holds at ``now``: own, profile's, organization's."""
        return (
            self.filter(state=User.State.ACTIVE, organization__state=Organization.State.ACTIVE)
            .exclude(resting(now))
            .exclude(resting(now, "profile__"))
            .exclude(resting(now, "organization__"))
        )


class User(Pausable):
    """A Salesforce user whose calendar we keep."""

    class State(models.TextChoices):
        ACTIVE = "active"
        DEACTIVATED = "deactivated"

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="users")
    profile = models.ForeignKey(
        Profile, null=True, blank=True, on_delete=models.SET_NULL, related_name="users"
    )
    salesforce_user_id = SalesforceIdField("Salesforce user id")
    username = models.CharField(max_length=255, db_index=True)
    full_name = models.CharField(max_length=255, blank=True)
    email = models.EmailField(blank=True)
    locale = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField("time zone (IANA)", max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    refresh_token = EncryptedTextField(
        "Salesforce refresh token", blank=True, help_text="Only where JWT bearer is not allowed."
    )
    token_cache = EncryptedTextField(blank=True)
    salesforce_problem = models.CharField(max_length=300, blank=True)
    salesforce_checked_at = models.DateTimeField(null=True, blank=True)
    welcomed_at = models.DateTimeField(null=True, blank=True)

    objects = UserQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "salesforce_user_id"], name="user_once_per_org"
            ),
            models.CheckConstraint(
                condition=models.Q(salesforce_user_id__regex=r"^[a-zA-Z0-9]{18}$"),
                name="user_id_has_18_characters",
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def pause_in_force(self, now: datetime) -> Pausable | None:
        """Return who rests at ``now``: the organization, the profile or the user, the widest first; None if nobody."""
        chain = [self.organization, self.profile, self]
        return next((one for one in chain if one is not None and one.is_paused(now)), None)


class StaffMember(AbstractUser):
    """Someone who works in the admin; without an organization (and superuser) they see all."""

    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.CASCADE, related_name="staff"
    )

    class Meta:
        verbose_name = "staff member"
        verbose_name_plural = "staff"
