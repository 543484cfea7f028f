"""What commands print about runs; the keys are stable (operator commands)."""

from collections.abc import Sequence
from typing import Any

from sync.core.scope import Verdict
from sync.models import Conflict
from sync.wiring.work import Work

_DIRECTION_OF_SNAPRECORD = "outlook_to_salesforce"


def run_document(work: Work, *, planned_only: bool = False) -> dict[str, Any]:
    """Return what ``sync`` answers about one run."""
    actions = [
        {
            "n": number,
            "side": action.side,
            "op": action.op,
            "outlook_id": action.outlook_id,
            "salesforce_id": action.salesforce_id,
            "occurrence": action.occurrence or None,
            "fields": list(action.fields),
            "state": action.state,
            "reason": action.reason or None,
        }
        for number, action in enumerate(work.report.actions, start=1)
    ]
    mode = work.policy.text("mode")
    return {
        "run": str(work.run.pk),
        "user": work.mailbox.user.username,
        "mode": mode,
        "direction": _DIRECTION_OF_SNAPRECORD
        if mode == "snaprecord"
        else work.policy.text("direction"),
        "planned_only": planned_only,
        "considered": work.report.considered,
        "verdicts": work.report.verdicts,
        "actions": actions,
        "holds": _holds(str(work.run.pk), actions),
        "conflicts": open_conflicts(work.mailbox.pk),
        "mails": 0,
        "calls": work.sides.counts(),
        "writes": {
            "outlook": 0,
            "salesforce": sum(
                action["state"] == "done" and action["op"] in ("create", "update", "delete")
                for action in actions
            ),
        },
    }


def open_conflicts(mailbox_id: int) -> list[dict[str, Any]]:
    """Return the questions of a mailbox that wait for a person."""
    rows = Conflict.objects.filter(link__mailbox_id=mailbox_id, state=Conflict.State.OPEN)
    return [
        {
            "id": str(row.pk),
            "field": row.field,
            "outlook_id": row.link.outlook_id,
            "reason": row.reason,
        }
        for row in rows.select_related("link").order_by("id")
    ]


def verdict_documents(verdicts: Sequence[Verdict]) -> list[dict[str, str]]:
    """Return verdicts as commands print them."""
    return [
        {"rule": verdict.rule, "outcome": verdict.outcome, "reason": verdict.reason}
        for verdict in verdicts
    ]


def _holds(run_id: str, actions: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    held = [action for action in actions if action["state"] == "held"]
    if not held:
        return []
    return [{"id": run_id, "limit": "max_deletes_per_run", "count": len(held)}]
