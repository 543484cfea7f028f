"""What to do with one link: a pure function of what both sides were seen to hold, their bases, and the policy.

The planner of Outlook -> Salesforce is given no verb that writes to Outlook (R13): its actions name Salesforce only.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from sync.core.item import Fields, OutlookItem, SalesforceItem, Value, end_of
from sync.core.mapping import CREATE_ONLY, marked_cancelled, redacted, to_salesforce
from sync.core.merge import Change, UnitChange, merge
from sync.core.scope import Considered, Verdict, explain, stopped
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
    """Write nothing, and say why; ``code`` is ``kept``, ``prevented`` or ``unreadable``."""

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


def written_fields(item: OutlookItem, policy: Policy) -> dict[str, Value]:
    """Return the fields that may leave Outlook: a private event keeps its text to itself (promise 11)."""
    if item.is_private and policy.text("private") != "full_and_private":
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
    source = written_fields(pair.outlook, policy)
    return Create(to_salesforce(source), source)


def _both(pair: Pair, outlook: OutlookItem, salesforce: SalesforceItem, policy: Policy) -> Action:
    if outlook.problem:
        return Keep("unreadable", f"Outlook's event cannot be used: {outlook.problem}")
    became_private = outlook.is_private and pair.base_outlook.get("sensitivity") == "normal"
    hidden = outlook.is_private and policy.text("private") != "full_and_private"
    if became_private and hidden and policy.text("became_private") == "leave":
        return Keep(
            "kept",
            "It became private in Outlook; your settings leave the copy in Salesforce as it is.",
        )
    if became_private and hidden and policy.text("became_private") == "delete":
        return _delete(pair, salesforce, policy, "became private in Outlook")
    source = written_fields(outlook, policy)
    changes = merge(source, salesforce.fields, pair.base_outlook, pair.base_salesforce)
    agreed = tuple(change for change in changes if change.change is Change.AGREED)
    ours = [change for change in changes if change.change in (Change.OUTLOOK, Change.BOTH)]
    if not ours:
        return Agree(agreed)
    if policy.prevents("update", "salesforce"):
        return Keep("prevented", "Updating in Salesforce is prevented by your settings.")
    return Update(
        payload={name: value for change in ours for name, value in change.projected.items()},
        source={name: value for change in ours for name, value in change.outlook.items()},
        before={name: value for change in ours for name, value in change.salesforce.items()},
        cause="redact" if became_private and hidden else "edit",
        lost=tuple(
            Lost(c.unit, c.salesforce, c.projected) for c in ours if c.change is Change.BOTH
        ),
        agreed=agreed,
    )


def _source_gone(pair: Pair, salesforce: SalesforceItem, policy: Policy, now: datetime) -> Action:
    cancelled = pair.outlook is not None
    what = "cancelled in Outlook" if cancelled else "deleted in Outlook"
    if end_of(salesforce.fields) < now and policy.text("past_delete") == "never":
        return Keep(
            "kept", f"It was {what} after it had taken place. Past events stay in Salesforce."
        )
    choice = policy.text("outlook_deleted")
    if pair.decided == "keep" or choice == "keep":
        return Keep("kept", f"It was {what}. Your settings keep it in Salesforce.")
    if choice == "mark":
        return _mark(pair, salesforce, what)
    return _delete(pair, salesforce, policy, what, ask=choice == "ask")


def _mark(pair: Pair, salesforce: SalesforceItem, what: str) -> Action:
    before = {"subject": salesforce.fields["subject"]}
    payload: dict[str, Value] = {"subject": marked_cancelled(str(before["subject"]))}
    if payload == before:
        return Keep("kept", f"It was {what} and is marked so in Salesforce.")
    return Update(payload, {"subject": pair.base_outlook.get("subject")}, before, "cancelled")


def _delete(
    pair: Pair, salesforce: SalesforceItem, policy: Policy, what: str, *, ask: bool = False
) -> Action:
    if pair.decided == "delete":
        return Delete(dict(salesforce.fields), "deleted")
    if policy.prevents("delete", "salesforce"):
        return Keep(
            "prevented",
            f"It was {what}. It stays in Salesforce, because deleting there is prevented.",
        )
    if edited_since(salesforce.fields, pair.base_salesforce):
        return Ask(f"It was {what}, but somebody edited it in Salesforce meanwhile.")
    if ask:
        return Ask(f"It was {what}. Nothing is deleted in Salesforce until you choose.")
    return Delete(dict(salesforce.fields), "deleted")


def edited_since(fields: Fields, base: Fields) -> bool:
    """Tell whether a side says something else than was last agreed (fields written on create only do not count)."""
    return any(
        fields.get(name) != value
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


def judge(attempt: Attempt, row: SalesforceItem | None) -> Outcome:
    """Tell from a fresh read what became of an update or delete."""
    if attempt.op == "delete":
        return Outcome.APPLIED if row is None or row.is_deleted else Outcome.NOT_APPLIED
    if row is None or row.is_deleted:
        return Outcome.NOT_APPLIED
    now = {name: row.fields.get(name) for name in attempt.payload}
    if now == dict(attempt.payload):
        return Outcome.APPLIED
    return Outcome.NOT_APPLIED if now == dict(attempt.before) else Outcome.OVERTAKEN
