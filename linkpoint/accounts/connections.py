"""The one place where clients are made from stored credentials."""

from typing import TypeVar

import requests
from django.conf import settings

from linkpoint.accounts.models import Mailbox, Organization, Tenant, User
from linkpoint.accounts.tokens import StoredOutlookTokens, StoredSalesforceTokens
from linkpoint.errors import NeedsPerson
from linkpoint.http import build_session
from linkpoint.outlook.auth import AppOnly, Delegated
from linkpoint.outlook.client import OutlookClient
from linkpoint.salesforce.auth import (
    ConnectedApp,
    Credentials,
    JwtBearer,
    RefreshToken,
    SalesforceTokens,
)
from linkpoint.salesforce.client import SalesforceClient

PERSON_WAITS_S = 5.0
"""Longest wait for one answer while a person looks at the page; jobs wait longer."""

JOB_WAITS_S = 30.0

Way = TypeVar("Way", AppOnly, Delegated)


def salesforce_client(user: User, *, timeout_s: float = JOB_WAITS_S) -> SalesforceClient:
    """Return a client that acts as this user.

    Calls raise ``NeedsPerson`` (``approval``) as long as neither a JWT key nor a sign-in of the user is there.
    """
    session = _session(timeout_s)
    tokens = StoredSalesforceTokens(user, lambda: salesforce_credentials(user), session)
    return SalesforceClient(session, tokens, version=settings.SALESFORCE_API_VERSION)


def organization_client(
    organization: Organization, *, timeout_s: float = JOB_WAITS_S
) -> SalesforceClient:
    """Return a client that acts as the organization's integration user, who reads the Events of all its users.

    Raises:
        NeedsPerson: There is no integration user (``configuration``), or no JWT key.
    """
    if not organization.integration_username:
        why = "The organization has no integration user. Enter one in the admin."
        raise NeedsPerson("salesforce", why, "no-integration-user", what="configuration")
    session = _session(timeout_s)

    def credentials() -> JwtBearer:
        cache = organization.token_cache
        return _jwt(organization, organization.integration_username, cache)

    tokens = StoredSalesforceTokens(organization, credentials, session)
    return SalesforceClient(session, tokens, version=settings.SALESFORCE_API_VERSION)


def client_as(
    organization: Organization, username: str, *, timeout_s: float = JOB_WAITS_S
) -> SalesforceClient:
    """Return a client that acts as someone we do not know yet, by JWT bearer; nothing of it is stored.

    Raises:
        NeedsPerson: The organization has no JWT key.
    """
    session = _session(timeout_s)
    tokens = SalesforceTokens(_jwt(organization, username, ""), session)
    return SalesforceClient(session, tokens, version=settings.SALESFORCE_API_VERSION)


def salesforce_credentials(user: User) -> Credentials:
    """Return how to act as this user: by their own sign-in if there is one, else by JWT bearer.

    Raises:
        NeedsPerson: Neither is there.
    """
    organization = user.organization
    if user.refresh_token:
        return RefreshToken(
            consumer_key=organization.consumer_key,
            refresh_token=user.refresh_token,
            consumer_secret=organization.consumer_secret,
            login_url=organization.login_url,
            organization_id=organization.salesforce_id,
            cache=user.token_cache,
        )
    return _jwt(organization, user.username, user.token_cache)


def connected_app(organization: Organization) -> ConnectedApp:
    """Return the app registration through which people of this organization sign in."""
    return ConnectedApp(
        organization.consumer_key, organization.consumer_secret, organization.login_url
    )


def outlook_client(mailbox: Mailbox, *, timeout_s: float = JOB_WAITS_S) -> OutlookClient:
    """Return a client that may read this mailbox."""
    session = _session(timeout_s)
    return OutlookClient(session, outlook_tokens(mailbox, session), mailbox.tenant.cloud)


def tenant_client(tenant: Tenant, *, timeout_s: float = JOB_WAITS_S) -> OutlookClient:
    """Return a client that may read what the tenant lets the app read by itself; for batches over many mailboxes."""
    session = _session(timeout_s)
    return OutlookClient(session, tenant_tokens(tenant, session), tenant.cloud)


def outlook_tokens(mailbox: Mailbox, session: requests.Session) -> StoredOutlookTokens:
    """Return the tokens for this mailbox: its owner's sign-in, or the tenant's own."""
    if mailbox.access == Mailbox.Access.APP:
        return tenant_tokens(mailbox.tenant, session)
    return StoredOutlookTokens(
        mailbox, lambda: delegated(mailbox.tenant, mailbox.token_cache), session
    )


def tenant_tokens(tenant: Tenant, session: requests.Session) -> StoredOutlookTokens:
    """Return the app's own tokens in a tenant."""
    return StoredOutlookTokens(
        tenant, lambda: _registered(AppOnly, tenant, tenant.token_cache), session
    )


def delegated(tenant: Tenant, cache: str = "") -> Delegated:
    """Return the credentials with which a person of this tenant signs in, or has signed in (``cache``)."""
    return _registered(Delegated, tenant, cache)


def person_session() -> requests.Session:
    """Return a session for calls that a person waits for."""
    return _session(PERSON_WAITS_S)


def _session(timeout_s: float) -> requests.Session:
    return build_session(settings.LOOPBACK_HOSTS, timeout_s=timeout_s)


def _registered(kind: type[Way], tenant: Tenant, cache: str) -> Way:
    return kind(
        tenant_id=tenant.tenant_id,
        client_id=tenant.client_id,
        client_secret=tenant.client_secret,
        certificate_pem=tenant.certificate,
        cloud=tenant.cloud,
        cache=cache,
    )


def _jwt(organization: Organization, username: str, cache: str) -> JwtBearer:
    if not organization.jwt_private_key:
        why = "Salesforce is not connected. Connect it on the connection card."
        raise NeedsPerson("salesforce", why, "not-connected", what="approval")
    return JwtBearer(
        username=username,
        consumer_key=organization.consumer_key,
        private_key_pem=organization.jwt_private_key,
        login_url=organization.login_url,
        organization_id=organization.salesforce_id,
        cache=cache,
    )
