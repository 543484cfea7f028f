"""``/composite/sobjects``: up to 200 rows at once, each with its own outcome."""

from collections.abc import Callable

from sandbox.salesforce.errors import ApiError, ApiErrors, unknown
from sandbox.salesforce.ids import to_18
from sandbox.salesforce.rest.call import Call, Reply, not_allowed, not_found
from sandbox.salesforce.rest.sobjects import asked_fields, row_json
from sandbox.salesforce.rest.upsert import Ambiguous, upsert
from sandbox.salesforce.schema import SObject

LARGEST = 200

Outcome = dict[str, object]
Work = Callable[[], Outcome]


def answer(call: Call) -> Reply:
    """Answer a collection request; 200 even if every row failed.

    Raises:
        ApiError: The request as a whole is refused.
    """
    if call.method == "DELETE" and len(call.path) == 2:
        return _delete(call)
    if call.method == "POST" and len(call.path) == 2:
        return _each(call, _inserting)
    if call.method == "PATCH" and len(call.path) == 2:
        return _each(call, _updating)
    if call.method == "PATCH" and len(call.path) == 4:
        return _each(call, _upserting)
    if call.method in {"GET", "POST"} and len(call.path) == 3:
        return _read(call)
    if len(call.path) > 4:
        raise not_found()
    raise not_allowed(call, "POST", "PATCH", "DELETE")


def _read(call: Call) -> Reply:
    """Return the rows of the ids in their order, null for what the caller cannot see."""
    body = call.mapping() if call.method == "POST" else {}
    sobject = call.sobject(call.at(2))
    ids = body.get("ids") or call.args.get("ids", "").split(",")
    names = body.get("fields") or call.args.get("fields", "").split(",")
    if not isinstance(ids, list) or not isinstance(names, list):
        raise ApiError("JSON_PARSER_ERROR", unknown("ids, fields: must be lists"))
    fields = asked_fields(call, sobject, [str(name) for name in names])
    found = {str(row["Id"]): row for row in call.org.store.seen(call.caller, sobject)}
    rows = [found.get(to_18(str(record_id))) for record_id in ids]
    return Reply(200, [row and row_json(call, sobject, row, fields) for row in rows])


def _each(call: Call, make: Callable[[Call, dict[str, object]], Work]) -> Reply:
    body = call.mapping()
    records = body.get("records")
    if not isinstance(records, list) or not all(isinstance(row, dict) for row in records):
        raise ApiError("JSON_PARSER_ERROR", unknown("records: must be a list of objects"))
    _check_size(len(records))
    works = [make(call, row) for row in records]
    return _run(call, works, all_or_none=body.get("allOrNone") is True)


def _check_size(number: int) -> None:
    if number > LARGEST:
        raise ApiError("EXCEEDED_ID_LIMIT", unknown(f"at most {LARGEST} records"))


def _run(call: Call, works: list[Work], *, all_or_none: bool) -> Reply:
    before = call.org.store.snapshot() if all_or_none else None
    outcomes = []
    for work in works:
        call.count_write()
        outcomes.append(_outcome(call, work))
    if before is not None and not all(outcome["success"] for outcome in outcomes):
        call.org.store.restore(before)
        outcomes = [_rolled_back(outcome) for outcome in outcomes]
    return Reply(200, outcomes)


def _outcome(call: Call, work: Work) -> Outcome:
    try:
        return work()
    except ApiErrors as several:
        return {"success": False, "errors": [_error(call, error) for error in several.errors]}
    except ApiError as refused:
        return {"success": False, "errors": [_error(call, refused)]}


def _error(call: Call, error: ApiError) -> dict[str, object]:
    entry = error.as_row_error()
    if call.org.switches.text("row_error_key") == "errorCode":
        entry["errorCode"] = entry.pop("statusCode")
    return entry


def _rolled_back(outcome: Outcome) -> Outcome:
    if not outcome["success"]:
        return outcome
    message = unknown("another record of the request was refused")
    error = {"statusCode": "ALL_OR_NONE_OPERATION_ROLLED_BACK", "message": message, "fields": []}
    return {"success": False, "errors": [error]}


def _done(record_id: str) -> Outcome:
    return {"id": record_id, "success": True, "errors": []}


def _kind(call: Call, row: dict[str, object]) -> SObject:
    attributes = row.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise ApiError("INVALID_TYPE", unknown("attributes.type: must name the object"))
    return call.sobject(name)


def _inserting(call: Call, row: dict[str, object]) -> Work:
    return lambda: _done(call.org.store.insert(call.caller, _kind(call, row), row))


def _updating(call: Call, row: dict[str, object]) -> Work:
    def work() -> Outcome:
        record_id, fields = _split(row, "Id")
        if not record_id:
            raise ApiError("MISSING_ARGUMENT", unknown("Id: must say which record"))
        call.org.store.update(call.caller, _kind(call, row), record_id, fields)
        return _done(record_id)

    return work


def _split(row: dict[str, object], field: str) -> tuple[str, dict[str, object]]:
    """Return the value of the field, whatever its case, and the rest of the row."""
    value = ""
    rest = {}
    for name, content in row.items():
        if name.casefold() == field.casefold():
            value = str(content or "")
        else:
            rest[name] = content
    return value, rest


def _upserting(call: Call, row: dict[str, object]) -> Work:
    def work() -> Outcome:
        sobject = call.sobject(call.at(2))
        value, fields = _split(row, call.at(3))
        if call.at(3).casefold() == "id":
            return _by_id(call, sobject, value, fields)
        if not value:
            record_id = call.org.store.insert(call.caller, sobject, fields)
            return _done(record_id) | {"created": True}
        try:
            record_id, created = upsert(call, sobject, (call.at(3), value), fields, insert=True)
        except Ambiguous as several:
            what = unknown(f"{len(several.ids)} records have this value")
            raise ApiError("DUPLICATE_VALUE", what) from several
        return _done(record_id) | {"created": created}

    return work


def _by_id(call: Call, sobject: SObject, value: str, fields: dict[str, object]) -> Outcome:
    if value:
        call.org.store.update(call.caller, sobject, value, fields)
        return _done(value) | {"created": False}
    return _done(call.org.store.insert(call.caller, sobject, fields)) | {"created": True}


def _delete(call: Call) -> Reply:
    ids = [part.strip() for part in call.args.get("ids", "").split(",") if part.strip()]
    _check_size(len(ids))
    works = [_deleting(call, record_id) for record_id in ids]
    return _run(call, works, all_or_none=call.args.get("allOrNone", "").casefold() == "true")


def _deleting(call: Call, record_id: str) -> Work:
    def work() -> Outcome:
        sobject = call.org.store.object_of(record_id)
        if sobject is None:
            raise ApiError("MALFORMED_ID", f"bad id {record_id}", ("Id",))
        call.org.store.delete(call.caller, sobject, record_id)
        return _done(record_id)

    return work
