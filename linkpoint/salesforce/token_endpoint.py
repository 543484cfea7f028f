"""The token endpoint of Salesforce: forms in, access out (salesforce.md 3).

Knows no kind of grant; nothing of a form or an answer ever stands in an error.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import urlsplit

import requests

from linkpoint.errors import NeedsPerson
from linkpoint.http import TRANSPORT_ERRORS, transport_failure
from linkpoint.salesforce.canvas import to_18
from linkpoint.salesforce.translate import SALESFORCE, sign_in_error, unreadable

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?", re.IGNORECASE)
_IDENTITY = re.compile(r"/id/([A-Za-z0-9]{15,18})/([A-Za-z0-9]{15,18})/?$")


@dataclass(frozen=True, slots=True)
class Access:
    """A token that works, and where: ``instance_url`` is an origin, ids have 18 characters or are empty."""

    token: str = field(repr=False)
    instance_url: str
    organization_id: str = ""
    user_id: str = ""
    fetched_at_s: float = 0.0
    refresh_token: str = field(default="", repr=False)

    def as_json(self) -> str:
        """Return what is kept between jobs; the refresh token is not, it has its own place."""
        kept = {
            "token": self.token,
            "instance_url": self.instance_url,
            "organization_id": self.organization_id,
            "user_id": self.user_id,
            "fetched_at_s": self.fetched_at_s,
        }
        return json.dumps(kept)

    @classmethod
    def from_json(cls, text: str) -> Self | None:
        """Return what was kept, or None if there is nothing usable."""
        try:
            kept = json.loads(text or "null")
            return cls(
                str(kept["token"]),
                origin(str(kept["instance_url"])),
                str(kept["organization_id"]),
                str(kept["user_id"]),
                float(kept["fetched_at_s"]),
            )
        except (ValueError, TypeError, LookupError, NeedsPerson):
            return None


def post(session: requests.Session, url: str, form: Mapping[str, str]) -> requests.Response:
    """Send a form to an OAuth endpoint.

    Raises:
        NeedsPerson, TryLater: The wire failed.
    """
    try:
        return session.post(url, data=dict(form), headers={"Accept": "application/json"})
    except TRANSPORT_ERRORS as error:
        raise transport_failure(SALESFORCE, error) from None  # the cause may quote the form


def token_url(login_url: str) -> str:
    """Return where tokens are given out; raises as :func:`origin` does."""
    return f"{origin(login_url)}/services/oauth2/token"


def read(response: requests.Response) -> Access:
    """Return the access an answer gives.

    Raises:
        NeedsPerson: Salesforce refuses until someone acts.
        TryLater: It could not answer, or not readably.
    """
    try:
        body = response.json()
    except requests.exceptions.JSONDecodeError:
        body = None
    if response.status_code != 200:
        raise sign_in_error(response.status_code, body, response.headers)
    if not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
        raise unreadable()
    return _access(body)


def _access(answer: Mapping[str, Any]) -> Access:
    identity = _IDENTITY.search(str(answer.get("id") or ""))
    refresh_token = answer.get("refresh_token")
    return Access(
        str(answer["access_token"]),
        origin(str(answer.get("instance_url") or "")),
        _id(identity[1]) if identity else "",
        _id(identity[2]) if identity else "",
        time.time(),
        refresh_token if isinstance(refresh_token, str) else "",
    )


def _id(text: str) -> str:
    return to_18(text) if len(text) in {15, 18} else ""


def origin(url: str) -> str:
    """Return scheme and host of an https address; the token goes nowhere else.

    Raises:
        NeedsPerson: It is no such address (``configuration``).
    """
    parts = urlsplit(url.strip())
    if parts.scheme != "https" or not _HOST.fullmatch(parts.netloc):
        why = "The address of Salesforce is not a usable https address."
        raise NeedsPerson(SALESFORCE, why, "address", what="configuration")
    return f"https://{parts.netloc.lower()}"
