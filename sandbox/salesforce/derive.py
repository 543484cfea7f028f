"""Fields that follow from others: names, addresses, stages, closed flags."""

from collections.abc import Callable

from sandbox.salesforce.schema import SObject
from sandbox.salesforce.values import Row, Value, render

_STAGES = {
    "Prospecting": (10, "Pipeline"),
    "Qualification": (10, "Pipeline"),
    "Needs Analysis": (20, "Pipeline"),
    "Value Proposition": (50, "Pipeline"),
    "Id. Decision Makers": (60, "Pipeline"),
    "Perception Analysis": (70, "Pipeline"),
    "Proposal/Price Quote": (75, "Pipeline"),
    "Negotiation/Review": (90, "Pipeline"),
    "Closed Won": (100, "Closed"),
    "Closed Lost": (0, "Omitted"),
}
_PARTS = (
    "city", "country", "geocodeAccuracy", "latitude", "longitude", "postalCode", "state", "street",
)  # fmt: skip


def _person(row: Row, changes: Row) -> None:
    del changes
    row["Name"] = " ".join(str(row[part]) for part in ("FirstName", "LastName") if row.get(part))


def _opportunity(row: Row, changes: Row) -> None:
    stage = str(row.get("StageName"))
    probability, category = _STAGES.get(stage, (0, "Pipeline"))
    if "StageName" in changes and changes.get("Probability") is None:
        row["Probability"] = float(probability)
    row["IsClosed"] = stage.startswith("Closed")
    row["IsWon"] = stage == "Closed Won"
    row["ForecastCategory"] = row["ForecastCategoryName"] = category
    amount, percent = row.get("Amount"), row.get("Probability")
    if isinstance(amount, float) and isinstance(percent, float):
        row["ExpectedRevenue"] = round(amount * percent / 100, 2)


def _case(row: Row, changes: Row) -> None:
    del changes
    row["IsClosed"] = row.get("Status") == "Closed"


_RULES: dict[str, Callable[[Row, Row], None]] = {
    "Contact": _person,
    "Lead": _person,
    "User": _person,
    "Opportunity": _opportunity,
    "Case": _case,
}


def derive(sobject: SObject, row: Row, changes: Row) -> None:
    """Fill in what follows from the row's own fields."""
    rule = _RULES.get(sobject.name)
    if rule is not None:
        rule(row, changes)


def address(sobject: SObject, row: Row, compound: str) -> dict[str, object] | None:
    """Return the value of an address field, or None where no part is filled."""
    prefix = compound.removesuffix("Address")
    parts: dict[str, Value] = {
        part: row.get(prefix + part[0].upper() + part[1:]) for part in _PARTS
    }
    if all(value is None for value in parts.values()) and sobject.name != "Organization":
        return None
    return {part: render(value) for part, value in parts.items()}
