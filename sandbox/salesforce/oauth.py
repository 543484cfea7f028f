"""The token endpoint's flows (contract section 3), apart from HTTP."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.salesforce import jwt
from sandbox.salesforce.org import Org, Salesforce
from sandbox.salesforce.tokens import Grant
from sandbox.salesforce.values import Row

PRODUCTION = "https://login.salesforce.com"
TEST = "https://test.salesforce.com"
_LONGEST_ASSERTION_S = 600
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class OAuthError(Exception):
    """Refused: ``{"error", "error_description"}`` with status 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


@dataclass(frozen=True)
class TokenRequest:
    """A request to the token endpoint.

    Attributes:
        form: Fields, those of basic authentication included.
        my_domain: The org on whose own host it arrived, None on a login host.
        api_base: Instance URL to answer if the request came over loopback, else empty.
    """

    form: Mapping[str, str]
    my_domain: Org | None = None
    api_base: str = ""

    def get(self, name: str) -> str:
        """Return a field, empty if absent."""
        return self.form.get(name, "")


def token(salesforce: Salesforce, request: TokenRequest) -> dict[str, object]:
    """Return the answer of the token endpoint.

    Raises:
        OAuthError: Refused.
    """
    flow = _FLOWS.get(request.get("grant_type"))
    if flow is None:
        raise OAuthError("unsupported_grant_type", "grant type not supported")
    return flow(salesforce, request)


def _answer(org: Org, request: TokenRequest, user_id: str, scope: str) -> dict[str, object]:
    access = org.tokens.open_session(user_id, request.get("client_id"), scope, org.clock.now())
    audience = TEST if org.is_sandbox else PRODUCTION
    return {
        "access_token": access,
        "scope": scope,
        "instance_url": request.api_base or org.instance_url,
        "id": f"{audience}/id/{org.id}/{user_id}",
        "token_type": "Bearer",
    }


def _with_signature(org: Org, answer: dict[str, object]) -> dict[str, object]:
    issued = str(int(org.clock.now().timestamp() * 1000))
    text = f"{answer['id']}{issued}".encode()
    digest = hmac.new(org.app.consumer_secret.encode(), text, hashlib.sha256).digest()
    return answer | {"issued_at": issued, "signature": base64.b64encode(digest).decode()}


# ---- JWT bearer --------------------------------------------------------------------------------


def _bearer(salesforce: Salesforce, request: TokenRequest) -> dict[str, object]:
    try:
        assertion = jwt.read(request.get("assertion"))
    except ValueError as wrong:
        raise OAuthError("invalid_grant", "SANDBOX: invalid assertion") from wrong
    if salesforce.org_of_client(assertion.issuer) is None:
        raise OAuthError("invalid_client_id", "SANDBOX: client identifier invalid")
    org = _org_for(salesforce, assertion)
    if org is None:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    _check_assertion(org, assertion)
    user = _active(org.user(assertion.subject))
    if not org.switches.on("jwt_preauthorized") and user["Id"] not in org.tokens.approved:
        raise OAuthError("invalid_grant", "user hasn't approved this consumer")
    return _answer(org, request, str(user["Id"]), "id api")


def _org_for(salesforce: Salesforce, assertion: jwt.Assertion) -> Org | None:
    for org in salesforce.orgs.values():
        if org.app.consumer_key == assertion.issuer and org.user(assertion.subject):
            return org
    return None


def _check_assertion(org: Org, assertion: jwt.Assertion) -> None:
    if not jwt.signature_holds(assertion, org.app.jwt_pem):
        raise OAuthError("invalid_grant", "SANDBOX: invalid assertion")
    if assertion.audience != (TEST if org.is_sandbox else PRODUCTION):
        raise OAuthError("invalid_grant", "audience is invalid")
    # The sandbox's clock may stand elsewhere than the client's: either of the two will do.
    ages = [assertion.expires - now for now in (org.clock.now().timestamp(), time.time())]
    if all(age <= 0 for age in ages):
        raise OAuthError("invalid_grant", "expired authorization code")
    if not any(0 < age <= _LONGEST_ASSERTION_S for age in ages):
        raise OAuthError("invalid_grant", "SANDBOX: exp is too far in the future")


def _active(user: Row | None) -> Row:
    if user is None or not user["IsActive"]:
        raise OAuthError("invalid_grant", "user is locked")
    return user


# ---- web server flow ---------------------------------------------------------------------------


def _client_of(salesforce: Salesforce, request: TokenRequest) -> str:
    key, secret = request.get("client_id"), request.get("client_secret")
    orgs = [org for org in salesforce.orgs.values() if org.app.consumer_key == key and key]
    if not orgs:
        raise OAuthError("invalid_client_id", "SANDBOX: client identifier invalid")
    if not any(
        hmac.compare_digest(org.app.consumer_secret.encode(), secret.encode()) for org in orgs
    ):
        raise OAuthError("invalid_client", "SANDBOX: invalid client credentials")
    return key


def _code(salesforce: Salesforce, request: TokenRequest) -> dict[str, object]:
    key = _client_of(salesforce, request)
    for org in salesforce.orgs.values():
        code = org.tokens.take_code(request.get("code"), org.clock.now())
        if code is None:
            continue
        if code.client != key or code.redirect_uri != request.get("redirect_uri"):
            raise OAuthError(
                "invalid_grant", "SANDBOX: code and redirect_uri do not belong together"
            )
        if code.challenge and code.challenge != challenge_of(request.get("code_verifier")):
            raise OAuthError("invalid_grant", "SANDBOX: invalid code verifier")
        answer = _answer(org, request, code.user_id, code.scope)
        if _may_refresh(code.scope):
            grant = Grant(code.user_id, key, code.scope)
            answer["refresh_token"] = org.tokens.make_grant(grant)
        return _with_signature(org, answer)
    raise OAuthError("invalid_grant", "expired authorization code")


def _may_refresh(scope: str) -> bool:
    return bool({"refresh_token", "offline_access", "full"} & set(scope.split()))


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a PKCE verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _refresh(salesforce: Salesforce, request: TokenRequest) -> dict[str, object]:
    key = _client_of(salesforce, request)
    text = request.get("refresh_token")
    for org in salesforce.orgs.values():
        grant = org.tokens.grants.get(text)
        if grant is None or grant.client != key:
            continue
        _active(org.user(grant.user_id))
        answer = _answer(org, request, grant.user_id, grant.scope)
        if org.switches.on("refresh_rotation"):
            del org.tokens.grants[text]
            answer["refresh_token"] = org.tokens.make_grant(grant)
        return _with_signature(org, answer)
    raise OAuthError("invalid_grant", "expired access/refresh token")


def _client(salesforce: Salesforce, request: TokenRequest) -> dict[str, object]:
    del salesforce
    org = request.my_domain
    if org is None:
        raise OAuthError(
            "invalid_grant", "SANDBOX: client credentials work on the My Domain host only"
        )
    keys = (request.get("client_id"), request.get("client_secret"))
    if keys != (org.app.consumer_key, org.app.consumer_secret):
        raise OAuthError("invalid_client", "SANDBOX: invalid client credentials")
    user = _active(org.user(org.app.run_as or org.admin_id))
    return _with_signature(org, _answer(org, request, str(user["Id"]), "id api"))


_FLOWS = {
    _JWT: _bearer,
    "authorization_code": _code,
    "refresh_token": _refresh,
    "client_credentials": _client,
}
