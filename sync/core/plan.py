"""What to do with one link: a pure function of what both sides were seen to hold, their bases, and the policy.

The planner of Outlook -> Salesforce is given no verb that writes to Outlook (R13): its actions name Salesforce only.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from sync.core.item import Fields, OutlookItem, SalesforceItem, Value, end_of, start_of
from sync.core.mapping import (
    CREATE_ONLY,
    TEXTS,
    UNITS,
    marked_cancelled,
    redacted,
    to_salesforce,
    too_long,
)
from sync.core.merge import Change, UnitChange, merge
from sync.core.scope import Considered, Verdict, explain, stopped, window
from sync.core.settings import Policy


@dataclass(frozen=True, slots=True)
class Pair:
    """One link with what is known of its two items.

    Attributes:
        outlook: The event as last seen; None if it is gone or was never seen.
        outlook_gone: A fresh read said that it does not exist (R2).
        salesforce: The row as just read; None if there is none yet.
        decided: What a person chose for a deleted event: ``delete``, ``keep`` or empty.
    """

    outlook: OutlookItem | None
    outlook_gone: bool
    salesforce: SalesforceItem | None
    salesforce_known: bool
    base_outlook: Fields
    base_salesforce: Fields
    decided: str = ""


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that a write of ours replaces although somebody had changed it; kept, and restorable."""

    unit: str
    value: dict[str, Value]
    winner: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Create:
    """Make the Event."""

    payload: dict[str, Value]
    source: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Update:
    """Write these fields of the Event; the agreed ones only advance the bases."""

    payload: dict[str, Value]
    source: dict[str, Value]
    before: dict[str, Value]
    cause: str
    lost: tuple[Lost, ...] = ()
    agreed: tuple[UnitChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the Event."""

    before: dict[str, Value]
    cause: str


@dataclass(frozen=True, slots=True)
class Agree:
    """Write nothing; these units say the same on both sides now."""

    agreed: tuple[UnitChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Keep:
    """Write nothing, and say why; ``code`` is ``kept``, ``prevented``, ``too_long`` or ``unreadable``."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A person has to choose."""

    reason: str


@dataclass(frozen=True, slots=True)
class Detach:
    """The Event was deleted in Salesforce: the link ends, Outlook is left as it is."""

    reason: str


@dataclass(frozen=True, slots=True)
class Decline:
    """The event may not be recorded."""

    verdict: Verdict


Action: TypeAlias = Create | Update | Delete | Agree | Keep | Ask | Detach | Decline


def is_hidden(item: OutlookItem, policy: Policy) -> bool:
    """Tell whether an event keeps its text to itself (promise 11)."""
    return item.is_private and policy.text("private") != "full_and_private"


def written_fields(item: OutlookItem, policy: Policy) -> dict[str, Value]:
    """Return the fields that may leave Outlook."""
    if is_hidden(item, policy):
        return redacted(item.fields)
    return dict(item.fields)


def plan(pair: Pair, policy: Policy, now: datetime) -> Action:
    """Return the one action for this link."""
    if not pair.salesforce_known:
        return _new(pair, policy, now)
    if pair.salesforce is None or pair.salesforce.is_deleted:
        return Detach("The event was deleted in Salesforce. Outlook is left as it is.")
    if pair.salesforce.is_series_row:
        return Keep(
            "kept", "In Salesforce this belongs to a series, and series are not changed from here."
        )
    if pair.outlook_gone or (pair.outlook and pair.outlook.is_cancelled):
        return _source_gone(pair, pair.salesforce, policy, now)
    if pair.outlook is None:
        return Agree()
    return _both(pair, pair.outlook, pair.salesforce, policy)


def _new(pair: Pair, policy: Policy, now: datetime) -> Action:
    if pair.outlook is None:
        return Detach("The event was deleted in Outlook before it was recorded.")
    verdict = stopped(explain(Considered(pair.outlook, policy, now, requested=True)))
    if verdict:
        return Decline(verdict)
    if policy.prevents("create", "salesforce"):
        return Keep("prevented", "Creating in Salesforce is prevented by your settings.")
    source = written_fields(pair.outlook, policy)
    return Create(to_salesforce(source), source)


def _both(pair: Pair, outlook: OutlookItem, salesforce: SalesforceItem, policy: Policy) -> Action:
    if outlook.problem:
        return Keep("unreadable", f"Outlook's event cannot be used: {outlook.problem}")
    turned_hidden = _turned_hidden(pair, outlook, policy)
    if turned_hidden and policy.text("became_private") != "redact":
        return _turned_private(pair, salesforce, policy)
    source = written_fields(outlook, policy)
    changes = merge(source, salesforce.fields, pair.base_outlook, pair.base_salesforce)
    ours = [change for change in changes if change.change in (Change.OUTLOOK, Change.BOTH)]
    if turned_hidden and too_long(source):
        ours = [change for change in ours if change.unit != "when"]  # the text goes all the same
    if not ours:
        return Agree(_agreed(changes))
    if any(change.unit == "when" for change in ours) and too_long(source):
        return Keep(
            "too_long", "It is longer in Outlook now than Salesforce can hold; Salesforce keeps it."
        )
    if policy.prevents("update", "salesforce"):
        return Keep("prevented", "Updating in Salesforce is prevented by your settings.")
    return _update(ours, _agreed(changes), redact=turned_hidden)


def _turned_hidden(pair: Pair, outlook: OutlookItem, policy: Policy) -> bool:
    return is_hidden(outlook, policy) and pair.base_outlook.get("sensitivity") == "normal"


def _turned_private(pair: Pair, salesforce: SalesforceItem, policy: Policy) -> Action:
    if policy.text("became_private") == "delete":
        action = _delete(pair, salesforce, policy, "made private in Outlook")
        if isinstance(action, Delete):
            return replace(action, before=digested(action.before))  # its text is kept nowhere
        return action
    return Keep(
        "kept", "It became private in Outlook; your settings leave the copy in Salesforce as it is."
    )


def _agreed(changes: tuple[UnitChange, ...]) -> tuple[UnitChange, ...]:
    return tuple(change for change in changes if change.change is Change.AGREED)


def _update(ours: list[UnitChange], agreed: tuple[UnitChange, ...], *, redact: bool) -> Update:
    """Write the units that changed in Outlook.

    A redaction keeps no text, neither what it replaces nor what somebody made of it (promise 11): a digest is enough
    to tell later whether it was applied.
    """
    before = {name: value for change in ours for name, value in change.salesforce.items()}
    lost = [c for c in ours if c.change is Change.BOTH]
    if redact:
        before = digested(before)
        lost = [c for c in lost if not TEXTS.issuperset(c.names)]
    return Update(
        payload={name: value for change in ours for name, value in change.projected.items()},
        source={name: value for change in ours for name, value in change.outlook.items()},
        before=before,
        cause="redact" if redact else "edit",
        lost=tuple(Lost(c.unit, c.salesforce, c.projected) for c in lost),
        agreed=agreed,
    )


def digested(fields: Fields) -> dict[str, Value]:
    """Return the fields with a digest in the place of each text."""
    return {name: _digest(value) if name in TEXTS else value for name, value in fields.items()}


def _digest(value: Value) -> str:
    return "sha256:" + hashlib.sha256(str(value).encode()).hexdigest()


def _source_gone(pair: Pair, salesforce: SalesforceItem, policy: Policy, now: datetime) -> Action:
    what = "cancelled in Outlook" if pair.outlook is not None else "deleted in Outlook"
    past = _ended(pair, salesforce) < now
    if past and policy.text("past_delete") == "never":
        return Keep(
            "kept", f"It was {what} after it had taken place. Past events stay in Salesforce."
        )
    if pair.decided == "keep" or policy.text("outlook_deleted") == "keep":
        return Keep("kept", f"It was {what}. Your settings keep it in Salesforce.")
    if not _in_range(salesforce, policy, now):
        return Keep("kept", f"It was {what}, and lies outside your range of days. It stays.")
    if policy.text("outlook_deleted") == "mark" and pair.decided != "delete":
        return _mark(salesforce, policy, what)
    ask = policy.text("outlook_deleted") == "ask"
    return _delete(pair, salesforce, policy, what, ask=ask)


def _ended(pair: Pair, salesforce: SalesforceItem) -> datetime:
    """Return the earlier end of the two sides: what was over on either side counts as past."""
    ends = [end_of(salesforce.fields)]
    if "end" in pair.base_outlook:
        ends.append(end_of(pair.base_outlook))
    return min(ends)


def _in_range(salesforce: SalesforceItem, policy: Policy, now: datetime) -> bool:
    first, last = window(policy, now)
    return end_of(salesforce.fields) >= first and start_of(salesforce.fields) <= last


def _mark(salesforce: SalesforceItem, policy: Policy, what: str) -> Action:
    before = {"subject": salesforce.fields["subject"]}
    payload: dict[str, Value] = {"subject": marked_cancelled(str(before["subject"]))}
    if payload == before:
        return Keep("kept", f"It was {what} and is marked so in Salesforce.")
    if policy.prevents("update", "salesforce"):
        return Keep("prevented", f"It was {what}. Updating in Salesforce is prevented.")
    # As if Outlook had said so: if it takes place after all, its own subject counts as an edit.
    return Update(payload, dict(payload), before, "cancelled")


def _delete(
    pair: Pair, salesforce: SalesforceItem, policy: Policy, what: str, *, ask: bool = False
) -> Action:
    if policy.prevents("delete", "salesforce"):
        return Keep(
            "prevented",
            f"It was {what}. It stays in Salesforce, because deleting there is prevented.",
        )
    if pair.decided == "delete":
        return Delete(dict(salesforce.fields), "deleted")
    if pair.decided == "keep":
        return Keep("kept", f"It was {what}. You chose to keep it in Salesforce.")
    if edited_since(salesforce.fields, pair.base_salesforce):
        return Ask(f"It was {what}, but somebody edited it in Salesforce meanwhile.")
    if ask:
        return Ask(f"It was {what}. Nothing is deleted in Salesforce until you choose.")
    return Delete(dict(salesforce.fields), "deleted")


def edited_since(fields: Fields, base: Fields) -> bool:
    """Tell whether a side says something else than was last agreed, or than its digest tells.

    Fields that are written on create only do not count.
    """
    return any(
        value not in (fields[name], _digest(fields[name]))
        for name, value in base.items()
        if name not in CREATE_ONLY and name in fields
    )


class Outcome(Enum):
    """What became of a write whose answer nobody saw (R6)."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    OVERTAKEN = "overtaken"  # applied, and then somebody edited the same fields


@dataclass(frozen=True, slots=True)
class Attempt:
    """A write as it was stored before it was sent."""

    op: str
    payload: Fields
    source: Fields
    before: Fields = field(default_factory=dict)


_SELDOM_EQUAL = TEXTS | {"start"}


def judge(attempt: Attempt, row: SalesforceItem | None) -> Outcome:
    """Tell from a fresh read what became of an update or delete.

    An update is one request: it is applied as a whole or not at all.  So one unit that shows the new value proves it,
    and one that still shows the old value refutes it, whatever somebody did to the others meanwhile.  Where all of
    them say something else, nobody knows, and what a person sees now counts as the newest edit (sync.md 19 c).
    Texts and times testify before flags do: a person may well choose the same of three flags, hardly the same text.
    Somebody may have set one unit to the same value, or back to the old one: where units contradict each other, the
    greater number is believed, and the flags decide between equal ones.  A row in the Recycle Bin testifies as well: it may come back.
    """
    if attempt.op == "delete":
        return Outcome.APPLIED if row is None or row.is_deleted else Outcome.NOT_APPLIED
    if row is None:
        return Outcome.NOT_APPLIED
    if all(row.fields.get(name) == value for name, value in attempt.payload.items()):
        return Outcome.APPLIED
    seen = [_testimony(attempt, row.fields, names) for names in _units(attempt)]
    proofs, doubts = _count(says for says, is_strong in seen if is_strong)
    if proofs == doubts and (proofs or not any(is_strong for _, is_strong in seen)):
        proofs, doubts = _count(says for says, _ in seen)
    return Outcome.NOT_APPLIED if doubts > proofs or not seen else Outcome.OVERTAKEN


def _count(witnesses: Iterable[Outcome]) -> tuple[int, int]:
    """Return how many say that a write was applied, and how many that it was not."""
    said = list(witnesses)
    return said.count(Outcome.APPLIED), said.count(Outcome.NOT_APPLIED)


def _units(attempt: Attempt) -> list[list[str]]:
    """Return the names of each unit that the write changed."""
    written = [[name for name in names if name in attempt.payload] for names in UNITS.values()]
    return [
        names
        for names in written
        if any(not _is_before(attempt, name, attempt.payload[name]) for name in names)
    ]


def _testimony(attempt: Attempt, fields: Fields, names: list[str]) -> tuple[Outcome, bool]:
    """Return what one unit says about the write, and whether it is one that people seldom set to the same value."""
    is_strong = not _SELDOM_EQUAL.isdisjoint(names)
    if all(fields.get(name) == attempt.payload[name] for name in names):
        return Outcome.APPLIED, is_strong
    if all(_is_before(attempt, name, fields.get(name)) for name in names):
        return Outcome.NOT_APPLIED, is_strong
    return Outcome.OVERTAKEN, is_strong


def _is_before(attempt: Attempt, name: str, value: Value) -> bool:
    """Tell whether a value is that of the before-image, which may be a digest."""
    return attempt.before.get(name) in (value, _digest(value))
