"""The engine on the services and the store of the simulator, step by step, with faults where a test puts them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from linkpoint.errors import ServiceError, TryLater
from sync.core.item import Fields, Kind, Value
from sync.core.settings import SettingValue, Stored, resolve
from sync.engine.cycle import cycle, record
from sync.engine.observe import observe_salesforce
from sync.engine.ports import (
    Context,
    CreateSalesforce,
    DeleteSalesforce,
    FindSalesforce,
    ReadClock,
    ReadOutlook,
    ReadOutlookPage,
    ReadSalesforce,
    ReadSalesforceChanges,
    ReadSalesforceClock,
    Report,
    UpdateSalesforce,
)
from sync.engine.steps import Api, Db, Sleep, Step, Steps
from tests.core.items import FIELDS
from tests.sim.clock import Clock
from tests.sim.outlook import Event, MemoryOutlook
from tests.sim.salesforce import MemorySalesforce, Row
from tests.sim.store import ORGANIZATION, MemoryOrganizationStore, MemoryStore, StoredLink

OWNER = "005000000000001AAA"
DELETING: dict[str, SettingValue] = {"prevent": (), "outlook_deleted": "delete"}
CUT_OFF = TryLater("salesforce", "The connection was cut off.")


class Killed(Exception):
    """The worker ended here."""


@dataclass
class Fault:
    """What happens at the first step that fits.

    Attributes:
        fits: Which step.
        kind: ``kill`` before it, ``kill after`` it, ``lose`` its answer, ``fail`` without an effect.
        meanwhile: What people do just before it.
    """

    fits: Callable[[Step], bool]
    kind: str = ""
    error: ServiceError = field(default_factory=lambda: CUT_OFF)
    meanwhile: Callable[[], object] = lambda: None
    used: bool = False


def call(kind: type) -> Callable[[Step], bool]:
    """Fit a call of a kind."""
    return lambda step: isinstance(step, Api) and isinstance(step.call, kind)


def transaction(method: str) -> Callable[[Step], bool]:
    """Fit a transaction."""
    return lambda step: isinstance(step, Db) and step.method == method


class Desk:
    """One mailbox, one organization, and a clock that moves 100 ms a step."""

    def __init__(self, **settings: SettingValue) -> None:
        self.clock = Clock(1000)
        rnd = random.Random(0)  # noqa: S311 -- repeatable is the point
        self.outlook = MemoryOutlook(self.clock, rnd)
        self.salesforce = MemorySalesforce(self.clock, rnd)
        self.policy = resolve([Stored(name, value) for name, value in settings.items()])
        self.store = MemoryStore(
            self.clock, lambda: self.policy.text("private") == "full_and_private"
        )
        self.organization = MemoryOrganizationStore(self.store.rows)
        self.has_key = True
        self.steps: list[Step] = []
        outlook, salesforce = self.outlook, self.salesforce
        self.services: dict[type, Callable[[Any], Any]] = {
            ReadOutlookPage: outlook.read_page,
            ReadOutlook: outlook.read,
            ReadClock: lambda _: self.clock.now,
            ReadSalesforceClock: lambda _: self.clock.now,
            ReadSalesforce: salesforce.read,
            ReadSalesforceChanges: salesforce.changes,
            FindSalesforce: salesforce.find,
            CreateSalesforce: salesforce.create_all,
            UpdateSalesforce: salesforce.update_all,
            DeleteSalesforce: salesforce.delete,
        }

    @property
    def context(self) -> Context:
        """Return whose cycle it is."""
        return Context(ORGANIZATION, OWNER, self.policy, self.has_key)

    def use(self, **settings: SettingValue) -> None:
        """Change the policy."""
        self.policy = resolve([Stored(name, value) for name, value in settings.items()])

    def event(self, changes: dict[str, Value] | None = None, **more: Any) -> Event:
        """Make an event in Outlook."""
        fields: Fields = {**FIELDS, **(changes or {})}
        return self.outlook.create(len(self.outlook.events) + 1, fields, **more)

    def series(self, *starts: str) -> tuple[Event, list[Event]]:
        """Make a series in Outlook, an hour each."""
        master = self.event({"start": starts[0]}, kind=Kind.MASTER)
        return master, [
            self.event(
                {"start": start, "end": start.replace(":00:00Z", ":30:00Z")},
                kind=Kind.OCCURRENCE, master=str(master.id), original_start=start,
            )
            for start in starts
        ]  # fmt: skip

    def use_keys(self, on: bool) -> None:
        """Let the organization have the field for our key, or not."""
        self.has_key = self.salesforce.has_key = on

    # -- running -------------------------------------------------------------------------------------------------

    def cycle(self, *faults: Fault, **more: Any) -> Report:
        """Run a cycle; a service's error or a kill ends it."""
        report = Report()
        self._run(cycle(self.context, report, **more), self.store, faults)
        return report

    def record(self, event: Event, *faults: Fault, extras: Fields | None = None) -> Report:
        """Record an event with one click."""
        report = Report()
        self._run(
            record(self.context, report, [event.id], "click", extras or {}), self.store, faults
        )
        return report

    def read(self, *faults: Fault) -> None:
        """Read Salesforce for the organization."""
        self._run(observe_salesforce(), self.organization, faults)

    def _run(self, steps: Steps[Any], store: object, faults: tuple[Fault, ...]) -> None:
        self.steps = []
        try:
            self.drive(steps, store, faults)
        except (ServiceError, Killed):
            steps.close()

    def drive(self, steps: Steps[Any], store: object, faults: tuple[Fault, ...] = ()) -> Any:
        """Carry out steps; return what the engine returned, or raise what ended it."""
        answer: Any = None
        while True:
            try:
                step = (
                    steps.throw(answer) if isinstance(answer, ServiceError) else steps.send(answer)
                )
            except StopIteration as end:
                return end.value
            self.steps.append(step)
            fault = next((f for f in faults if not f.used and f.fits(step)), None)
            answer = self._spoiled(step, store, fault) if fault else self._done(step, store)

    def _spoiled(self, step: Step, store: object, fault: Fault) -> Any:
        fault.used = True
        fault.meanwhile()
        if fault.kind == "kill":
            raise Killed
        if fault.kind == "fail":
            return fault.error
        answer = self._done(step, store)
        if fault.kind == "kill after":
            raise Killed
        return fault.error if fault.kind == "lose" else answer

    def _done(self, step: Step, store: object) -> Any:
        self.clock.ms += 100
        match step:
            case Sleep(duration):
                self.clock.ms += int(duration.total_seconds() * 1000)
                return None
            case Db(method, args):
                return getattr(store, method)(*args)
            case Api(made):
                try:
                    return self.services[type(made)](made)
                except ServiceError as error:
                    return error

    # -- looking -------------------------------------------------------------------------------------------------

    def link_of(self, event: Event) -> StoredLink:
        """Return the link of an event."""
        return self.store.rows.links[self.store.rows.link_of[event.id]]

    def row_of(self, event: Event) -> Row:
        """Return the Event that the link of an event holds."""
        row_id = self.link_of(event).salesforce_id
        assert row_id is not None
        return self.salesforce.rows[row_id]

    @property
    def live(self) -> list[Row]:
        """Return the Events that are not deleted."""
        return [row for row in self.salesforce.rows.values() if not row.dead]

    def called(self, kind: type) -> int:
        """Return how often the last run made a call of a kind."""
        return sum(isinstance(step, Api) and isinstance(step.call, kind) for step in self.steps)

    @property
    def kept(self) -> list[Fields]:
        """Return the values that Conflicts remember."""
        return [c.entry.losing_value for c in self.store.rows.conflicts if c.entry.losing_value]

    @property
    def questions(self) -> list[str]:
        """Return the open questions."""
        return [c.entry.reason for c in self.store.rows.conflicts if c.is_open]


def outcomes(report: Report) -> list[tuple[str, str]]:
    """Return operation and state of each line."""
    return [(action.op, action.state) for action in report.actions]


def linked(**settings: SettingValue) -> tuple[Desk, Event, Row]:
    """Return a desk with one recorded event, at rest."""
    desk = Desk(**settings)
    event = desk.event()
    desk.read()
    desk.record(event)
    desk.cycle()
    desk.clock.ms += 10_000
    return desk, event, desk.row_of(event)
