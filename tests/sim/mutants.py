"""Seeded bugs: the engine with one thing wrong, made by standing between it and the driver.

They are the test of the tests: a simulator that lets one of them live would not find the real thing either.  Numbers
are those of the design; what is missing has no counterpart in the direction Outlook -> Salesforce.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from linkpoint.errors import ServiceError, StartOver
from sync.core.item import OutlookId
from sync.core.mapping import to_salesforce
from sync.engine.cycle import cycle, record
from sync.engine.observe import observe_salesforce
from sync.engine.ports import (
    Case,
    CreateSalesforce,
    DeleteSalesforce,
    FindSalesforce,
    LinkUpdate,
    NewIntent,
    OutlookPage,
    ReadOutlook,
    ReadOutlookPage,
    ReadSalesforce,
    UpdateSalesforce,
)
from sync.engine.steps import Api, Db, Step, Steps
from tests.sim.driver import Engine, LostTurn
from tests.sim.outlook import GONE
from tests.sim.store import MemoryStore


@dataclass(slots=True)
class Mutant:
    """Passes everything on; a subclass spoils something."""

    store: MemoryStore

    def steps(self, step: Step) -> list[Step]:
        """Return what is done instead; the answer of the last one counts."""
        return [step]

    def answer(self, step: Step, answer: Any) -> Any:
        """Return what the engine is told instead."""
        return answer


def _call(step: Step) -> Any:
    return step.call if isinstance(step, Api) else None


class NoMarker(Mutant):
    """m3: nothing tells a second try from a second event."""

    def steps(self, step: Step) -> list[Step]:
        call = _call(step)
        if isinstance(call, CreateSalesforce):
            return [Api(CreateSalesforce(tuple(replace(e, key="") for e in call.events)))]
        return [step]

    def answer(self, step: Step, answer: Any) -> Any:
        return {} if isinstance(_call(step), FindSalesforce) else answer


class InsertInsteadOfUpsert(Mutant):
    """m2: a second try is not told from the first, and nobody looks first."""

    def steps(self, step: Step) -> list[Step]:
        call = _call(step)
        if isinstance(call, CreateSalesforce):
            number = len(self.store.rows.intents)
            events = tuple(replace(e, key=f"{e.key}#{number}") for e in call.events)
            return [Api(CreateSalesforce(events))]
        return [step]


@dataclass(slots=True)
class TrustRemoved(Mutant):
    """m4: what the list says to be removed is taken for deleted."""

    removed: set[OutlookId] = field(default_factory=set)

    def answer(self, step: Step, answer: Any) -> Any:
        if isinstance(answer, OutlookPage):
            self.removed = set(answer.removed)
        call = _call(step)
        if isinstance(call, ReadOutlook) and isinstance(answer, tuple):
            return tuple(
                GONE if i in self.removed else a for i, a in zip(call.ids, answer, strict=True)
            )
        return answer


class NoPrecondition(Mutant):
    """m5: an update overwrites whatever is there."""

    def steps(self, step: Step) -> list[Step]:
        call = _call(step)
        if isinstance(call, UpdateSalesforce):
            return [
                Api(UpdateSalesforce(tuple(replace(e, unmodified_since=None) for e in call.events)))
            ]
        return [step]


class OneBase(Mutant):
    """m6: both sides are compared with one common base."""

    def answer(self, step: Step, answer: Any) -> Any:
        return _cases(step, answer, lambda case: replace(case, base_salesforce=case.base_outlook))


class CursorFirst(Mutant):
    """m7: the cursor is saved before what it covers."""

    def steps(self, step: Step) -> list[Step]:
        if isinstance(step, Db) and step.method == "save_page":
            return [Db("save_page", ((), *step.args[1:])), step]
        return [step]


class WholeRecord(Mutant):
    """m9: an update writes every field, changed or not."""

    def steps(self, step: Step) -> list[Step]:
        if isinstance(step, Db) and step.method == "write_ahead":
            updates, intents = step.args
            return [Db("write_ahead", (updates, [self._whole(intent) for intent in intents]))]
        call = _call(step)
        if isinstance(call, UpdateSalesforce):
            stored = {
                self.store.rows.links[i].salesforce_id: x.new
                for i, x in self.store.rows.open.items()
            }
            events = tuple(replace(e, fields=stored[e.id].payload) for e in call.events)
            return [Api(UpdateSalesforce(events))]
        return [step]

    def _whole(self, intent: NewIntent) -> NewIntent:
        seen = self.store.rows.seen[self.store.rows.links[intent.link_id].outlook_id]
        if intent.op != "update":
            return intent
        return replace(intent, payload=to_salesforce(seen.item.fields), source=seen.item.fields)


class WipeOnExpiry(Mutant):
    """m10: an expired cursor makes the engine forget which event is which."""

    def answer(self, step: Step, answer: Any) -> Any:
        if isinstance(_call(step), ReadOutlookPage) and isinstance(answer, StartOver):
            self.store.rows.seen.clear()
            self.store.rows.link_of.clear()
        return answer


class NoWriteAhead(Mutant):
    """m12: an update is sent before anything is written down."""

    def steps(self, step: Step) -> list[Step]:
        if isinstance(step, Db) and step.method == "write_ahead":
            updates, intents = step.args
            return [Db("write_ahead", (updates, [i for i in intents if i.op != "update"]))]
        return [step]


@dataclass(slots=True)
class NoAudit(Mutant):
    """m13: nobody looks at what was deleted."""

    deleted: bool = False

    def answer(self, step: Step, answer: Any) -> Any:
        call = _call(step)
        if isinstance(call, ReadSalesforce) and self.deleted:
            self.deleted = False
            return answer if isinstance(answer, Exception) else {}
        self.deleted = isinstance(call, DeleteSalesforce)
        return answer


class FreshPayload(Mutant):
    """m14: a create is tried again with today's values."""

    def answer(self, step: Step, answer: Any) -> Any:
        return _cases(step, answer, self._fresh)

    def _fresh(self, case: Case) -> Case:
        if case.intent is None or case.intent.op != "create" or case.outlook is None:
            return case
        source = dict(case.outlook.fields)
        payload = {**case.intent.payload, **to_salesforce(source)}
        return replace(case, intent=replace(case.intent, payload=payload, source=source))


class AbandonCreate(Mutant):
    """m15: a create of unknown outcome is given up."""

    def answer(self, step: Step, answer: Any) -> Any:
        return _cases(step, answer, self._abandoned)

    def _abandoned(self, case: Case) -> Case:
        if case.intent is None or case.intent.op != "create":
            return case
        self.store.rows.open.pop(case.link_id).status = "void"
        return replace(case, intent=None)


class BaseNotResolved(Mutant):
    """m17: what became of an earlier write is not stored with the next one."""

    def steps(self, step: Step) -> list[Step]:
        if isinstance(step, Db) and step.method == "write_ahead":
            updates, intents = step.args
            followed = {intent.link_id for intent in intents if intent.op == "update"}
            kept = [
                LinkUpdate(u.link_id, intent=u.intent, salesforce_id=u.salesforce_id)
                if u.link_id in followed
                else u
                for u in updates
            ]
            return [Db("write_ahead", (kept, intents))]
        return [step]


class NoStrongRead(Mutant):
    """m18: planned from what the shared reading saw last, not from a fresh look."""

    def answer(self, step: Step, answer: Any) -> Any:
        if isinstance(_call(step), ReadSalesforce) and isinstance(answer, Mapping):
            return {i: self.store.rows.salesforce.get(i, row) for i, row in answer.items()}
        return answer


def _cases(step: Step, answer: Any, change: Any) -> Any:
    if isinstance(step, Db) and step.method == "cases" and isinstance(answer, list):
        return [change(case) for case in answer]
    return answer


def _engine(kind: type[Mutant]) -> Engine:
    def around(steps: Steps[Any], store: MemoryStore) -> Steps[Any]:
        return _between(steps, kind(store))

    return Engine(cycle, record, observe_salesforce, around=around)


def _between(steps: Steps[Any], mutant: Mutant) -> Steps[Any]:
    answer: Any = None
    while True:
        try:
            step = steps.throw(answer) if isinstance(answer, Exception) else steps.send(answer)
        except StopIteration as end:
            return end.value
        for one in mutant.steps(step):
            try:
                answer = yield one
            except (ServiceError, LostTurn) as error:
                answer = error
                break
        answer = mutant.answer(step, answer)


MUTANTS: Mapping[str, Engine] = {
    "m2_insert_instead_of_upsert": _engine(InsertInsteadOfUpsert),
    "m3_no_marker": _engine(NoMarker),
    "m4_trust_removed": _engine(TrustRemoved),
    "m5_no_precondition": _engine(NoPrecondition),
    "m6_one_base": _engine(OneBase),
    "m7_cursor_first": _engine(CursorFirst),
    "m9_whole_record": _engine(WholeRecord),
    "m10_wipe_on_410": _engine(WipeOnExpiry),
    "m11_no_epoch": Engine(cycle, record, observe_salesforce, fenced=False),
    "m12_no_write_ahead": _engine(NoWriteAhead),
    "m13_no_audit": _engine(NoAudit),
    "m14_fresh_payload": _engine(FreshPayload),
    "m15_abandon_create": _engine(AbandonCreate),
    "m17_base_not_resolved": _engine(BaseNotResolved),
    "m18_no_strong_read": _engine(NoStrongRead),
}
