"""Who we act for: organizations, their people, mailboxes, and the credentials to reach both services."""

from linkpoint.accounts.models.organizations import Organization, Profile
from linkpoint.accounts.models.outlook import Mailbox, Tenant
from linkpoint.accounts.models.pausing import Pausable
from linkpoint.accounts.models.people import StaffMember, User

__all__ = ["Mailbox", "Organization", "Pausable", "Profile", "StaffMember", "Tenant", "User"]
