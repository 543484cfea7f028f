"""Calls the addresses of subscriptions: the handshake, and the notes of the outbox.  Loopback only.

A host that is not loopback itself is reached through the switch ``notify_routes``; nothing else is ever called.
"""

import html
import http.client
import ipaddress
import json
import threading
import time
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from sandbox.microsoft.directory import Microsoft
from sandbox.microsoft.errors import GraphError
from sandbox.microsoft.subscriptions import Note

_GIVE_UP_S = 4 * 3600.0
_LONGEST_PAUSE_S = 60.0
_DELIVERY_TIMEOUT_S = 10.0


class Unreachable(Exception):
    """The address is not on loopback, or nobody answered."""


def shake_hands(office: Microsoft, url: str, token: str) -> None:
    """Ask an address for its consent to be notified.

    Raises:
        GraphError: It did not answer as it must: 200, text/plain, the token (section 11).
    """
    joint = "&" if "?" in url else "?"
    asked = f"{url}{joint}validationToken={quote(token, safe='')}"
    timeout_s = float(office.switches.number("handshake_timeout_s"))
    try:
        status, kind, body = _post(office, asked, b"", "text/plain; charset=utf-8", timeout_s)
    except TimeoutError:
        message = "Subscription validation request timed out."
        raise GraphError(400, "InvalidRequest", message) from None
    except Unreachable as error:
        raise GraphError(400, "ValidationError", f"{_REFUSED} SANDBOX: {error}") from None
    if status != 200:
        raise GraphError(400, "ValidationError", _REFUSED)
    said = body.decode(errors="replace").strip()
    # Microsoft asks that the token be escaped as HTML, so either form is consent.
    if not kind.startswith("text/plain") or said not in {token, html.escape(token)}:
        message = f"{_REFUSED} SANDBOX: the token must come back as text/plain."
        raise GraphError(400, "ValidationError", message)


_REFUSED = (
    "Subscription validation request failed. Notification endpoint must respond with 200 OK to "
    "validation request."
)


class Postman:
    """Delivers the outbox in a thread of its own; asks for the office each time, since a reset replaces it."""

    def __init__(self, office_now: Callable[[], Microsoft]) -> None:
        self._office_now = office_now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sandbox-postman", daemon=True)

    def start(self) -> None:
        """Begin delivering."""
        self._thread.start()

    def stop(self) -> None:
        """Deliver no more."""
        self._stop.set()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            self.deliver_once()

    def deliver_once(self) -> int:
        """Send what is due, notes to one address together; return how many arrived."""
        office = self._office_now()
        with office.lock:
            now = time.time()
            due = [note for note in office.outbox if note.not_before <= now]
            office.outbox = [note for note in office.outbox if note.not_before > now]
        arrived = 0
        for url in dict.fromkeys(note.url for note in due):
            notes = [note for note in due if note.url == url]
            if _deliver(office, url, notes):
                arrived += len(notes)
            else:
                self._put_back(office, notes)
        return arrived

    def _put_back(self, office: Microsoft, notes: list[Note]) -> None:
        """Keep undelivered notes for later, with growing pauses; after some hours they are dropped."""
        with office.lock:
            for note in notes:
                note.attempts += 1
                pause = min(0.5 * 2**note.attempts, _LONGEST_PAUSE_S)
                note.not_before = time.time() + pause
                if note.attempts * _LONGEST_PAUSE_S < _GIVE_UP_S:
                    office.outbox.append(note)


def _deliver(office: Microsoft, url: str, notes: list[Note]) -> bool:
    body = json.dumps({"value": [note.payload for note in notes]}).encode()
    try:
        status, _, _ = _post(office, url, body, "application/json", _DELIVERY_TIMEOUT_S)
    except (Unreachable, TimeoutError):
        return False
    return 200 <= status < 300


def _post(
    office: Microsoft, url: str, body: bytes, kind: str, timeout_s: float
) -> tuple[int, str, bytes]:
    """Post to an address on loopback; return status, content type and body."""
    parts = urlsplit(url)
    host, port = _target(office, url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = http.client.HTTPConnection(host, port, timeout=timeout_s)
    headers = {"Content-Type": kind, "Host": parts.netloc}
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get("Content-Type", ""), answer.read(65_536)
    except TimeoutError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"no answer ({type(error).__name__})") from None
    finally:
        connection.close()


def _target(office: Microsoft, url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    route = office.switches.mapping("notify_routes").get(parts.hostname or "")
    aim = urlsplit(str(route)) if route else parts
    host = aim.hostname or ""
    if aim.scheme != "http" or not _is_loopback(host) or not aim.port:
        raise Unreachable("the address is not on loopback and notify_routes does not lead there")
    return ("127.0.0.1" if host == "localhost" else host), aim.port


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
