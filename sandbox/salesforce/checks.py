"""What is checked before a row is saved, apart from the rules of single objects."""

from collections.abc import Mapping
from typing import Protocol

from sandbox.salesforce.access import Caller, visible_field
from sandbox.salesforce.errors import ApiError, raise_all, unknown
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.values import Row, Value, convert

NO_SUCH_RECORD = "Provided external ID field does not exist or is not accessible: "
_PREFIXES_WITHOUT_TABLE = {"Calendar": "023", "Group": "00G", "UserRole": "00E"}


class Tables(Protocol):
    """What the checks need of the rows."""

    switches: Switches
    objects: dict[str, SObject]
    tables: dict[str, dict[str, Row]]

    def living(self, record_id: str) -> Row | None:
        """Return the row of the id unless it is deleted."""

    def holders(self, sobject: SObject, one: Field, value: Value) -> list[Row]:
        """Return the living rows with that value of a unique field."""


def convert_fields(
    tables: Tables, caller: Caller, sobject: SObject, raw: Mapping[str, object], *, flag: str
) -> Row:
    """Return the request's fields as stored values, under their right names.

    Args:
        tables: The org's rows.
        caller: Who asks.
        sobject: The kind of row.
        raw: The JSON of the request; ``attributes`` is passed over.
        flag: ``c`` on create, ``u`` on update: fields without it are refused.

    Raises:
        ApiError: One field is refused.
        ApiErrors: Several are.
    """
    if not sobject.writable and flag == "c":
        raise ApiError("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", unknown("not creatable"))
    changes: Row = {}
    errors: list[ApiError] = []
    for name, value in raw.items():
        if name == "attributes":
            continue
        try:
            one = _writable_field(tables, caller, sobject, name, flag)
            changes[one.name] = convert(one, value, tables.switches)
        except ApiError as refused:
            errors.append(refused)
    raise_all(errors)
    return changes


def _writable_field(
    tables: Tables, caller: Caller, sobject: SObject, name: str, flag: str
) -> Field:
    one = visible_field(caller, sobject, name, tables.switches)
    if one is None:
        message = f"No such column '{name}' on sobject of type {sobject.name}"
        raise ApiError("INVALID_FIELD", message)
    if flag not in one:
        verb = "created" if flag == "c" else "updated"
        message = unknown(f"{one.name} cannot be {verb}")
        raise ApiError("INVALID_FIELD_FOR_INSERT_UPDATE", message, (one.name,))
    return one


def with_defaults(sobject: SObject, changes: Row, caller: Caller) -> Row:
    """Return a whole new row: what was sent, and the defaults of the rest."""
    row: Row = {}
    for one in sobject.fields.values():
        value: Value = one.default or None
        if one.type == "boolean":
            value = False
        sent = changes.get(one.name)
        row[one.name] = value if sent is None else sent
    if sobject.field("OwnerId") is not None and not row["OwnerId"]:
        row["OwnerId"] = caller.user_id
    if sobject.name == "EventRelation" and not row["Status"]:
        row["Status"] = "New"
    if sobject.name == "User" and "IsActive" not in changes:
        row["IsActive"] = True
    return row


def required(sobject: SObject, row: Row) -> None:
    """Refuse a row that lacks what every row of the object has.

    Raises:
        ApiError: Something is missing.
    """
    missing = [
        one.name
        for one in sobject.fields.values()
        if "c" in one and "n" not in one and one.type != "boolean" and row.get(one.name) is None
    ]
    if missing:
        message = f"Required fields are missing: [{', '.join(missing)}]"
        raise ApiError("REQUIRED_FIELD_MISSING", message, tuple(missing))


def references(tables: Tables, sobject: SObject, changes: Row) -> None:
    """Refuse ids of a wrong kind or of nothing.

    Raises:
        ApiError: An id does not point to a living row of a right object.
    """
    for name, value in changes.items():
        one = sobject.fields[name]
        if one.type == "reference" and isinstance(value, str):
            _reference(tables, one, value)


def _reference(tables: Tables, one: Field, value: str) -> None:
    known = [tables.objects[name].prefix for name in one.targets if name in tables.objects]
    others = [
        _PREFIXES_WITHOUT_TABLE[name] for name in one.targets if name in _PREFIXES_WITHOUT_TABLE
    ]
    if value[:3] in others:
        return
    if value[:3] not in known:
        message = f"{one.label}: id value of incorrect type: {value}"
        raise ApiError("MALFORMED_ID", message, (one.name,))
    if tables.living(value) is None:
        message = unknown(f"{one.name} points to no record")
        raise ApiError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, ())


def unique(tables: Tables, sobject: SObject, record_id: str, changes: Row) -> None:
    """Refuse a value of a unique field that another living row has.

    Raises:
        ApiError: DUPLICATE_VALUE, with the other row's id in the message (observed).
    """
    for name, value in changes.items():
        one = sobject.fields[name]
        if "U" not in one or value is None:
            continue
        for row in tables.holders(sobject, one, value):
            if row["Id"] != record_id:
                raise duplicate(tables.switches, name, str(row["Id"]))


def same(one: Field, left: Value, right: Value) -> bool:
    """Tell whether two values of a field are equal; most texts are without regard to case."""
    if left is None:
        return False
    if "V" in one:
        return left == right
    return str(left).casefold() == str(right).casefold()


def duplicate(switches: Switches, field: str, other_id: str) -> ApiError:
    """Return the refusal of a value that the row ``other_id`` has."""
    shown = other_id[: switches.number("duplicate_id_length")]
    message = f"duplicate value found: {field} duplicates value on record with id: {shown}"
    return ApiError("DUPLICATE_VALUE", message, ())


def validation_rules(tables: Tables, sobject: SObject, row: Row) -> None:
    """Apply the org's own rules from the switch of that name.

    Raises:
        ApiError: A rule says no.
    """
    for rule in tables.switches.entries("validation_rules"):
        if isinstance(rule, dict) and rule.get("sobject") == sobject.name and _breaks(rule, row):
            code = str(rule.get("code") or "FIELD_CUSTOM_VALIDATION_EXCEPTION")
            fields = () if rule.get("on_record") else (str(rule.get("field")),)
            raise ApiError(code, str(rule.get("message")), fields)


def _breaks(rule: dict[str, object], row: Row) -> bool:
    value = row.get(str(rule.get("field")))
    if rule.get("empty"):
        return value is None
    if "equals" in rule:
        return value == rule["equals"]
    return value is not None and str(rule.get("contains")) in str(value)


def lock(switches: Switches, record_id: str) -> None:
    """Refuse the write if the switch says that somebody holds the row.

    Raises:
        ApiError: UNABLE_TO_LOCK_ROW.
    """
    if switches.take("lock_next_rows"):
        message = f"unable to obtain exclusive access to this record or 1 records: {record_id[:15]}"
        status = switches.number("lock_row_status")
        raise ApiError("UNABLE_TO_LOCK_ROW", message, (), status=status)
