"""How mailboxes are doing, in a bounded number of queries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery

from linkpoint.accounts.models import Mailbox, Organization, User
from sync.core.settings import resolve
from sync.models import Conflict, OrganizationState, PolicyValue, Run


def mailbox_statuses(
    boxes: QuerySet[Mailbox], now: datetime
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return each mailbox and each of their organizations as ``status`` prints them."""
    last_run = Run.objects.filter(mailbox=OuterRef("pk")).exclude(finished_at=None)
    questions = Q(links__conflicts__state=Conflict.State.OPEN)
    found = list(
        boxes.select_related("user__organization", "user__profile", "organization", "sync_state")
        .annotate(
            last_run=Subquery(last_run.order_by("-started_at").values("finished_at")[:1]),
            questions=Count("links__conflicts", filter=questions),
        )
        .order_by("organization", "address")
    )
    modes = _modes([box.user for box in found])
    organizations = {box.organization_id: box.organization for box in found}
    return (
        [_mailbox(box, modes[box.user_id], now) for box in found],
        _allowances(list(organizations.values())),
    )


def _mailbox(box: Any, mode: str, now: datetime) -> dict[str, Any]:
    state = getattr(box, "sync_state", None)
    synced_at = state.synced_at if state else None
    return {
        "address": box.address,
        "username": box.user.username,
        "organization": box.organization.salesforce_id,
        "mode": mode,
        "state": _state(box, now),
        "problem": box.problem or (state.problem if state else "") or box.user.salesforce_problem,
        "last_run": _text(box.last_run),
        "next_run": _text(state.next_poll_at if state else None),
        "lag_seconds": round((now - synced_at).total_seconds()) if synced_at else None,
        "holds": 0,
        "conflicts": box.questions,
    }


def _state(box: Mailbox, now: datetime) -> str:
    """Return ``paused`` while a pause holds, else the mailbox's own state."""
    if box.state == Mailbox.State.ACTIVE and box.user.pause_in_force(now) is not None:
        return "paused"
    return box.state


def _modes(users: Sequence[User]) -> dict[int, str]:
    """Return the mode of each user (one query)."""
    rows = PolicyValue.objects.filter(
        organization__in={user.organization_id for user in users},
        name__in=("mode", "modes_allowed"),
    )
    by_level: dict[tuple[str, int | None], list[PolicyValue]] = {}
    for row in rows:
        key = {"organization": row.organization_id, "profile": row.profile_id, "user": row.user_id}
        by_level.setdefault((row.level, key[row.level]), []).append(row)
    return {
        user.pk: resolve(
            *(
                [row.stored() for row in by_level.get(key, ())]
                for key in (
                    ("organization", user.organization_id),
                    ("profile", user.profile_id),
                    ("user", user.pk),
                )
            )
        ).text("mode")
        for user in users
    }


def _allowances(organizations: Sequence[Organization]) -> list[dict[str, Any]]:
    states = OrganizationState.objects.filter(organization__in=organizations)
    rows = states.annotate(name=F("organization__salesforce_id")).order_by("name")
    return [
        {
            "organization": row.name,
            "api_used": row.api_used,
            "api_allowed": row.api_allowed,
            "problem": row.problem,
        }
        for row in rows
    ]


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
