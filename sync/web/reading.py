"""Reading for screens: the events of some days with their links, in a bounded number of queries.

Every question is asked for one mailbox, and through it for one organization (promise 10).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import (
    Exists,
    F,
    Func,
    JSONField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)

from linkpoint.accounts.models import Mailbox
from sync.models import Conflict, Intent, Link, MailboxState, OutlookSeen, Run
from sync.web.badges import Standing
from sync.web.week import bounds
from sync.web.words import Clock

_MOST_EVENTS = 1500
ATTENTION_LIMIT = 20
_OPEN = Intent.objects.filter(link=OuterRef("pk"), status=Intent.Status.OPEN)
_LATEST = Intent.objects.filter(link=OuterRef("pk")).order_by("-id")
_NEEDS_PERSON = Q(state=Link.State.CONFLICT) | (
    ~Q(problem="") & Q(latest=Intent.Status.REFUSED) & ~Q(state=Link.State.EXCLUDED)
)


class Without(Func):
    """A JSON object without one of its members: a long text that a list does not show is not read."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = JSONField()

    def __init__(self, column: str, member: str) -> None:
        """Leave ``member`` out of ``column``."""
        super().__init__(F(column), Func(Value(member), template="%(expressions)s::text"))


@dataclass(frozen=True, slots=True)
class Written:
    """How many events were written to Salesforce."""

    created: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """One event as last seen, with its link and what is known of it."""

    row: OutlookSeen
    link: Link | None
    standing: Standing


def events_between(mailbox: Mailbox, monday: date, clock: Clock) -> list[Seen]:
    """Return the events of seven days, in order (two queries)."""
    instants = bounds(monday, clock.zone)
    rows = OutlookSeen.objects.in_range(
        mailbox.pk, (monday, monday + timedelta(days=7)), instants
    ).order_by("starts_at", "id")
    return _seen(mailbox, slim(rows)[:_MOST_EVENTS])


def event(mailbox: Mailbox, pk: int) -> Seen | None:
    """Return one event of the mailbox with all its text, or None."""
    row = OutlookSeen.objects.on_screen(mailbox.pk).filter(pk=pk)
    return next(iter(_seen(mailbox, row)), None)


def outlook_id_of(mailbox: Mailbox, pk: int) -> str | None:
    """Return the Outlook id of one event of the mailbox, or None (one query)."""
    return (
        OutlookSeen.objects.shown(mailbox.pk)
        .filter(pk=pk)
        .values_list("outlook_id", flat=True)
        .first()
    )


def slim(rows: QuerySet[OutlookSeen]) -> QuerySet[OutlookSeen]:
    """Return the rows without the texts of their events."""
    return rows.defer("fields").annotate(slim=Without("fields", "description"))


def links_of(mailbox: Mailbox) -> QuerySet[Link]:
    """Return the links of a mailbox, each with whether a write is on its way and how the last one ended."""
    return Link.objects.filter(
        mailbox_id=mailbox.pk, organization_id=mailbox.organization_id
    ).annotate(writing=Exists(_OPEN), latest=Subquery(_LATEST.values("status")[:1]))


def standing_of(link: Link | None) -> Standing:
    """Return what is known of a link, as :func:`links_of` reads it."""
    if link is None:
        return Standing()
    return Standing(
        state=link.state,
        writing=bool(getattr(link, "writing", False)),
        changed=link.touched > link.planned,
        in_salesforce=link.salesforce_id is not None,
        refused=getattr(link, "latest", None) == Intent.Status.REFUSED,
        problem=link.problem,
    )


def attention(mailbox: Mailbox) -> list[Link]:
    """Return the links that need a person, the newest first (one query)."""
    return list(links_of(mailbox).filter(_NEEDS_PERSON).order_by("-created_at")[:ATTENTION_LIMIT])


def subjects(mailbox: Mailbox, links: Iterable[Link]) -> dict[str, OutlookSeen]:
    """Return the last sight of the events of some links, by Outlook id (one query)."""
    ids = [link.outlook_id for link in links if link.outlook_id]
    if not ids:
        return {}
    rows = OutlookSeen.objects.filter(mailbox_id=mailbox.pk, outlook_id__in=ids)
    return {row.outlook_id: _with_fields(row) for row in slim(rows)}


def open_questions(mailbox: Mailbox, links: Sequence[Link]) -> dict[str, Conflict]:
    """Return the open question of each link that has one, by link id (one query)."""
    if not links:
        return {}
    rows = Conflict.objects.filter(
        link__in=[link.pk for link in links],
        link__mailbox_id=mailbox.pk,
        state=Conflict.State.OPEN,
    )
    return {str(row.link_id): row for row in rows}


def next_event(mailbox: Mailbox, after: datetime) -> datetime | None:
    """Return when the next timed event behind an instant begins, or None (one query)."""
    rows = OutlookSeen.objects.shown(mailbox.pk).filter(starts_at__gte=after)
    found = rows.aggregate(first=Min("starts_at"))["first"]
    return found if isinstance(found, datetime) else None


def last_run(mailbox: Mailbox) -> Run | None:
    """Return the latest run of the mailbox that has ended, if any (one query)."""
    ended = Run.objects.filter(mailbox_id=mailbox.pk).exclude(state=Run.State.RUNNING)
    return ended.order_by("-started_at").first()


def written_since(mailbox: Mailbox, begin: datetime) -> Written:
    """Return what all runs wrote since an instant, single recordings among them (one query)."""
    runs = Run.objects.filter(mailbox_id=mailbox.pk, started_at__gte=begin)
    sums = runs.aggregate(
        created=Sum("created", default=0),
        updated=Sum("updated", default=0),
        deleted=Sum("deleted", default=0),
    )
    return Written(**sums)


def state_of(mailbox: Mailbox) -> MailboxState | None:
    """Return where the reading of the mailbox stands; None if it was never begun (one query)."""
    return MailboxState.objects.filter(mailbox_id=mailbox.pk).first()


def _seen(mailbox: Mailbox, seen_rows: Iterable[OutlookSeen]) -> list[Seen]:
    rows = [_with_fields(row) for row in seen_rows]
    if not rows:
        return []
    links = {
        link.outlook_id: link
        for link in links_of(mailbox).filter(outlook_id__in=[row.outlook_id for row in rows])
    }
    return [Seen(row, link := links.get(row.outlook_id), standing_of(link)) for row in rows]


def _with_fields(row: OutlookSeen) -> OutlookSeen:
    """Return the row with its slim fields in the place of the deferred ones."""
    if "fields" in row.get_deferred_fields():
        row.fields = getattr(row, "slim", {})
    return row
