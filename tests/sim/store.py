"""The engine's stores in memory: the transaction contract of ``sync.engine.ports``, written anew.

One call of a method is one transaction; the driver refuses calls of a worker whose epoch has passed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from sync.core.item import Fields, Kind, OutlookId, OutlookItem, SalesforceId, SalesforceItem
from sync.core.mapping import CREATE_ONLY, TEXTS, redacted
from sync.engine.ports import Case, LinkUpdate, NewConflict, NewIntent, OpenIntent, Reading
from sync.engine.resolve import mapped
from tests.sim.clock import Clock

LIVE, OUTSIDE, AWAY = "live", "outside", "gone"
ORGANIZATION = "00D000000000001AAA"


@dataclass(slots=True)
class Seen:
    """One Outlook event as last seen."""

    item: OutlookItem
    state: str
    round: int


@dataclass(slots=True)
class StoredIntent:
    """One write; ``status`` is open, done, refused or void."""

    link_id: UUID
    epoch: int
    new: NewIntent
    created_at: datetime
    status: str = "open"


@dataclass(slots=True)
class StoredLink:
    """One link."""

    id: UUID
    outlook_id: OutlookId
    extras: Fields
    cause: str
    state: str = "pending_salesforce"
    generation: int = 0
    salesforce_id: SalesforceId | None = None
    base_outlook: Fields = field(default_factory=dict)
    base_salesforce: Fields = field(default_factory=dict)
    touched: int = 1
    planned: int = 0
    problem: str = ""
    decided: str = ""


@dataclass(slots=True)
class StoredConflict:
    """A value that lost, or a question."""

    link_id: UUID
    entry: NewConflict
    is_open: bool


@dataclass(slots=True)
class Rows:
    """Everything that survives a crash."""

    window: tuple[datetime, datetime] | None = None
    delta_link: str = ""
    round_link: str = ""
    in_round: bool = False
    round: int = 0
    seen: dict[OutlookId, Seen] = field(default_factory=dict)
    links: dict[UUID, StoredLink] = field(default_factory=dict)
    link_of: dict[OutlookId, UUID] = field(default_factory=dict)
    intents: list[StoredIntent] = field(default_factory=list)
    open: dict[UUID, StoredIntent] = field(default_factory=dict)
    conflicts: list[StoredConflict] = field(default_factory=list)
    cursor: datetime | None = None
    salesforce: dict[SalesforceId, SalesforceItem] = field(default_factory=dict)


class MemoryStore:
    """The rows of one mailbox.

    Attributes:
        rows: What survives.
        epoch: Of the latest worker; what a worker with an older one asks for is refused by the driver.
        extras_of: What the harness adds to a new link, so that the judge knows the event again.
    """

    def __init__(self, clock: Clock, keeps_private: Callable[[], bool]) -> None:
        self.clock = clock
        self.rows = Rows()
        self.epoch = 0
        self.extras_of: Callable[[OutlookId], Fields] = lambda _: {}
        self._keeps_private = keeps_private

    def reading(self) -> Reading:
        """Return where the reading stands."""
        rows = self.rows
        return Reading(rows.window, rows.delta_link, rows.round_link, rows.in_round)

    def start_round(self, window: tuple[datetime, datetime]) -> Reading:
        """Begin a full round."""
        rows = self.rows
        rows.window, rows.in_round, rows.round_link = window, True, ""
        rows.round += 1
        return self.reading()

    def save_page(self, items: Sequence[OutlookItem], next_link: str, delta_link: str) -> None:
        """Store items and cursor."""
        self._see(items, (), self.rows.round)
        if self.rows.in_round:
            self.rows.round_link = delta_link or next_link
        else:
            self.rows.delta_link = delta_link or next_link

    def save_outlook(
        self, items: Sequence[OutlookItem], gone: Sequence[OutlookId], outside: Sequence[OutlookId]
    ) -> None:
        """Store what fresh reads said."""
        self._see(items, outside, None)
        for outlook_id in gone:
            seen = self.rows.seen.get(outlook_id)
            if seen is not None and seen.state != AWAY:
                seen.state = AWAY
                self._touch(outlook_id)

    def suspects(
        self, removed: Sequence[OutlookId], series: Sequence[str], present: Sequence[OutlookId]
    ) -> list[OutlookId]:
        """Return rows that need a proof."""
        return [
            outlook_id
            for outlook_id, seen in self.rows.seen.items()
            if (outlook_id in removed and seen.state != AWAY)
            or (
                seen.item.series_master_id in series
                and seen.state == LIVE
                and outlook_id not in present
            )
        ]

    def masters(self, ids: Sequence[str]) -> Mapping[str, OutlookItem]:
        """Return stored masters."""
        found = (self.rows.seen.get(OutlookId(i)) for i in ids)
        return {
            str(seen.item.id): seen.item
            for seen in found
            if seen is not None and seen.item.kind is Kind.MASTER and seen.state != AWAY
        }

    def missed_in_round(self) -> list[OutlookId]:
        """Return live rows that the round did not show."""
        return [
            i for i, s in self.rows.seen.items() if s.state == LIVE and s.round != self.rows.round
        ]

    def finish_round(self) -> None:
        """Make the round the present one."""
        rows = self.rows
        rows.delta_link, rows.round_link, rows.in_round = rows.round_link, "", False

    def carrying(self, category: str) -> list[OutlookItem]:
        """Return live items with the category that never had a link."""
        wanted = category.casefold()
        return [
            seen.item
            for outlook_id, seen in sorted(self.rows.seen.items())
            if outlook_id not in self.rows.link_of
            and seen.state == LIVE
            and seen.item.kind is not Kind.MASTER
            and any(name.casefold() == wanted for name in seen.item.categories)
        ]

    def link(self, items: Sequence[OutlookItem], cause: str, extras: Fields) -> list[UUID]:
        """Return a link for each item."""
        return [self._link(item, cause, {**extras, **self.extras_of(item.id)}) for item in items]

    def cases(self, link_ids: Sequence[UUID] | None, limit: int, after: UUID | None) -> list[Case]:
        """Return links that are not dead, in the order of their ids."""
        rows = self.rows
        links = (
            [rows.links[i] for i in link_ids if i in rows.links]
            if link_ids is not None
            else self._to_plan()
        )
        chosen = [
            link for link in links if link.state != "dead" and (after is None or link.id > after)
        ]
        return [self._case(link) for link in sorted(chosen, key=lambda link: link.id)[:limit]]

    def deletions(self) -> tuple[int, int]:
        """Return how many linked events are gone and to be planned, and how many are linked."""
        linked = [
            link
            for link in self.rows.links.values()
            if link.salesforce_id is not None and link.state not in ("dead", "excluded")
        ]
        gone = [
            link for link in linked if self._is_to_plan(link) and self._is_lost(link.outlook_id)
        ]
        return len(gone), len(linked)

    def linked(self, ids: Sequence[SalesforceId]) -> list[SalesforceId]:
        """Return those of these Events that a link holds."""
        held = {link.salesforce_id for link in self.rows.links.values()}
        return sorted(i for i in ids if i in held)

    def live(self, limit: int, after: OutlookId | None) -> list[OutlookItem]:
        """Return live events in the order of their ids."""
        found = [
            seen.item
            for outlook_id, seen in sorted(self.rows.seen.items())
            if seen.state == LIVE
            and seen.item.kind is not Kind.MASTER
            and (after is None or outlook_id > after)
        ]
        return found[:limit]

    def write_ahead(self, updates: Sequence[LinkUpdate], intents: Sequence[NewIntent]) -> None:
        """Store what is settled, then what is about to be sent."""
        self.settle(updates)
        for new in intents:
            if new.link_id in self.rows.open:
                raise AssertionError(f"a second open intent for {new.link_id}")
            stored = StoredIntent(new.link_id, self.epoch, new, self.clock.now)
            self.rows.intents.append(stored)
            self.rows.open[new.link_id] = stored

    def settle(self, updates: Sequence[LinkUpdate]) -> None:
        """Store outcomes."""
        for update in updates:
            self._apply(self.rows.links[update.link_id], update)

    # -- a person -----------------------------------------------------------------------------------------------

    def decide(self, link: StoredLink, choice: str) -> None:
        """Answer the open question about a deleted event."""
        link.decided = choice
        link.touched += 1

    # -- inside --------------------------------------------------------------------------------------------------

    def _see(
        self, items: Sequence[OutlookItem], outside: Sequence[OutlookId], shown_in: int | None
    ) -> None:
        """Store items; one that was read by id was not shown in the round, and may vanish before its turn there."""
        for item in items:
            kept = self._discreet(item)
            known = self.rows.seen.get(item.id)
            state = OUTSIDE if item.id in outside else LIVE
            before = known.round if known else 0
            self.rows.seen[item.id] = Seen(kept, state, before if shown_in is None else shown_in)
            if known is None or known.state == AWAY or _looked_at(known.item) != _looked_at(kept):
                self._touch(item.id)

    def _discreet(self, item: OutlookItem) -> OutlookItem:
        if item.is_private and not self._keeps_private():
            return replace(item, fields=redacted(item.fields))
        return item

    def _touch(self, outlook_id: OutlookId) -> None:
        link_id = self.rows.link_of.get(outlook_id)
        if link_id is not None and self.rows.links[link_id].state not in ("dead", "excluded"):
            self.rows.links[link_id].touched += 1

    def _link(self, item: OutlookItem, cause: str, extras: Fields) -> UUID:
        rows = self.rows
        link_id = rows.link_of.get(item.id)
        if link_id is None:
            link_id = UUID(int=(len(rows.links) + 1) * 0x9E3779B97F4A7C15 % 2**128)
            rows.link_of[item.id] = link_id
            rows.links[link_id] = StoredLink(link_id, item.id, extras, cause)
            return link_id
        link = rows.links[link_id]
        if link.state == "dead":
            link.state, link.problem, link.decided = "pending_salesforce", "", ""
            link.extras, link.cause = extras, cause
            link.touched += 1
        return link_id

    def _to_plan(self) -> list[StoredLink]:
        return [link for link in self.rows.links.values() if self._is_to_plan(link)]

    def _is_to_plan(self, link: StoredLink) -> bool:
        at_rest = link.state in ("dead", "excluded")
        return link.id in self.rows.open or (link.touched > link.planned and not at_rest)

    def _is_lost(self, outlook_id: OutlookId) -> bool:
        seen = self.rows.seen.get(outlook_id)
        return seen is not None and (seen.state == AWAY or seen.item.is_cancelled)

    def _case(self, link: StoredLink) -> Case:
        rows = self.rows
        seen = rows.seen.get(link.outlook_id)
        gone = seen is not None and seen.state == AWAY
        row = rows.salesforce.get(link.salesforce_id) if link.salesforce_id else None
        intent = rows.open.get(link.id)
        return Case(
            link_id=link.id,
            generation=link.generation,
            state=link.state,
            outlook_id=link.outlook_id,
            salesforce_id=link.salesforce_id,
            base_outlook=link.base_outlook,
            base_salesforce=link.base_salesforce,
            outlook=seen.item if seen is not None and not gone else None,
            outlook_gone=gone,
            salesforce_deleted=row is not None and row.is_deleted,
            intent=_open(intent) if intent else None,
            touched=link.touched,
            extras=link.extras,
            decided=link.decided,
        )

    def _apply(self, link: StoredLink, update: LinkUpdate) -> None:
        for name in ("planned", "base_outlook", "base_salesforce", "problem"):
            if getattr(update, name) is not None:
                setattr(link, name, getattr(update, name))
        if update.generation is not None and update.generation != link.generation:
            link.generation, link.salesforce_id = update.generation, None
        link.salesforce_id = update.salesforce_id or link.salesforce_id
        link.decided = "" if update.forget_answer else link.decided
        if update.state is not None:
            link.state = update.state
            if update.state != "conflict":
                self._settle_questions(link.id)
        if update.intent is not None and link.id in self.rows.open:
            self.rows.open.pop(link.id).status = update.intent
        self._add_conflicts(link.id, update)

    def _add_conflicts(self, link_id: UUID, update: LinkUpdate) -> None:
        ours = [c for c in self.rows.conflicts if c.link_id == link_id]
        asked = {c.entry.field for c in ours if c.is_open}
        for entry in update.conflicts:
            if not (entry.is_open and entry.field in asked):
                self.rows.conflicts.append(StoredConflict(link_id, entry, entry.is_open))
        if update.forget_texts:
            for conflict in self.rows.conflicts:
                if conflict.link_id == link_id:
                    conflict.entry = _without_texts(conflict.entry)
            for intent in self.rows.intents:
                if intent.link_id == link_id and intent.status != "open":
                    intent.new = _intent_without_texts(intent.new)

    def _settle_questions(self, link_id: UUID) -> None:
        for conflict in self.rows.conflicts:
            if conflict.link_id == link_id:
                conflict.is_open = False


class MemoryOrganizationStore:
    """The shared reading of Salesforce."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.epoch = 0

    def cursor(self) -> datetime | None:
        """Return the highest stamp that is stored."""
        return self.rows.cursor

    def begin(self, at: datetime) -> None:
        """Start reading at this moment."""
        self.rows.cursor = at

    def save_rows(self, rows: Sequence[SalesforceItem], cursor: datetime) -> None:
        """Store rows that belong to a link, and the cursor."""
        for item in rows:
            link = self._link(item)
            if link is None:
                continue
            if link.state == "dead" and link.salesforce_id is None and not item.is_deleted:
                self._attach(link, item)
            elif _is_news(item, self.rows.salesforce.get(item.id), link) and link.state != "dead":
                link.touched += 1
            self.rows.salesforce[item.id] = item
        self.rows.cursor = cursor

    def _attach(self, link: StoredLink, item: SalesforceItem) -> None:
        """Wake a link that ended before its Event was there."""
        sent = [
            i.new
            for i in self.rows.intents
            if i.link_id == link.id and i.new.op == "create" and i.new.generation == link.generation
        ]
        if sent:
            link.salesforce_id, link.state, link.problem = item.id, "active", ""
            link.base_outlook, link.base_salesforce = sent[-1].source, mapped(sent[-1].payload)
            link.touched += 1

    def _link(self, item: SalesforceItem) -> StoredLink | None:
        for link in self.rows.links.values():
            if link.salesforce_id == item.id:
                return link
        parts = item.key.split(":")
        if len(parts) != 3 or parts[0] != ORGANIZATION:
            return None
        found = self.rows.links.get(UUID(hex=parts[1]))
        waits = (
            found is not None and found.salesforce_id is None and parts[2] == str(found.generation)
        )
        return found if waits else None


def _looked_at(item: OutlookItem) -> tuple[object, ...]:
    fields = {name: value for name, value in item.fields.items() if name not in CREATE_ONLY}
    return fields, item.is_cancelled, item.problem


def _without_texts(entry: NewConflict) -> NewConflict:
    def kept(fields: Fields | None) -> Fields | None:
        return {n: v for n, v in fields.items() if n not in TEXTS} if fields else fields

    return replace(
        entry, losing_value=kept(entry.losing_value), winning_value=kept(entry.winning_value)
    )


def _intent_without_texts(new: NewIntent) -> NewIntent:
    def kept(fields: Fields) -> Fields:
        return {name: value for name, value in fields.items() if name not in TEXTS}

    return replace(new, payload=kept(new.payload), source=kept(new.source), before=kept(new.before))


def _is_news(item: SalesforceItem, stored: SalesforceItem | None, link: StoredLink) -> bool:
    if link.salesforce_id is None:
        return True
    if item.is_deleted or (stored is not None and stored.is_deleted):
        return stored is None or stored.is_deleted != item.is_deleted
    known = [link.base_salesforce, *([stored.fields] if stored else [])]
    return not any(
        all(
            item.fields.get(name) == fields.get(name)
            for name in link.base_salesforce
            if name not in CREATE_ONLY
        )
        for fields in known
    )


def _open(intent: StoredIntent) -> OpenIntent:
    new = intent.new
    return OpenIntent(
        new.op, dict(new.payload), dict(new.source), dict(new.before), new.cause, intent.created_at
    )
