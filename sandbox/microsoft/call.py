"""One Graph request and its answer, apart from HTTP, so that an item of a batch is the same as a request."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox.microsoft.directory import Microsoft
from sandbox.microsoft.errors import GraphError, invalid
from sandbox.microsoft.ids import IdForm
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.rendering import Renderer, Wishes, zone_is_known
from sandbox.microsoft.tokens import Grant

GRAPH = "https://graph.microsoft.com/v1.0"

_PREFERENCE = re.compile(r'([\w.-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;"]+)))?')
_LARGEST_PAGE = 1_000
_CANONICAL = {
    name.casefold(): name
    for name in ("users", "me", "events", "calendar", "calendars", "calendarView", "instances")
}
"""Names in a path count in any case: notifications write ``Users/{id}/Events/{id}`` (section 11)."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON body (None for none) and headers."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        segments: Parts of the path after ``/v1.0``, decoded.
        query: Options by name; a name given twice keeps the last value.
        headers: Names in lower case.
        body: Decoded JSON, or None.
        base: Address of the service as the client knows it, for links.
    """

    office: Microsoft
    grant: Grant
    method: str
    segments: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    base: str = GRAPH

    @property
    def preferences(self) -> dict[str, str]:
        """The Prefer headers by name in lower case."""
        found = _PREFERENCE.finditer(self.headers.get("prefer", ""))
        return {match[1].casefold(): match[2] or match[3] or "" for match in found}

    def wishes(self) -> Wishes:
        """Return what the Prefer headers ask for.

        Raises:
            GraphError: A zone that does not exist.
        """
        wanted = self.preferences
        zone = wanted.get("outlook.timezone") or "UTC"
        if not zone_is_known(zone):
            raise invalid(f"outlook.timezone: {zone} is not a time zone.")
        immutable = wanted.get("idtype", "").casefold() == "immutableid"
        return Wishes(
            zone=zone,
            text=wanted.get("outlook.body-content-type", "").casefold() == "text",
            form=IdForm.IMMUTABLE if immutable else IdForm.PLAIN,
        )

    def applied(self) -> dict[str, str]:
        """Return the header that tells which wishes were followed."""
        wanted = self.preferences
        names = {"outlook.timezone": "outlook.timezone", "outlook.body-content-type": ""}
        parts = [f'{name}="{wanted[name]}"' for name in names if wanted.get(name)]
        return {"Preference-Applied": ", ".join(parts)} if parts else {}

    def renderer(self, mailbox: Mailbox) -> Renderer:
        """Return what renders the mailbox's events for this request."""
        return Renderer(mailbox.guid, self.office.switches, self.wishes())

    def number(self, name: str, default: int) -> int:
        """Return an option that is a whole number.

        Raises:
            GraphError: It is none.
        """
        text = self.query.get(name)
        if text is None:
            return default
        if not text.isdecimal() or (name == "$top" and not 0 < int(text) <= _LARGEST_PAGE):
            raise invalid(f"{name}: must be a whole number that fits.")
        return int(text)

    def link(self, query: Mapping[str, str]) -> str:
        """Return the address of this path with other options."""
        path = "/".join(quoted(segment) for segment in self.segments)
        options = "&".join(f"{name}={quoted(value)}" for name, value in query.items())
        return f"{self.base}/{path}" + (f"?{options}" if options else "")


def quoted(text: str) -> str:
    """Return the text percent-encoded, ``$`` and brackets left as Graph leaves them."""
    safe = "$()'@.-_~"
    return "".join(
        char if char.isascii() and (char.isalnum() or char in safe) else _escaped(char)
        for char in text
    )


def split_url(url: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return segments and options of a path below ``/v1.0``, from its raw text."""
    parts = urlsplit(url)
    raw = [unquote(part) for part in parts.path.split("/") if part]
    segments = tuple(_CANONICAL.get(part.casefold(), part) for part in raw)
    return segments, dict(parse_qsl(parts.query, keep_blank_values=True))


def error_answer(error: GraphError, *, date: str, request_id: str, client_id: str) -> Answer:
    """Return the answer of a refused request (section 16)."""
    inner = {"date": date, "request-id": request_id, "client-request-id": client_id}
    body = {
        "error": {
            "code": error.code,
            "message": error.message,
            **error.annotations,
            "innerError": inner,
        }
    }
    return Answer(error.status, body, dict(error.headers))


def _escaped(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())
