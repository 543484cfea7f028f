"""Upsert by an external id: find, then update or insert."""

from sandbox.salesforce import checks
from sandbox.salesforce.access import visible_field
from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.rest.call import Call
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.values import Row


class Ambiguous(ApiError):
    """Several rows have the value; ``ids`` says which."""

    def __init__(self, ids: list[str]) -> None:
        super().__init__("SANDBOX_AMBIGUOUS", unknown("several records match"), status=300)
        self.ids = ids


def key_field(call: Call, sobject: SObject, name: str) -> Field:
    """Return a field that rows can be looked up by.

    Raises:
        ApiError: NOT_FOUND, the field is not there or is no external id.
    """
    one = visible_field(call.caller, sobject, name, call.org.switches)
    if one is None or not ("i" in one or "E" in one):
        raise ApiError("NOT_FOUND", checks.NO_SUCH_RECORD + name)
    return one


def one_row(call: Call, sobject: SObject, name: str, value: str) -> Row:
    """Return the only row with the value.

    Raises:
        ApiError: There is none.
        Ambiguous: There are several.
    """
    rows = call.org.store.lookup(call.caller, sobject, key_field(call, sobject, name).name, value)
    if not rows:
        raise ApiError("NOT_FOUND", checks.NO_SUCH_RECORD + name)
    if len(rows) > 1:
        raise Ambiguous([str(row["Id"]) for row in rows])
    return rows[0]


def upsert(
    call: Call, sobject: SObject, key: tuple[str, str], raw: dict[str, object], *, insert: bool
) -> tuple[str, bool]:
    """Save by external id and return the row's id and whether it is new.

    Args:
        call: The call, for the caller.
        sobject: Kind of row.
        key: External id field and value.
        raw: The other fields.
        insert: Whether a row may be made.

    Raises:
        ApiError: Refused.
        Ambiguous: Several rows have the value.
    """
    store = call.org.store
    one = key_field(call, sobject, key[0])
    rows = store.lookup(call.caller, sobject, one.name, key[1])
    if len(rows) > 1:
        raise Ambiguous([str(row["Id"]) for row in rows])
    if rows:
        record_id = str(rows[0]["Id"])
        store.update(call.caller, sobject, record_id, raw)
        return record_id, False
    if not insert:
        raise ApiError("NOT_FOUND", checks.NO_SUCH_RECORD + one.name)
    record_id = store.insert(call.caller, sobject, {**raw, one.name: key[1]})
    if call.org.switches.take("race_next_upserts"):
        raise checks.duplicate(call.org.switches, one.name, record_id)
    return record_id, True
