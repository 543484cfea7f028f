"""Graph calls about subscriptions (contract, section 11)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sandbox.microsoft import ids
from sandbox.microsoft.call import Answer, Call
from sandbox.microsoft.errors import GraphError, invalid, not_allowed
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.notify import shake_hands
from sandbox.microsoft.subscriptions import (
    CLIENT_STATE_CHARS,
    PER_MAILBOX,
    Subscription,
    lifetime,
    living,
)

_RESOURCE = re.compile(r"/?(?:users/([^/]+)|me)(?:/calendar)?/events/?", re.IGNORECASE)
_CHANGES = ("created", "updated", "deleted")


def collection(call: Call, find: Callable[[str], Mailbox]) -> Answer:
    """List or create; the handshakes are made without the lock, so that the address may call Graph meanwhile."""
    if call.method == "POST":
        return _create(call, find)
    if call.method != "GET":
        raise not_allowed(call.method)
    with call.office.lock:
        mine = [one.as_dict() for one in living(call.office) if _is_mine(call, one)]
    return Answer(200, {"@odata.context": f"{call.base}/$metadata#subscriptions", "value": mine})


def item(call: Call, subscription_id: str, *more: str) -> Answer:
    """Read, renew, end or reauthorize one subscription."""
    with call.office.lock:
        one = next((s for s in living(call.office) if s.id == subscription_id.casefold()), None)
        if one is None or not _is_mine(call, one):
            raise GraphError(404, "ResourceNotFound", "SANDBOX: no such subscription.")
        if more == ("reauthorize",) and call.method == "POST":
            return Answer(204)
        if call.method == "DELETE":
            del call.office.subscriptions[one.id]
            return Answer(204)
        if call.method == "PATCH":
            body = call.body if isinstance(call.body, dict) else {}
            if set(body) != {"expirationDateTime"}:
                raise invalid("Only expirationDateTime can be changed.")
            one.expires = _expiry(call, body)
        elif call.method != "GET":
            raise not_allowed(call.method)
        return Answer(200, _entity(call, one))


def _create(call: Call, find: Callable[[str], Mailbox]) -> Answer:
    office = call.office
    with office.lock:
        one = _read(call, find)
        _refuse_duplicate(call, one)
    token = f"Validation: <{ids.guid(one.id, 'hello')}> & more"
    for url in (one.notification_url, one.lifecycle_url):
        if url:
            shake_hands(office, url, token)
    with office.lock:
        _refuse_duplicate(call, one)
        office.subscriptions[one.id] = one
        return Answer(201, _entity(call, one))


def _read(call: Call, find: Callable[[str], Mailbox]) -> Subscription:
    body = call.body
    if not isinstance(body, dict):
        raise invalid("The body must be one JSON object.")
    match = _RESOURCE.fullmatch(str(body.get("resource")))
    if match is None:
        raise invalid("resource: only users/{id}/events is emulated.")
    mailbox = find(match[1] or call.grant.address)
    client_state = str(body.get("clientState") or "")
    if len(client_state) > CLIENT_STATE_CHARS:
        raise invalid(f"clientState: at most {CLIENT_STATE_CHARS} characters.")
    changes = tuple(part.strip().casefold() for part in str(body.get("changeType")).split(","))
    if not set(changes) <= set(_CHANGES):
        raise invalid(f"changeType: must be some of {', '.join(_CHANGES)}.")
    if call.grant.address and call.grant.address.casefold() != mailbox.address.casefold():
        raise GraphError(403, "ErrorAccessDenied", "SANDBOX: only the own mailbox can be watched.")
    return Subscription(
        id=str(ids.guid("subscription", mailbox.id, call.office.now().isoformat(), changes)),
        tenant_id=call.grant.tenant_id,
        client_id=call.grant.client_id,
        mailbox_address=mailbox.address,
        resource=str(body["resource"]),
        change_types=changes,
        notification_url=_url(body, "notificationUrl", required=True),
        lifecycle_url=_url(body, "lifecycleNotificationUrl", required=False),
        client_state=client_state,
        expires=_expiry(call, body),
        form=call.wishes().form,
    )


def _refuse_duplicate(call: Call, one: Subscription) -> None:
    mine = [old for old in living(call.office) if old.mailbox_address == one.mailbox_address]
    if len(mine) >= PER_MAILBOX:
        raise GraphError(403, "ExtensionError", "SANDBOX: the mailbox has too many subscriptions.")
    for old in mine:
        if (old.client_id, set(old.change_types)) == (one.client_id, set(one.change_types)):
            message = "Subscription Id <> already exists for the requested combination"
            raise GraphError(409, "ExtensionError", message)


def _url(body: dict[str, Any], name: str, *, required: bool) -> str:
    text = body.get(name) or ""
    if (required or text) and not re.match(r"https?://[^/\s]+", str(text)):
        raise invalid(f"{name}: must be an address.")
    return str(text)


def _expiry(call: Call, body: dict[str, Any]) -> datetime:
    try:
        text = re.sub(r"(\.\d{1,6})\d*", r"\1", str(body.get("expirationDateTime")))
        wish = datetime.fromisoformat(text)
        return lifetime(wish.replace(tzinfo=wish.tzinfo or UTC), call.office.now())
    except ValueError:
        raise invalid("expirationDateTime: must be a time, at most 10080 minutes ahead.") from None


def _is_mine(call: Call, one: Subscription) -> bool:
    return (one.tenant_id, one.client_id) == (call.grant.tenant_id, call.grant.client_id)


def _entity(call: Call, one: Subscription) -> dict[str, Any]:
    return {"@odata.context": f"{call.base}/$metadata#subscriptions/$entity", **one.as_dict()}
