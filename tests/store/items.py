"""Items as the sides read them, for tests of the store."""

from datetime import UTC, datetime
from typing import Any

from sync.core.item import Kind, OutlookId, OutlookItem, Person, SalesforceId, SalesforceItem, Value

FIELDS: dict[str, Value] = {
    "subject": "Kick-off",
    "start": "2026-11-25T09:00:00Z",
    "end": "2026-11-25T10:00:00Z",
    "all_day": False,
    "location": "Room 4",
    "description": "Bring the plan.",
    "show_as": "busy",
    "sensitivity": "normal",
    "reminder": 15,
}


def event(
    outlook_id: str = "one", *, fields: dict[str, Any] | None = None, **more: Any
) -> OutlookItem:
    """Return a single event; ``fields`` change those of a plain meeting."""
    defaults: dict[str, Any] = {
        "kind": Kind.SINGLE,
        "etag": 'W/"1"',
        "zone": "Europe/Berlin",
        "organizer": Person("hanna.weiss@acme.example", "Hanna Weiss"),
        "attendees": (Person("jo@customer.example", "Jo"),),
    }
    return OutlookItem(
        OutlookId(outlook_id), **{**defaults, **more}, fields={**FIELDS, **(fields or {})}
    )


def row(
    salesforce_id: str = "00U5g00000AAAAAEA4", *, fields: dict[str, Any] | None = None, **more: Any
) -> SalesforceItem:
    """Return an Event as read from Salesforce."""
    defaults: dict[str, Any] = {
        "owner_id": "0055g0000000001AAA",
        "modstamp": datetime(2026, 11, 25, 8, 0, tzinfo=UTC),
        "read_at": datetime(2026, 11, 25, 8, 5, tzinfo=UTC),
    }
    return SalesforceItem(
        SalesforceId(salesforce_id), **{**defaults, **more}, fields={**FIELDS, **(fields or {})}
    )
