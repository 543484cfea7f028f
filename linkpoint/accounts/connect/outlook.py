"""A person's own sign-in to Microsoft, for a mailbox that the organization does not open by itself."""

from collections.abc import Mapping
from typing import Any

from linkpoint.accounts.connect.offers import Offer
from linkpoint.accounts.connections import delegated, person_session
from linkpoint.accounts.models import Mailbox, Tenant, User
from linkpoint.accounts.onboarding.people import FoundMailbox, choose_calendar, save_mailbox_of
from linkpoint.accounts.refusal import NotDone
from linkpoint.accounts.zones import iana
from linkpoint.errors import ServiceError
from linkpoint.outlook.auth import SignedIn, SignIn, TokenSource, begin_sign_in, finish_sign_in
from linkpoint.outlook.client import OutlookClient


def tenant_for(user: User) -> Tenant | None:
    """Return the tenant in which this person signs in: their mailbox's, else the organization's first."""
    mailbox = getattr(user, "mailbox", None)
    if mailbox is not None:
        return Tenant.objects.get(pk=mailbox.tenant_id)
    return user.organization.tenants.order_by("pk").first()


def begin(user: User, *, redirect_uri: str, state: str) -> SignIn:
    """Return where the person signs in; errors of the service pass as they are.

    Raises:
        NotDone: The organization has no tenant.
    """
    mailbox = getattr(user, "mailbox", None)
    hint = mailbox.address if mailbox else user.email
    return begin_sign_in(
        delegated(require_tenant(user)),
        person_session(),
        redirect_uri=redirect_uri,
        state=state,
        login_hint=hint,
    )


def offer(user: User, flow_json: str, query: Mapping[str, str]) -> Offer:
    """Return what the person confirms.

    Raises:
        NotDone: The mailbox cannot be theirs; errors of the service pass as they are.
    """
    tenant, session = require_tenant(user), person_session()
    signed_in = finish_sign_in(delegated(tenant), session, flow_json, query)
    _require_usable(user, tenant, signed_in)
    caches = [signed_in.cache]
    tokens = TokenSource(delegated(tenant, signed_in.cache), session, caches.append)
    client = OutlookClient(session, tokens, tenant.cloud)
    mailbox = getattr(user, "mailbox", None)
    calendar = _calendar(client, signed_in.graph_user_id, mailbox)
    address = _address(client, signed_in)
    values = {
        "tenant": str(tenant.pk),
        "cache": caches[-1],
        "graph_user_id": signed_in.graph_user_id,
        "address": address,
        "calendar_id": str(calendar.get("id") or ""),
        "calendar_name": str(calendar.get("name") or ""),
        "time_zone": iana(client.time_zone(signed_in.graph_user_id)),
    }
    return Offer("outlook", address, _notes(user, mailbox, address, values), values)


def accept(user: User, offered: Offer) -> None:
    """Keep the sign-in and the mailbox.

    Raises:
        NotDone: Someone else of the organization has this calendar by now, or the tenant is gone.
    """
    values = offered.values
    tenant = Tenant.objects.filter(pk=values["tenant"], organization=user.organization).first()
    if tenant is None:
        message = (
            "Your organization has disconnected Microsoft 365 meanwhile. Nothing was connected."
        )
        raise NotDone(message, way="Your administrator can connect it.", kind="needs_person")
    found = FoundMailbox(
        tenant=tenant,
        graph_user_id=values["graph_user_id"],
        address=values["address"],
        calendar_id=values["calendar_id"],
        calendar_name=values["calendar_name"],
        time_zone=values["time_zone"],
    )
    save_mailbox_of(
        user, found, access=Mailbox.Access.DELEGATED, token_cache=values["cache"], checked_at=None
    )


def require_tenant(user: User) -> Tenant:
    """Return the tenant in which this person signs in.

    Raises:
        NotDone: The organization has none.
    """
    tenant = tenant_for(user)
    if tenant is None:
        message = "Your organization has not connected Microsoft 365 yet."
        raise NotDone(message, way="Your administrator can connect it.", kind="needs_person")
    return tenant


def _require_usable(user: User, tenant: Tenant, signed_in: SignedIn) -> None:
    # A tenant may be entered by a domain name; only ids can be compared.
    by_id = "." not in tenant.tenant_id
    if not signed_in.graph_user_id or (
        by_id and signed_in.tenant_id.lower() != tenant.tenant_id.lower()
    ):
        message = (
            f"{signed_in.username} is not an account of your organization. Nothing was connected."
        )
        way = "Start again and choose your work account."
        raise NotDone(message, way=way, kind="wrong_account")
    others = Mailbox.objects.filter(
        organization=user.organization, graph_user_id=signed_in.graph_user_id
    ).exclude(user=user)
    if others.exists():
        message = f"{signed_in.username} is connected to another Salesforce user already. Nothing was changed."
        way = "Choose your own account, or ask your administrator to disconnect it there."
        raise NotDone(message, way=way, kind="wrong_account")


def _calendar(client: OutlookClient, graph_user_id: str, mailbox: Mailbox | None) -> dict[str, Any]:
    """Return the calendar chosen before if it is the same mailbox and still there, else the default one."""
    if mailbox is not None and mailbox.graph_user_id == graph_user_id:
        try:
            return choose_calendar(client, graph_user_id, mailbox.calendar_id)
        except NotDone:
            pass  # it is gone; the card says so, and the default one goes on
    return choose_calendar(client, graph_user_id)


def _address(client: OutlookClient, signed_in: SignedIn) -> str:
    try:
        mail = client.user(signed_in.graph_user_id).get("mail")
    except ServiceError:
        mail = None  # not all sign-ins may read the directory; the name they signed in with will do
    return str(mail or signed_in.username)[:254]


def _notes(
    user: User, mailbox: Mailbox | None, address: str, values: Mapping[str, str]
) -> tuple[str, ...]:
    zone = values["time_zone"] or user.time_zone or "UTC"
    notes = [
        f'Calendar "{values["calendar_name"]}", times in {zone}. Other calendars are never read.'
    ]
    if user.email and address.casefold() != user.email.casefold():
        notes.append(f"Your address in Salesforce is another one: {user.email}.")
    if mailbox is not None and mailbox.graph_user_id != values["graph_user_id"]:
        notes.append(
            f"This replaces {mailbox.address}. What was recorded from it stays; 0 events are deleted."
        )
    return tuple(notes)
