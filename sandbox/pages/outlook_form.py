"""The form of an event: from an event to its fields, and from its fields to what Graph would be sent."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sandbox.microsoft import bodies, recurrence
from sandbox.microsoft.record import Event
from sandbox.microsoft.recurrence import DAYS

RECORD = "Record in Salesforce"
SHOW_AS = {
    "busy": "Busy",
    "free": "Free",
    "tentative": "Tentative",
    "oof": "Away",
    "workingElsewhere": "Working elsewhere",
}
SENSITIVITY = {
    "normal": "Normal",
    "personal": "Personal",
    "private": "Private",
    "confidential": "Confidential",
}
ANSWERS = {
    "none": "not answered yet",
    "notResponded": "not answered yet",
    "organizer": "your own",
    "accepted": "accepted",
    "tentativelyAccepted": "tentatively accepted",
    "declined": "declined",
}
REPEAT = {
    "": "Does not repeat",
    "daily": "Every day",
    "workdays": "Every weekday (Monday to Friday)",
    "weekly": "Every week",
    "fortnightly": "Every 2 weeks",
    "monthly": "Every month on this day",
    "monthly_weekday": "Every month on this weekday",
    "yearly": "Every year",
}


class FormError(ValueError):
    """A field does not fit; the text names it."""


def empty_form(day: date, at: str = "09:00") -> dict[str, Any]:
    """Return the fields of a new event of an hour."""
    start = datetime.combine(day, datetime.strptime(at, "%H:%M").time())  # noqa: DTZ007 -- wall clock
    end = start + timedelta(hours=1)
    return {
        "title": "",
        "start_date": start.date().isoformat(),
        "start_time": f"{start:%H:%M}",
        "end_date": end.date().isoformat(),
        "end_time": f"{end:%H:%M}",
        "all_day": False,
        "repeat": "",
        "until": "",
        "location": "",
        "attendees": "",
        "categories": "",
        "record": False,
        "sensitivity": "normal",
        "show_as": "busy",
        "online": False,
        "description": "",
    }


def form_of(event: Event, zone: str) -> dict[str, Any]:
    """Return the fields of an event; times in the mailbox's zone."""
    fields = event.fields
    start, end = event.start, event.end
    if not fields["isAllDay"]:
        start, end = start.moved_to(zone), end.moved_to(zone)
    last = end.wall - timedelta(days=1) if fields["isAllDay"] else end.wall
    others = [name for name in fields["categories"] if name != RECORD]
    return {
        "title": fields["subject"],
        "start_date": start.wall.date().isoformat(),
        "start_time": f"{start.wall:%H:%M}",
        "end_date": last.date().isoformat(),
        "end_time": f"{end.wall:%H:%M}",
        "all_day": fields["isAllDay"],
        "repeat": "",
        "until": "",
        "location": fields["location"].get("displayName") or "",
        "attendees": ", ".join(str(entry["address"]) for entry in fields["attendees"]),
        "categories": ", ".join(others),
        "record": RECORD in fields["categories"],
        "sensitivity": fields["sensitivity"],
        "show_as": fields["showAs"],
        "online": fields["isOnlineMeeting"],
        "description": bodies.to_text(fields["body"]).replace("\r\n", "\n"),
    }


def read_form(form: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields as posted, so that the form can be shown again."""
    known = empty_form(date(2000, 1, 1))
    values = {name: form.get(name, "").strip() for name in known}
    flags = {name: name in form for name, value in known.items() if isinstance(value, bool)}
    return values | flags


def to_graph(fields: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """Return the event that a form describes.

    Raises:
        FormError: A field does not fit.
    """
    if not fields["title"]:
        raise FormError("Title: must not be empty.")
    start, end = _span(fields)
    wanted: dict[str, Any] = {
        "subject": fields["title"],
        "start": {"dateTime": start.isoformat(), "timeZone": zone},
        "end": {"dateTime": end.isoformat(), "timeZone": zone},
        "isAllDay": fields["all_day"],
        "location": {"displayName": fields["location"]},
        "attendees": [
            {"type": "required", "emailAddress": {"address": address}}
            for address in _addresses(fields["attendees"])
        ],
        "categories": _categories(fields),
        "sensitivity": fields["sensitivity"],
        "showAs": fields["show_as"],
        "body": {"contentType": "text", "content": fields["description"].replace("\r\n", "\n")},
    }
    if fields["online"]:
        wanted |= {"isOnlineMeeting": True, "onlineMeetingProvider": "teamsForBusiness"}
    if fields["repeat"]:
        wanted["recurrence"] = _recurrence(fields, start.date())
    return wanted


def changes_of(before: Mapping[str, Any], after: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """Return only what the person changed, as Outlook sends it; an untouched body stays the HTML that it is.

    Raises:
        FormError: A field does not fit.
    """
    wanted = to_graph(after, zone)
    sources = {
        "subject": ("title",),
        "start": ("start_date", "start_time", "all_day"),
        "end": ("end_date", "end_time", "all_day"),
        "isAllDay": ("all_day",),
        "location": ("location",),
        "attendees": ("attendees",),
        "categories": ("categories", "record"),
        "sensitivity": ("sensitivity",),
        "showAs": ("show_as",),
        "body": ("description",),
        "isOnlineMeeting": ("online",),
        "recurrence": ("repeat",),
    }
    changes = {
        name: wanted[name]
        for name, fields in sources.items()
        if name in wanted and any(_differs(before[f], after[f]) for f in fields)
    }
    if {"start", "end"} & set(changes):
        changes |= {name: wanted[name] for name in ("start", "end")}
    return changes


def _differs(before: object, after: object) -> bool:
    if isinstance(before, str) and isinstance(after, str):
        return before.replace("\r\n", "\n").strip() != after.replace("\r\n", "\n").strip()
    return before != after


def _span(fields: Mapping[str, Any]) -> tuple[datetime, datetime]:
    first, last = _date(fields, "start_date", "Start date"), _date(fields, "end_date", "End date")
    if fields["all_day"]:
        start, end = _at(first), _at(last) + timedelta(days=1)
    else:
        start = _at(first, _time(fields, "start_time", "Start time"))
        end = _at(last, _time(fields, "end_time", "End time"))
    if end < start:
        raise FormError("End: lies before the start.")
    return start, end


def _at(day: date, clock: str = "00:00") -> datetime:
    return datetime.fromisoformat(f"{day.isoformat()}T{clock}:00")


def _date(fields: Mapping[str, Any], name: str, label: str) -> date:
    try:
        return date.fromisoformat(fields[name])
    except ValueError:
        raise FormError(f"{label}: must be a day such as 2026-11-25.") from None


def _time(fields: Mapping[str, Any], name: str, label: str) -> str:
    text = str(fields[name])
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise FormError(f"{label}: must be a time such as 09:30.")
    return text


def _addresses(text: str) -> list[str]:
    found = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    wrong = [one for one in found if not re.fullmatch(r"[^@\s]+@[^@\s]+", one)]
    if wrong:
        raise FormError(f"Attendees: {wrong[0]} is not an e-mail address.")
    return found


def _categories(fields: Mapping[str, Any]) -> list[str]:
    others = [part.strip() for part in fields["categories"].split(",") if part.strip()]
    return [*([RECORD] if fields["record"] else []), *(name for name in others if name != RECORD)]


def _recurrence(fields: Mapping[str, Any], start: date) -> dict[str, Any]:
    span: dict[str, Any] = {"type": "noEnd", "startDate": start.isoformat()}
    if fields["until"]:
        last = _date(fields, "until", "Repeat until")
        span |= {"type": "endDate", "endDate": last.isoformat()}
    return {"pattern": _pattern(fields["repeat"], start), "range": span}


def _pattern(repeat: str, start: date) -> dict[str, Any]:
    weekday = DAYS[start.weekday()]
    week = {"type": "weekly", "interval": 1, "firstDayOfWeek": "monday"}
    index = recurrence.INDEXES[min((start.day - 1) // 7, 4)]
    patterns: dict[str, dict[str, Any]] = {
        "daily": {"type": "daily", "interval": 1},
        "workdays": {**week, "daysOfWeek": list(DAYS[:5])},
        "weekly": {**week, "daysOfWeek": [weekday]},
        "fortnightly": {**week, "interval": 2, "daysOfWeek": [weekday]},
        "monthly": {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": start.day},
        "monthly_weekday": {
            "type": "relativeMonthly",
            "interval": 1,
            "daysOfWeek": [weekday],
            "index": index,
        },
        "yearly": {
            "type": "absoluteYearly",
            "interval": 1,
            "dayOfMonth": start.day,
            "month": start.month,
        },
    }
    if repeat not in patterns:
        raise FormError("Repeat: must be one of the choices.")
    return patterns[repeat]


def describe(event: Event) -> str:
    """Return in words how a series repeats."""
    rule = event.recurrence
    if rule is None:
        return ""
    every = "" if rule.interval == 1 else f"{rule.interval} "
    unit = {"daily": "day", "weekly": "week"}.get(
        rule.kind, "month" if rule.kind.endswith("Monthly") else "year"
    )
    plural = "" if rule.interval == 1 else "s"
    days = ", ".join(DAYS[day][:3].capitalize() for day in rule.days)
    end = (
        f" until {rule.end.isoformat()}"
        if rule.end
        else f", {rule.times} times"
        if rule.times
        else ""
    )
    return f"Every {every}{unit}{plural}{f' on {days}' if days else ''}{end}"
