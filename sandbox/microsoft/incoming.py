"""Reads the event of a request: checks each member and brings it to the spelling of the store.

Enum values are taken in any case (contract, section 1); what the server sets by itself is not taken from a request.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sandbox.microsoft import bodies, recurrence, zones
from sandbox.microsoft.errors import GraphError, invalid
from sandbox.microsoft.record import Moment
from sandbox.microsoft.recurrence import Recurrence
from sandbox.switchboard import Switchboard

ATTENDEE_LIMIT = 500
EARLIEST_YEAR, LATEST_YEAR = 1601, 4500
"""What Outlook can show."""

_DATE_TIME = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?)(?:\.\d{1,12})?(?:Z|[+-]\d\d:?\d\d)?"
)
_SERVER_SETS = frozenset(
    {
        "id",
        "changeKey",
        "createdDateTime",
        "lastModifiedDateTime",
        "bodyPreview",
        "hasAttachments",
        "iCalUId",
        "isCancelled",
        "isDraft",
        "isOrganizer",
        "onlineMeeting",
        "onlineMeetingUrl",
        "organizer",
        "originalEndTimeZone",
        "originalStart",
        "originalStartTimeZone",
        "responseStatus",
        "seriesMasterId",
        "type",
        "webLink",
    }
)
_ENUMS: dict[str, tuple[str, ...]] = {
    "showAs": ("free", "tentative", "busy", "oof", "workingElsewhere", "unknown"),
    "sensitivity": ("normal", "personal", "private", "confidential"),
    "importance": ("low", "normal", "high"),
    "onlineMeetingProvider": (
        "unknown",
        "teamsForBusiness",
        "skypeForBusiness",
        "skypeForConsumer",
    ),
}
_BOOLEANS = (
    "isAllDay",
    "isReminderOn",
    "responseRequested",
    "allowNewTimeProposals",
    "hideAttendees",
    "isOnlineMeeting",
)
_ATTENDEE_TYPES = ("required", "optional", "resource")
_RESPONSES = (
    "none",
    "organizer",
    "tentativelyAccepted",
    "accepted",
    "declined",
    "notResponded",
)


@dataclass
class Draft:
    """What a request wants: only what it named.

    Attributes:
        recurrence: The pattern; None with ``ends_series`` turns a series into a single event.
    """

    fields: dict[str, Any] = field(default_factory=dict)
    start: Moment | None = None
    end: Moment | None = None
    recurrence: Recurrence | None = None
    ends_series: bool = False
    transaction_id: str = ""
    properties: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, dict[str, Any]] = field(default_factory=dict)


def read(value: object, switches: Switchboard, *, zone: str = "UTC") -> Draft:
    """Return what the JSON of an event asks for; ``zone`` is that of the event as it is, for a pattern without start.

    Raises:
        GraphError: A member does not fit; the message names it.
    """
    if not isinstance(value, Mapping):
        raise invalid("The body must be one JSON object.")
    draft = Draft()
    for name, member in value.items():
        if "@" in name or name in _SERVER_SETS:
            continue
        _reader(name)(draft, name, member)
    raw = value.get("recurrence")
    if raw is not None:
        zone = draft.start.zone if draft.start else zone
        draft.recurrence = _recurrence(raw, zone, switches)
    limit = switches.number("subject_limit")
    if limit and len(draft.fields.get("subject", "")) > limit:
        raise invalid(f"subject: longer than {limit} characters.")
    return draft


def _reader(name: str) -> Callable[[Draft, str, Any], None]:
    if name in _ENUMS:
        return _enum
    if name in _BOOLEANS:
        return _boolean
    if name not in _READERS:
        raise GraphError(400, "RequestBodyRead", f"SANDBOX: {name}: no such property of an event.")
    return _READERS[name]


def _enum(draft: Draft, name: str, value: Any) -> None:
    draft.fields[name] = _word(name, value, _ENUMS[name])


def _word(name: str, value: Any, words: tuple[str, ...]) -> str:
    found = next((word for word in words if word.casefold() == str(value).casefold()), None)
    if found is None:
        raise invalid(f"{name}: must be one of {', '.join(words)}.")
    return found


def _boolean(draft: Draft, name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise invalid(f"{name}: must be true or false.")
    draft.fields[name] = value


def _subject(draft: Draft, name: str, value: Any) -> None:
    draft.fields[name] = _text(name, value).replace("\r", " ").replace("\n", " ")


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid(f"{name}: must be text.")
    return value


def _body(draft: Draft, name: str, value: Any) -> None:
    content = _text(name, _members(name, value).get("content"))
    kind = _word(f"{name}.contentType", value.get("contentType", "text"), ("text", "html"))
    draft.fields["body"] = (
        bodies.from_text(content) if kind == "text" else bodies.from_fragment(content)
    )


def _members(name: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise invalid(f"{name}: must be an object.")
    return value


def _moment(draft: Draft, name: str, value: Any) -> None:
    members = _members(name, value)
    match = _DATE_TIME.fullmatch(str(members.get("dateTime")))
    zone = members.get("timeZone") or "UTC"
    if match is None:
        raise invalid(f"{name}.dateTime: must be such as 2026-11-25T09:00:00.")
    if not isinstance(zone, str) or zones.resolve(zone) is None:
        raise invalid(f"{name}.timeZone: no such time zone.")
    try:
        # A Z or an offset counts as digits only: the zone beside it decides (section 5).
        wall = datetime.fromisoformat(match[1])
        moment = Moment(wall, zone)
        moment.utc()
        if not EARLIEST_YEAR <= wall.year <= LATEST_YEAR:
            raise invalid(f"{name}.dateTime: from {EARLIEST_YEAR} to {LATEST_YEAR}.")
    except (ValueError, OverflowError):
        raise invalid(f"{name}.dateTime: no such time.") from None
    setattr(draft, name, moment)


def _location(draft: Draft, name: str, value: Any) -> None:
    location = dict(_members(name, value if value is not None else {}))
    _text("location.displayName", location.get("displayName"))
    draft.fields["location"] = location
    draft.fields["locations"] = [location] if location.get("displayName") else []


def _locations(draft: Draft, name: str, value: Any) -> None:
    entries = [dict(_members(name, entry)) for entry in _list(name, value)]
    draft.fields["locations"] = entries
    draft.fields["location"] = entries[0] if entries else {}


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise invalid(f"{name}: must be a list.")
    return value


def _attendees(draft: Draft, name: str, value: Any) -> None:
    entries = _list(name, value)
    if len(entries) > ATTENDEE_LIMIT:
        raise invalid(f"attendees: at most {ATTENDEE_LIMIT}.")
    draft.fields["attendees"] = [_attendee(entry) for entry in entries]


def _attendee(value: Any) -> dict[str, Any]:
    members = _members("attendees", value)
    email = _members("attendees.emailAddress", members.get("emailAddress"))
    address = _text("attendees.emailAddress.address", email.get("address")).strip()
    if not address:
        raise invalid("attendees.emailAddress.address: must not be empty.")
    status = members.get("status") or {}
    response = _members("attendees.status", status).get("response") or "none"
    return {
        "type": _word("attendees.type", members.get("type") or "required", _ATTENDEE_TYPES),
        "name": _text("attendees.emailAddress.name", email.get("name")) or address,
        "address": address,
        "response": _word("attendees.status.response", response, _RESPONSES),
        "time": None,
    }


def _categories(draft: Draft, name: str, value: Any) -> None:
    draft.fields[name] = [_text(name, entry) for entry in _list(name, value)]


def _minutes(draft: Draft, name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise invalid(f"{name}: must be a whole number, 0 or more.")
    draft.fields[name] = value


def _pattern(draft: Draft, name: str, value: Any) -> None:  # noqa: ARG001 -- read with the start
    draft.ends_series = value is None


def _recurrence(value: Any, zone: str, switches: Switchboard) -> Recurrence:
    last_day = switches.text("short_months") == "last_day"
    try:
        found = recurrence.read(
            _members("recurrence", value), event_zone=zone, short_months_end=last_day
        )
    except ValueError as error:
        raise invalid(f"recurrence.{error}.") from None
    if zones.resolve(found.zone) is None:
        raise invalid("recurrence.range.recurrenceTimeZone: no such time zone.")
    return found


def _transaction(draft: Draft, name: str, value: Any) -> None:
    draft.transaction_id = _text(name, value)


def _properties(draft: Draft, name: str, value: Any) -> None:
    for entry in _list(name, value):
        members = _members(name, entry)
        property_id = _text(f"{name}.id", members.get("id"))
        if not re.fullmatch(r"\w+ \{[0-9A-Fa-f-]{36}\} (Name|Id) \S.*", property_id):
            raise invalid(f"{name}.id: must be such as 'String {{GUID}} Name X'.")
        draft.properties[property_id] = _text(f"{name}.value", members.get("value"))


def _extensions(draft: Draft, name: str, value: Any) -> None:
    for entry in _list(name, value):
        members = dict(_members(name, entry))
        key = _text(f"{name}.extensionName", members.get("extensionName"))
        if not key:
            raise invalid(f"{name}.extensionName: must not be empty.")
        draft.extensions[key] = {k: v for k, v in members.items() if not k.startswith("@")}


_READERS: dict[str, Callable[[Draft, str, Any], None]] = {
    "subject": _subject,
    "body": _body,
    "start": _moment,
    "end": _moment,
    "location": _location,
    "locations": _locations,
    "attendees": _attendees,
    "categories": _categories,
    "reminderMinutesBeforeStart": _minutes,
    "recurrence": _pattern,
    "transactionId": _transaction,
    "singleValueExtendedProperties": _properties,
    "extensions": _extensions,
}
