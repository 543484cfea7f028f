"""The rows of one org and what a save does to them.

Every change goes through ``insert``, ``update``, ``delete`` or ``undelete``: checks first, then one write, so that a
refused request leaves nothing half done.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from sandbox.salesforce import checks
from sandbox.salesforce.access import Caller, can_change, can_see
from sandbox.salesforce.derive import derive
from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.event_rules import settle_event
from sandbox.salesforce.ids import IdMint, to_18
from sandbox.salesforce.schema import Field, SObject, standard_objects
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.values import Row, Value

ARCHIVED_AFTER = timedelta(days=365)


class Clock(Protocol):
    """What the emulation needs of a clock."""

    def now(self) -> datetime:
        """Return the present, aware UTC."""


class Records:
    """Objects and rows of one org.

    Attributes:
        objects: The org's own copy of the tables; custom fields are added here.
        tables: object -> id -> row, deleted rows included.
        binned: id -> moment of the deletion.
    """

    def __init__(self, clock: Clock, switches: Switches, ids: IdMint) -> None:
        self.clock = clock
        self.switches = switches
        self.ids = ids
        self.objects = standard_objects()
        self.tables: dict[str, dict[str, Row]] = {name: {} for name in self.objects}
        self.binned: dict[str, datetime] = {}
        self._holders: dict[tuple[str, str, str], set[str]] = {}
        self._cases = 1000
        self._archived_on: object = None

    # ---- reading -----------------------------------------------------------------------------

    def now(self) -> datetime:
        """Return the present without fractions of a second: stamps have none."""
        return self.clock.now().replace(microsecond=0)

    def object_of(self, record_id: str) -> SObject | None:
        """Return the object whose prefix the id has."""
        return next((one for one in self.objects.values() if one.prefix == record_id[:3]), None)

    def find(self, record_id: str) -> Row | None:
        """Return the row of a 15- or 18-character id, deleted or not."""
        sobject = self.object_of(record_id)
        return self.tables[sobject.name].get(to_18(record_id)) if sobject else None

    def living(self, record_id: str) -> Row | None:
        """Return the row of the id unless it is deleted."""
        row = self.find(record_id)
        return None if row is None or row["IsDeleted"] else row

    def seen(self, caller: Caller, sobject: SObject, *, everything: bool = False) -> Iterable[Row]:
        """Yield the rows the caller may see, by id; with ``everything`` deleted and archived ones too."""
        for record_id in sorted(self.tables[sobject.name]):
            row = self.tables[sobject.name][record_id]
            gone = row["IsDeleted"] or row.get("IsArchived")
            if (everything or not gone) and can_see(caller, sobject, row, self.switches):
                yield row

    def lookup(self, caller: Caller, sobject: SObject, field: str, value: str) -> list[Row]:
        """Return the living rows with that value of an external id or lookup field."""
        one = sobject.field(field)
        if one is None:
            return []
        table = self.tables[sobject.name].values()
        rows = self.holders(sobject, one, value) if "U" in one else table
        return [
            row
            for row in rows
            if not row["IsDeleted"]
            and checks.same(one, row.get(one.name), value)
            and can_see(caller, sobject, row, self.switches)
        ]

    def holders(self, sobject: SObject, one: Field, value: Value) -> list[Row]:
        """Return the living rows with that value of a unique field."""
        table = self.tables[sobject.name]
        known = self._holders.get((sobject.name, one.name, str(value).casefold()), set())
        rows = [table[record_id] for record_id in sorted(known) if record_id in table]
        return [
            row
            for row in rows
            if not row["IsDeleted"] and checks.same(one, row.get(one.name), value)
        ]

    def note_keys(self, sobject: SObject, row: Row) -> None:
        """Remember who has which value of unique fields; what is no longer true is sorted out on reading."""
        for one in sobject.fields.values():
            if "U" in one and row.get(one.name) is not None:
                key = (sobject.name, one.name, str(row[one.name]).casefold())
                self._holders.setdefault(key, set()).add(str(row["Id"]))

    # ---- writing -----------------------------------------------------------------------------

    def insert(self, caller: Caller, sobject: SObject, raw: Mapping[str, object]) -> str:
        """Save a new row and return its id.

        Raises:
            ApiError: Refused; nothing is saved.
        """
        changes = checks.convert_fields(self, caller, sobject, raw, flag="c")
        row = checks.with_defaults(sobject, changes, caller)
        self._settle(caller, sobject, None, row, changes)
        checks.required(sobject, row)
        record_id = self.ids.make(sobject.prefix)
        self._check_save(sobject, record_id, row, changes)
        now = self.now()
        row |= {
            "Id": record_id,
            "IsDeleted": False,
            "CreatedDate": now,
            "CreatedById": caller.user_id,
        }
        if sobject.name == "Case":
            self._cases += 1
            row["CaseNumber"] = f"{self._cases:08d}"
        self._stamp(caller, row)
        self.tables[sobject.name][record_id] = {
            "IsDeleted": False,
            **{name: row.get(name) for name in sobject.fields},
        }
        self.note_keys(sobject, row)
        return record_id

    def update(
        self, caller: Caller, sobject: SObject, record_id: str, raw: Mapping[str, object]
    ) -> None:
        """Save changes of a row.

        Raises:
            ApiError: Refused; nothing is saved.
        """
        before = self.changeable(caller, sobject, record_id)
        changes = checks.convert_fields(self, caller, sobject, raw, flag="u")
        row = {**before, **changes}
        self._settle(caller, sobject, before, row, changes)
        checks.required(sobject, row)
        self._check_save(sobject, str(before["Id"]), row, changes)
        self._stamp(caller, row)
        before.update(row)
        self.note_keys(sobject, before)

    def delete(self, caller: Caller, sobject: SObject, record_id: str) -> None:
        """Put a row into the recycle bin.

        Raises:
            ApiError: Refused.
        """
        row = self.changeable(caller, sobject, record_id)
        checks.lock(self.switches, str(row["Id"]))
        stamped_by = row["LastModifiedById"]
        row["IsDeleted"] = True
        self._stamp(caller, row)
        if not self.switches.on("delete_stamps_user"):
            row["LastModifiedById"] = stamped_by
        self.binned[str(row["Id"])] = self.now()

    def undelete(self, caller: Caller, record_id: str) -> None:
        """Take a row out of the recycle bin.

        Raises:
            ApiError: It is not there.
        """
        row = self.find(record_id)
        if row is None or not row["IsDeleted"]:
            raise ApiError("UNDELETE_FAILED", unknown("not in the recycle bin"))
        row["IsDeleted"] = False
        self._stamp(caller, row)
        self.binned.pop(str(row["Id"]), None)

    def restamp(self, record_id: str, moment: datetime) -> None:
        """Date a row's last change, as a long transaction does that becomes visible late.

        Raises:
            ApiError: There is no such row.
        """
        row = self.find(record_id)
        if row is None:
            raise ApiError("NOT_FOUND", checks.NO_SUCH_RECORD + record_id)
        row["SystemModstamp"] = row["LastModifiedDate"] = moment.replace(microsecond=0)

    def purge(self, record_id: str) -> None:
        """Remove a row for good, as when the recycle bin is emptied; nothing tells of it any more."""
        sobject = self.object_of(record_id)
        if sobject is not None:
            self.tables[sobject.name].pop(to_18(record_id), None)
            self.binned.pop(to_18(record_id), None)

    def archive(self) -> None:
        """Archive events of 365 days ago, once a day by the clock (contract section 1.7)."""
        today = self.now().date()
        if self._archived_on == today or not self.switches.on("archives_daily"):
            return
        self._archived_on = today
        limit = self.now() - ARCHIVED_AFTER
        for row in self.tables["Event"].values():
            start = row["ActivityDateTime"]
            if isinstance(start, datetime) and start <= limit:
                row["IsArchived"] = True

    def snapshot(self) -> dict[str, dict[str, Row]]:
        """Return a copy of all rows, for ``restore``."""
        return {
            name: {record_id: dict(row) for record_id, row in table.items()}
            for name, table in self.tables.items()
        }

    def restore(self, before: dict[str, dict[str, Row]]) -> None:
        """Undo everything since the snapshot."""
        self.tables = before

    # ---- parts of a save ---------------------------------------------------------------------

    def changeable(self, caller: Caller, sobject: SObject, record_id: str) -> Row:
        """Return the row for a change of it.

        Raises:
            ApiError: It is not there, deleted, or not the caller's to change.
        """
        row = self.tables[sobject.name].get(to_18(record_id))
        if row is None:
            raise ApiError("NOT_FOUND", checks.NO_SUCH_RECORD + record_id)
        if row["IsDeleted"]:
            raise ApiError("ENTITY_IS_DELETED", "entity is deleted")
        if not can_change(caller, sobject, row):
            status = self.switches.number("insufficient_access_status")
            what = unknown("the record belongs to somebody else")
            raise ApiError("INSUFFICIENT_ACCESS_OR_READONLY", what, (), status=status)
        return row

    def _settle(
        self, caller: Caller, sobject: SObject, before: Row | None, row: Row, changes: Row
    ) -> None:
        if sobject.name == "Event":
            base = changes if before is not None else row
            row |= settle_event(
                before, base, switches=self.switches, version=caller.version, find=self.living
            )
        derive(sobject, row, changes)

    def _check_save(self, sobject: SObject, record_id: str, row: Row, changes: Row) -> None:
        checks.references(self, sobject, changes)
        checks.unique(self, sobject, record_id, changes)
        checks.validation_rules(self, sobject, row)
        checks.lock(self.switches, record_id)

    def _stamp(self, caller: Caller, row: Row) -> None:
        row["LastModifiedDate"] = row["SystemModstamp"] = self.now()
        row["LastModifiedById"] = caller.user_id
