"""The fields of the event form: what they show for a row, and what they mean when they come back."""

from datetime import UTC, date, datetime, time, timedelta

from sandbox.pages.salesforce_visit import Visit
from sandbox.salesforce.values import Row, render

_DAY_MINUTES = 1440


def day_of(text: str) -> date | None:
    """Return the day of a date field, None if it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def values_of(visit: Visit, row: Row | None) -> dict[str, str]:
    """Return what the form shows: of the row, or of a new event in the next hour."""
    if row is None:
        day = visit.request.args.get("date") or visit.today.isoformat()
        start = f"{visit.request.args.get('hour', '09')}:00"
        end = f"{visit.request.args.get('hour', '09')}:30"
        empty = dict.fromkeys(("subject", "location", "description", "who", "what"), "")
        return empty | {
            "start_date": day,
            "start_time": start,
            "end_date": day,
            "end_time": end,
            "show_as": "Busy",
        }
    start_at, end_at = _edges(visit, row)
    values = {
        "subject": row["Subject"],
        "location": row["Location"],
        "description": row["Description"],
        "who": row["WhoId"],
        "what": row["WhatId"],
        "show_as": row["ShowAs"],
        "start_date": start_at.date().isoformat(),
        "end_date": end_at.date().isoformat(),
        "start_time": f"{start_at:%H:%M}",
        "end_time": f"{end_at:%H:%M}",
    }
    shown = {name: str(value or "") for name, value in values.items()}
    ticked = {"all_day": row["IsAllDayEvent"], "private": row["IsPrivate"]}
    return shown | {name: "on" for name, on in ticked.items() if on}


def _edges(visit: Visit, row: Row) -> tuple[datetime, datetime]:
    """Return start and end as the form shows them; the end of an all-day event is its last day."""
    if not row["IsAllDayEvent"]:
        return visit.local(row["StartDateTime"]), visit.local(row["EndDateTime"])
    start, minutes = row["StartDateTime"], row["DurationInMinutes"]
    if not isinstance(start, datetime) or not isinstance(minutes, int):
        raise TypeError("StartDateTime")
    return start, start + timedelta(minutes=max(0, minutes - _DAY_MINUTES))


def fields_of(visit: Visit, values: dict[str, str]) -> dict[str, object]:
    """Return the fields of Event that the filled-in form means.

    Raises:
        ValueError: A day or time is missing; the message names the field.
    """
    fields: dict[str, object] = {
        "Subject": values.get("subject", ""),
        "Location": values.get("location", ""),
        "Description": values.get("description", "").replace("\r\n", "\n"),
        "ShowAs": values.get("show_as", "Busy"),
        "IsPrivate": "private" in values,
        "IsAllDayEvent": "all_day" in values,
        "WhoId": values.get("who") or None,
        "WhatId": values.get("what") or None,
    }
    first, last = _day(values, "start_date", "Start date"), _day(values, "end_date", "End date")
    if fields["IsAllDayEvent"]:
        days = (last - first).days + 1
        if days < 1:
            raise ValueError("End date: must not be before the start date.")
        midnight = datetime.combine(first, time(), UTC)
        return fields | {
            "StartDateTime": render(midnight),
            "DurationInMinutes": days * _DAY_MINUTES,
        }
    start = _moment(visit, first, values.get("start_time", ""), "Start time")
    end = _moment(visit, last, values.get("end_time", ""), "End time")
    minutes = int((end - start).total_seconds()) // 60
    if minutes < 0:
        raise ValueError("End time: must not be before the start.")
    return fields | {"StartDateTime": render(start), "DurationInMinutes": minutes}


def _day(values: dict[str, str], name: str, label: str) -> date:
    day = day_of(values.get(name, ""))
    if day is None:
        raise ValueError(f"{label}: must be a date like 2026-11-25.")
    return day


def _moment(visit: Visit, day: date, text: str, label: str) -> datetime:
    try:
        clock = time.fromisoformat(text)
    except ValueError as wrong:
        raise ValueError(f"{label}: must be a time like 09:30.") from wrong
    return datetime.combine(day, clock.replace(tzinfo=None), visit.zone).astimezone(UTC)


def changed(row: Row, fields: dict[str, object]) -> dict[str, object]:
    """Return the fields that differ from the row; a person's save touches nothing else."""
    times = ("StartDateTime", "DurationInMinutes", "IsAllDayEvent")
    differing = {
        name: value for name, value in fields.items() if (render(row[name]) or "") != (value or "")
    }
    if any(name in differing for name in times):
        differing |= {name: fields[name] for name in times}
    return differing


def names(visit: Visit) -> list[tuple[str, str]]:
    """Return (id, text) of the people an event can name."""
    return _choices(visit, ("Contact", "Lead"))


def related(visit: Visit) -> list[tuple[str, str]]:
    """Return (id, text) of the records an event can be related to."""
    return _choices(visit, ("Account", "Opportunity", "Case"))


def _choices(visit: Visit, kinds: tuple[str, ...]) -> list[tuple[str, str]]:
    store = visit.org.store
    return [
        (str(row["Id"]), f"{row[store.objects[kind].name_field]} ({kind})")
        for kind in kinds
        for row in store.seen(visit.caller, store.objects[kind])
    ]
