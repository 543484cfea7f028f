"""Three versions, unit by unit: each side against its own base (sync.md 6, R10)."""

from dataclasses import dataclass
from enum import Enum

from sync.core.item import Fields, Value
from sync.core.mapping import CREATE_ONLY, UNITS, to_salesforce


class Change(Enum):
    """Which side moved away from its own base."""

    NONE = "none"
    OUTLOOK = "outlook"
    SALESFORCE = "salesforce"
    BOTH = "both"
    AGREED = "agreed"  # both moved, to the same value as far as the poorer side can say it


@dataclass(frozen=True, slots=True)
class UnitChange:
    """What happened to the fields of one unit since both sides last agreed."""

    unit: str
    change: Change
    names: tuple[str, ...]
    outlook: dict[str, Value]
    salesforce: dict[str, Value]
    projected: dict[str, Value]  # Outlook's values as Salesforce can hold them


def merge(
    outlook: Fields, salesforce: Fields, base_outlook: Fields, base_salesforce: Fields
) -> tuple[UnitChange, ...]:
    """Return one entry a unit, in the order of the field table.

    Fields that are written on create only do not take part, and neither does a unit that one side does not show
    in full: what field-level security hides is frozen, never taken for emptied (case A22).
    """
    return tuple(
        _compare(unit, names, (outlook, salesforce), (base_outlook, base_salesforce))
        for unit, names in UNITS.items()
        if not CREATE_ONLY.issuperset(names)
        and all(name in outlook and name in salesforce for name in names)
    )


def _compare(
    unit: str, names: tuple[str, ...], seen: tuple[Fields, Fields], bases: tuple[Fields, Fields]
) -> UnitChange:
    ours = {name: seen[0][name] for name in names}
    theirs = {name: seen[1][name] for name in names}
    projected = to_salesforce(ours)
    outlook_moved = any(ours[name] != bases[0].get(name) for name in names)
    salesforce_moved = any(theirs[name] != bases[1].get(name) for name in names)
    told = all(projected[name] == bases[1].get(name) for name in names)
    change = _change(outlook_moved, salesforce_moved, agreed=projected == theirs, told=told)
    return UnitChange(unit, change, names, ours, theirs, projected)


def _change(outlook_moved: bool, salesforce_moved: bool, *, agreed: bool, told: bool) -> Change:  # noqa: FBT001 -- the two columns of the table
    """Fill one cell of the table; ``told``: Salesforce was already given what Outlook says now.

    An edit that Salesforce cannot show (tentative to busy, a text beyond its limit) is no reason to overwrite it.
    """
    if not outlook_moved and not salesforce_moved:
        return Change.NONE
    if agreed:
        return Change.AGREED
    if outlook_moved and not told:
        return Change.BOTH if salesforce_moved else Change.OUTLOOK
    return Change.SALESFORCE
