"""Organizations and people for tests: in the sandbox and in our database, made to fit each other."""

import functools
import uuid
from dataclasses import dataclass

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from linkpoint.accounts.models import Mailbox, Organization, Tenant, User
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.org import Org
from sandbox.server import Sandbox
from tests import planted

ORGANIZATION_ID = to_18("00D5g00000AcmeX")
TENANT_ID = "5d1c3b1e-6d0f-4a55-9a53-0c4b7a1f2e90"
APP_URL = "http://localhost:8000/canvas/"


@dataclass(frozen=True, slots=True)
class Person:
    """One person who has both calendars.

    Attributes:
        address: Of the mailbox, and the Salesforce username.
    """

    user: User
    mailbox: Mailbox
    address: str


@functools.cache
def jwt_key() -> tuple[str, str]:
    """Return a private key as PEM and its public half, the same pair all the time (making one takes a while)."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


def make_organization(
    sandbox: Sandbox | None = None,
    *,
    organization_id: str = ORGANIZATION_ID,
    my_domain: str = "acme",
    tenant_id: str = TENANT_ID,
    with_key_field: bool = True,
    integration: bool = True,
) -> Organization:
    """Return an organization with one Microsoft tenant, both connected; without ``sandbox`` only the rows.

    Args:
        organization_id: 15 or 18 characters.
        my_domain: The org answers at ``https://{my_domain}.my.salesforce.com``.
        with_key_field: Whether the org has ``LinkPoint_Key__c`` on Activity.
        integration: Whether it has a user that reads the Events of all others.
    """
    private, public = jwt_key()
    organization = Organization(
        salesforce_id=to_18(organization_id),
        name=my_domain.capitalize(),
        instance_url=f"https://{my_domain}.my.salesforce.com",
        consumer_key=f"{my_domain}-consumer-key",
        consumer_secret=planted.secret("consumer"),
        jwt_private_key=private,
        integration_username=f"integration@{my_domain}.example" if integration else "",
        has_key_field=with_key_field,
    )
    organization.save()
    tenant = Tenant(
        organization=organization,
        tenant_id=tenant_id,
        client_id=str(uuid.uuid5(uuid.NAMESPACE_DNS, tenant_id)),
        client_secret=planted.secret("client"),
    )
    tenant.save()
    if sandbox is not None:
        _connect(sandbox, organization, tenant, public)
    return organization


def _connect(sandbox: Sandbox, organization: Organization, tenant: Tenant, public_key: str) -> None:
    my_domain = _my_domain(organization)
    org = sandbox.world.salesforce.add_org(
        organization_id=organization.salesforce_id,
        my_domain=my_domain,
        name=organization.name,
        consumer_key=organization.consumer_key,
        consumer_secret=organization.consumer_secret,
        jwt_certificate_or_public_key_pem=public_key,
        app_url=APP_URL,
        with_key_field=organization.has_key_field,
    )
    if organization.integration_username:
        username = organization.integration_username
        org.add_user(
            username=username,
            name="Integration User",
            email=username,
            profile="System Administrator",  # it reads the Events of all others
        )
    sandbox.world.microsoft.add_tenant(
        tenant_id=tenant.tenant_id, client_id=tenant.client_id, client_secret=tenant.client_secret
    )


def make_person(
    sandbox: Sandbox | None,
    organization: Organization,
    *,
    name: str = "Hanna Weiss",
    time_zone: str = "Europe/Berlin",
) -> Person:
    """Return a person with a Salesforce user and a mailbox, both of the address made from ``name``.

    Args:
        sandbox: None makes only the rows, with ids of the right shape.
        name: First and last name; ``Hanna Weiss`` of ``acme`` is ``hanna.weiss@acme.example``.
        time_zone: IANA name.
    """
    address = f"{name.lower().replace(' ', '.')}@{_my_domain(organization)}.example"
    salesforce_id, graph_id, calendar_id = _ids_of_nobody(organization)
    if sandbox is not None:
        org = org_of(sandbox, organization)
        salesforce_id = org.add_user(
            username=address, name=name, email=address, time_zone=time_zone
        )
        emulated = sandbox.world.microsoft.add_mailbox(
            tenant_id=organization.tenants.get().tenant_id,
            address=address,
            name=name,
            time_zone=time_zone,
        )
        graph_id, calendar_id = emulated.id, emulated.calendar_id
    user = User(
        organization=organization,
        salesforce_user_id=salesforce_id,
        username=address,
        full_name=name,
        email=address,
        locale="de_DE",
        language="en_US",
        time_zone=time_zone,
    )
    user.save()
    mailbox = Mailbox(
        organization=organization,
        user=user,
        tenant=organization.tenants.get(),
        address=address,
        graph_user_id=graph_id,
        calendar_id=calendar_id,
        calendar_name="Calendar",
        time_zone=time_zone,
    )
    mailbox.save()
    return Person(user, mailbox, address)


def org_of(sandbox: Sandbox, organization: Organization) -> Org:
    """Return the emulated org that belongs to ``organization``."""
    return sandbox.world.salesforce.orgs[organization.salesforce_id]


def _my_domain(organization: Organization) -> str:
    return organization.instance_url.removeprefix("https://").partition(".")[0]


def _ids_of_nobody(organization: Organization) -> tuple[str, str, str]:
    number = User.objects.filter(organization=organization).count() + 1
    salesforce_id = to_18(f"0055g{number:010}")
    return salesforce_id, str(uuid.uuid5(uuid.NAMESPACE_OID, salesforce_id)), f"AAMk{number:012}"
