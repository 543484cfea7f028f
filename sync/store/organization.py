"""What was read of Salesforce: for all users of an organization at once, or for one user."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from sync.core.item import Fields, SalesforceItem
from sync.core.mapping import CREATE_ONLY, FIELDS
from sync.engine.resolve import mapped
from sync.models import Link, MailboxState, OrganizationState, SalesforceSeen
from sync.store.fencing import fenced
from sync.store.leases import Lease
from sync.store.linking import touch
from sync.store.rows import salesforce_row

_COMPARED = tuple(row.name for row in FIELDS if row.name not in CREATE_ONLY)
_KEPT_UP_TO_DATE = [
    "owner_id", "modstamp", "modified_by", "key", "is_deleted", "is_series_row", "fields", "read_at",
]  # fmt: skip
_ATTACHED = [
    "salesforce_id", "state", "base_outlook", "base_salesforce", "recorded_at", "tombstone_at",
    "problem", "touched",
]  # fmt: skip


class PostgresOrganizationStore:
    """Implements ``sync.engine.ports.OrganizationStore``: each method is one fenced transaction.

    Attributes:
        lease: The turn for the organization's shared reading.
    """

    def __init__(self, lease: Lease, salesforce_organization_id: str) -> None:
        self.lease = lease
        self._organization_pk = lease.of
        self._salesforce_id = salesforce_organization_id

    @fenced
    def cursor(self) -> datetime | None:
        """Return the highest SystemModstamp that is stored; None before the first reading."""
        return self._stored_cursor()

    @fenced
    def begin(self, at: datetime) -> None:
        """Start reading at this moment: what is older concerns nobody yet."""
        self._move(at)

    @fenced
    def save_rows(self, rows: Sequence[SalesforceItem], cursor: datetime) -> None:
        """Store rows that belong to a link and the cursor together; touch the links whose row says something else."""
        by_id = {str(item.id): item for item in rows}
        links = self._links(by_id)
        self._touch(by_id, links)
        SalesforceSeen.objects.bulk_create(
            [salesforce_row(by_id[row_id], self._organization_pk) for row_id in links],
            update_conflicts=True,
            unique_fields=["organization", "salesforce_id"],
            update_fields=_KEPT_UP_TO_DATE,
        )
        self._move(cursor)

    def _links(self, rows: Mapping[str, SalesforceItem]) -> dict[str, Link]:
        """Return the link of each row that has one: by its id, or by the key where the id is not known yet."""
        by_key = {
            key: row_id
            for row_id, item in rows.items()
            if (key := self._link_key(item.key)) is not None
        }
        found: dict[str, Link] = {}
        links = self._concerned().filter(
            Q(salesforce_id__in=list(rows))
            | Q(salesforce_id__isnull=True, id__in=[link_id for link_id, _ in by_key])
        )
        for link in links:
            row_id = link.salesforce_id or by_key.get((link.id, str(link.generation)))
            if row_id is not None:  # the Event of an earlier generation is no news
                found[row_id] = link
        return found

    def _link_key(self, key: str) -> tuple[UUID, str] | None:
        """Return whose key this is, and its generation; a key of another organization (a copied sandbox) is nobody's (A23)."""
        organization, _, rest = key.partition(":")
        link_id, _, generation = rest.partition(":")
        if organization != self._salesforce_id or len(link_id) != 32:
            return None
        try:
            return UUID(hex=link_id), generation
        except ValueError:
            return None

    def _touch(self, rows: Mapping[str, SalesforceItem], links: Mapping[str, Link]) -> None:
        stored = {
            row.salesforce_id: row
            for row in SalesforceSeen.objects.filter(
                organization_id=self._organization_pk, salesforce_id__in=list(links)
            )
        }
        changed = [
            link.id
            for row_id, link in links.items()
            if _says_something_else(rows[row_id], stored.get(row_id), link)
        ]
        self._attach([row_id for row_id in links if not rows[row_id].is_deleted], links)
        if changed:
            touch(Link.objects.filter(id__in=changed))

    def _attach(self, row_ids: Sequence[str], links: Mapping[str, Link]) -> None:
        """Wake links that ended before their Event was there: a create that was given up arrived late (R5)."""
        late = {links[row_id].id: row_id for row_id in row_ids if _was_given_up(links[row_id])}
        if not late:
            return
        for link in Link.objects.select_for_update().filter(id__in=late).order_by("id"):
            sent = link.intents.filter(op="create", generation=link.generation).order_by("-id")
            intent = sent.first()
            if intent is None or not _was_given_up(link):
                continue
            link.salesforce_id, link.state = late[link.id], Link.State.ACTIVE
            link.base_outlook, link.base_salesforce = intent.source, mapped(intent.payload)
            link.recorded_at, link.tombstone_at, link.problem = intent.created_at, None, ""
            link.touched += 1
            link.save(update_fields=_ATTACHED)

    def _concerned(self) -> QuerySet[Link]:
        return Link.objects.filter(organization_id=self._organization_pk)

    def _stored_cursor(self) -> datetime | None:
        state = OrganizationState.objects.filter(organization_id=self._organization_pk).first()
        return state.cursor if state else None

    def _move(self, cursor: datetime) -> None:
        OrganizationState.objects.update_or_create(
            organization_id=self._organization_pk, defaults={"cursor": cursor}
        )


class PostgresOwnEventsStore(PostgresOrganizationStore):
    """The same for one mailbox: where nobody may read the Events of all users, each user reads the own ones."""

    def __init__(self, lease: Lease, salesforce_organization_id: str, organization_pk: int) -> None:
        super().__init__(lease, salesforce_organization_id)
        self._organization_pk = organization_pk

    def _concerned(self) -> QuerySet[Link]:
        return Link.objects.filter(mailbox_id=self.lease.of)

    def _stored_cursor(self) -> datetime | None:
        state = MailboxState.objects.filter(mailbox_id=self.lease.of).first()
        return state.salesforce_cursor if state else None

    def _move(self, cursor: datetime) -> None:
        MailboxState.objects.update_or_create(
            mailbox_id=self.lease.of, defaults={"salesforce_cursor": cursor}
        )


def _was_given_up(link: Link) -> bool:
    return link.state == Link.State.DEAD and link.salesforce_id is None


def _says_something_else(item: SalesforceItem, stored: SalesforceSeen | None, link: Link) -> bool:
    """Tell whether a row is news: unlike what was stored, and unlike what we wrote ourselves."""
    if link.salesforce_id is None:
        return True  # made by us, and the answer was lost
    if item.is_deleted or (stored is not None and stored.is_deleted):
        return stored is None or item.is_deleted != stored.is_deleted
    known: list[Fields] = [link.base_salesforce] + ([stored.fields] if stored else [])
    return not any(_equal(item.fields, fields) for fields in known)


def _equal(fields: Fields, known: Fields) -> bool:
    return all(fields[name] == known.get(name) for name in _COMPARED if name in fields)
