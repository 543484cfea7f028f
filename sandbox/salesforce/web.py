"""The door of the Salesforce half: HTTP in, HTTP out."""

import json
import threading
from dataclasses import replace
from typing import Protocol
from urllib.parse import unquote

from werkzeug.wrappers import Request, Response

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.oauth_web import handle_oauth
from sandbox.salesforce.org import Org, Salesforce
from sandbox.salesforce.rest.api import OLDEST, RETIRED, send
from sandbox.salesforce.rest.call import Call, Reply, guarded, not_found
from sandbox.salesforce.tokens import Session

_BODY_METHODS = {"POST", "PATCH", "PUT"}
_SEASONS = ("Spring", "Summer", "Winter")
_SPRING_26 = 66
LONGEST_ADDRESS = 16_384


class HasSalesforce(Protocol):
    """What is needed of the world."""

    salesforce: Salesforce
    lock: threading.RLock


def handle(world: HasSalesforce, request: Request) -> Response:
    """Answer a request to a Salesforce host."""
    with world.lock:
        if not request.path.startswith("/services/data"):
            return handle_oauth(world.salesforce, request)
        return _respond(request, *_data(world.salesforce, request))


def _data(salesforce: Salesforce, request: Request) -> tuple[Reply, Org | None]:
    salesforce.counters["salesforce"] += 1
    steps = _steps(request)
    if len(steps) == 2:
        return Reply(200, _versions(salesforce)), None
    try:
        _check_address(request)
        version = _version(salesforce, steps[2])
        org, session = _authenticated(salesforce, request)
    except ApiError as refused:
        reply = Reply(refused.http_status, [refused.as_entry()])
        return reply, salesforce.org_at(request.host)
    with org.lock:
        org.api_calls += 1
        org.store.archive()
        call = Call(
            org=org,
            caller=org.caller(session.user_id, version),
            method=request.method,
            path=steps[3:],
            args=dict(request.args.items()),
            headers={name.lower(): value for name, value in request.headers.items()},
            counters=salesforce.counters,
        )
        return guarded(lambda one: _answer(one, request), call), org


def _answer(call: Call, request: Request) -> Reply:
    _check_limit(call.org)
    return send(replace(call, body=_body(request)))


def _steps(request: Request) -> tuple[str, ...]:
    """Return the decoded parts of the path; an escaped slash stays inside its part."""
    raw = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.path)
    path = raw.partition("?")[0]
    if "://" in path:
        path = "/" + path.partition("://")[2].partition("/")[2]
    return tuple(unquote(step) for step in path.split("/") if step)


def _check_address(request: Request) -> None:
    if len(request.url) > LONGEST_ADDRESS:
        raise ApiError("URI_TOO_LONG", unknown("the address is too long"), status=414)


def _version(salesforce: Salesforce, step: str) -> int:
    number = step.removeprefix("v").removesuffix(".0")
    if step != f"v{number}.0" or not number.isdigit():
        raise not_found()
    version = int(number)
    if version in RETIRED:
        raise ApiError("UNSUPPORTED_API_VERSION", unknown(f"version {version}.0 is retired"))
    if not OLDEST <= version <= salesforce.switches.number("newest_version"):
        raise not_found()
    return version


def _authenticated(salesforce: Salesforce, request: Request) -> tuple[Org, Session]:
    token = bearer(request)
    at_home = salesforce.org_at(request.host)
    for org in [at_home] if at_home else salesforce.orgs.values():
        session = org.session(token)
        user = org.user(session.user_id) if session else None
        if session is not None and user is not None and user["IsActive"]:
            return org, session
    raise ApiError("INVALID_SESSION_ID", "Session expired or invalid")


def bearer(request: Request) -> str:
    """Return the access token of the Authorization header; ``OAuth`` is accepted like ``Bearer``."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.casefold() in {"bearer", "oauth"} else ""


def _check_limit(org: Org) -> None:
    used = org.api_calls + org.switches.number("api_used")
    if used > org.switches.number("daily_limit"):
        what = unknown("the calls of 24 hours are used up")
        raise ApiError("REQUEST_LIMIT_EXCEEDED", what)


def _body(request: Request) -> object:
    if request.method not in _BODY_METHODS:
        return None
    data = request.get_data()
    if not data:
        return None
    if request.mimetype != "application/json":
        what = unknown("the body must be application/json")
        raise ApiError("UNSUPPORTED_MEDIA_TYPE", what, status=415)
    try:
        return json.loads(data)
    except ValueError as wrong:
        raise ApiError("JSON_PARSER_ERROR", unknown("the body is no JSON")) from wrong


def _versions(salesforce: Salesforce) -> list[dict[str, str]]:
    newest = salesforce.switches.number("newest_version")
    return [
        {
            "label": _release(number),
            "url": f"/services/data/v{number}.0",
            "version": f"{number}.0",
        }
        for number in range(OLDEST, newest + 1)
    ]


def _release(number: int) -> str:
    """Return the release's name: v66 is Spring '26, three releases a year, Winter names the next year."""
    years, place = divmod(number - _SPRING_26, 3)
    year = 26 + years + (1 if place == 2 else 0)
    return f"{_SEASONS[place]} '{year:02d}"


def _respond(request: Request, reply: Reply, org: Org | None) -> Response:
    pretty = request.headers.get("X-PrettyPrint") == "1"
    text = "" if reply.body is None else _json(reply.body, pretty=pretty)
    response = Response(text, status=reply.status, content_type="application/json;charset=UTF-8")
    if reply.body is None:
        del response.headers["Content-Type"]
    response.headers.update(reply.headers)
    if org is not None:
        response.headers["Sforce-Limit-Info"] = _usage(org)
    return response


def _json(body: object, *, pretty: bool) -> str:
    if pretty:
        return json.dumps(body, indent=2, separators=(",", " : "), ensure_ascii=False)
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)


def _usage(org: Org) -> str:
    used = org.api_calls + org.switches.number("api_used")
    text = f"api-usage={used}/{org.switches.number('daily_limit')}"
    if org.switches.on("per_app_usage"):
        text += f"; per-app-api-usage={org.api_calls}/1000(appName=LinkPoint)"
    return text
