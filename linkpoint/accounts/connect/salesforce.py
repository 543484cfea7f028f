"""A person's own sign-in to Salesforce, where JWT bearer is not allowed."""

from collections.abc import Mapping
from contextlib import suppress

from linkpoint.accounts.connect.offers import Offer
from linkpoint.accounts.connections import connected_app, person_session
from linkpoint.accounts.models import Organization, User
from linkpoint.accounts.refusal import NotDone
from linkpoint.errors import ServiceError
from linkpoint.salesforce.auth import SignIn, begin_sign_in, finish_sign_in, revoke
from linkpoint.salesforce.token_endpoint import Access


def begin(organization: Organization, *, hint: str, redirect_uri: str, state: str) -> SignIn:
    """Return where the person signs in; raises errors of the service."""
    app = connected_app(organization)
    return begin_sign_in(app, redirect_uri=redirect_uri, state=state, login_hint=hint)


def finish(organization: Organization, flow_json: str, query: Mapping[str, str]) -> Access:
    """Return access for whoever signed in, if it is someone of this organization.

    Raises:
        NotDone: It is someone of another organization; errors of the service pass as they are.
    """
    access = finish_sign_in(connected_app(organization), person_session(), flow_json, query)
    if access.organization_id != organization.salesforce_id:
        end(organization, access.refresh_token)
        message = f"You signed in to another Salesforce organization than {organization}. Nothing was connected."
        way = f"Sign out of Salesforce in this browser, then start again and sign in to {organization}."
        raise NotDone(message, way=way, kind="wrong_account")
    return access


def offer(user: User, flow_json: str, query: Mapping[str, str]) -> Offer:
    """Return what the person confirms.

    Raises:
        NotDone: Someone else signed in; errors of the service pass as they are.
    """
    access = finish(user.organization, flow_json, query)
    if access.user_id != user.salesforce_user_id:
        end(user.organization, access.refresh_token)
        message = (
            f"You signed in to Salesforce as another user than {user.username}, who opened LinkPoint. "
            "Nothing was connected."
        )
        way = f"Sign out of Salesforce in this browser, then start again as {user.username}."
        raise NotDone(message, way=way, kind="wrong_account")
    values = {"refresh_token": access.refresh_token, "cache": access.as_json()}
    return Offer("salesforce", user.username, values=values)


def accept(user: User, offered: Offer) -> None:
    """Keep the sign-in."""
    user.refresh_token = offered.values["refresh_token"]
    user.token_cache = offered.values["cache"]
    user.salesforce_problem = ""
    user.save(update_fields=["refresh_token", "token_cache", "salesforce_problem"])


def decline(user: User, offered: Offer) -> None:
    """End the sign-in that nobody wants."""
    end(user.organization, offered.values["refresh_token"])


def end(organization: Organization, refresh_token: str) -> None:
    """Revoke a token that was not kept; if Salesforce does not answer, it is forgotten all the same."""
    if refresh_token:
        with suppress(ServiceError):
            revoke(person_session(), organization.login_url, refresh_token)
