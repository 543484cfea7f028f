"""Access to one Salesforce org as one user: JWT bearer, or a web sign-in with PKCE and a refresh token.

The exchange is our own, since simple-salesforce fixes host and audience; it is given the access token afterwards
(salesforce.md 3, 5.2).  Tokens and keys are secrets: store them encrypted, never log them.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import jwt
import requests

from linkpoint.errors import NeedsPerson
from linkpoint.http import server_time
from linkpoint.salesforce.canvas import to_18
from linkpoint.salesforce.token_endpoint import (
    Access,
    origin,
    post,
    read,
    token_url,
)
from linkpoint.salesforce.translate import SALESFORCE, sign_in_error

PRODUCTION_LOGIN = "https://login.salesforce.com"
SANDBOX_LOGIN = "https://test.salesforce.com"
SCOPES = "api refresh_token"

KEPT_S = 30 * 60
"""An access token is used again for so long.  Salesforce does not say when it ends; a 401 ends it sooner."""

_ASSERTION_S = 120
_CLOCKS_DIFFER_S = 30
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True, slots=True)
class JwtBearer:
    """The app acts as a user who pre-authorized it (or whose administrator did).

    Attributes:
        login_url: ``https://login.salesforce.com``, ``https://test.salesforce.com`` or the org's own host.
        audience: What the assertion is made out to; empty: chosen from ``login_url``.
        organization_id: 18 characters; another organization in the answer is refused.  Empty: any.
        cache: What ``save`` of :class:`SalesforceTokens` was last given, or empty.
    """

    username: str
    consumer_key: str
    private_key_pem: str = field(repr=False)
    login_url: str = PRODUCTION_LOGIN
    audience: str = ""
    organization_id: str = ""
    cache: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """The app acts for a user who signed in once; other attributes as in :class:`JwtBearer`."""

    consumer_key: str
    refresh_token: str = field(repr=False)
    consumer_secret: str = field(default="", repr=False)
    login_url: str = PRODUCTION_LOGIN
    organization_id: str = ""
    cache: str = field(default="", repr=False)


Credentials = JwtBearer | RefreshToken


class SalesforceTokens:
    """Access for one user of one org; not thread-safe, make one per job."""

    def __init__(
        self,
        credentials: Credentials,
        session: requests.Session,
        *,
        save: Callable[[str], None] | None = None,
        save_refresh_token: Callable[[str], None] | None = None,
    ) -> None:
        """Keep what is needed to sign in; nothing is sent yet.

        Args:
            credentials: As whom.
            session: A session of ``linkpoint.http``.
            save: Is given the text for ``cache`` when it changed, and an empty one when the token was refused.
            save_refresh_token: Is given a new refresh token before it is used, where the org changes it each time.
        """
        self._credentials = credentials
        self._session = session
        self._save = save
        self._save_refresh_token = save_refresh_token
        self._refresh_token = getattr(credentials, "refresh_token", "")
        self._access = Access.from_json(credentials.cache)

    def access(self) -> Access:
        """Return a token with its place.

        Raises:
            NeedsPerson: Salesforce refuses until someone acts, or answers for another organization.
            TryLater: Salesforce's sign-in did not answer.
        """
        if self._access is None or not self._is_fresh(self._access):
            self._access = self._fetch()
            if self._save:
                self._save(self._access.as_json())
        return self._access

    def token(self) -> str:
        """Return the access token; raises as :meth:`access` does."""
        return self.access().token

    @property
    def instance_url(self) -> str:
        """Return the origin to call; raises as :meth:`access` does."""
        return self.access().instance_url

    def forget(self) -> None:
        """Make the next :meth:`access` sign in anew: Salesforce did not accept the token."""
        self._access = None
        if self._save:
            self._save("")

    def _is_fresh(self, access: Access) -> bool:
        wanted = self._credentials.organization_id
        same_org = not _is_other(access, wanted)
        return same_org and 0 <= time.time() - access.fetched_at_s < KEPT_S

    def _fetch(self) -> Access:
        if isinstance(self._credentials, JwtBearer):
            access = exchange_jwt(self._credentials, self._session)
        else:
            form = {
                "grant_type": "refresh_token",
                "client_id": self._credentials.consumer_key,
                "refresh_token": self._refresh_token,
            }
            if self._credentials.consumer_secret:
                form["client_secret"] = self._credentials.consumer_secret
            access = read(post(self._session, token_url(self._credentials.login_url), form))
        _require_organization(access, self._credentials.organization_id)
        if access.refresh_token and access.refresh_token != self._refresh_token:
            self._refresh_token = access.refresh_token
            if self._save_refresh_token:
                self._save_refresh_token(access.refresh_token)
        return access


def exchange_jwt(credentials: JwtBearer, session: requests.Session) -> Access:
    """Return access for the assertion that ``credentials`` sign; once more by Salesforce's clock if ours is off.

    Raises:
        NeedsPerson: The key is not usable, or Salesforce refuses until someone acts.
        TryLater: Salesforce's sign-in did not answer.
    """
    url = token_url(credentials.login_url)
    form = {"grant_type": _JWT_GRANT, "assertion": _assertion(credentials, time.time())}
    response = post(session, url, form)
    if response.status_code == 400:
        theirs = server_time(response.headers)
        if theirs and abs(theirs.timestamp() - time.time()) > _CLOCKS_DIFFER_S:
            form["assertion"] = _assertion(credentials, theirs.timestamp())
            response = post(session, url, form)
    return read(response)


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """The app registration a person signs in through; without a secret, PKCE alone protects the exchange."""

    consumer_key: str
    consumer_secret: str = field(default="", repr=False)
    login_url: str = PRODUCTION_LOGIN


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where to send the person, and what :func:`finish_sign_in` needs; keep ``flow_json`` on the server."""

    url: str
    flow_json: str = field(repr=False)


def begin_sign_in(
    app: ConnectedApp, *, redirect_uri: str, state: str, login_hint: str = ""
) -> SignIn:
    """Return the address where the person signs in (web server flow with PKCE).

    Raises:
        NeedsPerson: The sign-in address of the organization is not usable.
    """
    verifier = secrets.token_urlsafe(64)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    query = {
        "response_type": "code",
        "client_id": app.consumer_key,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
        "code_challenge": challenge.rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }
    if login_hint:
        query["login_hint"] = login_hint
    url = f"{origin(app.login_url)}/services/oauth2/authorize?{urlencode(query)}"
    flow = {"state": state, "verifier": verifier, "redirect_uri": redirect_uri}
    return SignIn(url, json.dumps(flow))


def finish_sign_in(
    app: ConnectedApp, session: requests.Session, flow_json: str, query: Mapping[str, str]
) -> Access:
    """Return access for the person who signed in, refresh token included, from the query of the redirect back.

    Raises:
        NeedsPerson: Not granted, stale, or not the sign-in that was begun.
        TryLater: Salesforce's sign-in did not answer; the person can begin again.
    """
    verifier, redirect_uri = _begun(flow_json, query.get("state", ""))
    if query.get("error"):
        known = {k: query.get(k, "") for k in ("error", "error_description")}
        raise sign_in_error(400, known, {})
    form = {
        "grant_type": "authorization_code",
        "code": query.get("code", ""),
        "client_id": app.consumer_key,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
    }
    if app.consumer_secret:
        form["client_secret"] = app.consumer_secret
    access = read(post(session, token_url(app.login_url), form))
    if not access.refresh_token:
        why = "Salesforce gave no refresh token. The connected app needs the scope refresh_token."
        raise NeedsPerson(SALESFORCE, why, "no-refresh-token", what="configuration")
    return access


def revoke(session: requests.Session, login_url: str, token: str) -> None:
    """End a refresh or access token at Salesforce; one that had ended before is as good.

    Raises:
        TryLater: Salesforce did not answer; the token may still work.
    """
    response = post(session, f"{origin(login_url)}/services/oauth2/revoke", {"token": token})
    if response.status_code >= 500 or response.status_code == 429:
        raise sign_in_error(response.status_code, None, response.headers)


def _begun(flow_json: str, state: str) -> tuple[str, str]:
    """Return verifier and callback address of the sign-in that was begun with this state."""
    why = "The sign-in was not completed. Start it again from the connection card."
    refused = NeedsPerson(SALESFORCE, why, "sign-in", what="approval")
    try:
        flow = json.loads(flow_json)
        begun, verifier = str(flow["state"]), str(flow["verifier"])
        redirect_uri = str(flow["redirect_uri"])
    except (ValueError, TypeError, LookupError):
        raise refused from None
    if not state or not hmac.compare_digest(begun.encode(), state.encode("utf-8", "replace")):
        raise refused
    return verifier, redirect_uri


def _assertion(credentials: JwtBearer, now_s: float) -> str:
    login = origin(credentials.login_url)
    claims = {
        "iss": credentials.consumer_key,
        "sub": credentials.username,
        "aud": credentials.audience or audience_for(login),
        "exp": int(now_s) + _ASSERTION_S,
    }
    try:
        return jwt.encode(claims, credentials.private_key_pem, algorithm="RS256")
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        why = "The private key for Salesforce cannot be read. It has to be an RSA key as PEM text."
        raise NeedsPerson(SALESFORCE, why, "private-key", what="secret") from None


def audience_for(login_url: str) -> str:
    """Return whom an assertion is made out to: never an instance, always one of the two sign-in hosts."""
    host = (urlsplit(login_url).hostname or "").lower()
    of_sandbox = host == "test.salesforce.com" or ".sandbox." in host
    return SANDBOX_LOGIN if of_sandbox else PRODUCTION_LOGIN


def _require_organization(access: Access, organization_id: str) -> None:
    """Refuse an answer for another organization: a refreshed sandbox has a new id (sync.md 18)."""
    if _is_other(access, organization_id):
        why = "This is another Salesforce organization than the one connected here. Nothing was changed."
        raise NeedsPerson(SALESFORCE, why, "other-organization", what="configuration")


def _is_other(access: Access, organization_id: str) -> bool:
    known = organization_id and access.organization_id
    return bool(known) and access.organization_id != to_18(organization_id)
