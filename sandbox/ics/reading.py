"""Reads one VEVENT: its times as wall clock and zone, and its content as Graph would have it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from icalendar import Component
from icalendar.error import BrokenCalendarProperty

from sandbox.ics.refusing import Unusable
from sandbox.ics.report import Entry
from sandbox.ics.zones import Found, ZoneFinder
from sandbox.microsoft.incoming import ATTENDEE_LIMIT

SUBJECT_CHARS = 255

_NOT_CARRIED = (
    "ATTACH",
    "URL",
    "GEO",
    "COMMENT",
    "CONTACT",
    "RESOURCES",
    "RELATED-TO",
    "CONFERENCE",
)
_SENSITIVITY = {
    "": "normal",
    "PUBLIC": "normal",
    "PRIVATE": "private",
    "CONFIDENTIAL": "confidential",
}
_BUSY = {
    "FREE": "free",
    "TENTATIVE": "tentative",
    "BUSY": "busy",
    "OOF": "oof",
    "WORKINGELSEWHERE": "workingElsewhere",
}
_ANSWERS = {
    "ACCEPTED": "accepted",
    "DECLINED": "declined",
    "TENTATIVE": "tentativelyAccepted",
    "NEEDS-ACTION": "notResponded",
}


@dataclass(frozen=True, slots=True)
class Times:
    """When an event is.

    Attributes:
        start: Wall-clock start; midnight of an all-day event.
        zone: What the TZID means; ``zone.zone`` is never empty here.
    """

    start: datetime
    length: timedelta
    all_day: bool
    zone: Found

    def span(self, start: datetime) -> dict[str, Any]:
        """Return start and end in Graph's form for an occurrence that starts at this wall-clock time."""
        name = self.zone.zone
        return {
            "start": {"dateTime": start.isoformat(), "timeZone": name},
            "end": {"dateTime": (start + self.length).isoformat(), "timeZone": name},
            "isAllDay": self.all_day,
        }


def first_of(component: Component, name: str) -> Any:
    """Return a property, the first if there are several; None if there is none."""
    value = component.get(name)
    return value[0] if isinstance(value, list) else value


def text_of(component: Component, name: str) -> str:
    """Return a property as text; empty if there is none, the first if there are several."""
    value = first_of(component, name)
    return str(value) if value is not None else ""


def times_of(component: Component, finder: ZoneFinder, home: str, entry: Entry) -> Times:
    """Return when the event is, with a note for each liberty taken.

    Raises:
        Unusable: There is no usable start, or the end lies before it.
    """
    start, tzid = wall_of(component, "DTSTART")
    if start is None:
        raise Unusable("DTSTART is missing or no time")
    end, end_tzid = wall_of(component, "DTEND")
    if component.get("DTEND") is not None and end is None:
        raise Unusable("DTEND is no time")
    all_day = _is_all_day(component, start, end)
    begin = _midnight(start) if all_day else _as_datetime(start)
    found = Found(home) if all_day else finder.find(tzid, begin)
    length = _length(component, begin, end, all_day=all_day, entry=entry)
    if not all_day and end is not None and end_tzid != tzid:
        length = _length_across(finder, found, begin, _as_datetime(end), end_tzid)
    if length < timedelta():
        raise Unusable("the end lies before the start")
    if found.note:
        entry.change(found.note)
    return Times(begin, length, all_day, found)


def wall_of(component: Component, name: str) -> tuple[date | datetime | None, str | None]:
    """Return a time without zone, and its TZID (``UTC`` for a Z, None for floating time)."""
    prop = first_of(component, name)
    value = value_of(prop)
    if not isinstance(value, date):
        return None, None
    if not isinstance(value, datetime):
        return value, None
    return wall_and_zone(value, prop.params.get("TZID"))


def value_of(prop: Any) -> Any:
    """Return the parsed time or duration of a property; None if it is broken or has none."""
    try:
        return getattr(prop, "dt", None)
    except BrokenCalendarProperty:
        return None


def wall_and_zone(value: datetime, tzid: str | None) -> tuple[datetime, str | None]:
    """Return a parsed time without zone, and the name of its zone."""
    if tzid is None and value.tzinfo is not None:
        return value.replace(tzinfo=None), "UTC"
    return value.replace(tzinfo=None), tzid


def content_of(component: Component, entry: Entry) -> dict[str, Any]:
    """Return everything but the times, in Graph's words."""
    subject = " ".join(text_of(component, "SUMMARY").split())
    if len(subject) > SUBJECT_CHARS:
        subject = subject[:SUBJECT_CHARS]
        entry.change(f"SUMMARY cut to {SUBJECT_CHARS} characters")
    left_out = [name for name in _NOT_CARRIED if name in component]
    if left_out:
        entry.change(f"not carried: {', '.join(left_out)}")
    return {
        "subject": subject,
        "body": _body(component),
        "location": {"displayName": text_of(component, "LOCATION")},
        "categories": _categories(component),
        "sensitivity": _sensitivity(component, entry),
        "showAs": _show_as(component),
        "importance": _importance(component),
        "attendees": _attendees(component, entry),
        **_reminder(component, entry),
    }


def person_of(prop: Any) -> tuple[str, str]:
    """Return address and name of an ORGANIZER or ATTENDEE."""
    address = re.sub(r"^mailto:", "", str(prop).strip(), flags=re.IGNORECASE)
    return address, str(prop.params.get("CN") or address)


def _is_all_day(component: Component, start: date | datetime, end: date | datetime | None) -> bool:
    if not isinstance(start, datetime):
        return True
    marked = text_of(component, "X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE"
    ends_at_midnight = isinstance(end, datetime) and end.time() == time()
    return marked and start.time() == time() and ends_at_midnight


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 -- wall clock


def _as_datetime(value: date | datetime) -> datetime:
    return value if isinstance(value, datetime) else _midnight(value)


def _length(
    component: Component,
    start: datetime,
    end: date | datetime | None,
    *,
    all_day: bool,
    entry: Entry,
) -> timedelta:
    """Return the length on the wall clock; a missing end is a day, or a moment without length."""
    duration = value_of(first_of(component, "DURATION"))
    if end is not None:
        length = _as_datetime(end) - start
    elif isinstance(duration, timedelta):
        length = duration
    else:
        return timedelta(days=1) if all_day else timedelta()
    if all_day and timedelta() <= length < timedelta(days=1):
        entry.change("an all-day event without length lasts a day")
        return timedelta(days=1)
    return timedelta(days=length.days) if all_day else length


def _length_across(
    finder: ZoneFinder, found: Found, start: datetime, end: datetime, end_tzid: str | None
) -> timedelta:
    """Return the length when the end is written in another zone; on the start's wall clock."""
    other = finder.find(end_tzid, end)
    instant = zoned(end, other)
    return instant.astimezone(found.tzinfo()).replace(tzinfo=None) - start


def zoned(wall: datetime, found: Found) -> datetime:
    """Return the instant of a wall-clock time."""
    return wall.replace(tzinfo=found.tzinfo())


def _body(component: Component) -> dict[str, str]:
    rich = first_of(component, "X-ALT-DESC")
    if rich is not None and "html" in str(rich.params.get("FMTTYPE", "")).lower():
        return {"contentType": "html", "content": str(rich)}
    return {"contentType": "text", "content": text_of(component, "DESCRIPTION").rstrip("\n")}


def _categories(component: Component) -> list[str]:
    value = component.get("CATEGORIES")
    groups: Iterable[Any] = value if isinstance(value, list) else [value] if value else []
    names = [str(name).strip() for group in groups for name in getattr(group, "cats", [group])]
    return list(dict.fromkeys(name for name in names if name))


def _sensitivity(component: Component, entry: Entry) -> str:
    word = text_of(component, "CLASS").upper()
    if word not in _SENSITIVITY:
        entry.change(f"CLASS {word} taken as private")
    return _SENSITIVITY.get(word, "private")


def _show_as(component: Component) -> str:
    told = _BUSY.get(text_of(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper())
    if told:
        return told
    if text_of(component, "STATUS").upper() == "TENTATIVE":
        return "tentative"
    return "free" if text_of(component, "TRANSP").upper() == "TRANSPARENT" else "busy"


def _importance(component: Component) -> str:
    told = {"0": "low", "1": "normal", "2": "high"}.get(
        text_of(component, "X-MICROSOFT-CDO-IMPORTANCE")
    )
    priority = text_of(component, "PRIORITY")
    number = int(priority) if priority.isdecimal() else 5
    return told or ("high" if 1 <= number <= 4 else "low" if number >= 6 else "normal")


def _attendees(component: Component, entry: Entry) -> list[dict[str, Any]]:
    value = component.get("ATTENDEE")
    people: list[Any] = value if isinstance(value, list) else [value] if value is not None else []
    if len(people) > ATTENDEE_LIMIT:
        entry.change(f"only the first {ATTENDEE_LIMIT} of {len(people)} attendees")
    return [_attendee(person) for person in people[:ATTENDEE_LIMIT] if person_of(person)[0]]


def _attendee(prop: Any) -> dict[str, Any]:
    address, name = person_of(prop)
    kind = str(prop.params.get("CUTYPE", "")).upper()
    role = str(prop.params.get("ROLE", "")).upper()
    optional = role in {"OPT-PARTICIPANT", "NON-PARTICIPANT"}
    answer = _ANSWERS.get(str(prop.params.get("PARTSTAT", "")).upper(), "none")
    return {
        "type": "resource"
        if kind in {"RESOURCE", "ROOM"}
        else "optional"
        if optional
        else "required",
        "emailAddress": {"address": address, "name": name},
        "status": {"response": answer},
    }


def _reminder(component: Component, entry: Entry) -> dict[str, Any]:
    """Return the reminder: the last alarm before the start."""
    alarms = [part for part in component.subcomponents if part.name == "VALARM"]
    triggers = [value_of(first_of(alarm, "TRIGGER")) for alarm in alarms]
    before = [
        -trigger
        for trigger in triggers
        if isinstance(trigger, timedelta) and trigger <= timedelta()
    ]
    if len(before) < len(alarms) or len(before) > 1:
        entry.change("of the alarms, only the last before the start is carried")
    if not before:
        return {"isReminderOn": False}
    minutes = int(min(before).total_seconds() // 60)
    return {"isReminderOn": True, "reminderMinutesBeforeStart": minutes}
