"""A user, a profile or an organization can be paused: until a time, or until someone resumes it."""

from datetime import datetime

from django.db import models
from django.db.models import Q


class Pausable(models.Model):
    """Something whose sync may rest.  ``paused_until`` ends a pause by itself; without it a person does."""

    paused = models.BooleanField(default=False)
    paused_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    def is_paused(self, now: datetime) -> bool:
        """Tell whether it rests at ``now`` (aware)."""
        return self.paused and (self.paused_until is None or now < self.paused_until)

    def pause(self, until: datetime | None = None) -> None:
        """Let it rest until a time (aware), or until resumed; the caller saves."""
        self.paused, self.paused_until = True, until

    def resume(self) -> None:
        """End the pause; the caller saves."""
        self.paused, self.paused_until = False, None


def resting(now: datetime, path: str = "") -> Q:
    """Return the condition "paused at ``now``"; ``path`` leads to the row, for example ``user__profile__``."""
    until, flag = f"{path}paused_until", f"{path}paused"
    return Q(**{flag: True}) & (Q(**{f"{until}__isnull": True}) | Q(**{f"{until}__gt": now}))
