"""Carrying out plans: read fresh, judge what is open, write ahead, send, settle.

Promise: killed anywhere, the next pass goes on from the rows.  A write is sent only after its intent is stored (R3); a
write whose outcome is not known is judged by a fresh read before anything is planned again (R6); a create is repeated
with the stored payload and the same key (R4); each pass settles its links and nothing waits for the whole run (R19).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from linkpoint.errors import (
    Exists,
    Gone,
    NeedsPerson,
    Outdated,
    Refused,
    ServiceError,
    TryLater,
)
from sync.core.item import SalesforceId, SalesforceItem
from sync.core.plan import edited_since
from sync.engine.decide import CLOCK_MARGIN, Batch, Decider, limits, made, restoring, written
from sync.engine.ports import (
    Case,
    Context,
    CreateSalesforce,
    DeleteSalesforce,
    FindSalesforce,
    LinkUpdate,
    NewEvent,
    NewIntent,
    ReadClock,
    ReadSalesforce,
    Report,
    Store,
    UpdateSalesforce,
)
from sync.engine.resolve import resolve
from sync.engine.steps import Steps, api, db, sleep

K = TypeVar("K")
PASS_SIZE = 100
"""Links that are read, written ahead and settled together; Collections hold 200, composite requests 25."""

ATTEMPTS = 3
"""How often a link is planned again in one cycle because its Event moved meanwhile (R7)."""

_SECOND = timedelta(seconds=1)
_NOT_SETTLED = "It was being edited in Salesforce; the change is written in the next run."


def reconcile(
    context: Context, report: Report, link_ids: Sequence[UUID] | None = None
) -> Steps[None]:
    """Bring links to rest: those that have something to plan, or just these."""
    now = yield from api(ReadClock())
    allowed = limits(context.policy, (yield from db(Store.deletions)))
    size = PASS_SIZE if context.has_key else 1  # without keys one create at a time (sync.md 4)
    after: UUID | None = None
    while True:
        cases = yield from db(Store.cases, link_ids, size, after)
        if not cases:
            return
        after = cases[-1].link_id
        for attempt in range(ATTEMPTS):
            moved = yield from _pass(context, report, cases, Decider(context, report, now, allowed))
            if not moved:
                break
            if attempt + 1 == ATTEMPTS:
                for case in moved:
                    report.add(case, "update", "retry", reason=_NOT_SETTLED)
                break
            cases = yield from db(Store.cases, [case.link_id for case in moved], size, None)


def preview(context: Context, report: Report) -> Steps[None]:
    """Say what :func:`reconcile` would do now, and write nothing to Salesforce."""
    now = yield from api(ReadClock())
    allowed = limits(context.policy, (yield from db(Store.deletions)))
    after: UUID | None = None
    while cases := (yield from db(Store.cases, None, PASS_SIZE, after)):
        after = cases[-1].link_id
        decider = Decider(context, report, now, allowed)
        yield from _decide(context, cases, decider)
        for op, case, fields in _planned(decider.batch):
            report.add(case, op, "planned", fields=fields)


def _planned(batch: Batch) -> list[tuple[str, Case, tuple[str, ...]]]:
    return [
        *(("create", case, tuple(event.fields)) for case, event, _ in batch.creates),
        *(("update", case, tuple(changed.fields)) for case, changed, _ in batch.changes),
        *(("delete", case, ()) for case, _ in batch.deletes),
    ]


def _pass(
    context: Context, report: Report, cases: Sequence[Case], decider: Decider
) -> Steps[list[Case]]:
    """Do everything for these links once; return those whose Event moved between reading and writing."""
    yield from _decide(context, cases, decider)
    batch = decider.batch
    yield from db(Store.write_ahead, batch.updates, batch.intents)
    yield from _create(report, batch)
    moved = yield from _change(report, batch)
    for case, intent in batch.deletes:
        yield from _delete(context, report, case, intent)
    return moved


def _decide(context: Context, cases: Sequence[Case], decider: Decider) -> Steps[None]:
    rows = yield from _read_rows(cases)
    found = yield from _find_created(context, cases)
    for case in cases:
        decider.add(resolve(case, rows, found, case.key(context.organization_id)))


def _read_rows(cases: Sequence[Case]) -> Steps[Mapping[SalesforceId, SalesforceItem]]:
    """Read the Events of these links fresh."""
    ids = tuple(case.salesforce_id for case in cases if case.salesforce_id)
    if not ids:
        return {}
    return (yield from _quiet((yield from api(ReadSalesforce(ids)))))


def _quiet(rows: Mapping[K, SalesforceItem]) -> Steps[Mapping[K, SalesforceItem]]:
    """Read once more after a second what was written in the second in which it was read.

    Stamps count whole seconds, so a second write in the same second could not be told from the first (R8).
    """
    for _ in range(ATTEMPTS):
        restless = tuple(row.id for row in rows.values() if _is_restless(row))
        if not restless:
            break
        yield from sleep(_SECOND)
        again = yield from api(ReadSalesforce(restless))
        rows = {key: again.get(row.id, row) for key, row in rows.items()}
    return rows


def _is_restless(row: SalesforceItem) -> bool:
    return row.read_at < row.modstamp.replace(microsecond=0) + _SECOND


def _find_created(context: Context, cases: Sequence[Case]) -> Steps[Mapping[str, SalesforceItem]]:
    """Look for the Events of creates whose answer was lost."""
    wanted = tuple(
        NewEvent(
            key=case.key(context.organization_id),
            owner_id=context.owner_id,
            fields=case.intent.payload,
            zone=case.zone,
            created_after=case.intent.created_at - CLOCK_MARGIN,
        )
        for case in cases
        if case.intent is not None and case.intent.op == "create"
    )
    if not wanted:
        return {}
    return (yield from _quiet((yield from _find(wanted))))


def _find(wanted: tuple[NewEvent, ...]) -> Steps[Mapping[str, SalesforceItem]]:
    """Look until what was found by what it says belongs to no other link: two meetings may well say the same."""
    others: tuple[SalesforceId, ...] = ()
    while True:
        found = yield from api(FindSalesforce(wanted, others))
        alike = [row.id for key, row in found.items() if row.key != key]
        taken = (yield from db(Store.linked, alike)) if alike else []
        if not taken:
            return found
        others += tuple(taken)


def _create(report: Report, batch: Batch) -> Steps[None]:
    if not batch.creates:
        return
    answers = yield from api(CreateSalesforce(tuple(event for _, event, _ in batch.creates)))
    updates: list[LinkUpdate] = []
    for (case, event, intent), answer in zip(batch.creates, answers, strict=True):
        if isinstance(answer, ServiceError) and not isinstance(answer, Exists):
            updates += _not_written(report, case, "create", answer)
        else:
            # Exists: with our key, so it was made by an earlier try of ours.
            made_id = SalesforceId(answer.record_id) if isinstance(answer, Exists) else answer
            updates.append(replace(made(case, intent), salesforce_id=made_id))
            done = replace(case, salesforce_id=made_id)
            report.add(done, "create", "done", fields=tuple(event.fields))
    yield from db(Store.settle, updates)
    _stop_if_told(answers)


def _change(report: Report, batch: Batch) -> Steps[list[Case]]:
    if not batch.changes:
        return []
    answers = yield from api(UpdateSalesforce(tuple(changed for _, changed, _ in batch.changes)))
    updates: list[LinkUpdate] = []
    moved: list[Case] = []
    for (case, _, action), answer in zip(batch.changes, answers, strict=True):
        if answer is None:
            updates.append(written(case, action))
            report.add(case, "update", "done", fields=tuple(action.payload))
        elif isinstance(answer, (Outdated, Gone)):
            updates.append(LinkUpdate(case.link_id, intent="void"))
            moved.append(case)
        else:
            updates += _not_written(report, case, "update", answer)
    yield from db(Store.settle, updates)
    _stop_if_told(answers)
    return moved


def _not_written(report: Report, case: Case, op: str, error: ServiceError) -> list[LinkUpdate]:
    """Park one link with the reason; an unknown outcome stays open and is judged in the next pass (J5)."""
    if isinstance(error, Refused):
        report.add(case, op, "refused", reason=error.why)
        parked = LinkUpdate(
            case.link_id,
            planned=case.touched,
            problem=error.why,
            problem_field=error.field,
            intent="refused",
            reason=error.why,
        )
        return [parked]
    report.add(case, op, "retry", reason=error.why)
    return []


def _stop_if_told(answers: Sequence[object]) -> None:
    """End the cycle when the service said to wait or a person is needed; what was done is stored already."""
    for answer in answers:
        if isinstance(answer, (TryLater, NeedsPerson)):
            raise answer


def _delete(context: Context, report: Report, case: Case, intent: NewIntent) -> Steps[None]:
    """Delete one Event, then look at what was deleted: a delete cannot be made conditional (R14)."""
    if case.salesforce_id is None:
        return
    try:
        yield from api(DeleteSalesforce(case.salesforce_id))
    except Gone:
        pass  # somebody was faster; the look below tells what went
    except Refused as error:
        yield from db(Store.settle, _not_written(report, case, "delete", error))
        return
    rows = yield from api(ReadSalesforce((case.salesforce_id,)))
    row = rows.get(case.salesforce_id)
    if row is not None and row.is_deleted and edited_since(row.fields, intent.before):
        yield from _restore(context, report, case, row)
        return
    gone = LinkUpdate(case.link_id, planned=case.touched, state="dead", problem="", intent="done")
    yield from db(Store.settle, [gone])
    report.add(case, "delete", "done")


def _restore(context: Context, report: Report, case: Case, row: SalesforceItem) -> Steps[None]:
    """Make the Event again with the edit that slipped in between our look and our delete."""
    again, deleted, intent = restoring(case, row)
    yield from db(Store.write_ahead, [deleted], [intent])
    event = NewEvent(
        again.key(context.organization_id),
        context.owner_id,
        intent.payload,
        case.zone,
        row.modstamp,
    )
    batch = Batch(creates=[(again, event, intent)])
    yield from _create(report, batch)
