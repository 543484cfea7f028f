"""What was written to Salesforce for one event, as people read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sync.core.item import as_instant
from sync.models import Conflict, Intent, Link
from sync.web import words
from sync.web.words import Clock

_MOST_ENTRIES = 20
_LONGEST_VALUE_CHARS = 80
_NAMES: Mapping[str, str] = {
    "subject": "Subject",
    "start": "Start",
    "end": "End",
    "all_day": "All day",
    "location": "Place",
    "description": "Text",
    "show_as": "Shown as",
    "sensitivity": "Private",
    "reminder": "Reminder",
    "when": "Time",
    "availability": "Shown as",
    "deleted": "Deleted",
}
_DEEDS: Mapping[tuple[str, str], str] = {
    ("create", "done"): "Recorded in Salesforce",
    ("update", "done"): "Updated in Salesforce",
    ("delete", "done"): "Deleted in Salesforce",
    ("create", "open"): "Being recorded in Salesforce",
    ("update", "open"): "Being updated in Salesforce",
    ("delete", "open"): "Being deleted in Salesforce",
    ("create", "refused"): "Salesforce refused the event",
    ("update", "refused"): "Salesforce refused the change",
    ("delete", "refused"): "Salesforce refused to delete",
}
_CAUSES: Mapping[str, str] = {
    "redact": "it became private",
    "cancelled": "it was cancelled in Outlook",
    "deleted": "it was deleted in Outlook",
    "restored": "it was edited while it was being deleted",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One field: what it was and what it became."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One write or one loss."""

    at: str
    text: str
    reason: str
    changes: Sequence[Change] = ()
    failed: bool = False


def history_of(link: Link, clock: Clock, now: datetime) -> list[Entry]:
    """Return what happened to an event, the latest first (two queries)."""
    intents = link.intents.exclude(status=Intent.Status.VOID).order_by("-id")[:_MOST_ENTRIES]
    conflicts = link.conflicts.filter(state=Conflict.State.SETTLED).order_by("-id")[:_MOST_ENTRIES]
    entries = [(intent.created_at, _write(intent, clock, now)) for intent in intents]
    entries += [(conflict.at, _loss(conflict, clock, now)) for conflict in conflicts]
    return [entry for _, entry in sorted(entries, key=lambda pair: pair[0], reverse=True)]


def shown(value: Any, clock: Clock) -> str:
    """Return a value of a field for people; long texts are cut."""
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and len(value) == 20 and value.endswith("Z") and value[10] == "T":
        instant = as_instant(value)
        return f"{clock.day(instant)}, {clock.time(instant)}"
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST_VALUE_CHARS else text[: _LONGEST_VALUE_CHARS - 1] + "…"


def _write(intent: Intent, clock: Clock, now: datetime) -> Entry:
    deed = _DEEDS.get((intent.op, intent.status), f"{intent.op} {intent.status}")
    changes = [
        Change(_NAMES[name], shown(intent.before.get(name), clock), shown(value, clock))
        for name, value in intent.payload.items()
        if name in _NAMES and intent.op == "update" and intent.before.get(name) != value
    ]
    return Entry(
        clock.near(intent.resolved_at or intent.created_at, now),
        deed,
        intent.reason or (f"because {_CAUSES[intent.cause]}" if intent.cause in _CAUSES else ""),
        changes,
        failed=intent.status == Intent.Status.REFUSED,
    )


def _loss(conflict: Conflict, clock: Clock, now: datetime) -> Entry:
    lost = conflict.losing_value if isinstance(conflict.losing_value, dict) else {}
    won = conflict.winning_value if isinstance(conflict.winning_value, dict) else {}
    changes = [
        Change(_NAMES.get(name, name), shown(value, clock), shown(won.get(name), clock))
        for name, value in lost.items()
        if won.get(name) != value
    ]
    name = _NAMES.get(conflict.field, conflict.field)
    return Entry(
        clock.near(conflict.at, now), f"{name} changed on both sides", conflict.reason, changes
    )


def days_and_times(link: Link, clock: Clock) -> str:
    """Return when an event that is gone took place, from what was last agreed; empty if that is not known."""
    start, end = link.base_outlook.get("start"), link.base_outlook.get("end")
    if not isinstance(start, str) or not isinstance(end, str):
        return ""
    if "T" not in start:
        return f"{words.day(as_instant(start).date())}, all day"
    return clock.span(as_instant(start), as_instant(end))
