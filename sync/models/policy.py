"""Values of settings on each level; what they mean is in sync.core.settings."""

from django.db import models
from django.db.models import Q

from linkpoint.accounts.models import Organization, Profile, User
from sync.core.settings import LEVELS, STATES, Policy, Stored, resolve, setting_named


class PolicyQuerySet(models.QuerySet["PolicyValue"]):
    """Questions about settings."""

    def concerning(self, user: User) -> "PolicyQuerySet":
        """Return every row that matters for one user."""
        return self.filter(organization_id=user.organization_id).filter(
            Q(level="organization")
            | Q(level="profile", profile_id=user.profile_id, profile__isnull=False)
            | Q(level="user", user_id=user.pk)
        )

    def policy_of(self, user: User) -> Policy:
        """Return the rules in force for one user (one query)."""
        by_level: dict[str, list[Stored]] = {level: [] for level in LEVELS}
        for row in self.concerning(user):
            by_level[row.level].append(row.stored())
        return resolve(by_level["organization"], by_level["profile"], by_level["user"])


class PolicyValue(models.Model):
    """One setting on one level."""

    organization = models.ForeignKey(
        Organization, on_delete=models.CASCADE, related_name="policy_values"
    )
    level = models.CharField(max_length=12, choices=[(level, level) for level in LEVELS])
    profile = models.ForeignKey(
        Profile, null=True, blank=True, on_delete=models.CASCADE, related_name="policy_values"
    )
    user = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="policy_values"
    )
    name = models.CharField(max_length=40)
    value = models.JSONField()
    state = models.CharField(
        max_length=8, choices=[(state, state) for state in STATES], default="default"
    )
    changed_at = models.DateTimeField(auto_now=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "name"],
                condition=Q(level="organization"),
                name="policy_once_per_organization",
            ),
            models.UniqueConstraint(
                fields=["profile", "name"],
                condition=Q(level="profile"),
                name="policy_once_per_profile",
            ),
            models.UniqueConstraint(
                fields=["user", "name"], condition=Q(level="user"), name="policy_once_per_user"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} on {self.level}"

    def stored(self) -> Stored:
        """Return the value as the core knows it."""
        return Stored(self.name, setting_named(self.name).parse(self.value), self.state)
