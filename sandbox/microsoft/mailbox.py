"""One mailbox: its calendars, its events and the history that delta reads."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sandbox.microsoft import ids
from sandbox.microsoft.errors import GraphError, not_found
from sandbox.microsoft.ids import BadId, IdForm, ItemRef
from sandbox.microsoft.record import Event

_HISTORY = 20_000


@dataclass
class Folder:
    """One calendar of a mailbox."""

    number: int
    name: str
    version: int = 1


@dataclass(frozen=True, slots=True)
class Grave:
    """What is left of an event that was deleted or moved to another calendar."""

    number: int
    calendar: int
    moves: int
    changed: int
    days: tuple[date, ...] = ()


@dataclass
class Mailbox:
    """One person's mailbox.

    Attributes:
        id: Directory id of the person.
        time_zone: Windows or IANA name.
        access: ``open``, ``denied`` (by policy) or ``unlicensed``.
        sequence: Place of the last change in the history.
        generation: Delta tokens of an older one are dead.
    """

    tenant_id: str
    address: str
    name: str
    time_zone: str
    language: str = "en-GB"
    access: str = "open"
    events: dict[int, Event] = field(default_factory=dict)
    folders: dict[int, Folder] = field(default_factory=dict)
    graves: list[Grave] = field(default_factory=list)
    sequence: int = 0
    generation: int = 1
    rounds: dict[int, Any] = field(default_factory=dict)
    rounds_begun: int = 0
    rounds_ended: int = 0
    transactions: dict[str, int] = field(default_factory=dict)
    _numbers: int = 0
    _times: list[tuple[int, datetime]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.guid: uuid.UUID = ids.user_guid(self.address)
        self.add_folder("Calendar")

    @property
    def id(self) -> str:
        """Directory id of the person, as text."""
        return str(self.guid)

    @property
    def calendar_id(self) -> str:
        """Immutable id of the default calendar."""
        return self.folder_id(self.default_folder, IdForm.IMMUTABLE)

    @property
    def default_folder(self) -> Folder:
        """The default calendar."""
        return next(iter(self.folders.values()))

    def add_folder(self, name: str) -> Folder:
        """Add a calendar."""
        folder = Folder(self._next_number(), name)
        self.folders[folder.number] = folder
        return folder

    def folder_id(self, folder: Folder, form: IdForm) -> str:
        """Return the id of a calendar."""
        return ids.encode(ItemRef(self.guid, "c", folder.number, form=form))

    def folder(self, calendar_id: str) -> Folder:
        """Return the calendar with this id, in either form.

        Raises:
            GraphError: There is none.
        """
        ref = self._ref(calendar_id)
        if ref.kind != "c" or ref.number not in self.folders:
            raise not_found()
        return self.folders[ref.number]

    def add(self, event: Event, now: datetime) -> Event:
        """Keep a new event; it gets its number here."""
        event.number = self._next_number()
        event.uid = event.uid or ids.ical_uid(self.guid, event.number)
        self.events[event.number] = event
        self.touch(event, now)
        return event

    def touch(self, event: Event, now: datetime) -> None:
        """Give the event a new version and put it at the end of the history."""
        event.version = event.changed = self._tick(now)
        event.modified = now

    def renew(self, event: Event, now: datetime) -> None:
        """Give the event a new version that delta does not tell: own data is not tracked (section 6)."""
        event.version = self._tick(now)
        event.modified = now

    def find(self, item_id: str) -> Event:
        """Return an event, an occurrence or an exception by its id, in either form.

        Raises:
            GraphError: Not there, not in this mailbox, or not an id.
        """
        ref = self._ref(item_id)
        event = self.events.get(ref.number)
        if ref.kind != "e" or event is None:
            raise not_found()
        if ref.form is IdForm.PLAIN and ref.moves != event.moves:
            raise not_found()
        if ref.day is None:
            return event
        if not event.has_day(ref.day):
            raise not_found()
        return event.occurrence(ref.day)

    def master_of(self, event: Event) -> Event:
        """Return the series of an occurrence or exception; any other event itself."""
        return self.events[event.number]

    def remove(self, event: Event, now: datetime) -> None:
        """Delete an event, or one occurrence of a series."""
        master = self.master_of(event)
        if event.day is not None:
            master.exceptions.pop(event.day, None)
            master.cancelled.add(event.day)
            self.touch(master, now)
            return
        del self.events[event.number]
        self._bury(event, now)

    def move(self, event: Event, folder: Folder, now: datetime) -> None:
        """Put an event into another calendar: its plain id changes, its immutable one stays (section 4)."""
        self._bury(event, now)
        event.calendar = folder.number
        event.moves += 1
        for exception in event.exceptions.values():
            exception.calendar, exception.moves = event.calendar, event.moves
        self.touch(event, now)

    def sequence_at(self, moment: datetime) -> int:
        """Return the place in the history that had been reached by then."""
        later = next((seq for seq, when in self._times if when > moment), None)
        return self.sequence if later is None else later - 1

    def in_folder(self, folder: Folder) -> list[Event]:
        """Return single events and series of one calendar, in the order in which they were made."""
        return [event for event in self.events.values() if event.calendar == folder.number]

    def view(self, folder: Folder, start: datetime, end: datetime) -> list[Event]:
        """Return what a calendar shows between two instants: no series, but their occurrences."""
        found: list[Event] = []
        for event in self.in_folder(folder):
            if event.recurrence is not None:
                found += event.occurrences(start, end)
            elif event.overlaps(start, end):
                found.append(event)
        return sorted(found, key=lambda event: (event.start.utc(), event.number))

    def _ref(self, item_id: str) -> ItemRef:
        try:
            ref = ids.decode(item_id)
        except BadId:
            raise GraphError(400, "ErrorInvalidIdMalformed", "SANDBOX: not an id.") from None
        if ref.mailbox != self.guid:
            raise not_found()
        return ref

    def _bury(self, event: Event, now: datetime) -> None:
        days: tuple[date, ...] = ()
        if event.recurrence is not None:
            known = event.recurrence.days_of_series()
            days = tuple(day for day, _ in zip(known, range(1000), strict=False))
        grave = Grave(event.number, event.calendar, event.moves, self._tick(now), days)
        self.graves.append(grave)

    def _next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def _tick(self, now: datetime) -> int:
        self.sequence += 1
        self._times.append((self.sequence, now))
        del self._times[:-_HISTORY]
        return self.sequence
