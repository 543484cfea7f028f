"""The emulated Salesforce: every org and what belongs to all of them."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """What the emulation needs of a clock."""

    def now(self) -> datetime:
        """Return the present, aware UTC."""


class Salesforce:
    """All orgs of the emulated Salesforce."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.counters: dict[str, int] = {"salesforce": 0, "salesforce_writes": 0}
