"""The one clock of a schedule: milliseconds that only the scheduler moves."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 16, 8, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """Milliseconds since :data:`START`."""

    ms: int = 0

    @property
    def now(self) -> datetime:
        """Return the present."""
        return START + timedelta(milliseconds=self.ms)

    @property
    def second(self) -> datetime:
        """Return the present as Salesforce stamps it: whole seconds."""
        return START + timedelta(seconds=self.ms // 1000)
