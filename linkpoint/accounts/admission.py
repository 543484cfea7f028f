"""From a signed request to a person: is it genuine, of an organization we serve, and new?

No age is checked, because ``issuedAt`` is no time of day (contracts/salesforce.md, 4.1); what was seen once is
refused instead.
"""

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.core.cache import caches
from redis.exceptions import RedisError

from linkpoint.accounts.models import Organization, User
from linkpoint.accounts.zones import known_zones
from linkpoint.salesforce.canvas import CanvasContext, CanvasRefused, read_organization_id, verify
from linkpoint.salesforce.canvas import Reason as CanvasReason

REPLAY_MEMORY_S = 24 * 3600
"""How long a signature is remembered; far longer than the session that it can open."""

Reason = (
    CanvasReason
    | Literal[
        "content_type",
        "unknown_organization",
        "replay",
        "suspended",
        "deactivated",
        "unavailable",
    ]
)

_STATUS: Mapping[Reason, int] = {
    "content_type": 415,
    "too_large": 413,
    "malformed": 400,
    "missing_key": 400,
    "bad_algorithm": 400,
    "missing_secret": 403,
    "bad_signature": 403,
    "unknown_organization": 403,
    "replay": 409,
    "suspended": 403,
    "deactivated": 403,
    "unavailable": 503,
}


class LaunchRefused(Exception):
    """The launch was not accepted.

    Attributes:
        reason: A fixed word, the only thing that is logged.
        told: The word for the visitor, who is not to learn which organizations we serve.
        status: HTTP status of the answer.
    """

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason
        self.told: Reason = "bad_signature" if reason == "unknown_organization" else reason
        self.status = _STATUS[reason]


@dataclass(frozen=True, slots=True)
class Admission:
    """Who opened the app, with what Salesforce says about the frame."""

    user: User
    context: CanvasContext


def admit(signed_request: str) -> Admission:
    """Return the person, created or brought up to date from the signed request.

    Raises:
        LaunchRefused: In every other case.
    """
    organization, context = _proven(signed_request)
    if organization.state != Organization.State.ACTIVE:
        raise LaunchRefused("suspended")
    _refuse_replay(signed_request)
    user = remember(organization, context)
    if user.state != User.State.ACTIVE:
        raise LaunchRefused("deactivated")
    return Admission(user, context)


def _proven(signed_request: str) -> tuple[Organization, CanvasContext]:
    """Return the organization whose secret signed the text, and what it says."""
    organization = None
    try:
        claimed = read_organization_id(signed_request)
        organization = Organization.objects.filter(salesforce_id=claimed).first()
        # Someone we do not know costs the same work as a wrong signature.
        secret = organization.consumer_secret if organization else secrets.token_hex(16)
        context = verify(signed_request, secret)
    except CanvasRefused as refusal:
        is_unknown = organization is None and refusal.reason == "bad_signature"
        raise LaunchRefused("unknown_organization" if is_unknown else refusal.reason) from None
    if organization is None or context.organization_id != organization.salesforce_id:
        raise LaunchRefused("unknown_organization")
    return organization, context


def remember(organization: Organization, context: CanvasContext) -> User:
    """Return the organization's user of a verified context, with names, locale and zone as Salesforce has them now."""
    news = _news(context)
    user, _ = User.objects.select_related("organization", "profile", "mailbox").get_or_create(
        organization=organization, salesforce_user_id=context.user_id, defaults=news
    )
    changed = [name for name, value in news.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, news[name])
    if changed:
        user.save(update_fields=changed)
    if context.organization_name and not organization.name:
        organization.name = context.organization_name[:255]
        organization.save(update_fields=["name"])
    return user


def _news(context: CanvasContext) -> dict[str, str]:
    """Return what the context says, cut to what the columns hold; what it leaves out stays as it was."""
    said = {
        "username": context.username,
        "full_name": context.full_name,
        "email": context.email,
        "locale": context.locale,
        "language": context.language,
        "time_zone": context.time_zone if context.time_zone in known_zones() else "",
    }
    return {name: value[: _width(name)] for name, value in said.items() if value}


def _width(name: str) -> int | None:
    field = User._meta.get_field(name)  # noqa: SLF001  # Django's documented interface
    return getattr(field, "max_length", None)


def _refuse_replay(signed_request: str) -> None:
    """Let each signed request pass once; only genuine ones come here, so nobody can fill the memory.

    Raises:
        LaunchRefused: Seen before, or Redis cannot say.
    """
    key = "canvas-seen:" + hashlib.sha256(signed_request.encode()).hexdigest()
    try:
        is_new = caches["default"].add(key, 1, timeout=REPLAY_MEMORY_S)
    except RedisError:
        raise LaunchRefused("unavailable") from None
    if not is_new:
        raise LaunchRefused("replay")
