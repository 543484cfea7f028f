"""What must be true of both calendars, whatever happened on the way: told from the services' own histories.

Nothing here uses the engine's mapping, merging or planning: what Salesforce should hold is written anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync.core.item import Fields, Value, as_instant
from tests.sim.outlook import Event
from tests.sim.salesforce import ENGINE, PERSON, Row

UNITS: Mapping[str, tuple[str, ...]] = {
    "subject": ("subject",),
    "when": ("start", "end", "all_day"),
    "location": ("location",),
    "description": ("description",),
    "availability": ("show_as", "sensitivity"),
}
Values = tuple[Value, ...]
MARK = "Cancelled: "


@dataclass(frozen=True, slots=True)
class Rules:
    """The part of the policy that a judge has to know."""

    outlook_deleted: str = "ask"
    prevents_delete: bool = True
    private: str = "skip"
    became_private: str = "redact"
    past_delete: str = "never"
    past_days: int = 30
    future_days: int = 60


def is_private(fields: Fields) -> bool:
    """Tell whether Outlook calls it anything but normal."""
    return fields["sensitivity"] != "normal"


def expected(fields: Fields, rules: Rules) -> dict[str, Value]:
    """Return what Salesforce should hold of an Outlook event."""
    subject = str(fields["subject"])
    if len(subject) > 255:
        subject = subject[:252].rstrip() + "..."
    shown = {"free": "Free", "oof": "OutOfOffice"}.get(str(fields["show_as"]), "Busy")
    result: dict[str, Value] = {
        "subject": subject or "(no subject)",
        "location": str(fields["location"])[:255]
        if len(str(fields["location"])) <= 255
        else _short(fields["location"]),
        "description": fields["description"],
        "start": fields["start"],
        "end": fields["end"],
        "all_day": fields["all_day"],
        "show_as": shown,
        "sensitivity": "private" if is_private(fields) else "normal",
    }
    if is_private(fields) and rules.private != "full_and_private":
        result.update(subject="Busy", location="", description="")
    return result


def _short(text: Value) -> str:
    return str(text)[:252].rstrip() + "..."


def unit_of(fields: Fields, unit: str) -> Values:
    """Return the values of one unit."""
    return tuple(fields.get(name) for name in UNITS[unit])


def states(event: Event, unit: str, rules: Rules) -> list[tuple[int, Values]]:
    """Return what Salesforce should have held of a unit over time, each with the moment it began."""
    result: list[tuple[int, Values]] = []
    for ms, fields in event.past:
        values = unit_of(expected(fields, rules), unit)
        if not result or result[-1][1] != values:
            result.append((ms, values))
    return result


def ended_by(fields: Fields, now: datetime) -> bool:
    """Tell whether an event is over."""
    return as_instant(str(fields["end"])) < now


def is_far(fields: Fields, rules: Rules, now: datetime, slack_days: int) -> bool:
    """Tell whether an event lies outside the range of days, by more than a slack (negative: nearly outside)."""
    slack = timedelta(days=slack_days)
    first = now - timedelta(days=rules.past_days) - slack
    last = now + timedelta(days=rules.future_days) + slack
    return as_instant(str(fields["end"])) < first or as_instant(str(fields["start"])) > last


def judge_delete(event: Event, row: Row, rules: Rules, now: datetime, decided: str) -> str:
    """Return what is wrong with a delete that is about to take effect; empty if nothing is."""
    if rules.prevents_delete:
        return "DELETE-PREVENTED"
    was_private = any(is_private(fields) for _, fields in event.past)
    if was_private and rules.private != "full_and_private" and rules.became_private == "delete":
        return ""
    if not event.dead and not event.is_cancelled:
        return "DELETE-OF-LIVING"
    if decided != "delete" and rules.outlook_deleted != "delete":
        return "DELETE-UNASKED"
    if rules.past_delete == "never" and ended_by(row.fields, now):
        return "DELETE-OF-PAST"
    return ""


def judge_pair(event: Event, row: Row, rules: Rules, kept: Sequence[Fields]) -> str:
    """Return what is wrong with a living pair; ``kept`` are the values that Conflicts remember."""
    for unit in UNITS:
        problem = _judge_unit(event, row, unit, rules, kept) or _overwritten(
            event, row, unit, kept, rules
        )
        if problem:
            return f"{problem} {unit} of {event.id} {row.id}"
    return ""


def _judge_unit(event: Event, row: Row, unit: str, rules: Rules, kept: Sequence[Fields]) -> str:
    history = states(event, unit, rules)
    final, wanted = unit_of(row.fields, unit), history[-1][1]
    writes = [w for w in row.past if any(name in w.fields for name in UNITS[unit])]
    by_people = [number for number, write in enumerate(writes) if write.by == PERSON]
    if not by_people:
        well = final == wanted or _remembered(wanted, unit, kept)
        return "" if well else f"DIVERGED {final} instead of {wanted}"
    last_edit = writes[by_people[-1]]
    ours_before = [w for w in writes[: by_people[-1]] if w.by == ENGINE]
    told = unit_of(ours_before[-1].after, unit)
    if final == wanted:
        return ""
    if final != unit_of(last_edit.after, unit):
        return f"DIVERGED {final} is neither {wanted} nor the edit"
    shown = [w for w in writes[: by_people[-1]] if w.ms < history[-1][0]][-1:]
    shown += [w for w in writes[: by_people[-1]] if w.ms >= history[-1][0]]
    agreed = any(unit_of(w.after, unit) == wanted for w in shown)
    if told == wanted or agreed or _remembered(wanted, unit, kept):
        return ""
    return f"STALE-WIN {final} although Outlook says {wanted} and Salesforce was told {told}"


def _overwritten(event: Event, row: Row, unit: str, kept: Sequence[Fields], rules: Rules) -> str:
    """Return a person's edit that a write of ours replaced and nobody remembers."""
    if unit in ("subject", "location", "description") and was_hidden(event, rules):
        return (
            ""  # nothing is remembered of the texts of an event that was private once (promise 11)
        )
    told: Values = ()
    edit: Values | None = None  # what a person made of it since we wrote
    said = [values for _, values in states(event, unit, rules)]
    for write in row.past:
        if not any(name in write.fields for name in UNITS[unit]):
            continue
        values = unit_of(write.after, unit)
        if write.by == PERSON:
            edit = values if values != told and values not in said else None
            continue
        if edit not in (None, values) and not (
            _remembered(edit, unit, kept) or _marks(values, edit)
        ):
            return f"EDIT-FORGOTTEN {edit}"
        told, edit = values, None
    return ""


def was_hidden(event: Event, rules: Rules) -> bool:
    """Tell whether the event was ever private under rules that hide what is private."""
    return rules.private != "full_and_private" and any(is_private(f) for _, f in event.past)


def _marks(ours: Values, edit: Values | None) -> bool:
    """Tell whether we only said before a person's subject that the meeting was cancelled."""
    kept = str(edit[0])[:200] if edit else ""
    return str(ours[0]).startswith(MARK + kept)


def _remembered(values: Values | None, unit: str, kept: Sequence[Fields]) -> bool:
    return any(unit_of(fields, unit) == values for fields in kept)


def needless_overwrite(
    event: Event, row: Row, fields: Fields, rules: Rules, *, all_known: bool
) -> str:
    """Return a unit that is about to replace a person's edit although Outlook did not change since it was told.

    Unless ``all_known``, a write may be of unknown outcome: then an edit that brings back exactly what was there before
    it cannot be told from the write not having happened.
    """
    for unit, names in UNITS.items():
        if not any(name in fields for name in names):
            continue
        writes = [w for w in row.past if any(name in w.fields for name in names)]
        if not writes or writes[-1].by != PERSON:
            continue
        ours = [w for w in writes if w.by == ENGINE]
        told, since = unit_of(ours[-1].after, unit), ours[-1].ms
        at = writes.index(ours[-1])
        since_then = [unit_of(write.after, unit) for write in writes[at + 1 :]]
        if not all_known and at and unit_of(writes[at - 1].after, unit) in since_then:
            continue
        history = states(event, unit, rules)
        if unit == "subject" and _marks(unit_of(fields, unit), unit_of(row.fields, unit)):
            continue
        told_at = [n for n, (ms, values) in enumerate(history) if values == told and ms <= since]
        if told_at and told_at[-1] == len(history) - 1:
            return f"NEEDLESS-OVERWRITE {unit} of {row.id}"
    return ""
