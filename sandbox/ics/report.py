"""What became of each component of a calendar file."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = {
    "imported": "imported",
    "changed": "imported with a change",
    "refused": "not imported",
}


@dataclass
class Entry:
    """One component.

    Attributes:
        component: VEVENT, VTODO and so on.
        occurrence: RECURRENCE-ID as written, or empty.
        notes: What was changed, or why it was refused.
        events: Events that it became.
    """

    component: str
    uid: str
    summary: str = ""
    occurrence: str = ""
    outcome: str = "imported"
    notes: list[str] = field(default_factory=list)
    events: int = 0

    def change(self, note: str) -> None:
        """Note something that is not as in the file."""
        if self.outcome == "imported":
            self.outcome = "changed"
        if note not in self.notes:
            self.notes.append(note)

    def refuse(self, reason: str) -> None:
        """Note that the component was left out."""
        self.outcome = "refused"
        self.notes.append(reason)

    def line(self) -> str:
        """Return the entry for people."""
        name = f"{self.component} {self.uid or '(no UID)'}"
        if self.occurrence:
            name += f", occurrence {self.occurrence}"
        title = f" “{self.summary}”" if self.summary else ""
        return f"{OUTCOMES[self.outcome]}: {name}{title}: {'; '.join(self.notes)}"


@dataclass
class Report:
    """What became of a whole file."""

    entries: list[Entry] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """Return how many components ended like this."""
        return Counter(entry.outcome for entry in self.entries)[outcome]

    def text(self) -> str:
        """Return the report for people: totals, then each component that was changed or refused."""
        created = sum(entry.events for entry in self.entries)
        totals = ", ".join(f"{self.count(name)} {words}" for name, words in OUTCOMES.items())
        head = f"{len(self.entries)} components: {totals}. {created} events and series created."
        lines = [entry.line() for entry in self.entries if entry.outcome != "imported"]
        return "\n".join([head, *lines])

    def as_dict(self) -> dict[str, Any]:
        """Return the report for the control API."""
        return {
            **{name: self.count(name) for name in OUTCOMES},
            "events": sum(entry.events for entry in self.entries),
            "components": [vars(entry) for entry in self.entries],
            "text": self.text(),
        }
