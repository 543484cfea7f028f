"""A sign-in that came back and waits for the person's word: which account would be connected to whom."""

from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Offer:
    """What the confirmation page shows, and what is saved when it is confirmed.

    Attributes:
        service: ``salesforce`` or ``outlook``.
        account: Who signed in, as the provider names them.
        notes: Sentences about what connecting changes.
        values: What :func:`accept` of the service needs, secrets among it.
    """

    service: str
    account: str
    notes: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict, repr=False)

    def as_dict(self) -> dict[str, Any]:
        """Return the offer for the vault."""
        return asdict(self)

    @classmethod
    def from_dict(cls, kept: dict[str, Any]) -> Self:
        """Return the offer that was put away."""
        notes = tuple(str(note) for note in kept["notes"])
        return cls(str(kept["service"]), str(kept["account"]), notes, dict(kept["values"]))
