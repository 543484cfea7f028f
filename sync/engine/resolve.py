"""What became of writes whose answer nobody saw, decided from a fresh read (R5, R6).

Pure: the caller reads, and stores what is returned here in the same transaction as whatever it plans next (m17).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sync.core.item import Fields, SalesforceId, SalesforceItem, Value
from sync.core.mapping import FIELDS, TEXTS, UNITS
from sync.core.plan import Attempt, Outcome, edited_since, judge
from sync.engine.ports import Case, LinkUpdate, NewConflict, NewIntent, OpenIntent

RESTORED = "restored"
"""Cause of a create that puts back an edit which a delete of ours would have lost (R14)."""

_MAPPED = frozenset(row.name for row in FIELDS)
LOST = "Changed on both sides; Outlook's version was taken, as recorded events follow Outlook."
_OVERTAKEN = "Somebody edited it in Salesforce while our change was on its way; theirs stays."


@dataclass(frozen=True, slots=True)
class Resolved:
    """A case as it stands after its open write was judged.

    Attributes:
        row: The Event as just read; None if there is none.
        update: What the judgement makes true; None if there was nothing to judge.
        proved: The operation that turned out to have been done; empty if none.
        resend: The stored create to send again as it is, with the same key (R4).
        restore: An edit slipped in before our delete: the Event is made again with it (R14).
    """

    case: Case
    row: SalesforceItem | None
    update: LinkUpdate | None = None
    proved: str = ""
    resend: OpenIntent | None = None
    restore: bool = False

    @property
    def known_row(self) -> SalesforceItem:
        """Return the row that a plan to change it was made from.

        Raises:
            LookupError: None was read.
        """
        if self.row is None:
            raise LookupError("only a row that was read can be changed")
        return self.row


def mapped(fields: Fields) -> dict[str, Value]:
    """Return the fields of the table alone: what a base holds."""
    return {name: value for name, value in fields.items() if name in _MAPPED}


def recorded(case: Case, intent: OpenIntent | NewIntent) -> LinkUpdate:
    """Return what is true once the Event exists: both bases are those of the stored payload (R4).

    An Event that was put back keeps the old base of Salesforce: the edit that saved it still counts as an edit, and
    whoever chose to delete it had not seen that edit.
    """
    told = case.base_salesforce if intent.cause == RESTORED else mapped(intent.payload)
    return LinkUpdate(
        case.link_id,
        state="active",
        base_outlook=dict(intent.source),
        base_salesforce=dict(told),
        problem="",
        intent="done",
        forget_answer=intent.cause == RESTORED,
    )


def advanced(case: Case, source: Fields, payload: Fields, cause: str) -> LinkUpdate:
    """Return what is true once an update was written: the bases move for the written fields only (R9)."""
    return LinkUpdate(
        case.link_id,
        state="active",
        base_outlook={**case.base_outlook, **source},
        base_salesforce={**case.base_salesforce, **payload},
        problem="",
        intent="done",
        forget_texts=cause == "redact",
    )


def resolve(
    case: Case,
    rows: Mapping[SalesforceId, SalesforceItem],
    found: Mapping[str, SalesforceItem],
    key: str,
) -> Resolved:
    """Judge the open write of a case, if it has one.

    Args:
        case: The link and its open intent.
        rows: Events by id, as just read.
        found: Events by key, as just looked up for the open creates.
        key: The marker of this link and generation.
    """
    row = rows.get(case.salesforce_id) if case.salesforce_id else None
    if case.intent is None:
        return (
            _asked_again(case, row) if case.state == "pending_salesforce" else Resolved(case, row)
        )
    if case.intent.op == "create":
        return _create(case, case.intent, found.get(key))
    return _change(case, case.intent, row)


def _asked_again(case: Case, row: SalesforceItem | None) -> Resolved:
    """Begin a new generation for a link whose Event was deleted; one that was restored since is taken up again (B19)."""
    if case.salesforce_id is None or (row is not None and not row.is_deleted):
        return Resolved(case, row)
    begun = LinkUpdate(
        case.link_id, generation=case.generation + 1, base_outlook={}, base_salesforce={}
    )
    fresh = replace(
        case,
        generation=case.generation + 1,
        salesforce_id=None,
        base_outlook={},
        base_salesforce={},
    )
    return Resolved(fresh, None, begun)


def _create(case: Case, intent: OpenIntent, row: SalesforceItem | None) -> Resolved:
    if row is not None:
        made = replace(recorded(case, intent), salesforce_id=row.id)
        return Resolved(_after(case, made), row, made, intent.op)
    if intent.cause == RESTORED or has_source(case):
        return Resolved(case, None, resend=intent)
    void = LinkUpdate(case.link_id, intent="void")
    return Resolved(_after(case, void), None, void)


def withdrawn(item: Resolved) -> Resolved:
    """Return a create that was not found as given up: what it says became private meanwhile (promise 11)."""
    void = LinkUpdate(item.case.link_id, intent="void", forget_texts=True)
    return Resolved(_after(item.case, void), None, void)


def has_source(case: Case) -> bool:
    """Tell whether the event takes place as far as Outlook knows."""
    return case.outlook is not None and not case.outlook_gone and not case.outlook.is_cancelled


def _change(case: Case, intent: OpenIntent, row: SalesforceItem | None) -> Resolved:
    outcome = judge(Attempt(intent.op, intent.payload, intent.source, intent.before), row)
    if outcome is Outcome.NOT_APPLIED:
        void = LinkUpdate(case.link_id, intent="void")
        return Resolved(_after(case, void), row, void)
    if intent.op == "delete":
        done = LinkUpdate(case.link_id, intent="done")
        slipped_in = row is not None and edited_since(row.fields, intent.before)
        return Resolved(_after(case, done), row, done, intent.op, restore=slipped_in)
    done = advanced(case, intent.source, intent.payload, intent.cause)
    lost = _replaced(case, intent)
    if outcome is Outcome.OVERTAKEN and row is not None:
        lost += _by_unit(intent.payload, row.fields, intent.payload, _OVERTAKEN)
    return Resolved(_after(case, done), row, replace(done, conflicts=lost), intent.op)


def _replaced(case: Case, intent: OpenIntent) -> tuple[NewConflict, ...]:
    """Return what the applied write replaced although somebody had changed it since we wrote it last."""
    if intent.cause == "cancelled":
        return ()  # a mark keeps the subject behind it
    kept = intent.before
    if intent.cause == "redact":
        kept = {name: value for name, value in kept.items() if name not in TEXTS}
    return _by_unit(kept, case.base_salesforce, kept, LOST, intent.payload)


def _by_unit(
    one: Fields, other: Fields, losing: Fields, reason: str, winning: Fields | None = None
) -> tuple[NewConflict, ...]:
    """Return a Conflict for each unit in which two versions differ."""
    return tuple(
        NewConflict(unit, reason, _only(losing, names), _only(winning or other, names))
        for unit, names in UNITS.items()
        if any(name in one and one[name] != other.get(name) for name in names)
    )


def _only(fields: Fields, names: tuple[str, ...]) -> dict[str, Value]:
    return {name: fields[name] for name in names if name in fields}


def _after(case: Case, update: LinkUpdate) -> Case:
    """Return the case as it will be read once the update is stored."""
    return replace(
        case,
        intent=None,
        salesforce_id=update.salesforce_id or case.salesforce_id,
        base_outlook=case.base_outlook if update.base_outlook is None else update.base_outlook,
        base_salesforce=(
            case.base_salesforce if update.base_salesforce is None else update.base_salesforce
        ),
        decided="" if update.forget_answer else case.decided,
    )
