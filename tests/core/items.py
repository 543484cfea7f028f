"""Items that the tests of the core start from."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sync.core.item import (
    Kind,
    OutlookId,
    OutlookItem,
    Person,
    SalesforceId,
    SalesforceItem,
    Value,
    as_text,
)
from sync.core.mapping import to_salesforce
from sync.core.settings import Policy, SettingValue, Stored, resolve

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
FIELDS: dict[str, Value] = {
    "subject": "Quarterly review",
    "start": "2026-11-26T10:00:00Z",
    "end": "2026-11-26T11:00:00Z",
    "all_day": False,
    "location": "Room 4",
    "description": "Numbers",
    "show_as": "tentative",
    "sensitivity": "normal",
    "reminder": 15,
}
ALL_DAY: dict[str, Value] = {"start": "2026-11-26", "end": "2026-11-27", "all_day": True}
ANNA = Person("anna@contoso.com", "Anna")


def policy(**values: SettingValue) -> Policy:
    """Return the shipped policy with these values changed."""
    return resolve([Stored(name, value) for name, value in values.items()])


def event(changes: dict[str, Value] | None = None, **more: Any) -> OutlookItem:
    """Return an Outlook event with some fields and attributes changed."""
    item = OutlookItem(
        OutlookId("o1"), Kind.SINGLE, "1", {**FIELDS, **(changes or {})}, organizer=ANNA
    )
    return replace(item, **more)


def row(changes: dict[str, Value] | None = None, **more: Any) -> SalesforceItem:
    """Return the Event that was made from :func:`event`, with some fields and attributes changed."""
    fields = {**to_salesforce(FIELDS), **(changes or {})}
    item = SalesforceItem(SalesforceId("s1"), "005", NOW, NOW, fields)
    return replace(item, **more)


def at(days: float, hours: float = 0) -> str:
    """Return a canonical instant relative to :data:`NOW`."""
    return as_text(NOW + timedelta(days=days, hours=hours))


def times(days: float, hours: float = 1) -> dict[str, Value]:
    """Return start and end of a timed event that begins in so many days and lasts so many hours."""
    return {"start": at(days), "end": at(days, hours), "all_day": False}
