"""Real MSAL and our own exchange against the emulated sign-in hosts: as the app, and as a person who agrees."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

from linkpoint.errors import NeedsPerson
from linkpoint.http import LoopbackRoutes, build_session
from linkpoint.outlook import auth as outlook_auth
from linkpoint.outlook.auth import AppOnly, Delegated, TokenSource
from linkpoint.outlook.client import OutlookClient
from linkpoint.salesforce import auth as salesforce_auth
from linkpoint.salesforce.auth import ConnectedApp, JwtBearer, RefreshToken, SalesforceTokens
from linkpoint.salesforce.client import SalesforceClient
from tests.certificates import self_signed

TENANT = "5d1c3b1e-6d0f-4a55-9a53-0c4b7a1f2e90"
HANNA = "hanna.weiss@acme.example"
CALLBACK = "http://localhost:8000/connect/back"


@pytest.fixture
def session(sandbox: Any) -> Iterator[requests.Session]:
    routes = LoopbackRoutes(tuple(sandbox.loopback_hosts.items()))
    with build_session(routes, timeout_s=10) as session:
        yield session


@pytest.fixture
def certificate_pem(private_key: rsa.RSAPrivateKey, sandbox: Any) -> str:
    return self_signed(private_key, sandbox.world.clock.now())


@pytest.fixture
def tenant(sandbox: Any, certificate_pem: str) -> Any:
    office = sandbox.world.microsoft
    office.add_tenant(
        tenant_id=TENANT,
        client_id="client",
        client_secret="secret",
        certificate_pem=certificate_pem,
    )
    office.add_mailbox(
        tenant_id=TENANT, address=HANNA, name="Hanna Weiss", time_zone="Europe/Berlin"
    )
    return office


@pytest.fixture
def org(sandbox: Any, certificate_pem: str) -> Any:
    org = sandbox.world.salesforce.add_org(
        organization_id="00D5g00000AcmeX",
        my_domain="acme",
        consumer_key="key",
        consumer_secret="secret",
        jwt_certificate_or_public_key_pem=certificate_pem,
        app_url="http://localhost:8000/canvas/",
    )
    org.add_user(username=HANNA, name="Hanna Weiss", email=HANNA)
    return org


def agree(session: requests.Session, url: str, **form: str) -> dict[str, str]:
    """Open the page as a browser would, send its form, and return the query of the way back."""
    target = session.routes.browser_url(url)  # type: ignore[attr-defined]  # a session of ours
    with requests.Session() as browser:
        browser.trust_env = False
        query = dict(parse_qsl(urlsplit(url).query))
        answer = browser.post(target, data={**query, **form}, allow_redirects=False, timeout=10)
    assert answer.status_code in {302, 303}, answer.text
    return {name: v[0] for name, v in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


# -- Microsoft ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["secret", "certificate"])
def test_app_signs_in_by_secret_or_certificate(
    kind: str, tenant: Any, session: requests.Session, private_key_pem: str, certificate_pem: str
) -> None:
    credentials = (
        AppOnly(TENANT, "client", client_secret="secret")
        if kind == "secret"
        else AppOnly(TENANT, "client", certificate_pem=private_key_pem + certificate_pem)
    )
    tokens = TokenSource(credentials, session, lambda _cache: None)

    user = OutlookClient(session, tokens).user(HANNA)

    assert user["mail"] == HANNA


def test_app_token_is_kept_between_jobs(
    tenant: Any, session: requests.Session, sandbox: Any
) -> None:
    kept: list[str] = []
    first = TokenSource(AppOnly(TENANT, "client", "secret"), session, kept.append).token()
    asked = len(sandbox.world.requests)

    second = TokenSource(AppOnly(TENANT, "client", "secret", cache=kept[-1]), session, kept.append)

    assert second.token() == first
    assert len(sandbox.world.requests) == asked
    second.forget()
    assert second.token() != ""
    assert len(sandbox.world.requests) > asked


@pytest.mark.parametrize(
    ("credentials", "what"),
    [
        (AppOnly(TENANT, "client", "wrong"), "secret"),
        (AppOnly(TENANT, "client"), "secret"),
        (AppOnly(TENANT, "client", certificate_pem="no certificate"), "secret"),
        (AppOnly(TENANT, "another-app", "secret"), "configuration"),
        (AppOnly("11111111-2222-3333-4444-555555555555", "client", "secret"), "configuration"),
        (Delegated(TENANT, "client", "secret"), "consent"),
        (Delegated(TENANT, "client", "secret", cache="{}"), "consent"),
    ],
)
def test_refused_sign_in_says_what_a_person_can_do(
    credentials: AppOnly | Delegated, what: str, tenant: Any, session: requests.Session
) -> None:
    with pytest.raises(NeedsPerson) as caught:
        TokenSource(credentials, session, lambda _cache: None).token()

    assert caught.value.what == what
    assert "wrong" not in repr(caught.value)


def test_certificate_with_another_key_is_refused_before_anything_is_sent(
    tenant: Any, session: requests.Session, private_key_pem: str, sandbox: Any
) -> None:
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private_key_pem + self_signed(other, sandbox.world.clock.now())

    with pytest.raises(NeedsPerson, match="does not belong"):
        TokenSource(
            AppOnly(TENANT, "client", certificate_pem=pem), session, lambda _c: None
        ).token()


def test_withdrawn_consent_is_a_persons_task(tenant: Any, session: requests.Session) -> None:
    tenant.set_consent(TENANT, granted=False)

    with pytest.raises(NeedsPerson) as caught:
        TokenSource(AppOnly(TENANT, "client", "secret"), session, lambda _cache: None).token()

    assert caught.value.what == "consent"


@pytest.mark.parametrize(("access", "what"), [("denied", "access"), ("unlicensed", "licence")])
def test_mailbox_that_may_not_be_read_says_why(
    access: str, what: str, tenant: Any, session: requests.Session
) -> None:
    tenant.set_access(HANNA, access)
    tokens = TokenSource(AppOnly(TENANT, "client", "secret"), session, lambda _cache: None)

    with pytest.raises(NeedsPerson) as caught:
        OutlookClient(session, tokens).calendars(HANNA)

    assert caught.value.what == what


def test_person_signs_in_to_outlook_and_stays_signed_in(
    tenant: Any, session: requests.Session
) -> None:
    person = Delegated(TENANT, "client", "secret")
    begun = outlook_auth.begin_sign_in(person, session, redirect_uri=CALLBACK, state="s1")
    query = agree(session, begun.url, sandbox_address=HANNA)

    signed_in = outlook_auth.finish_sign_in(person, session, begun.flow_json, query)

    later = Delegated(TENANT, "client", "secret", cache=signed_in.cache)
    tokens = TokenSource(later, session, lambda _cache: None)
    tokens.forget()
    assert signed_in.username == HANNA
    assert signed_in.tenant_id == TENANT
    assert OutlookClient(session, tokens).calendars(signed_in.graph_user_id)


@pytest.mark.parametrize(
    "query",
    [{"state": "other", "code": "c"}, {"code": "c"}, {}, {"state": "s1", "error": "access_denied"}],
)
def test_sign_in_to_outlook_that_was_not_begun_here_is_refused(
    query: dict[str, str], tenant: Any, session: requests.Session
) -> None:
    person = Delegated(TENANT, "client", "secret")
    begun = outlook_auth.begin_sign_in(person, session, redirect_uri=CALLBACK, state="s1")

    with pytest.raises(NeedsPerson):
        outlook_auth.finish_sign_in(person, session, begun.flow_json, query)
    with pytest.raises(NeedsPerson):
        outlook_auth.finish_sign_in(person, session, "no json", query)


# -- Salesforce --------------------------------------------------------------------------------------------------------


def test_user_is_acted_for_by_jwt(
    org: Any, session: requests.Session, private_key_pem: str
) -> None:
    tokens = SalesforceTokens(JwtBearer(HANNA, "key", private_key_pem), session)
    client = SalesforceClient(session, tokens)

    info = client.user_info()

    assert info["preferred_username"] == HANNA
    assert tokens.access().organization_id == org.id
    assert client.user_id == org.user(HANNA)["Id"]


def test_jwt_works_when_clocks_differ(
    org: Any, session: requests.Session, private_key_pem: str, sandbox: Any
) -> None:
    sandbox.world.clock.move_to(sandbox.world.clock.now() - timedelta(days=400))

    assert SalesforceTokens(JwtBearer(HANNA, "key", private_key_pem), session).token()


@pytest.mark.parametrize(
    ("username", "consumer_key", "what"),
    [("nobody@acme.example", "key", "approval"), (HANNA, "other-key", "secret")],
)
def test_refused_jwt_says_what_a_person_can_do(
    username: str,
    consumer_key: str,
    what: str,
    org: Any,
    session: requests.Session,
    private_key_pem: str,
) -> None:
    with pytest.raises(NeedsPerson) as caught:
        SalesforceTokens(JwtBearer(username, consumer_key, private_key_pem), session).token()

    assert caught.value.what == what


def test_person_connects_salesforce_and_stays_connected_until_it_is_revoked(
    org: Any, session: requests.Session
) -> None:
    app = ConnectedApp("key", "secret")
    begun = salesforce_auth.begin_sign_in(app, redirect_uri=CALLBACK, state="s1")
    query = agree(session, begun.url, user=HANNA, decision="allow")
    access = salesforce_auth.finish_sign_in(app, session, begun.flow_json, query)
    credentials = RefreshToken("key", access.refresh_token, "secret", organization_id=org.id)

    first = SalesforceTokens(credentials, session).access()
    salesforce_auth.revoke(session, app.login_url, access.refresh_token)

    assert first.user_id == org.user(HANNA)["Id"]
    with pytest.raises(NeedsPerson) as caught:
        SalesforceTokens(credentials, session).token()
    assert caught.value.what == "approval"


def test_code_cannot_be_used_with_another_verifier(org: Any, session: requests.Session) -> None:
    app = ConnectedApp("key", "secret")
    begun = salesforce_auth.begin_sign_in(app, redirect_uri=CALLBACK, state="s1")
    query = agree(session, begun.url, user=HANNA, decision="allow")
    forged = json.dumps({**json.loads(begun.flow_json), "verifier": "x" * 64})

    with pytest.raises(NeedsPerson):
        salesforce_auth.finish_sign_in(app, session, forged, query)


def test_rotated_refresh_token_is_saved_and_used(
    org: Any, session: requests.Session, sandbox: Any
) -> None:
    sandbox.world.salesforce.switches.set("refresh_rotation", True)
    app = ConnectedApp("key", "secret")
    begun = salesforce_auth.begin_sign_in(app, redirect_uri=CALLBACK, state="s1")
    query = agree(session, begun.url, user=HANNA, decision="allow")
    access = salesforce_auth.finish_sign_in(app, session, begun.flow_json, query)
    saved: list[str] = []

    SalesforceTokens(
        RefreshToken("key", access.refresh_token, "secret"),
        session,
        save_refresh_token=saved.append,
    ).token()

    assert saved
    assert saved[0] != access.refresh_token
    assert SalesforceTokens(RefreshToken("key", saved[0], "secret"), session).token()


def test_org_tells_whether_it_has_the_key_field(
    org: Any, session: requests.Session, private_key_pem: str
) -> None:
    def client() -> SalesforceClient:
        tokens = SalesforceTokens(JwtBearer(HANNA, "key", private_key_pem), session)
        return SalesforceClient(session, tokens)

    field = client().field("Event", "LinkPoint_Key__c")
    org.remove_key_field()

    assert field is not None
    assert (field["externalId"], field["unique"], field["caseSensitive"]) == (True, True, True)
    assert client().field("Event", "LinkPoint_Key__c") is None


@pytest.mark.parametrize("version", ["20.0", "99.0"])
def test_api_version_that_salesforce_lacks_is_a_persons_task(
    version: str, org: Any, session: requests.Session, private_key_pem: str
) -> None:
    tokens = SalesforceTokens(JwtBearer(HANNA, "key", private_key_pem), session)
    client = SalesforceClient(session, tokens, version=version)

    with pytest.raises(NeedsPerson) as caught:
        list(client.query("SELECT Id FROM Event"))

    assert caught.value.what == "configuration"


def test_limits_and_allowance_are_told(
    org: Any, session: requests.Session, private_key_pem: str
) -> None:
    tokens = SalesforceTokens(JwtBearer(HANNA, "key", private_key_pem), session)
    client = SalesforceClient(session, tokens)

    limits = client.limits()

    assert client.allowance is not None
    assert client.allowance.total == limits["DailyApiRequests"]["Max"]
