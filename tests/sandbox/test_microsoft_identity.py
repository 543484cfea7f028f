"""Sign-in: contract section 14.  Real MSAL drives it, led to loopback by its own http client."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import msal
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter

from sandbox.server import Sandbox
from tests.certificates import self_signed
from tests.sandbox.graph import ADDRESS, CLIENT, SECRET, TENANT, Graph

SCOPE = ["https://graph.microsoft.com/.default"]
AUTHORITY = f"https://login.microsoftonline.com/{TENANT}"
PEOPLE_SCOPES = ["https://graph.microsoft.com/Calendars.Read"]
REDIRECT = "http://localhost:8000/connect/outlook/done"

# MSAL would like the answer as a form; the product takes it as a query.
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post' is recommended")


class _ToLoopback(HTTPAdapter):
    """Sends what is meant for Microsoft to the sandbox, Host header unchanged."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:  # type: ignore[override]
        parts = urlsplit(request.url or "")
        request.headers["Host"] = parts.netloc
        request.url = self._url + parts.path + (f"?{parts.query}" if parts.query else "")
        return super().send(request, **options)


@pytest.fixture
def wire(server: Sandbox) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.mount("https://", _ToLoopback(server.url))
        yield session


@pytest.fixture(scope="module")
def key_and_certificate() -> tuple[str, str]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private.decode(), self_signed(key, datetime.now(UTC))


def application(
    wire: requests.Session, credential: object = SECRET
) -> msal.ConfidentialClientApplication:
    return msal.ConfidentialClientApplication(
        CLIENT, client_credential=credential, authority=AUTHORITY, http_client=wire
    )


def token_form(**changed: str) -> dict[str, str]:
    form = {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "scope": SCOPE[0],
    }
    return {name: value for name, value in (form | changed).items() if value}


def ask_for_token(server: Sandbox, **changed: str) -> requests.Response:
    url = f"{server.url}/{TENANT}/oauth2/v2.0/token"
    return requests.post(url, data=token_form(**changed), timeout=10)


def test_msal_gets_an_app_only_token_with_a_secret(
    wire: requests.Session, server: Sandbox, graph: Graph
) -> None:
    answer = application(wire).acquire_token_for_client(SCOPE)

    graph.token = answer["access_token"]
    assert answer["token_type"] == "Bearer"
    assert graph.get("")["mail"] == ADDRESS


def test_msal_gets_a_token_with_a_certificate_signed_ps256(
    wire: requests.Session, server: Sandbox, key_and_certificate: tuple[str, str]
) -> None:
    private, certificate = key_and_certificate
    server.world.microsoft.tenants[TENANT].certificate_pem = certificate

    answer = application(
        wire, {"private_key": private, "public_certificate": certificate}
    ).acquire_token_for_client(SCOPE)

    assert "access_token" in answer, answer


@pytest.mark.parametrize(
    ("claims", "number"),
    [
        ({}, 0),
        ({"aud": "https://evil.example/token"}, 50027),
        ({"exp": 1}, 700024),
        ({"iss": "another"}, 700027),
    ],
)
def test_assertion_is_checked(
    server: Sandbox, key_and_certificate: tuple[str, str], claims: dict[str, Any], number: int
) -> None:
    private, certificate = key_and_certificate
    server.world.microsoft.tenants[TENANT].certificate_pem = certificate
    good = {
        "aud": f"{AUTHORITY}/oauth2/v2.0/token",
        "iss": CLIENT,
        "sub": CLIENT,
        "exp": int(datetime.now(UTC).timestamp()) + 600,
    }

    answer = ask_for_token(
        server,
        client_secret="",
        client_assertion=jwt.encode(good | claims, private, algorithm="RS256"),
        client_assertion_type="urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    )

    assert answer.json().get("error_codes", [0]) == [number]


@pytest.mark.parametrize(
    ("changed", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": ""}, 401, "invalid_client", 7000218),
        ({"client_id": "other"}, 400, "unauthorized_client", 700016),
        ({"scope": "Calendars.Read"}, 400, "invalid_scope", 1002012),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, 400, "invalid_grant", 700082),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant", 70008),
    ],
)
def test_refused_token_carries_its_aadsts_number(
    server: Sandbox, changed: dict[str, str], status: int, error: str, number: int
) -> None:
    answer = ask_for_token(server, **changed)

    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")


def test_unknown_tenant_has_no_configuration(server: Sandbox) -> None:
    url = f"{server.url}/nobody/v2.0/.well-known/openid-configuration"

    answer = requests.get(url, timeout=10)

    assert (answer.status_code, answer.json()["error_codes"]) == (400, [90002])


def test_person_signs_in_with_pkce_and_nonce_and_is_refreshed(
    wire: requests.Session, server: Sandbox, graph: Graph
) -> None:
    cache = msal.SerializableTokenCache()
    app = msal.ConfidentialClientApplication(
        CLIENT,
        client_credential=SECRET,
        authority=AUTHORITY,
        http_client=wire,
        token_cache=cache,
    )
    flow = app.initiate_auth_code_flow(PEOPLE_SCOPES, redirect_uri=REDIRECT, state="s-1")
    page = wire.get(flow["auth_uri"])
    back = wire.post(
        flow["auth_uri"],
        data={"sandbox_address": ADDRESS, "sandbox_answer": "accept"},
        allow_redirects=False,
    )
    query = {k: v[0] for k, v in parse_qs(urlsplit(back.headers["Location"]).query).items()}

    answer = app.acquire_token_by_auth_code_flow(flow, query)
    server.world.microsoft.expire_tokens()
    account = app.get_accounts()[0]
    again = app.acquire_token_silent(PEOPLE_SCOPES, account, force_refresh=True)

    assert "Hanna Weiss" in page.text
    assert back.headers["Location"].startswith(REDIRECT)
    claims = answer["id_token_claims"]
    assert (claims["preferred_username"], claims["tid"]) == (ADDRESS, TENANT)
    assert claims["oid"] == graph.user_id
    assert account["username"] == ADDRESS
    graph.token = again["access_token"]
    assert graph.get("/calendarView?startDateTime=2026-01-01&endDateTime=2026-01-02")["value"] == []


def test_person_can_refuse(wire: requests.Session) -> None:
    app = application(wire)
    flow = app.initiate_auth_code_flow(PEOPLE_SCOPES, redirect_uri=REDIRECT, state="s-1")

    back = wire.post(flow["auth_uri"], data={"sandbox_answer": "cancel"}, allow_redirects=False)

    assert parse_qs(urlsplit(back.headers["Location"]).query)["error"] == ["access_denied"]


def test_answer_comes_as_a_form_where_that_is_asked_for(server: Sandbox) -> None:
    query = {
        "client_id": CLIENT,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "response_mode": "form_post",
        "state": "s<1>",
    }
    url = f"{server.url}/{TENANT}/oauth2/v2.0/authorize"
    form = {"sandbox_address": ADDRESS, "sandbox_answer": "accept"}

    page = requests.post(url, params=query, data=form, timeout=10)

    assert f'action="{REDIRECT}"' in page.text
    assert 'name="state" value="s&lt;1&gt;"' in page.text


def test_code_is_good_once_and_only_with_its_verifier(
    wire: requests.Session, server: Sandbox
) -> None:
    flow = application(wire).initiate_auth_code_flow(PEOPLE_SCOPES, redirect_uri=REDIRECT)
    form = {"sandbox_address": ADDRESS, "sandbox_answer": "accept"}
    back = wire.post(flow["auth_uri"], data=form, allow_redirects=False)
    code = parse_qs(urlsplit(back.headers["Location"]).query)["code"][0]
    wanted = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "code_verifier": "wrong",
    }

    first = ask_for_token(server, **wanted).json()["error_codes"]
    second = ask_for_token(server, **wanted).json()["error_codes"]

    assert (first, second) == ([501471], [70008])


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://x", ""])
def test_sign_in_page_never_leads_to_a_strange_address(server: Sandbox, address: str) -> None:
    url = f"{server.url}/{TENANT}/oauth2/v2.0/authorize"
    query = {"client_id": CLIENT, "response_type": "code", "redirect_uri": address}

    answer = requests.get(url, params=query, timeout=10, allow_redirects=False)

    assert answer.status_code == 400
    assert "AADSTS50011" in answer.text


@pytest.mark.parametrize(
    ("status", "code"), [(401, "InvalidAuthenticationToken"), (403, "Authorization_RequestDenied")]
)
def test_withdrawn_consent_stops_old_tokens_and_new_ones(
    server: Sandbox, graph: Graph, status: int, code: str
) -> None:
    microsoft = server.world.microsoft
    microsoft.switches.set("withdrawn_consent_status", status)
    microsoft.set_consent(TENANT, granted=False)

    read = graph.call("GET", "/calendars")
    refused = ask_for_token(server).json()
    microsoft.switches.set("withdrawn_consent_token", "issued")
    issued = ask_for_token(server).json()

    assert (read.status_code, read.json()["error"]["code"]) == (status, code)
    assert refused["error_codes"] == [65001]
    assert "access_token" in issued


def test_denied_and_unlicensed_mailboxes_answer_as_recorded(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.set_access(ADDRESS, "denied")
    denied = graph.call("GET", "/calendars")
    server.world.microsoft.set_access(ADDRESS, "unlicensed")
    unlicensed = graph.call("GET", "/mailboxSettings")

    assert (denied.status_code, denied.json()["error"]["message"]) == (
        403,
        "Access to OData is disabled.",
    )
    assert (unlicensed.status_code, unlicensed.json()["error"]["code"]) == (
        404,
        "MailboxNotEnabledForRESTAPI",
    )


def test_token_without_the_permission_may_not_write(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.tenants[TENANT].roles = ("Calendars.Read",)
    graph.token = graph.new_token()

    read, write = graph.call("GET", "/events"), graph.call("POST", "/events", {})

    assert (read.status_code, write.status_code) == (200, 403)


def test_unknown_token_unknown_user_and_app_only_me_are_refused(graph: Graph) -> None:
    stranger = graph.call("GET", "//users/nobody@acme.example/calendars")
    me = graph.call("GET", "//me/calendars")
    graph.token = "made-up"
    unknown = graph.call("GET", "/calendars")

    assert [one.status_code for one in (stranger, me, unknown)] == [404, 400, 401]


def test_instance_discovery_names_the_hosts(server: Sandbox) -> None:
    answer = requests.get(f"{server.url}/common/discovery/instance", timeout=10)

    assert json.loads(answer.text)["metadata"][0]["aliases"] == ["login.microsoftonline.com"]
