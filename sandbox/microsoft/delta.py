"""Change tracking over a calendar view: rounds, pages, tokens (contract, section 6).

A round is fixed when it begins: what changes while its pages are read comes again in the next one.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sandbox.microsoft import ids
from sandbox.microsoft.call import GRAPH, Answer, Call
from sandbox.microsoft.errors import GraphError
from sandbox.microsoft.ids import ItemRef
from sandbox.microsoft.mailbox import Folder, Mailbox
from sandbox.microsoft.record import Event
from sandbox.microsoft.rendering import Renderer
from sandbox.microsoft.window import window_of
from sandbox.switchboard import Switchboard

_PAGE = 50
_ROUNDS_KEPT = 40
_FIRST, _LAST = datetime(1601, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
_UNSUPPORTED = ("$orderby", "$filter", "$select", "$expand", "$search")


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a round; ``removed`` ones are told by their id alone."""

    number: int
    moves: int
    day: date | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """What one round tells.

    Attributes:
        groups: Items that stay on one page: a series is not split.
        until: Place in the history that the round covers.
    """

    calendar: int
    start: datetime
    end: datetime
    groups: tuple[tuple[Entry, ...], ...]
    until: int


def delta_answer(
    call: Call, mailbox: Mailbox, folder: Folder, *, whole_calendar: bool = False
) -> Answer:
    """Return one page of a round over a window, or over the single events and series of a whole calendar.

    Raises:
        GraphError: An unsupported option, a bad window, or a token that is no longer known.
    """
    _refuse_options(call, allowed={"$select"} if whole_calendar else set())
    switches = call.office.switches
    token = call.query.get("$skiptoken") or call.query.get("$deltatoken")
    if token is None:
        start, end = (_FIRST, _LAST) if whole_calendar else window_of(call.query)
        empty_first = switches.on("empty_first_page")
        number, page = _begin(call, mailbox, folder, start, end, since=None), 0
        return _page(call, mailbox, number, page, empty=empty_first)
    state = _read_token(call, mailbox, token)
    if "$skiptoken" in call.query:
        return _page(call, mailbox, int(state["round"]), int(state["page"]))
    start, end = (datetime.fromisoformat(str(state[name])) for name in ("start", "end"))
    folder = mailbox.folders.get(int(state["calendar"]), folder)
    number = _begin(call, mailbox, folder, start, end, since=int(state["seq"]))
    return _page(call, mailbox, number, 0)


def _refuse_options(call: Call, allowed: set[str]) -> None:
    names = {name.casefold() for name in call.query}
    if "$top" in names:
        message = (
            "The '$top' parameter is not supported with change tracking over the 'CalendarView' "
            "resource as page size cannot be guaranteed. Express page size preferences using the "
            "Prefer: odata.maxpagesize= header instead."
        )
        raise GraphError(400, "ErrorInvalidUrlQuery", message)
    refused = set(_UNSUPPORTED) - allowed
    if call.office.switches.on("delta_accepts_select"):
        refused.discard("$select")
    if names & refused:
        message = (
            "The following parameters are not supported with change tracking over the "
            "'CalendarView' resource: '$orderby, $filter, $select, $expand, $search'."
        )
        raise GraphError(400, "ErrorInvalidUrlQuery", message)


def _begin(
    call: Call,
    mailbox: Mailbox,
    folder: Folder,
    start: datetime,
    end: datetime,
    *,
    since: int | None,
) -> int:
    """Fix what a new round tells, and return its number."""
    switches = call.office.switches
    lag = timedelta(seconds=switches.number("delta_lag_s"))
    until = mailbox.sequence_at(call.office.now() - lag) if lag else mailbox.sequence
    reader = _Reader(mailbox, folder, start, end, switches)
    groups = reader.all(until) if since is None else reader.changes(since, until)
    if switches.on("delta_reversed"):
        groups.reverse()
    mailbox.rounds_begun += 1
    mailbox.rounds[mailbox.rounds_begun] = Round(
        folder.number, start, end, tuple(groups), max(until, since or 0)
    )
    for old in list(mailbox.rounds)[:-_ROUNDS_KEPT]:
        del mailbox.rounds[old]
    return mailbox.rounds_begun


def _page(call: Call, mailbox: Mailbox, number: int, page: int, *, empty: bool = False) -> Answer:
    current: Round = mailbox.rounds[number]
    switches = call.office.switches
    wish = call.preferences.get("odata.maxpagesize", "")
    size = max(1, int(wish)) if wish.isdecimal() else _PAGE
    entries, end = ([], page) if empty else _take(current.groups, page, size)
    renderer = call.renderer(mailbox)
    value = [item for entry in entries if (item := _item(entry, mailbox, renderer, switches))]
    repeats = switches.number("delta_repeats")
    body: dict[str, Any] = {
        "@odata.context": f"{call.base}/$metadata#Collection(event)",
        "value": value + (value[-repeats:] if repeats else []),
    }
    if empty or end < len(current.groups):
        body["@odata.nextLink"] = _link(call, mailbox, "$skiptoken", round=number, page=end)
    else:
        mailbox.rounds_ended += 1
        body["@odata.deltaLink"] = _link(
            call,
            mailbox,
            "$deltatoken",
            calendar=current.calendar,
            start=current.start.isoformat(),
            end=current.end.isoformat(),
            seq=current.until,
            ended=mailbox.rounds_ended,
        )
    applied = ["odata.track-changes", *([f"odata.maxpagesize={size}"] if wish else [])]
    applied += [call.applied().get("Preference-Applied", "")]
    return Answer(200, body, {"Preference-Applied": ", ".join(part for part in applied if part)})


def _take(groups: tuple[tuple[Entry, ...], ...], first: int, size: int) -> tuple[list[Entry], int]:
    """Return as many whole groups as fit, at least one, and where the next page begins."""
    entries: list[Entry] = []
    end = first
    while end < len(groups) and (not entries or len(entries) + len(groups[end]) <= size):
        entries += groups[end]
        end += 1
    return entries, end


def _item(
    entry: Entry, mailbox: Mailbox, renderer: Renderer, switches: Switchboard
) -> dict[str, Any] | None:
    """Return an item as it is now; what has gone since the round began comes in the next one."""
    if entry.removed:
        ref = ItemRef(mailbox.guid, "e", entry.number, entry.moves, entry.day, renderer.wishes.form)
        return {
            "@odata.type": "#microsoft.graph.event",
            "id": ids.encode(ref),
            "@removed": {"reason": "deleted"},
        }
    master = mailbox.events.get(entry.number)
    if master is None or (entry.day is not None and not master.has_day(entry.day)):
        return None
    event = master if entry.day is None else master.occurrence(entry.day)
    short = {"occurrence": switches.on("skeleton_occurrences")}
    short["exception"] = not switches.on("exceptions_in_full")
    return renderer.skeleton(event) if short.get(event.kind) else renderer.event(event)


class _Reader:
    """Finds what a round has to tell about one calendar and one window."""

    def __init__(
        self,
        mailbox: Mailbox,
        folder: Folder,
        start: datetime,
        end: datetime,
        switches: Switchboard,
    ) -> None:
        self._mailbox = mailbox
        self._folder = folder
        self._start = start
        self._end = end
        self._switches = switches

    def all(self, until: int) -> list[tuple[Entry, ...]]:
        """Return everything in the window."""
        events = self._mailbox.in_folder(self._folder)
        groups = [self._group(event) for event in events if event.changed <= until]
        return [group for group in groups if group and not group[0].removed]

    def changes(self, since: int, until: int) -> list[tuple[Entry, ...]]:
        """Return what happened between two places in the history."""
        found: list[tuple[int, tuple[Entry, ...]]] = []
        for event in self._mailbox.in_folder(self._folder):
            if since < event.changed <= until:
                found.append((event.changed, self._group(event)))
            else:
                found += self._exceptions(event, since, until)
        for grave in self._mailbox.graves:
            if grave.calendar == self._folder.number and since < grave.changed <= until:
                found.append((grave.changed, self._buried(grave.number, grave.moves, grave.days)))
        found.sort(key=lambda pair: pair[0])
        return [group for _, group in found if group]

    def _group(self, event: Event) -> tuple[Entry, ...]:
        """Return an event, or a whole series with its occurrences in the window."""
        if event.recurrence is None or self._start == _FIRST:
            inside = event.overlaps(self._start, self._end)
            return self._told((_entry(event),), inside=inside)
        inside_days = list(event.occurrences(self._start, self._end))
        if not inside_days:
            return self._told((_entry(event),), inside=False)
        # An occurrence that was moved out of the window is reported as removed.
        kept = {one.day for one in inside_days}
        outside = [one for day, one in sorted(event.exceptions.items()) if day not in kept]
        gone = self._told(tuple(_entry(one) for one in outside), inside=False)
        return (_entry(event), *(_entry(one) for one in inside_days), *gone)

    def _exceptions(
        self, event: Event, since: int, until: int
    ) -> list[tuple[int, tuple[Entry, ...]]]:
        found = []
        for one in event.exceptions.values():
            if since < one.changed <= until and one.detached:
                inside = one.overlaps(self._start, self._end)
                found.append((one.changed, self._told((_entry(one),), inside=inside)))
        return found

    def _told(self, entries: tuple[Entry, ...], *, inside: bool) -> tuple[Entry, ...]:
        if inside:
            return entries
        if not self._switches.on("removed_outside_window"):
            return ()
        return tuple(Entry(one.number, one.moves, one.day, removed=True) for one in entries)

    def _buried(self, number: int, moves: int, days: tuple[date, ...]) -> tuple[Entry, ...]:
        master = Entry(number, moves, removed=True)
        if self._switches.text("master_delete_removes") != "all":
            return (master,)
        return (master, *(Entry(number, moves, day, removed=True) for day in days))


def _entry(event: Event) -> Entry:
    return Entry(event.number, event.moves, event.day)


def _link(call: Call, mailbox: Mailbox, name: str, **state: object) -> str:
    text = json.dumps({"g": mailbox.generation, **state}, separators=(",", ":"))
    return call.link({name: base64.urlsafe_b64encode(text.encode()).decode()})


def _read_token(call: Call, mailbox: Mailbox, token: str) -> dict[str, Any]:
    """Return what a token says.

    Raises:
        GraphError: The token is not one, or too old.
    """
    try:
        state = json.loads(base64.urlsafe_b64decode(token.encode("ascii")))
    except (binascii.Error, ValueError):
        raise lost(call, mailbox) from None
    if not isinstance(state, dict) or state.get("g") != mailbox.generation:
        raise lost(call, mailbox)
    keeps = call.office.switches.number("delta_keeps_rounds")
    too_old = "ended" in state and keeps and mailbox.rounds_ended - state["ended"] >= keeps
    if too_old or ("round" in state and state["round"] not in mailbox.rounds):
        raise lost(call, mailbox)
    return state


def lost(call: Call, mailbox: Mailbox) -> GraphError:
    """Return the answer to a token that is no longer known."""
    switches = call.office.switches
    old, new = mailbox.generation - 1, mailbox.generation
    message = f"The sync state generation is not found; generation={old};[highest={new}][{new}]."
    headers = {}
    if switches.on("sync_lost_location"):
        headers["Location"] = f"{GRAPH}/{'/'.join(call.segments)}"
    return GraphError(
        switches.number("sync_lost_status"),
        switches.text("sync_lost_code"),
        message,
        headers=headers,
    )
