"""The administration of links, runs, readings and settings."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from linkpoint.accounts.models import Organization, StaffMember
from sync.models import (
    Conflict,
    Inbox,
    Intent,
    Lease,
    Link,
    MailboxState,
    OutlookSeen,
    PolicyValue,
    Run,
    SalesforceSeen,
    Subscription,
)
from tests.people import Person, make_organization, make_person
from tests.web.makers import at, link, read_once, seen, text, today

pytestmark = pytest.mark.django_db
OURS = [model for model in admin.site._registry if model._meta.app_label == "sync"]
HISTORY = [model for model in OURS if model is not PolicyValue]


def _filled(organization: Organization, word: str) -> Person:
    """Return a person with one row of each kind, all with ``word`` in them."""
    person = make_person(None, organization, name=f"{word} Weiss")
    read_once(person.mailbox)
    row = seen(person.mailbox, at(today(), 10), at(today(), 11), subject=word)
    seen(person.mailbox, at(today(), 12), at(today(), 13), subject="hush", sensitivity="private")
    run = Run.objects.create(mailbox=person.mailbox, kind="sync", mode="snaprecord", error=word)
    made = link(row, problem=word)
    Intent.objects.create(link=made, run=run, epoch=1, op="create", payload=row.fields, reason=word)
    Conflict.objects.create(link=made, field="subject", losing_side="salesforce", reason=word)
    Inbox.objects.create(mailbox=person.mailbox, kind="change")
    Lease.objects.create(mailbox=person.mailbox)
    soon = timezone.now() + timedelta(days=1)
    Subscription.objects.create(
        mailbox=person.mailbox, subscription_id=f"sub-{word}", client_state="hush-client-state",
        expires_at=soon, renew_at=soon,
    )  # fmt: skip
    SalesforceSeen.objects.create(
        organization=organization, salesforce_id=made.salesforce_id or "", modstamp=soon,
        read_at=soon, fields=row.fields,
    )  # fmt: skip
    PolicyValue.objects.create(
        organization=organization, level="user", user=person.user, name="past_days", value=14
    )
    return person


def _staff(organization: Organization | None, *, superuser: bool = False) -> StaffMember:
    member = StaffMember.objects.create_user(
        "staff", password="hush-password", is_staff=True, is_superuser=superuser
    )
    member.organization = organization
    member.user_permissions.set(Permission.objects.all())
    member.save()
    return member


def _list(model: Any) -> str:
    return reverse(f"admin:sync_{model._meta.model_name}_changelist")


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_lists_and_pages_open_and_can_be_searched(client: Client, model: Any) -> None:
    _filled(make_organization(), "Acmeword")
    client.force_login(_staff(None, superuser=True))
    assert client.get(_list(model)).status_code == 200
    assert client.get(_list(model), {"q": "Acmeword"}).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        page = client.get(reverse(f"admin:sync_{model._meta.model_name}_change", args=[row.pk]))
        assert page.status_code == 200
        assert "hush" not in text(page)


@pytest.mark.parametrize("model", OURS, ids=lambda model: model.__name__)
def test_staff_see_their_organization_and_no_other(client: Client, model: Any) -> None:
    mine = make_organization()
    _filled(mine, "Ourword")
    _filled(make_organization(organization_id="00D5g00000Other", my_domain="other"), "Theirword")
    client.force_login(_staff(mine))
    page = text(client.get(_list(model)))
    assert "Theirword" not in page
    assert "theirword" not in page
    for row in model._default_manager.all():
        address = reverse(f"admin:sync_{model._meta.model_name}_change", args=[row.pk])
        answer = client.get(address)
        assert answer.status_code in (200, 302)
        assert "Theirword" not in text(answer)


@pytest.mark.parametrize("model", HISTORY, ids=lambda model: model.__name__)
def test_history_cannot_be_changed(client: Client, model: Any) -> None:
    _filled(make_organization(), "Acmeword")
    client.force_login(_staff(None, superuser=True))
    name = model._meta.model_name
    row = model._default_manager.first()
    assert client.get(reverse(f"admin:sync_{name}_add")).status_code == 403
    if row is not None:
        assert client.post(reverse(f"admin:sync_{name}_delete", args=[row.pk])).status_code == 403
        assert client.post(reverse(f"admin:sync_{name}_change", args=[row.pk])).status_code == 403


def test_lists_ask_few_queries(client: Client, django_assert_max_num_queries: Any) -> None:
    person = _filled(make_organization(), "Acmeword")
    for hour in range(24):
        link(seen(person.mailbox, at(today(), hour), at(today(), hour, 30)))
    client.force_login(_staff(None, superuser=True))
    for model in (Link, OutlookSeen, MailboxState, Run):
        with django_assert_max_num_queries(10):
            client.get(_list(model))


def test_private_texts_are_shown_nowhere(client: Client) -> None:
    person = make_person(None, make_organization())
    row = seen(person.mailbox, at(today(), 10), at(today(), 11))
    row.fields = {**row.fields, "subject": "Therapy", "sensitivity": "private"}
    row.is_private = True
    row.save()
    made = link(row)
    Intent.objects.create(link=made, epoch=1, op="update", payload={"subject": "Therapy"})
    Conflict.objects.create(
        link=made, field="subject", losing_side="salesforce", reason="x",
        losing_value={"subject": "Therapy"},
    )  # fmt: skip
    client.force_login(_staff(None, superuser=True))
    for model in (OutlookSeen, Link, Intent, Conflict):
        assert "Therapy" not in text(client.get(_list(model)))
        one = model._default_manager.get()
        page = client.get(reverse(f"admin:sync_{model._meta.model_name}_change", args=[one.pk]))
        assert "Therapy" not in text(page)


def _policy_form(organization: Organization, **fields: Any) -> dict[str, Any]:
    return {
        "organization": organization.pk, "level": "organization", "profile": "", "user": "",
        "name": "past_days", "word": "14", "state": "default", **fields,
    }  # fmt: skip


def test_a_setting_is_stored_and_locked(client: Client) -> None:
    organization = make_organization()
    client.force_login(_staff(organization))
    answer = client.post(
        reverse("admin:sync_policyvalue_add"), _policy_form(organization, state="locked")
    )
    assert answer.status_code == 302, text(answer)
    row = PolicyValue.objects.get()
    assert (row.name, row.value, row.state) == ("past_days", 14, "locked")


def test_a_setting_is_changed_where_it_is_set(client: Client) -> None:
    organization = make_organization()
    row = PolicyValue.objects.create(
        organization=organization, level="organization", name="past_days", value=14
    )
    client.force_login(_staff(organization))
    address = reverse("admin:sync_policyvalue_change", args=[row.pk])
    answer = client.post(address, {"word": "30", "state": "default"})
    assert answer.status_code == 302, text(answer)
    row.refresh_from_db()
    assert row.value == 30
    assert "choose one of" in text(client.post(address, {"word": "31", "state": "default"}))


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"word": "15"}, "choose one of"),
        ({"word": "many"}, "whole number"),
        ({"level": "user"}, "Name the user."),
        ({"level": "profile"}, "Name the profile."),
        ({"name": "show_as", "word": '["purple"]'}, "purple is unknown"),
    ],
)
def test_a_setting_that_does_not_fit_is_refused_by_name(
    client: Client, fields: dict[str, str], message: str
) -> None:
    organization = make_organization()
    client.force_login(_staff(organization))
    answer = client.post(
        reverse("admin:sync_policyvalue_add"), _policy_form(organization, **fields)
    )
    assert answer.status_code == 200
    assert message in text(answer)
    assert PolicyValue.objects.count() == 0


def test_staff_cannot_set_rules_of_another_organization(client: Client) -> None:
    other = make_organization(organization_id="00D5g00000Other", my_domain="other")
    client.force_login(_staff(make_organization()))
    answer = client.post(reverse("admin:sync_policyvalue_add"), _policy_form(other))
    assert answer.status_code == 200
    assert PolicyValue.objects.count() == 0


def test_a_deleted_setting_leaves_what_is_shipped(client: Client) -> None:
    person = make_person(None, make_organization())
    row = PolicyValue.objects.create(
        organization=person.user.organization, level="user", user=person.user,
        name="private", value="full_and_private",
    )  # fmt: skip
    client.force_login(_staff(None, superuser=True))
    client.post(reverse("admin:sync_policyvalue_delete", args=[row.pk]), {"post": "yes"})
    assert PolicyValue.objects.count() == 0
    assert PolicyValue.objects.all().policy_of(person.user).text("private") == "skip"


def test_reading_everything_again_keeps_every_row(client: Client) -> None:
    person = _filled(make_organization(), "Acmeword")
    MailboxState.objects.update(delta_link="https://graph.microsoft.com/x")
    client.force_login(_staff(None, superuser=True))
    client.post(
        _list(MailboxState), {"action": "read_again", "_selected_action": [person.mailbox.pk]}
    )
    state = MailboxState.objects.get()
    assert (state.delta_link, state.window_start) == ("", None)
    assert OutlookSeen.objects.count() == 2


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (OutlookSeen, "fields__subject__startswith"),
        (OutlookSeen, "facts__organizer__icontains"),
        (SalesforceSeen, "fields__description__contains"),
        (Link, "base_outlook__subject__startswith"),
        (Intent, "payload__subject__startswith"),
        (Conflict, "losing_value__subject__startswith"),
        (Subscription, "client_state__startswith"),
        (MailboxState, "delta_link__contains"),
    ],
)
def test_no_filter_in_an_address_tells_what_pages_hide(
    client: Client, model: Any, lookup: str
) -> None:
    client.force_login(_staff(None, superuser=True))
    assert client.get(_list(model), {lookup: "T"}).status_code == 400
