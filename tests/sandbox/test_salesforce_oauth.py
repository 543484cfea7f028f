"""OAuth: contract section 3."""

import base64
import hashlib
import json
import time
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.sandbox.emulated_org import HANNA, HOST, JONAS, KEY, SECRET, Emulation, json_of

LOGIN = "https://login.salesforce.com"
TOKEN = "/services/oauth2/token"
BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CALLBACK = "http://localhost:8000/connect/salesforce/done"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"


@cache
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem() -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return private_key().public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def assertion(**changes: object) -> str:
    """Return a signed assertion for Hanna; ``alg`` and ``key`` besides claims may be changed."""
    key = changes.pop("key", private_key())
    assert isinstance(key, rsa.RSAPrivateKey)
    header = {"alg": changes.pop("alg", "RS256")}
    claims = {"iss": KEY, "sub": HANNA, "aud": LOGIN, "exp": int(time.time()) + 120, **changes}
    parts = [json.dumps(part).encode() for part in (header, claims)]
    signed = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.fixture
def world() -> Emulation:
    world = Emulation()
    world.org.app.jwt_pem = public_pem()
    return world


def ask(world: Emulation, base: str = LOGIN, **form: str) -> tuple[int, dict[str, Any]]:
    answer = world.http.post(TOKEN, base_url=base, data=form)
    return answer.status_code, json_of(answer)


def bearer(world: Emulation, **changes: object) -> tuple[int, dict[str, Any]]:
    return ask(world, grant_type=BEARER, assertion=assertion(**changes))


def test_jwt_bearer_gives_a_session_of_that_user(world: Emulation) -> None:
    status, body = bearer(world)
    assert status == 200
    assert set(body) == {"access_token", "scope", "instance_url", "id", "token_type"}
    assert body["instance_url"] == HOST
    info = world.http.get(
        "/services/oauth2/userinfo",
        base_url=HOST,
        headers={"Authorization": f"Bearer {body['access_token']}"},
    )
    assert json_of(info)["preferred_username"] == HANNA
    assert json_of(info)["organization_id"] == world.org.id


def test_expiry_may_be_a_text(world: Emulation) -> None:
    assert bearer(world, exp=str(int(time.time()) + 120))[0] == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sub": "nobody@acme.example"}, "user hasn't approved this consumer"),
        ({"aud": HOST}, "audience is invalid"),
        ({"aud": "https://test.salesforce.com"}, "audience is invalid"),
        ({"exp": 1_000_000_000}, "expired authorization code"),
        ({"exp": 9_999_999_999}, "SANDBOX"),
        ({"alg": "HS256"}, "SANDBOX"),
        ({"key": rsa.generate_private_key(public_exponent=65537, key_size=2048)}, "SANDBOX"),
    ],
)
def test_wrong_assertion_is_refused(
    world: Emulation, changes: dict[str, object], words: str
) -> None:
    status, body = bearer(world, **changes)
    assert (status, body["error"]) == (400, "invalid_grant")
    assert words in body["error_description"]


@pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.e30"])
def test_garbage_is_no_assertion(world: Emulation, text: str) -> None:
    assert ask(world, grant_type=BEARER, assertion=text)[0] == 400


@pytest.mark.parametrize(
    "pem", ["", "garbage", "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"]
)
def test_org_without_a_right_key_refuses_every_assertion(world: Emulation, pem: str) -> None:
    world.org.app.jwt_pem = pem
    assert bearer(world)[0] == 400


def test_unknown_consumer_and_grant_are_refused(world: Emulation) -> None:
    assert bearer(world, iss="other")[1]["error"] == "invalid_client_id"
    assert ask(world, grant_type="password")[1]["error"] == "unsupported_grant_type"


def test_locked_user_gets_no_token(world: Emulation) -> None:
    world.salesforce.act(HANNA, "lock_user")
    assert bearer(world)[1]["error_description"] == "user is locked"
    world.salesforce.act(HANNA, "unlock_user")
    assert bearer(world)[0] == 200


def test_users_may_have_to_approve_first(world: Emulation) -> None:
    world.switch("jwt_preauthorized", value=False)
    assert bearer(world)[1]["error_description"] == "user hasn't approved this consumer"
    world.salesforce.act(HANNA, "approve")
    assert bearer(world)[0] == 200


def test_audience_of_a_sandbox_org_is_the_test_host() -> None:
    world = Emulation()
    world.salesforce.add_org(
        organization_id="00D5g00000AcmeT",
        my_domain="acme--uat.sandbox",
        consumer_key=KEY,
        jwt_certificate_or_public_key_pem=public_pem(),
        is_sandbox=True,
    ).add_user(username="hanna.weiss@acme.example.uat")
    claims = {"sub": "hanna.weiss@acme.example.uat", "aud": "https://test.salesforce.com"}
    status, body = bearer(world, **claims)
    assert status == 200
    assert body["instance_url"] == "https://acme--uat.sandbox.my.salesforce.com"


def test_clock_of_either_side_will_do(world: Emulation) -> None:
    world.clock.pass_by(days=-700)
    assert bearer(world)[0] == 200
    in_their_past = int(world.clock.now().timestamp()) + 60
    assert bearer(world, exp=in_their_past)[0] == 200


# ---- web server flow ---------------------------------------------------------------------------


def challenge() -> str:
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def authorize(world: Emulation, decision: str = "allow", **changes: str) -> dict[str, list[str]]:
    """Return the query of the address the person is sent back to."""
    asked = {
        "response_type": "code",
        "client_id": KEY,
        "redirect_uri": CALLBACK,
        "scope": "api refresh_token",
        "state": "s1",
        "code_challenge": challenge(),
        "code_challenge_method": "S256",
        **changes,
    }
    page = world.http.get("/services/oauth2/authorize", base_url=LOGIN, query_string=asked)
    assert "Allow LinkPoint" in page.text
    form = {**asked, "user": HANNA, "decision": decision}
    answer = world.http.post("/services/oauth2/authorize", base_url=LOGIN, data=form)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith(CALLBACK)
    return parse_qs(urlsplit(answer.headers["Location"]).query)


def exchange(world: Emulation, code: str, **changes: str) -> tuple[int, dict[str, Any]]:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": KEY,
        "client_secret": SECRET,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return ask(world, **{**form, **changes})


def refresh(world: Emulation, text: str) -> tuple[int, dict[str, Any]]:
    keys = {"client_id": KEY, "client_secret": SECRET}
    return ask(world, grant_type="refresh_token", refresh_token=text, **keys)


def test_approval_leads_to_tokens(world: Emulation) -> None:
    back = authorize(world)
    assert back["state"] == ["s1"]
    status, body = exchange(world, back["code"][0])
    assert status == 200
    assert {"access_token", "refresh_token", "instance_url", "id", "signature", "issued_at"} <= set(
        body
    )
    again = refresh(world, body["refresh_token"])
    assert again[0] == 200
    assert again[1]["access_token"] != body["access_token"]
    assert "refresh_token" not in again[1]


def test_denial_leads_back_with_its_error(world: Emulation) -> None:
    assert authorize(world, decision="deny")["error"] == ["access_denied"]


def test_code_works_once_and_only_for_its_request(world: Emulation) -> None:
    code = authorize(world)["code"][0]
    assert exchange(world, code)[0] == 200
    assert exchange(world, code)[1]["error_description"] == "expired authorization code"
    for changes in (
        {"code_verifier": "other"},
        {"code_verifier": ""},
        {"redirect_uri": "http://localhost:8000/other"},
        {"client_secret": "wrong"},
    ):
        assert exchange(world, authorize(world)["code"][0], **changes)[0] == 400


def test_code_ends_after_fifteen_minutes(world: Emulation) -> None:
    code = authorize(world)["code"][0]
    world.clock.pass_by(minutes=16)
    assert exchange(world, code)[0] == 400


def test_page_refuses_foreign_redirects_and_apps(world: Emulation) -> None:
    for changes in ({"redirect_uri": "https://evil.example/"}, {"client_id": "unknown"}):
        asked = {"response_type": "code", "client_id": KEY, "redirect_uri": CALLBACK, **changes}
        page = world.http.get("/services/oauth2/authorize", base_url=LOGIN, query_string=asked)
        assert page.status_code == 400


def test_named_callbacks_are_the_only_ones(world: Emulation) -> None:
    world.org.app.callback_urls = ("https://app.example/done",)
    asked = {"response_type": "code", "client_id": KEY, "redirect_uri": CALLBACK}
    page = world.http.get("/services/oauth2/authorize", base_url=LOGIN, query_string=asked)
    assert page.status_code == 400


def test_rotation_ends_the_old_refresh_token(world: Emulation) -> None:
    world.switch("refresh_rotation", value=True)
    old = exchange(world, authorize(world)["code"][0])[1]["refresh_token"]
    new = refresh(world, old)[1]["refresh_token"]
    assert refresh(world, old)[1]["error_description"] == "expired access/refresh token"
    assert refresh(world, new)[0] == 200


def test_revoked_refresh_token_takes_its_sessions_along(world: Emulation) -> None:
    body = exchange(world, authorize(world)["code"][0])[1]
    revoked = {"token": body["refresh_token"]}
    assert world.http.post("/services/oauth2/revoke", data=revoked).status_code == 200
    assert refresh(world, body["refresh_token"])[0] == 400
    assert world.org.session(body["access_token"]) is None
    assert world.http.post("/services/oauth2/revoke", data=revoked).status_code == 400


def test_client_credentials_need_the_my_domain_host(world: Emulation) -> None:
    form = {"grant_type": "client_credentials", "client_id": KEY, "client_secret": SECRET}
    assert ask(world, LOGIN, **form)[0] == 400
    status, body = ask(world, HOST, **form)
    assert status == 200
    assert "refresh_token" not in body


def test_loopback_client_is_told_the_loopback_address(world: Emulation) -> None:
    base = "http://127.0.0.1:8100"
    body = ask(world, base, grant_type=BEARER, assertion=assertion())[1]
    assert body["instance_url"] == base


# ---- sessions ----------------------------------------------------------------------------------


def test_sessions_end_by_time_by_command_and_with_their_org(world: Emulation) -> None:
    api = world.api()
    assert api.call("GET", "limits").status_code == 200
    world.clock.pass_by(minutes=121)
    assert api.refusal("GET", "limits")[:2] == (401, "INVALID_SESSION_ID")
    hanna, jonas = world.api(), world.api(JONAS)
    assert world.salesforce.act(HANNA, "end_sessions") == {"ended": 1}
    assert hanna.refusal("GET", "limits")[0] == 401
    assert jonas.call("GET", "limits").status_code == 200


def test_session_of_another_org_is_invalid(world: Emulation) -> None:
    second = world.salesforce.add_org(organization_id="00D5g00000Other", my_domain="other")
    answer = world.http.get(
        "/services/data/v66.0/limits",
        base_url=second.instance_url,
        headers={"Authorization": f"Bearer {world.token()}"},
    )
    assert answer.status_code == 401


def test_revoking_a_user_ends_everything(world: Emulation) -> None:
    body = exchange(world, authorize(world)["code"][0])[1]
    world.salesforce.act(HANNA, "revoke")
    assert refresh(world, body["refresh_token"])[0] == 400
    assert world.org.session(body["access_token"]) is None


def test_introspection_and_identity(world: Emulation) -> None:
    token = world.token()
    found = json_of(world.http.post("/services/oauth2/introspect", data={"token": token}))
    assert (found["active"], found["username"]) == (True, HANNA)
    gone = world.http.post("/services/oauth2/introspect", data={"token": "x"})
    assert json_of(gone) == {"active": False}
    path = f"/id/{world.org.id}/{world.hanna}"
    headers = {"Authorization": f"Bearer {token}"}
    assert json_of(world.http.get(path, base_url=LOGIN, headers=headers))["username"] == HANNA
    other = f"/id/{world.org.id}/{world.jonas}"
    assert world.http.get(other, base_url=LOGIN, headers=headers).status_code == 403
    assert world.http.get("/services/oauth2/userinfo", base_url=LOGIN).status_code == 403
