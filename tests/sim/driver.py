"""Carries out what the engine asks for, one step at a time, and spoils some of it.

Faults lie before and after every step: the worker is killed; a service throttles; a call has its effect, or half of
it, and the answer is lost; the lease was stolen meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from linkpoint.errors import ServiceError, TryLater
from sync.core.item import Fields, OutlookId
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
from tests.sim.outlook import Event
from tests.sim.store import MemoryOrganizationStore, MemoryStore

if TYPE_CHECKING:
    from tests.sim.schedule import Schedule

T = TypeVar("T")
LOST = TryLater("salesforce", "The connection was cut off.")
THROTTLED = TryLater("salesforce", "Too many requests.")


class LostTurn(Exception):
    """Another worker has the lease."""


class Records(Protocol):
    """The shape of ``sync.engine.cycle.record``."""

    def __call__(
        self,
        context: Context,
        report: Report,
        outlook_ids: Sequence[OutlookId],
        cause: str,
        extras: Fields,
    ) -> Steps[Any]: ...


class Cycles(Protocol):
    """The shape of ``sync.engine.cycle.cycle``."""

    def __call__(self, context: Context, report: Report, *, full: bool = False) -> Steps[Any]: ...


@dataclass(frozen=True, slots=True)
class Engine:
    """The engine under test, or a mutant of it.

    Attributes:
        around: Stands between the engine and the driver; a mutant changes steps and answers there.
        fenced: The store refuses workers whose epoch has passed.
    """

    cycle: Cycles
    record: Records
    read: Callable[[], Steps[Any]]
    around: Callable[[Steps[Any], MemoryStore], Steps[Any]] | None = None
    fenced: bool = True


@dataclass(slots=True)
class Faults:
    """Probabilities for each step."""

    kill: float = 0.0
    throttle: float = 0.0
    lost: float = 0.0
    item: float = 0.0
    late: float = 0.0  # a zombie's call lands all the same
    meddle: float = 0.0  # somebody edits an Event just after it was read


@dataclass(slots=True)
class Worker:
    """A running generator and what it is to be sent next."""

    name: str
    steps: Steps[Any]
    epoch: int
    store: MemoryStore | MemoryOrganizationStore
    click: Event | None = None
    answer: Any = None


class Driver:
    """Moves workers; ``is_late`` while a call of a worker without a turn takes effect."""

    def __init__(self, schedule: "Schedule") -> None:
        self.schedule = schedule
        self.faults = schedule.faults
        self.is_late = False
        outlook, salesforce, clock = schedule.outlook, schedule.salesforce, schedule.clock
        self._services: dict[type, Callable[[Any], Any]] = {
            ReadOutlookPage: outlook.read_page,
            ReadOutlook: self._read_outlook,
            ReadClock: lambda _: clock.now,
            ReadSalesforceClock: lambda _: clock.now,
            ReadSalesforce: salesforce.read,
            ReadSalesforceChanges: salesforce.changes,
            FindSalesforce: salesforce.find,
            CreateSalesforce: lambda call: self._each(call, salesforce.create),
            UpdateSalesforce: lambda call: self._each(call, salesforce.update),
            DeleteSalesforce: salesforce.delete,
        }

    @property
    def calls(self) -> list[type]:
        """Return every call that the engine can make."""
        return list(self._services)

    def step(self, worker: Worker) -> None:
        """Let a worker go to its next step, and carry that out or spoil it."""
        schedule, rnd = self.schedule, self.schedule.rnd
        schedule.clock.ms += rnd.randrange(1, 700)
        schedule.counts.steps += 1
        try:
            if isinstance(worker.answer, BaseException):
                step: Step = worker.steps.throw(worker.answer)
            else:
                step = worker.steps.send(worker.answer)
        except (StopIteration, ServiceError, LostTurn) as end:
            self._note(worker, end)
            schedule.ended(worker, killed=not isinstance(end, StopIteration))
            return
        schedule.log(
            f"{worker.name}{worker.epoch} {_words(step)}" if schedule.trace is not None else ""
        )
        if rnd.random() < self.faults.kill / 2:
            self._kill(worker)
            return
        worker.answer = self._carry_out(worker, step)
        if rnd.random() < self.faults.kill / 2:
            self._kill(worker)

    def _kill(self, worker: Worker) -> None:
        self.schedule.counts.kills += 1
        worker.steps.close()
        self.schedule.ended(worker, killed=True)

    def _note(self, worker: Worker, end: BaseException) -> None:
        if not isinstance(end, StopIteration):
            self.schedule.log(f"{worker.name}{worker.epoch} stops: {type(end).__name__} {end}")

    def _carry_out(self, worker: Worker, step: Step) -> Any:
        match step:
            case Sleep(duration):
                self.schedule.clock.ms += int(duration.total_seconds() * 1000)
                return None
            case Db(method, args):
                if self._is_fenced(worker):
                    return LostTurn()
                return getattr(worker.store, method)(*args)
            case Api(call):
                return self._call(worker, call)

    def _is_fenced(self, worker: Worker) -> bool:
        return worker.epoch != worker.store.epoch and self.schedule.engine.fenced

    def _call(self, worker: Worker, call: Any) -> Any:
        rnd, faults = self.schedule.rnd, self.faults
        if self._is_fenced(worker) and rnd.random() >= faults.late:
            return LostTurn()
        dice = rnd.random()
        if dice < faults.throttle:
            self.schedule.counts.faults += 1
            return THROTTLED
        self.is_late = worker.epoch != worker.store.epoch
        try:
            answer = self._services[type(call)](call)
            if isinstance(call, ReadSalesforce) and rnd.random() < faults.meddle:
                self.schedule.log(self.schedule.people.meddle(call.ids))
        except ServiceError as error:
            answer = error
        if dice < faults.throttle + faults.lost:
            self.schedule.counts.faults += 1
            self.schedule.log("  answer lost")
            return LOST
        return answer

    def _each(
        self, call: CreateSalesforce | UpdateSalesforce, one: Callable[[Any], T]
    ) -> tuple[T | TryLater, ...]:
        """Do a batch; single items are throttled, or done without a word."""
        self.schedule.salesforce.calls += 1
        answers: list[T | TryLater] = []
        for event in call.events:
            dice = self.schedule.rnd.random()
            self.schedule.counts.faults += dice < self.faults.item
            if dice < self.faults.item / 2:
                answers.append(THROTTLED)
                continue
            answer = one(event)
            answers.append(LOST if dice < self.faults.item else answer)
        return tuple(answers)

    def _read_outlook(self, call: ReadOutlook) -> tuple[Any, ...]:
        answers = self.schedule.outlook.read(call)
        if self.schedule.rnd.random() < self.faults.item:
            return (*answers[:-1], TryLater("outlook", "Too many requests."))
        return answers


def _words(step: Step) -> str:
    match step:
        case Db(method, args):
            return f"{method} {args}"
        case Api(call):
            return f"{call}"
        case Sleep(duration):
            return f"sleep {duration}"
