"""Rows and signed requests as tests need them."""

import base64
import hashlib
import hmac
import json
from typing import Any

from linkpoint.accounts.models import Mailbox, Organization, Tenant, User
from linkpoint.salesforce.canvas import to_18

SECRET = "hush-consumer-secret"


def organization(salesforce_id: str = "00D5g00000AcmeX", **fields: Any) -> Organization:
    """Return a saved organization with a consumer secret."""
    values: dict[str, Any] = {
        "name": "Acme",
        "instance_url": "https://acme.my.salesforce.com",
        "consumer_key": "acme-key",
        "consumer_secret": SECRET,
    }
    return Organization.objects.create(salesforce_id=salesforce_id, **{**values, **fields})


def user(of: Organization, salesforce_user_id: str = "0055g00000Hanna", **fields: Any) -> User:
    """Return a saved user of an organization."""
    values: dict[str, Any] = {"username": "hanna.weiss@acme.example", "full_name": "Hanna Weiss"}
    return User.objects.create(
        organization=of, salesforce_user_id=salesforce_user_id, **{**values, **fields}
    )


def mailbox(of: User, **fields: Any) -> Mailbox:
    """Return a saved mailbox of a user, in a tenant of their organization."""
    tenant, _ = Tenant.objects.get_or_create(
        organization=of.organization,
        tenant_id="9a1f2c3d-0000-4000-8000-00000000acee",
        defaults={"client_id": "client", "client_secret": "hush-client-secret"},
    )
    values: dict[str, Any] = {
        "address": "hanna.weiss@acme.example",
        "graph_user_id": f"graph-{of.pk}",
        "calendar_id": "calendar-1",
        "time_zone": "Europe/Berlin",
    }
    return Mailbox.objects.create(
        organization=of.organization, user=of, tenant=tenant, **{**values, **fields}
    )


def payload(**changes: Any) -> dict[str, Any]:
    """Return what Salesforce signs for Hanna of Acme; ``user``, ``environment``... replace parts of the context."""
    client = {
        "refreshToken": None,
        "instanceId": "_:LinkPoint:j_id0:canvasapp",
        "targetOrigin": "https://acme.my.salesforce.com",
        "instanceUrl": "https://acme.my.salesforce.com",
        "oauthToken": "hush-oauth-token",
    }
    context = {
        "user": {
            "userId": "0055g00000Hanna",
            "userName": "hanna.weiss@acme.example",
            "fullName": "Hanna Weiss",
            "email": "hanna.weiss@acme.example",
            "locale": "de_DE",
            "language": "en_US",
            "timeZone": "Europe/Berlin",
        },
        "environment": {"parameters": {}, "record": {}, "displayLocation": "Aura"},
        "organization": {"organizationId": to_18("00D5g00000AcmeX"), "name": "Acme"},
    }
    whole = {
        "algorithm": "HMACSHA256",
        "issuedAt": -1882588807,
        "userId": "0055g00000Hanna",
        "client": client,
        "context": {**context, **changes.pop("context", {})},
    }
    return {**whole, **changes}


def signed(what: object, secret: str = SECRET) -> str:
    """Return ``what`` as Salesforce signs it: text and bytes as they are, anything else as JSON."""
    data = what if isinstance(what, bytes) else json.dumps(what).encode()
    return sealed(base64.b64encode(data).decode(), secret)


def sealed(payload_text: str, secret: str = SECRET) -> str:
    """Return a text that is already base64 (or pretends to be) with its signature before it."""
    mac = hmac.new(secret.encode(), payload_text.encode(), hashlib.sha256).digest()
    return f"{base64.b64encode(mac).decode()}.{payload_text}"
