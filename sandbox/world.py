"""Everything the sandbox remembers, and the one lock around it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from sandbox.exchange import Exchange
from sandbox.faults import Faults
from sandbox.microsoft.directory import Microsoft
from sandbox.salesforce.org import Salesforce


class Clock:
    """Real time plus an offset that the control API sets; ``freeze`` stops it."""

    def __init__(self) -> None:
        self.offset = timedelta()
        self.frozen_at: datetime | None = None

    def now(self) -> datetime:
        """Return the sandbox's present, aware UTC."""
        return self.frozen_at or datetime.now(UTC) + self.offset

    def move_to(self, moment: datetime, *, freeze: bool = False) -> None:
        """Make it ``moment``; keep it there if ``freeze``."""
        self.offset = moment - datetime.now(UTC)
        self.frozen_at = moment if freeze else None


@dataclass
class LoggedRequest:
    """One request as it arrived and what was answered; control and human pages are not logged."""

    method: str
    path: str
    query: str
    host: str
    status: int
    fault: str = ""


@dataclass
class World:
    """State of both emulated services.  Hold ``lock`` while reading or changing it."""

    clock: Clock = field(default_factory=Clock)
    faults: Faults = field(default_factory=Faults)
    requests: list[LoggedRequest] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    exchange_observers: list[Callable[[Exchange], None]] = field(default_factory=list)

    default_observers: ClassVar[list[Callable[[Exchange], None]]] = []
    """Watch every world that is made from now on, for example the whole of a test run."""

    def __post_init__(self) -> None:
        self.exchange_observers += self.default_observers
        self.reset()

    def __getstate__(self) -> dict[str, Any]:
        unsaved = {"lock", "exchange_observers"}
        return {name: value for name, value in vars(self).items() if name not in unsaved}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.lock = self.microsoft.lock = threading.RLock()
        self.exchange_observers = list(self.default_observers)

    def observe(self, exchange: Exchange) -> None:
        """Show one request and its answer to the observers."""
        for observer in self.exchange_observers:
            observer(exchange)

    def reset(self) -> None:
        """Forget everything but the clock's type: no tenants, no orgs, no faults, no log."""
        self.clock = Clock()
        self.faults = Faults()
        self.requests = []
        self.microsoft = Microsoft(self.clock, self.lock)
        self.salesforce = Salesforce(self.clock)
