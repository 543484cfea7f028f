"""Reading calendars from Microsoft Graph, and subscribing to their changes.

There is no method that writes an event, and there must be none until the product writes to Outlook on purpose.
Not thread-safe: one client per job, over one session.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from urllib.parse import quote, urlencode, urlsplit

import requests

from linkpoint.errors import Gone, Refused, ServiceError
from linkpoint.http import TRANSPORT_ERRORS, server_time, short_wait, transport_failure
from linkpoint.outlook.auth import CLOUDS, TokenSource
from linkpoint.outlook.translate import OUTLOOK, graph_error, unreadable

BATCH_LIMIT = 20
"""Requests in one ``$batch``. https://learn.microsoft.com/graph/json-batching"""

PREFER = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"'
"""Sent with every request: ids that survive a move, times in UTC, bodies as text."""

_BATCH_ATTEMPTS = 3
"""An item of a batch is asked for at most this often before it goes back to the queue."""

_NO_WAIT = timedelta()

Json = dict[str, Any]


@dataclass(slots=True)
class Calls:
    """How much was asked: HTTP requests, and Graph requests as throttling counts them (items of a batch apart)."""

    http: int = 0
    items: int = 0


@dataclass(frozen=True, slots=True)
class DeltaPage:
    """One page of a delta round; exactly one of the links is not empty.  A page may hold nothing and not be the last."""

    items: tuple[Json, ...]
    next_link: str
    delta_link: str


class OutlookClient:
    """Graph v1.0 for the mailboxes that ``tokens`` may read.

    Every method raises ``TryLater``, ``NeedsPerson`` or ``Refused``; the docstrings name what comes on top.

    Attributes:
        calls: What this client has asked so far.
        now: Graph's time of day in its latest answer, aware UTC; None before the first.
    """

    def __init__(
        self, session: requests.Session, tokens: TokenSource, cloud: str = "global"
    ) -> None:
        self._session = session
        self._tokens = tokens
        self._host = CLOUDS[cloud].graph
        self._base = f"https://{self._host}/v1.0"
        self.calls = Calls()
        self.now: datetime | None = None

    def user(self, address: str) -> Json:
        """Return ``id``, ``displayName``, ``mail`` and ``userPrincipalName`` of a mailbox's owner.

        Raises:
            Gone: The tenant has no such user.
        """
        return self._get(
            self._url("users", address, **{"$select": "id,displayName,mail,userPrincipalName"})
        )

    def time_zone(self, user_id: str) -> str:
        """Return the mailbox's time zone as Graph names it (Windows or IANA); empty if it has none."""
        zone = self._get(self._url("users", user_id, "mailboxSettings")).get("timeZone")
        return zone if isinstance(zone, str) else ""

    def calendars(self, user_id: str) -> list[Json]:
        """Return all calendars of a mailbox."""
        return self._all(self._url("users", user_id, "calendars", **{"$top": "100"}))

    def delta_url(self, user_id: str, calendar_id: str, start: datetime, end: datetime) -> str:
        """Return where a new delta round over a window begins; an empty ``calendar_id`` is the default calendar.

        Args:
            user_id: Graph id or address.
            calendar_id: Immutable id.
            start: Aware; the window is frozen into the links that follow.
            end: Aware, exclusive.
        """
        calendar = ("calendars", calendar_id) if calendar_id else ()
        window = {"startDateTime": _instant(start), "endDateTime": _instant(end)}
        return self._url("users", user_id, *calendar, "calendarView", "delta", **window)

    def delta_page(self, url: str, *, page_size: int = 500) -> DeltaPage:
        """Return one page of a round; the next is at ``next_link``, the next round at ``delta_link``.

        Raises:
            StartOver: The cursor is gone; begin a new round.
            Refused: ``url`` does not lead to Graph, so the token stays here.
        """
        self._require_graph(url)
        # The link is used as it came, with nothing added; the page size is a wish in a header.
        prefer = f"{PREFER}, odata.maxpagesize={page_size}"
        response = self._call("GET", url, prefer=prefer)
        body = _object(response, delta=True)
        next_link, delta_link = (
            str(body.get(name) or "") for name in ("@odata.nextLink", "@odata.deltaLink")
        )
        if not isinstance(body.get("value"), list) or bool(next_link) == bool(delta_link):
            raise unreadable()
        return DeltaPage(tuple(_objects(body)), next_link, delta_link)

    def event(self, user_id: str, event_id: str) -> Json:
        """Return one event or one occurrence, in full.

        Raises:
            Gone: Outlook does not have it.
        """
        return self._get(self._url("users", user_id, "events", event_id))

    def events(self, user_id: str, event_ids: Sequence[str]) -> list[Json | ServiceError]:
        """Return the events in the order asked for; in place of one that cannot be had, its error."""
        results: list[Json | ServiceError] = []
        for start in range(0, len(event_ids), BATCH_LIMIT):
            results += self._batch(user_id, event_ids[start : start + BATCH_LIMIT])
        return results

    def subscribe(
        self,
        user_id: str,
        *,
        notification_url: str,
        lifecycle_url: str,
        client_state: str,
        expires: datetime,
    ) -> Json:
        """Subscribe to the events of a mailbox; both addresses are called by Graph before it answers.

        Args:
            user_id: Graph id.
            notification_url: https.
            lifecycle_url: https; cannot be added later.
            client_state: At most 128 characters, comes back with each notification.
            expires: Aware; under seven days ahead.

        Raises:
            Exists: The mailbox already has such a subscription of this app: list, delete, subscribe again.
        """
        wish = {
            "changeType": "created,updated,deleted",
            "resource": f"/users/{_segment(user_id)}/events",
            "notificationUrl": notification_url,
            "lifecycleNotificationUrl": lifecycle_url,
            "clientState": client_state,
            "expirationDateTime": _instant(expires),
        }
        return _object(self._call("POST", self._url("subscriptions"), body=wish))

    def renew_subscription(self, subscription_id: str, expires: datetime) -> Json:
        """Let a subscription live until ``expires``.

        Raises:
            Gone: It ended; subscribe again and run a delta round.
        """
        url = self._url("subscriptions", subscription_id)
        return _object(self._call("PATCH", url, body={"expirationDateTime": _instant(expires)}))

    def unsubscribe(self, subscription_id: str) -> None:
        """End a subscription.

        Raises:
            Gone: It had ended before.
        """
        response = self._call("DELETE", self._url("subscriptions", subscription_id))
        if response.status_code != 204:
            raise _error(response)

    def subscriptions(self) -> list[Json]:
        """Return all subscriptions of this app."""
        return self._all(self._url("subscriptions"))

    def _url(self, *segments: str, **query: str) -> str:
        path = "/".join(_segment(segment) for segment in segments)
        options = urlencode(query, quote_via=quote, safe="$,:")
        return f"{self._base}/{path}" + (f"?{options}" if options else "")

    def _require_graph(self, url: str) -> None:
        parts = urlsplit(url)
        if (parts.scheme, parts.netloc.lower()) != ("https", self._host):
            why = "A link to the next page does not lead to Microsoft 365; it was not followed."
            raise Refused(OUTLOOK, why, "foreign-link")

    def _get(self, url: str) -> Json:
        return _object(self._call("GET", url))

    def _all(self, url: str) -> list[Json]:
        """Return the values of all pages."""
        values: list[Json] = []
        while url:
            self._require_graph(url)
            body = self._get(url)
            values += _objects(body)
            url = str(body.get("@odata.nextLink") or "")
        return values

    def _call(
        self, method: str, url: str, *, prefer: str = PREFER, body: object = None, items: int = 1
    ) -> requests.Response:
        """Send; once more with a new token after a 401, and a read once more after a short wait it asks for."""
        response = self._once(method, url, prefer, body, items)
        if response.status_code == 401:
            self._tokens.forget()
            response = self._once(method, url, prefer, body, items)
        # Our batches only read, so they may be repeated like a GET.
        reads = method == "GET" or url.endswith("/$batch")
        wait = short_wait(response.status_code, response.headers) if reads else None
        if wait is not None:
            time.sleep(wait.total_seconds())
            response = self._once(method, url, prefer, body, items)
        return response

    def _once(
        self, method: str, url: str, prefer: str, body: object, items: int
    ) -> requests.Response:
        headers = {
            "Authorization": f"Bearer {self._tokens.token()}",
            "Prefer": prefer,
            "client-request-id": str(uuid.uuid4()),
        }
        self.calls.http += 1
        self.calls.items += items
        try:
            response = self._session.request(method, url, headers=headers, json=body)
        except TRANSPORT_ERRORS as error:
            raise transport_failure(OUTLOOK, error) from None  # the cause quotes the address
        self.now = server_time(response.headers) or self.now
        return response

    def _batch(self, user_id: str, event_ids: Sequence[str]) -> list[Json | ServiceError]:
        """Return up to 20 events; only the items that were throttled are asked for again."""
        answers: dict[int, _Answer] = {}
        wanted = list(range(len(event_ids)))
        for attempt in range(_BATCH_ATTEMPTS):
            answers |= self._batch_once(user_id, {n: event_ids[n] for n in wanted})
            stale = [n for n in wanted if answers[n].status == 401 and attempt == 0]
            throttled = [n for n in wanted if answers[n].short_wait is not None]
            wanted = stale + throttled
            if not wanted or attempt + 1 == _BATCH_ATTEMPTS:
                break
            if stale:
                self._tokens.forget()
            time.sleep(max(answers[n].short_wait or _NO_WAIT for n in wanted).total_seconds())
        return [answers[n].result() for n in range(len(event_ids))]

    def _batch_once(self, user_id: str, event_ids: Mapping[int, str]) -> dict[int, "_Answer"]:
        requests_ = [
            {
                "id": str(number),
                "method": "GET",
                "url": f"/users/{_segment(user_id)}/events/{_segment(event_id)}",
                # On each item: Graph ignores a Prefer header of the batch itself.
                "headers": {"Prefer": PREFER},
            }
            for number, event_id in event_ids.items()
        ]
        url = f"{self._base}/$batch"
        response = self._call("POST", url, body={"requests": requests_}, items=len(requests_))
        parts = _object(response).get("responses")
        answers = {number: _Answer() for number in event_ids}
        for part in parts if isinstance(parts, list) else ():
            if isinstance(part, dict) and str(part.get("id")) in {str(n) for n in event_ids}:
                answers[int(part["id"])] = _Answer.read(part)
        return answers


@dataclass(frozen=True, slots=True)
class _Answer:
    """The answer to one item of a batch; as it stands here, the one that never came."""

    status: int = 502
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None

    @classmethod
    def read(cls, part: Json) -> Self:
        status, headers = part.get("status"), part.get("headers")
        return cls(
            status if isinstance(status, int) else 502,
            {str(k): str(v) for k, v in headers.items()} if isinstance(headers, dict) else {},
            part.get("body"),
        )

    @property
    def short_wait(self) -> timedelta | None:
        return short_wait(self.status, self.headers)

    def result(self) -> Json | ServiceError:
        if self.status == 200 and isinstance(self.body, dict):
            return self.body
        return (
            unreadable()
            if self.status == 200
            else graph_error(self.status, self.body, self.headers)
        )


def _segment(text: str) -> str:
    """Return the text as one segment of a path; dots alone would be folded away on the wire and name another thing."""
    if text in {"", ".", ".."}:
        raise Gone(OUTLOOK, "Outlook has nothing by this id.", "no-id")
    return quote(text, safe="")


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise ValueError("An instant needs its time zone.")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _object(response: requests.Response, *, delta: bool = False) -> Json:
    """Return the JSON object of a successful answer."""
    if not 200 <= response.status_code < 300:
        raise _error(response, delta=delta)
    body = _body(response)
    if not isinstance(body, dict):
        raise unreadable()
    return body


def _objects(body: Json) -> list[Json]:
    values = body.get("value")
    return (
        [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []
    )


def _error(response: requests.Response, *, delta: bool = False) -> ServiceError:
    return graph_error(response.status_code, _body(response), response.headers, delta=delta)


def _body(response: requests.Response) -> object:
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        return None
