"""What people do on both sides: every value is new, and some are awkward."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sync.core.item import Fields, Kind, OutlookId, SalesforceId, Value, as_text
from tests.sim.clock import Clock
from tests.sim.outlook import Event, MemoryOutlook
from tests.sim.salesforce import MemorySalesforce, Row

DAYS_AWAY = (-40, -3, 0, 1, 1, 2, 3, 5, 90)
SHOWN = ("free", "tentative", "busy", "oof", "workingElsewhere")
MOST_ORIGINS = 6


@dataclass(slots=True)
class Character:
    """What the people of this schedule are given to; weights."""

    private: float = 0.0
    series: float = 0.0
    far: float = 0.0
    deletes: float = 0.1
    salesforce: float = 0.5
    restores: float = 0.0


class People:
    """The users of both calendars."""

    def __init__(
        self, clock: Clock, rnd: random.Random, outlook: MemoryOutlook, salesforce: MemorySalesforce
    ) -> None:
        self.clock, self.rnd = clock, rnd
        self.outlook, self.salesforce = outlook, salesforce
        self.character = Character()
        self.may_restore: Callable[[Row], bool] = lambda _: True
        self.origins: dict[int, OutlookId] = {}
        self._values = 0

    def act(self) -> str:
        """Let somebody do one thing; return what it was."""
        rows = [row for row in self.salesforce.rows.values() if not row.dead]
        if rows and self.rnd.random() < self.character.salesforce:
            return self._in_salesforce(self.rnd.choice(rows))
        bin_ = [row for row in self.salesforce.rows.values() if row.dead]
        if bin_ and self.rnd.random() < self.character.restores:
            return self._restore(self.rnd.choice(bin_))
        events = self.recordable()
        if len(self.origins) < MOST_ORIGINS and (not events or self.rnd.random() < 0.25):
            return self._create()
        return self._in_outlook(self.rnd.choice(events)) if events else "nobody did anything"

    def recordable(self) -> list[Event]:
        """Return what somebody could click on."""
        return [e for e in self.outlook.events.values() if e.kind is not Kind.MASTER and not e.dead]

    # -- Outlook -------------------------------------------------------------------------------------------------

    def _create(self) -> str:
        if len(self.origins) + 3 <= MOST_ORIGINS and self.rnd.random() < self.character.series:
            return self._create_series()
        event = self.outlook.create(self._origin(), self._fields(), categories=self._categories())
        self.origins[event.origin] = event.id
        return f"made {event.id}"

    def _create_series(self) -> str:
        whole_days = self.rnd.random() < 0.3
        fields = {**self._fields(), **self._when(1, whole_days=whole_days)}
        master = self.outlook.create(0, fields, kind=Kind.MASTER)
        for day in (1, 2, 3):
            when = self._when(day, whole_days=whole_days)
            one = self.outlook.create(
                self._origin(), {**fields, **when}, kind=Kind.OCCURRENCE, master=str(master.id),
                original_start=str(when["start"]),
            )  # fmt: skip
            self.origins[one.origin] = one.id
        return f"made series {master.id}"

    def _in_outlook(self, event: Event) -> str:
        dice = self.rnd.random()
        if dice < self.character.deletes:
            return self._delete(event)
        if dice < self.character.deletes + 0.08:
            self.outlook.touch(event)
            return f"touched {event.id}"
        if dice < self.character.deletes + 0.13:
            self.outlook.categorize(event, *self._categories())
            return f"categories of {event.id}"
        master = self.outlook.events.get(OutlookId(event.master))
        if master is not None and self.rnd.random() < 0.3:
            event = master
            changes: dict[str, Value] = {"subject": self._text("subject")}
        else:
            changes = self._change(event)
        self.outlook.edit(event, changes)
        return f"edited {event.id} {changes}"

    def _delete(self, event: Event) -> str:
        master = self.outlook.events.get(OutlookId(event.master))
        if master is not None and self.rnd.random() < 0.3:
            self.outlook.delete(master)
            return f"deleted series {master.id}"
        if self.rnd.random() < 0.3:
            self.outlook.cancel(event)
            return f"cancelled {event.id}"
        self.outlook.delete(event)
        return f"deleted {event.id}"

    def _change(self, event: Event) -> dict[str, Value]:
        unit = self.rnd.choice(
            ("subject", "when", "location", "description", "show_as", "sensitivity")
        )
        if unit == "when":
            return self._when(
                self.rnd.choice(DAYS_AWAY) if self.rnd.random() < self.character.far else 1
            )
        if unit == "sensitivity":
            return {
                "sensitivity": "private" if self.rnd.random() < self.character.private else "normal"
            }
        if unit == "show_as":
            return {"show_as": self.rnd.choice(SHOWN)}
        return {unit: self._text(unit)}

    def _fields(self) -> Fields:
        hidden = self.rnd.random() < self.character.private / 3
        return {
            "subject": self._text("subject"),
            "location": self._text("location"),
            "description": self._text("description"),
            **self._when(self.rnd.choice((1, 1, 2, 5))),
            "show_as": self.rnd.choice(SHOWN),
            "sensitivity": "private" if hidden else "normal",
            "reminder": self.rnd.choice((None, 15)),
        }

    def _categories(self) -> tuple[str, ...]:
        return ("Record in Salesforce",) if self.rnd.random() < 0.4 else ()

    def _origin(self) -> int:
        return len(self.origins) + 1

    # -- Salesforce ----------------------------------------------------------------------------------------------

    def _in_salesforce(self, row: Row) -> str:
        if self.rnd.random() < self.character.deletes:
            self.salesforce.remove(row)
            return f"deleted {row.id}"
        unit = self.rnd.choice(("subject", "when", "location", "description", "show_as"))
        changes: dict[str, Value] = {unit: self._text(unit)[:200]}
        if unit == "when":
            changes = self._when(self.rnd.choice((1, 2, 3)))
        elif unit == "show_as":
            changes = {"show_as": self.rnd.choice(("Free", "Busy", "OutOfOffice"))}
        self.salesforce.edit(row, changes)
        return f"edited {row.id} {changes}"

    def _restore(self, row: Row) -> str:
        twin = any(r.origin == row.origin and not r.dead for r in self.salesforce.rows.values())
        done = not twin and self.may_restore(row) and self.salesforce.restore(row)
        return f"restored {row.id}" if done else f"did not restore {row.id}"

    def meddle(self, ids: Sequence[SalesforceId]) -> str:
        """Edit one of these Events as a person."""
        rows = [self.salesforce.rows[i] for i in ids if not self.salesforce.rows[i].dead]
        return self._in_salesforce(self.rnd.choice(rows)) if rows else "nobody meddled"

    # -- values --------------------------------------------------------------------------------------------------

    def _text(self, unit: str) -> str:
        self._values += 1
        awkward = self.rnd.choice(("", "", "", " and so on" * 40, " \N{WHITE SMILING FACE}"))
        return f"{unit[:3]}{self._values:04d}{awkward}"

    def _when(self, days: int, *, whole_days: bool | None = None) -> dict[str, Value]:
        self._values += 1
        day = self.clock.now + timedelta(days=days)
        if self.rnd.random() < 0.25 if whole_days is None else whole_days:
            last = day.date() + timedelta(days=self.rnd.choice((1, 2)))
            return {"start": day.date().isoformat(), "end": last.isoformat(), "all_day": True}
        start = day.replace(minute=self._values % 60, second=0, microsecond=0) + timedelta(
            hours=self._values // 60
        )
        end = start + timedelta(minutes=self.rnd.choice((0, 30, 60)))
        return {"start": as_text(start), "end": as_text(end), "all_day": False}
