"""The control API under ``/control/``: what tests and demos do to the sandbox from outside.  JSON in, JSON out.

Bad input is answered with 400 and ``{"error": "field: what fits"}``; nothing is half done then.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from werkzeug.wrappers import Request, Response

from sandbox import control_actions, seed
from sandbox.exchange import raw_target
from sandbox.faults import Fault
from sandbox.refusals import BadRequest
from sandbox.world import World

_FAULT_TYPES: dict[str, tuple[type, ...]] = {
    "path": (str,),
    "method": (str,),
    "status": (int,),
    "when": (str,),
    "drop": (bool,),
    "delay_s": (int, float),
    "skip": (int,),
    "times": (int,),
    "headers": (dict,),
}


def handle(world: World, request: Request) -> Response:
    """Answer one request to the control API."""
    path = urlsplit(raw_target(request)).path.rstrip("/")
    parts = tuple(path.split("/")[2:])
    try:
        body = _body(request)
        found = _route(parts)
        if found is None:
            return _json({"error": f"path: {path} is not part of the control API"}, 404)
        methods, arguments = found
        if request.method not in methods:
            return _json({"error": f"method: must be {' or '.join(sorted(methods))}"}, 405)
        with world.lock:
            return _json(methods[request.method](world, body, *arguments))
    except BadRequest as error:
        return _json({"error": str(error)}, 400)


def spoilt(fault: Fault) -> Response:
    """Return the answer that a fault puts in the place of the real one."""
    body = fault.body
    if body is None:
        message = f"SANDBOX: a planned fault with status {fault.status}."
        body = {"error": {"code": "SandboxFault", "message": message}}
    response = _json(body, fault.status)
    for name, value in fault.headers.items():
        response.headers[name] = value
    return response


Operation = Callable[..., Any]


def _route(parts: tuple[str, ...]) -> tuple[Mapping[str, Operation], tuple[str, ...]] | None:
    if len(parts) == 2 and parts[0] == "switches":
        return {"GET": _switches, "PUT": _set_switches}, parts[1:]
    methods = _ROUTES.get(parts[0]) if len(parts) == 1 else None
    return (methods, ()) if methods is not None else None


def _reset(world: World, _body: dict[str, Any]) -> object:
    world.reset()
    return {"done": True}


def _seed(world: World, body: dict[str, Any]) -> object:
    return seed.seed(world, body)


def _clock(world: World, body: dict[str, Any]) -> object:
    if body:
        text, freeze = body.get("now"), body.get("freeze", False)
        if not isinstance(freeze, bool):
            raise BadRequest("freeze: must be true or false")
        world.clock.move_to(_moment(text), freeze=freeze)
    frozen = world.clock.frozen_at is not None
    return {"now": world.clock.now().isoformat(), "freeze": frozen}


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise BadRequest("now: must be a time such as 2026-11-25T09:00:00Z") from None
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _faults(world: World, _body: dict[str, Any]) -> object:
    return {"faults": world.faults.as_list(), "applied": world.faults.applied}


def _add_fault(world: World, body: dict[str, Any]) -> object:
    world.faults.add(_fault(body))
    return _faults(world, {})


def _fault(body: dict[str, Any]) -> Fault:
    for name, value in body.items():
        types = _FAULT_TYPES.get(name)
        if types is None and name != "body":
            raise BadRequest(f"{name}: no such field of a fault")
        if types is not None and (
            not isinstance(value, types) or (isinstance(value, bool) and bool not in types)
        ):
            raise BadRequest(f"{name}: must be {' or '.join(kind.__name__ for kind in types)}")
    if not body.get("path"):
        raise BadRequest("path: a regular expression is required")
    try:
        re.compile(body["path"])
    except re.error as error:
        raise BadRequest(f"path: not a regular expression ({error})") from None
    if body.get("when", "before") not in {"before", "after"}:
        raise BadRequest("when: must be before or after")
    return Fault(**body)


def _clear_faults(world: World, _body: dict[str, Any]) -> object:
    world.faults.rules.clear()
    return _faults(world, {})


def _requests(world: World, _body: dict[str, Any]) -> object:
    return {"requests": [asdict(entry) for entry in world.requests]}


def _clear_requests(world: World, _body: dict[str, Any]) -> object:
    world.requests.clear()
    return {"requests": []}


def _counters(world: World, _body: dict[str, Any]) -> object:
    microsoft = world.microsoft
    return {
        **microsoft.counters,
        "graph_writes": microsoft.writes,
        **world.salesforce.counters,
        "mails": len(microsoft.mails),
    }


def _mails(world: World, _body: dict[str, Any]) -> object:
    return {
        "mails": [{**asdict(mail), "at": mail.at.isoformat()} for mail in world.microsoft.mails]
    }


def _act(world: World, body: dict[str, Any]) -> object:
    return control_actions.act(world, body)


def _board(world: World, side: str) -> Any:
    if side not in {"microsoft", "salesforce"}:
        raise BadRequest("switches: must be those of microsoft or salesforce")
    return world.microsoft.switches if side == "microsoft" else world.salesforce.switches


def _switches(world: World, _body: dict[str, Any], side: str) -> object:
    return _board(world, side).as_dict()


def _set_switches(world: World, body: dict[str, Any], side: str) -> object:
    board = _board(world, side)
    before = board.as_dict()
    try:
        for name, value in body.items():
            board.set(name, value)
    except ValueError as error:
        for name in body.keys() & before.keys():
            board.set(name, before[name])
        raise BadRequest(str(error)) from None
    return board.as_dict()


_ROUTES: dict[str, Mapping[str, Operation]] = {
    "reset": {"POST": _reset},
    "seed": {"POST": _seed},
    "clock": {"GET": _clock, "POST": _clock},
    "faults": {"GET": _faults, "POST": _add_fault, "DELETE": _clear_faults},
    "requests": {"GET": _requests, "DELETE": _clear_requests},
    "counters": {"GET": _counters},
    "mails": {"GET": _mails},
    "act": {"POST": _act},
}


def _body(request: Request) -> dict[str, Any]:
    content = request.get_data()
    if not content:
        return {}
    try:
        body = json.loads(content)
    except ValueError:
        raise BadRequest("body: must be JSON") from None
    if not isinstance(body, dict):
        raise BadRequest("body: must be one JSON object")
    return body


def _json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")
