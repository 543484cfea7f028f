"""What else may be asked for when an event is recorded: related records and plain fields, checked by the describe."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from linkpoint.salesforce.canvas import to_18
from sync.core.item import Value
from sync.core.mapping import FIELDS

Json = Mapping[str, Any]

_OURS = frozenset(
    {name for row in FIELDS for names in row.salesforce for name in names.split(" or ")}
    | {
        "Id",
        "OwnerId",
        "LinkPoint_Key__c",
        "WhatId",
        "WhoId",
        "ActivityDate",
        "ActivityDateTime",
        "EndDate",
    }
)


class BadExtra(ValueError):
    """A value cannot go into the Event; ``field`` is the argument, the message says what fits."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Describes(Protocol):
    """Knows what fields an object has, as the user sees them."""

    def describe(self, sobject: str) -> dict[str, Any]:
        """Return the describe of an object."""


def extras_for(
    client: Describes, what: str, who: Sequence[str], fields: Mapping[str, str]
) -> dict[str, Value]:
    """Return Salesforce's field names with the values to create the Event with.

    Args:
        client: Of the user; the describe is read only when there is something to check.
        what: Id of the related record, or empty.
        who: Ids of people; an organization relates an Event to one.
        fields: Further Event fields as texts.

    Raises:
        BadExtra: One of them does not fit; nothing was written.
    """
    if not what and not who and not fields:
        return {}
    if len(who) > 1:
        raise BadExtra(
            "who", "An Event is related to one person here. Add the others in Salesforce."
        )
    described: dict[str, Json] = {row["name"]: row for row in client.describe("Event")["fields"]}
    extras: dict[str, Value] = {}
    if what:
        extras["WhatId"] = _record_id("what", what)
    if who:
        extras["WhoId"] = _record_id("who", who[0])
    for name, text in fields.items():
        if name in _OURS:
            raise BadExtra("field", f"{name} is filled from Outlook or by LinkPoint. Leave it out.")
        field = described.get(name)
        if field is None or not field.get("createable"):
            raise BadExtra("field", f"{name} is no field of Event that you may fill in.")
        extras[name] = _value(field, text)
    return extras


def _record_id(argument: str, text: str) -> str:
    try:
        return to_18(text)
    except ValueError:
        raise BadExtra(
            argument, f"{text} is no record id: it has 15 or 18 letters and digits."
        ) from None


def _value(field: Json, text: str) -> Value:
    name, kind = field["name"], field["type"]
    if kind == "reference":
        return _record_id("field", text)
    reader = _READERS.get(kind)
    if reader is None:
        return _text(field, text)
    fits, read = reader
    try:
        return read(text)
    except ValueError:
        raise BadExtra("field", f"{name}: give {fits}.") from None


def _text(field: Json, text: str) -> str:
    name, limit = field["name"], int(field.get("length") or 0)
    if limit and len(text) > limit:
        raise BadExtra("field", f"{name}: at most {limit} characters.")
    values = [entry["value"] for entry in field.get("picklistValues") or () if entry.get("active")]
    if field["type"] == "picklist" and field.get("restrictedPicklist") and text not in values:
        raise BadExtra("field", f"{name}: choose one of {', '.join(values)}.")
    return text


def _switch(text: str) -> bool:
    words = {"true": True, "false": False}
    if text.lower() not in words:
        raise ValueError(text)
    return words[text.lower()]


def _day(text: str) -> str:
    return date.fromisoformat(text).isoformat()


def _instant(text: str) -> str:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.isoformat(timespec="seconds")


def _number(text: str) -> str:
    return str(float(text)) if "." in text else str(int(text))


_READERS: Mapping[str, tuple[str, Callable[[str], Value]]] = {
    "boolean": ("true or false", _switch),
    "int": ("a whole number", int),
    "double": ("a number", _number),
    "currency": ("a number", _number),
    "percent": ("a number", _number),
    "date": ("a date such as 2026-11-24", _day),
    "datetime": ("a time with its offset, such as 2026-11-24T10:00:00+01:00", _instant),
}
