"""From a case to what is stored and sent: each action of the planner becomes updates, intents and lines of the report.

Pure, so that every branch can be shown to a test; the order of calls and transactions is in ``reconcile``.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import assert_never

from sync.core.item import Fields, SalesforceItem, Value
from sync.core.merge import UnitChange
from sync.core.plan import (
    Action,
    Agree,
    Ask,
    Create,
    Decline,
    Delete,
    Detach,
    Keep,
    Lost,
    Pair,
    Update,
    is_hidden,
    plan,
)
from sync.core.settings import Policy
from sync.engine.ports import (
    Case,
    ChangedEvent,
    Context,
    LinkUpdate,
    NewConflict,
    NewEvent,
    NewIntent,
    Report,
)
from sync.engine.resolve import LOST, RESTORED, Resolved, has_source, recorded, withdrawn

_TOO_MANY = (
    "This run would delete {count} events in Salesforce; the limit is {limit}. None was deleted."
)
_MAY_BE_THERE = (
    "Salesforce may have made it already and show it in a moment. It is looked for again soon."
)
_MAY_ARRIVE = timedelta(minutes=2)
"""How long a create without an answer may still be on its way; without a key nothing would stop a second one."""

CLOCK_MARGIN = timedelta(minutes=10)
"""How far the clocks of our database and of Salesforce may differ in a search by time of creation."""


@dataclass(slots=True)
class Batch:
    """What one pass over some cases stores first, and then sends.

    Attributes:
        updates: True whatever becomes of the calls.
        intents: Written ahead of the calls (R3).
        creates, changes, deletes: What is sent, each with its case.
        changed: The update of each change, to advance the bases by.
    """

    updates: list[LinkUpdate] = field(default_factory=list)
    intents: list[NewIntent] = field(default_factory=list)
    creates: list[tuple[Case, NewEvent, NewIntent]] = field(default_factory=list)
    changes: list[tuple[Case, ChangedEvent, Update]] = field(default_factory=list)
    deletes: list[tuple[Case, NewIntent]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Limits:
    """How many deletes this cycle would mean, and how many it may do (promise 7)."""

    deletes: int = 0
    allowed: int = 0

    @property
    def held(self) -> bool:
        """Tell whether no delete may be done."""
        return self.deletes > self.allowed


def limits(policy: Policy, deletions: tuple[int, int]) -> Limits:
    """Return the limits of a cycle; of the count and the percentage the lower one wins, but one is always allowed."""
    gone, linked = deletions
    number = policy.number("max_deletes_per_run")
    return Limits(gone, min(number, max(1, linked * number // 100)))


def action_for(item: Resolved, policy: Policy, now: datetime) -> Action:
    """Return the planner's one action."""
    case = item.case
    pair = Pair(
        outlook=case.outlook,
        outlook_gone=case.outlook_gone,
        salesforce=item.row,
        salesforce_known=case.salesforce_id is not None,
        base_outlook=case.base_outlook,
        base_salesforce=case.base_salesforce,
        decided=case.decided,
    )
    return plan(pair, policy, now)


class Decider:
    """Turns the cases of one pass into one batch."""

    def __init__(self, context: Context, report: Report, now: datetime, allowed: Limits) -> None:
        self._context = context
        self._report = report
        self._now = now
        self._limits = allowed
        self.batch = Batch()

    def add(self, item: Resolved) -> None:
        """Plan one case and put what follows from it into the batch."""
        if self._discloses(item):
            item = withdrawn(item)
        if item.resend is not None:
            stored = item.resend
            if not self._context.has_key and self._now - stored.created_at < _MAY_ARRIVE:
                self._report.add(item.case, "create", "retry", reason=_MAY_BE_THERE)
                return
            intent = NewIntent(
                link_id=item.case.link_id,
                op="create",
                generation=item.case.generation,
                payload=stored.payload,
                source=stored.source,
                before=stored.before,
                cause=stored.cause,
            )
            self._send_create(item.case, intent, stored.created_at)
            return
        if item.restore:
            self._restore(item.case, item.known_row)
            return
        if item.proved:
            self._report.add(item.case, item.proved, "done")
        self._carry_out(item, action_for(item, self._context.policy, self._now))

    def _discloses(self, item: Resolved) -> bool:
        """Tell whether a create that would be sent again says what became private since."""
        outlook, stored = item.case.outlook, item.resend
        if outlook is None or stored is None or stored.source.get("sensitivity") != "normal":
            return False
        return is_hidden(outlook, self._context.policy)

    def _restore(self, case: Case, row: SalesforceItem) -> None:
        again, deleted, intent = restoring(case, row)
        self.batch.updates.append(deleted)
        self.batch.intents.append(intent)
        self._send_create(again, intent, row.modstamp)

    def _carry_out(self, item: Resolved, action: Action) -> None:
        match action:
            case Create():
                self._create(item, action)
            case Update():
                self._update(item, action)
            case Delete():
                self._delete(item, action)
            case _:
                self._leave(item, action)

    def _leave(self, item: Resolved, action: Agree | Keep | Ask | Detach | Decline) -> None:
        """Take note of what writes nothing."""
        match action:
            case Agree(agreed):
                self._agree(item, agreed)
            case Keep(code, reason):
                outcome = "refused" if code == "unreadable" else "prevented"
                asked = item.case.state == "conflict"  # now there is nothing to choose
                self._note(item, outcome, reason, state="active" if asked else None)
            case Ask(reason):
                self._ask(item, reason)
            case Detach(reason):
                self._note(item, "done", reason, state="dead")
            case Decline(verdict):
                self._note(item, "refused", verdict.reason, state="dead")
            case _:
                assert_never(action)

    def _create(self, item: Resolved, action: Create) -> None:
        case = item.case
        payload = {**action.payload, **case.extras}
        intent = NewIntent(
            case.link_id, "create", case.generation, payload, action.source, {}, "record"
        )
        self.batch.intents.append(intent)
        self._send_create(case, intent, self._now)
        self._resolved(item)

    def _send_create(self, case: Case, intent: NewIntent, since: datetime) -> None:
        event = NewEvent(
            key=case.key(self._context.organization_id),
            owner_id=self._context.owner_id,
            fields=intent.payload,
            zone=case.zone,
            created_after=since - CLOCK_MARGIN,
        )
        self.batch.creates.append((case, event, intent))

    def _update(self, item: Resolved, action: Update) -> None:
        case, row = item.case, item.known_row
        reminder = _reminder_that_moves(action.payload, row)
        intent = NewIntent(
            link_id=case.link_id,
            op="update",
            generation=case.generation,
            payload={**action.payload, **reminder},
            source=action.source,
            before={**action.before, **reminder},
            cause=action.cause,
        )
        self.batch.intents.append(intent)
        changed = ChangedEvent(row.id, intent.payload, row.modstamp)
        self.batch.changes.append((case, changed, action))
        self._resolved(item)

    def _delete(self, item: Resolved, action: Delete) -> None:
        case = item.case
        if self._limits.held and case.decided != "delete":
            held = _TOO_MANY.format(count=self._limits.deletes, limit=self._limits.allowed)
            self._ask(item, held, outcome="held")
            return
        intent = NewIntent(
            case.link_id, "delete", case.generation, {}, {}, action.before, action.cause
        )
        self.batch.intents.append(intent)
        self.batch.deletes.append((case, intent))
        self._resolved(item)

    def _agree(self, item: Resolved, agreed: Sequence[UnitChange]) -> None:
        case = item.case
        outlook, salesforce = dict(case.base_outlook), dict(case.base_salesforce)
        for unit in agreed:
            outlook.update(unit.outlook)
            salesforce.update(unit.salesforce)
        moved = (outlook, salesforce) != (dict(case.base_outlook), dict(case.base_salesforce))
        self._settled(
            item,
            LinkUpdate(
                case.link_id,
                planned=case.touched,
                state=None if case.outlook is None else "active",
                base_outlook=outlook if moved else None,
                base_salesforce=salesforce if moved else None,
                problem="",
                forget_answer=has_source(case),
            ),
        )

    def _ask(self, item: Resolved, reason: str, *, outcome: str = "conflict") -> None:
        question = NewConflict("deleted", reason, is_open=True)
        update = LinkUpdate(
            item.case.link_id,
            planned=item.case.touched,
            state="conflict",
            conflicts=(question,),
        )
        self._settled(item, update)
        self._report.add(item.case, "delete", outcome, reason=reason)

    def _note(self, item: Resolved, outcome: str, reason: str, *, state: str | None = None) -> None:
        update = LinkUpdate(
            item.case.link_id,
            planned=item.case.touched,
            state=state,
            problem=reason,
            forget_answer=has_source(item.case),
        )
        self._settled(item, update)
        self._report.add(item.case, "none", outcome, reason=reason)

    def _resolved(self, item: Resolved) -> None:
        """Store what the fresh read told about an earlier write with the next intent (m17)."""
        if item.update is not None:
            self.batch.updates.append(item.update)

    def _settled(self, item: Resolved, update: LinkUpdate) -> None:
        """Store what is true now together with what the fresh read told about an earlier write."""
        self.batch.updates.append(merged(item.update, update) if item.update else update)


def _reminder_that_moves(payload: Fields, row: SalesforceItem) -> dict[str, Value]:
    """Return the reminder as it stands in Salesforce, if the event is moved: there it is a moment, not a lead time.

    The plan knows nothing of it: how long before the start somebody wants to be reminded has not changed.
    """
    lead = row.fields.get("reminder")
    return {"reminder": lead} if "start" in payload and lead is not None else {}


def merged(first: LinkUpdate, second: LinkUpdate) -> LinkUpdate:
    """Return both updates as one; where both speak, the later one does."""
    return replace(
        first,
        planned=second.planned if second.planned is not None else first.planned,
        state=second.state or first.state,
        base_outlook=first.base_outlook if second.base_outlook is None else second.base_outlook,
        base_salesforce=(
            first.base_salesforce if second.base_salesforce is None else second.base_salesforce
        ),
        problem=first.problem if second.problem is None else second.problem,
        conflicts=(*first.conflicts, *second.conflicts),
        forget_texts=first.forget_texts or second.forget_texts,
        forget_answer=first.forget_answer or second.forget_answer,
    )


def written(case: Case, action: Update) -> LinkUpdate:
    """Return what is true once this update was written."""
    outlook = {**case.base_outlook, **action.source}
    salesforce = {**case.base_salesforce, **action.payload}
    for unit in action.agreed:
        outlook.update(unit.outlook)
        salesforce.update(unit.salesforce)
    return LinkUpdate(
        case.link_id,
        planned=case.touched,
        state="active",
        base_outlook=outlook,
        base_salesforce=salesforce,
        problem="",
        intent="done",
        conflicts=tuple(_lost(entry) for entry in action.lost),
        forget_texts=action.cause == "redact",
        forget_answer=has_source(case),
    )


def _lost(entry: Lost) -> NewConflict:
    return NewConflict(entry.unit, LOST, entry.value, entry.winner)


def restoring(case: Case, row: SalesforceItem) -> tuple[Case, LinkUpdate, NewIntent]:
    """Return what it takes to make a deleted Event again with an edit that slipped in before our delete (R14)."""
    again = replace(case, generation=case.generation + 1, salesforce_id=None, outlook=None)
    deleted = LinkUpdate(case.link_id, generation=again.generation, intent="done")
    intent = NewIntent(
        case.link_id, "create", again.generation, dict(row.fields), case.base_outlook, {}, RESTORED
    )
    return again, deleted, intent


def made(case: Case, intent: NewIntent) -> LinkUpdate:
    """Return what is true once this create was done; the id is the caller's to add.

    A create that was sent again carries values of an earlier day: what was seen since is planned after it.
    """
    update = replace(
        recorded(case, intent),
        planned=case.touched if case.intent is None else None,
        generation=intent.generation,
    )
    if case.outlook is None:
        question = NewConflict(
            "deleted", "It was edited while it was being deleted, so it was put back.", is_open=True
        )
        return replace(update, state="conflict", conflicts=(question,))
    return update
