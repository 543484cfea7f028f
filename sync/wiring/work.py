"""What is known while one mailbox is worked on."""

from dataclasses import dataclass, field
from datetime import datetime

from linkpoint.accounts.models import Mailbox, User
from linkpoint.errors import ServiceError
from sync.core.settings import Policy
from sync.engine.ports import Context, Report
from sync.models import PolicyValue, Run
from sync.store import Lease
from sync.wiring.sides import MailboxSides


@dataclass(slots=True)
class Work:
    """What is known while one mailbox is worked on, and afterwards.

    Attributes:
        error: What ended the work early; None if it was finished.
        unfinished: The time was up; another job goes on from here.
    """

    mailbox: Mailbox
    policy: Policy
    lease: Lease
    run: Run
    started_at: datetime
    sides: MailboxSides
    report: Report = field(default_factory=Report)
    error: ServiceError | None = None
    unfinished: bool = False

    @property
    def context(self) -> Context:
        """Return what the engine is told."""
        organization = self.mailbox.organization
        return Context(
            organization_id=organization.salesforce_id,
            owner_id=self.mailbox.user.salesforce_user_id,
            policy=self.policy,
            has_key=organization.has_key_field,
        )


def known_mailbox(mailbox_id: int) -> Mailbox:
    """Return a mailbox with its user, organization and tenant (one query)."""
    wanted = Mailbox.objects.select_related("user", "user__organization", "organization", "tenant")
    return wanted.get(pk=mailbox_id)


def policy_of(user: User) -> Policy:
    """Return the rules in force for a user."""
    return PolicyValue.objects.all().policy_of(user)
