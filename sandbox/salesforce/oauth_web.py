"""OAuth over HTTP: token, authorize, revoke, introspect, userinfo, identity."""

import base64
import binascii
import json
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from sandbox.pages.templating import page
from sandbox.salesforce.identity import identity, userinfo
from sandbox.salesforce.oauth import PRODUCTION, TEST, OAuthError, TokenRequest, token
from sandbox.salesforce.org import Org, Salesforce
from sandbox.salesforce.tokens import Code
from sandbox.salesforce.values import Row

_LOOPBACK = {"127.0.0.1", "localhost"}


def handle_oauth(salesforce: Salesforce, request: Request) -> Response:
    """Answer whatever is not the REST API."""
    path = request.path.rstrip("/")
    answer = _PAGES.get(path) or (_identity if path.startswith("/id/") else None)
    if answer is not None:
        return answer(salesforce, request)
    return Response("SANDBOX: no such page", status=404, content_type="text/plain")


def _json(body: object, status: int = 200) -> Response:
    response = Response(
        json.dumps(body), status=status, content_type="application/json;charset=UTF-8"
    )
    response.headers["Cache-Control"] = "no-cache, no-store"
    return response


def _host(request: Request) -> str:
    return request.host.rpartition(":")[0] or request.host


def _form(request: Request) -> dict[str, str]:
    form = {**request.args.to_dict(), **request.form.to_dict()}
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    if kind.casefold() == "basic":
        try:
            user, _, password = base64.b64decode(text).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return form
        form |= {"client_id": user, "client_secret": password}
    return form


def _token(salesforce: Salesforce, request: Request) -> Response:
    if request.method != "POST":
        return _json({"error": "invalid_request", "error_description": "must use HTTP POST"}, 400)
    base = request.host_url.rstrip("/") if _host(request) in _LOOPBACK else ""
    asked = TokenRequest(_form(request), salesforce.org_at(request.host), base)
    try:
        return _json(token(salesforce, asked))
    except OAuthError as refused:
        body = {"error": refused.error, "error_description": refused.description}
        return _json(body, 400)


def _revoke(salesforce: Salesforce, request: Request) -> Response:
    doomed = _form(request).get("token", "")
    if any(org.tokens.revoke(doomed) for org in salesforce.orgs.values()):
        return Response("", status=200)
    body = {"error": "invalid_token", "error_description": "SANDBOX: no such token"}
    return _json(body, 400)


def _introspect(salesforce: Salesforce, request: Request) -> Response:
    asked = _form(request).get("token", "")
    for org in salesforce.orgs.values():
        session = org.session(asked)
        user = org.user(session.user_id) if session else None
        if session is not None and user is not None:
            base = TEST if org.is_sandbox else PRODUCTION
            answer = {"active": True, "scope": session.scope, "client_id": session.client}
            subject = f"{base}/id/{org.id}/{user['Id']}"
            return _json(answer | {"username": user["Username"], "sub": subject})
    return _json({"active": False})


def _userinfo(salesforce: Salesforce, request: Request) -> Response:
    return _about(salesforce, request, openid=True)


def _identity(salesforce: Salesforce, request: Request) -> Response:
    return _about(salesforce, request, openid=False)


def _about(salesforce: Salesforce, request: Request, *, openid: bool) -> Response:
    _, _, text = request.headers.get("Authorization", "").partition(" ")
    for org in salesforce.orgs.values():
        session = org.session(text.strip())
        user = org.user(session.user_id) if session else None
        if user is None or not user["IsActive"]:
            continue
        if not openid and request.path.rstrip("/") != f"/id/{org.id}/{user['Id']}":
            return Response("Wrong_Org", status=403, content_type="text/plain")
        base = TEST if org.is_sandbox else PRODUCTION
        answer = userinfo if openid else identity
        return _json(answer(org, user, base, org.clock.now()))
    return Response("Bad_OAuth_Token", status=403, content_type="text/plain")


# ---- the page where a person allows ------------------------------------------------------------


def _authorize(salesforce: Salesforce, request: Request) -> Response:
    asked = {**request.args.to_dict(), **request.form.to_dict()}
    orgs = [
        org
        for org in salesforce.orgs.values()
        if asked.get("client_id") and org.app.consumer_key == asked["client_id"]
    ]
    if not orgs:
        return _refusal("This app is not known here", "client_id is not a consumer key of any org.")
    if not any(_may_return(org, asked.get("redirect_uri", "")) for org in orgs):
        return _refusal(
            "redirect_uri_mismatch", "redirect_uri is not among the app's callback URLs."
        )
    if asked.get("response_type") != "code":
        return _back(asked, {"error": "unsupported_response_type"})
    if request.method == "POST":
        return _decided(orgs, asked)
    people = [(org, user) for org in orgs for user in org.users()]
    hidden = {name: value for name, value in asked.items() if name != "decision"}
    scopes = asked.get("scope", "id api refresh_token").split()
    return page("salesforce/authorize.html", people=people, asked=hidden, scopes=scopes)


def _may_return(org: Org, redirect_uri: str) -> bool:
    if org.app.callback_urls:
        return redirect_uri in org.app.callback_urls
    target, app = urlsplit(redirect_uri), urlsplit(org.app.app_url)
    if target.scheme not in {"http", "https"}:
        return False
    return target.hostname in _LOOPBACK or target.netloc == app.netloc


def _refusal(title: str, why: str) -> Response:
    return page("salesforce/refused.html", status=400, title=title, why=why)


def _back(asked: dict[str, str], answer: dict[str, str]) -> Response:
    if "state" in asked:
        answer["state"] = asked["state"]
    uri = asked["redirect_uri"]
    joined = f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}"
    return Response("", status=302, headers={"Location": joined})


def _decided(orgs: list[Org], asked: dict[str, str]) -> Response:
    if asked.get("decision") != "allow":
        denied = {"error": "access_denied", "error_description": "end-user denied authorization"}
        return _back(asked, denied)
    for org in orgs:
        user: Row | None = org.user(asked.get("user", ""))
        if user is not None and user["IsActive"]:
            code = Code(
                user_id=str(user["Id"]),
                client=asked["client_id"],
                redirect_uri=asked["redirect_uri"],
                scope=asked.get("scope", "id api refresh_token"),
                challenge=asked.get("code_challenge", ""),
                made_at=org.clock.now(),
            )
            return _back(asked, {"code": org.tokens.make_code(code)})
    return _refusal("No such user", "Choose one of the people in the list.")


_PAGES = {
    "/services/oauth2/token": _token,
    "/services/oauth2/authorize": _authorize,
    "/services/oauth2/revoke": _revoke,
    "/services/oauth2/introspect": _introspect,
    "/services/oauth2/userinfo": _userinfo,
}
