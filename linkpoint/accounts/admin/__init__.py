"""The administration of organizations, people, mailboxes and staff."""

from linkpoint.accounts.admin import organizations, outlook, people, queues, staff

__all__ = ["organizations", "outlook", "people", "queues", "staff"]
