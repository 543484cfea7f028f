"""What the forms of the admin refuse: rows across organizations, and names that no service would know."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linkpoint.accounts.models import Organization, Profile, StaffMember, Tenant
from tests.people import Person, make_organization, make_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def person() -> Person:
    """Return someone of Acme."""
    return make_person(None, make_organization())


@pytest.fixture
def other() -> Organization:
    """Return another organization."""
    return make_organization(organization_id="00D5g00000Other", my_domain="other")


@pytest.fixture
def superuser(client: Client) -> Client:
    """Return a browser in which a superuser is signed in."""
    client.force_login(StaffMember.objects.create_superuser("root", password="hush-password"))
    return client


def _user_form(person: Person, **fields: Any) -> dict[str, Any]:
    user = person.user
    return {
        "organization": user.organization_id, "salesforce_user_id": user.salesforce_user_id,
        "username": user.username, "full_name": user.full_name, "email": user.email,
        "profile": "", "locale": "de_DE", "language": "en_US", "time_zone": "Europe/Berlin",
        "state": "active", "paused_until_0": "", "paused_until_1": "", **fields,
    }  # fmt: skip


def _change(row: Any) -> str:
    return reverse(f"admin:accounts_{row._meta.model_name}_change", args=[row.pk])


def test_user_cannot_have_a_profile_of_another_organization(
    superuser: Client, person: Person, other: Organization
) -> None:
    profile = Profile.objects.create(organization=other, name="Sales")

    page = superuser.post(_change(person.user), _user_form(person, profile=profile.pk))

    assert "This belongs to another organization." in page.content.decode()
    person.user.refresh_from_db()
    assert person.user.profile is None


def test_no_row_moves_into_another_organization(
    superuser: Client, person: Person, other: Organization
) -> None:
    profile = Profile.objects.create(organization=person.user.organization, name="Sales")
    tenant = Tenant.objects.get(organization=person.user.organization)
    forms: list[tuple[Any, dict[str, Any]]] = [
        (person.user, _user_form(person)),
        (profile, {"name": "Sales", "paused_until_0": "", "paused_until_1": ""}),
        (tenant, {"tenant_id": tenant.tenant_id, "client_id": "c", "cloud": "global"}),
    ]
    for row, form in forms:
        answer = superuser.post(_change(row), {**form, "organization": other.pk})
        row.refresh_from_db()
        assert (answer.status_code, row.organization) == (302, person.user.organization), row


@pytest.mark.parametrize("tenant_id", ["common", "Organizations", "common/.", "x?y", "..", "a b"])
def test_tenant_has_to_be_one(superuser: Client, person: Person, tenant_id: str) -> None:
    tenant = Tenant.objects.get()
    form = {"tenant_id": tenant_id, "client_id": "c", "cloud": "global"}

    page = superuser.post(_change(tenant), form).content.decode()

    assert "This names no tenant." in page
    assert (
        "no application id"
        in superuser.post(_change(tenant), {**form, "client_id": "c/../d"}).content.decode()
    )


def test_time_zone_has_to_be_known(superuser: Client, person: Person) -> None:
    page = superuser.post(_change(person.user), _user_form(person, time_zone="../etc/passwd"))
    assert "There is no such time zone." in page.content.decode()

    box = person.mailbox
    form = {
        "user": box.user_id, "tenant": box.tenant_id, "access": "app", "address": box.address,
        "graph_user_id": box.graph_user_id, "calendar_id": box.calendar_id,
        "time_zone": "Berlin", "state": "active",
    }  # fmt: skip
    assert "There is no such time zone." in superuser.post(_change(box), form).content.decode()
    superuser.post(_change(box), {**form, "time_zone": "W. Europe Standard Time"})
    box.refresh_from_db()
    assert box.time_zone == "Europe/Berlin"


def test_password_of_staff_has_to_be_a_good_one(superuser: Client) -> None:
    form = {
        "username": "new",
        "usable_password": "true",
        "password1": "12345",
        "password2": "12345",
    }

    page = superuser.post(reverse("admin:accounts_staffmember_add"), form).content.decode()

    assert "too short" in page
    assert not StaffMember.objects.filter(username="new").exists()
