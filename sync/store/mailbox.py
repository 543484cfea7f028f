"""The rows of one mailbox: what the engine reads and writes between its calls."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from sync.core.item import Fields, Kind, OutlookId, OutlookItem, SalesforceId
from sync.core.settings import Policy
from sync.engine.ports import Case, LinkUpdate, NewIntent, Reading
from sync.models import Link, MailboxState, OutlookSeen
from sync.store.fencing import fenced
from sync.store.leases import Lease
from sync.store.linking import cases_of, ensure_links, links_to_plan
from sync.store.observing import mark_gone, save_seen
from sync.store.rows import Discretion, outlook_item
from sync.store.settling import add_intents, apply_updates

_LIVE = OutlookSeen.State.LIVE


class PostgresStore:
    """Implements ``sync.engine.ports.Store``: each method is one fenced transaction.

    Attributes:
        lease: The turn for the mailbox.
    """

    def __init__(
        self, lease: Lease, organization_pk: int, policy: Policy, run_id: int | None = None
    ) -> None:
        self.lease = lease
        self._mailbox_id = lease.of
        self._organization_pk = organization_pk
        self._discretion = Discretion.of(policy)
        self._run_id = run_id

    @fenced
    def reading(self) -> Reading:
        """Return where the reading of Outlook stands."""
        return _reading(self._state())

    @fenced
    def start_round(self, window: tuple[datetime, datetime]) -> Reading:
        """Begin a full round over a window; rows and the old cursor stay (R12)."""
        state = self._state()
        state.window_start, state.window_end = window
        state.in_round, state.round_link = True, ""
        state.delta_round += 1
        state.save(
            update_fields=["window_start", "window_end", "in_round", "round_link", "delta_round"]
        )
        return _reading(state)

    @fenced
    def save_page(self, items: Sequence[OutlookItem], next_link: str, delta_link: str) -> None:
        """Store observations and the cursor that covers them together (R1)."""
        state = self._state()
        save_seen(
            self._mailbox_id, items, self._discretion,
            round_number=state.delta_round, seen_at=timezone.now(),
        )  # fmt: skip
        column = "round_link" if state.in_round else "delta_link"
        setattr(state, column, delta_link or next_link)
        state.save(update_fields=[column])

    @fenced
    def save_outlook(
        self, items: Sequence[OutlookItem], gone: Sequence[OutlookId], outside: Sequence[OutlookId]
    ) -> None:
        """Store what fresh reads said; ``outside`` exists, but not in the window."""
        now = timezone.now()
        save_seen(
            self._mailbox_id, items, self._discretion,
            round_number=None, outside=outside, seen_at=now,
        )  # fmt: skip
        mark_gone(self._mailbox_id, gone, now)

    @fenced
    def suspects(
        self, removed: Sequence[OutlookId], series: Sequence[str], present: Sequence[OutlookId]
    ) -> list[OutlookId]:
        """Return live rows that were said to be removed, or belong to these series and are not ``present``."""
        named = Q(outlook_id__in=removed) & ~Q(state=OutlookSeen.State.GONE)
        of_series = Q(series_master_id__in=series, state=_LIVE) & ~Q(outlook_id__in=present)
        return self._ids(named | of_series)

    @fenced
    def masters(self, ids: Sequence[str]) -> Mapping[str, OutlookItem]:
        """Return stored masters by id."""
        rows = (
            self._seen()
            .filter(outlook_id__in=ids, kind=Kind.MASTER)
            .exclude(state=OutlookSeen.State.GONE)
        )
        return {row.outlook_id: outlook_item(row) for row in rows}

    @fenced
    def missed_in_round(self) -> list[OutlookId]:
        """Return live rows that the full round in progress did not show."""
        return self._ids(Q(state=_LIVE) & ~Q(round=self._state().delta_round))

    @fenced
    def finish_round(self) -> None:
        """Make the finished round the present one."""
        state = self._state()
        state.delta_link, state.round_link, state.in_round = state.round_link, "", False
        state.save(update_fields=["delta_link", "round_link", "in_round"])

    @fenced
    def carrying(self, category: str) -> list[OutlookItem]:
        """Return live items with this category that never had a link."""
        linked = Link.objects.filter(mailbox_id=self._mailbox_id, outlook_id=OuterRef("outlook_id"))
        rows = OutlookSeen.objects.shown(self._mailbox_id).filter(
            ~Exists(linked), facts__category_keys__contains=[category.casefold()]
        )
        return [outlook_item(row) for row in rows.order_by("outlook_id")]

    @fenced
    def link(self, items: Sequence[OutlookItem], cause: str, extras: Fields) -> list[UUID]:
        """Return a link for each item: the one it has, or a new one; a dead one waits again, with what it knew."""
        return ensure_links((self._mailbox_id, self._organization_pk), items, cause, extras)

    @fenced
    def cases(self, link_ids: Sequence[UUID] | None, limit: int, after: UUID | None) -> list[Case]:
        """Return links that are not dead in the order of their ids, from the one behind ``after`` on."""
        if link_ids is None:
            links = links_to_plan(self._mailbox_id)
        else:
            links = Link.objects.filter(mailbox_id=self._mailbox_id, id__in=link_ids)
        if after is not None:
            links = links.filter(id__gt=after)
        chosen = links.exclude(state=Link.State.DEAD).order_by("id")[:limit]
        return cases_of(list(chosen), self._mailbox_id)

    @fenced
    def deletions(self) -> tuple[int, int]:
        """Return how many linked events are known to be gone and not dealt with, and how many are linked."""
        lost = self._seen().filter(
            Q(state=OutlookSeen.State.GONE) | Q(facts__is_cancelled=True),
            outlook_id=OuterRef("outlook_id"),
        )
        linked = Link.objects.filter(
            mailbox_id=self._mailbox_id, salesforce_id__isnull=False
        ).exclude(state__in=(Link.State.DEAD, Link.State.EXCLUDED))
        waiting = links_to_plan(self._mailbox_id).filter(Exists(lost), salesforce_id__isnull=False)
        return waiting.count(), linked.count()

    @fenced
    def linked(self, ids: Sequence[SalesforceId]) -> list[SalesforceId]:
        """Return those of these Events that a link of the organization holds."""
        links = Link.objects.filter(organization_id=self._organization_pk, salesforce_id__in=ids)
        held = links.order_by("salesforce_id").values_list("salesforce_id", flat=True)
        return [SalesforceId(row_id) for row_id in held if row_id]

    @fenced
    def live(self, limit: int, after: OutlookId | None) -> list[OutlookItem]:
        """Return live events (no masters) in the order of their ids, from the one behind ``after`` on."""
        rows = OutlookSeen.objects.shown(self._mailbox_id)
        if after is not None:
            rows = rows.filter(outlook_id__gt=after)
        return [outlook_item(row) for row in rows.order_by("outlook_id")[:limit]]

    @fenced
    def write_ahead(self, updates: Sequence[LinkUpdate], intents: Sequence[NewIntent]) -> None:
        """Store what is settled and what is about to be sent (R3, R6)."""
        apply_updates(self._mailbox_id, updates, timezone.now())
        add_intents(self._mailbox_id, intents, epoch=self.lease.epoch, run_id=self._run_id)

    @fenced
    def settle(self, updates: Sequence[LinkUpdate]) -> None:
        """Store outcomes."""
        apply_updates(self._mailbox_id, updates, timezone.now())

    def _state(self) -> MailboxState:
        return MailboxState.objects.get_or_create(mailbox_id=self._mailbox_id)[0]

    def _seen(self) -> QuerySet[OutlookSeen]:
        return OutlookSeen.objects.filter(mailbox_id=self._mailbox_id)

    def _ids(self, which: Q) -> list[OutlookId]:
        rows = self._seen().filter(which).order_by("outlook_id")
        return [OutlookId(outlook_id) for outlook_id in rows.values_list("outlook_id", flat=True)]


def _reading(state: MailboxState) -> Reading:
    window = (
        (state.window_start, state.window_end)
        if state.window_start is not None and state.window_end is not None
        else None
    )
    return Reading(window, state.delta_link, state.round_link, state.in_round)
