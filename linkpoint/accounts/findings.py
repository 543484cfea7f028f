"""What live tests found, kept with the rows they were about."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from linkpoint.accounts.checks import KEY_CHECK, Check, first_failure
from linkpoint.accounts.models import Mailbox, Organization, Tenant, User


def keep_salesforce(user: User, checks: Sequence[Check]) -> None:
    """Remember when Salesforce was tested for a user, and what is broken until someone acts."""
    user.salesforce_checked_at = timezone.now()
    user.salesforce_problem = _problem([check for check in checks if check.name != KEY_CHECK])
    user.save(update_fields=["salesforce_checked_at", "salesforce_problem"])
    keep_key_field(user.organization, checks)


def keep_key_field(organization: Organization, checks: Sequence[Check]) -> None:
    """Remember whether recording can use the external id field; a test that was not made changes nothing."""
    found = next((check.ok for check in checks if check.name == KEY_CHECK), None)
    if found is not None and found != organization.has_key_field:
        organization.has_key_field = found
        organization.save(update_fields=["has_key_field"])


def keep_outlook(mailbox: Mailbox, checks: Sequence[Check]) -> None:
    """Remember when a mailbox was tested; one that works again is active, one that needs a person waits for them."""
    now, failure = timezone.now(), first_failure(checks)
    mailbox.checked_at = now
    if failure is None:
        _revive(mailbox)
    elif failure.needs_person:
        _break(mailbox, failure.detail, now)
    mailbox.save(update_fields=["checked_at", "state", "problem", "problem_at"])


def revive_mailboxes(tenant: Tenant) -> int:
    """Bring the mailboxes of a tenant back to work after its sign-in works again; return how many."""
    waiting = tenant.mailboxes.filter(access=Mailbox.Access.APP, state=Mailbox.State.NEEDS_REAUTH)
    return waiting.update(state=Mailbox.State.ACTIVE, problem="", problem_at=None)


def _revive(mailbox: Mailbox) -> None:
    if mailbox.state == Mailbox.State.NEEDS_REAUTH:
        mailbox.state = Mailbox.State.ACTIVE
    mailbox.problem, mailbox.problem_at = "", None


def _break(mailbox: Mailbox, why: str, now: datetime) -> None:
    if mailbox.state == Mailbox.State.ACTIVE:
        mailbox.state = Mailbox.State.NEEDS_REAUTH
    if mailbox.problem != why[:300]:
        mailbox.problem, mailbox.problem_at = why[:300], now


def _problem(checks: Sequence[Check]) -> str:
    failure = first_failure([check for check in checks if check.needs_person])
    return failure.detail[:300] if failure else ""
