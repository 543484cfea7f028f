"""HTTP of the Microsoft hosts: from a request to a call and back."""

import json
import time
from collections.abc import Mapping
from typing import Any

from werkzeug.wrappers import Request, Response

from sandbox.exchange import Exchange, raw_target
from sandbox.microsoft import batch, graph, ids, sign_in
from sandbox.microsoft.call import Answer, Call, error_answer, split_url
from sandbox.microsoft.errors import GraphError, invalid
from sandbox.microsoft.tokens import Grant
from sandbox.world import World

_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
# Nothing in a mailbox changes by these; `writes` counts what reaches somebody's calendar.
_NO_WRITE = frozenset({"translateExchangeIds", "getSchedule", "$batch", "subscriptions"})


def handle(world: World, request: Request) -> Response:
    """Answer a request to the sign-in host or to Graph."""
    path = raw_target(request)
    if not path.startswith("/v1.0/"):
        return sign_in.handle(world, request)
    with world.lock:
        world.microsoft.counters["graph_http"] += 1
    answer = _answer(world, request, path)
    content = b"" if answer.body is None else json.dumps(answer.body).encode()
    response = Response(content, answer.status)
    response.headers["Content-Type"] = "application/json;odata.metadata=minimal;charset=utf-8"
    if answer.body is None:
        del response.headers["Content-Type"]
    client_id = request.headers.get("client-request-id", "")
    response.headers["request-id"] = _request_id(world)
    response.headers["client-request-id"] = client_id or response.headers["request-id"]
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _answer(world: World, request: Request, path: str) -> Answer:
    segments, query = split_url(path.removeprefix("/v1.0"))
    headers = {name.casefold(): value for name, value in request.headers.items()}
    try:
        call = Call(
            office=world.microsoft,
            grant=_grant(world, headers),
            method=request.method,
            segments=segments,
            query=query,
            headers=headers,
            body=_json(request),
        )
        if segments == ("$batch",) and request.method == "POST":
            answer = batch.answer(call, lambda item: _run(world, item))
            world.observe(_exchange(call, answer))
            return answer
    except GraphError as error:
        return _refusal(world, error, headers)
    return _run(world, call)


def _run(world: World, call: Call) -> Answer:
    """Answer one request, alone or in a batch, and let the observers see it."""
    with world.lock:
        world.microsoft.counters["graph_items"] += 1
        if call.method in _WRITES and not _NO_WRITE & set(call.segments):
            world.microsoft.writes += 1
    try:
        answer = graph.answer(call)
    except GraphError as error:
        answer = _refusal(world, error, call.headers)
    world.observe(_exchange(call, answer))
    return answer


def _exchange(call: Call, answer: Answer) -> Exchange:
    return Exchange(
        service="graph",
        method=call.method,
        path="/" + "/".join(call.segments),
        query=dict(call.query),
        request_body=call.body,
        status=answer.status,
        response_body=answer.body,
    )


def _grant(world: World, headers: Mapping[str, str]) -> Grant:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.casefold() != "bearer" or not token:
        raise GraphError(401, "InvalidAuthenticationToken", "SANDBOX: no access token.")
    with world.lock:
        found = world.microsoft.tokens.holder(token.strip(), now=time.time())
    if found is None:
        message = "SANDBOX: the access token is unknown or has expired."
        raise GraphError(401, "InvalidAuthenticationToken", message)
    return found


def _json(request: Request) -> Any:
    content = request.get_data()
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError:
        raise invalid("The body is not JSON.") from None


def _refusal(world: World, error: GraphError, headers: Mapping[str, str]) -> Answer:
    request_id = _request_id(world)
    return error_answer(
        error,
        date=world.clock.now().strftime("%Y-%m-%dT%H:%M:%S"),
        request_id=request_id,
        client_id=headers.get("client-request-id", request_id),
    )


def _request_id(world: World) -> str:
    counters = world.microsoft.counters
    return str(ids.guid("request", counters["graph_http"], counters["graph_items"]))
