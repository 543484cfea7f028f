"""``/composite`` and ``/composite/batch``: several calls in one."""

import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, unquote

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.rest import collections
from sandbox.salesforce.rest.call import Call, Reply, Send, guarded, not_allowed, not_found

LARGEST = 25
LARGEST_QUERIES = 5
_PLACEHOLDER = re.compile(r"@\{([^}]+)\}")
_STEP = re.compile(r"[^.\[\]]+")
_ADDRESS = re.compile(r"/?(?:services/data/)?v(\d+)\.0/(.*)", re.DOTALL)
_CREATED_OR_READ = range(200, 400)


def answer(call: Call, send: Send) -> Reply:
    """Answer what is under ``/composite``; ``send`` answers one inner call.

    Raises:
        ApiError: The request as a whole is refused.
    """
    if call.at(1) == "sobjects":
        return collections.answer(call)
    if call.method != "POST":
        raise not_allowed(call, "POST")
    if len(call.path) == 1:
        return _composite(call, send)
    if call.path == ("composite", "batch"):
        return _batch(call, send)
    raise not_found()


# ---- composite ---------------------------------------------------------------------------------


def _composite(call: Call, send: Send) -> Reply:
    body = call.mapping()
    parts = _parts(body.get("compositeRequest"), "compositeRequest")
    _check_kinds(parts)
    all_or_none = body.get("allOrNone") is True
    before = call.org.store.snapshot() if all_or_none else None
    known: dict[str, object] = {}
    outcomes: list[dict[str, object]] = []
    for part in parts:
        outcomes.append(_inner(call, send, part, known))
        if before is not None and _failed(outcomes[-1]):
            call.org.store.restore(before)
            return Reply(200, {"compositeResponse": _halted(parts, outcomes)})
    return Reply(200, {"compositeResponse": outcomes})


def _parts(given: object, name: str) -> list[dict[str, object]]:
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise ApiError("JSON_PARSER_ERROR", unknown(f"{name}: must be a list of objects"))
    if len(given) > LARGEST:
        raise ApiError("EXCEEDED_ID_LIMIT", unknown(f"{name}: at most {LARGEST} requests"))
    return given


def _check_kinds(parts: list[dict[str, object]]) -> None:
    costly = ("/query", "/composite/sobjects")
    number = sum(any(word in str(part.get("url")) for word in costly) for part in parts)
    if number > LARGEST_QUERIES:
        what = unknown(f"at most {LARGEST_QUERIES} queries or collections in a composite request")
        raise ApiError("EXCEEDED_ID_LIMIT", what)


def _failed(outcome: Mapping[str, object]) -> bool:
    status = outcome["httpStatusCode"]
    return not (isinstance(status, int) and status in _CREATED_OR_READ)


def _inner(
    call: Call, send: Send, part: dict[str, object], known: dict[str, object]
) -> dict[str, object]:
    reference = str(part.get("referenceId", ""))
    given = part.get("httpHeaders")
    headers = given if isinstance(given, dict) else {}
    try:
        url = str(_filled(str(part.get("url", "")), known))
        body = _filled(part.get("body"), known)
    except ApiError as refused:
        reply = Reply(refused.http_status, [refused.as_entry()])
    else:
        reply = _sent(call, send, (str(part.get("method", "GET")), url, body), headers)
    known[reference] = reply.body
    return {
        "body": reply.body,
        "httpHeaders": dict(reply.headers) if reply.status in {201, 304} else {},
        "httpStatusCode": reply.status,
        "referenceId": reference,
    }


def _halted(
    parts: list[dict[str, object]], outcomes: list[dict[str, object]]
) -> list[dict[str, object]]:
    entry = {"errorCode": "PROCESSING_HALTED", "message": unknown("another request failed")}
    halted: list[dict[str, object]] = []
    for number, part in enumerate(parts):
        if number < len(outcomes) and _failed(outcomes[number]):
            halted.append(outcomes[number])
            continue
        reference = part.get("referenceId")
        halted.append(
            {"body": [entry], "httpHeaders": {}, "httpStatusCode": 400, "referenceId": reference}
        )
    return halted


def _sent(
    call: Call, send: Send, what: tuple[str, str, object], headers: Mapping[str, object]
) -> Reply:
    """Answer one part: method, address and body, under its own headers."""
    try:
        inner = _inner_call(call, *what)
    except ApiError as refused:
        return Reply(refused.http_status, [refused.as_entry()])
    named = {str(name).lower(): str(value) for name, value in headers.items()}
    return guarded(send, replace(inner, headers=named))


def _inner_call(call: Call, method: str, url: str, body: object) -> Call:
    """Return the call that a part of the request stands for.

    Raises:
        ApiError: The address is none of the REST API.
    """
    found = _ADDRESS.fullmatch(url)
    if found is None:
        raise not_found()
    path, _, query = found[2].partition("?")
    return replace(
        call,
        caller=replace(call.caller, version=int(found[1])),
        method=method.upper(),
        path=tuple(unquote(step) for step in path.split("/") if step),
        args=dict(parse_qsl(query, keep_blank_values=True)),
        headers={},
        body=body,
    )


def _filled(value: object, known: dict[str, object]) -> object:
    """Return the value with every ``@{reference.path}`` replaced.

    Raises:
        ApiError: A reference leads nowhere.
    """
    if isinstance(value, dict):
        return {name: _filled(inside, known) for name, inside in value.items()}
    if isinstance(value, list):
        return [_filled(inside, known) for inside in value]
    if isinstance(value, str):
        return _PLACEHOLDER.sub(lambda found: _referenced(found[1], known), value)
    return value


def _referenced(path: str, known: dict[str, object]) -> str:
    steps = _STEP.findall(path)
    here: object = known
    for step in steps:
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            raise ApiError("PROCESSING_HALTED", unknown(f"@{{{path}}} leads nowhere"))
    return str(here)


# ---- batch -------------------------------------------------------------------------------------


def _batch(call: Call, send: Send) -> Reply:
    body = call.mapping()
    results: list[dict[str, object]] = []
    failed = False
    for part in _parts(body.get("batchRequests"), "batchRequests"):
        if failed and body.get("haltOnError") is True:
            entry = {
                "errorCode": "BATCH_PROCESSING_HALTED",
                "message": unknown("an earlier request failed"),
            }
            results.append({"statusCode": 412, "result": [entry]})
            continue
        method, url = str(part.get("method", "GET")), str(part.get("url", ""))
        reply = _sent(call, send, (method, url, part.get("richInput")), {})
        failed = failed or reply.status >= 400
        results.append({"statusCode": reply.status, "result": reply.body})
    return Reply(200, {"hasErrors": failed, "results": results})
