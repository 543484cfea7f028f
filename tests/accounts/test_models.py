"""Rules of the rows themselves: ids, pauses, one organization at a time."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from linkpoint.accounts.models import Organization, Profile, User
from linkpoint.salesforce.canvas import to_18
from tests.accounts.makers import mailbox, organization, user

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 19, 10, tzinfo=UTC)
SHORT = "0055g00000Hanna"


def test_ids_are_stored_and_found_with_15_or_18_characters() -> None:
    hanna = user(organization(), SHORT)

    assert hanna.salesforce_user_id == to_18(SHORT)
    assert User.objects.get(salesforce_user_id=SHORT) == hanna
    assert User.objects.get(salesforce_user_id=to_18(SHORT)) == hanna
    assert User.objects.filter(salesforce_user_id__in=[SHORT]).count() == 1


def test_ids_that_differ_in_case_are_different() -> None:
    acme = organization()

    user(acme, SHORT)
    user(acme, SHORT.lower())

    assert User.objects.count() == 2


def test_the_same_user_twice_is_refused_in_either_spelling() -> None:
    acme = organization()
    user(acme, SHORT)

    with pytest.raises(IntegrityError), transaction.atomic():
        user(acme, to_18(SHORT))


@pytest.mark.parametrize("wrong", ["", "00D", "x" * 17, "00D5g00000Acme!AAA"])
def test_the_database_refuses_what_is_no_id(wrong: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        organization(wrong)


def test_validation_refuses_what_is_no_id() -> None:
    with pytest.raises(ValidationError):
        Organization._meta.get_field("salesforce_id").run_validators("00D")


def test_two_organizations_may_know_the_same_person_apart() -> None:
    acme, globex = organization(), organization("00D5g00000Globx")

    first, second = user(acme), user(globex)

    assert list(acme.users.all()) == [first]
    assert list(globex.users.all()) == [second]


def test_one_calendar_belongs_to_one_user_of_an_organization() -> None:
    acme = organization()
    mailbox(user(acme), graph_user_id="same")

    with pytest.raises(IntegrityError), transaction.atomic():
        mailbox(user(acme, "0055g000000Tomm"), graph_user_id="same")


def test_a_pause_ends_by_itself_or_when_resumed() -> None:
    hanna = user(organization())

    hanna.pause(NOW + timedelta(hours=1))
    assert hanna.is_paused(NOW)
    assert not hanna.is_paused(NOW + timedelta(hours=1))
    hanna.pause()
    assert hanna.is_paused(NOW + timedelta(days=400))
    hanna.resume()
    assert not hanna.is_paused(NOW)


def test_the_widest_pause_is_named() -> None:
    acme = organization()
    sales = Profile.objects.create(organization=acme, name="Sales")
    hanna = user(acme, profile=sales)
    assert hanna.pause_in_force(NOW) is None

    hanna.pause()
    assert hanna.pause_in_force(NOW) == hanna
    sales.pause()
    assert hanna.pause_in_force(NOW) == sales
    acme.pause()
    assert hanna.pause_in_force(NOW) == acme


def test_people_at_work_are_active_and_nobody_paused_them() -> None:
    acme = organization()
    sales = Profile.objects.create(organization=acme, name="Sales")
    hanna = user(acme, profile=sales)
    user(acme, "0055g00000AAAAA", state=User.State.DEACTIVATED)
    user(acme, "0055g00000BBBBB", paused=True)
    over = user(acme, "0055g00000CCCCC", paused=True, paused_until=NOW - timedelta(hours=1))
    assert set(User.objects.at_work(NOW)) == {hanna, over}

    sales.pause()
    sales.save()
    assert set(User.objects.at_work(NOW)) == {over}

    acme.state = Organization.State.SUSPENDED
    acme.save()
    assert not User.objects.at_work(NOW)
