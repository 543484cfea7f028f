"""What ``POST /control/act`` can do: everything a person or an administrator could."""

from collections.abc import Callable
from typing import Any

from sandbox.microsoft.directory import Microsoft
from sandbox.microsoft.errors import GraphError
from sandbox.microsoft.meetings import ANSWERS
from sandbox.microsoft.subscriptions import lifecycle, living
from sandbox.refusals import BadRequest
from sandbox.salesforce.errors import ApiError
from sandbox.world import World


def act(world: World, body: dict[str, Any]) -> dict[str, Any]:
    """Do what the body says and return what came of it.

    Raises:
        BadRequest: A field is missing or does not fit, or the service refuses.
    """
    for name in ("service", "as", "op"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise BadRequest(f"{name}: is required")
    fields = body.get("fields", {})
    if not isinstance(fields, dict):
        raise BadRequest("fields: must be an object")
    if body["service"] not in {"microsoft", "salesforce"}:
        raise BadRequest("service: must be microsoft or salesforce")
    try:
        if body["service"] == "salesforce":
            return _salesforce(world, body, fields)
        return _microsoft(world, body, fields)
    except (GraphError, ApiError, ValueError) as error:
        raise BadRequest(_words(body["op"], error)) from None


def _words(op: str, error: GraphError | ApiError | ValueError) -> str:
    if isinstance(error, ValueError):
        return str(error)
    return f"{op}: {error.code}: {error.message}"


def _microsoft(world: World, body: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    operation = _OPERATIONS.get(body["op"])
    if operation is None:
        raise BadRequest(f"op: must be one of {', '.join(sorted(_OPERATIONS))}")
    return operation(world.microsoft, body["as"], str(body.get("id") or ""), fields)


def _salesforce(world: World, body: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    return world.salesforce.act(
        body["as"],
        body["op"],
        sobject=str(body.get("sobject") or "Event"),
        record_id=str(body.get("id") or ""),
        fields=fields,
    )


Operation = Callable[[Microsoft, str, str, dict[str, Any]], dict[str, Any]]


def _create(office: Microsoft, who: str, _id: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"event": office.create_event(who, fields)}


def _update(office: Microsoft, who: str, event_id: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"event": office.update_event(who, event_id, fields)}


def _delete(office: Microsoft, who: str, event_id: str, _fields: dict[str, Any]) -> dict[str, Any]:
    office.delete_event(who, event_id)
    return {"done": True}


def _answering(verb: str) -> Operation:
    def run(office: Microsoft, who: str, event_id: str, fields: dict[str, Any]) -> dict[str, Any]:
        send = fields.get("sendResponse", True) is not False
        office.answer_event(who, event_id, verb, send_response=send)
        return {"done": True}

    return run


def _events(office: Microsoft, who: str, _id: str, _fields: dict[str, Any]) -> dict[str, Any]:
    return {"events": office.events(who)}


def _move(office: Microsoft, who: str, event_id: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"event": office.move_event(who, event_id, str(fields.get("calendar_id")))}


def _add_calendar(office: Microsoft, who: str, _id: str, fields: dict[str, Any]) -> dict[str, Any]:
    return {"calendar_id": office.add_calendar(who, str(fields.get("name") or "Calendar"))}


def _import(office: Microsoft, who: str, _id: str, fields: dict[str, Any]) -> dict[str, Any]:
    text = fields.get("ics")
    if not isinstance(text, str):
        raise BadRequest("fields.ics: the text of a calendar file is required")
    content = text.encode(errors="surrogateescape")  # bytes that are no text come like this
    return office.import_calendar(who, content).as_dict()


def _access(office: Microsoft, who: str, _id: str, fields: dict[str, Any]) -> dict[str, Any]:
    office.set_access(who, str(fields.get("access")))
    return {"done": True}


def _consent(*, granted: bool) -> Operation:
    def run(office: Microsoft, who: str, _id: str, _fields: dict[str, Any]) -> dict[str, Any]:
        office.set_consent(office.mailbox(who).tenant_id, granted=granted)
        return {"done": True}

    return run


def _expire_delta(office: Microsoft, who: str, _id: str, _fields: dict[str, Any]) -> dict[str, Any]:
    office.expire_delta(who)
    return {"done": True}


def _expire_tokens(
    office: Microsoft, _who: str, _id: str, _fields: dict[str, Any]
) -> dict[str, Any]:
    office.expire_tokens()
    return {"done": True}


def _lifecycle(happening: str) -> Operation:
    def run(office: Microsoft, who: str, _id: str, _fields: dict[str, Any]) -> dict[str, Any]:
        address = office.mailbox(who).address
        mine = [one for one in living(office) if one.mailbox_address == address]
        office.outbox += [lifecycle(one, happening) for one in mine if one.lifecycle_url]
        if happening == "subscriptionRemoved":
            for one in mine:
                del office.subscriptions[one.id]
        return {"told": len(mine)}

    return run


_OPERATIONS: dict[str, Operation] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "events": _events,
    "move": _move,
    "add_calendar": _add_calendar,
    "import": _import,
    "set_access": _access,
    "withdraw_consent": _consent(granted=False),
    "grant_consent": _consent(granted=True),
    "expire_delta": _expire_delta,
    "expire_tokens": _expire_tokens,
    **{verb: _answering(verb) for verb in ANSWERS},
    **{
        name: _lifecycle(name)
        for name in ("reauthorizationRequired", "subscriptionRemoved", "missed")
    },
}
