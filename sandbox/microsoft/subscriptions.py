"""Change notifications: who wants to know what, and the notes that wait to be sent (contract, section 11)."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from sandbox.microsoft import ids
from sandbox.microsoft.ids import IdForm, ItemRef
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.record import Event
from sandbox.microsoft.rendering import etag, instant
from sandbox.switchboard import Switchboard

LONGEST = timedelta(minutes=10_080)
SHORTEST = timedelta(minutes=45)
CLIENT_STATE_CHARS = 128
PER_MAILBOX = 1_000


@dataclass
class Subscription:
    """One subscription to the events of a mailbox.

    Attributes:
        mailbox_address: Whose events.
        resource: As it was asked for.
        form: Form of ids; it stays as it was at creation (section 4).
    """

    id: str
    tenant_id: str
    client_id: str
    mailbox_address: str
    resource: str
    change_types: tuple[str, ...]
    notification_url: str
    lifecycle_url: str
    client_state: str
    expires: datetime
    form: IdForm = IdForm.PLAIN

    def as_dict(self) -> dict[str, Any]:
        """Return it as Graph shows it."""
        return {
            "id": self.id,
            "resource": self.resource,
            "applicationId": self.client_id,
            "changeType": ",".join(self.change_types),
            "clientState": self.client_state or None,
            "notificationUrl": self.notification_url,
            "lifecycleNotificationUrl": self.lifecycle_url or None,
            "expirationDateTime": instant(self.expires),
            "creatorId": str(ids.guid("app", self.client_id)),
            "includeResourceData": False,
            "latestSupportedTlsVersion": "v1_2",
            "notificationQueryOptions": None,
            "notificationUrlAppId": None,
            "encryptionCertificate": None,
            "encryptionCertificateId": None,
        }


@dataclass
class Note:
    """One notification on its way.

    Attributes:
        attempts: How often it was sent in vain.
        not_before: Real time in seconds before which it is not tried again.
    """

    url: str
    payload: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    not_before: float = 0.0


class Office(Protocol):
    """What notes need of the rest."""

    subscriptions: dict[str, Subscription]
    switches: Switchboard

    def now(self) -> datetime:
        """Return the present."""


def lifetime(wish: datetime, now: datetime) -> datetime:
    """Return when a subscription ends: less than 45 minutes are raised to that.

    Raises:
        ValueError: Further ahead than Graph allows.
    """
    if wish > now + LONGEST:
        raise ValueError("expirationDateTime")
    return max(wish, now + SHORTEST)


def living(office: Office) -> list[Subscription]:
    """Return the subscriptions that have not ended; the others are forgotten."""
    now = office.now()
    for ended in [one.id for one in office.subscriptions.values() if one.expires <= now]:
        del office.subscriptions[ended]
    return list(office.subscriptions.values())


def notes_about(office: Office, mailbox: Mailbox, event: Event, change: str) -> list[Note]:
    """Return the notes that a change brings about; several for one change, sometimes others instead."""
    notes: list[Note] = []
    for one in living(office):
        if one.mailbox_address != mailbox.address:
            continue
        if office.switches.on("notify_lost"):
            notes += [lifecycle(one, "missed")] if one.lifecycle_url else []
        elif change in one.change_types:
            note = Note(one.notification_url, _payload(one, mailbox, event, change))
            notes += [replace(note) for _ in range(max(1, office.switches.number("notify_copies")))]
    return list(reversed(notes)) if office.switches.on("notify_reversed") else notes


def lifecycle(one: Subscription, happening: str) -> Note:
    """Return a lifecycle note: it has neither changeType nor resource."""
    payload = {
        "lifecycleEvent": happening,
        "subscriptionId": one.id,
        "clientState": one.client_state or None,
        "subscriptionExpirationDateTime": instant(one.expires),
        "tenantId": one.tenant_id,
    }
    return Note(one.lifecycle_url, payload)


def _payload(one: Subscription, mailbox: Mailbox, event: Event, change: str) -> dict[str, Any]:
    ref = ItemRef(mailbox.guid, "e", event.number, event.moves, form=one.form)
    item_id = ids.encode(ref)
    path = f"Users/{mailbox.id}/Events/{item_id}"
    return {
        "changeType": change,
        "clientState": one.client_state or None,
        "resource": path,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": path,
            "@odata.etag": etag(mailbox.guid, event),
            "id": item_id,
        },
        "subscriptionId": one.id,
        "subscriptionExpirationDateTime": instant(one.expires),
        "tenantId": one.tenant_id,
    }
