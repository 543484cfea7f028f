"""The REST API of one Salesforce org, as one user: queries, describes, records one by one and in Collections.

Knows nothing of calendars.  Not thread-safe: one client per job, over one session.  Sends each call once, and once
more after a new sign-in when the token was refused; waiting and trying again belong to whoever calls.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import requests

from linkpoint.errors import Gone, NeedsPerson, Refused, ServiceError
from linkpoint.http import server_time
from linkpoint.salesforce.auth import SalesforceTokens
from linkpoint.salesforce.canvas import to_18
from linkpoint.salesforce.soql import api_name, checked_id, http_date, literal
from linkpoint.salesforce.translate import SALESFORCE, rest_error, row_error, unreadable
from linkpoint.salesforce.wire import (
    Allowance,
    Connection,
    Expired,
    allowance_of,
)

API_VERSION = "67.0"
"""The newest tested; simple-salesforce would fall back to 59.0."""

COLLECTION_LIMIT = 200
"""Records in one request of sObject Collections."""

COMPOSITE_LIMIT = 25
"""Requests in one composite request, which counts as one call."""

IDS_PER_QUERY = 150
"""Ids in one query: a WHERE clause holds 4,000 characters (salesforce.md 2)."""

T = TypeVar("T")
Json = dict[str, Any]

_VERSION = re.compile(r"[0-9]{2,3}\.0")


@dataclass(slots=True)
class Calls:
    """How much was asked: HTTP requests that count as API calls, and how many of them may have written."""

    http: int = 0
    writes: int = 0


Made = str | ServiceError
"""What became of one record: the id it got, 18 characters, or what refused it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A record to be changed; ``unmodified_since`` as in :meth:`SalesforceClient.update`."""

    id: str
    fields: Json
    unmodified_since: datetime | None = None


class SalesforceClient:
    """REST of one org.  Every method raises ``TryLater``, ``NeedsPerson`` or ``Refused``; docstrings name what comes on top.

    Attributes:
        calls: What this client has asked so far.
        allowance: The organization's calls of the day as of the latest answer that told; None before.
        now: Salesforce's time of day in its latest answer, aware UTC; None before the first.
        read_at: A moment by that clock that is surely not after the latest reading; None before the first.
    """

    def __init__(
        self, session: requests.Session, tokens: SalesforceTokens, *, version: str = API_VERSION
    ) -> None:
        if not _VERSION.fullmatch(version):
            raise ValueError("The Salesforce API version must look like 67.0.")
        self._session = session
        self._tokens = tokens
        self._version = version
        self._connection: Connection | None = None
        self._describes: dict[str, Json] = {}
        self.calls = Calls()
        self.allowance: Allowance | None = None
        self.read_at: datetime | None = None
        self.now: datetime | None = None

    # -- reading -------------------------------------------------------------------------------------------------------

    def query(self, soql: str) -> Iterator[Json]:
        """Yield live records, page after page; each without ``attributes``.

        Raises:
            Refused: Among others with code ``INVALID_FIELD`` and the ``field`` that is missing or hidden.
        """
        return self._pages(soql, deleted=False)

    def query_all(self, soql: str) -> Iterator[Json]:
        """Yield records, deleted and archived ones included, page after page; each without ``attributes``."""
        return self._pages(soql, deleted=True)

    def rows(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Json]:
        """Return the records with these ids that this user may see, deleted ones included, in no special order."""
        found: list[Json] = []
        columns = ", ".join(api_name(field) for field in fields)
        source = f"SELECT {columns} FROM {api_name(sobject)}"  # noqa: S608 -- names and ids are checked
        for start in range(0, len(ids), IDS_PER_QUERY):
            wanted = ", ".join(
                literal(checked_id(each)) for each in ids[start : start + IDS_PER_QUERY]
            )
            found += self.query_all(f"{source} WHERE Id IN ({wanted})")
        return found

    def describe(self, sobject: str) -> Json:
        """Return the describe of an object as this user sees it; asked for once.

        Raises:
            Gone: The org has no such object, or hides it from this user.
        """
        if sobject not in self._describes:
            path = f"{self._data}/sobjects/{api_name(sobject)}/describe"
            self._describes[sobject] = self._object("GET", path)
        return self._describes[sobject]

    def field(self, sobject: str, name: str) -> Json | None:
        """Return the describe of one field, or None if this user has no such field; raises as :meth:`describe`."""
        fields = self.describe(sobject).get("fields")
        matching = (f for f in fields or () if isinstance(f, dict) and f.get("name") == name)
        return next(matching, None)

    def limits(self) -> Json:
        """Return the limits of the org, for example ``{"DailyApiRequests": {"Max": .., "Remaining": ..}}``."""
        return self._object("GET", f"{self._data}/limits/")

    def user_info(self) -> Json:
        """Return who this client acts as: ``user_id``, ``organization_id``, ``preferred_username``, ``email``, ``name``."""
        return self._object("GET", "/services/oauth2/userinfo")

    @property
    def user_id(self) -> str:
        """Return the id of the user this client acts as, 18 characters."""
        known = self._tokens.access().user_id
        return known or to_18(str(self.user_info().get("user_id") or ""))

    def clock(self) -> datetime:
        """Return Salesforce's time of day, from a new answer; costs no API call of the organization."""
        self._ask(lambda sf: sf.ask("GET", "/services/data"), counts=False)
        if self.now is None:
            raise unreadable()
        return self.now

    # -- writing -------------------------------------------------------------------------------------------------------

    def create_many(self, sobject: str, records: Sequence[Json]) -> list[Made]:
        """Insert records, and return what became of each, in order.

        Raises:
            TryLater: Nothing is known of any; some may have been inserted.
        """
        results: list[Made] = []
        for start in range(0, len(records), COLLECTION_LIMIT):
            some = records[start : start + COLLECTION_LIMIT]
            try:
                results += self._insert(sobject, some)
            except ServiceError as error:
                if not results:
                    raise
                # What is known of the others must not be lost.
                return results + [error] * (len(records) - len(results))
        return results

    def update(
        self, sobject: str, record_id: str, fields: Json, unmodified_since: datetime | None = None
    ) -> None:
        """Change one record.

        Args:
            sobject: API name.
            record_id: 15 or 18 characters.
            fields: API names and values; None empties a field.
            unmodified_since: Aware; compared with LastModifiedDate in whole seconds.

        Raises:
            Outdated: It was modified later; nothing was written.
            Gone: It was deleted.
        """
        path = f"{self._data}/sobjects/{api_name(sobject)}/{checked_id(record_id)}"
        headers = _condition(unmodified_since)
        self._write("PATCH", path, json=fields, headers=headers, texts=_texts([fields]))

    def update_each(self, sobject: str, changes: Sequence[Change]) -> list[ServiceError | None]:
        """Change records, each under its own condition; return what refused each, in order, or None where it was done.

        Raises:
            TryLater: Nothing is known of any; some may have been written.
        """
        results: list[ServiceError | None] = []
        for start in range(0, len(changes), COMPOSITE_LIMIT):
            some = changes[start : start + COMPOSITE_LIMIT]
            try:
                results += self._composite(sobject, some)
            except ServiceError as error:
                if not results:
                    raise
                # What is known of the others must not be lost.
                return results + [error] * (len(changes) - len(results))
        return results

    def delete(self, sobject: str, record_id: str) -> None:
        """Delete one record; Salesforce knows no condition for it.

        Raises:
            Gone: It was deleted before.
        """
        self._write("DELETE", f"{self._data}/sobjects/{api_name(sobject)}/{checked_id(record_id)}")

    # -- how -----------------------------------------------------------------------------------------------------------

    @property
    def _data(self) -> str:
        return f"/services/data/v{self._version}"

    def _pages(self, soql: str, *, deleted: bool) -> Iterator[Json]:
        try:
            page = self._ask(lambda sf: sf.query(soql, include_deleted=deleted))
        except Gone as error:  # a query is no record that could go: its address is not there
            why = "Salesforce does not offer the API version LinkPoint is set to."
            raise NeedsPerson(SALESFORCE, why, error.code, what="configuration") from None
        while True:
            records, following = _page(page)
            for record in records:
                record.pop("attributes", None)
                yield record
            if not following:
                return
            page = self._next_page(following)

    def _next_page(self, url: str) -> object:
        # The address is put behind our host and the token goes with it: only a path may come from an answer.
        if not url.startswith("/services/data/"):
            why = "A link to the next page does not lead to Salesforce's REST API; it was not followed."
            raise Refused(SALESFORCE, why, "foreign-link")
        return self._ask(lambda sf: sf.query_more(url, identifier_is_url=True))

    def _insert(self, sobject: str, records: Sequence[Json]) -> list[Made]:
        kind = {"attributes": {"type": api_name(sobject)}}
        body = {"allOrNone": False, "records": [{**kind, **record} for record in records]}
        path = f"{self._data}/composite/sobjects"
        answer = self._write("POST", path, json=body, texts=_texts(records))
        if not isinstance(answer, list) or len(answer) != len(records):
            raise unreadable()
        return [_made(row, sent) for row, sent in zip(answer, records, strict=True)]

    def _composite(self, sobject: str, changes: Sequence[Change]) -> list[ServiceError | None]:
        requests_ = [
            {
                "method": "PATCH",
                "url": f"{self._data}/sobjects/{api_name(sobject)}/{checked_id(change.id)}",
                "referenceId": f"change{n}",
                "httpHeaders": _condition(change.unmodified_since),
                "body": change.fields,
            }
            for n, change in enumerate(changes)
        ]
        body = {"allOrNone": False, "compositeRequest": requests_}
        answer = self._write("POST", f"{self._data}/composite", json=body)
        parts = answer.get("compositeResponse") if isinstance(answer, dict) else None
        if not isinstance(parts, list):
            raise unreadable()
        told = {part.get("referenceId"): part for part in parts if isinstance(part, dict)}
        return [_outcome(told.get(f"change{n}"), change) for n, change in enumerate(changes)]

    def _write(self, method: str, path: str, **options: Any) -> Any:
        self.calls.writes += 1
        return self._ask(lambda sf: sf.ask(method, path, **options))

    def _object(self, method: str, path: str) -> Json:
        body = self._ask(lambda sf: sf.ask(method, path))
        if not isinstance(body, dict):
            raise unreadable()
        return body

    def _ask(self, call: Callable[[Connection], T], *, counts: bool = True) -> T:
        """Make a call; after a refused token once more, exactly as it was, with a new one and never a third time."""
        try:
            return self._once(call, counts=counts)
        except Expired:
            self._tokens.forget()
            self._connection = None
        try:
            return self._once(call, counts=counts)
        except Expired as second:
            raise second.error from None

    def _once(self, call: Callable[[Connection], T], *, counts: bool) -> T:
        if self._connection is None:
            access = self._tokens.access()
            self._connection = Connection(
                self._session, access.token, access.instance_url, self._version, self._saw
            )
        self.calls.http += counts
        return call(self._connection)

    def _saw(self, response: requests.Response) -> None:
        """Remember what an answer tells about the org."""
        self.allowance = allowance_of(response) or self.allowance
        moment = server_time(response.headers)
        if moment is not None:
            self.now = moment
            # Date is cut to seconds and set after the reading: what the answer took is taken off.
            self.read_at = moment - response.elapsed


def _page(answer: object) -> tuple[list[Json], str]:
    """Return the records of a page and where the next one is; empty if this is the last."""
    records = answer.get("records") if isinstance(answer, dict) else None
    if not isinstance(answer, dict) or not isinstance(records, list):
        raise unreadable()
    following = answer.get("nextRecordsUrl")
    if not answer.get("done") and not isinstance(following, str):
        raise unreadable()
    found = [record for record in records if isinstance(record, dict)]
    return found, "" if answer.get("done") else str(following)


def _made(row: object, sent: Json) -> Made:
    """Return what became of one record of Collections."""
    if not isinstance(row, dict):
        return unreadable()
    if not row.get("success"):
        return row_error(row.get("errors"), texts=_texts([sent]))
    return to_18(str(row.get("id") or ""))


def _condition(unmodified_since: datetime | None) -> dict[str, str]:
    return {"If-Unmodified-Since": http_date(unmodified_since)} if unmodified_since else {}


def _outcome(part: Json | None, change: Change) -> ServiceError | None:
    """Return what refused one request of a composite one, or None if it was done."""
    status = part.get("httpStatusCode") if part else None
    if part is None or not isinstance(status, int):
        return unreadable()
    if 200 <= status < 300:
        return None
    return rest_error(status, part.get("body"), {}, texts=_texts([change.fields]))


def _texts(records: Iterable[Json]) -> tuple[str, ...]:
    return tuple(v for record in records for v in record.values() if isinstance(v, str))
