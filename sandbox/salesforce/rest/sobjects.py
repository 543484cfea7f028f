"""``/sobjects``: describes, rows, upsert, what changed and what was deleted."""

from sandbox.salesforce import checks
from sandbox.salesforce.access import can_see, visible_field, visible_fields
from sandbox.salesforce.derive import address
from sandbox.salesforce.describe import describe_json, summary_json
from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.ids import looks_like_id, to_18
from sandbox.salesforce.rest import conditional, replication
from sandbox.salesforce.rest.call import Call, Reply, http_date, moment_of, not_allowed, not_found
from sandbox.salesforce.rest.upsert import Ambiguous, key_field, one_row, upsert
from sandbox.salesforce.schema import Field, SObject
from sandbox.salesforce.values import Row, moment_in, render

_BODY_SINCE = 46


def answer(call: Call) -> Reply:
    """Answer anything under ``/sobjects``.

    Raises:
        ApiError: Refused.
    """
    if len(call.path) == 1:
        return _global(call)
    sobject = call.sobject(call.at(1))
    if len(call.path) == 2:
        return _object(call, sobject)
    if call.at(2) in {"describe", "deleted", "updated"} and len(call.path) == 3:
        return _about(call, sobject)
    if call.at(3) == "fromThisEventOnwards" and sobject.name == "Event":
        raise ApiError("SANDBOX_NOT_EMULATED", unknown("series are not deleted from here onwards"))
    if len(call.path) == 3:
        return _row(call, sobject, call.at(2))
    if len(call.path) == 4:
        return _by_key(call, sobject, call.at(2), call.at(3))
    raise not_found()


def _global(call: Call) -> Reply:
    if call.method != "GET":
        raise not_allowed(call, "GET")
    organization = call.org.store.tables["Organization"][call.org.id]
    founded = moment_in(organization, "CreatedDate")
    validators = {
        "ETag": f'"{call.org.id[3:11].lower()}"',
        "Last-Modified": http_date(founded),
    }
    since = moment_of(call.headers.get("if-modified-since", ""))
    if since is not None and founded <= since:
        return Reply(304, None, validators)
    objects = [summary_json(one, call.version) for one in call.org.store.objects.values()]
    body = {"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": objects}
    return Reply(200, body, validators)


def _object(call: Call, sobject: SObject) -> Reply:
    if call.method == "GET":
        about = summary_json(sobject, call.version)
        return Reply(200, {"objectDescribe": about, "recentItems": []})
    if call.method != "POST":
        raise not_allowed(call, "GET", "POST")
    call.count_write()
    record_id = call.org.store.insert(call.caller, sobject, call.mapping())
    body = {"id": record_id, "success": True, "errors": []}
    return Reply(201, body, {"Location": f"{call.base}/sobjects/{sobject.name}/{record_id}"})


def _about(call: Call, sobject: SObject) -> Reply:
    if call.method != "GET":
        raise not_allowed(call, "GET")
    if call.at(2) == "describe":
        fields = visible_fields(call.caller, sobject, call.org.switches)
        return Reply(200, describe_json(sobject, fields, call.version))
    if call.at(2) == "deleted":
        return Reply(200, replication.deleted(call, sobject))
    return Reply(200, replication.updated(call, sobject))


def _row(call: Call, sobject: SObject, record_id: str) -> Reply:
    if call.method not in {"GET", "PATCH", "DELETE", "HEAD"}:
        raise not_allowed(call, "GET", "PATCH", "DELETE")
    if call.method == "DELETE":
        call.count_write()
        call.org.store.delete(call.caller, sobject, _known(sobject, record_id))
        return Reply(204)
    if call.method == "PATCH":
        call.count_write()
        return _patch(call, sobject, _known(sobject, record_id))
    row = call.org.store.find(_known(sobject, record_id))
    if row is None or not can_see(call.caller, sobject, row, call.org.switches):
        raise ApiError("NOT_FOUND", checks.NO_SUCH_RECORD + record_id)
    if row["IsDeleted"]:
        raise ApiError("ENTITY_IS_DELETED", "entity is deleted")
    return _get(call, sobject, row)


def _known(sobject: SObject, record_id: str) -> str:
    """Return the long form of an id from the address.

    Raises:
        ApiError: NOT_FOUND, it is no id of this object.
    """
    if not looks_like_id(record_id) or not record_id.startswith(sobject.prefix):
        raise ApiError("NOT_FOUND", checks.NO_SUCH_RECORD + record_id)
    return to_18(record_id)


def _patch(call: Call, sobject: SObject, record_id: str) -> Reply:
    row = call.org.store.changeable(call.caller, sobject, record_id)
    conditional.check(call, sobject, row)
    call.org.store.update(call.caller, sobject, record_id, call.mapping())
    return Reply(204)


def _get(call: Call, sobject: SObject, row: Row) -> Reply:
    unmodified = conditional.check(call, sobject, row)
    if unmodified is not None:
        return unmodified
    asked = call.args.get("fields", "")
    names = (
        asked.split(",")
        if asked
        else [one.name for one in visible_fields(call.caller, sobject, call.org.switches)]
    )
    body = row_json(call, sobject, row, asked_fields(call, sobject, names))
    return Reply(200, body, conditional.row_headers(sobject, row))


def asked_fields(call: Call, sobject: SObject, names: list[str]) -> list[Field]:
    """Return the fields of those names, Id before all others.

    Raises:
        ApiError: INVALID_FIELD.
    """
    fields = [sobject.fields["Id"]]
    for name in names:
        one = visible_field(call.caller, sobject, name.strip(), call.org.switches)
        if one is None:
            message = f"No such column '{name.strip()}' on sobject of type {sobject.name}"
            raise ApiError("INVALID_FIELD", message)
        if one not in fields:
            fields.append(one)
    return fields


def row_json(call: Call, sobject: SObject, row: Row, fields: list[Field]) -> dict[str, object]:
    """Return the row with these fields as the REST API shows it."""
    url = f"{call.base}/sobjects/{sobject.name}/{row['Id']}"
    body: dict[str, object] = {"attributes": {"type": sobject.name, "url": url}}
    for one in fields:
        is_address = one.type == "address"
        body[one.name] = (
            address(sobject, row, one.name) if is_address else render(row.get(one.name))
        )
    return body


def _by_key(call: Call, sobject: SObject, name: str, value: str) -> Reply:
    try:
        if call.method == "GET":
            return _get(call, sobject, one_row(call, sobject, name, value))
        if call.method == "PATCH":
            call.count_write()
            return _upsert(call, sobject, name, value)
        if call.method == "DELETE":
            call.count_write()
            record_id = str(one_row(call, sobject, name, value)["Id"])
            call.org.store.delete(call.caller, sobject, record_id)
            return Reply(204)
    except Ambiguous as several:
        base = f"{call.base}/sobjects/{sobject.name}"
        return Reply(300, [f"{base}/{record_id}" for record_id in several.ids])
    raise not_allowed(call, "GET", "PATCH", "DELETE")


def _upsert(call: Call, sobject: SObject, name: str, value: str) -> Reply:
    raw = call.mapping()
    one = key_field(call, sobject, name)
    if any(key.casefold() == one.name.casefold() for key in raw):
        what = unknown(f"{one.name} stands in the address and in the body")
        raise ApiError("INVALID_FIELD", what)
    insert = call.args.get("updateOnly", "").casefold() != "true"
    record_id, created = upsert(call, sobject, (name, value), raw, insert=insert)
    body: dict[str, object] = {"id": record_id, "success": True, "errors": []}
    if call.caller.version < _BODY_SINCE:
        return Reply(201, body) if created else Reply(204)
    return Reply(201 if created else 200, body | {"created": created})
