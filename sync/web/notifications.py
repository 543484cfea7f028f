"""Change notifications from Microsoft Graph: stored, then acknowledged; they only say that a mailbox changed (R20).

Whoever calls is unknown: nothing of what arrives is shown, logged or acted on except subscriptions that carry the state
we gave them (graph.md 11).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

import structlog
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import escape
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from sync import jobs
from sync.models import Inbox, MailboxState, Subscription
from sync.wiring.subscriptions import is_ours

log = structlog.get_logger(__name__)

LARGEST_BODY_BYTES = 262_144
MOST_ITEMS = 1_000

_LONGEST_TOKEN_CHARS = 4_096
_LONGEST_STATE_CHARS = 128
_CHANGE = "change"
_REMOVED = "subscriptionRemoved"
_REAUTHORIZE = "reauthorizationRequired"
_LIFECYCLE = (_REMOVED, _REAUTHORIZE, "missed")


class NotANotification(Exception):
    """The body is nothing that Graph would send; the message names what fits and repeats nothing."""


@dataclass(frozen=True, slots=True)
class _Note:
    subscription_id: str
    client_state: str
    kind: str


@csrf_exempt
@require_POST
def outlook_hook(request: HttpRequest) -> HttpResponse:
    """Answer Graph's handshake, or store its notifications and answer 202."""
    token = request.GET.get("validationToken")
    if token is not None:
        return _handshake(token)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY_BYTES:
        return _plain(413, f"body: at most {LARGEST_BODY_BYTES} bytes.")
    if request.content_type != "application/json":
        return _plain(415, "content-type: application/json.")
    try:
        notes = list(_notes(request.body))
    except NotANotification as wrong:
        return _plain(400, str(wrong))
    _store(notes)
    return HttpResponse(status=202)


def _handshake(token: str) -> HttpResponse:
    if not 0 < len(token) <= _LONGEST_TOKEN_CHARS:
        return _plain(400, "validationToken: a text of at most 4096 characters.")
    return _plain(200, escape(token))


def _plain(status: int, text: str) -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _notes(body: bytes) -> Iterator[_Note]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NotANotification("body: JSON.") from None
    items = document.get("value") if isinstance(document, dict) else None
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        raise NotANotification(f"value: a list of at most {MOST_ITEMS} notifications.")
    for item in items:
        yield _note(item)


def _note(item: Any) -> _Note:
    if not isinstance(item, dict):
        raise NotANotification("value: a list of objects.")
    subscription_id, state = item.get("subscriptionId"), item.get("clientState", "")
    if not _is_text(subscription_id, 64) or not subscription_id:
        raise NotANotification("subscriptionId: a text of at most 64 characters.")
    if state is None:
        state = ""
    if not _is_text(state, _LONGEST_STATE_CHARS):
        raise NotANotification("clientState: a text of at most 128 characters.")
    event = item.get("lifecycleEvent")
    if event is not None and event not in _LIFECYCLE:
        raise NotANotification("lifecycleEvent: " + ", ".join(_LIFECYCLE) + ".")
    return _Note(subscription_id, state, event or _CHANGE)


def _is_text(value: Any, longest: int) -> TypeGuard[str]:
    """Tell whether it is a text that can be looked up: no controls, no half surrogates."""
    return isinstance(value, str) and len(value) <= longest and value.isprintable()


def _store(notes: list[_Note]) -> None:
    """Store what is ours in one transaction, then let workers read; one batch may mix mailboxes and tenants."""
    known = {
        row.subscription_id: row
        for row in Subscription.objects.filter(
            subscription_id__in={note.subscription_id for note in notes}
        )
    }
    ours = {
        (known[note.subscription_id], note.kind)
        for note in notes
        if note.subscription_id in known and is_ours(known[note.subscription_id], note.client_state)
    }
    if len(ours) < len({(note.subscription_id, note.kind) for note in notes}):
        log.warning("notifications_not_ours", ours=len(ours), received=len(notes))
    if not ours:
        return
    mailboxes = sorted({subscription.mailbox_id for subscription, _ in ours})
    with transaction.atomic():
        now = timezone.now()
        Inbox.objects.bulk_create(
            [Inbox(mailbox_id=subscription.mailbox_id, kind=kind) for subscription, kind in ours]
        )
        MailboxState.objects.filter(mailbox_id__in=mailboxes).update(dirty_at=now)
        _lifecycle(ours)
        for mailbox_id in mailboxes:
            jobs.enqueue_change(mailbox_id)


def _lifecycle(ours: set[tuple[Subscription, str]]) -> None:
    removed = [row.pk for row, kind in ours if kind == _REMOVED]
    asked = [row.pk for row, kind in ours if kind == _REAUTHORIZE]
    if removed:
        Subscription.objects.filter(pk__in=removed).delete()  # the clock subscribes again
    if asked:
        Subscription.objects.filter(pk__in=asked).update(renew_at=timezone.now())
