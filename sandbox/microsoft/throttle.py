"""How much one app may ask of one mailbox: at once and in ten minutes (contract, section 13)."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.microsoft.directory import Microsoft
from sandbox.microsoft.errors import GraphError

_SPAN_S = 600.0


class Gate:
    """Counts the requests that are under way; one for the whole process, since waiting threads are not state."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: dict[tuple[int, str], int] = {}

    @contextmanager
    def enter(self, office: Microsoft, key: str) -> Iterator[None]:
        """Hold one of the places of a mailbox.

        Raises:
            GraphError: No place is free, or the allowance is used up.
        """
        switches = office.switches
        place = (id(office), key)
        with self._lock:
            busy = self._busy.get(place, 0)
            limit = switches.number("mailbox_concurrency")
            full = bool(limit) and busy >= limit
            if not full:
                self._busy[place] = busy + 1
        try:
            self._judge(office, key, full=full)
            time.sleep(switches.number("latency_ms") / 1000)
            yield
        finally:
            if not full:
                with self._lock:
                    self._busy[place] -= 1

    def _judge(self, office: Microsoft, key: str, *, full: bool) -> None:
        with office.lock:
            limit = office.switches.number("mailbox_requests")
            now = time.monotonic()
            recent = [
                moment for moment in office.usage.get(key, ()) if now - _SPAN_S < moment <= now
            ]
            # Throttled requests count as well.
            office.usage[key] = [*recent, now][-max(limit, 1) - 1 :]
            over = bool(limit) and len(recent) >= limit
            if full or over or office.switches.take("throttle_next"):
                raise throttled(office)


def throttled(office: Microsoft) -> GraphError:
    """Return the answer to too many requests; Retry-After may be a fraction."""
    return GraphError(
        429,
        office.switches.text("throttle_code"),
        "SANDBOX: Application is over its MailboxConcurrency limit.",
        headers={"Retry-After": office.switches.text("retry_after")},
    )
