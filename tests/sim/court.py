"""The oracles of a schedule: each write of the engine as it takes effect, and the end state by hidden origin."""

from typing import TYPE_CHECKING

from sync.core.item import Fields
from sync.engine.resolve import LOST
from tests.sim.judge import (
    UNITS,
    Values,
    ended_by,
    is_far,
    is_private,
    judge_delete,
    judge_pair,
    needless_overwrite,
    unit_of,
    was_hidden,
)
from tests.sim.outlook import Event
from tests.sim.salesforce import PERSON, Row
from tests.sim.store import StoredLink

if TYPE_CHECKING:
    from tests.sim.schedule import Schedule


class Court:
    """Knows the services from the inside, and of the engine only what it stored."""

    def __init__(self, run: "Schedule") -> None:
        self.run = run
        self.slipped: list[tuple[int, str, Values]] = []

    def watch(self, op: str, row: Row, fields: Fields) -> None:
        """Look at a write of the engine just before it takes effect."""
        problem = self._unannounced(op, row, fields)
        event = self.run.outlook.events[self.run.people.origins[row.origin]] if row.origin else None
        if event is not None and op == "delete":
            link = self._link_of(event)
            decided = link.decided if link else ""
            problem = problem or judge_delete(
                event, row, self.run.rules, self.run.clock.now, decided
            )
        if event is not None and op == "update" and not self.run.driver.is_late:
            problem = problem or needless_overwrite(
                event,
                row,
                fields,
                self.run.rules,
                all_known=self.run.counts.mishaps == 0,
            )
        if problem and not self.run.problem:
            self.run.problem = f"{problem} ({op} {row.id})"
        if op == "delete" and not self.run.driver.is_late:
            self._note_slipped(row)
        self.run.log(f"  {op} {row.id} {dict(fields)}")

    def _note_slipped(self, row: Row) -> None:
        """Remember an edit that nobody saw before this delete (I6)."""
        for intent in self.run.store.rows.open.values():
            link = self.run.store.rows.links[intent.link_id]
            if intent.new.op == "delete" and link.salesforce_id == row.id:
                units = [
                    u for u in UNITS if unit_of(row.fields, u) != unit_of(intent.new.before, u)
                ]
                self.slipped += [(row.origin, unit, unit_of(row.fields, unit)) for unit in units]

    def _unannounced(self, op: str, row: Row, fields: Fields) -> str:
        """J4: no write without a stored intent of the present epoch."""
        if self.run.driver.is_late:
            return ""
        intents = [i for i in self.run.store.rows.open.values() if i.new.op == op]
        known = any(dict(i.new.payload) == dict(fields) for i in intents)
        return "" if known else "NO-INTENT"

    def may_restore(self, row: Row) -> bool:
        """Leave out what nobody can know of: an older Event than the last, or one whose successor is on its way.

        After a delete of ours the successor is on its way as soon as we looked at what was deleted (R14).
        """
        last = [r for r in self.run.salesforce.rows.values() if r.origin == row.origin][-1]
        link = self._link_of(self.run.outlook.events[self.run.people.origins[row.origin]])
        opened = self.run.store.rows.open.get(link.id) if link else None
        is_followed = link is not None and (
            link.state == "pending_salesforce"
            or (opened is not None and opened.new.op in ("create", "delete"))
        )
        return row is last and not is_followed

    def _link_of(self, event: Event) -> StoredLink | None:
        link_id = self.run.store.rows.link_of.get(event.id)
        return self.run.store.rows.links[link_id] if link_id else None

    def judge(self) -> str:
        """Return what is wrong with the end state; empty if nothing is."""
        by_origin: dict[int, list[Row]] = {}
        for row in self.run.salesforce.rows.values():
            if row.origin not in self.run.people.origins:
                return f"WITHOUT-ORIGIN {row.id}"
            by_origin.setdefault(row.origin, []).append(row)
        for origin, event_id in self.run.people.origins.items():
            problem = self._judge_origin(
                self.run.outlook.events[event_id], by_origin.get(origin, [])
            )
            if problem:
                return problem
        return (
            self._judge_slipped(by_origin) or self._judge_conflicts() or self._judge_observations()
        )

    def _judge_conflicts(self) -> str:
        """A value that lost on both sides being changed is one that a person gave it, not one of ours."""
        for conflict in self.run.store.rows.conflicts:
            lost = conflict.entry.losing_value
            link = self.run.store.rows.links[conflict.link_id]
            if not lost or conflict.entry.reason != LOST:
                continue
            origin = self.run.outlook.events[link.outlook_id].origin
            edits = [
                write.after
                for row in self.run.salesforce.rows.values()
                for write in row.past
                if row.origin == origin and write.by == PERSON
            ]
            if not any(dict(lost).items() <= dict(fields).items() for fields in edits):
                return f"FALSE-CONFLICT {link.outlook_id} {lost}"
        return ""

    def _judge_slipped(self, by_origin: dict[int, list[Row]]) -> str:
        for origin, unit, values in self.slipped:
            event = self.run.outlook.events[self.run.people.origins[origin]]
            if was_hidden(event, self.run.rules) or any(
                PERSON in r.deleted_by for r in by_origin[origin]
            ):
                continue
            link = self._link_of(event)
            decided = bool(link and link.decided)  # a person looked at it after it was put back
            if not decided and not any(
                unit_of(write.after, unit) == values
                for row in by_origin[origin]
                for write in row.past
                if not row.dead
            ):
                return f"EDIT-LOST-BY-DELETE {event.id} {unit} {values}"
        return ""

    def _judge_origin(self, event: Event, rows: list[Row]) -> str:
        live = [row for row in rows if not row.dead]
        if len(live) > 1:
            return f"DUPLICATE {event.id}: {[row.id for row in live]}"
        if event.dead or event.is_cancelled:
            return self._judge_deleted(event, rows)
        if not live:
            return self._judge_missing(event, rows)
        link = self._link_of(event)
        if link is None or link.state == "dead":
            return "" if any(row.deleted_by for row in rows) else f"UNLINKED {event.id}"
        return (
            ""
            if self._rests(event, link)
            else judge_pair(event, live[0], self.run.rules, self._kept())
        )

    def _rests(self, event: Event, link: StoredLink) -> bool:
        """Tell whether the two sides may differ: out of range, kept as it was, or refused."""
        kept_as_it_was = (
            was_hidden(event, self.run.rules) and self.run.rules.became_private != "redact"
        )
        is_dormant = is_far(event.fields, self.run.rules, self.run.clock.now, -1)
        is_refused = event.origin in self.run.salesforce.refused or bool(link.problem)
        return is_dormant or kept_as_it_was or is_refused

    def _kept(self) -> list[Fields]:
        values = (conflict.entry.losing_value for conflict in self.run.store.rows.conflicts)
        return [value for value in values if value]

    def _judge_missing(self, event: Event, rows: list[Row]) -> str:
        link = self._link_of(event)
        if link is None:
            return ""
        excused = (
            any(PERSON in row.deleted_by for row in rows)
            or any(
                is_private(f) or is_far(f, self.run.rules, self.run.clock.now, -8)
                for _, f in event.past
            )
            or event.origin in self.run.salesforce.refused
            or bool(link.problem)
        )
        return "" if excused else f"MISSING {event.id}"

    def _judge_deleted(self, event: Event, rows: list[Row]) -> str:
        live = [row for row in rows if not row.dead]
        link = self._link_of(event)
        if not live:
            return ""
        if link is None or link.state == "dead":
            return "" if any(row.deleted_by for row in rows) else f"ORPHAN {event.id} {live[0].id}"
        row, rules = live[0], self.run.rules
        now = self.run.clock.now
        settled = not (
            rules.prevents_delete
            or any(ended_by(seen, now) for _, seen in event.past)
            or ended_by(row.fields, now)
            or is_far(row.fields, rules, now, -3)
            or event.origin in self.run.salesforce.refused
        )
        edited = any(write.by == PERSON for one in rows for write in one.past)
        if settled and not edited and rules.outlook_deleted == "delete" and link.decided != "keep":
            return f"ONE-SIDED {event.id} {row.id}"
        if settled and rules.outlook_deleted == "mark" and not link.decided:
            marked = str(row.fields["subject"]).startswith("Cancelled: ")
            return "" if marked else f"UNMARKED {event.id} {row.id}"
        return ""

    def _judge_observations(self) -> str:
        """J3: what lies before the cursor is stored as it is."""
        window = self.run.store.rows.window
        for event_id in self.run.people.origins.values():
            event, seen = self.run.outlook.events[event_id], self.run.store.rows.seen.get(event_id)
            if window is None or (seen is None and (event.dead or not self._lies_in(event))):
                continue
            if seen is not None and seen.state == "outside":
                continue  # no list tells of it; it is read again when it comes back
            if seen is None or (seen.state == "gone") != event.dead:
                return f"UNSEEN {event_id}"
            hidden = is_private(event.fields) and self.run.rules.private != "full_and_private"
            if not event.dead and not hidden and dict(seen.item.fields) != dict(event.fields):
                return f"OUTDATED {event_id}"
        return ""

    def _lies_in(self, event: Event) -> bool:
        return not is_far(event.fields, self.run.rules, self.run.clock.now, 0)
