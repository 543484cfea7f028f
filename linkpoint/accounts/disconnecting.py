"""Ending a connection: credentials go, links and recorded events stay as they are."""

import structlog
from django.utils import timezone

from linkpoint.accounts.connections import person_session
from linkpoint.accounts.models import Mailbox, User
from linkpoint.errors import ServiceError
from linkpoint.salesforce.auth import revoke

log = structlog.get_logger(__name__)


def disconnect_salesforce(user: User) -> bool:
    """Forget the user's sign-in here and end it at Salesforce; return whether Salesforce confirmed."""
    token, login_url = user.refresh_token, user.organization.login_url
    user.refresh_token = user.token_cache = ""
    user.save(update_fields=["refresh_token", "token_cache"])
    if not token:
        return True
    try:
        revoke(person_session(), login_url, token)
    except ServiceError as error:
        log.warning("revoke_unconfirmed", user=user.pk, error=str(error))
        return False
    return True


def disconnect_outlook(mailbox: Mailbox, why: str) -> None:
    """Forget the sign-in and stop reading the mailbox, until someone connects it again."""
    mailbox.token_cache = ""
    mailbox.state = Mailbox.State.SUSPENDED
    mailbox.problem, mailbox.problem_at = why[:300], timezone.now()
    mailbox.save(update_fields=["token_cache", "state", "problem", "problem_at"])
