"""Rules on levels: set, locked, refused with a way out, and followed in the mailboxes they reach."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linkpoint.accounts.models import Profile
from sync.core.settings import BadValue
from sync.models import Conflict, Link, MailboxState, OutlookSeen, PolicyValue, Subscription
from sync.store import PostgresStore, take_mailbox
from sync.wiring.policies import Level, set_state, set_values, settings_document
from tests import planted
from tests.people import Person, make_organization, make_person
from tests.store.items import event

SECRET = planted.private_text("divorce")


@pytest.fixture
def person(db: None) -> Person:
    """Return a person with a profile and a mailbox that was read."""
    organization = make_organization()
    person = make_person(None, organization)
    person.user.profile = Profile.objects.create(organization=organization, name="Sales")
    person.user.save()
    MailboxState.objects.create(
        mailbox=person.mailbox,
        next_poll_at=timezone.now() + timedelta(hours=9),
        window_start=timezone.now(),
        window_end=timezone.now(),
    )
    return person


def _levels(person: Person) -> tuple[Level, Level, Level]:
    organization = person.user.organization
    return (
        Level(organization),
        Level(organization, profile=person.user.profile),
        Level(organization, user=person.user),
    )


def test_value_is_in_force_with_its_source(person: Person) -> None:
    organization, profile, user = _levels(person)
    set_values(organization, {"past_days": 7})
    set_values(profile, {"past_days": 14})

    assert settings_document(user, ["past_days"]) == [
        {"name": "past_days", "value": 14, "source": "profile", "state": "default"}
    ]
    assert settings_document(organization, ["past_days"])[0]["value"] == 7


def test_locked_value_wins_and_cannot_be_set_below(person: Person) -> None:
    organization, _, user = _levels(person)
    set_values(user, {"past_days": 365})
    set_values(organization, {"past_days": 7})
    set_state(organization, ["past_days"], "locked")

    with pytest.raises(BadValue, match="locked by the organization"):
        set_values(user, {"past_days": 14})

    assert settings_document(user, ["past_days"])[0] == {
        "name": "past_days", "value": 7, "source": "organization", "state": "locked",
    }  # fmt: skip


def test_lock_without_a_value_keeps_what_is_in_force_there(person: Person) -> None:
    organization, _, user = _levels(person)

    set_state(organization, ["private"], "locked")

    assert settings_document(user, ["private"])[0]["state"] == "locked"
    assert settings_document(user, ["private"])[0]["value"] == "skip"


def test_unlocked_value_may_be_set_below_again(person: Person) -> None:
    organization, _, user = _levels(person)
    set_state(organization, ["past_days"], "locked")
    set_state(organization, ["past_days", "future_days"], "default")

    set_values(user, {"past_days": 14})

    assert settings_document(user, ["past_days"])[0]["source"] == "user"


def test_user_cannot_lock(person: Person) -> None:
    with pytest.raises(BadValue, match="organization or a profile"):
        set_state(_levels(person)[2], ["past_days"], "locked")


def test_setting_of_the_organization_cannot_be_set_for_a_user(person: Person) -> None:
    with pytest.raises(BadValue, match="history_days: it is set for the organization only"):
        set_values(_levels(person)[2], {"history_days": 30})


def test_mode_that_is_not_allowed_is_refused_and_nothing_is_set(person: Person) -> None:
    organization, _, user = _levels(person)
    set_values(organization, {"modes_allowed": ("manual",)})

    with pytest.raises(BadValue, match="snaprecord is not allowed here"):
        set_values(user, {"past_days": 7, "mode": "snaprecord"})

    assert PolicyValue.objects.filter(level="user").count() == 0


def test_waiting_question_is_planned_again_under_the_new_rules(person: Person) -> None:
    link = Link.objects.create(
        organization=person.user.organization, mailbox=person.mailbox, outlook_id="a",
        state="conflict", touched=3, planned=3,
    )  # fmt: skip
    Conflict.objects.create(link=link, field="deleted", losing_side="salesforce", reason="deleted")

    set_values(_levels(person)[2], {"outlook_deleted": "delete"})

    link.refresh_from_db()
    assert link.touched == 4


def test_shorter_frequency_makes_the_mailbox_due_earlier(person: Person) -> None:
    set_values(_levels(person)[2], {"frequency_minutes": 5})

    next_poll_at = MailboxState.objects.get().next_poll_at
    assert next_poll_at is not None
    assert next_poll_at < timezone.now() + timedelta(minutes=6)


def test_texts_of_private_items_go_when_they_are_hidden_from_now_on(person: Person) -> None:
    level = _levels(person)[2]
    set_values(level, {"private": "full_and_private"})
    lease = take_mailbox(person.mailbox.pk)
    assert lease is not None
    store = PostgresStore(lease, person.user.organization_id, level.policy())
    store.save_outlook([event("a", fields={"subject": SECRET, "sensitivity": "private"})], [], [])
    assert OutlookSeen.objects.get().fields["subject"] == SECRET

    set_values(level, {"private": "time_only"})

    assert SECRET not in str(OutlookSeen.objects.values_list()[0])
    assert MailboxState.objects.get().window_start is None


def test_push_that_is_turned_off_ends_the_subscription_soon(person: Person) -> None:
    later = timezone.now() + timedelta(days=3)
    Subscription.objects.create(
        mailbox=person.mailbox,
        subscription_id="a",
        client_state="b",
        expires_at=later,
        renew_at=later,
    )

    set_values(_levels(person)[2], {"push_on_change": False})

    assert Subscription.objects.get().renew_at <= timezone.now()


def test_rules_of_one_organization_do_not_reach_another(person: Person) -> None:
    other = make_organization(
        organization_id="00D5g00000OtherX", my_domain="other", tenant_id="other-tenant"
    )
    set_values(Level(other), {"past_days": 7})

    assert settings_document(_levels(person)[2], ["past_days"])[0]["source"] == "shipped"
