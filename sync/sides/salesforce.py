"""Salesforce: the engine's calls -> queries, sObject Collections and single writes.

What an Event looks like on the wire is in ``event_fields``.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from linkpoint.errors import Exists, NeedsPerson, Refused, ServiceError, TryLater
from linkpoint.salesforce.client import (
    Change,
    Made,
    SalesforceClient,
)
from linkpoint.salesforce.soql import instant, literal
from sync.core.item import SalesforceId, SalesforceItem
from sync.engine.ports import (
    Call,
    ChangedEvent,
    CreateSalesforce,
    DeleteSalesforce,
    FindSalesforce,
    NewEvent,
    ReadSalesforce,
    ReadSalesforceChanges,
    ReadSalesforceClock,
    SalesforcePage,
    UpdateSalesforce,
)
from sync.sides.event_fields import (
    COLUMNS,
    KEY_FIELD,
    MAY_BE_HIDDEN,
    changed_row,
    item_of,
    new_row,
)

CHANGES_PER_PAGE = 1000
KEYS_PER_QUERY = 40
"""Keys of some 55 characters; a WHERE clause holds 4,000 (salesforce.md 2)."""

_NO_SUCH_FIELD = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})

Row = dict[str, Any]
T = TypeVar("T")


class SalesforceSide:
    """The Events of one org, as one user sees them.

    Args:
        client: Signed in as that user.
        has_key: The org has ``LinkPoint_Key__c`` on Activity.
    """

    def __init__(self, client: SalesforceClient, *, has_key: bool) -> None:
        self._client = client
        self._has_key = has_key
        self._hidden: set[str] = set()

    def call(self, call: Call[Any]) -> Any:  # noqa: PLR0911 -- one line a call
        """Carry out one call of the engine and return its answer.

        Raises:
            ServiceError: As the client does; the call says which of them the engine expects.
            TypeError: The call is not for Salesforce.
        """
        match call:
            case ReadSalesforceClock():
                return self._client.clock()
            case ReadSalesforceChanges():
                return self._changes(call)
            case ReadSalesforce():
                return self._read(call.ids)
            case FindSalesforce():
                return self._find(call)
            case CreateSalesforce():
                return self._create(call.events)
            case UpdateSalesforce():
                return self._update(call.events)
            case DeleteSalesforce():
                return self._client.delete("Event", call.id)
            case _:
                raise TypeError(f"{type(call).__name__} is not a call for Salesforce.")

    # -- reading -------------------------------------------------------------------------------------------------------

    def _changes(self, call: ReadSalesforceChanges) -> SalesforcePage:
        since = instant(call.since)
        later = f"SystemModstamp >= {since}"
        if call.after:
            same = f"SystemModstamp = {since} AND Id > {literal(call.after)}"
            later = f"(SystemModstamp > {since} OR ({same}))"
        rows = self._select(
            f"IsChild = false AND {later} ORDER BY SystemModstamp, Id LIMIT {CHANGES_PER_PAGE}"
        )
        return SalesforcePage(tuple(rows), more=len(rows) == CHANGES_PER_PAGE)

    def _read(self, ids: Sequence[SalesforceId]) -> Mapping[SalesforceId, SalesforceItem]:
        rows: list[SalesforceItem] = []
        for some in _chunks(ids, 150):
            rows += self._select(f"Id IN ({_list(some)})")
        return {row.id: row for row in rows}

    def _select(self, condition: str) -> list[SalesforceItem]:
        """Return Events, deleted and archived ones included; a field that is hidden from this user is left out."""
        wanted = [*COLUMNS, KEY_FIELD] if self._has_key else list(COLUMNS)
        shown = ", ".join(name for name in wanted if name not in self._hidden)
        soql = f"SELECT {shown} FROM Event WHERE {condition}"  # noqa: S608 -- literals are escaped, names are ours
        items: list[SalesforceItem] = []
        read_at: datetime | None = None
        try:
            for row in self._client.query_all(soql):
                # The time of the first page: whatever is read later was not older then.
                read_at = read_at or self._client.read_at or datetime.now(UTC)
                items.append(item_of(row, read_at))
        except Refused as error:
            if error.code not in _NO_SUCH_FIELD:
                raise
            if not self._hides(error):
                raise _needed(error) from None
            return self._select(condition)
        return items

    def _hides(self, error: Refused) -> bool:
        """Tell whether a refusal shows that a field is hidden from this user, and remember it."""
        news = error.field in MAY_BE_HIDDEN - self._hidden
        if news:
            self._hidden.add(error.field)
        return news

    # -- finding what was made -----------------------------------------------------------------------------------------

    def _find(self, call: FindSalesforce) -> Mapping[str, SalesforceItem]:
        """Return what was made, by key; what was made while the org had no key field is known by what it says."""
        found = dict(self._find_by_key(call.events)) if self._has_key else {}
        missing = [event for event in call.events if event.key not in found]
        for some in _chunks(missing, KEYS_PER_QUERY):
            found |= self._find_by_content(some, {*call.without, *(r.id for r in found.values())})
        return found

    def _find_by_key(self, events: Sequence[NewEvent]) -> Mapping[str, SalesforceItem]:
        """Return Events by their key; a deleted one only where no live one has it."""
        rows: list[SalesforceItem] = []
        for some in _chunks([event.key for event in events], KEYS_PER_QUERY):
            rows += self._select(f"IsChild = false AND {KEY_FIELD} IN ({_list(some)})")
        wanted = {event.key for event in events}
        live_last = sorted(rows, key=lambda row: not row.is_deleted)
        return {row.key: row for row in live_last if row.key in wanted}

    def _find_by_content(
        self, events: Sequence[NewEvent], known: set[SalesforceId]
    ) -> dict[str, SalesforceItem]:
        """Return for each the first Event without a key that we made for this owner, with this start and subject.

        The subject is compared here: a query is an address, and addresses are logged by whoever stands between.
        """
        starts = {str(new_row(event.fields, event.zone)["StartDateTime"]) for event in events}
        unmarked = f" AND {KEY_FIELD} = null" if self._has_key else ""
        rows = self._select(
            f"IsChild = false AND OwnerId = {literal(events[0].owner_id)}{unmarked}"
            f" AND CreatedById = {literal(self._client.user_id)}"
            f" AND StartDateTime IN ({', '.join(sorted(starts))})"
            f" AND CreatedDate >= {instant(min(event.created_after for event in events))}"
            " ORDER BY CreatedDate, Id LIMIT 200"
        )
        left = sorted((row for row in rows if row.id not in known), key=lambda row: row.is_deleted)
        found: dict[str, SalesforceItem] = {}
        for event in events:
            row = next((row for row in left if _says(row, event)), None)
            if row is not None:
                left.remove(row)
                found[event.key] = row
        return found

    # -- writing -------------------------------------------------------------------------------------------------------

    def _create(self, events: Sequence[NewEvent]) -> tuple[SalesforceId | ServiceError, ...]:
        """Insert unless there is an Event with the key, and leave that one as it is (sync.md 4).

        An insert with a unique key does just that; Salesforce's own upsert would overwrite what somebody edited since
        an earlier try of ours.  Without keys one is sent after the other: at most one may be of unknown outcome.
        """
        rows = [{**new_row(e.fields, e.zone), "OwnerId": e.owner_id} for e in events]
        if not self._has_key:
            return tuple(_made(self._inserted([row])[0]) for row in rows)
        keyed = [{**row, KEY_FIELD: e.key} for row, e in zip(rows, events, strict=True)]
        answers = [_made(result) for result in self._inserted(keyed)]
        there = [e for e, a in zip(events, answers, strict=True) if isinstance(a, Exists)]
        found = self._find_by_key(there) if there else {}
        return tuple(
            _adopted(a, found.get(e.key)) if isinstance(a, Exists) else a
            for e, a in zip(events, answers, strict=True)
        )

    def _inserted(self, rows: Sequence[Row]) -> list[Made]:
        """Send rows; a few times more those that were locked, or hold a field that turns out to be hidden (case A22)."""
        results = self._client.create_many("Event", [self._shown(row) for row in rows])
        for _ in range(1 + len(MAY_BE_HIDDEN)):
            again = [n for n, result in enumerate(results) if self._is_worth_another_try(result)]
            if not again:
                break
            second = self._client.create_many("Event", [self._shown(rows[n]) for n in again])
            for n, result in zip(again, second, strict=True):
                results[n] = result
        return results

    def _is_worth_another_try(self, result: Made | None) -> bool:
        if isinstance(result, Refused) and result.code in _NO_SUCH_FIELD:
            # Another row may have shown it a moment ago.
            return self._hides(result) or result.field in self._hidden
        return isinstance(result, TryLater) and result.code == "UNABLE_TO_LOCK_ROW"

    def _shown(self, row: Row) -> Row:
        return {name: value for name, value in row.items() if name not in self._hidden}

    def _update(self, events: Sequence[ChangedEvent]) -> tuple[ServiceError | None, ...]:
        """Write each under its condition, a call for 25; once more those that were locked."""
        changes = [
            Change(event.id, changed_row(event.fields), event.unmodified_since) for event in events
        ]
        results = self._changed(changes)
        again = [n for n, result in enumerate(results) if self._is_worth_another_try(result)]
        if again:
            second = self._changed([changes[n] for n in again])
            for n, result in zip(again, second, strict=True):
                results[n] = result
        return tuple(results)

    def _changed(self, changes: Sequence[Change]) -> list[ServiceError | None]:
        shown = [replace(change, fields=self._shown(change.fields)) for change in changes]
        return self._client.update_each("Event", shown)


def _says(row: SalesforceItem, event: NewEvent) -> bool:
    return all(row.fields[name] == event.fields.get(name) for name in ("subject", "start"))


def _needed(error: Refused) -> NeedsPerson:
    """Return what it means that a field we cannot do without is hidden, or was removed from the org."""
    why = (
        f"Salesforce does not show the field {error.field or 'we need'} of Events to this user. "
        "An administrator can make it visible."
    )
    return NeedsPerson(error.service, why, error.code, what="access")


def _made(result: Made) -> SalesforceId | ServiceError:
    return SalesforceId(result) if isinstance(result, str) else result


def _adopted(answer: Exists, row: SalesforceItem | None) -> ServiceError:
    """Return what a duplicate means: our Event if one has our key, else some other field that has to be unique."""
    if row is not None:
        return Exists(answer.service, answer.why, answer.code, record_id=row.id, field=KEY_FIELD)
    if answer.field == KEY_FIELD:
        return TryLater(
            answer.service, "Salesforce has this Event and does not show it.", answer.code
        )
    return Refused(answer.service, answer.why, answer.code, field=answer.field)


def _list(texts: Iterable[str]) -> str:
    return ", ".join(literal(each) for each in texts)


def _chunks(each: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (each[start : start + size] for start in range(0, len(each), size))
