"""Tokens for Microsoft Graph through MSAL: app-only or signed in, kept in a cache that the caller stores.

The cache holds secrets: store it encrypted, never log it.  MSAL is quick to log what it receives; keep its loggers
at CRITICAL (``linkpoint.logs`` does).
"""

import json
import re
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import msal
import requests
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from linkpoint.errors import NeedsPerson, TryLater
from linkpoint.http import TRANSPORT_ERRORS, is_routed, retry_after, transport_failure
from linkpoint.outlook.translate import OUTLOOK, sign_in_error, unreadable

DELEGATED_PERMISSIONS = ("Calendars.Read", "MailboxSettings.Read", "User.Read")
"""What a person is asked to grant: reading, never writing."""

_STILL_GOOD_S = 300
"""A token that ends sooner than this is not used any more."""

_PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)

# What MSAL raises besides errors of the wire, which _Wire has translated already.
_MSAL_ERRORS = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    RuntimeError,
    msal.exceptions.MsalError,
)


@dataclass(frozen=True, slots=True)
class Cloud:
    """Host names of one Microsoft cloud."""

    login: str
    graph: str


CLOUDS: Mapping[str, Cloud] = {
    "global": Cloud("login.microsoftonline.com", "graph.microsoft.com"),
    "gcc_high": Cloud("login.microsoftonline.us", "graph.microsoft.us"),
    "dod": Cloud("login.microsoftonline.us", "dod-graph.microsoft.us"),
    "china": Cloud("login.chinacloudapi.cn", "microsoftgraph.chinacloudapi.cn"),
}


@dataclass(frozen=True, slots=True)
class _Registration:
    """Our app in one tenant: a secret, or a certificate with its private key (one PEM text); ``cache`` is MSAL's."""

    tenant_id: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    certificate_pem: str = field(default="", repr=False)
    cloud: str = "global"
    cache: str = field(default="", repr=False)


class AppOnly(_Registration):
    """The app acts by itself in its tenant."""

    __slots__ = ()


class Delegated(_Registration):
    """The app acts for one signed-in person, whose refresh token is in ``cache``."""

    __slots__ = ()


Credentials = AppOnly | Delegated


@dataclass(frozen=True, slots=True)
class SignIn:
    """Where to send the person, and what :func:`finish_sign_in` needs; keep ``flow_json`` on the server."""

    url: str
    flow_json: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in; ``cache`` goes into :class:`Delegated`."""

    cache: str = field(repr=False)
    username: str
    graph_user_id: str
    tenant_id: str


class TokenSource:
    """Access tokens for one tenant or person; not thread-safe, make one per job."""

    def __init__(
        self, credentials: Credentials, session: requests.Session, save: Callable[[str], None]
    ) -> None:
        self._credentials = credentials
        self._session = session
        self._save = save
        self._cache = _load_cache(credentials.cache)
        self._app: msal.ConfidentialClientApplication | None = None

    def token(self) -> str:
        """Return a token that is good for five minutes at least; a changed cache is saved before.

        Raises:
            NeedsPerson: Microsoft refuses until someone acts; ``what`` and ``why`` say what to do.
            TryLater: Microsoft's sign-in did not answer.
        """
        kept = self._kept_token()
        if kept:
            return kept
        with _msal_door():
            self._app = self._app or _application(self._credentials, self._session, self._cache)
            answer = self._fetch(self._app)
        if self._cache.has_state_changed:
            self._save(self._cache.serialize())
        token = answer.get("access_token")
        if not isinstance(token, str):
            raise sign_in_error(answer)
        return token

    def forget(self) -> None:
        """Make the next :meth:`token` fetch a new one: the service did not accept the last."""
        for entry in list(self._cache.search(msal.TokenCache.CredentialType.ACCESS_TOKEN)):
            self._cache.remove_at(entry)

    def _kept_token(self) -> str:
        """Return a token of the cache without asking Microsoft anything (MSAL would look up its endpoints first)."""
        mine = {
            "client_id": self._credentials.client_id,
            "environment": CLOUDS[self._credentials.cloud].login,
        }
        latest = time.time() + _STILL_GOOD_S
        entries = self._cache.search(msal.TokenCache.CredentialType.ACCESS_TOKEN, query=mine)
        return next((str(e["secret"]) for e in entries if int(e["expires_on"]) > latest), "")

    def _fetch(self, app: msal.ConfidentialClientApplication) -> dict[str, Any]:
        scopes = _scopes(self._credentials)
        if isinstance(self._credentials, AppOnly):
            return dict(app.acquire_token_for_client(scopes))
        accounts = app.get_accounts()
        answer = app.acquire_token_silent_with_error(scopes, accounts[0]) if accounts else None
        return dict(answer or {"error": "login_required"})


def begin_sign_in(
    credentials: Credentials,
    session: requests.Session,
    *,
    redirect_uri: str,
    state: str,
    login_hint: str = "",
) -> SignIn:
    """Return the address where the person signs in (code flow with PKCE and nonce).

    Raises:
        NeedsPerson: The tenant or the app registration is not usable.
        TryLater: Microsoft's sign-in did not answer.
    """
    with _msal_door(), warnings.catch_warnings():
        # MSAL would rather have the answer posted.  A GET needs no exemption from CSRF checks, and the code in its
        # address is of no use without the verifier that stays here.
        warnings.filterwarnings("ignore", message="response_mode='form_post'")
        app = _application(credentials, session, msal.SerializableTokenCache())
        flow = app.initiate_auth_code_flow(
            _permission_scopes(credentials),
            redirect_uri=redirect_uri,
            state=state,
            login_hint=login_hint or None,
        )
        return SignIn(url=str(flow["auth_uri"]), flow_json=json.dumps(flow))


def finish_sign_in(
    credentials: Credentials, session: requests.Session, flow_json: str, query: Mapping[str, str]
) -> SignedIn:
    """Return who signed in, from the query of the redirect back.

    Raises:
        NeedsPerson: Not granted, stale, or not the sign-in that was begun.
        TryLater: Microsoft's sign-in did not answer; the person can begin again.
    """
    cache = msal.SerializableTokenCache()
    # Only what the code flow needs: whatever else is in the address came from outside.
    known = {k: query[k] for k in ("code", "state", "error", "error_description") if k in query}
    with _msal_door("The sign-in was not completed. Start it again from the connection card."):
        flow = json.loads(flow_json)
        app = _application(credentials, session, cache)
        answer = app.acquire_token_by_auth_code_flow(flow, known)
        if "access_token" not in answer:
            raise sign_in_error(answer)
        claims = answer.get("id_token_claims") or {}
        return SignedIn(
            cache=cache.serialize(),
            username=str(claims.get("preferred_username") or ""),
            graph_user_id=str(claims.get("oid") or ""),
            tenant_id=str(claims.get("tid") or ""),
        )


class _Wire:
    """The http client MSAL is given: errors of the wire leave it as ours, and only JSON objects come back."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def get(self, url: str, **options: Any) -> requests.Response:
        """Fetch a discovery document.

        Raises:
            NeedsPerson: A 4xx, by which Microsoft says that there is no such tenant (``configuration``).
        """
        response = self._send("GET", url, options)
        if response.status_code >= 300:
            why = "Microsoft does not know this tenant. Check the tenant id."
            raise NeedsPerson(OUTLOOK, why, f"http-{response.status_code}", what="configuration")
        return response

    def post(self, url: str, **options: Any) -> requests.Response:
        """Send a token request."""
        return self._send("POST", url, options)

    def close(self) -> None:
        """Do nothing: the session belongs to the caller."""

    def _send(self, method: str, url: str, options: Mapping[str, Any]) -> requests.Response:
        try:
            response = self._session.request(method, url, **options)
            body = response.json() if response.status_code < 500 else {}
        except TRANSPORT_ERRORS as error:
            raise transport_failure(OUTLOOK, error) from None  # the cause may quote the address
        if response.status_code in {408, 429} or response.status_code >= 500:
            why = "Microsoft's sign-in could not answer at the moment."
            wait = retry_after(response.headers.get("Retry-After"))
            raise TryLater(OUTLOOK, why, f"http-{response.status_code}", wait=wait)
        if not isinstance(body, dict):
            raise unreadable()
        return response


@contextmanager
def _msal_door(
    why: str = "The sign-in settings of this Microsoft 365 tenant are not usable.",
) -> Iterator[None]:
    """Let only our errors out; what MSAL says may quote ids and tokens."""
    try:
        yield
    except (NeedsPerson, TryLater):
        raise
    except _MSAL_ERRORS:
        raise NeedsPerson(OUTLOOK, why, "sign-in", what="configuration") from None


def _application(
    credentials: Credentials, session: requests.Session, cache: msal.SerializableTokenCache
) -> msal.ConfidentialClientApplication:
    login = CLOUDS[credentials.cloud].login
    return msal.ConfidentialClientApplication(
        credentials.client_id,
        client_credential=_client_credential(credentials),
        authority=f"https://{login}/{credentials.tenant_id}",
        token_cache=cache,
        http_client=_Wire(session),
        instance_discovery=False if is_routed(session, login) else None,
    )


def _client_credential(credentials: Credentials) -> str | dict[str, str]:
    """Return what MSAL signs in with; a certificate goes without thumbprint, which makes MSAL sign PS256/SHA-256."""
    if credentials.certificate_pem:
        return _certificate(credentials.certificate_pem)
    if not credentials.client_secret:
        why = "The tenant has neither a client secret nor a certificate."
        raise NeedsPerson(OUTLOOK, why, "no-credential", what="secret")
    return credentials.client_secret


def _certificate(pem: str) -> dict[str, str]:
    """Return key and certificate apart, after checking that they belong together."""
    blocks = {match[1]: match[0] for match in reversed(list(_PEM_BLOCK.finditer(pem)))}
    key_text = next((text for name, text in blocks.items() if name.endswith("PRIVATE KEY")), "")
    certificate_text = blocks.get("CERTIFICATE", "")
    try:
        key = serialization.load_pem_private_key(key_text.encode(), password=None)
        certificate = x509.load_pem_x509_certificate(certificate_text.encode())
    except (ValueError, TypeError, UnsupportedAlgorithm):
        why = "The certificate or its private key cannot be read. Both are needed, as one PEM text."
        raise NeedsPerson(OUTLOOK, why, "certificate", what="secret") from None
    if not isinstance(key, rsa.RSAPrivateKey) or key.public_key() != certificate.public_key():
        why = "The private key does not belong to the certificate, or is not an RSA key."
        raise NeedsPerson(OUTLOOK, why, "certificate", what="secret")
    return {"private_key": key_text, "public_certificate": certificate_text}


def _load_cache(text: str) -> msal.SerializableTokenCache:
    """Return the stored cache; one that cannot be read is an empty one, and a new token is fetched."""
    cache = msal.SerializableTokenCache()
    try:
        stored = json.loads(text or "{}")
    except ValueError:
        return cache
    if isinstance(stored, dict):
        cache.deserialize(json.dumps(stored))
    return cache


def _scopes(credentials: Credentials) -> list[str]:
    if isinstance(credentials, Delegated):
        return _permission_scopes(credentials)
    return [f"https://{CLOUDS[credentials.cloud].graph}/.default"]


def _permission_scopes(credentials: Credentials) -> list[str]:
    graph = CLOUDS[credentials.cloud].graph
    return [f"https://{graph}/{permission}" for permission in DELEGATED_PERMISSIONS]
