"""One seed, one schedule: people, workers, kills and faults, turn by turn, then a quiet end and a judge.

Each turn draws from its own sequence of random numbers, so that a failing schedule can be shortened by leaving turns
out without changing the others.
"""

import hashlib
import random
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from sync.core.item import Fields
from sync.core.settings import Policy, Stored, resolve
from sync.engine.cycle import cycle, record
from sync.engine.observe import observe_salesforce
from sync.engine.ports import Context, Report
from tests.sim.clock import START, Clock
from tests.sim.driver import Driver, Engine, Faults, Worker
from tests.sim.judge import (
    Rules,
    ended_by,
    is_far,
    is_private,
    judge_delete,
    judge_pair,
    needless_overwrite,
    was_hidden,
)
from tests.sim.outlook import Event, Habits, MemoryOutlook
from tests.sim.people import Character, People
from tests.sim.salesforce import ORIGIN, PAGE, PERSON, MemorySalesforce, Row
from tests.sim.store import ORGANIZATION, MemoryOrganizationStore, MemoryStore, StoredLink

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
class Weights:
    """How often what happens in a turn; drawn for each seed, some of them zero (swarm)."""

    people: float = 0.12
    click: float = 0.06
    decide: float = 0.02
    expiry: float = 0.0
    steal: float = 0.0
    jump: float = 0.0
    full: float = 0.0
    rule: float = 0.0


@dataclass(slots=True)
class Counts:
    """What happened, for the report of many schedules."""

    turns: int = 0
    kills: int = 0
    faults: int = 0
    calls: int = 0
    cycles: int = 0
    events: dict[str, int] = field(default_factory=dict)


class Schedule:
    """One run; ``go`` returns what is wrong, or an empty text."""

    def __init__(
        self, seed: int, *, engine: Engine = ENGINE, trace: bool = False, without: Collection[int] = ()
    ) -> None:
        self.seed, self.engine, self.without = seed, engine, without
        self.rnd = rnd = random.Random(seed)
        self.clock = Clock()
        self.trace: list[str] | None = [] if trace else None
        self.rules = _draw_rules(rnd)
        self.weights = _draw_weights(rnd)
        self.outlook = MemoryOutlook(self.clock, rnd)
        self.outlook.habits = _draw_habits(rnd)
        self.salesforce = MemorySalesforce(self.clock, rnd)
        self.salesforce.late = rnd.choice((0.0, 0.0, 0.5))
        self.salesforce.watch = self._watch
        self.people = People(self.clock, rnd, self.outlook, self.salesforce)
        self.people.character = _draw_character(rnd)
        self.store = MemoryStore(self.clock, lambda: self.rules.private == "full_and_private")
        self.store.extras_of = lambda i: {ORIGIN: self.outlook.events[i].origin}
        self.outlook.is_known = lambda i: i in self.store.rows.seen
        self.people.may_restore = self._may_restore
        self.organization = MemoryOrganizationStore(self.store.rows)
        self.faults = _draw_faults(rnd)
        self.driver = Driver(self)
        self.context = Context(ORGANIZATION, OWNER, policy_of(self.rules))
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
        return self._heal() or self.problem or self._judge()

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
        self.log("410 next")

    def _steal(self) -> None:
        if self.worker is not None:
            self.zombies.append(self.worker)
            self.worker = None
            self.log("lease stolen")

    def _jump(self) -> None:
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
            self.worker = Worker("record", steps, self.store.epoch, self.store, event)
        else:
            full = self.rnd.random() < self.weights.full
            steps = self.engine.cycle(self.context, report, full=full)
            self.worker = Worker("cycle", steps, self.store.epoch, self.store)
        self.log(f"start {self.worker.name} epoch {self.store.epoch}")

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
        self.counts.cycles = number
        return self._idle()

    def _idle(self) -> str:
        """I8: once the overlap of the reading has passed, a quiet cycle makes two calls."""
        self.clock.ms += 400_000
        for _ in range(2):  # the first may have to move the window
            calls = self.outlook.calls + self.salesforce.calls
            self._whole_cycle(full=False)
            calls = self.outlook.calls + self.salesforce.calls - calls
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

    # -- oracles -------------------------------------------------------------------------------------------------

    def _watch(self, op: str, row: Row, fields: Fields) -> None:
        """Look at a write of the engine just before it takes effect."""
        problem = self._unannounced(op, row, fields)
        event = self.outlook.events[self.people.origins[row.origin]] if row.origin else None
        if event is not None and op == "delete":
            link = self._link_of(event)
            decided = link.decided if link else ""
            problem = problem or judge_delete(event, row, self.rules, self.clock.now, decided)
        if event is not None and op == "update" and not self.driver.is_late:
            problem = problem or needless_overwrite(event, row, fields, self.rules)
        if problem and not self.problem:
            self.problem = f"{problem} ({op} {row.id})"
        self.log(f"  {op} {row.id} {dict(fields)}")

    def _unannounced(self, op: str, row: Row, fields: Fields) -> str:
        """J4: no write without a stored intent of the present epoch."""
        if self.driver.is_late:
            return ""
        intents = [i for i in self.store.rows.open.values() if i.new.op == op]
        known = any(dict(i.new.payload) == dict(fields) for i in intents)
        return "" if known else "NO-INTENT"

    def _may_restore(self, row: Row) -> bool:
        """Leave out what nobody can know of: an older Event than the last, or one whose successor is on its way."""
        last = [r for r in self.salesforce.rows.values() if r.origin == row.origin][-1]
        is_followed = any(i.new.payload.get(ORIGIN) == row.origin for i in self.store.rows.open.values())
        return row is last and not is_followed

    def _link_of(self, event: Event) -> StoredLink | None:
        link_id = self.store.rows.link_of.get(event.id)
        return self.store.rows.links[link_id] if link_id else None

    def _judge(self) -> str:
        by_origin: dict[int, list[Row]] = {}
        for row in self.salesforce.rows.values():
            if row.origin not in self.people.origins:
                return f"WITHOUT-ORIGIN {row.id}"
            by_origin.setdefault(row.origin, []).append(row)
        for origin, event_id in self.people.origins.items():
            problem = self._judge_origin(self.outlook.events[event_id], by_origin.get(origin, []))
            if problem:
                return problem
        return self._judge_observations()

    def _judge_origin(self, event: Event, rows: list[Row]) -> str:
        live = [row for row in rows if not row.dead]
        if len(live) > 1:
            return f"DUPLICATE {event.id}: {[row.id for row in live]}"
        if event.dead or event.is_cancelled:
            return self._judge_deleted(event, live)
        if not live:
            return self._judge_missing(event, rows)
        link = self._link_of(event)
        if link is None or link.state == "dead":
            return "" if any(row.deleted_by for row in rows) else f"UNLINKED {event.id}"
        if is_far(event.fields, self.rules, self.clock.now, -1):
            return ""  # dormant
        if was_hidden(event, self.rules) and self.rules.became_private != "redact":
            return ""
        if event.origin in self.salesforce.refused or link.problem:
            return ""
        kept = [c.entry.losing_value for c in self.store.rows.conflicts if c.entry.losing_value]
        return judge_pair(event, live[0], self.rules, [{**f} for f in kept])

    def _judge_missing(self, event: Event, rows: list[Row]) -> str:
        link = self._link_of(event)
        if link is None:
            return ""
        excused = (
            any(PERSON in row.deleted_by for row in rows)
            or any(is_private(f) or is_far(f, self.rules, self.clock.now, -8) for _, f in event.past)
            or event.origin in self.salesforce.refused
            or bool(link.problem)
        )
        return "" if excused else f"MISSING {event.id}"

    def _judge_deleted(self, event: Event, live: list[Row]) -> str:
        fields = event.past[-1][1]
        link = self._link_of(event)
        if not live or link is None or link.state == "dead":
            return ""
        row, rules = live[0], self.rules
        tomorrow = self.clock.now
        settled = not (
            rules.prevents_delete
            or ended_by(fields, tomorrow)
            or ended_by(row.fields, tomorrow)
            or is_far(row.fields, rules, tomorrow, -3)
            or event.origin in self.salesforce.refused
        )
        edited = any(write.by == PERSON for write in row.past)
        if settled and not edited and rules.outlook_deleted == "delete" and link.decided != "keep":
            return f"ONE-SIDED {event.id} {row.id}"
        if settled and rules.outlook_deleted == "mark" and not link.decided:
            marked = str(row.fields["subject"]).startswith("Cancelled: ")
            return "" if marked else f"UNMARKED {event.id} {row.id}"
        return ""

    def _judge_observations(self) -> str:
        """J3: what lies before the cursor is stored as it is."""
        window = self.store.rows.window
        for event_id in self.people.origins.values():
            event, seen = self.outlook.events[event_id], self.store.rows.seen.get(event_id)
            if window is None or (seen is None and (event.dead or not self._lies_in(event))):
                continue
            if seen is not None and seen.state == "outside":
                continue  # no list tells of it; it is read again when it comes back
            if seen is None or (seen.state == "gone") != event.dead:
                return f"UNSEEN {event_id}"
            hidden = is_private(event.fields) and self.rules.private != "full_and_private"
            if not event.dead and not hidden and dict(seen.item.fields) != dict(event.fields):
                return f"OUTDATED {event_id}"
        return ""

    def _lies_in(self, event: Event) -> bool:
        return not is_far(event.fields, self.rules, self.clock.now, 0)


def _draw_rules(rnd: random.Random) -> Rules:
    return Rules(
        outlook_deleted=rnd.choice(("keep", "mark", "delete", "delete", "ask")),
        prevents_delete=rnd.random() < 0.25,
        private=rnd.choice(("skip", "time_only", "full_and_private")),
        became_private=rnd.choice(("redact", "redact", "delete", "leave")),
        past_delete=rnd.choice(("never", "never", "follow")),
    )


def _draw_weights(rnd: random.Random) -> Weights:
    return Weights(
        people=rnd.choice((0.08, 0.12, 0.2)),
        click=rnd.choice((0.04, 0.08)),
        decide=rnd.choice((0.0, 0.03)),
        expiry=rnd.choice((0.0, 0.0, 0.01, 0.04)),
        steal=rnd.choice((0.0, 0.0, 0.02, 0.06)),
        jump=rnd.choice((0.0, 0.0, 0.0, 0.01)),
        full=rnd.choice((0.0, 0.0, 0.2)),
        rule=rnd.choice((0.0, 0.0, 0.0, 0.01)),
    )


def _draw_habits(rnd: random.Random) -> Habits:
    return Habits(
        empty_page=rnd.choice((0.0, 0.5)),
        duplicate=rnd.choice((0.0, 0.3)),
        lag=rnd.choice((0.0, 0.0, 0.5)),
        partial=rnd.choice((0.0, 0.0, 0.3)),
        silent_series=rnd.choice((0.0, 0.5)),
    )


def _draw_character(rnd: random.Random) -> Character:
    return Character(
        private=rnd.choice((0.0, 0.0, 0.5)),
        series=rnd.choice((0.0, 0.0, 0.4)),
        far=rnd.choice((0.0, 0.3)),
        deletes=rnd.choice((0.0, 0.1, 0.2)),
        salesforce=rnd.choice((0.0, 0.3, 0.6)),
        restores=rnd.choice((0.0, 0.0, 0.3)),
    )


def _draw_faults(rnd: random.Random) -> Faults:
    return Faults(
        kill=rnd.choice((0.0, 0.02, 0.06)),
        throttle=rnd.choice((0.0, 0.03)),
        lost=rnd.choice((0.0, 0.03, 0.08)),
        item=rnd.choice((0.0, 0.1)),
        late=rnd.choice((0.0, 0.5)),
    )


__all__ = ["ENGINE", "START", "Schedule"]
