"""One seed, one schedule: people, workers, kills and faults, turn by turn, then a quiet end and a judge.

Each turn draws from its own sequence of random numbers, so that a failing schedule can be shortened by leaving turns
out without changing the others.
"""

import hashlib
import random
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sync.core.settings import Policy, Stored, resolve
from sync.engine.cycle import cycle, record
from sync.engine.observe import observe_salesforce
from sync.engine.ports import Context, Report
from sync.engine.steps import Steps
from tests.sim.clock import Clock
from tests.sim.court import Court
from tests.sim.draw import Hunt, draw_character, draw_faults, draw_habits, draw_rules, draw_weights
from tests.sim.driver import Driver, Engine, Faults, Worker
from tests.sim.judge import Rules
from tests.sim.outlook import Event, Habits, MemoryOutlook
from tests.sim.people import People
from tests.sim.salesforce import ORIGIN, PAGE, MemorySalesforce
from tests.sim.store import ORGANIZATION, MemoryOrganizationStore, MemoryStore

QUIET_WITHIN = 8
MOST_CLICKS = 4
MOST_STEPS_A_CYCLE = 3_000
OWNER = "005000000000001AAA"


@lru_cache(maxsize=256)
def policy_of(rules: Rules) -> Policy:
    """Return the policy that the judge's rules stand for."""
    prevent = ("delete_outlook", "delete_salesforce") if rules.prevents_delete else ()
    values = {
        "outlook_deleted": rules.outlook_deleted,
        "prevent": prevent,
        "private": rules.private,
        "became_private": rules.became_private,
        "past_delete": rules.past_delete,
        "past_days": rules.past_days,
        "future_days": rules.future_days,
        "max_deletes_per_run": 1000,
    }
    return resolve([Stored(name, value) for name, value in values.items()])


ENGINE = Engine(cycle, record, observe_salesforce)


@dataclass(slots=True)
class Counts:
    """What happened, for the report of many schedules; ``cycles`` is the largest number until rest."""

    turns: int = 0
    steps: int = 0
    kills: int = 0
    faults: int = 0
    steals: int = 0
    expired: int = 0
    writes: int = 0
    cycles: int = 0

    @property
    def mishaps(self) -> int:
        """Return how often something went wrong that may have left the outcome of a write open."""
        return self.kills + self.faults + self.steals

    def add(self, other: "Counts") -> None:
        """Count another schedule in."""
        self.cycles = max(self.cycles, other.cycles)
        for name in ("turns", "steps", "kills", "faults", "steals", "expired", "writes"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


class Schedule:
    """One run; ``go`` returns what is wrong, or an empty text."""

    def __init__(
        self,
        seed: int,
        *,
        engine: Engine = ENGINE,
        trace: bool = False,
        without: Collection[int] = (),
        hunt: Hunt | None = None,
    ) -> None:
        self.seed, self.engine, self.without = seed, engine, without
        self.rnd = rnd = random.Random(seed)  # noqa: S311 -- repeatable is the point
        self.clock = Clock()
        self.trace: list[str] | None = [] if trace else None
        self.rules = draw_rules(rnd)
        self.weights = draw_weights(rnd)
        self.outlook = MemoryOutlook(self.clock, rnd)
        self.outlook.habits = draw_habits(rnd)
        self.salesforce = MemorySalesforce(self.clock, rnd)
        self.salesforce.late = rnd.choice((0.0, 0.0, 0.5))
        self.court = Court(self)
        self.salesforce.watch = self.court.watch
        self.people = People(self.clock, rnd, self.outlook, self.salesforce)
        self.people.character = draw_character(rnd)
        self.store = MemoryStore(self.clock, lambda: self.rules.private == "full_and_private")
        self.store.extras_of = lambda i: {ORIGIN: self.outlook.events[i].origin}
        self.outlook.is_known = lambda i: i in self.store.rows.seen
        self.people.may_restore = self.court.may_restore
        self.organization = MemoryOrganizationStore(self.store.rows)
        self.faults = draw_faults(rnd)
        if hunt is not None:
            self.rules, self.faults, self.people.character = hunt.rules, hunt.faults, hunt.character
            self.weights = replace(hunt.weights)
            self.salesforce.has_key = hunt.has_key
        self.driver = Driver(self)
        self.context = Context(ORGANIZATION, OWNER, policy_of(self.rules), self.salesforce.has_key)
        self.turns = rnd.randrange(20, 140)
        self.heals_fully = rnd.random() < 0.5
        self.worker: Worker | None = None
        self.zombies: list[Worker] = []
        self.reader: Worker | None = None
        self.clicks: list[Event] = []
        self.counts = Counts()
        self.problem = ""

    def log(self, text: str) -> None:
        """Note a line of the trace."""
        if self.trace is not None:
            self.trace.append(f"{self.clock.ms:>8} {text}")

    @property
    def fingerprint(self) -> str:
        """Return a hash of the trace."""
        return hashlib.sha256("\n".join(self.trace or ()).encode()).hexdigest()

    # -- the run -------------------------------------------------------------------------------------------------

    def go(self) -> str:
        """Run the schedule; return what is wrong."""
        for turn in range(self.turns):
            self.rnd.seed(self.seed * 1_000_003 + turn)
            if turn not in self.without:
                self.counts.turns += 1
                self._turn()
            if self.problem:
                return self.problem
        self.rnd.seed(self.seed * 1_000_003 - 1)
        return self._heal() or self.problem or self.court.judge()

    def _turn(self) -> None:
        dice, weights = self.rnd.random(), self.weights
        for weight, act in (
            (weights.people, self._people_act),
            (weights.click, self._click),
            (weights.decide, self._decide),
            (weights.expiry, self._expire),
            (weights.steal, self._steal),
            (weights.jump, self._jump),
            (weights.rule, self._rule),
        ):
            if dice < weight:
                act()
                return
            dice -= weight
        self._work()

    def _people_act(self) -> None:
        self.log(self.people.act())

    def _click(self) -> None:
        events = self.people.recordable()
        if events and len(self.clicks) < MOST_CLICKS:
            event = self.rnd.choice(events)
            self.clicks += [event] * self.rnd.choice((1, 1, 2))
            self.log(f"click on {event.id}")

    def _decide(self) -> None:
        waiting = [c for c in self.store.rows.conflicts if c.is_open and c.entry.field == "deleted"]
        if waiting:
            link = self.store.rows.links[self.rnd.choice(waiting).link_id]
            choice = self.rnd.choice(("keep", "delete"))
            self.store.decide(link, choice)
            self.log(f"decided {choice} for {link.outlook_id}")

    def _expire(self) -> None:
        self.outlook.expire()
        self.counts.expired += 1
        self.log("410 next")

    def _steal(self) -> None:
        if self.worker is not None:
            self.zombies.append(self.worker)
            self.worker = None
            self.counts.steals += 1
            self.log("lease stolen")

    def _jump(self) -> None:
        for worker in (self.worker, self.reader, *self.zombies):
            if worker is not None:
                self.counts.kills += 1
                self.ended(worker, killed=True)  # by its own deadline: no turn lasts that long
        self.clock.ms += self.rnd.choice((3_600_000, 86_400_000, 3 * 86_400_000))
        self.log("clock jumps")

    def _rule(self) -> None:
        if self.people.origins:
            self.salesforce.refused ^= {self.rnd.choice(list(self.people.origins))}
            self.log(f"rule refuses {sorted(self.salesforce.refused)}")

    def _work(self) -> None:
        if self.worker is None:
            self._start()
        if self.reader is None and self.rnd.random() < 0.1:
            self._start_reader()
        running = [w for w in (self.worker, self.reader, *self.zombies) if w is not None]
        self.driver.step(self.rnd.choice(running))

    def _start(self) -> None:
        self.store.epoch += 1
        report = Report()
        self.clock.ms += self.rnd.randrange(3000)
        if self.clicks:
            event = self.clicks.pop(0)
            steps = self.engine.record(self.context, report, [event.id], "click", {})
            self.worker = Worker("record", self._around(steps), self.store.epoch, self.store, event)
        else:
            full = self.rnd.random() < self.weights.full
            steps = self.engine.cycle(self.context, report, full=full)
            self.worker = Worker("cycle", self._around(steps), self.store.epoch, self.store)
        self.log(f"start {self.worker.name} epoch {self.store.epoch}")

    def _around(self, steps: Steps[Any]) -> Steps[Any]:
        return self.engine.around(steps, self.store) if self.engine.around else steps

    def _start_reader(self) -> None:
        self.organization.epoch += 1
        self.reader = Worker("read", self.engine.read(), self.organization.epoch, self.organization)

    def ended(self, worker: Worker, *, killed: bool) -> None:
        """Take a worker off; a click whose job was killed is tried again, as the queue does."""
        self.log(f"{worker.name} {'killed' if killed else 'ended'}")
        if worker is self.worker:
            self.worker = None
        elif worker is self.reader:
            self.reader = None
        else:
            self.zombies.remove(worker)
        if killed and worker.click is not None and self.rnd.random() < 0.7:
            self.clicks.insert(0, worker.click)

    # -- the end -------------------------------------------------------------------------------------------------

    def _heal(self) -> str:
        """No more edits and faults: two cycles in a row must soon write nothing; half of the runs read all once more."""
        self.worker = self.reader = None
        self.zombies = []
        self.driver.faults = Faults()
        self.outlook.habits = Habits()
        self.salesforce.late = 0.0
        if not self.salesforce.has_key:
            self.clock.ms += 150_000  # whatever was on its way has arrived
        quiet = number = 0
        while quiet < 2:
            self.clock.ms += 6_000
            writes, is_click = self.salesforce.writes, bool(self.clicks)
            if not self._whole_cycle(full=self.heals_fully and number == 0 and not is_click):
                return "NO-TERMINATION"
            quiet = quiet + 1 if self.salesforce.writes == writes and not is_click else 0
            number += not is_click
            if number > QUIET_WITHIN:
                return "NO-QUIESCENCE"
        self.counts.cycles, self.counts.writes = number, self.salesforce.writes
        return self._idle()

    def _idle(self) -> str:
        """I8: once the overlap of the reading has passed, a quiet cycle makes two calls."""
        self.clock.ms += 400_000
        self._whole_cycle(full=False)  # it may have to move the window
        before = self.outlook.calls + self.salesforce.calls
        self._whole_cycle(full=False)
        calls = self.outlook.calls + self.salesforce.calls - before
        return f"IDLE-CALLS {calls}" if calls > 2 + len(self.salesforce.rows) // PAGE else ""

    def _whole_cycle(self, *, full: bool) -> bool:
        self._start_reader()
        self.weights.full = 1.0 if full else 0.0
        self._start()
        for _ in range(MOST_STEPS_A_CYCLE):
            running = self.reader or self.worker
            if running is None:
                return True
            self.driver.step(running)
        return False
