"""Events, links and sessions as tests of the screens need them; only rows, no service."""

from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.test import Client
from django.utils import timezone

from linkpoint.accounts.models import Mailbox, User
from linkpoint.accounts.sessions import HEADER, mint
from sync.core.item import Kind, OutlookId, OutlookItem, Person, Value, as_text
from sync.core.settings import resolve
from sync.models import Link, MailboxState, OutlookSeen
from sync.store.rows import Discretion, outlook_row

BERLIN = ZoneInfo("Europe/Berlin")
_numbers = count(1)


def today() -> date:
    """Return the day that it is in Berlin."""
    return timezone.now().astimezone(BERLIN).date()


def at(day: date, hour: int, minute: int = 0, *, zone: ZoneInfo = BERLIN) -> datetime:
    """Return a time on the wall of a zone."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone)


def item(
    start: datetime | date,
    end: datetime | date,
    *,
    subject: str = "Brightwater: tender",
    sensitivity: str = "normal",
    show_as: str = "busy",
    location: str = "Room 4",
    description: str = "Agenda",
    **more: Any,
) -> OutlookItem:
    """Return an Outlook event; two dates (last exclusive) make it all-day."""
    fields: dict[str, Value] = {
        "subject": subject,
        "location": location,
        "description": description,
        "all_day": not isinstance(start, datetime),
        "start": _text(start),
        "end": _text(end),
        "show_as": show_as,
        "sensitivity": sensitivity,
        "reminder": 15,
    }
    values: dict[str, Any] = {
        "id": OutlookId(f"AAMkAD{next(_numbers):08}=="),
        "kind": Kind.SINGLE,
        "etag": "1",
        "fields": fields,
        "zone": "Europe/Berlin",
        "organizer": Person("hanna.weiss@acme.example", "Hanna Weiss"),
        "attendees": (Person("lena@brightwater.example", "Lena Farkas", "accepted"),),
        "web_link": "https://outlook.office365.com/owa/?itemid=1",
    }
    return OutlookItem(**{**values, **more})


def seen(
    mailbox: Mailbox, start: datetime | date, end: datetime | date, **more: Any
) -> OutlookSeen:
    """Return a stored Outlook event, as discreet as the shipped settings want it."""
    state = more.pop("state", "live")
    kept = Discretion.of(resolve()).discreet(item(start, end, **more))
    row = outlook_row(kept, mailbox.pk, timezone.now())
    row.state = state
    row.save()
    return row


def link(row: OutlookSeen, **more: Any) -> Link:
    """Return the link of a stored event, recorded and at rest."""
    values: dict[str, Any] = {
        "organization": row.mailbox.organization,
        "mailbox": row.mailbox,
        "outlook_id": row.outlook_id,
        "salesforce_id": f"00U5g{uuid4().hex[:10]}AAA",
        "state": Link.State.ACTIVE,
        "touched": 1,
        "planned": 1,
        "base_outlook": row.fields,
        "base_salesforce": row.fields,
        "recorded_at": timezone.now() - timedelta(hours=2),
    }
    return Link.objects.create(**{**values, **more})


def read_once(mailbox: Mailbox) -> None:
    """Store that the calendar was read and is read again later."""
    now = timezone.now()
    MailboxState.objects.create(
        mailbox=mailbox, synced_at=now, next_poll_at=now + timedelta(minutes=10)
    )


def get(client: Client, person: User, address: str, **more: Any) -> Any:
    """Ask for an address as the page of this person does."""
    headers = {HEADER: mint(person), **more.pop("headers", {})}
    return client.get(address, headers=headers, **more)


def post(client: Client, person: User, address: str, **fields: str) -> Any:
    """Send a form as the page of this person does."""
    return client.post(address, fields, headers={HEADER: mint(person)})


def text(response: Any) -> str:
    """Return the body."""
    return str(response.content.decode())


def _text(moment: datetime | date) -> str:
    return as_text(moment.astimezone(UTC)) if isinstance(moment, datetime) else moment.isoformat()
