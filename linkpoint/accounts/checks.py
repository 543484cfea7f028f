"""Live tests of the connections, in the words of the connection cards.

A test reads a little and writes nothing.  What fails says why in plain words and what to do next; what could not be
tried because something before it failed has ``ok`` None.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from linkpoint.accounts import connections
from linkpoint.accounts.models import Mailbox, Organization, User
from linkpoint.accounts.refusal import way_out
from linkpoint.accounts.zones import iana
from linkpoint.errors import Gone, NeedsPerson, ServiceError, TryLater
from linkpoint.outlook.client import OutlookClient
from linkpoint.salesforce.client import SalesforceClient
from linkpoint.salesforce.soql import literal

KEY_FIELD = "LinkPoint_Key__c"
KEY_CHECK = f"Field {KEY_FIELD}"
KEY_LENGTH = 80
RESERVE_PERCENT = 20
"""Share of the day's API calls that sync leaves to others, as shipped (product.md 3)."""

_ONE_OF_EACH = (
    "SELECT Id FROM Event LIMIT 1",
    "SELECT Id FROM Contact LIMIT 1",
    "SELECT Id FROM Lead LIMIT 1",
)
_NOT_TRIED = "not tested"
MAKE_KEY_FIELD = (
    f"An administrator adds the custom field {KEY_FIELD} to Activity in Salesforce Setup: Text({KEY_LENGTH}), "
    "External ID, Unique and case-sensitive, visible to all users of LinkPoint. Until then LinkPoint looks for its "
    "own events by a query before each recording, which costs more calls."
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of a connection card.

    Attributes:
        name: What was tried, in the user's words.
        ok: Whether it worked; None if it was not tried.
        detail: What was found, or why it failed.
        next: What to do about a failure; empty if nothing.
        needs_person: It will fail until someone acts; False if it may work by itself later.
    """

    name: str
    ok: bool | None
    detail: str
    next: str = ""
    needs_person: bool = False

    def as_dict(self) -> dict[str, Any]:
        """Return the check as operator commands print it."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "next": self.next}


Step = tuple[str, Callable[[], Check]]


def works(checks: Sequence[Check]) -> bool:
    """Tell whether nothing failed."""
    return all(check.ok is not False for check in checks)


def first_failure(checks: Sequence[Check]) -> Check | None:
    """Return the first check that failed."""
    return next((check for check in checks if check.ok is False), None)


def check_salesforce(user: User, client: SalesforceClient | None = None) -> list[Check]:
    """Return what works for this user in Salesforce; the sign-in comes first."""
    sf = client or connections.salesforce_client(user, timeout_s=connections.PERSON_WAITS_S)
    who = user.full_name or user.username
    return _run(
        [
            (f"Sign-in as {who}", lambda: _sign_in(sf, user)),
            ("Read events, contacts, leads", lambda: _reads(sf)),
            ("May create and edit events", lambda: _writes(sf)),
            (KEY_CHECK, lambda: key_field(sf)),
            (f"API calls left today, {RESERVE_PERCENT} % kept free", lambda: _allowance(sf)),
        ]
    )


def check_organization(organization: Organization, client: SalesforceClient) -> list[Check]:
    """Return what works in an organization for the user that ``client`` acts as."""
    return _run(
        [
            ("Sign-in to Salesforce", lambda: _right_organization(client, organization)),
            ("Read events, contacts, leads", lambda: _reads(client)),
            (KEY_CHECK, lambda: key_field(client)),
            (f"API calls left today, {RESERVE_PERCENT} % kept free", lambda: _allowance(client)),
        ]
    )


def check_outlook(mailbox: Mailbox, client: OutlookClient | None = None) -> list[Check]:
    """Return what works for this mailbox in Outlook; the sign-in comes first."""
    outlook = client or connections.outlook_client(mailbox, timeout_s=connections.PERSON_WAITS_S)
    session = connections.person_session()
    return _run(
        [
            ("Sign-in to Microsoft", lambda: _token(mailbox, session)),
            (f"Mailbox {mailbox.address}", lambda: _calendar(outlook, mailbox)),
            ("Read the calendar", lambda: _events(outlook, mailbox)),
            ("Time zone", lambda: _zone(outlook, mailbox)),
        ]
    )


def key_field(client: SalesforceClient) -> Check:
    """Return whether recording can use the external id field: there, Text(80), unique, case-sensitive, external id."""
    field = client.field("Event", KEY_FIELD)
    if field is None:
        return Check(
            KEY_CHECK, ok=False, detail="missing, or hidden from this user", next=MAKE_KEY_FIELD
        )
    wrong = [
        words
        for words, is_right in (
            ("it is not a text field", field.get("type") == "string"),
            (f"it holds fewer than {KEY_LENGTH} characters", _length(field) >= KEY_LENGTH),
            ("it is not an external id", field.get("externalId") is True),
            ("it is not unique", field.get("unique") is True),
            ("it is not case-sensitive", field.get("caseSensitive") is True),
            ("this user may not write it", field.get("updateable") is True),
        )
        if not is_right
    ]
    if wrong:
        return Check(KEY_CHECK, ok=False, detail="; ".join(wrong), next=MAKE_KEY_FIELD)
    return Check(KEY_CHECK, ok=True, detail="ready")


def _run(steps: Sequence[Step]) -> list[Check]:
    """Return the result of every step.

    After a failed sign-in, the first step, or a service that did not answer, the others are not tried: a person
    waits, and each would take its time to fail as well.
    """
    results: list[Check] = []
    gives_up = False
    for name, step in steps:
        if gives_up:
            results.append(Check(name, ok=None, detail=_NOT_TRIED))
            continue
        try:
            result = step()
        except ServiceError as error:
            lasting = isinstance(error, NeedsPerson)
            result = Check(
                name, ok=False, detail=error.why, next=way_out(error), needs_person=lasting
            )
            gives_up = isinstance(error, TryLater)
        results.append(result)
        gives_up = gives_up or results[0].ok is False
    return results


def _sign_in(client: SalesforceClient, user: User) -> Check:
    name = f"Sign-in as {user.full_name or user.username}"
    began = time.monotonic()
    who = _myself(client)
    took = _seconds(began)
    if client.user_id != user.salesforce_user_id:
        way = "Disconnect Salesforce and connect it again as yourself."
        return Check(name, ok=False, detail=f"the sign-in belongs to {who}", next=way)
    return Check(name, ok=True, detail=took)


def _right_organization(client: SalesforceClient, organization: Organization) -> Check:
    name, began = "Sign-in to Salesforce", time.monotonic()
    row = next(iter(client.query("SELECT Id FROM Organization")), {})
    if str(row.get("Id"))[:15] != organization.salesforce_id[:15]:
        way = "Check the organization id, the instance URL and the consumer key."
        detail = "this user belongs to another organization"
        return Check(name, ok=False, detail=detail, next=way)
    return Check(name, ok=True, detail=f"as {_myself(client)}, {_seconds(began)}")


def _myself(client: SalesforceClient) -> str:
    """Return the username this client acts as, by a query: it renews a session that has ended, userinfo does not."""
    me = literal(client.user_id)
    row = next(iter(client.query(f"SELECT Username FROM User WHERE Id = {me}")), {})  # noqa: S608  # a quoted literal
    return str(row.get("Username") or "someone else")


def _reads(client: SalesforceClient) -> Check:
    name = "Read events, contacts, leads"
    began = time.monotonic()
    for soql in _ONE_OF_EACH:
        list(client.query(soql))
    return Check(name, ok=True, detail=_seconds(began))


def _writes(client: SalesforceClient) -> Check:
    name = "May create and edit events"
    event = client.describe("Event")
    if event.get("createable") and event.get("updateable"):
        return Check(name, ok=True, detail="yes")
    way = 'An administrator gives you the permission "Edit Events".'
    return Check(
        name, ok=False, detail="Salesforce does not let you create and edit events", next=way
    )


def _allowance(client: SalesforceClient) -> Check:
    name = f"API calls left today, {RESERVE_PERCENT} % kept free"
    daily = client.limits().get("DailyApiRequests")
    left, most = (daily.get("Remaining"), daily.get("Max")) if isinstance(daily, dict) else (0, 0)
    if not isinstance(left, int) or not isinstance(most, int) or most <= 0:
        return Check(name, ok=None, detail="Salesforce does not tell")
    percent = left * 100 // most
    if percent <= RESERVE_PERCENT:
        way = "Sync goes on when calls are free again. Recording still works."
        return Check(name, ok=False, detail=f"{percent} %", next=way)
    return Check(name, ok=True, detail=f"{percent} %")


def _token(mailbox: Mailbox, session: Any) -> Check:
    began = time.monotonic()
    connections.outlook_tokens(mailbox, session).token()
    return Check("Sign-in to Microsoft", ok=True, detail=_seconds(began))


def _calendar(client: OutlookClient, mailbox: Mailbox) -> Check:
    name = f"Mailbox {mailbox.address}"
    try:
        calendars = client.calendars(mailbox.graph_user_id)
    except Gone:
        way = "An administrator checks the address of the mailbox."
        return Check(name, ok=False, detail="Microsoft 365 has no such mailbox", next=way)
    found = [each for each in calendars if each.get("id") == mailbox.calendar_id]
    if not found:
        detail = "The chosen calendar is no longer there. Nothing was deleted in Salesforce."
        return Check(name, ok=False, detail=detail, next="Choose another calendar.")
    return Check(name, ok=True, detail=f'calendar "{found[0].get("name") or "Calendar"}"')


def _events(client: OutlookClient, mailbox: Mailbox) -> Check:
    began, now = time.monotonic(), datetime.now(UTC)
    url = client.delta_url(mailbox.graph_user_id, mailbox.calendar_id, now, now + timedelta(days=1))
    client.delta_page(url, page_size=1)
    return Check("Read the calendar", ok=True, detail=_seconds(began))


def _zone(client: OutlookClient, mailbox: Mailbox) -> Check:
    zone = iana(client.time_zone(mailbox.graph_user_id))
    detail = zone or f"{mailbox.time_zone}, because the mailbox has none that is known"
    return Check("Time zone", ok=True, detail=detail)


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.1f} s"


def _length(field: dict[str, Any]) -> int:
    length = field.get("length")
    return length if isinstance(length, int) else 0
