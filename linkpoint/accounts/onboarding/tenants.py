"""Connecting a Microsoft 365 tenant."""

import re
from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from linkpoint.accounts import connections
from linkpoint.accounts.checks import Check, check_outlook
from linkpoint.accounts.findings import revive_mailboxes
from linkpoint.accounts.models import Mailbox, Organization, Tenant
from linkpoint.accounts.refusal import NotDone
from linkpoint.errors import NeedsPerson, ServiceError

_TENANT = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?")
_CLIENT = re.compile(r"[A-Za-z0-9-]{1,64}")
_NO_TENANTS = frozenset({"common", "organizations", "consumers"})


@dataclass(frozen=True, slots=True)
class TenantInput:
    """What an administrator enters: the tenant, our app registration in it, and a secret or a certificate (PEM)."""

    tenant_id: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    certificate: str = field(default="", repr=False)


def connect_tenant(organization: Organization, given: TenantInput) -> tuple[Tenant, list[Check]]:
    """Save the tenant and bring its waiting mailboxes back to work; return it with the results of a live test.

    Raises:
        NotDone: An input is wrong, or Microsoft refuses the sign-in; nothing is saved.
    """
    require_tenant_id(given.tenant_id)
    require_client_id(given.client_id)
    with transaction.atomic():
        tenant, _ = Tenant.objects.update_or_create(
            organization=organization,
            tenant_id=given.tenant_id,
            defaults={
                "client_id": given.client_id,
                "client_secret": given.client_secret,
                "certificate": given.certificate,
                "token_cache": "",
                "problem": "",
                "checked_at": timezone.now(),
            },
        )
        checks = [_sign_in(tenant, given)]
        revive_mailboxes(tenant)
    mailbox = tenant.mailboxes.filter(access=Mailbox.Access.APP).order_by("pk").first()
    if mailbox is not None:
        checks += check_outlook(mailbox)[1:]
    return tenant, checks


def require_tenant_id(tenant_id: str) -> str:
    """Return the id, or the domain, of one tenant as it is.

    Raises:
        NotDone: It is neither, or stands for all tenants at once.
    """
    if tenant_id.lower() in _NO_TENANTS or not _TENANT.fullmatch(tenant_id):
        way = "In the Microsoft Entra admin center, Overview shows the tenant ID."
        raise NotDone("This names no tenant.", field="tenant", way=way)
    return tenant_id


def require_client_id(client_id: str) -> str:
    """Return the id of an app registration as it is.

    Raises:
        NotDone: It is none.
    """
    if not _CLIENT.fullmatch(client_id):
        way = "The app registration shows it as Application (client) ID."
        raise NotDone("This is no application id.", field="client_id", way=way)
    return client_id


def _sign_in(tenant: Tenant, given: TenantInput) -> Check:
    try:
        connections.tenant_tokens(tenant, connections.person_session()).token()
    except ServiceError as error:
        what = error.what if isinstance(error, NeedsPerson) else ""
        secret = "certificate_file" if given.certificate else "client_secret_env"
        field_name = {"secret": secret, "configuration": "tenant"}.get(what, "")
        raise NotDone.from_service(error, field_name) from None
    return Check("Sign-in to Microsoft", ok=True, detail="by the app itself")
