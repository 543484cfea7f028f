"""Choices between two behaviours: what the contract marks as doubtful, and what a tenant decides for itself."""

from collections.abc import Mapping
from dataclasses import dataclass

_TYPE_NAMES = {
    bool: "true or false",
    int: "a whole number",
    str: "text",
    list: "a list",
    dict: "an object",
}


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice.

    Attributes:
        default: The value until the control API sets another; its type is the type of every value.
        mark: Certainty of the default as in the contract (D documented, O observed, C seen in clients,
            T second-hand, A assumed), or ``setting`` for what a tenant or a test decides.
        note: What it changes.
        allowed: The only values, if there are few.
    """

    default: object
    mark: str
    note: str
    allowed: tuple[object, ...] = ()


class Switchboard:
    """The values in force of one table of switches."""

    def __init__(self, table: Mapping[str, Switch], side: str) -> None:
        self._table = dict(table)
        self._side = side
        self._values: dict[str, object] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._table

    def as_dict(self) -> dict[str, object]:
        """Return every switch with its value."""
        return {name: self._get(name) for name in self._table}

    def set(self, name: str, value: object) -> None:
        """Put a value in force.

        Raises:
            ValueError: No such switch, or not a value of it; the message names the switch.
        """
        if name not in self._table:
            raise ValueError(f"{name}: no such switch of the {self._side} side")
        switch = self._table[name]
        if type(value) is not type(switch.default):
            raise ValueError(f"{name}: must be {_TYPE_NAMES[type(switch.default)]}")
        if switch.allowed and value not in switch.allowed:
            raise ValueError(f"{name}: must be one of {list(switch.allowed)}")
        self._values[name] = value

    def on(self, name: str) -> bool:
        """Return a switch that is true or false."""
        return self._get(name) is True

    def number(self, name: str) -> int:
        """Return a switch that is a number."""
        value = self._get(name)
        return value if isinstance(value, int) else 0

    def text(self, name: str) -> str:
        """Return a switch that is a word."""
        return str(self._get(name))

    def mapping(self, name: str) -> dict[str, object]:
        """Return a switch that is an object."""
        value = self._get(name)
        return value if isinstance(value, dict) else {}

    def take(self, name: str) -> bool:
        """Count one of "the next N" down; tell whether there was one left."""
        left = self.number(name)
        if left > 0:
            self._values[name] = left - 1
        return left > 0

    def _get(self, name: str) -> object:
        return self._values.get(name, self._table[name].default)
