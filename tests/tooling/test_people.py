"""That the people of tests are the same in the sandbox and in the database."""

import pytest
from django.conf import settings

from sandbox.server import Sandbox
from tests.people import make_organization, make_person, org_of

pytestmark = pytest.mark.django_db


def test_person_has_the_ids_of_the_sandbox(sandbox: Sandbox) -> None:
    organization = make_organization(sandbox)

    person = make_person(sandbox, organization, name="Hanna Weiss")

    user = org_of(sandbox, organization).user("hanna.weiss@acme.example")
    emulated = sandbox.world.microsoft.known_mailbox(person.address)
    assert user is not None
    assert emulated is not None
    assert (person.mailbox.graph_user_id, person.mailbox.calendar_id) == (
        emulated.id,
        emulated.calendar_id,
    )
    assert user["Id"] == person.user.salesforce_user_id


def test_organizations_and_people_do_not_collide(sandbox: Sandbox) -> None:
    first = make_organization(sandbox)
    second = make_organization(
        sandbox,
        organization_id="00D5g00000Globe",
        my_domain="globex",
        tenant_id="0b8f7f0e-1111-4a55-9a53-0c4b7a1f2e90",
    )

    people = [
        make_person(sandbox, organization, name=name)
        for organization in (first, second)
        for name in ("Hanna Weiss", "Omar Haddad")
    ]

    assert len({(p.user.organization_id, p.user.salesforce_user_id) for p in people}) == 4
    assert len({person.mailbox.graph_user_id for person in people}) == 4
    assert {person.mailbox.organization_id for person in people[2:]} == {second.pk}


def test_rows_alone_need_no_sandbox() -> None:
    person = make_person(None, make_organization())

    assert person.mailbox.user == person.user
    assert len(person.user.salesforce_user_id) == 18


def test_calls_of_the_product_are_led_to_the_sandbox(sandbox: Sandbox) -> None:
    assert settings.LOOPBACK_HOSTS.target("graph.microsoft.com") == sandbox.url


def test_sandbox_of_the_next_test_is_empty(sandbox: Sandbox) -> None:
    assert sandbox.world.microsoft.mailboxes == {}
    assert sandbox.world.salesforce.orgs == {}
