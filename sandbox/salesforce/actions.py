"""What the control API can do in an org: what people do by hand, and what administrators do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from sandbox.salesforce.store import Store
from sandbox.salesforce.tokens import Tokens
from sandbox.salesforce.values import Row, parse_datetime


@dataclass(frozen=True)
class Request:
    """One action: who, on which row, with which fields."""

    username: str
    sobject: str
    record_id: str
    fields: dict[str, object]


class Target(Protocol):
    """What the actions need of an org."""

    store: Store
    tokens: Tokens

    def user(self, who: str) -> Row | None:
        """Return a user."""

    def create(self, sobject: str, fields: Mapping[str, object], as_user: str | None = None) -> str:
        """Save a new row."""

    def update(
        self, sobject: str, record_id: str, fields: Mapping[str, object], as_user: str | None = None
    ) -> None:
        """Save changes."""

    def delete(self, sobject: str, record_id: str, as_user: str | None = None) -> None:
        """Delete a row."""

    def undelete(self, record_id: str, as_user: str | None = None) -> None:
        """Restore a row."""

    def rows(self, sobject: str, *, include_deleted: bool = False) -> list[dict[str, object]]:
        """Return rows."""

    def end_sessions(self, username: str = "") -> int:
        """End sessions."""

    def deploy_key_field(self) -> None:
        """Add the custom field."""

    def remove_key_field(self) -> None:
        """Remove the custom field."""

    def signed_request(
        self, username: str, record_id: str | None = None, **overrides: object
    ) -> str:
        """Return a signed request."""


def _create(org: Target, request: Request) -> dict[str, object]:
    return {"id": org.create(request.sobject, request.fields, request.username)}


def _update(org: Target, request: Request) -> dict[str, object]:
    org.update(request.sobject, request.record_id, request.fields, request.username)
    return {"id": request.record_id}


def _delete(org: Target, request: Request) -> dict[str, object]:
    org.delete(request.sobject, request.record_id, request.username)
    return {"id": request.record_id}


def _undelete(org: Target, request: Request) -> dict[str, object]:
    org.undelete(request.record_id, request.username)
    return {"id": request.record_id}


def _purge(org: Target, request: Request) -> dict[str, object]:
    org.store.purge(request.record_id)
    return {}


def _restamp(org: Target, request: Request) -> dict[str, object]:
    text = request.fields.get("SystemModstamp")
    try:
        moment = parse_datetime(str(text))
    except ValueError as wrong:
        raise ValueError("fields.SystemModstamp: must be a date and time") from wrong
    org.store.restamp(request.record_id, moment)
    return {}


def _rows(org: Target, request: Request) -> dict[str, object]:
    everything = request.fields.get("include_deleted") is True
    return {"rows": org.rows(request.sobject, include_deleted=everything)}


def _end_sessions(org: Target, request: Request) -> dict[str, object]:
    return {"ended": org.end_sessions(request.username)}


def _end_all_sessions(org: Target, request: Request) -> dict[str, object]:
    del request
    return {"ended": org.end_sessions()}


def _revoke(org: Target, request: Request) -> dict[str, object]:
    org.tokens.forget_user(_user_id(org, request))
    return {}


def _approve(org: Target, request: Request) -> dict[str, object]:
    org.tokens.approved.add(_user_id(org, request))
    return {}


def _lock_user(org: Target, request: Request) -> dict[str, object]:
    row = org.user(request.username)
    if row is not None:
        row["IsActive"] = False
        org.tokens.end_sessions(str(row["Id"]))
    return {}


def _unlock_user(org: Target, request: Request) -> dict[str, object]:
    row = org.user(request.username)
    if row is not None:
        row["IsActive"] = True
    return {}


def _deploy_key_field(org: Target, request: Request) -> dict[str, object]:
    del request
    org.deploy_key_field()
    return {}


def _remove_key_field(org: Target, request: Request) -> dict[str, object]:
    del request
    org.remove_key_field()
    return {}


def _signed_request(org: Target, request: Request) -> dict[str, object]:
    return {"signed_request": org.signed_request(request.username, request.record_id or None)}


def _user_id(org: Target, request: Request) -> str:
    return str((org.user(request.username) or {}).get("Id"))


OPS: dict[str, Callable[[Target, Request], dict[str, object]]] = {
    "create": _create,
    "update": _update,
    "delete": _delete,
    "undelete": _undelete,
    "purge": _purge,
    "restamp": _restamp,
    "rows": _rows,
    "end_sessions": _end_sessions,
    "end_all_sessions": _end_all_sessions,
    "revoke": _revoke,
    "approve": _approve,
    "lock_user": _lock_user,
    "unlock_user": _unlock_user,
    "deploy_key_field": _deploy_key_field,
    "remove_key_field": _remove_key_field,
    "signed_request": _signed_request,
}
