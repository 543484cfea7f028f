"""The demo's mailboxes: a week in the life of two people who sell to the records of the demo org."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.microsoft.directory import Microsoft, Tenant

TENANT_ID = "7d3c1f0a-5b52-4a36-9d0e-0c8f1c2a4e10"
CLIENT_ID = "2f6b8c5e-91d4-4f6b-8a37-6b1e0d9c7a21"
ZONE = "W. Europe Standard Time"

_LONG_BODY = (
    "<p>Hello everybody,</p><p>this is what we want to settle:</p><ol>"
    + "".join(
        f"<li>Point {number}: who does it, until when, and what it costs. Bring numbers, not guesses.</li>"
        for number in range(1, 41)
    )
    + "</ol><p>Best regards<br>Hanna</p>"
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a mailbox."""

    address: str
    name: str


PEOPLE = (
    Person("hanna.weiss@acme.example", "Hanna Weiss"),
    Person("jonas.lindqvist@acme.example", "Jonas Lindqvist"),
)


def seed(office: Microsoft, now: datetime, *, client_secret: str) -> Tenant:
    """Make the tenant and its mailboxes, or renew the secret of those that are there."""
    known = office.tenants.get(TENANT_ID)
    if known is not None:
        known.client_secret = client_secret
        return known
    tenant = office.add_tenant(
        tenant_id=TENANT_ID, client_id=CLIENT_ID, client_secret=client_secret
    )
    for person in PEOPLE:
        office.add_mailbox(
            tenant_id=tenant.id, address=person.address, name=person.name, time_zone=ZONE
        )
    today = now.astimezone(ZoneInfo("Europe/Berlin")).date()
    monday = today - timedelta(days=today.weekday())
    for event in (*_hanna_always(monday), *_hanna_this_week(monday, today)):
        office.create_event(PEOPLE[0].address, event)
    for event in _jonas(monday):
        office.create_event(PEOPLE[1].address, event)
    # The cast sent its invitations long ago.
    office.mails.clear()
    return tenant


def _hanna_always(monday: date) -> Iterator[dict[str, Any]]:
    """Yield what comes again and again."""
    wednesday, thursday = monday + timedelta(days=2), monday + timedelta(days=3)
    for week in (-1, 0, 1):
        shift = timedelta(weeks=week)
        yield _timed(monday + shift, "09:30", 45, "Forecast with the sales team", where="Room Elbe")
        yield _timed(
            thursday + shift,
            "14:00",
            60,
            "Nordlicht Solar: rooftop roll-out, next steps",
            where="Nordlicht Solar, Kaistraße 12, Hamburg",
            people=[("Lena Hartmann", "lena.hartmann@nordlicht.example")],
        )
    yield _series(
        monday - timedelta(weeks=4),
        "09:00",
        15,
        "Stand-up",
        {"type": "weekly", "interval": 1, "daysOfWeek": _WORKDAYS, "firstDayOfWeek": "monday"},
    )
    yield _series(
        wednesday - timedelta(weeks=2),
        "16:00",
        30,
        "One-to-one with Jonas",
        {"type": "weekly", "interval": 2, "daysOfWeek": ["wednesday"], "firstDayOfWeek": "monday"},
        people=[("Jonas Lindqvist", PEOPLE[1].address)],
    )


def _hanna_this_week(monday: date, today: date) -> Iterator[dict[str, Any]]:
    """Yield what happens once, of each kind that a calendar knows."""
    tuesday, wednesday, thursday, friday = (monday + timedelta(days=n) for n in range(1, 5))
    yield _timed(
        tuesday,
        "11:00",
        60,
        "Quarterly review with Kupferberg",
        people=[
            ("Sofia Keller", "sofia.keller@kupferberg.example"),
            ("Jonas Lindqvist", PEOPLE[1].address),
        ],
        isOnlineMeeting=True,
        onlineMeetingProvider="teamsForBusiness",
    )
    yield _timed(
        wednesday,
        "10:30",
        90,
        "Demo for Fjord Analytics 🚀",
        where="Fjord Analytics, Oslo",
        people=[("Erik Lund", "erik.lund@fjord.example")],
        categories=["Customer"],
        importance="high",
    )
    yield _timed(wednesday, "13:00", 30, "Dentist", sensitivity="private", showAs="oof")
    yield _timed(
        thursday,
        "10:30",
        60,
        "Brightpath Logistics: first call?",
        people=[("Amara Okafor", "amara.okafor@brightpath.example")],
        showAs="tentative",
    )
    yield _timed(
        friday,
        "10:00",
        120,
        "Workshop: service contract for Kupferberg",
        where="Kupferberg Maschinenbau, Stuttgart",
        body={"contentType": "html", "content": _LONG_BODY},
    )
    yield _timed(today, "17:30", 30, "Call back Mr. Citizen", body=_text("+49 40 5550123"))
    yield _all_day(thursday, 2, "Trade fair Hannover", showAs="workingElsewhere")
    yield _all_day(monday + timedelta(days=7), 1, "Public holiday", showAs="free")
    yield _all_day(tuesday, 1, "Birthday of Lena 🎂", showAs="free", isReminderOn=False)


def _jonas(monday: date) -> Iterator[dict[str, Any]]:
    tuesday, friday = monday + timedelta(days=1), monday + timedelta(days=4)
    yield _timed(tuesday, "08:30", 45, "Site visit: harbour crane", where="Bremerhaven")
    yield _timed(
        friday,
        "15:00",
        30,
        "Handover to support",
        people=[("Hanna Weiss", PEOPLE[0].address)],
    )
    yield _all_day(friday, 1, "On leave", showAs="oof", sensitivity="personal")


_WORKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday"]


def _timed(
    day: date,
    begins: str,
    minutes: int,
    subject: str,
    *,
    where: str = "",
    people: Sequence[tuple[str, str]] = (),
    **more: object,
) -> dict[str, Any]:
    start = datetime.fromisoformat(f"{day.isoformat()}T{begins}:00")
    return {
        "subject": subject,
        "start": _moment(start),
        "end": _moment(start + timedelta(minutes=minutes)),
        "location": {"displayName": where},
        "attendees": [
            {"type": "required", "emailAddress": {"name": name, "address": address}}
            for name, address in people
        ],
        **more,
    }


def _series(
    day: date,
    begins: str,
    minutes: int,
    subject: str,
    pattern: dict[str, Any],
    **more: Any,
) -> dict[str, Any]:
    span = {"type": "noEnd", "startDate": day.isoformat()}
    return {
        **_timed(day, begins, minutes, subject, **more),
        "recurrence": {"pattern": pattern, "range": span},
    }


def _all_day(day: date, days: int, subject: str, **more: object) -> dict[str, Any]:
    start = datetime.fromisoformat(f"{day.isoformat()}T00:00:00")
    return {
        "subject": subject,
        "isAllDay": True,
        "start": _moment(start),
        "end": _moment(start + timedelta(days=days)),
        **more,
    }


def _moment(wall: datetime) -> dict[str, str]:
    return {"dateTime": wall.isoformat(), "timeZone": ZONE}


def _text(content: str) -> dict[str, str]:
    return {"contentType": "text", "content": content}
