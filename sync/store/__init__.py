"""The engine's store over the models: rows of one mailbox or organization, fenced by the epoch of a lease."""

from sync.store.leases import Lease, LostLease, take_mailbox, take_organization
from sync.store.mailbox import PostgresStore
from sync.store.organization import PostgresOrganizationStore, PostgresOwnEventsStore

__all__ = [
    "Lease",
    "LostLease",
    "PostgresOrganizationStore",
    "PostgresOwnEventsStore",
    "PostgresStore",
    "take_mailbox",
    "take_organization",
]
