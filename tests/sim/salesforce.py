"""Salesforce Events in memory, with the habits that matter (sync.md 9, fact 8).

Stamps in whole seconds; a transaction may become visible to a query after its stamp; a unique key; a condition on
updates alone; deleted rows that can still be read and be restored; a rule that refuses a row.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from linkpoint.errors import Exists, Gone, Outdated, Refused, ServiceError
from sync.core.item import Fields, SalesforceId, SalesforceItem, Value
from sync.engine.ports import (
    ChangedEvent,
    CreateSalesforce,
    DeleteSalesforce,
    FindSalesforce,
    NewEvent,
    ReadSalesforce,
    ReadSalesforceChanges,
    SalesforcePage,
    UpdateSalesforce,
)
from tests.sim.clock import START, Clock

ORIGIN = "Origin__c"
ENGINE, PERSON = "engine", "person"
REFUSAL = Refused("salesforce", "A rule of your organization refuses it.")
PAGE = 3


@dataclass(frozen=True, slots=True)
class Write:
    """One entry of a row's history."""

    ms: int
    by: str
    fields: Fields  # what was written
    after: Fields  # the row afterwards


@dataclass(slots=True)
class Row:
    """One Event; ``origin`` came with the payload and is what the judge knows it by."""

    id: SalesforceId
    key: str
    origin: int
    owner_id: str
    fields: dict[str, Value] = field(default_factory=dict)
    stamp: datetime = field(default_factory=lambda: Clock().second)
    visible_ms: int = 0
    modified_by: str = ENGINE
    made_at: datetime = START
    dead: bool = False
    deleted_by: list[str] = field(default_factory=list)
    past: list[Write] = field(default_factory=list)


class MemorySalesforce:
    """The service; ``watch`` is called before each write of the engine takes effect."""

    def __init__(self, clock: Clock, rnd: random.Random) -> None:
        self.clock, self.rnd = clock, rnd
        self.rows: dict[SalesforceId, Row] = {}
        self.refused: set[int] = set()  # origins that a validation rule rejects
        self.late = 0.0
        self.has_key = True
        self.calls = self.writes = 0
        self.watch: Callable[[str, Row, Fields], None] = lambda op, row, fields: None

    # -- what people do ------------------------------------------------------------------------------------------

    def edit(self, row: Row, changes: dict[str, Value]) -> None:
        """Change a row as a person."""
        self._store(row, changes, PERSON)

    def remove(self, row: Row) -> None:
        """Move a row to the Recycle Bin as a person."""
        row.dead = True
        row.deleted_by.append(PERSON)
        self._store(row, {}, PERSON)

    def restore(self, row: Row) -> bool:
        """Bring a row back from the Recycle Bin; refused when a live row has its key."""
        if row.key and self._live_with(row.key):
            return False
        row.dead = False
        self._store(row, {}, PERSON)
        return True

    # -- the API -------------------------------------------------------------------------------------------------

    def create(self, event: NewEvent) -> SalesforceId | ServiceError:
        """Insert unless a live row has the key; an existing row is never overwritten."""
        existing = self._live_with(event.key) if event.key and self.has_key else None
        if existing:
            return Exists("salesforce", "It is there already.", record_id=existing.id)
        origin = int(event.fields.get(ORIGIN) or 0)
        if origin in self.refused:
            return REFUSAL
        key = event.key if self.has_key else ""
        row = Row(SalesforceId(f"s{len(self.rows) + 1:03d}"), key, origin, event.owner_id)
        self.watch("create", row, event.fields)
        row.made_at = self.clock.now
        self.rows[row.id] = row
        self.writes += 1
        self._store(row, event.fields, ENGINE)
        return row.id

    def update(self, event: ChangedEvent) -> ServiceError | None:
        """Write fields on the condition that the row did not move after a whole second."""
        row = self.rows[event.id]
        if row.dead:
            return Gone("salesforce", "The Event was deleted.")
        if event.unmodified_since is not None and row.stamp > event.unmodified_since:
            return Outdated("salesforce", "The Event moved.")
        if row.origin in self.refused:
            return REFUSAL
        self.watch("update", row, event.fields)
        self.writes += 1
        self._store(row, event.fields, ENGINE)
        return None

    def create_all(self, call: CreateSalesforce) -> tuple[SalesforceId | ServiceError, ...]:
        """Answer a call that makes Events."""
        self.calls += 1
        return tuple(self.create(event) for event in call.events)

    def update_all(self, call: UpdateSalesforce) -> tuple[ServiceError | None, ...]:
        """Answer a call that writes Events."""
        self.calls += 1
        return tuple(self.update(event) for event in call.events)

    def delete(self, call: DeleteSalesforce) -> None:
        """Delete without any condition."""
        self.calls += 1
        row = self.rows[call.id]
        if row.dead:
            raise Gone("salesforce", "The Event was deleted.")
        self.watch("delete", row, {})
        self.writes += 1
        row.dead = True
        row.deleted_by.append(ENGINE)
        self._store(row, {}, ENGINE)

    def read(self, call: ReadSalesforce) -> Mapping[SalesforceId, SalesforceItem]:
        """Answer a read by id, deleted rows included."""
        self.calls += 1
        return {i: self._view(self.rows[i]) for i in call.ids if i in self.rows}

    def find(self, call: FindSalesforce) -> Mapping[str, SalesforceItem]:
        """Answer a look-up by key, a live row before a deleted one; else by owner, time, subject and age."""
        self.calls += 1
        found = self._with_keys(call) if self.has_key else {}
        for event in call.events:
            known = {*call.without, *(row.id for row in found.values())}
            for row in self._alike(event, known) if event.key not in found else ():
                found[event.key] = self._view(row)
        return found

    def _with_keys(self, call: FindSalesforce) -> dict[str, SalesforceItem]:
        keys = {event.key for event in call.events}
        found = {
            row.key: self._view(row) for row in self.rows.values() if row.dead and row.key in keys
        }
        found.update(
            {r.key: self._view(r) for r in self.rows.values() if not r.dead and r.key in keys}
        )
        return found

    def changes(self, call: ReadSalesforceChanges) -> SalesforcePage:
        """Answer what changed since a moment, in the order of stamp and id, as far as it is visible."""
        self.calls += 1
        rows = sorted(
            (row.stamp, row.id)
            for row in self.rows.values()
            if row.visible_ms <= self.clock.ms
            and (
                (row.stamp, row.id) > (call.since, call.after)
                if call.after
                else row.stamp >= call.since
            )
        )
        page = tuple(self._view(self.rows[row_id]) for _, row_id in rows[:PAGE])
        return SalesforcePage(page, len(rows) > PAGE)

    # -- inside --------------------------------------------------------------------------------------------------

    def _live_with(self, key: str) -> Row | None:
        return next((r for r in self.rows.values() if r.key == key and not r.dead), None)

    def _alike(self, event: NewEvent, known: set[SalesforceId]) -> list[Row]:
        names = ("subject", "start")
        return [
            row
            for row in self.rows.values()
            if row.id not in known
            and not (self.has_key and row.key)
            and row.owner_id == event.owner_id
            and row.made_at >= event.created_after
            and all(row.fields[name] == event.fields[name] for name in names)
        ][:1]

    def _store(self, row: Row, fields: Fields, by: str) -> None:
        row.fields = {**row.fields, **fields}
        row.stamp = self.clock.second
        row.modified_by = by
        late = by == PERSON and self.rnd.random() < self.late
        row.visible_ms = self.clock.ms + (self.rnd.randrange(2000) if late else 0)
        row.past.append(Write(self.clock.ms, by, dict(fields), row.fields))

    def _view(self, row: Row) -> SalesforceItem:
        return SalesforceItem(
            id=row.id,
            owner_id=row.owner_id,
            modstamp=row.stamp,
            read_at=self.clock.now,
            fields=row.fields,
            key=row.key,
            modified_by=row.modified_by,
            is_deleted=row.dead,
        )
