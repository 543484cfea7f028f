"""Taking subject, place, text and people of events that became private out of what was kept (promise 11)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sync.core.mapping import TEXTS, redacted
from sync.models import Conflict, Intent, Link, OutlookSeen, SalesforceSeen

_CHUNK = 500


def forget_texts(link_ids: Sequence[UUID]) -> None:
    """Take the texts out of the history of these links; writes on their way keep theirs until their outcome is known."""
    if not link_ids:
        return
    intents = list(Intent.objects.filter(link_id__in=link_ids).exclude(status=Intent.Status.OPEN))
    for intent in intents:
        intent.payload = _without_texts(intent.payload)
        intent.source = _without_texts(intent.source)
        intent.before = _without_texts(intent.before)
    Intent.objects.bulk_update(intents, ["payload", "source", "before"], batch_size=_CHUNK)
    conflicts = list(Conflict.objects.filter(link_id__in=link_ids))
    for conflict in conflicts:
        conflict.losing_value = _without_texts(conflict.losing_value)
        conflict.winning_value = _without_texts(conflict.winning_value)
    Conflict.objects.bulk_update(conflicts, ["losing_value", "winning_value"], batch_size=_CHUNK)
    owned = Link.objects.filter(id__in=link_ids, salesforce_id__isnull=False)
    SalesforceSeen.objects.filter(
        organization__in=owned.values("organization"),
        salesforce_id__in=owned.values("salesforce_id"),
    ).delete()  # read again with the next round


def forget_private_items(mailbox_ids: Sequence[int]) -> None:
    """Take the texts out of all stored private items of these mailboxes: their policy hides them from now on."""
    rows = OutlookSeen.objects.filter(mailbox_id__in=mailbox_ids, is_private=True)
    for start in range(0, rows.count(), _CHUNK):
        chunk = list(rows.order_by("id")[start : start + _CHUNK])
        for row in chunk:
            row.fields = redacted(row.fields)
            row.facts = {
                **row.facts, "organizer": None, "attendees": [], "categories": [], "category_keys": [],
            }  # fmt: skip
        OutlookSeen.objects.bulk_update(chunk, ["fields", "facts"])
    links = Link.objects.filter(
        mailbox_id__in=mailbox_ids, outlook_id__in=rows.values("outlook_id")
    )
    forget_texts(list(links.values_list("id", flat=True)))


def _without_texts(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {name: entry for name, entry in value.items() if name not in TEXTS}
