"""Many requests in one: ``$batch`` (contract, section 12)."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sandbox.microsoft.call import Answer, Call, split_url
from sandbox.microsoft.errors import GraphError
from sandbox.microsoft.throttle import throttled

LIMIT = 20
_METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE"})

Run = Callable[[Call], Answer]


def answer(call: Call, run: Run) -> Answer:
    """Return the answers to all requests of a batch; ``run`` answers one and turns refusals into answers.

    Raises:
        GraphError: The batch itself is not one.
    """
    requests = _checked(call.body)
    done: dict[str, Answer] = {}
    waiting = deque(enumerate(requests, start=1))
    while waiting:
        number, request = waiting.popleft()
        needs = [str(name).casefold() for name in request.get("dependsOn", ())]
        if any(name not in done for name in needs):
            waiting.append((number, request))
            continue
        done[request["id"].casefold()] = _one(call, run, number, request, [done[n] for n in needs])
    answers = [_entry(request["id"], done[request["id"].casefold()]) for request in requests]
    return Answer(200, {"responses": answers})


def _one(
    call: Call, run: Run, number: int, request: Mapping[str, Any], before: list[Answer]
) -> Answer:
    if any(one.status >= 400 for one in before):
        message = "SANDBOX: a request that this one depends on failed."
        return _refused(GraphError(424, "FailedDependency", message))
    first = call.office.switches.number("batch_throttles_from")
    if first and number >= first and not request.get("dependsOn"):
        with call.office.lock:
            return _refused(throttled(call.office))
    url = str(request["url"])
    segments, query = split_url(url)
    given = request.get("headers")
    headers = (
        {str(k).casefold(): str(v) for k, v in given.items()} if isinstance(given, dict) else {}
    )
    body = request.get("body")
    if body is not None and "json" not in headers.get("content-type", ""):
        message = "SANDBOX: a request with a body needs a Content-Type header."
        return _refused(GraphError(400, "BadRequest", message))
    item = replace(
        call,
        method=str(request["method"]).upper(),
        segments=segments[1:] if segments[:1] == ("v1.0",) else segments,
        query=query,
        headers=headers,
        body=body,
    )
    return run(item)


def _entry(request_id: str, one: Answer) -> dict[str, Any]:
    headers = dict(one.headers)
    if one.body is None:
        return {"id": request_id, "status": one.status, "headers": headers}
    headers["Content-Type"] = "application/json"
    return {"id": request_id, "status": one.status, "headers": headers, "body": one.body}


def _refused(error: GraphError) -> Answer:
    body = {"error": {"code": error.code, "message": error.message}}
    return Answer(error.status, body, error.headers)


def _checked(body: Any) -> list[dict[str, Any]]:
    requests = body.get("requests") if isinstance(body, dict) else None
    if not isinstance(requests, list) or not 0 < len(requests) <= LIMIT:
        raise _bad(f"requests: from 1 to {LIMIT} are taken.")
    known: set[str] = set()
    for request in requests:
        _check_one(request)
        needs = [str(name).casefold() for name in request.get("dependsOn", ())]
        # A request may depend only on those before it, so that there is no ring.
        if not set(needs) <= known:
            raise _bad("dependsOn: names a request that does not come before.")
        if request["id"].casefold() in known:
            raise _bad("id: must be unique, whatever its case.")
        known.add(request["id"].casefold())
    return requests


def _check_one(request: Any) -> None:
    if not isinstance(request, dict) or not isinstance(request.get("id"), str):
        raise _bad("id: each request needs one.")
    if str(request.get("method")).upper() not in _METHODS:
        raise _bad("method: not a method.")
    url = request.get("url")
    if not isinstance(url, str) or "://" in url or "$batch" in url:
        raise _bad("url: must be relative, and no batch.")
    if not isinstance(request.get("dependsOn", []), list):
        raise _bad("dependsOn: must be a list.")


def _bad(message: str) -> GraphError:
    return GraphError(400, "BadRequest", f"SANDBOX: {message}")
