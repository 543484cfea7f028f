"""What the sync remembers, one topic a file."""

from sync.models.inbox import Inbox, Subscription
from sync.models.leases import Lease
from sync.models.links import Conflict, Intent, Link
from sync.models.mailboxes import MailboxState, OrganizationState
from sync.models.observations import OutlookSeen, SalesforceSeen
from sync.models.policy import PolicyValue
from sync.models.runs import Run

__all__ = [
    "Conflict",
    "Inbox",
    "Intent",
    "Lease",
    "Link",
    "MailboxState",
    "OrganizationState",
    "OutlookSeen",
    "PolicyValue",
    "Run",
    "SalesforceSeen",
    "Subscription",
]
