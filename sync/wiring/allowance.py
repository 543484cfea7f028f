"""The organization's Salesforce calls of the day: a part of them is left to others (case D04)."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from linkpoint.accounts.models import Organization
from linkpoint.errors import NeedsPerson
from linkpoint.salesforce.wire import Allowance
from sync.core.settings import Policy
from sync.models import OrganizationState

_KNOWN_FOR = timedelta(minutes=55)
"""What Salesforce said longer ago than this is not relied on: one call asks again."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """What sync leaves alone.

    Attributes:
        percent: Of the calls of a day.
        known: What Salesforce said lately; None if it has to be asked.
    """

    percent: int
    known: Allowance | None

    def check(self, said: Allowance | None) -> None:
        """Make sure that another call may be made, by what was said just now or lately.

        Raises:
            NeedsPerson: The rest of the day's calls is left to others (``api_limit``); it goes on by itself.
        """
        allowance = said or self.known
        if allowance is None or not self.percent:
            return
        if allowance.used >= allowance.total * (100 - self.percent) // 100:
            why = (
                f"{self.percent} % of the organization's Salesforce calls are left to others,"
                " and the rest is used. It goes on when calls are free again."
            )
            raise NeedsPerson("salesforce", why, "reserve", what="api_limit")


def reserve_of(organization: Organization, policy: Policy) -> Reserve:
    """Return what sync leaves alone in an organization."""
    since = timezone.now() - _KNOWN_FOR
    row = OrganizationState.objects.filter(organization=organization, api_seen_at__gt=since).first()
    known = (
        Allowance(row.api_used, row.api_allowed)
        if row is not None and row.api_used is not None and row.api_allowed
        else None
    )
    return Reserve(policy.number("salesforce_api_reserve"), known)


def remember_allowance(organization: Organization, said: Allowance | None) -> None:
    """Store what Salesforce said of its calls, if it said anything."""
    if said is not None:
        OrganizationState.objects.update_or_create(
            organization=organization,
            defaults={
                "api_used": said.used,
                "api_allowed": said.total,
                "api_seen_at": timezone.now(),
            },
        )
