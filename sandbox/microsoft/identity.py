"""Rules of the identity platform: who gets which token, and the AADSTS errors (contract, section 14).

Works in real time, as MSAL does; the sandbox's clock may be years away.
"""

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from sandbox.microsoft import ids
from sandbox.microsoft.directory import Microsoft, Tenant
from sandbox.microsoft.tokens import Code, Grant

CODE_LIFE_S = 600.0
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_OPENID = {"openid", "profile", "email", "offline_access"}


@dataclass
class SignInError(Exception):
    """A token or a sign-in is refused; ``number`` is that of AADSTS."""

    error: str
    number: int
    what: str
    status: int = 400

    def as_dict(self) -> dict[str, Any]:
        """Return the body of the token endpoint."""
        moment = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
        trace, correlation = ids.guid("trace", self.number), ids.guid("correlation", self.number)
        tail = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {moment}"
        return {
            "error": self.error,
            "error_description": f"AADSTS{self.number}: SANDBOX: {self.what} {tail}",
            "error_codes": [self.number],
            "timestamp": moment,
            "trace_id": str(trace),
            "correlation_id": str(correlation),
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }


def tenant_of(office: Microsoft, name: str, client_id: str) -> Tenant:
    """Return the tenant that an address names; ``common`` and ``organizations`` go by the app.

    Raises:
        SignInError: There is none.
    """
    if name.casefold() in {"common", "organizations"}:
        tenants = [one for one in office.tenants.values() if one.client_id == client_id]
    else:
        tenants = [one for one in office.tenants.values() if one.id == name.casefold()]
    if not tenants:
        raise SignInError("invalid_request", 90002, f"Tenant '{name}' not found.")
    return tenants[0]


def token_answer(
    office: Microsoft, tenant_name: str, form: Mapping[str, str], audience: set[str]
) -> dict[str, Any]:
    """Return the body of a token answer.

    Args:
        office: The emulated Microsoft 365.
        tenant_name: As it stands in the address.
        form: The posted fields.
        audience: Values that an assertion may carry as aud.

    Raises:
        SignInError: No token.
    """
    client_id = form.get("client_id", "")
    tenant = tenant_of(office, tenant_name, client_id)
    if tenant.client_id != client_id:
        what = f"Application with identifier '{client_id}' was not found in the directory."
        raise SignInError("unauthorized_client", 700016, what)
    _check_client(tenant, form, audience)
    grant_type = form.get("grant_type", "")
    refused = office.switches.text("withdrawn_consent_token") == "refused"
    if not tenant.consent and (refused or grant_type != "client_credentials"):
        what = "The user or administrator has not consented to use the application."
        raise SignInError("invalid_grant", 65001, what)
    if grant_type == "client_credentials":
        return _for_app(office, tenant, form)
    if grant_type == "authorization_code":
        return _for_code(office, tenant, form)
    if grant_type == "refresh_token":
        return _for_refresh(office, tenant, form)
    raise SignInError("unsupported_grant_type", 70003, "The grant type is not supported.")


def authorize(office: Microsoft, tenant_name: str, query: Mapping[str, str], address: str) -> str:
    """Return the code for a person who agreed.

    Raises:
        SignInError: The request is not possible.
    """
    tenant = check_authorize(office, tenant_name, query)
    mailbox = office.known_mailbox(address)
    if mailbox is None or mailbox.tenant_id != tenant.id:
        raise SignInError("invalid_grant", 50034, "The user account does not exist.")
    scopes = tuple(query.get("scope", "").split())
    grant = Grant(tenant.id, tenant.client_id, mailbox.address, scopes)
    code = Code(
        grant=grant,
        redirect_uri=query["redirect_uri"],
        challenge=query.get("code_challenge", ""),
        nonce=query.get("nonce", ""),
        ends=time.time() + CODE_LIFE_S,
    )
    return office.tokens.give_code(code)


def check_authorize(office: Microsoft, tenant_name: str, query: Mapping[str, str]) -> Tenant:
    """Return the tenant of a sign-in request that can be shown to a person.

    Raises:
        SignInError: A parameter does not fit; the person is not sent back with it.
    """
    client_id = query.get("client_id", "")
    tenant = tenant_of(office, tenant_name, client_id)
    if tenant.client_id != client_id:
        what = f"Application with identifier '{client_id}' was not found in the directory."
        raise SignInError("unauthorized_client", 700016, what)
    if query.get("response_type") != "code":
        raise SignInError("unsupported_response_type", 70005, "Only 'code' is supported.")
    if not query.get("redirect_uri", "").startswith(
        ("http://localhost", "http://127.0.0.1", "https://")
    ):
        raise SignInError("invalid_request", 50011, "The redirect URI does not match.")
    if query.get("code_challenge") and query.get("code_challenge_method") != "S256":
        raise SignInError("invalid_request", 501481, "The code challenge method must be S256.")
    return tenant


def _check_client(tenant: Tenant, form: Mapping[str, str], audience: set[str]) -> None:
    if form.get("client_assertion"):
        _check_assertion(tenant, form, audience)
        return
    secret = form.get("client_secret", "")
    if not secret:
        what = "The request body must contain 'client_assertion' or 'client_secret'."
        raise SignInError("invalid_client", 7000218, what, 401)
    if not tenant.client_secret or not hmac.compare_digest(
        secret.encode(), tenant.client_secret.encode()
    ):
        raise SignInError("invalid_client", 7000215, "Invalid client secret provided.", 401)


def _check_assertion(tenant: Tenant, form: Mapping[str, str], audience: set[str]) -> None:
    """Check a JWT that was signed with the app's certificate: PS256 or RS256."""
    assertion = form["client_assertion"]
    if form.get("client_assertion_type") != ASSERTION_TYPE or not tenant.certificate_pem:
        raise SignInError("invalid_client", 700027, "The assertion cannot be verified.", 401)
    certificate = x509.load_pem_x509_certificate(tenant.certificate_pem.encode())
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey):
        raise SignInError("invalid_client", 700027, "The certificate has no RSA key.", 401)
    try:
        claims = jwt.decode(
            assertion,
            key,
            algorithms=["PS256", "RS256"],
            audience=sorted(audience),
            options={"require": ["aud", "exp", "iss", "sub"]},
        )
    except jwt.InvalidAudienceError:
        what = "The assertion's audience is not this token endpoint."
        raise SignInError("invalid_client", 50027, what, 401) from None
    except jwt.ExpiredSignatureError:
        raise SignInError("invalid_client", 700024, "The assertion has expired.", 401) from None
    except jwt.PyJWTError:
        what = "The certificate used to sign the assertion is not registered."
        raise SignInError("invalid_client", 700027, what, 401) from None
    if {claims["iss"], claims["sub"]} != {tenant.client_id}:
        raise SignInError("invalid_client", 700027, "The assertion names another app.", 401)


def _for_app(office: Microsoft, tenant: Tenant, form: Mapping[str, str]) -> dict[str, Any]:
    if form.get("scope") != "https://graph.microsoft.com/.default":
        what = "The scope must be https://graph.microsoft.com/.default."
        raise SignInError("invalid_scope", 1002012, what)
    grant = Grant(tenant.id, tenant.client_id, scopes=tenant.roles)
    return _access(office, grant)


def _for_code(office: Microsoft, tenant: Tenant, form: Mapping[str, str]) -> dict[str, Any]:
    code = office.tokens.codes.pop(form.get("code", ""), None)
    if code is None or code.ends < time.time() or code.grant.tenant_id != tenant.id:
        what = "The authorization code is unknown, used or expired."
        raise SignInError("invalid_grant", 70008, what)
    if code.redirect_uri != form.get("redirect_uri"):
        raise SignInError("invalid_grant", 50011, "The redirect URI is not that of the code.")
    if code.challenge and not _fits(code.challenge, form.get("code_verifier", "")):
        raise SignInError("invalid_grant", 501471, "The code verifier does not fit.")
    return _signed_in(office, code.grant, nonce=code.nonce)


def _for_refresh(office: Microsoft, tenant: Tenant, form: Mapping[str, str]) -> dict[str, Any]:
    grant = office.tokens.refresh.get(form.get("refresh_token", ""))
    if grant is None or grant.tenant_id != tenant.id:
        raise SignInError("invalid_grant", 700082, "The refresh token is unknown or has expired.")
    return _signed_in(office, grant)


def _signed_in(office: Microsoft, grant: Grant, nonce: str = "") -> dict[str, Any]:
    permissions = tuple(scope.rpartition("/")[2] for scope in grant.scopes if scope not in _OPENID)
    answer = _access(office, Grant(grant.tenant_id, grant.client_id, grant.address, permissions))
    answer["scope"] = " ".join(scope for scope in grant.scopes if scope not in _OPENID)
    if "offline_access" in grant.scopes:
        answer["refresh_token"] = office.tokens.give_refresh(grant)
    if "openid" in grant.scopes:
        answer["id_token"] = _id_token(office, grant, nonce)
    # MSAL keys accounts by this.
    info = f'{{"uid":"{ids.user_guid(grant.address)}","utid":"{grant.tenant_id}"}}'
    answer["client_info"] = base64.urlsafe_b64encode(info.encode()).decode().rstrip("=")
    return answer


def _access(office: Microsoft, grant: Grant) -> dict[str, Any]:
    lifetime_s = office.switches.number("token_lifetime_s")
    token = office.tokens.give_access(grant, now=time.time(), lifetime_s=lifetime_s)
    return {
        "token_type": "Bearer",
        "expires_in": lifetime_s,
        "ext_expires_in": lifetime_s,
        "access_token": token,
    }


def _id_token(office: Microsoft, grant: Grant, nonce: str) -> str:
    """Return who signed in.  Signed with a key nobody has: clients of a back channel do not check it."""
    mailbox = office.known_mailbox(grant.address)
    now = int(time.time())
    claims: dict[str, Any] = {
        "aud": grant.client_id,
        "iss": f"https://login.microsoftonline.com/{grant.tenant_id}/v2.0",
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        "name": mailbox.name if mailbox else "",
        "oid": str(ids.user_guid(grant.address)),
        "preferred_username": grant.address,
        "sub": str(ids.guid("sub", grant.client_id, grant.address)),
        "tid": grant.tenant_id,
        "ver": "2.0",
    }
    if nonce:
        claims["nonce"] = nonce
    return jwt.encode(claims, secrets.token_bytes(32), algorithm="HS256")


def _fits(challenge: str, verifier: str) -> bool:
    digest = hashlib.sha256(verifier.encode()).digest()
    wanted = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(wanted, challenge.rstrip("="))
