"""Adding a person: the Salesforce user, the Outlook mailbox, the calendar in it and its zone, all looked up live."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from linkpoint.accounts import connections
from linkpoint.accounts.checks import Check, check_outlook, check_salesforce
from linkpoint.accounts.findings import keep_outlook, keep_salesforce
from linkpoint.accounts.models import Mailbox, Organization, Profile, Tenant, User
from linkpoint.accounts.onboarding.organizations import take_name
from linkpoint.accounts.refusal import NotDone
from linkpoint.accounts.zones import iana
from linkpoint.errors import Gone, ServiceError
from linkpoint.outlook.client import OutlookClient
from linkpoint.salesforce.canvas import to_18
from linkpoint.salesforce.soql import literal

_USER_COLUMNS = (
    "Id, Username, Name, Email, TimeZoneSidKey, LocaleSidKey, LanguageLocaleKey, IsActive"
)


@dataclass(frozen=True, slots=True)
class PersonInput:
    """What an administrator enters; ``calendar`` is a name or an id, empty for the default calendar."""

    username: str
    address: str
    calendar: str = ""
    profile: str = ""


@dataclass(frozen=True, slots=True)
class FoundMailbox:
    """A mailbox as Microsoft 365 has it; ``time_zone`` is IANA, or empty if it has none that is known."""

    tenant: Tenant
    graph_user_id: str
    address: str
    calendar_id: str
    calendar_name: str
    time_zone: str


def add_person(organization: Organization, given: PersonInput) -> tuple[User, list[Check]]:
    """Save user and mailbox, and return the user with the results of a live test of both connections.

    Someone who is there already gets the new mailbox, calendar or profile.

    Raises:
        NotDone: One of the services does not know them or does not let us look; nothing is saved.
    """
    row = _salesforce_user(organization, given.username)
    mailbox = _find_mailbox(organization, given)
    with transaction.atomic():
        user = _save_user(organization, row, given.profile)
        save_mailbox_of(user, mailbox, access=Mailbox.Access.APP, token_cache="")
    user = User.objects.select_related("organization", "mailbox__tenant").get(pk=user.pk)
    in_salesforce, in_outlook = check_salesforce(user), check_outlook(user.mailbox)
    keep_salesforce(user, in_salesforce)
    keep_outlook(user.mailbox, in_outlook)
    return user, in_salesforce + in_outlook


def choose_calendar(client: OutlookClient, graph_user_id: str, wish: str = "") -> dict[str, Any]:
    """Return the calendar with this id or name, or the default one.

    Raises:
        NotDone: There is none, or more than one has this name; the message lists the names.
    """
    calendars = client.calendars(graph_user_id)
    if not wish:
        fitting = [each for each in calendars if each.get("isDefaultCalendar")] or calendars[:1]
    else:
        fitting = [each for each in calendars if each.get("id") == wish] or [
            each for each in calendars if str(each.get("name")).casefold() == wish.casefold()
        ]
    if len(fitting) == 1:
        return fitting[0]
    names = ", ".join(f'"{each.get("name")}"' for each in calendars)
    message = (
        "Several calendars have this name." if fitting else "The mailbox has no such calendar."
    )
    raise NotDone(message, field="calendar", way=f"Choose one of {names}, or give its id.")


def save_mailbox_of(user: User, found: FoundMailbox, **more: Any) -> Mailbox:
    """Save the mailbox of a user, in place of the one they had.

    Raises:
        NotDone: Someone else of the organization has this calendar already.
    """
    values = {
        "organization": user.organization,
        "tenant": found.tenant,
        "address": found.address,
        "graph_user_id": found.graph_user_id,
        "calendar_id": found.calendar_id,
        "calendar_name": found.calendar_name[:255],
        "time_zone": found.time_zone or user.time_zone or "UTC",
        "state": Mailbox.State.ACTIVE,
        "problem": "",
        "problem_at": None,
    }
    try:
        with transaction.atomic():
            mailbox, _ = Mailbox.objects.update_or_create(user=user, defaults={**values, **more})
    except IntegrityError:
        message = "Someone else of this organization has this calendar already."
        way = "Choose another calendar, or disconnect it there first."
        raise NotDone(message, field="mailbox", way=way) from None
    return mailbox


def _salesforce_user(organization: Organization, username: str) -> dict[str, Any]:
    known = organization.users.filter(username__iexact=username).first()
    try:
        if known is not None:
            client = connections.salesforce_client(known)
        else:
            client = connections.client_as(organization, username)
        soql = f"SELECT {_USER_COLUMNS} FROM User WHERE Username = {literal(username)}"  # noqa: S608  # a quoted literal
        row = next(iter(client.query(soql)), None)
        if not organization.name:
            take_name(organization, client)
    except ServiceError as error:
        raise NotDone.from_service(error, "salesforce_username") from None
    if row is None:
        message = "The organization has no user with this username."
        way = "Check the username in Salesforce, Setup > Users."
        raise NotDone(message, field="salesforce_username", way=way, kind="not_found")
    if not row.get("IsActive"):
        message = "This Salesforce user is not active."
        way = "Activate the user in Salesforce first."
        raise NotDone(message, field="salesforce_username", way=way, kind="needs_person")
    return row


def _find_mailbox(organization: Organization, given: PersonInput) -> FoundMailbox:
    """Return the mailbox from the first tenant of the organization that has it."""
    if "@" not in given.address or len(given.address) > 254:
        message = "This is no mail address."
        raise NotDone(message, field="mailbox", way="Give the address of the mailbox.")
    tenants = list(organization.tenants.order_by("pk"))
    if not tenants:
        message = "The organization has no Microsoft 365 tenant."
        raise NotDone(message, field="mailbox", way="Connect one with connect_tenant.")
    for tenant in tenants:
        client = connections.tenant_client(tenant)
        try:
            owner = client.user(given.address)
            return _described(tenant, client, owner, given)
        except Gone:
            continue
        except ServiceError as error:
            raise NotDone.from_service(error, "mailbox") from None
    message = "No connected Microsoft 365 tenant has this mailbox."
    way = "Check the address, or connect the tenant with connect_tenant."
    raise NotDone(message, field="mailbox", way=way, kind="not_found")


def _described(
    tenant: Tenant, client: OutlookClient, owner: dict[str, Any], given: PersonInput
) -> FoundMailbox:
    graph_user_id = str(owner.get("id") or "")
    calendar = choose_calendar(client, graph_user_id, given.calendar)
    return FoundMailbox(
        tenant=tenant,
        graph_user_id=graph_user_id,
        address=str(owner.get("mail") or given.address),
        calendar_id=str(calendar.get("id") or ""),
        calendar_name=str(calendar.get("name") or ""),
        time_zone=iana(client.time_zone(graph_user_id)),
    )


def _save_user(organization: Organization, row: dict[str, Any], profile: str) -> User:
    values: dict[str, Any] = {
        "username": str(row.get("Username") or "")[:255],
        "full_name": str(row.get("Name") or "")[:255],
        "email": str(row.get("Email") or "")[:254],
        "locale": str(row.get("LocaleSidKey") or "")[:40],
        "language": str(row.get("LanguageLocaleKey") or "")[:40],
        "time_zone": iana(str(row.get("TimeZoneSidKey") or "")),
        "state": User.State.ACTIVE,
    }
    if profile:
        values["profile"], _ = Profile.objects.get_or_create(
            organization=organization, name=profile[:120]
        )
    user, _ = User.objects.update_or_create(
        organization=organization,
        salesforce_user_id=to_18(str(row.get("Id"))),
        defaults=values,
    )
    return user
