"""Storing what Outlook was seen to hold, with few queries however many items a page has."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sync.core.item import OutlookId, OutlookItem
from sync.models import Link, OutlookSeen
from sync.store.forgetting import forget_texts
from sync.store.linking import touch
from sync.store.rows import Discretion, outlook_row

_KEPT_UP_TO_DATE = [
    "kind", "ical_uid", "series_master_id", "original_start", "etag", "transaction_id", "fields",
    "facts", "digest", "is_private", "problem", "first_day", "last_day", "starts_at", "ends_at",
    "round", "state", "seen_at",
]  # fmt: skip


def save_seen(
    mailbox_id: int,
    items: Sequence[OutlookItem],
    discretion: Discretion,
    *,
    round_number: int | None,
    outside: Iterable[OutlookId] = (),
    seen_at: datetime,
) -> None:
    """Store items; touch the links of those that say something else than before.

    Without ``round_number`` the items were read by id: the round in progress did not show them, and has to prove them
    if it ends without them (one may vanish between our look and its turn in the list).
    """
    rows: dict[str, OutlookSeen] = {}
    hidden: set[str] = set()
    elsewhere = set(outside)
    for item in items:
        row = outlook_row(discretion.discreet(item), mailbox_id, seen_at)
        row.round = round_number or 0
        row.state = OutlookSeen.State.OUTSIDE if item.id in elsewhere else OutlookSeen.State.LIVE
        rows[item.id] = row  # one that comes twice in a page counts once (case B12)
        hidden.discard(item.id)
        if discretion.hides(item):
            hidden.add(item.id)
    if not rows:
        return
    known = {
        row["outlook_id"]: row
        for row in OutlookSeen.objects.filter(
            mailbox_id=mailbox_id, outlook_id__in=list(rows)
        ).values("outlook_id", "digest", "state", "is_private")
    }
    OutlookSeen.objects.bulk_create(
        rows.values(),
        update_conflicts=True,
        unique_fields=["mailbox", "outlook_id"],
        update_fields=[
            name for name in _KEPT_UP_TO_DATE if name != "round" or round_number is not None
        ],
    )
    changed = [
        outlook_id
        for outlook_id, row in rows.items()
        if outlook_id not in known
        or known[outlook_id]["digest"] != row.digest
        or known[outlook_id]["state"] == OutlookSeen.State.GONE
    ]
    _touch(mailbox_id, changed)
    _forget(mailbox_id, [i for i in hidden if i in known and not known[i]["is_private"]])


def mark_gone(mailbox_id: int, gone: Sequence[OutlookId], seen_at: datetime) -> None:
    """Store that these do not exist any more; what was never stored concerns nobody (case A04)."""
    if not gone:
        return
    rows = OutlookSeen.objects.filter(mailbox_id=mailbox_id, outlook_id__in=gone).exclude(
        state=OutlookSeen.State.GONE
    )
    known = list(rows.values_list("outlook_id", flat=True))
    if known:
        rows.update(state=OutlookSeen.State.GONE, seen_at=seen_at)
        _touch(mailbox_id, known)


def _touch(mailbox_id: int, outlook_ids: Sequence[str]) -> None:
    if outlook_ids:
        touch(Link.objects.filter(mailbox_id=mailbox_id, outlook_id__in=outlook_ids))


def _forget(mailbox_id: int, outlook_ids: Sequence[str]) -> None:
    if outlook_ids:
        links = Link.objects.filter(mailbox_id=mailbox_id, outlook_id__in=outlook_ids)
        forget_texts(list(links.values_list("id", flat=True)))
