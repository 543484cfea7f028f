"""Three events, people on both sides, and a run after every few steps: the plan against a table of nine cells.

Each step acts on something that exists, and the cells are counted: a machine that reaches none proves nothing.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from sync.core.item import OutlookItem, SalesforceId, SalesforceItem, Value
from sync.core.mapping import to_salesforce
from sync.core.plan import (
    Action,
    Agree,
    Ask,
    Create,
    Decline,
    Delete,
    Detach,
    Keep,
    Pair,
    Update,
    plan,
)
from sync.core.settings import Policy
from tests.core.items import NOW, event, policy

NUMBERS = st.integers(0, 2)
TEXTS = st.sampled_from(["a", "b", "Room 4", "x" * 300])
FIELD_NAMES = st.sampled_from(["subject", "location"])
SHOWN = st.sampled_from(["free", "tentative", "busy", "workingElsewhere"])
CELLS = [(o, s) for o in ("unchanged", "changed", "gone") for s in ("unchanged", "changed", "gone")]
FRESH = [("new", "missing"), ("gone", "missing")]
REACHED: Counter[tuple[str, str]] = Counter()

DELETING = policy(prevent=(), outlook_deleted="delete")
POLICIES = [
    policy(),
    DELETING,
    policy(prevent=()),
    policy(outlook_deleted="mark"),
    policy(prevent=("update_salesforce",)),
    policy(outlook_deleted="keep"),
]


@dataclass
class Model:
    """One event, its Event, and what a person did since the last run."""

    outlook: OutlookItem | None
    salesforce: SalesforceItem | None = None
    known: bool = False  # the link knows of an Event
    linked: bool = True
    base_outlook: dict[str, Value] = field(default_factory=dict)
    base_salesforce: dict[str, Value] = field(default_factory=dict)
    theirs: dict[str, Value] = field(
        default_factory=dict
    )  # edits of people in Salesforce that still stand

    @property
    def pair(self) -> Pair:
        """Return what the planner is shown."""
        return Pair(
            self.outlook,
            self.outlook is None,
            self.salesforce,
            self.known,
            self.base_outlook,
            self.base_salesforce,
        )

    def cell(self) -> tuple[str, str]:
        """Return what happened on either side since both last agreed."""
        if not self.known:
            return ("gone" if self.outlook is None else "new", "missing")
        ours = "gone"
        if self.outlook is not None:
            moved = any(self.outlook.fields[n] != v for n, v in self.base_outlook.items())
            ours = "changed" if moved else "unchanged"
        theirs = "gone"
        if self.salesforce is not None and not self.salesforce.is_deleted:
            moved = any(self.salesforce.fields[n] != v for n, v in self.base_salesforce.items())
            theirs = "changed" if moved else "unchanged"
        return ours, theirs


class Machine(RuleBasedStateMachine):
    """People and runs."""

    @staticmethod
    def planner(pair: Pair, rules: Policy) -> Action:
        """Return the plan; a subclass plants a fault here."""
        return plan(pair, rules, NOW)

    @initialize()
    def begin(self) -> None:
        self.models = [Model(event({"subject": f"event {n}"})) for n in range(3)]
        self.writes = 0

    # -- people -------------------------------------------------------------------------------------------------

    @rule(number=NUMBERS, name=FIELD_NAMES, text=TEXTS)
    def edit_outlook(self, number: int, name: str, text: str) -> None:
        item = self.models[number].outlook
        if item is not None:
            self.models[number].outlook = replace(item, fields={**item.fields, name: text})

    @rule(number=NUMBERS, shown=SHOWN)
    def show_as(self, number: int, shown: str) -> None:
        item = self.models[number].outlook
        if item is not None:
            self.models[number].outlook = replace(item, fields={**item.fields, "show_as": shown})

    @rule(number=NUMBERS)
    def touch_outlook(self, number: int) -> None:
        item = self.models[number].outlook
        if item is not None:
            self.models[number].outlook = replace(item, etag=item.etag + "x")

    @rule(number=NUMBERS)
    def delete_outlook(self, number: int) -> None:
        self.models[number].outlook = None

    @rule(number=NUMBERS, name=FIELD_NAMES, text=TEXTS.filter(lambda text: len(text) < 255))
    def edit_salesforce(self, number: int, name: str, text: str) -> None:
        model = self.models[number]
        if model.salesforce is not None and not model.salesforce.is_deleted:
            model.salesforce = replace(
                model.salesforce, fields={**model.salesforce.fields, name: text}
            )
            model.theirs[name] = text

    @rule(number=NUMBERS)
    def touch_salesforce(self, number: int) -> None:
        model = self.models[number]
        if model.salesforce is not None:
            model.salesforce = replace(model.salesforce, modified_by="flow")

    @rule(number=NUMBERS)
    def delete_salesforce(self, number: int) -> None:
        model = self.models[number]
        if model.salesforce is not None:
            model.salesforce = replace(model.salesforce, is_deleted=True)

    @rule(number=NUMBERS)
    def record_again(self, number: int) -> None:
        if not self.models[number].linked:
            self.models[number] = Model(event({"subject": f"event {number}"}))

    # -- runs ---------------------------------------------------------------------------------------------------

    @rule(rules=st.sampled_from(POLICIES))
    def run(self, rules: Policy) -> None:
        for model in self.models:
            if model.linked:
                self.reconcile(model, rules)
        before = self.writes
        for model in self.models:
            if model.linked:
                self.reconcile(model, rules, again=True)
        assert self.writes == before, "a second run wrote"

    def reconcile(self, model: Model, rules: Policy, *, again: bool = False) -> None:
        cell = model.cell()
        action = self.planner(model.pair, rules)
        if not again:
            REACHED[cell] += 1
            check_cell(cell, action, rules)
        self.carry_out(model, action)

    def carry_out(self, model: Model, action: Action) -> None:
        match action:
            case Create(payload, source):
                model.salesforce = SalesforceItem(SalesforceId("s"), "005", NOW, NOW, payload)
                model.known, model.base_outlook, model.base_salesforce = True, source, payload
                self.writes += 1
            case Update():
                self.update(model, action)
            case Delete():
                assert not model.theirs, "an edit was deleted"
                model.salesforce = None
                model.linked = False
                self.writes += 1
            case Agree(agreed):
                for unit in agreed:
                    model.base_outlook.update(unit.outlook)
                    model.base_salesforce.update(unit.salesforce)
            case Detach() | Decline():
                model.linked = False
            case Keep() | Ask():
                pass

    def update(self, model: Model, action: Update) -> None:
        assert model.salesforce is not None
        lost = {name: value for entry in action.lost for name, value in entry.value.items()}
        for name, text in model.theirs.items():
            if name in action.payload and text != model.base_salesforce.get(name):
                assert lost.get(name) == text or action.cause == "cancelled", (
                    "an edit was overwritten silently"
                )
        model.theirs = {n: v for n, v in model.theirs.items() if n not in action.payload}
        model.salesforce = replace(
            model.salesforce, fields={**model.salesforce.fields, **action.payload}
        )
        model.base_outlook.update(action.source)
        model.base_salesforce.update(action.payload)
        for unit in action.agreed:
            model.base_outlook.update(unit.outlook)
            model.base_salesforce.update(unit.salesforce)
        self.writes += 1

    @invariant()
    def edits_of_people_stand(self) -> None:
        for model in self.models:
            if model.salesforce is not None and not model.salesforce.is_deleted:
                assert {n: model.salesforce.fields[n] for n in model.theirs} == model.theirs

    def teardown(self) -> None:
        for model in self.models:
            if model.linked and model.outlook is not None:
                self.reconcile(model, DELETING)
            if model.linked and model.outlook is not None and model.salesforce is not None:
                wanted = to_salesforce(model.outlook.fields)
                for name in ("subject", "location", "show_as"):
                    stands = model.theirs.get(name, wanted[name])
                    assert model.salesforce.fields[name] in (stands, wanted[name])


def check_cell(cell: tuple[str, str], action: Action, rules: Policy) -> None:
    """Compare the action with the table, written as the product says it."""
    may_update = not rules.prevents("update", "salesforce")
    allowed: dict[tuple[str, str], tuple[type, ...]] = {
        ("new", "missing"): (Create,),
        ("gone", "missing"): (Detach,),
        ("unchanged", "unchanged"): (Agree,),
        ("unchanged", "changed"): (Agree,),
        ("unchanged", "gone"): (Detach,),
        ("changed", "unchanged"): (Update, Agree) if may_update else (Keep, Agree),
        ("changed", "changed"): (Update, Agree) if may_update else (Keep, Agree),
        ("changed", "gone"): (Detach,),
        ("gone", "unchanged"): _deleted(rules, edited=False),
        ("gone", "changed"): _deleted(rules, edited=True),
        ("gone", "gone"): (Detach,),
    }
    assert isinstance(action, allowed[cell]), (cell, action)


def _deleted(rules: Policy, *, edited: bool) -> tuple[type, ...]:
    choice = rules.text("outlook_deleted")
    if choice == "mark":
        return (Update, Keep) if not rules.prevents("update", "salesforce") else (Keep,)
    if choice == "keep" or rules.prevents("delete", "salesforce"):
        return (Keep,)
    return (Ask,) if edited or choice == "ask" else (Delete,)


@pytest.fixture
def reached() -> Iterator[Counter[tuple[str, str]]]:
    REACHED.clear()
    yield REACHED
    REACHED.clear()


def search(machine: type[Machine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=50,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_plan_agrees_with_the_table_in_every_cell(reached: Counter[tuple[str, str]]) -> None:
    search(Machine, 120)

    missing = [cell for cell in (*CELLS, *FRESH) if reached[cell] < 5]
    assert not missing, f"never or hardly reached: {missing}"


class ChangeIgnored(Machine):
    @staticmethod
    def planner(pair: Pair, rules: Policy) -> Action:
        action = plan(pair, rules, NOW)
        return Agree() if isinstance(action, Update) and not action.lost else action


class EditLosesToDelete(Machine):
    @staticmethod
    def planner(pair: Pair, rules: Policy) -> Action:
        action = plan(pair, rules, NOW)
        return Delete({}, "deleted") if isinstance(action, Ask) else action


class LoserForgotten(Machine):
    @staticmethod
    def planner(pair: Pair, rules: Policy) -> Action:
        action = plan(pair, rules, NOW)
        return replace(action, lost=()) if isinstance(action, Update) else action


class WholeRecordWritten(Machine):
    @staticmethod
    def planner(pair: Pair, rules: Policy) -> Action:
        action = plan(pair, rules, NOW)
        if isinstance(action, Update) and pair.outlook is not None:
            return replace(
                action, payload=to_salesforce(pair.outlook.fields), source=dict(pair.outlook.fields)
            )
        return action


class ContentNotCompared(Machine):
    @staticmethod
    def planner(pair: Pair, rules: Policy) -> Action:
        action = plan(pair, rules, NOW)
        if isinstance(action, Agree) and pair.outlook is not None and pair.salesforce is not None:
            return Update({"reminder": 1}, {"reminder": 1}, {}, "edit")
        return action


class BaseNotAdvanced(Machine):
    @staticmethod
    def planner(pair: Pair, rules: Policy) -> Action:
        action = plan(pair, rules, NOW)
        return replace(action, source={}) if isinstance(action, Update) else action


class MadeAgainWhenDeleted(Machine):
    @staticmethod
    def planner(pair: Pair, rules: Policy) -> Action:
        action = plan(pair, rules, NOW)
        if isinstance(action, Detach) and pair.outlook is not None:
            return Create(to_salesforce(pair.outlook.fields), dict(pair.outlook.fields))
        return action


@pytest.mark.parametrize(
    "fault",
    [
        ChangeIgnored, EditLosesToDelete, LoserForgotten, WholeRecordWritten, ContentNotCompared, BaseNotAdvanced,
        MadeAgainWhenDeleted,
    ],
)  # fmt: skip
def test_machine_finds_a_planted_fault(
    fault: type[Machine], reached: Counter[tuple[str, str]]
) -> None:
    with pytest.raises(AssertionError):
        search(fault, 300)
