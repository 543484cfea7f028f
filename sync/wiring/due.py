"""What is due, found in PostgreSQL; whoever claims a mailbox has it for a minute (two clocks do no harm)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from linkpoint.accounts.models import Mailbox, Organization, User
from sync.models import MailboxState, OrganizationState, Subscription

CLAIM = timedelta(seconds=60)
"""A claimed mailbox is due again after this time, unless the work was done: its job was lost."""

_MOST_AT_ONCE = 500


def introduce(now: datetime) -> None:
    """Make new mailboxes and organizations due at once."""
    boxes = Mailbox.objects.filter(sync_state__isnull=True).values_list("pk", flat=True)
    MailboxState.objects.bulk_create(
        [MailboxState(mailbox_id=pk, next_poll_at=now) for pk in boxes], ignore_conflicts=True
    )
    organizations = Organization.objects.filter(sync_state__isnull=True)
    OrganizationState.objects.bulk_create(
        [
            OrganizationState(organization_id=pk, next_poll_at=now)
            for pk in organizations.values_list("pk", flat=True)
        ],
        ignore_conflicts=True,
    )


def due_mailboxes(now: datetime, organization: Organization | None = None) -> list[int]:
    """Return the ids of mailboxes that are due, the longest waiting first."""
    due = _due(now, organization)
    return list(due.order_by("next_poll_at").values_list("mailbox_id", flat=True))


def is_at_work(mailbox_id: int, now: datetime) -> bool:
    """Tell whether a mailbox may be read unasked: connected, and no pause holds."""
    boxes = Mailbox.objects.filter(pk=mailbox_id, state=Mailbox.State.ACTIVE)
    return boxes.filter(user__in=User.objects.at_work(now)).exists()


def claim_mailboxes(now: datetime) -> list[int]:
    """Return mailboxes that are due, each to one caller only."""
    with transaction.atomic():
        rows = _due(now).select_for_update(of=("self",), skip_locked=True)
        ids = list(rows.order_by("next_poll_at").values_list("pk", flat=True)[:_MOST_AT_ONCE])
        MailboxState.objects.filter(pk__in=ids).update(
            next_poll_at=now + CLAIM, retry_at=now + CLAIM
        )
    return ids


def due_organizations(
    now: datetime, organization: Organization | None = None
) -> list[Organization]:
    """Return the organizations whose Events are due to be read."""
    active = Organization.objects.filter(
        state=Organization.State.ACTIVE, sync_state__next_poll_at__lte=now
    ).exclude(integration_username="")
    if organization is not None:
        active = active.filter(pk=organization.pk)
    return [one for one in active if not one.is_paused(now)]


def claim_organizations(now: datetime) -> list[int]:
    """Return organizations that are due, each to one caller only."""
    claimed: list[int] = []
    for one in due_organizations(now):
        mine = OrganizationState.objects.filter(pk=one.pk, next_poll_at__lte=now)
        if mine.update(next_poll_at=now + CLAIM):
            claimed.append(one.pk)
    return claimed


def claim_subscriptions(now: datetime) -> list[int]:
    """Return mailboxes whose subscription is to be created or renewed, each to one caller only."""
    if not settings.PUBLIC_URL:
        return []
    renew = Subscription.objects.filter(mailbox=OuterRef("pk"), renew_at__lte=now)
    has = Subscription.objects.filter(mailbox=OuterRef("pk"))
    wanted = Mailbox.objects.filter(
        Exists(renew) | ~Exists(has),
        state=Mailbox.State.ACTIVE,
        user__in=User.objects.at_work(now),
        sync_state__subscribe_at__lte=now,
    )
    claimed: list[int] = []
    for mailbox_id in wanted.values_list("pk", flat=True)[:_MOST_AT_ONCE]:
        mine = MailboxState.objects.filter(pk=mailbox_id, subscribe_at__lte=now)
        if mine.update(subscribe_at=now + CLAIM):
            claimed.append(mailbox_id)
    return claimed


def _due(now: datetime, organization: Organization | None = None) -> QuerySet[MailboxState]:
    people = User.objects.at_work(now)
    if organization is not None:
        people = people.filter(organization=organization)
    return MailboxState.objects.due(now).filter(mailbox__user__in=people)
