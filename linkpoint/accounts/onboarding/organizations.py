"""Connecting a Salesforce organization."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.db import transaction

from linkpoint.accounts import connections
from linkpoint.accounts.checks import Check, check_organization, first_failure
from linkpoint.accounts.findings import keep_key_field
from linkpoint.accounts.models import Organization, User
from linkpoint.accounts.refusal import NotDone
from linkpoint.errors import NeedsPerson, ServiceError
from linkpoint.salesforce.auth import PRODUCTION_LOGIN, SANDBOX_LOGIN
from linkpoint.salesforce.client import SalesforceClient

_HOSTS = (".salesforce.com", ".salesforce.mil", ".sfcrmproducts.cn")
_LABELS = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class OrganizationInput:
    """What an administrator enters; what is empty stays as it was.

    Attributes:
        salesforce_id: 18 characters.
        instance_url: The organization's own address, ``https://acme.my.salesforce.com``.
        login_url: Where it signs in; empty: production or sandbox, by ``is_sandbox``.
        jwt_private_key: PEM text.
        integration_username: Who reads the Events of all users.
    """

    salesforce_id: str
    instance_url: str
    consumer_key: str
    consumer_secret: str = field(repr=False)
    login_url: str = ""
    jwt_private_key: str = field(default="", repr=False)
    integration_username: str = ""
    is_sandbox: bool = False


def connect_organization(given: OrganizationInput) -> tuple[Organization, list[Check]]:
    """Save the organization, and return it with the results of a live test.

    Raises:
        NotDone: An input is wrong, or Salesforce refuses the integration user; nothing is saved.
    """
    instance_url = salesforce_origin(given.instance_url, "instance_url")
    default_login = SANDBOX_LOGIN if given.is_sandbox else PRODUCTION_LOGIN
    login_url = salesforce_origin(given.login_url or default_login, "login_url")
    if given.jwt_private_key:
        require_rsa_key(given.jwt_private_key, "jwt_key_file")
    with transaction.atomic():
        organization = _saved(given, instance_url, login_url)
        checks = _tested(organization, is_named=bool(given.integration_username))
        keep_key_field(organization, checks)
    return organization, checks


def salesforce_origin(url: str, field_name: str) -> str:
    """Return scheme and host of an address of Salesforce.

    Raises:
        NotDone: Not https, or not a host of Salesforce's REST API.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower()
        is_plain = parts.port in {None, 443} and not parts.username
    except ValueError:
        raise NotDone("This is no address.", field=field_name, way=_instance_hint()) from None
    is_host = _LABELS.fullmatch(host) and ".." not in host and host.endswith(_HOSTS)
    if parts.scheme != "https" or not is_plain or not is_host:
        message = "This is not the https address of a Salesforce organization."
        raise NotDone(message, field=field_name, way=_instance_hint())
    return f"https://{host}"


def require_rsa_key(pem: str, field_name: str) -> None:
    """Let only a readable RSA private key pass.

    Raises:
        NotDone: Anything else.
    """
    try:
        key = serialization.load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        way = "Give the private key that belongs to the certificate of the connected app, without a passphrase."
        raise NotDone("The private key cannot be read.", field=field_name, way=way) from None
    if not isinstance(key, rsa.RSAPrivateKey):
        way = "Salesforce signs in with RSA keys only; make one of 2048 bits or more."
        raise NotDone("The private key is not an RSA key.", field=field_name, way=way)


def _instance_hint() -> str:
    return (
        "In Salesforce, Setup > My Domain shows it; it looks like https://acme.my.salesforce.com."
    )


def _saved(given: OrganizationInput, instance_url: str, login_url: str) -> Organization:
    values: dict[str, object] = {
        "instance_url": instance_url,
        "login_url": login_url,
        "is_sandbox": given.is_sandbox or login_url == SANDBOX_LOGIN,
        "consumer_key": given.consumer_key,
        "consumer_secret": given.consumer_secret,
        "token_cache": "",
        "state": Organization.State.ACTIVE,
    }
    kept = {
        "jwt_private_key": given.jwt_private_key,
        "integration_username": given.integration_username,
    }
    values |= {name: value for name, value in kept.items() if value}
    organization, _ = Organization.objects.update_or_create(
        salesforce_id=given.salesforce_id, defaults=values
    )
    # What was fetched with the old key may belong elsewhere.
    organization.users.exclude(token_cache="").update(token_cache="")
    return organization


def _tested(organization: Organization, *, is_named: bool) -> list[Check]:
    """Return the live test as the integration user, else as any known user, else say that it waits for one.

    Raises:
        NotDone: The integration user that was just entered cannot sign in.
    """
    client = _tester(organization)
    if client is None:
        detail = "not tested: nobody is known yet to sign in as"
        way = "Add a user with add_user; that tests the sign-in."
        return [Check("Sign-in to Salesforce", ok=None, detail=detail, next=way)]
    if is_named:
        _require_sign_in(client, organization)
    with suppress(ServiceError):  # the checks say what is wrong
        take_name(organization, client)
    return check_organization(organization, client)


def _tester(organization: Organization) -> SalesforceClient | None:
    if organization.integration_username and organization.jwt_private_key:
        return connections.organization_client(organization)
    user = organization.users.filter(state=User.State.ACTIVE).order_by("pk").first()
    has_way = user is not None and bool(user.refresh_token or organization.jwt_private_key)
    return connections.salesforce_client(user) if user and has_way else None


def _require_sign_in(client: SalesforceClient, organization: Organization) -> None:
    try:
        client.limits()
    except ServiceError as error:
        what = error.what if isinstance(error, NeedsPerson) else ""
        field_name = {
            "secret": "consumer_key",
            "configuration": "login_url",
            "approval": "integration_username",
            "user_inactive": "integration_username",
        }.get(what, "")
        raise NotDone.from_service(error, field_name) from None
    checks = check_organization(organization, client)
    wrong = first_failure(checks[:1])
    if wrong:
        raise NotDone(wrong.detail, field="organization", way=wrong.next)


def take_name(organization: Organization, client: SalesforceClient) -> None:
    """Keep the name that the organization has in Salesforce; errors of the service pass."""
    row = next(iter(client.query("SELECT Id, Name, IsSandbox FROM Organization")), {})
    name = str(row.get("Name") or "")[:255]
    if name and name != organization.name:
        organization.name = name
        organization.save(update_fields=["name"])
