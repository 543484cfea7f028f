"""What is said about one event: its state in a word, why, and what may be done.

Pure: the same answer for the calendar, the Side Panel and the live region.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.core.item import OutlookItem
from sync.core.scope import OVERRIDDEN, Verdict, stopped
from sync.core.settings import Policy


@dataclass(frozen=True, slots=True)
class Badge:
    """A state: its CSS class, icon and word; ``detail`` says more where there is more to say."""

    name: str
    word: str
    icon: str
    detail: str = ""

    @property
    def text(self) -> str:
        """Return the whole sentence of the badge."""
        return f"{self.word}: {self.detail}" if self.detail else self.word


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of an event's link; of an event without one everything is at its default.

    Attributes:
        state: Of the link; empty without one.
        writing: A write is on its way.
        changed: More was seen than the last plan knew.
        in_salesforce: There is an Event.
        refused: The last write was refused.
        problem: Why it was refused or kept back.
    """

    state: str = ""
    writing: bool = False
    changed: bool = False
    in_salesforce: bool = False
    refused: bool = False
    problem: str = ""

    @property
    def moving(self) -> bool:
        """Tell whether something is being written right now."""
        return self.writing or (self.state == "pending_salesforce" and not self.problem)


NOT_RECORDED = Badge("open", "Not recorded", "record")
WAITING = Badge("waiting", "Waiting", "clock")
RECORDED = Badge("recorded", "Recorded", "success")
IN_SYNC = Badge("insync", "In sync", "sync")
CONFLICT = Badge("conflict", "Conflict", "merge")
ERROR = Badge("error", "Error", "error")
OUT_OF_SCOPE = Badge("scope", "Out of scope", "ban")
CANCELLED = Badge("cancelled", "Cancelled", "close")
DELETED = Badge("cancelled", "Deleted", "close", "in Outlook; it is still in Salesforce")
PRIVATE = Badge("private", "Private", "lock", "left alone")

_NAMES = ("Outlook", "Salesforce", "SnapRecord", "Microsoft")
_AT_REST = frozenset(("", "dead", "excluded"))


def badge_of(
    item: OutlookItem, standing: Standing, verdicts: Sequence[Verdict], policy: Policy
) -> Badge:
    """Return the state of one event."""
    if standing.state not in _AT_REST:
        return _linked(item, standing, policy)
    return _unlinked(item, standing, verdicts)


def badge_of_deleted(standing: Standing) -> Badge:
    """Return the state of a recorded event that is gone from Outlook."""
    if standing.state == "conflict":
        return with_detail(CONFLICT, "deleted in Outlook; you choose")
    if standing.refused and standing.problem:
        return with_detail(ERROR, standing.problem)
    return with_detail(WAITING, "being deleted in Salesforce") if standing.writing else DELETED


def with_detail(badge: Badge, detail: str) -> Badge:
    """Return a badge that says more."""
    return Badge(badge.name, badge.word, badge.icon, _short(detail))


def may_record(
    item: OutlookItem, badge: Badge, mode: Verdict, requested: Sequence[Verdict]
) -> bool:
    """Tell whether Record is offered; ``requested`` are the verdicts for a person who asks for this event."""
    if badge.name not in ("open", "scope", "error"):
        return False
    return stopped((mode, *requested)) is None


def overrides(requested: Sequence[Verdict]) -> bool:
    """Tell whether recording goes against a rule that a person may overrule."""
    return any(verdict.outcome == OVERRIDDEN for verdict in requested)


def legend(policy: Policy) -> tuple[Badge, ...]:
    """Return the states that can be seen in the present mode."""
    return (
        _linked_word(policy), NOT_RECORDED, WAITING, CONFLICT, ERROR, OUT_OF_SCOPE, CANCELLED,
        Badge("private", "Private", "lock"),
    )  # fmt: skip


def _linked_word(policy: Policy) -> Badge:
    return RECORDED if policy.text("mode") in ("snaprecord", "off") else IN_SYNC


def _linked(item: OutlookItem, standing: Standing, policy: Policy) -> Badge:
    if standing.state == "conflict":
        return with_detail(CONFLICT, "a person has to choose")
    if standing.refused and standing.problem:
        return with_detail(ERROR, standing.problem)
    if standing.writing or not standing.in_salesforce:
        doing = "being written" if standing.in_salesforce else "being recorded"
        return with_detail(WAITING, doing if standing.writing else standing.problem or doing)
    if standing.changed:
        return with_detail(WAITING, "an edit is written in the next run")
    return _settled(item, standing, policy)


def _settled(item: OutlookItem, standing: Standing, policy: Policy) -> Badge:
    if item.is_cancelled:
        return with_detail(CANCELLED, standing.problem or "in Outlook")
    badge = _linked_word(policy)
    return with_detail(badge, standing.problem) if standing.problem else badge


def _unlinked(item: OutlookItem, standing: Standing, verdicts: Sequence[Verdict]) -> Badge:
    verdict = stopped(verdicts)
    if item.is_cancelled:
        return CANCELLED
    if verdict is not None and verdict.code == "private":
        return PRIVATE
    if standing.refused and standing.problem:
        return with_detail(ERROR, standing.problem)
    if verdict is not None:
        return with_detail(OUT_OF_SCOPE, verdict.reason)
    if standing.in_salesforce and standing.problem:
        return with_detail(NOT_RECORDED, "deleted in Salesforce")
    return NOT_RECORDED


def _short(reason: str) -> str:
    """Return a reason as it follows a colon: its first sentence, small, without a full stop."""
    first = reason.split(". ", maxsplit=1)[0].rstrip(".")
    if first[:1].isupper() and not first[1:2].isupper() and not first.startswith(_NAMES):
        return first[0].lower() + first[1:]
    return first
