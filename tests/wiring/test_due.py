"""What is due stands in PostgreSQL; each claim goes to one caller and ends by itself."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings

from linkpoint.accounts.models import Mailbox, Organization
from sync.models import MailboxState, OrganizationState, Run, Subscription
from sync.models.mailboxes import INTERRUPTED
from sync.wiring import due
from tests.people import Person, make_organization, make_person

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now() -> datetime:
    """Return the present."""
    return timezone.now()


@pytest.fixture
def person(db: None, now: datetime) -> Person:
    """Return a person whose mailbox was read and is not due."""
    person = make_person(None, make_organization())
    MailboxState.objects.create(
        mailbox=person.mailbox, synced_at=now - MINUTE, next_poll_at=now + MINUTE
    )
    return person


def _set(person: Person, **columns: object) -> None:
    MailboxState.objects.filter(mailbox=person.mailbox).update(**columns)


def test_mailbox_that_was_just_read_is_not_due(person: Person, now: datetime) -> None:
    assert due.claim_mailboxes(now) == []


def test_mailbox_is_due_when_its_time_has_come_and_is_claimed_once(
    person: Person, now: datetime
) -> None:
    _set(person, next_poll_at=now)

    assert due.claim_mailboxes(now) == [person.mailbox.pk]
    assert due.claim_mailboxes(now) == []


def test_claim_ends_by_itself_when_its_job_was_lost(person: Person, now: datetime) -> None:
    _set(person, next_poll_at=now)
    due.claim_mailboxes(now)

    assert due.claim_mailboxes(now + due.CLAIM) == [person.mailbox.pk]


def test_changed_mailbox_is_due_before_its_time(person: Person, now: datetime) -> None:
    _set(person, dirty_at=now)

    assert due.claim_mailboxes(now) == [person.mailbox.pk]


def test_changed_mailbox_waits_after_a_failure(person: Person, now: datetime) -> None:
    _set(person, dirty_at=now, retry_at=now + MINUTE)

    assert due.claim_mailboxes(now) == []


def test_mailbox_of_a_killed_worker_is_due_within_a_minute(person: Person, now: datetime) -> None:
    run = Run.objects.create(mailbox=person.mailbox, kind="record", mode="snaprecord")
    began = Run.objects.filter(pk=run.pk)
    began.update(started_at=now - timedelta(seconds=5))
    assert due.claim_mailboxes(now) == []

    began.update(started_at=now - INTERRUPTED)

    assert due.claim_mailboxes(now) == [person.mailbox.pk]


@pytest.mark.parametrize("why", ["mailbox", "organization", "user", "paused"])
def test_mailbox_at_rest_is_not_due(person: Person, now: datetime, why: str) -> None:
    _set(person, next_poll_at=now, dirty_at=now)
    Run.objects.create(mailbox=person.mailbox, kind="sync", mode="snaprecord")
    Run.objects.update(started_at=now - MINUTE)
    user, organization = person.user, person.user.organization
    if why == "mailbox":
        Mailbox.objects.update(state=Mailbox.State.NEEDS_REAUTH)
    elif why == "organization":
        Organization.objects.update(state=Organization.State.SUSPENDED)
    elif why == "user":
        user.state = user.State.DEACTIVATED
        user.save()
    else:
        organization.pause()
        organization.save()

    assert due.claim_mailboxes(now) == []
    assert not due.is_at_work(person.mailbox.pk, now)


def test_new_mailbox_and_organization_are_due_at_once(db: None, now: datetime) -> None:
    person = make_person(None, make_organization())

    due.introduce(now)
    due.introduce(now)

    assert due.claim_mailboxes(now) == [person.mailbox.pk]
    assert due.claim_organizations(now) == [person.user.organization_id]
    assert due.claim_organizations(now) == []


def test_organization_without_integration_user_is_not_read(db: None, now: datetime) -> None:
    make_organization(integration=False)
    due.introduce(now)

    assert due.claim_organizations(now) == []
    assert OrganizationState.objects.count() == 1


def test_mailboxes_of_one_organization_only(person: Person, now: datetime) -> None:
    _set(person, next_poll_at=now)
    other = make_organization(
        organization_id="00D5g00000OtherX", my_domain="other", tenant_id="other-tenant"
    )

    assert due.due_mailboxes(now, other) == []
    assert due.due_mailboxes(now, person.user.organization) == [person.mailbox.pk]


def test_subscription_is_wanted_only_where_microsoft_can_reach_us(
    person: Person, now: datetime, settings: Settings
) -> None:
    settings.PUBLIC_URL = ""
    assert due.claim_subscriptions(now) == []

    settings.PUBLIC_URL = "https://linkpoint.example"

    assert due.claim_subscriptions(now) == [person.mailbox.pk]
    assert due.claim_subscriptions(now) == []


def test_subscription_is_renewed_at_half_its_life(
    person: Person, now: datetime, settings: Settings
) -> None:
    settings.PUBLIC_URL = "https://linkpoint.example"
    Subscription.objects.create(
        mailbox=person.mailbox,
        subscription_id="a",
        client_state="b",
        expires_at=now + 2 * MINUTE,
        renew_at=now + MINUTE,
    )

    assert due.claim_subscriptions(now) == []
    assert due.claim_subscriptions(now + MINUTE) == [person.mailbox.pk]
