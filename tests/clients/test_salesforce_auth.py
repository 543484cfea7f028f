"""Our own exchange: what is sent, what is kept, what is refused."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from linkpoint.errors import NeedsPerson, ServiceError, TryLater
from linkpoint.salesforce.auth import (
    ConnectedApp,
    JwtBearer,
    RefreshToken,
    SalesforceTokens,
    audience_for,
    begin_sign_in,
    finish_sign_in,
    revoke,
)
from tests.clients.scripted import DROP, Answer, Request, Scripted

SECRET = "shared-secret-of-the-app"


def granted(**more: object) -> Answer:
    return Answer(
        200,
        {
            "access_token": "00D!token",
            "instance_url": "https://acme.my.salesforce.com",
            "id": "https://login.salesforce.com/id/00D5g00000AcmeX/0055g00000Hanna",
            "token_type": "Bearer",
            **more,
        },
    )


def refused(error: str, description: str = "", **headers: str) -> Answer:
    return Answer(400, {"error": error, "error_description": description}, headers)


def form(request: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.body).items()}


@pytest.fixture
def bearer(private_key_pem: str) -> JwtBearer:
    return JwtBearer("hanna.weiss@acme.example", "consumer-key", private_key_pem)


def test_jwt_bearer_sends_an_assertion_that_ends_soon(
    service: Scripted, session: requests.Session, bearer: JwtBearer, private_key: rsa.RSAPrivateKey
) -> None:
    service.say(granted())

    access = SalesforceTokens(bearer, session).access()

    sent = form(service.requests[0])
    claims = jwt.decode(
        sent["assertion"],
        private_key.public_key(),
        algorithms=["RS256"],
        audience="https://login.salesforce.com",
    )
    assert service.requests[0].path == "/services/oauth2/token"
    assert sent["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert (claims["iss"], claims["sub"]) == ("consumer-key", "hanna.weiss@acme.example")
    assert claims["exp"] - datetime.now(UTC).timestamp() <= 180
    assert (access.token, access.instance_url) == ("00D!token", "https://acme.my.salesforce.com")
    assert access.organization_id == "00D5g00000AcmeXEAR"
    assert len(access.user_id) == 18


@pytest.mark.parametrize(
    ("login_url", "audience"),
    [
        ("https://login.salesforce.com", "https://login.salesforce.com"),
        ("https://test.salesforce.com/", "https://test.salesforce.com"),
        ("https://acme.my.salesforce.com", "https://login.salesforce.com"),
        ("https://acme--dev.sandbox.my.salesforce.com", "https://test.salesforce.com"),
    ],
)
def test_assertion_is_made_out_to_a_sign_in_host(login_url: str, audience: str) -> None:
    assert audience_for(login_url) == audience


def test_token_is_kept_between_jobs(
    service: Scripted, session: requests.Session, bearer: JwtBearer
) -> None:
    service.say(granted())
    kept: list[str] = []
    SalesforceTokens(bearer, session, save=kept.append).token()
    again = JwtBearer("h", "k", bearer.private_key_pem, cache=kept[-1])

    token = SalesforceTokens(again, session).token()

    assert token == "00D!token"
    assert len(service.requests) == 1


def test_forgotten_token_is_not_kept(
    service: Scripted, session: requests.Session, bearer: JwtBearer
) -> None:
    service.say(granted(), granted(access_token="00D!second"))
    kept: list[str] = []
    tokens = SalesforceTokens(bearer, session, save=kept.append)
    tokens.token()

    tokens.forget()

    assert kept[-1] == ""
    assert tokens.token() == "00D!second"


@pytest.mark.parametrize("cache", ["", "no json", "[]", '{"token": 1}', "null", '{"token": "x"}'])
def test_unusable_cache_is_an_empty_one(
    service: Scripted, session: requests.Session, bearer: JwtBearer, cache: str
) -> None:
    service.say(granted())
    credentials = JwtBearer("h", "k", bearer.private_key_pem, cache=cache)

    assert SalesforceTokens(credentials, session).token() == "00D!token"


def test_clock_that_is_off_is_corrected_by_salesforces_own(
    service: Scripted, session: requests.Session, bearer: JwtBearer
) -> None:
    theirs = datetime.now(UTC) + timedelta(minutes=10)
    date = format_datetime(theirs, usegmt=True)
    service.say(refused("invalid_grant", "expired authorization code", Date=date), granted())

    SalesforceTokens(bearer, session).token()

    second = jwt.decode(form(service.requests[1])["assertion"], options={"verify_signature": False})
    assert 0 < second["exp"] - theirs.timestamp() <= 180


def test_refusal_with_clocks_in_step_is_asked_once(
    service: Scripted, session: requests.Session, bearer: JwtBearer
) -> None:
    service.say(refused("invalid_grant", "user hasn't approved this consumer"))

    with pytest.raises(NeedsPerson) as caught:
        SalesforceTokens(bearer, session).token()

    assert caught.value.what == "approval"
    assert len(service.requests) == 1


def test_answer_for_another_organization_is_refused(
    service: Scripted, session: requests.Session, private_key_pem: str
) -> None:
    service.say(granted())
    credentials = JwtBearer("h", "k", private_key_pem, organization_id="00D5g00000OtherEAQ")
    saved: list[str] = []

    with pytest.raises(NeedsPerson) as caught:
        SalesforceTokens(credentials, session, save=saved.append).token()

    assert caught.value.code == "other-organization"
    assert saved == []


@pytest.mark.parametrize(
    "key", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_unreadable_key_is_a_persons_task_and_stays_unquoted(
    session: requests.Session, key: str
) -> None:
    with pytest.raises(NeedsPerson) as caught:
        SalesforceTokens(JwtBearer("h", "k", key), session).token()

    assert caught.value.what == "secret"
    assert "AAAA" not in str(caught.value)


@pytest.mark.parametrize(
    "instance_url",
    ["http://acme.my.salesforce.com", "https://user@evil.example", "", "https://", "javascript:x"],
)
def test_token_is_given_to_a_usable_https_host_only(
    service: Scripted, session: requests.Session, bearer: JwtBearer, instance_url: str
) -> None:
    service.say(granted(instance_url=instance_url))

    with pytest.raises(NeedsPerson):
        SalesforceTokens(bearer, session).token()


@pytest.mark.parametrize(
    "answer",
    [Answer(DROP), Answer(200, raw=b"<html>"), Answer(200, []), Answer(200, {}), Answer(503)],
)
def test_failing_wire_is_tried_later_and_quotes_nothing(
    service: Scripted, session: requests.Session, bearer: JwtBearer, answer: Answer
) -> None:
    service.rule("/token", answer)

    with pytest.raises(TryLater) as caught:
        SalesforceTokens(bearer, session).token()

    assert "assertion" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_refresh_token_brings_access_and_a_new_one_is_saved_first(
    service: Scripted, session: requests.Session
) -> None:
    service.say(granted(refresh_token="second"), granted())
    order: list[str] = []
    tokens = SalesforceTokens(
        RefreshToken("key", "first", SECRET),
        session,
        save=lambda _cache: order.append("cache"),
        save_refresh_token=order.append,
    )

    tokens.token()
    tokens.forget()
    tokens.token()

    assert order[:2] == ["second", "cache"]
    assert form(service.requests[0])["refresh_token"] == "first"
    assert form(service.requests[1])["refresh_token"] == "second"


def test_secrets_do_not_show_in_representations(private_key_pem: str) -> None:
    shown = repr(JwtBearer("h", "k", private_key_pem)) + repr(RefreshToken("k", "r3fresh", SECRET))

    assert "PRIVATE" not in shown
    assert SECRET not in shown
    assert "r3fresh" not in shown


APP = ConnectedApp("key", SECRET)
CALLBACK = "https://linkpoint.example/connect/salesforce/back"


def test_web_sign_in_uses_pkce_and_brings_a_refresh_token(
    service: Scripted, session: requests.Session
) -> None:
    begun = begin_sign_in(APP, redirect_uri=CALLBACK, state="s1", login_hint="hanna@acme.example")
    service.say(granted(refresh_token="fresh"))

    access = finish_sign_in(APP, session, begun.flow_json, {"state": "s1", "code": "c0de"})

    query = parse_qs(urlsplit(begun.url).query)
    sent = form(service.requests[0])
    assert begun.url.startswith("https://login.salesforce.com/services/oauth2/authorize?")
    assert query["code_challenge_method"] == ["S256"]
    assert sent["code_verifier"] == json.loads(begun.flow_json)["verifier"]
    assert sent["code_verifier"] not in begun.url
    assert SECRET not in begun.url
    assert (sent["code"], sent["redirect_uri"]) == ("c0de", CALLBACK)
    assert access.refresh_token == "fresh"


@pytest.mark.parametrize(
    ("flow", "query"),
    [
        (None, {"state": "other", "code": "c"}),
        (None, {"code": "c"}),
        ("", {"state": "s1", "code": "c"}),
        ("{}", {"state": "", "code": "c"}),
        (None, {"state": "\ud800", "code": "c"}),
    ],
)
def test_web_sign_in_that_was_not_begun_here_is_refused_before_anything_is_sent(
    service: Scripted, session: requests.Session, flow: str | None, query: dict[str, str]
) -> None:
    begun = begin_sign_in(APP, redirect_uri=CALLBACK, state="s1").flow_json

    with pytest.raises(NeedsPerson):
        finish_sign_in(APP, session, begun if flow is None else flow, query)

    assert service.requests == []


def test_denied_web_sign_in_says_that_nothing_was_connected(session: requests.Session) -> None:
    begun = begin_sign_in(APP, redirect_uri=CALLBACK, state="s1").flow_json

    with pytest.raises(NeedsPerson, match="Nothing was connected"):
        finish_sign_in(APP, session, begun, {"state": "s1", "error": "access_denied"})


def test_web_sign_in_without_refresh_token_names_the_missing_scope(
    service: Scripted, session: requests.Session
) -> None:
    begun = begin_sign_in(APP, redirect_uri=CALLBACK, state="s1").flow_json
    service.say(granted())

    with pytest.raises(NeedsPerson, match="refresh_token"):
        finish_sign_in(APP, session, begun, {"state": "s1", "code": "c"})


@pytest.mark.parametrize(("status", "fails"), [(200, False), (400, False), (503, True)])
def test_revoked_or_unknown_token_is_as_good(
    service: Scripted, session: requests.Session, status: int, fails: bool
) -> None:
    service.say(Answer(status))
    try:
        revoke(session, "https://login.salesforce.com", "t0ken")
        failed = False
    except ServiceError:
        failed = True

    assert failed is fails
    assert "t0ken" not in service.requests[0].path
