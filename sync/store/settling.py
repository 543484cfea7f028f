"""Storing what became true of links and of the writes on their way, with few queries however many links there are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sync.core.item import Fields
from sync.engine.ports import LinkUpdate, NewIntent
from sync.models import Conflict, Intent, Link
from sync.store.forgetting import forget_texts
from sync.store.rows import clean

_LINK_COLUMNS = [
    "planned", "state", "generation", "salesforce_id", "base_outlook", "base_salesforce", "problem",
    "problem_field", "recorded_at", "tombstone_at", "decided",
]  # fmt: skip
_LONGEST_PROBLEM_CHARS = 500


def apply_updates(mailbox_id: int, updates: Sequence[LinkUpdate], now: datetime) -> None:
    """Make these updates true, in order; links of other mailboxes are left alone."""
    if not updates:
        return
    links = {
        link.id: link
        for link in Link.objects.select_for_update()
        .filter(mailbox_id=mailbox_id, id__in={update.link_id for update in updates})
        .order_by("id")
    }
    known = [update for update in updates if update.link_id in links]
    for update in known:
        _apply(links[update.link_id], update, now)
    Link.objects.bulk_update(links.values(), _LINK_COLUMNS)
    _close_intents([update for update in known if update.intent], now)
    _settle_questions([u.link_id for u in known if u.state not in (None, "conflict")], now)
    _add_conflicts(known, now)
    forget_texts([update.link_id for update in known if update.forget_texts])


def add_intents(
    mailbox_id: int, intents: Sequence[NewIntent], *, epoch: int, run_id: int | None
) -> None:
    """Store writes that are about to be sent; a create that is sent again has its intent already (R4).

    Args:
        mailbox_id: Its links alone may be written.
        intents: One a link.
        epoch: Of the turn they are sent in.
        run_id: The run that shows them.
    """
    if not intents:
        return
    wanted = {intent.link_id: intent for intent in intents}
    links = Link.objects.filter(mailbox_id=mailbox_id, id__in=wanted)
    ours = set(links.values_list("id", flat=True))
    Intent.objects.bulk_create(
        Intent(
            link_id=intent.link_id,
            run_id=run_id,
            epoch=epoch,
            op=intent.op,
            generation=intent.generation,
            payload=clean(dict(intent.payload)),
            source=clean(dict(intent.source)),
            before=clean(dict(intent.before)),
            cause=intent.cause,
        )
        for intent in wanted.values()
        if intent.link_id in ours
    )


def _apply(link: Link, update: LinkUpdate, now: datetime) -> None:
    if update.planned is not None:
        link.planned = update.planned
    if update.problem is not None:
        link.problem = update.problem[:_LONGEST_PROBLEM_CHARS]
        link.problem_field = update.problem_field[:80]
    if update.forget_answer:
        link.decided = ""
    _move_bases(link, update)
    if update.generation is not None and update.generation != link.generation:
        link.generation, link.salesforce_id = update.generation, None
    if update.salesforce_id is not None:
        link.salesforce_id = update.salesforce_id
        link.recorded_at = link.recorded_at or now
    if update.state is not None:
        link.state = update.state
        link.tombstone_at = now if update.state == Link.State.DEAD else None


def _move_bases(link: Link, update: LinkUpdate) -> None:
    for name in ("base_outlook", "base_salesforce"):
        base: Fields | None = getattr(update, name)
        if base is not None:
            setattr(link, name, clean(dict(base)))


def _close_intents(updates: Sequence[LinkUpdate], now: datetime) -> None:
    if not updates:
        return
    outcome: Mapping[UUID, LinkUpdate] = {update.link_id: update for update in updates}
    intents = list(Intent.objects.filter(link_id__in=list(outcome), status=Intent.Status.OPEN))
    for intent in intents:
        update = outcome[intent.link_id]
        intent.status = update.intent or intent.status
        intent.reason = update.reason[:_LONGEST_PROBLEM_CHARS]
        intent.resolved_at = now
    Intent.objects.bulk_update(intents, ["status", "reason", "resolved_at"])


def _settle_questions(link_ids: Sequence[UUID], now: datetime) -> None:
    if link_ids:
        Conflict.objects.filter(link_id__in=link_ids, state=Conflict.State.OPEN).update(
            state=Conflict.State.SETTLED, settled_at=now
        )


def _add_conflicts(updates: Sequence[LinkUpdate], now: datetime) -> None:
    rows = [
        Conflict(
            link_id=update.link_id,
            field=conflict.field,
            losing_side="salesforce",
            losing_value=_json(conflict.losing_value),
            winning_value=_json(conflict.winning_value),
            reason=conflict.reason[:300],
            state=Conflict.State.OPEN if conflict.is_open else Conflict.State.SETTLED,
            settled_at=None if conflict.is_open else now,
        )
        for update in updates
        for conflict in update.conflicts
    ]
    if rows:
        # A question that is open already stays as it was asked.
        Conflict.objects.bulk_create(rows, ignore_conflicts=True)


def _json(fields: Fields | None) -> Fields | None:
    return None if fields is None else clean(dict(fields))
