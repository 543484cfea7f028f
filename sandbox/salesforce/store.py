"""What a save brings about in other rows: invitees' copies (contract section 1.4), occurrences of series (1.5)."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.salesforce import series
from sandbox.salesforce.access import Caller
from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.event_times import settle_times
from sandbox.salesforce.ids import IdMint
from sandbox.salesforce.records import Clock, Records
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.values import Row

_MOVING = {"StartDateTime", "EndDateTime", "IsAllDayEvent", "Location"}
_OWN = {
    "Id", "OwnerId", "IsChild", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate",
    "LastModifiedById", "SystemModstamp", "IsReminderSet", "ReminderDateTime",
}  # fmt: skip
_USER = "005"


class Store(Records):
    """The rows of an org together with what follows from a save for other rows.

    ``copies`` holds invitee's copy -> the event it is a copy of.
    """

    def __init__(self, clock: Clock, switches: Switches, ids: IdMint) -> None:
        super().__init__(clock, switches, ids)
        self.copies: dict[str, str] = {}

    def insert(self, caller: Caller, sobject: SObject, raw: Mapping[str, object]) -> str:
        """Save a new row, and a copy of the event if it invites a user.

        Raises:
            ApiError: Refused; nothing is saved.
        """
        if sobject.name == "Event":
            return self._insert_event(caller, sobject, raw)
        if sobject.name != "EventRelation":
            return super().insert(caller, sobject, raw)
        master = self._master(str(raw.get("EventId") or ""))
        record_id = super().insert(caller, sobject, raw)
        if master is not None:
            self._invite(caller, master, str(self.tables["EventRelation"][record_id]["RelationId"]))
        return record_id

    def _insert_event(self, caller: Caller, sobject: SObject, raw: Mapping[str, object]) -> str:
        if raw.get("IsRecurrence") is True:
            raise ApiError("SANDBOX_NOT_EMULATED", unknown("classic series"), ("IsRecurrence",))
        text = raw.get("Recurrence2PatternText")
        if not isinstance(text, str):
            return super().insert(caller, sobject, raw)
        if caller.version < series.SINCE_VERSION:
            raise series.refuse(f"series are made since version {series.SINCE_VERSION}.0")
        pattern = series.normalised(text)
        record_id = super().insert(caller, sobject, {**raw, "Recurrence2PatternText": pattern})
        self._spread(caller, self.tables["Event"][record_id])
        return record_id

    def _spread(self, caller: Caller, first: Row) -> None:
        """Make the first row the pattern of a series, and a row for each occurrence."""
        start, owner = first["StartDateTime"], self.find(str(first["OwnerId"])) or {}
        if not isinstance(start, datetime):
            raise TypeError("StartDateTime")
        zone = str(owner.get("TimeZoneSidKey") or "GMT")
        most = self.switches.number("longest_series")
        pattern = str(first["Recurrence2PatternText"])
        first |= {
            "IsRecurrence2": True,
            "Recurrence2PatternStartDate": start,
            "Recurrence2PatternTimeZone": zone,
            "Recurrence2PatternVersion": "2",
        }
        minutes = {"DurationInMinutes": first["DurationInMinutes"]}
        plain: Row = {name: value for name, value in first.items() if not name.endswith("__c")}
        for moment in series.starts(pattern, start, zone, most):
            row: Row = dict.fromkeys(self.objects["Event"].fields) | plain
            times = {"IsAllDayEvent": first["IsAllDayEvent"], "StartDateTime": moment, **minutes}
            row |= settle_times(None, times, self.switches, caller.version)
            row["Id"] = self.ids.make("00U")
            self.tables["Event"][str(row["Id"])] = row
        first["GroupEventType"] = "3"

    def update(
        self, caller: Caller, sobject: SObject, record_id: str, raw: Mapping[str, object]
    ) -> None:
        """Save changes; copies of an event follow it, and a moved one asks its invitees again.

        Raises:
            ApiError: Refused; nothing is saved.
        """
        before = dict(self.find(record_id) or {})
        super().update(caller, sobject, record_id, raw)
        row = self.find(record_id)
        if sobject.name == "Event" and row is not None and not row["IsChild"]:
            moved = any(row[name] != before[name] for name in _MOVING)
            self._carry_over(caller, row, moved=moved)

    def delete(self, caller: Caller, sobject: SObject, record_id: str) -> None:
        """Delete a row; invitations and copies go with their event.

        Raises:
            ApiError: Refused.
        """
        row = dict(self.changeable(caller, sobject, record_id))
        super().delete(caller, sobject, record_id)
        follower = Caller(caller.user_id, view_all=True, version=caller.version)
        for kind, other in self._dependants(sobject, row):
            super().delete(follower, self.objects[kind], other)

    def _dependants(self, sobject: SObject, row: Row) -> list[tuple[str, str]]:
        if sobject.name == "EventRelation":
            copy = self._copy_of(str(row["EventId"]), str(row["RelationId"]))
            return [("Event", str(copy["Id"]))] if copy else []
        if sobject.name != "Event":
            return []
        event_id = str(row["Id"])
        relations = [("EventRelation", str(one["Id"])) for one in self._relations(event_id)]
        return relations + [("Event", str(one["Id"])) for one in self._copies(event_id)]

    def _master(self, event_id: str) -> Row | None:
        event = self.living(event_id) if len(event_id) in {15, 18} else None
        if event is not None and event["IsChild"]:
            what = unknown("an invitation cannot hang on an invitee's copy")
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", what, ("EventId",))
        return event

    def _relations(self, event_id: str) -> list[Row]:
        rows = self.tables["EventRelation"].values()
        return [row for row in rows if row["EventId"] == event_id and not row["IsDeleted"]]

    def _copies(self, event_id: str) -> list[Row]:
        rows = [self.living(copy) for copy, of in self.copies.items() if of == event_id]
        return [row for row in rows if row is not None]

    def _copy_of(self, event_id: str, user_id: str) -> Row | None:
        return next((row for row in self._copies(event_id) if row["OwnerId"] == user_id), None)

    def _invite(self, caller: Caller, master: Row, relation_id: str) -> None:
        master["IsGroupEvent"] = True
        master["GroupEventType"] = "1"
        self._stamp(caller, master)
        if not relation_id.startswith(_USER):
            return
        copy: Row = {**dict.fromkeys(self.objects["Event"].fields), **self._shared(master)}
        copy |= {
            "Id": self.ids.make("00U"),
            "OwnerId": relation_id,
            "IsChild": True,
            "IsDeleted": False,
            "IsReminderSet": False,
            "CreatedDate": self.now(),
            "CreatedById": caller.user_id,
        }
        self._stamp(caller, copy)
        self.tables["Event"][str(copy["Id"])] = copy
        self.note_keys(self.objects["Event"], copy)
        self.copies[str(copy["Id"])] = str(master["Id"])

    def _shared(self, master: Row) -> Row:
        custom = self.switches.on("child_copies_custom_fields")
        return {
            name: value
            for name, value in master.items()
            if name not in _OWN and (custom or not name.endswith("__c"))
        }

    def _carry_over(self, caller: Caller, master: Row, *, moved: bool) -> None:
        for copy in self._copies(str(master["Id"])):
            copy.update(self._shared(master))
            self._stamp(caller, copy)
        if not moved or not self.switches.on("resets_invitees"):
            return
        for relation in self._relations(str(master["Id"])):
            relation["Status"] = "New"
            relation["RespondedDate"] = None
            self._stamp(caller, relation)
