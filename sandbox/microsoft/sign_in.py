"""HTTP of the sign-in host: discovery, the token endpoint, and the page where a person agrees."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from werkzeug.wrappers import Request, Response

from sandbox.exchange import raw_target
from sandbox.microsoft import identity
from sandbox.microsoft.identity import SignInError
from sandbox.pages.templating import page
from sandbox.world import World

_LOGIN = "https://login.microsoftonline.com"


def handle(world: World, request: Request) -> Response:
    """Answer a request to the sign-in host."""
    target = urlsplit(raw_target(request))
    segments = [unquote(part) for part in target.path.split("/") if part]
    rest = segments[1:]
    if segments == ["common", "discovery", "instance"]:
        return _json(_instances())
    if rest == ["v2.0", ".well-known", "openid-configuration"]:
        return _configuration(world, segments[0])
    if rest == ["discovery", "v2.0", "keys"]:
        return _json({"keys": []})
    if rest == ["oauth2", "v2.0", "token"] and request.method == "POST":
        return _token(world, segments[0], request)
    if rest == ["oauth2", "v2.0", "authorize"]:
        query = dict(parse_qsl(target.query, keep_blank_values=True))
        return _authorize(world, segments[0], request, query)
    return _json({"error": "SANDBOX: nothing is emulated at this path."}, 404)


def _configuration(world: World, tenant: str) -> Response:
    with world.lock:
        known = {*world.microsoft.tenants, "common", "organizations"}
    if tenant.casefold() not in known:
        error = SignInError("invalid_tenant", 90002, f"Tenant '{tenant}' not found.")
        return _json(error.as_dict(), 400)
    base = f"{_LOGIN}/{tenant}"
    return _json(
        {
            "issuer": f"{base}/v2.0",
            "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
            "token_endpoint": f"{base}/oauth2/v2.0/token",
            "jwks_uri": f"{base}/discovery/v2.0/keys",
            "end_session_endpoint": f"{base}/oauth2/v2.0/logout",
            "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            "response_types_supported": ["code"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
            "tenant_region_scope": "EU",
            "cloud_instance_name": "microsoftonline.com",
            "msgraph_host": "graph.microsoft.com",
        }
    )


def _instances() -> dict[str, Any]:
    host = "login.microsoftonline.com"
    return {
        "tenant_discovery_endpoint": f"{_LOGIN}/common/v2.0/.well-known/openid-configuration",
        "api-version": "1.1",
        "metadata": [
            {"preferred_network": host, "preferred_cache": "login.windows.net", "aliases": [host]}
        ],
    }


def _token(world: World, tenant: str, request: Request) -> Response:
    content = request.get_data().decode("utf-8", errors="replace")
    form = dict(parse_qsl(content, keep_blank_values=True))
    path = f"/{tenant}/oauth2/v2.0/token"
    audience = {f"{_LOGIN}{path}", f"{request.scheme}://{request.host}{path}"}
    try:
        with world.lock:
            body = identity.token_answer(world.microsoft, tenant, form, audience)
    except SignInError as error:
        return _json(error.as_dict(), error.status)
    return _json(body)


def _authorize(world: World, tenant: str, request: Request, query: Mapping[str, str]) -> Response:
    """Show the page; after its form was sent, lead back to the application."""
    form = request.form.to_dict() if request.method == "POST" else {}
    wanted = {**query, **{k: v for k, v in form.items() if not k.startswith("sandbox_")}}
    try:
        with world.lock:
            known = identity.check_authorize(world.microsoft, tenant, wanted)
            if form.get("sandbox_answer") == "cancel":
                answer = {"error": "access_denied", "error_description": "AADSTS65004: SANDBOX."}
                return _back(wanted, answer)
            if form:
                address = form.get("sandbox_address", "")
                return _back(
                    wanted, {"code": identity.authorize(world.microsoft, tenant, wanted, address)}
                )
            boxes = [box for box in world.microsoft.mailboxes.values() if box.tenant_id == known.id]
    except SignInError as error:
        return page("sign_in.html", status=400, problem=error.as_dict()["error_description"])
    return page(
        "sign_in.html",
        problem="",
        client_id=known.client_id,
        scopes=wanted.get("scope", "").split(),
        fields=sorted(wanted.items()),
        mailboxes=boxes,
        hint=wanted.get("login_hint", ""),
    )


def _back(wanted: Mapping[str, str], answer: Mapping[str, str]) -> Response:
    """Lead the browser to the application; the state goes along."""
    query = dict(answer)
    if "state" in wanted:
        query["state"] = wanted["state"]
    if wanted.get("response_mode") == "form_post":
        return page("sign_in_done.html", address=wanted["redirect_uri"], fields=query.items())
    joint = "&" if "?" in wanted["redirect_uri"] else "?"
    location = f"{wanted['redirect_uri']}{joint}{urlencode(query)}"
    return Response(status=302, headers={"Location": location})


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(body), status, content_type="application/json; charset=utf-8")
