"""simple-salesforce with its one call replaced, so that its known traps are closed (salesforce.md 5.3).

What stays is its building of requests.  What goes: signing in again by itself (without end, and without the caller's
headers), reading every 401 as a list, and errors whose text is the answer of Salesforce.  A 401 leaves as ``Expired``;
the client decides once, and repeats the call with everything it had.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from simple_salesforce.api import Salesforce

from linkpoint.errors import ServiceError
from linkpoint.http import TRANSPORT_ERRORS, transport_failure
from linkpoint.salesforce.translate import (
    SALESFORCE,
    is_expired,
    rest_error,
    unreadable,
)

_USAGE = re.compile(r"(?:^|[;,\s])api-usage=(\d+)/(\d+)")


@dataclass
class Expired(Exception):
    """Salesforce did not accept the token; ``error`` is what it means if a new one does not help."""

    error: ServiceError


@dataclass(frozen=True, slots=True)
class Allowance:
    """API calls of the organization in the last 24 hours, ours and all others', and how many it may make."""

    used: int
    total: int


class Connection(Salesforce):
    """Direct mode: a token, an instance, our session, nothing else."""

    def __init__(
        self,
        session: requests.Session,
        token: str,
        instance_url: str,
        version: str,
        seen: Callable[[requests.Response], None],
    ) -> None:
        super().__init__(
            session_id=token,
            instance_url=instance_url,
            version=version,
            session=session,
            object_pairs_hook=dict,
        )
        self._seen = seen

    def ask(self, method: str, path: str, **options: Any) -> Any:
        """Return the decoded body of what ``path`` on the instance answers; None for one without content.

        Args:
            method: GET, POST, PATCH, DELETE.
            path: From the root, for example ``/services/data``.
            options: As for ``requests``; ``texts`` as in ``rest_error``.
        """
        return body_of(
            self._call_salesforce(method, f"https://{self.sf_instance}{path}", **options)
        )

    def _call_salesforce(self, method: str, url: str, *_: Any, **options: Any) -> requests.Response:
        """Send once; whatever is not a success leaves as one of our errors."""
        headers = {**self.headers, **(options.pop("headers", None) or {})}
        texts = options.pop("texts", ())
        options.pop("name", None)
        try:
            response = self.session.request(method, url, headers=headers, **options)
        except TRANSPORT_ERRORS as error:
            raise transport_failure(SALESFORCE, error) from None  # the cause quotes the address
        self._seen(response)
        if 200 <= response.status_code < 300:
            return response
        raise _failure(response, texts)

    def parse_result_to_json(self, result: requests.Response) -> Any:
        """Return the decoded body of a success.

        Raises:
            TryLater: It is no JSON.
        """
        return body_of(result)


def _failure(response: requests.Response, texts: tuple[str, ...]) -> Exception:
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        body = None
    error = rest_error(response.status_code, body, response.headers, texts=texts)
    return Expired(error) if is_expired(response.status_code, body) else error


def body_of(response: requests.Response) -> Any:
    """Return the decoded body, None for one without content.

    Raises:
        TryLater: It is no JSON.
    """
    if response.status_code == 204 or not response.content:
        return None
    try:
        return response.json()
    except requests.exceptions.JSONDecodeError:
        raise unreadable() from None


def allowance_of(response: requests.Response) -> Allowance | None:
    """Return what ``Sforce-Limit-Info`` says of the organization; its second, per-app form is left aside."""
    match = _USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
    return Allowance(int(match[1]), int(match[2])) if match else None
