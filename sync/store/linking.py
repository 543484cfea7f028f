"""Links of one mailbox: made, found, and read together with everything a plan needs."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from sync.core.item import Fields, OutlookId, OutlookItem, SalesforceId
from sync.engine.ports import Case, OpenIntent
from sync.models import Intent, Link, OutlookSeen, SalesforceSeen
from sync.store.rows import outlook_item

_ASKED_AGAIN = [
    "state", "touched", "tombstone_at", "problem", "problem_field", "decided", "recorded_by",
    "recorded_at", "extras",
]  # fmt: skip
_OPEN = Intent.objects.filter(link=OuterRef("pk"), status=Intent.Status.OPEN)


@transaction.atomic
def ensure_links(
    mailbox: tuple[int, int], items: Sequence[OutlookItem], cause: str, extras: Fields
) -> list[UUID]:
    """Return a link for each item, in order: the one it has (a dead one is asked for anew), or a new one.

    Args:
        mailbox: Its id and the id of its organization (our keys).
        items: May repeat.
        cause: ``click``, ``category``, ``command`` or ``sync``.
        extras: What else is asked for, under Salesforce's field names; kept for the creation.
    """
    mailbox_id, organization_pk = mailbox
    wanted = {str(item.id): item for item in items}
    Link.objects.bulk_create(
        [
            Link(
                id=uuid4(),
                organization_id=organization_pk,
                mailbox_id=mailbox_id,
                outlook_id=item.id,
                occurrence_key=occurrence_key(item),
                recorded_by=cause,
                extras=dict(extras),
            )
            for item in wanted.values()
        ],
        ignore_conflicts=True,  # two tabs, two workers: whoever comes second finds the first one's
    )
    links = {
        str(link.outlook_id): link
        for link in Link.objects.select_for_update()
        .filter(mailbox_id=mailbox_id, outlook_id__in=list(wanted))
        .order_by("id")
    }
    changed = [link for link in links.values() if _asked_again(link, cause, extras)]
    Link.objects.bulk_update(changed, _ASKED_AGAIN)
    return [links[str(item.id)].id for item in items]


def _asked_again(link: Link, cause: str, extras: Fields) -> bool:
    """Let a dead link wait again, with what it knew, and one that waits take more extras; tell whether it changed."""
    if link.state == Link.State.DEAD:
        # If its Event came back from the Recycle Bin, that one is taken up again.
        link.state = Link.State.PENDING_SALESFORCE
        link.tombstone_at = link.recorded_at = None
        link.problem = link.problem_field = link.decided = ""
        link.recorded_by, link.extras = cause, dict(extras)
    elif extras and link.salesforce_id is None and link.extras != {**link.extras, **extras}:
        link.extras = {**link.extras, **extras}
    else:
        return False
    link.touched += 1
    return True


def touch(links: QuerySet[Link]) -> None:
    """Count one more observation of those of these links that are not at rest, so that they are planned again.

    Whoever locks several links does so in the order of their ids: two who do not would wait for each other.
    """
    awake = links.exclude(state__in=(Link.State.DEAD, Link.State.EXCLUDED))
    locked = awake.select_for_update(of=("self",)).order_by("id")
    link_ids = list(locked.values_list("id", flat=True))
    if link_ids:
        Link.objects.filter(id__in=link_ids).update(touched=F("touched") + 1)


def occurrence_key(item: OutlookItem) -> str:
    """Return which slot of which series an occurrence fills; empty for a single event (sync.md 14)."""
    if not item.series_master_id:
        return ""
    return f"{item.series_master_id}|{item.original_start or item.fields.get('start', '')}"[:600]


def links_to_plan(mailbox_id: int) -> QuerySet[Link]:
    """Return links that have something to plan: more was seen than planned, or a write's outcome is unknown."""
    at_rest = Q(state__in=(Link.State.DEAD, Link.State.EXCLUDED))
    return Link.objects.filter(mailbox_id=mailbox_id).filter(
        Exists(_OPEN) | (Q(touched__gt=F("planned")) & ~at_rest)
    )


def cases_of(links: Sequence[Link], mailbox_id: int) -> list[Case]:
    """Return links with what was last seen of both sides and their open write (three queries)."""
    if not links:
        return []
    seen = {
        row.outlook_id: row
        for row in OutlookSeen.objects.filter(
            mailbox_id=mailbox_id, outlook_id__in=[link.outlook_id for link in links]
        )
    }
    deleted = set(
        SalesforceSeen.objects.filter(
            organization_id=links[0].organization_id,
            salesforce_id__in=[link.salesforce_id for link in links if link.salesforce_id],
            is_deleted=True,
        ).values_list("salesforce_id", flat=True)
    )
    opened = {
        intent.link_id: intent
        for intent in Intent.objects.filter(
            link__in=[link.id for link in links], status=Intent.Status.OPEN
        )
    }
    return [
        _case(
            link,
            seen.get(link.outlook_id or ""),
            opened.get(link.id),
            link.salesforce_id in deleted,
        )
        for link in links
    ]


def _case(link: Link, row: OutlookSeen | None, intent: Intent | None, deleted: bool) -> Case:  # noqa: FBT001 -- one column of four
    gone = row is not None and row.state == OutlookSeen.State.GONE
    return Case(
        link_id=link.id,
        generation=link.generation,
        state=link.state,
        outlook_id=OutlookId(link.outlook_id) if link.outlook_id else None,
        salesforce_id=SalesforceId(link.salesforce_id) if link.salesforce_id else None,
        base_outlook=link.base_outlook,
        base_salesforce=link.base_salesforce,
        outlook=outlook_item(row) if row and not gone else None,
        outlook_gone=gone,
        salesforce_deleted=deleted,
        intent=_open_intent(intent) if intent else None,
        touched=link.touched,
        extras=link.extras,
        decided=link.decided,
    )


def _open_intent(intent: Intent) -> OpenIntent:
    return OpenIntent(
        op=intent.op,
        payload=intent.payload,
        source=intent.source,
        before=intent.before,
        cause=intent.cause,
        created_at=intent.created_at,
    )
