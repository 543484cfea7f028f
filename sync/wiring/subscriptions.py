"""Subscriptions to the changes of a mailbox; where one cannot be had, polling goes on (graph.md 11, cases D06, D07)."""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import structlog
from django.conf import settings
from django.utils import timezone

from linkpoint.accounts.connections import outlook_client
from linkpoint.accounts.models import Mailbox
from linkpoint.errors import Gone, ServiceError
from linkpoint.outlook.client import OutlookClient
from sync.models import MailboxState, Subscription
from sync.wiring.work import policy_of

log = structlog.get_logger(__name__)

LIFE = timedelta(days=6)
"""Graph allows under seven days; it is renewed at half of it."""

TRY_AGAIN = timedelta(hours=1)

LOOK_AGAIN = timedelta(days=1)
"""Where no subscription is wanted, the settings are looked at this much later; a change of settings does it at once."""

HOOK_PATH = "/hooks/outlook/"


def keep_subscription(mailbox: Mailbox) -> None:
    """Create, renew or end the subscription of a mailbox, as its settings want it; a failure is tried again later."""
    subscription = Subscription.objects.filter(mailbox=mailbox).first()
    wanted = bool(settings.PUBLIC_URL) and policy_of(mailbox.user).flag("push_on_change")
    try:
        if wanted:
            _renew(mailbox, subscription) if subscription else _create(mailbox)
        else:
            if subscription:
                _end(outlook_client(mailbox), subscription)
            MailboxState.objects.filter(mailbox=mailbox).update(
                subscribe_at=timezone.now() + LOOK_AGAIN
            )
    except ServiceError as error:
        log.info("not_subscribed", mailbox=mailbox.pk, error=type(error).__name__, code=error.code)
        later = timezone.now() + TRY_AGAIN
        MailboxState.objects.filter(mailbox=mailbox).update(subscribe_at=later)
        Subscription.objects.filter(mailbox=mailbox).update(renew_at=later)


def seal(client_state: str) -> str:
    """Return what is stored of a client state; the text itself is known to Graph alone."""
    return sha256(client_state.encode()).hexdigest()


def is_ours(subscription: Subscription, client_state: str) -> bool:
    """Tell, in constant time, whether a notification carries the state we gave the subscription."""
    return hmac.compare_digest(subscription.client_state, seal(client_state))


def _renew(mailbox: Mailbox, subscription: Subscription) -> None:
    client = outlook_client(mailbox)
    try:
        answer = client.renew_subscription(subscription.subscription_id, timezone.now() + LIFE)
    except Gone:
        subscription.delete()
        _create(mailbox)
        return
    _keep(mailbox, str(answer["id"]), subscription.client_state, _expiry(answer))


def _create(mailbox: Mailbox) -> None:
    """Subscribe, and read once more: what changed while nobody listened would be missed."""
    client = outlook_client(mailbox)
    url = settings.PUBLIC_URL + HOOK_PATH
    _end_strays(client, mailbox, url)
    state = secrets.token_urlsafe(32)
    answer = client.subscribe(
        mailbox.graph_user_id,
        notification_url=url,
        lifecycle_url=url,
        client_state=state,
        expires=timezone.now() + LIFE,
    )
    _keep(mailbox, str(answer["id"]), seal(state), _expiry(answer))
    MailboxState.objects.filter(mailbox=mailbox).update(dirty_at=timezone.now())


def _end_strays(client: OutlookClient, mailbox: Mailbox, url: str) -> None:
    """End subscriptions of ours for this mailbox that we do not know: their creation was never answered."""
    known = set(Subscription.objects.values_list("subscription_id", flat=True))
    for entry in client.subscriptions():
        about_us = mailbox.graph_user_id.lower() in str(entry.get("resource", "")).lower()
        if about_us and entry.get("notificationUrl") == url and entry.get("id") not in known:
            try:
                client.unsubscribe(str(entry["id"]))
            except Gone:
                continue


def _end(client: OutlookClient, subscription: Subscription) -> None:
    try:
        client.unsubscribe(subscription.subscription_id)
    except Gone:
        log.info("subscription_had_ended", mailbox=subscription.mailbox_id)
    subscription.delete()


def _keep(mailbox: Mailbox, subscription_id: str, sealed: str, expires_at: datetime) -> None:
    now = timezone.now()
    Subscription.objects.update_or_create(
        mailbox=mailbox,
        defaults={
            "subscription_id": subscription_id,
            "client_state": sealed,
            "expires_at": expires_at,
            "renew_at": now + (expires_at - now) / 2,
        },
    )


def _expiry(answer: dict[str, object]) -> datetime:
    """Return when a subscription ends; Graph writes seven digits of a second."""
    whole = str(answer.get("expirationDateTime", "")).rstrip("Z").partition(".")[0]
    return datetime.fromisoformat(whole).replace(tzinfo=UTC)
