"""Live tests of the connections: what works, what does not, and what to do then."""

from typing import Any

import pytest

from linkpoint.accounts.checks import check_outlook, check_salesforce, key_field, works
from linkpoint.accounts.connections import salesforce_client
from linkpoint.accounts.findings import keep_outlook, keep_salesforce
from linkpoint.accounts.models import Mailbox, Organization, Tenant, User
from sandbox.faults import Fault
from tests.accounts.cast import HANNA, Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def hanna(cast: Cast) -> User:
    """Return Hanna, connected on both sides."""
    cast.connect()
    return fresh()


def fresh() -> User:
    """Return Hanna as the database has her."""
    return User.objects.select_related("organization", "mailbox__tenant").get(username=HANNA)


def test_everything_works(hanna: User) -> None:
    assert [check.ok for check in check_salesforce(hanna)] == [True] * 5
    assert [check.ok for check in check_outlook(hanna.mailbox)] == [True] * 4


def test_a_test_writes_nothing(hanna: User, cast: Cast) -> None:
    before = (cast.org.writes, cast.microsoft.writes)

    check_salesforce(hanna)
    check_outlook(hanna.mailbox)

    assert (cast.org.writes, cast.microsoft.writes) == before


def test_withdrawn_approval_is_named_and_the_rest_is_not_tried(hanna: User, cast: Cast) -> None:
    cast.sandbox.world.salesforce.switches.set("jwt_preauthorized", value=False)
    cast.org.end_sessions()

    checks = check_salesforce(hanna)

    assert [check.ok for check in checks] == [False, None, None, None, None]
    assert "not approved for this user" in checks[0].detail
    assert "pre-authorizes the connected app" in checks[0].next
    keep_salesforce(hanna, checks)
    assert "not approved" in fresh().salesforce_problem
    assert fresh().organization.has_key_field


def test_a_renewed_session_is_no_problem(hanna: User, cast: Cast) -> None:
    cast.org.end_sessions()

    assert works(check_salesforce(hanna))


@pytest.mark.parametrize("exists", [True, False])
def test_key_field_is_remembered_for_the_organization(
    hanna: User, cast: Cast, exists: bool
) -> None:
    Organization.objects.update(has_key_field=not exists)
    hanna = fresh()
    if not exists:
        cast.org.remove_key_field()

    keep_salesforce(hanna, check_salesforce(hanna))

    assert fresh().organization.has_key_field is exists


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"unique": False}, "it is not unique"),
        ({"caseSensitive": False}, "it is not case-sensitive"),
        ({"externalId": False}, "it is not an external id"),
        ({"length": 40}, "it holds fewer than 80 characters"),
        ({"updateable": False}, "this user may not write it"),
        ({"type": "picklist", "unique": False}, "it is not a text field; it is not unique"),
    ],
)
def test_key_field_says_what_is_wrong_with_it(
    hanna: User, wrong: dict[str, Any], said: str
) -> None:
    client = salesforce_client(hanna)
    field = client.field("Event", "LinkPoint_Key__c")
    assert field is not None
    field.update(wrong)

    check = key_field(client)

    assert (check.ok, check.detail) == (False, said)


def test_few_calls_left_is_a_failed_test(hanna: User, cast: Cast) -> None:
    cast.sandbox.world.salesforce.switches.set("api_used", value=90_000)

    check = check_salesforce(hanna)[4]

    assert check.ok is False
    assert check.detail == "9 %"
    assert "Recording still works" in check.next


def test_a_new_secret_at_microsoft_is_named_for_the_administrator(hanna: User) -> None:
    Tenant.objects.update(client_secret="hush-old", token_cache="")
    mailbox = fresh().mailbox

    checks = check_outlook(mailbox)
    keep_outlook(mailbox, checks)

    assert [check.ok for check in checks] == [False, None, None, None]
    assert "client secret" in checks[0].detail
    mailbox.refresh_from_db()
    assert mailbox.state == Mailbox.State.NEEDS_REAUTH
    assert "client secret" in mailbox.problem
    assert mailbox.problem_at is not None


def test_a_mailbox_that_works_again_is_active(hanna: User) -> None:
    Mailbox.objects.update(state=Mailbox.State.NEEDS_REAUTH, problem="Broken.")
    mailbox = fresh().mailbox

    keep_outlook(mailbox, check_outlook(mailbox))

    mailbox.refresh_from_db()
    assert (mailbox.state, mailbox.problem, mailbox.problem_at) == ("active", "", None)


def test_a_disconnected_mailbox_is_not_connected_by_a_test(hanna: User) -> None:
    Mailbox.objects.update(state=Mailbox.State.SUSPENDED)
    mailbox = fresh().mailbox

    keep_outlook(mailbox, check_outlook(mailbox))

    assert mailbox.state == Mailbox.State.SUSPENDED


def test_a_calendar_that_is_gone_is_named(hanna: User) -> None:
    Mailbox.objects.update(calendar_id="AAgone")

    checks = check_outlook(fresh().mailbox)

    assert (
        checks[1].detail
        == "The chosen calendar is no longer there. Nothing was deleted in Salesforce."
    )
    assert checks[1].next == "Choose another calendar."


def test_a_busy_service_breaks_nothing(hanna: User, cast: Cast) -> None:
    cast.sandbox.world.faults.add(Fault(path="/v1.0/", status=503, times=-1))
    mailbox = hanna.mailbox

    checks = check_outlook(mailbox)
    keep_outlook(mailbox, checks)

    assert [check.ok for check in checks] == [True, False, None, None]
    assert checks[1].next == "Try again in a minute."
    assert mailbox.state == Mailbox.State.ACTIVE
    assert mailbox.problem == ""
