"""Everything the sandbox remembers, and the one lock around it."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget everything but the clock's type: no tenants, no orgs, no faults, no log."""
        self.clock = Clock()
        self.faults = Faults()
        self.requests = []
        self.microsoft = Microsoft(self.clock)
        self.salesforce = Salesforce(self.clock)
