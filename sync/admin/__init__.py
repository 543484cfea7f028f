"""The administration of rules, links, runs and readings."""

from sync.admin import links, mailboxes, observations, policy, runs

__all__ = ["links", "mailboxes", "observations", "policy", "runs"]
