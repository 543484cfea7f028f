"""Salesforce Events: rows -> items, and the engine's fields -> what is sent (salesforce.md 1.1-1.3, sync.md 13).  Pure.

All-day events are written and read as a start and whole days of DurationInMinutes, never by their end: whether
Salesforce counts the last day in is not known.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from linkpoint.salesforce.canvas import to_18
from sync.core.item import Fields, SalesforceId, SalesforceItem, Value, as_instant, as_text
from sync.core.mapping import FIELDS
from sync.core.zones import first_known
from sync.sides.text import line, text

KEY_FIELD = "LinkPoint_Key__c"
MAY_BE_HIDDEN = frozenset({"Location", "Description"})
"""What field-level security can hide and we can do without; it can hide IsAllDayEvent as well (salesforce.md 1.1)."""

COLUMNS = (
    "Id",
    "OwnerId",
    "SystemModstamp",
    "LastModifiedById",
    "IsDeleted",
    "IsRecurrence",
    "IsRecurrence2",
    "Subject",
    "Location",
    "Description",
    "StartDateTime",
    "EndDateTime",
    "DurationInMinutes",
    "IsAllDayEvent",
    "ShowAs",
    "IsPrivate",
    "IsReminderSet",
    "ReminderDateTime",
)

_DAY_MINUTES = 24 * 60
_MINUTE = timedelta(minutes=1)
_OURS = frozenset({"Id", "OwnerId", KEY_FIELD, "attributes"})
_MAPPED = frozenset(row.name for row in FIELDS)
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

Json = dict[str, Any]


def item_of(row: Mapping[str, Any], read_at: datetime) -> SalesforceItem:
    """Return a row in canonical form.

    Args:
        row: With ``COLUMNS``, and with the key field if the org has it.
        read_at: Salesforce's time of reading, aware.
    """
    when = _when(row)
    return SalesforceItem(
        id=SalesforceId(to_18(str(row["Id"]))),
        owner_id=_record_id(row.get("OwnerId")),
        modstamp=_instant(row.get("SystemModstamp")) or _NEVER,
        read_at=read_at,
        fields={
            "subject": line(row.get("Subject")),
            **when,
            "location": line(row.get("Location")),
            "description": text(row.get("Description")),
            "show_as": str(row.get("ShowAs") or "Busy"),
            "sensitivity": "private" if row.get("IsPrivate") else "normal",
            "reminder": _reminder(row, when),
        },
        key=str(row.get(KEY_FIELD) or ""),
        modified_by=_record_id(row.get("LastModifiedById")),
        is_deleted=row.get("IsDeleted") is True,
        is_series_row=bool(row.get("IsRecurrence2") or row.get("IsRecurrence")),
    )


def _when(row: Mapping[str, Any]) -> dict[str, Value]:
    """Return ``start``, ``end`` and ``all_day``; Salesforce keeps the start of an all-day event at midnight UTC."""
    start = _instant(row.get("StartDateTime")) or _NEVER
    end = _instant(row.get("EndDateTime"))
    duration = row.get("DurationInMinutes")
    minutes = duration if isinstance(duration, int) else None
    if row.get("IsAllDayEvent"):
        if minutes is None:
            # The last day, counted in (assumed): only where the duration is not told.
            minutes = (end.date() - start.date()).days * _DAY_MINUTES + _DAY_MINUTES if end else 0
        days = max(1, -(-minutes // _DAY_MINUTES))
        last = start.date() + timedelta(days=days)
        return {"start": start.date().isoformat(), "end": last.isoformat(), "all_day": True}
    end = end or start + (minutes or 0) * _MINUTE
    return {"start": as_text(start), "end": as_text(end), "all_day": False}


def _reminder(row: Mapping[str, Any], when: Fields) -> int | None:
    """Return the minutes before the start; of an all-day event before midnight UTC, since its row names no zone."""
    at = _instant(row.get("ReminderDateTime"))
    if not row.get("IsReminderSet") or at is None:
        return None
    return max(0, (as_instant(str(when["start"])) - at) // _MINUTE)


def _instant(value: object) -> datetime | None:
    """Return a datetime as rows carry it (``2025-09-24T16:00:00.000+0000``), or None."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        return None


def _record_id(value: object) -> str:
    try:
        return to_18(value) if isinstance(value, str) else ""
    except ValueError:
        return ""


def new_row(fields: Fields, zone: str) -> Json:
    """Return what is sent to make an Event, without owner and key.

    Args:
        fields: Mapped fields as Salesforce can hold them; others under Salesforce's own names.
        zone: Of the event; a reminder of an all-day event counts back from midnight there.
    """
    row = {name: value for name, value in changed_row(fields).items() if value is not None}
    if fields.get("reminder") is None:
        row["IsReminderSet"] = False
    else:
        row |= _reminder_row(fields, zone)
    return row


def changed_row(fields: Fields) -> Json:
    """Return what is sent to change an Event; None empties a field.

    The reminder of an all-day event counts back from midnight UTC, as it is read from rows, which name no zone.
    """
    row: Json = {
        name: value for name, value in fields.items() if name not in _MAPPED and name not in _OURS
    }
    for name, column in (
        ("subject", "Subject"),
        ("location", "Location"),
        ("description", "Description"),
    ):
        if name in fields:
            row[column] = fields[name] or None
    if "show_as" in fields:
        row["ShowAs"] = fields["show_as"]
    if "start" in fields:
        row |= _when_row(fields)
        if "reminder" in fields:
            row |= _reminder_row(fields, "UTC")
    if "sensitivity" in fields:
        row["IsPrivate"] = fields["sensitivity"] != "normal"
        if row["IsPrivate"]:
            # A private Event may be related to nothing: refused otherwise.
            row |= {"WhoId": None, "WhatId": None}
    return row


def _when_row(fields: Fields) -> Json:
    """Return the start and either the end or the duration; both only if they agree, so never both."""
    start, end = str(fields["start"]), str(fields["end"])
    if not fields["all_day"]:
        return {"IsAllDayEvent": False, "StartDateTime": start, "EndDateTime": end}
    days = (date.fromisoformat(end) - date.fromisoformat(start)).days
    return {
        "IsAllDayEvent": True,
        "StartDateTime": f"{start}T00:00:00Z",
        "DurationInMinutes": days * _DAY_MINUTES,
    }


def _reminder_row(fields: Fields, zone: str) -> Json:
    minutes = fields["reminder"]
    if not isinstance(minutes, int):
        return {"IsReminderSet": False, "ReminderDateTime": None}
    start = as_instant(str(fields["start"]))
    if fields["all_day"]:
        midnight = start.replace(tzinfo=ZoneInfo(first_known([zone])))
        start = midnight.astimezone(UTC)
    return {"IsReminderSet": True, "ReminderDateTime": as_text(start - minutes * _MINUTE)}
