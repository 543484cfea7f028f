"""Outlook: events of Graph -> items, and the engine's calls -> Graph.  Reads only; it has no way to write (R13)."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from linkpoint.errors import ServiceError
from linkpoint.outlook.client import OutlookClient
from sync.core.item import Kind, OutlookId, OutlookItem, Person, Value, as_day, as_text
from sync.core.zones import first_known, iana
from sync.engine.ports import (
    Call,
    OutlookPage,
    ReadClock,
    ReadOutlook,
    ReadOutlookPage,
)
from sync.sides.text import from_html, line, text, without_join_block

Json = Mapping[str, Any]

_NO_TIME: Mapping[str, Value] = {
    "start": "1970-01-01T00:00:00Z",
    "end": "1970-01-01T00:00:00Z",
    "all_day": False,
}
"""Stands where an event has no usable time; its ``problem`` says so, and nothing is done with it."""

_FIRST_YEAR, _LAST_YEAR = (
    1602,
    4500,
)  # what Outlook itself can show; 0001 and 9999 stand for "none" in Graph
_LONGEST_REMINDER_MINUTES = 10 * 366 * 24 * 60


class OutlookSide:
    """One calendar of one mailbox.

    Args:
        client: May read the mailbox.
        user_id: Graph id of the mailbox's owner.
        calendar_id: Immutable id; empty for the default calendar.
        zone: The mailbox's zone, IANA or Windows name; used where an event has none that is known.
    """

    def __init__(self, client: OutlookClient, user_id: str, calendar_id: str, zone: str) -> None:
        self._client = client
        self._user_id = user_id
        self._calendar_id = calendar_id
        self._zone = zone

    def call(self, call: Call[Any]) -> Any:
        """Carry out one call of the engine and return its answer.

        Raises:
            ServiceError: As the client does; the call says which of them the engine expects.
            TypeError: The call is not for Outlook.
        """
        match call:
            case ReadClock():
                return self._now()
            case ReadOutlookPage():
                return self._page(call)
            case ReadOutlook():
                answers = self._client.events(self._user_id, call.ids)
                return tuple(
                    each if isinstance(each, ServiceError) else item_of(each, self._zone)
                    for each in answers
                )
            case _:
                raise TypeError(f"{type(call).__name__} is not a call for Outlook.")

    def _now(self) -> datetime:
        """Return Graph's present; our own only if its answers tell no time."""
        if self._client.now is None:
            self._client.calendars(self._user_id)
        return self._client.now or datetime.now(UTC)

    def _page(self, call: ReadOutlookPage) -> OutlookPage:
        link = call.link or self._client.delta_url(self._user_id, self._calendar_id, *call.window)
        page = self._client.delta_page(link)
        events = [event for event in page.items if isinstance(event.get("id"), str)]
        return OutlookPage(
            items=tuple(item_of(e, self._zone) for e in events if "@removed" not in e),
            removed=tuple(OutlookId(e["id"]) for e in events if "@removed" in e),
            next_link=page.next_link,
            delta_link=page.delta_link,
        )


def item_of(event: Json, mailbox_zone: str) -> OutlookItem:
    """Return an event of Graph in canonical form.

    A skeleton, as delta sends of occurrences and may send of exceptions (graph.md 6), gives an item whose fields are
    ``start`` and ``end`` alone, both as instants: whether they are days is known from its series.

    Args:
        event: As Graph answers it when asked for UTC and text.
        mailbox_zone: Used where the event names no zone that is known.
    """
    zone = _zone(event, mailbox_zone)
    fields: dict[str, Value] = dict(_NO_TIME)
    problem = ""
    skeleton = "subject" not in event
    try:
        fields |= _when(event, zone)
    except ValueError as error:
        problem = str(error)
    if skeleton:
        del fields["all_day"]
    else:
        fields |= _content(event)
    return OutlookItem(
        id=OutlookId(str(event.get("id") or "")),
        kind=_kind(event.get("type")),
        etag=_word(event.get("@odata.etag")) or _word(event.get("changeKey")),
        fields=fields,
        ical_uid=_word(event.get("iCalUId")),
        series_master_id=_word(event.get("seriesMasterId")),
        original_start=_original_start(event, zone),
        transaction_id=_word(event.get("transactionId")),
        zone=zone,
        organizer=_person(event.get("organizer")),
        attendees=_attendees(event),
        categories=_words(event.get("categories")),
        my_response=_my_response(event),
        is_cancelled=event.get("isCancelled") is True,
        is_online_meeting=event.get("isOnlineMeeting") is True or bool(event.get("onlineMeeting")),
        web_link=_word(event.get("webLink")),
        problem=problem,
    )


def _content(event: Json) -> dict[str, Value]:
    """Return the fields that say what the event is about."""
    body = _inside(event, "body")
    content = body.get("content")
    if isinstance(content, str) and str(body.get("contentType")).lower() == "html":
        content = from_html(content)
    return {
        "subject": line(event.get("subject")),
        "location": _location(event),
        "description": without_join_block(text(content)),
        "show_as": _word(event.get("showAs")) or "unknown",
        "sensitivity": _word(event.get("sensitivity")) or "normal",
        "reminder": _reminder(event),
    }


def _reminder(event: Json) -> int | None:
    minutes = event.get("reminderMinutesBeforeStart")
    if event.get("isReminderOn") is not True or not isinstance(minutes, int):
        return None
    return min(max(minutes, 0), _LONGEST_REMINDER_MINUTES)


def _location(event: Json) -> str:
    """Return the place as Outlook shows it; several places are one text there, too."""
    shown = line(_inside(event, "location").get("displayName"))
    places = event.get("locations")
    if shown or not isinstance(places, list):
        return shown
    names = (line(place.get("displayName")) for place in places if isinstance(place, dict))
    return "; ".join(name for name in names if name)


def _when(event: Json, zone: str) -> dict[str, Value]:
    """Return ``start``, ``end`` and ``all_day``.

    Raises:
        ValueError: There is no usable time; the message is for people.
    """
    start, end = _moment(event, "start", zone), _moment(event, "end", zone)
    all_day = event.get("isAllDay") is True
    if end < start:
        raise ValueError("it ends before it begins.")
    if not all_day:
        return {"start": as_text(start), "end": as_text(end), "all_day": False}
    first, last = _day(event, "start", zone), _day(event, "end", zone)
    if last <= first:
        last = first + timedelta(days=1)
    return {"start": first.isoformat(), "end": last.isoformat(), "all_day": True}


def _moment(event: Json, name: str, zone: str) -> datetime:
    """Return one end of the event as an instant."""
    wall, named = _wall(event, name)
    return wall.replace(tzinfo=ZoneInfo(iana(named) or zone)).astimezone(UTC)


def _wall(event: Json, name: str) -> tuple[datetime, str]:
    """Return the digits and the zone of one end; an offset within the digits means nothing (graph.md 5)."""
    written = _inside(event, name)
    try:
        # Fractions have seven digits, and no event begins within a second.
        wall = datetime.strptime(str(written.get("dateTime"))[:19], "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 -- the zone stands beside it
    except ValueError:
        raise ValueError(f"its {name} cannot be read.") from None
    if not _FIRST_YEAR <= wall.year <= _LAST_YEAR:
        raise ValueError(f"its {name} is in the year {wall.year}.")
    return wall, _word(written.get("timeZone"))


def _day(event: Json, name: str, zone: str) -> date:
    """Return one end of an all-day event as a date: what is written, unless the reading shifted it off midnight."""
    wall, named = _wall(event, name)
    if wall.time() == time():
        return wall.date()
    there = wall.replace(tzinfo=ZoneInfo(iana(named) or "UTC"))
    original = _word(event.get(f"original{name.capitalize()}TimeZone"))
    for candidate in (iana(original), zone):
        shown = there.astimezone(ZoneInfo(candidate)) if candidate else there
        if shown.time() == time():
            return shown.date()
    raise ValueError("it lasts whole days, but does not begin and end at midnight.")


def _zone(event: Json, mailbox_zone: str) -> str:
    """Return the zone the event was made in (sync.md 13.1, rule 2)."""
    recurrence = _inside(_inside(event, "recurrence"), "range")
    names = (
        recurrence.get("recurrenceTimeZone"),
        event.get("originalStartTimeZone"),
        event.get("originalEndTimeZone"),
        mailbox_zone,
    )
    return first_known(_word(name) for name in names)


def _original_start(event: Json, zone: str) -> str:
    """Return the slot of an occurrence in its series, as far as the event tells it."""
    written = event.get("originalStart")
    if not isinstance(written, str):
        return ""
    try:
        slot = as_text(datetime.fromisoformat(written[:19] + "+00:00"))
    except ValueError:
        return ""
    return as_day(slot, zone) if event.get("isAllDay") is True else slot


def _kind(value: object) -> Kind:
    try:
        return Kind(str(value))
    except ValueError:
        return Kind.SINGLE


def _my_response(event: Json) -> str:
    if event.get("isOrganizer") is True:
        return "organizer"
    return _word(_inside(event, "responseStatus").get("response")) or "none"


def _attendees(event: Json) -> tuple[Person, ...]:
    found = event.get("attendees")
    people = (_person(each) for each in found) if isinstance(found, list) else ()
    return tuple(person for person in people if person)


def _person(value: object) -> Person | None:
    """Return an organizer or attendee, or None where nobody is named."""
    if not isinstance(value, Mapping):
        return None
    who = _inside(value, "emailAddress")
    address, name = line(who.get("address")).lower(), line(who.get("name"))
    if not (address or name):
        return None
    response = _word(_inside(value, "status").get("response"))
    return Person(address, name, response, _word(value.get("type")) or "required")


def _inside(mapping: Json, key: str) -> Json:
    value = mapping.get(key)
    return value if isinstance(value, Mapping) else {}


def _word(value: object) -> str:
    """Return an id, a name or one of Graph's words as it is."""
    return value if isinstance(value, str) else ""


def _words(value: object) -> tuple[str, ...]:
    found = map(line, value) if isinstance(value, list) else ()
    return tuple(each for each in found if each)
