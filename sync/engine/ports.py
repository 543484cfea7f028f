"""What the engine needs from the outside: calls to the two services, and a store with transactions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from linkpoint.errors import ServiceError
from sync.core.item import Fields, OutlookId, OutlookItem, SalesforceId, SalesforceItem, Value
from sync.core.settings import Policy

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Context:
    """Whose cycle this is and under which rules.

    Attributes:
        organization_id: 18 characters.
        owner_id: The Salesforce user who owns what is recorded.
        has_key: The org has ``LinkPoint_Key__c``; without it creates go one at a time (sync.md 4).
    """

    organization_id: str
    owner_id: str
    policy: Policy
    has_key: bool = True


# -- calls ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request to a service; ``T`` is its answer."""


@dataclass(frozen=True, slots=True)
class ReadClock(Call[datetime]):
    """Return Outlook's present, aware UTC, as of its latest answer; asks for one only if there was none yet (D11).

    It is the only clock of a cycle's decisions: a server of ours that is minutes off misses nothing.
    """


@dataclass(frozen=True, slots=True)
class OutlookPage:
    """One page of the delta feed; exactly one of the links is set."""

    items: tuple[OutlookItem, ...]
    removed: tuple[OutlookId, ...]
    next_link: str
    delta_link: str


@dataclass(frozen=True, slots=True)
class ReadOutlookPage(Call[OutlookPage]):
    """Read one page; without ``link`` the first one of the window.  Raises StartOver."""

    link: str
    window: tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class ReadOutlook(Call[tuple[OutlookItem | ServiceError, ...]]):
    """Read events by id, in order; ``Gone`` in the place of one that does not exist."""

    ids: tuple[OutlookId, ...]


@dataclass(frozen=True, slots=True)
class SalesforcePage:
    """Rows in the order of (SystemModstamp, Id); ``more`` if there may be others."""

    rows: tuple[SalesforceItem, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class ReadSalesforceClock(Call[datetime]):
    """Return Salesforce's present, aware UTC, from a new answer."""


@dataclass(frozen=True, slots=True)
class ReadSalesforceChanges(Call[SalesforcePage]):
    """Read what changed in the whole organization since a moment, deleted rows included (R11)."""

    since: datetime
    after: SalesforceId | None = None


@dataclass(frozen=True, slots=True)
class ReadSalesforce(Call[Mapping[SalesforceId, SalesforceItem]]):
    """Read rows by id, deleted ones included; at most 200."""

    ids: tuple[SalesforceId, ...]


@dataclass(frozen=True, slots=True)
class NewEvent:
    """An Event to be made; ``key`` makes it repeatable.

    Attributes:
        fields: Mapped fields, and under Salesforce's own names whatever else was asked for (``WhatId``, ...).
        created_after: Not made before this moment; narrows the search where the org has no key field.
    """

    key: str
    owner_id: str
    fields: Fields
    zone: str
    created_after: datetime


@dataclass(frozen=True, slots=True)
class FindSalesforce(Call[Mapping[str, SalesforceItem]]):
    """Look for Events by the key we gave them, else by what they say: the org has, or had, no key field.

    Attributes:
        without: Events that are known to be others.
    """

    events: tuple[NewEvent, ...]
    without: tuple[SalesforceId, ...] = ()


@dataclass(frozen=True, slots=True)
class CreateSalesforce(Call[tuple[SalesforceId | ServiceError, ...]]):
    """Make Events, in order; ``Exists`` in the place of one that is already there."""

    events: tuple[NewEvent, ...]


@dataclass(frozen=True, slots=True)
class ChangedEvent:
    """Fields to write to an Event; ``unmodified_since`` makes the write conditional."""

    id: SalesforceId
    fields: Fields
    unmodified_since: datetime | None


@dataclass(frozen=True, slots=True)
class UpdateSalesforce(Call[tuple[ServiceError | None, ...]]):
    """Write Events, in order; the error in the place of one that was not written."""

    events: tuple[ChangedEvent, ...]


@dataclass(frozen=True, slots=True)
class DeleteSalesforce(Call[None]):
    """Delete one Event.  Raises Gone."""

    id: SalesforceId


# -- rows ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenIntent:
    """A write whose outcome is not known."""

    op: str
    payload: dict[str, Value]
    source: dict[str, Value]
    before: dict[str, Value]
    cause: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A link with everything the planner and the sender need.

    Attributes:
        outlook: The event as last seen, inside the window or outside; None if it is gone.
        outlook_gone: A fresh read found it gone (R2).
        touched: The count of observations this case was read with; settling up to it brings the link to rest.
        extras: Salesforce's own field names with values, asked for when the event was recorded.
        decided: A person's answer to the question whether a deleted event is deleted here too: ``delete`` or ``keep``.
    """

    link_id: UUID
    generation: int
    state: str
    outlook_id: OutlookId | None
    salesforce_id: SalesforceId | None
    base_outlook: Fields
    base_salesforce: Fields
    outlook: OutlookItem | None
    outlook_gone: bool
    salesforce_deleted: bool
    intent: OpenIntent | None
    touched: int
    extras: Fields = field(default_factory=dict)
    decided: str = ""

    def key(self, organization_id: str) -> str:
        """Return the marker of this link and generation (sync.md 4)."""
        return f"{organization_id}:{self.link_id.hex}:{self.generation}"

    @property
    def zone(self) -> str:
        """Return the zone of the event, for reminders of all-day events."""
        return self.outlook.zone if self.outlook else "UTC"


@dataclass(frozen=True, slots=True)
class Reading:
    """Where the reading of Outlook stands."""

    window: tuple[datetime, datetime] | None
    delta_link: str = ""
    round_link: str = ""
    in_round: bool = False  # a full round is in progress


@dataclass(frozen=True, slots=True)
class NewIntent:
    """A write about to be sent."""

    link_id: UUID
    op: str
    generation: int
    payload: Fields
    source: Fields
    before: Fields
    cause: str


@dataclass(frozen=True, slots=True)
class NewConflict:
    """A value that lost (settled), or a question (open)."""

    field: str
    reason: str
    losing_value: Fields | None = None
    winning_value: Fields | None = None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class LinkUpdate:
    """What becomes true of a link in one transaction; None leaves a column as it is.

    Attributes:
        planned: The count of observations that the plan knew; the link is at rest until more is seen.
        state: ``active`` also settles the open question whether a deleted event is to be deleted.
        generation: A new one forgets ``salesforce_id``: the next create makes another Event.
        intent: ``done``, ``refused`` or ``void`` for its open intent.
        forget_texts: Subject, text, place and people leave the link's history: it became private (promise 11).
        forget_answer: What a person chose for a deleted event was for an occasion that has passed.
    """

    link_id: UUID
    planned: int | None = None
    state: str | None = None
    generation: int | None = None
    salesforce_id: SalesforceId | None = None
    base_outlook: Fields | None = None
    base_salesforce: Fields | None = None
    problem: str | None = None
    problem_field: str = ""
    intent: str | None = None
    reason: str = ""
    conflicts: tuple[NewConflict, ...] = ()
    forget_texts: bool = False
    forget_answer: bool = False


@dataclass(frozen=True, slots=True)
class ActionResult:
    """One line of a run's report; ``state`` as in the operator commands."""

    op: str
    state: str
    outlook_id: str | None
    salesforce_id: str | None
    fields: tuple[str, ...] = ()
    reason: str = ""
    side: str = "salesforce"
    occurrence: str = ""


@dataclass(slots=True)
class Report:
    """What a cycle did."""

    considered: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)
    actions: list[ActionResult] = field(default_factory=list)

    def add(
        self, case: Case, op: str, state: str, *, fields: Sequence[str] = (), reason: str = ""
    ) -> None:
        """Put one line behind the others."""
        self.actions.append(
            ActionResult(op, state, case.outlook_id, case.salesforce_id, tuple(fields), reason)
        )


class Store(Protocol):
    """The rows of one mailbox inside one transaction; each method leaves them consistent."""

    def reading(self) -> Reading:
        """Return where the reading of Outlook stands."""

    def start_round(self, window: tuple[datetime, datetime]) -> Reading:
        """Begin a full round over a window; rows and the old cursor stay (R12)."""

    def save_page(self, items: Sequence[OutlookItem], next_link: str, delta_link: str) -> None:
        """Store observations and the cursor that covers them together (R1)."""

    def save_outlook(
        self, items: Sequence[OutlookItem], gone: Sequence[OutlookId], outside: Sequence[OutlookId]
    ) -> None:
        """Store what fresh reads said; ``outside`` exists, but not in the window."""

    def suspects(
        self, removed: Sequence[OutlookId], series: Sequence[str], present: Sequence[OutlookId]
    ) -> list[OutlookId]:
        """Return live rows that were said to be removed, or belong to these series and are not ``present``."""

    def masters(self, ids: Sequence[str]) -> Mapping[str, OutlookItem]:
        """Return stored masters by id."""

    def missed_in_round(self) -> list[OutlookId]:
        """Return live rows that the full round in progress did not show."""

    def finish_round(self) -> None:
        """Make the finished round the present one."""

    def carrying(self, category: str) -> list[OutlookItem]:
        """Return live items with this category that never had a link."""

    def link(self, items: Sequence[OutlookItem], cause: str, extras: Fields) -> list[UUID]:
        """Return a link for each item: the one it has, or a new one; a dead one waits again, with what it knew."""

    def cases(self, link_ids: Sequence[UUID] | None, limit: int, after: UUID | None) -> list[Case]:
        """Return links that are not dead in the order of their ids, from the one behind ``after`` on.

        Without ``link_ids``: those that have something to plan, or a write whose outcome is open; with them: just
        those, planned or not.
        """

    def deletions(self) -> tuple[int, int]:
        """Return how many linked events are known to be gone from Outlook and not dealt with, and how many are linked."""

    def linked(self, ids: Sequence[SalesforceId]) -> list[SalesforceId]:
        """Return those of these Events that a link of the organization holds."""

    def live(self, limit: int, after: OutlookId | None) -> list[OutlookItem]:
        """Return live events (no masters) in the order of their ids, from the one behind ``after`` on."""

    def write_ahead(self, updates: Sequence[LinkUpdate], intents: Sequence[NewIntent]) -> None:
        """Store what is settled and what is about to be sent (R3, R6)."""

    def settle(self, updates: Sequence[LinkUpdate]) -> None:
        """Store outcomes."""


class OrganizationStore(Protocol):
    """The rows of one organization inside one transaction."""

    def cursor(self) -> datetime | None:
        """Return the highest SystemModstamp that is stored; None before the first reading."""

    def begin(self, at: datetime) -> None:
        """Start reading at this moment: what is older concerns nobody yet."""

    def save_rows(self, rows: Sequence[SalesforceItem], cursor: datetime) -> None:
        """Store rows that belong to a link (by id, or by key where the id is not known yet) and the cursor together.

        A link is touched when its row says something else than was stored, or was deleted (R1, R5, R11).
        """
