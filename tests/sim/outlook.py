"""An Outlook calendar in memory, with the habits that matter (graph.md 6): it can be read, and not written.

``@removed`` for deleted events and for events outside the window; skeleton occurrences; a deleted occurrence shows only
in its series being sent again; empty first pages, duplicates, any order; tokens that expire; a write that is absent
from the next round; versions that move without a change.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from linkpoint.errors import Gone, ServiceError, StartOver
from sync.core.item import (
    Fields,
    Kind,
    OutlookId,
    OutlookItem,
    Value,
    as_instant,
    as_text,
    end_of,
    start_of,
)
from sync.engine.ports import OutlookPage, ReadOutlook, ReadOutlookPage
from tests.sim.clock import Clock

Window = tuple[datetime, datetime]
TIMES = ("start", "end", "all_day")
GONE = Gone("outlook", "The event is not there any more.")


@dataclass(slots=True)
class Event:
    """One event; ``origin`` is what the judge knows it by, and the engine never sees."""

    id: OutlookId
    origin: int
    kind: Kind
    fields: Fields
    master: str = ""
    original_start: str = ""
    categories: tuple[str, ...] = ()
    is_cancelled: bool = False
    dead: bool = False
    died_ms: int = -1
    view: OutlookItem | None = None
    past: list[tuple[int, Fields]] = field(default_factory=list)  # (ms, fields) of every content


@dataclass(slots=True)
class Habits:
    """How awkward the service is in this schedule; probabilities."""

    empty_page: float = 0.0
    duplicate: float = 0.0
    lag: float = 0.0
    partial: float = 0.0
    silent_series: float = 0.0  # only the master of a deleted series is said to be removed


@dataclass(frozen=True, slots=True)
class _Token:
    epoch: int
    version: int
    window: Window


@dataclass(slots=True)
class _Round:
    """The pages of one listing or one round of changes, as ids; contents are those of the moment of reading."""

    pages: list[list[OutlookId]]
    end: _Token


class MemoryOutlook:
    """The service; ``is_known`` says what a partial list may hide: what its reader knows of already."""

    def __init__(self, clock: Clock, rnd: random.Random) -> None:
        self.clock, self.rnd = clock, rnd
        self.habits = Habits()
        self.events: dict[OutlookId, Event] = {}
        self.series: dict[str, list[Event]] = {}
        self.calls = 0
        self._version = 0
        self._log: list[tuple[int, int, str]] = []  # (version, ms, id of the event or its master)
        self._epoch = 0
        self._tokens: dict[str, _Token] = {}
        self._rounds: dict[str, tuple[_Round, int]] = {}
        self.is_known: Callable[[OutlookId], bool] = lambda _: False

    # -- what people do ------------------------------------------------------------------------------------------

    def create(self, origin: int, fields: Fields, **more: object) -> Event:
        """Make a single event, a master or an occurrence (``kind``, ``master``, ``original_start``)."""
        event_id = OutlookId(f"o{len(self.events) + 1}")
        event = Event(event_id, origin, Kind.SINGLE, dict(fields))
        for name, value in more.items():
            setattr(event, name, value)
        self.events[event_id] = event
        if event.master:
            self.series.setdefault(event.master, []).append(event)
        self._remember(event)
        self._touch(event)
        return event

    def edit(self, event: Event, changes: dict[str, Value]) -> None:
        """Change an event; a changed occurrence becomes an exception, a changed master takes its occurrences along."""
        event.fields = {**event.fields, **changes}
        self._detach(event)
        if event.kind is Kind.MASTER:
            kept = {name: value for name, value in changes.items() if name not in TIMES}
            for one in self.series.get(event.id, ()):
                if one.kind is Kind.OCCURRENCE:
                    one.fields = {**one.fields, **kept}
                    self._remember(one)
                    self._look(one)
        self._remember(event)
        self._touch(event)

    def categorize(self, event: Event, *names: str) -> None:
        """Give an event these categories."""
        event.categories = names
        self._detach(event)
        self._touch(event)

    def cancel(self, event: Event) -> None:
        """Let the organizer cancel a meeting."""
        event.is_cancelled = True
        self._detach(event)
        event.died_ms = self.clock.ms
        self._touch(event)

    def delete(self, event: Event) -> None:
        """Delete an event, an occurrence or a whole series."""
        for one in (event, *(self.series.get(event.id, ()) if event.kind is Kind.MASTER else ())):
            if not one.dead:
                one.dead, one.died_ms = True, self.clock.ms
        self._touch(event)

    def touch(self, event: Event) -> None:
        """Move the version without a change of content: a reminder fired, somebody answered."""
        self._touch(event)

    def expire(self) -> None:
        """Forget every token: the next use of one answers 410."""
        self._epoch += 1

    # -- the API -------------------------------------------------------------------------------------------------

    def read(self, call: ReadOutlook) -> tuple[OutlookItem | ServiceError, ...]:
        """Answer a read by id."""
        self.calls += 1
        return tuple(self._get(event_id) for event_id in call.ids)

    def read_page(self, call: ReadOutlookPage) -> OutlookPage:
        """Answer one page of the delta feed."""
        self.calls += 1
        if call.link in self._rounds:
            whole, number = self._rounds[call.link]
            if whole.end.epoch != self._epoch:
                raise StartOver("outlook", "The list begins anew.")
            return self._page(call.link.rpartition("|")[0], whole, number)
        whole = self._changes(call.link) if call.link else self._listing(call.window)
        return self._page(f"round{len(self._rounds)}", whole, 0)

    def _get(self, event_id: OutlookId) -> OutlookItem | ServiceError:
        event = self.events.get(event_id)
        return GONE if event is None or event.dead or event.view is None else event.view

    def _listing(self, window: Window) -> _Round:
        ids = [event.id for event in self.events.values() if self._inside(event, window)]
        if self.rnd.random() < self.habits.partial:
            hidden = self._hidden(ids)
            ids = [i for i in ids if (self.events[i].master or i) not in hidden]
        return self._round(ids, _Token(self._epoch, self._version, window))

    def _hidden(self, ids: list[OutlookId]) -> set[str]:
        """Choose what a partial list leaves out: known events, and series as a whole."""
        roots = dict.fromkeys(self.events[i].master or i for i in ids)
        known = [root for root in roots if self.is_known(OutlookId(root))]
        return {root for root in known if self.rnd.random() < 0.5}

    def _changes(self, link: str) -> _Round:
        token = self._tokens.get(link)
        if token is None or token.epoch != self._epoch:
            raise StartOver("outlook", "The list begins anew.")
        lag = self.rnd.randrange(2000) if self.rnd.random() < self.habits.lag else 0
        version = token.version
        ids: dict[OutlookId, None] = {}
        for number, ms, event_id in self._log:
            if number > token.version and ms <= self.clock.ms - lag:
                version = number
                ids[OutlookId(event_id)] = None
                if not self.events[OutlookId(event_id)].dead:
                    ids.update(
                        (one.id, None) for one in self.series.get(event_id, ()) if not one.dead
                    )
                elif self.rnd.random() >= self.habits.silent_series:
                    ids.update((one.id, None) for one in self.series.get(event_id, ()))
        return self._round(list(ids), replace(token, version=version))

    def _round(self, ids: list[OutlookId], end: _Token) -> _Round:
        rnd = self.rnd
        series = dict.fromkeys(self.events[i].master or i for i in ids)
        groups = [[i for i in ids if (self.events[i].master or i) == root] for root in series]
        rnd.shuffle(groups)
        pages: list[list[OutlookId]] = [[]]
        for group in groups:
            if len(pages[-1]) > 2:
                pages.append([])
            pages[-1].extend(rnd.sample(group, len(group)))
        if ids and rnd.random() < self.habits.duplicate:
            pages[-1].append(rnd.choice(ids))
        if rnd.random() < self.habits.empty_page:
            pages.insert(0, [])
        return _Round(pages, end)

    def _page(self, name: str, whole: _Round, number: int) -> OutlookPage:
        items: list[OutlookItem] = []
        removed: list[OutlookId] = []
        for event_id in whole.pages[number]:
            event = self.events[event_id]
            if self._inside(event, whole.end.window) and event.view is not None:
                items.append(_skeleton(event.view) if event.kind is Kind.OCCURRENCE else event.view)
            else:
                removed.append(event_id)
        following = f"{name}|{number + 1}"
        if number + 1 < len(whole.pages):
            self._rounds[following] = (whole, number + 1)
            return OutlookPage(tuple(items), tuple(removed), following, "")
        self._tokens[following] = whole.end
        self._rounds.setdefault(f"{name}|done", (whole, number))  # keeps the names of rounds apart
        return OutlookPage(tuple(items), tuple(removed), "", following)

    # -- inside --------------------------------------------------------------------------------------------------

    def _inside(self, event: Event, window: Window) -> bool:
        if event.dead:
            return False
        if event.kind is Kind.MASTER:
            return any(self._inside(one, window) for one in self.series.get(event.id, ()))
        return start_of(event.fields) < window[1] and end_of(event.fields) > window[0]

    def _touch(self, event: Event) -> None:
        self._version += 1
        self._log.append((self._version, self.clock.ms, event.master or event.id))
        self._look(event)

    def _detach(self, event: Event) -> None:
        """An occurrence that differs from its series is an exception, and comes in full."""
        if event.kind is Kind.OCCURRENCE:
            event.kind = Kind.EXCEPTION

    def _remember(self, event: Event) -> None:
        event.past.append((self.clock.ms, event.fields))

    def _look(self, event: Event) -> None:
        event.view = OutlookItem(
            id=event.id,
            kind=event.kind,
            etag=f"{self._version}",
            fields=event.fields,
            series_master_id=event.master,
            original_start=event.original_start,
            categories=event.categories,
            is_cancelled=event.is_cancelled,
        )


def _skeleton(item: OutlookItem) -> OutlookItem:
    """Return what the feed shows of a normal occurrence: its times alone, as instants."""
    fields = {name: as_text(as_instant(str(item.fields[name]))) for name in ("start", "end")}
    return replace(item, fields=fields, categories=(), original_start="")
