"""Who may see and change what: private calendars, administrators, field-level security."""

from dataclasses import dataclass

from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.values import Row


@dataclass(frozen=True)
class Caller:
    """On whose behalf something happens.

    Attributes:
        view_all: The profile has View All Data and Modify All Data.
        version: API version of the call as a whole number; some rules depend on it.
    """

    user_id: str
    view_all: bool = False
    version: int = 66


def can_see(caller: Caller, sobject: SObject, row: Row, switches: Switches) -> bool:
    """Tell whether the row exists for the caller (contract section 1.3 and 1.7)."""
    if caller.view_all or sobject.name != "Event" or row["OwnerId"] == caller.user_id:
        return True
    return switches.on("public_calendars") and not row["IsPrivate"]


def can_change(caller: Caller, sobject: SObject, row: Row) -> bool:
    """Tell whether the caller may write or delete the row."""
    return caller.view_all or sobject.name != "Event" or row["OwnerId"] == caller.user_id


def hidden(caller: Caller, sobject: SObject, one: Field, switches: Switches) -> bool:
    """Tell whether field-level security hides the field; only permissionable ones can be hidden."""
    if caller.view_all or "p" not in one:
        return False
    return f"{sobject.name}.{one.name}" in switches.entries("hidden_fields")


def visible_field(caller: Caller, sobject: SObject, name: str, switches: Switches) -> Field | None:
    """Return the field of that name in any case, or None if there is none for the caller."""
    one = sobject.field(name)
    if one is None or hidden(caller, sobject, one, switches):
        return None
    return one


def visible_fields(caller: Caller, sobject: SObject, switches: Switches) -> list[Field]:
    """Return the fields that exist for the caller, in the order of the describe."""
    return [one for one in sobject.fields.values() if not hidden(caller, sobject, one, switches)]
