"""A person's week in Salesforce, and the form for one event."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import quote

from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from sandbox.pages import salesforce_form
from sandbox.pages.salesforce_visit import Visit
from sandbox.salesforce.errors import ApiError, ApiErrors
from sandbox.salesforce.values import Row

_HALF_HOUR = 30
_LANES = 4
_DAYS = 7


@dataclass(frozen=True)
class Block:
    """An event on the grid.

    Attributes:
        first: Half hour in which it starts, from 1.
        length: Half hours it covers on this day.
        lane: Column among those that overlap, from 1.
    """

    row: Row
    label: str
    first: int
    length: int
    lane: int


@dataclass(frozen=True)
class Day:
    """A column of the week."""

    day: date
    today: bool
    all_day: list[Row]
    blocks: list[Block]
    lanes: int


def show(visit: Visit) -> Response:
    """Show the week of ``?date=``, this week by default."""
    day = salesforce_form.day_of(visit.request.args.get("date", "")) or visit.today
    monday = day - timedelta(days=day.weekday())
    events = _events_of(visit)
    days = [_day(visit, monday + timedelta(days=number), events) for number in range(_DAYS)]
    return visit.page(
        "calendar.html",
        days=days,
        monday=monday,
        last=days[-1].day,
        earlier=monday - timedelta(days=_DAYS),
        later=monday + timedelta(days=_DAYS),
        hours=range(24),
    )


def _events_of(visit: Visit) -> list[Row]:
    """Return the person's own events in the order of their start."""
    store = visit.org.store
    mine = [
        row
        for row in store.seen(visit.caller, store.objects["Event"])
        if row["OwnerId"] == visit.user["Id"]
    ]
    return sorted(mine, key=lambda row: str(row["StartDateTime"]))


def _day(visit: Visit, day: date, events: list[Row]) -> Day:
    all_day = [row for row in events if row["IsAllDayEvent"] and _covers(row, day)]
    blocks = _blocks(visit, day, [row for row in events if not row["IsAllDayEvent"]])
    lanes = max((block.lane for block in blocks), default=1)
    return Day(day, day == visit.today, all_day, blocks, lanes)


def _covers(row: Row, day: date) -> bool:
    start, minutes = row["StartDateTime"], row["DurationInMinutes"]
    if not isinstance(start, datetime) or not isinstance(minutes, int):
        return False
    return start.date() <= day < (start + timedelta(minutes=max(minutes, 1))).date() or (
        start.date() == day
    )


def _blocks(visit: Visit, day: date, events: list[Row]) -> list[Block]:
    blocks: list[Block] = []
    free_from = [0] * _LANES
    for row in events:
        start = visit.local(row["StartDateTime"])
        end = visit.local(row["EndDateTime"])
        if not (start.date() <= day <= max(start, end - timedelta(seconds=1)).date()):
            continue
        first = 1 if start.date() < day else (start.hour * 60 + start.minute) // _HALF_HOUR + 1
        last = 48 if end.date() > day else max(first, _rounded_up(end))
        lane = next((n for n, free in enumerate(free_from) if free < first), _LANES - 1)
        free_from[lane] = last
        label = f"{start:%H:%M} - {end:%H:%M}"
        blocks.append(Block(row, label, first, last - first + 1, lane + 1))
    return blocks


def _rounded_up(end: datetime) -> int:
    return -(-(end.hour * 60 + end.minute) // _HALF_HOUR)


# ---- one event ---------------------------------------------------------------------------------


def edit(visit: Visit) -> Response:
    """Show, save or delete an event: ``event/new``, ``event/{id}``, ``event/{id}/delete``."""
    record_id = visit.rest[0] if visit.rest else "new"
    row = None if record_id == "new" else visit.visible(record_id)
    if record_id != "new" and row is None:
        return visit.missing()
    if visit.request.method != "POST":
        return _form(visit, row, salesforce_form.values_of(visit, row), [])
    if visit.rest[1:] == ("delete",):
        return _delete(visit, record_id)
    return _save(visit, record_id, row)


def _form(visit: Visit, row: Row | None, values: dict[str, str], errors: list[str]) -> Response:
    return visit.page(
        "event.html",
        status=400 if errors else 200,
        row=row,
        values=values,
        errors=errors,
        names=salesforce_form.names(visit),
        related=salesforce_form.related(visit),
    )


def _save(visit: Visit, record_id: str, row: Row | None) -> Response:
    values = visit.request.form.to_dict()
    try:
        fields = salesforce_form.fields_of(visit, values)
        if row is None:
            visit.org.create("Event", fields, visit.username)
        else:
            changed = salesforce_form.changed(row, fields)
            visit.org.update("Event", record_id, changed, visit.username)
    except (ApiError, ApiErrors, ValueError) as refused:
        return _form(visit, row, values, _words(refused))
    return redirect(f"{visit.address('calendar')}?date={quote(values.get('start_date', ''))}")


def _delete(visit: Visit, record_id: str) -> Response:
    try:
        visit.org.delete("Event", record_id, visit.username)
    except (ApiError, ApiErrors) as refused:
        row = visit.visible(record_id)
        return _form(visit, row, salesforce_form.values_of(visit, row), _words(refused))
    return redirect(visit.address("calendar"))


def _words(refused: ApiError | ApiErrors | ValueError) -> list[str]:
    if isinstance(refused, ApiErrors):
        return [f"{error.code}: {error.message}" for error in refused.errors]
    if isinstance(refused, ApiError):
        return [f"{refused.code}: {refused.message}"]
    return [str(refused)]
