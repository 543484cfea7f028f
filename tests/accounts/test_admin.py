"""The admin: scoped to one organization, secrets never shown, no inline script or style."""

import re
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from linkpoint.accounts.models import Mailbox, Organization, StaffMember, Tenant, User
from sandbox.faults import Fault
from tests.accounts.makers import mailbox, organization, user

pytestmark = pytest.mark.django_db

MODELS = ("organization", "profile", "user", "tenant", "mailbox", "staffmember")
INLINE = re.compile(
    r"<script(?![^>]*\ssrc=)[^>]*>\s*[^<\s]|<style|\sstyle=|\son[a-z]+=\"|javascript:",
    re.IGNORECASE,
)
STORED = (
    "hush-consumer-secret",
    "hush-client-secret",
    "hush-refresh-token",
    "hush-token-cache",
    "hush-jwt-key",
    "hush-certificate",
)


@pytest.fixture
def acme() -> Organization:
    """Return an organization with a person, a mailbox, and every credential there is."""
    acme = organization(jwt_private_key="hush-jwt-key", token_cache="hush-token-cache")
    hanna = user(acme, refresh_token="hush-refresh-token", token_cache="hush-token-cache")
    box = mailbox(hanna, token_cache="hush-token-cache")
    Tenant.objects.filter(pk=box.tenant_id).update(
        certificate="hush-certificate", token_cache="hush-token-cache"
    )
    return acme


@pytest.fixture
def globex() -> Organization:
    """Return another organization with a person and a mailbox."""
    globex = organization("00D5g00000Globx", name="Globex")
    tom = user(globex, "0055g000000Tomm", username="tom@globex.example", full_name="Tom Globex")
    mailbox(tom, address="tom@globex.example", graph_user_id="graph-tom")
    return globex


@pytest.fixture
def superuser(client: Client) -> Client:
    """Return a browser in which a superuser is signed in."""
    client.force_login(StaffMember.objects.create_superuser("root", password="x"))
    return client


def staff_of(client: Client, of: Organization | None) -> Client:
    """Sign in staff of an organization that may do everything with accounts; return the browser."""
    member = StaffMember.objects.create_user("staff", is_staff=True, organization=of)
    member.user_permissions.set(Permission.objects.filter(content_type__app_label="accounts"))
    client.force_login(member)
    return client


def pages() -> list[str]:
    """Return every list and every form of what stands in the database."""
    found = [reverse(f"admin:accounts_{name}_changelist") for name in MODELS]
    for row in (
        *Organization.objects.all(),
        *User.objects.all(),
        *Tenant.objects.all(),
        *Mailbox.objects.all(),
    ):
        name = row._meta.model_name
        found.append(reverse(f"admin:accounts_{name}_change", args=[row.pk]))
    return found


def read(client: Client, url: str) -> str:
    """Return a page that has to be there."""
    answer: Any = client.get(url)
    assert answer.status_code == 200, url
    return str(answer.content.decode())


def test_no_page_shows_a_secret(superuser: Client, acme: Organization) -> None:
    adds = [reverse(f"admin:accounts_{name}_add") for name in MODELS]

    for url in (*pages(), *adds):
        text = read(superuser, url)
        assert [secret for secret in STORED if secret in text] == [], url
        assert "gAAAA" not in text, url


def test_no_page_has_inline_script_or_style(superuser: Client, acme: Organization) -> None:
    adds = [reverse(f"admin:accounts_{name}_add") for name in MODELS]
    deletes = [reverse("admin:accounts_user_delete", args=[User.objects.get().pk])]
    history = [reverse("admin:accounts_user_history", args=[User.objects.get().pk])]
    others = [reverse("admin:index"), reverse("admin:password_change")]

    for url in (*pages(), *adds, *deletes, *history, *others):
        assert INLINE.findall(read(superuser, url)) == [], url


def test_sign_in_page_works_under_the_strict_policy(client: Client) -> None:
    answer = client.get(reverse("admin:login"))

    assert INLINE.findall(answer.content.decode()) == []
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_staff_see_their_organization_alone(
    client: Client, acme: Organization, globex: Organization
) -> None:
    staff = staff_of(client, acme)

    for name in ("organization", "profile", "user", "tenant", "mailbox"):
        text = read(staff, reverse(f"admin:accounts_{name}_changelist"))
        assert "lobex" not in text, name
    assert "hanna.weiss" in read(staff, reverse("admin:accounts_user_changelist"))


def test_staff_cannot_open_rows_of_another_organization(
    client: Client, acme: Organization, globex: Organization
) -> None:
    staff = staff_of(client, acme)
    foreign = [globex, globex.users.get(), globex.tenants.get(), globex.mailboxes.get()]

    for row in foreign:
        for page in ("change", "delete", "history"):
            url = reverse(f"admin:accounts_{row._meta.model_name}_{page}", args=[row.pk])
            assert staff.get(url).status_code in {302, 403}, url


def test_staff_cannot_relate_rows_of_another_organization(
    client: Client, acme: Organization, globex: Organization
) -> None:
    staff = staff_of(client, acme)
    form = {"organization": globex.pk, "name": "Smuggled"}

    answer = staff.post(reverse("admin:accounts_profile_add"), form)

    assert "Select a valid choice" in answer.content.decode()
    assert not globex.profiles.exists()


def test_staff_actions_leave_other_organizations_alone(
    client: Client, acme: Organization, globex: Organization
) -> None:
    staff = staff_of(client, acme)
    everyone = list(User.objects.values_list("pk", flat=True))

    staff.post(
        reverse("admin:accounts_user_changelist"),
        {"action": "pause", "_selected_action": everyone},
    )

    assert acme.users.get().paused
    assert not globex.users.get().paused


def test_staff_without_an_organization_see_nothing(client: Client, acme: Organization) -> None:
    staff = staff_of(client, None)

    assert "hanna" not in read(staff, reverse("admin:accounts_user_changelist"))
    assert "Acme" not in read(staff, reverse("admin:accounts_organization_changelist"))


@pytest.mark.parametrize(
    "page", ["accounts_staffmember_changelist", "auth_group_changelist", "django_rq_home"]
)
def test_staff_do_not_reach_what_is_for_superusers(
    client: Client, acme: Organization, page: str
) -> None:
    staff = staff_of(client, acme)

    assert staff.get(reverse(f"admin:{page}")).status_code == 403
    assert reverse(f"admin:{page}") not in read(staff, reverse("admin:index"))


def test_every_list_can_be_searched_and_keeps_its_queries_few(
    superuser: Client, acme: Organization, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        user(acme, f"0055g000000A{number:03}", username=f"person{number}@acme.example")

    for name in MODELS:
        url = reverse(f"admin:accounts_{name}_changelist")
        with django_assert_max_num_queries(12):
            read(superuser, f"{url}?q=a")
    accounts = [m for m in admin.site._registry if m._meta.app_label == "accounts"]
    assert all(admin.site._registry[model].search_fields for model in accounts)


def organization_form(acme: Organization, **changes: str) -> dict[str, str]:
    """Return what the form of an organization posts."""
    form = {
        "name": "Acme",
        "instance_url": acme.instance_url,
        "login_url": acme.login_url,
        "consumer_key": acme.consumer_key,
        "consumer_secret": "",
        "jwt_private_key": "",
        "integration_username": "",
        "state": "active",
        "paused_until_0": "",
        "paused_until_1": "",
    }
    return form | changes


def test_a_secret_left_empty_is_kept(superuser: Client, acme: Organization) -> None:
    url = reverse("admin:accounts_organization_change", args=[acme.pk])

    answer = superuser.post(url, organization_form(acme, name="Acme Ltd"))

    acme.refresh_from_db()
    assert answer.status_code == 302
    assert (acme.name, acme.consumer_secret) == ("Acme Ltd", "hush-consumer-secret")
    assert acme.jwt_private_key == "hush-jwt-key"
    assert acme.token_cache == "hush-token-cache"


def test_a_new_secret_replaces_the_old_and_ends_its_tokens(
    superuser: Client, acme: Organization
) -> None:
    url = reverse("admin:accounts_organization_change", args=[acme.pk])

    superuser.post(url, organization_form(acme, consumer_secret="hush-next"))

    acme.refresh_from_db()
    assert acme.consumer_secret == "hush-next"
    assert acme.token_cache == ""
    assert acme.users.get().token_cache == ""


def test_a_refused_form_does_not_repeat_the_secret(superuser: Client, acme: Organization) -> None:
    url = reverse("admin:accounts_organization_change", args=[acme.pk])
    form = organization_form(
        acme,
        consumer_secret="hush-typed",
        jwt_private_key="hush-no-key",
        instance_url="https://acme.example",
    )

    text = superuser.post(url, form).content.decode()

    assert "not the https address of a Salesforce organization" in text
    assert "The private key cannot be read." in text
    assert "hush-" not in text


def test_an_organization_without_a_secret_is_refused(superuser: Client) -> None:
    form = {
        "salesforce_id": "00D5g00000Newww",
        "instance_url": "https://new.my.salesforce.com",
        "login_url": "https://login.salesforce.com",
        "consumer_key": "k",
        "state": "active",
    }

    text = superuser.post(reverse("admin:accounts_organization_add"), form).content.decode()

    assert "This field is required" in text
    assert not Organization.objects.exists()


def test_actions_pause_resume_and_revoke(superuser: Client, acme: Organization) -> None:
    hanna = acme.users.get()

    def after(name: str, model: str = "user", pk: int = hanna.pk) -> User:
        form = {"action": name, "_selected_action": [pk]}
        superuser.post(reverse(f"admin:accounts_{model}_changelist"), form)
        return User.objects.get()

    assert after("pause").paused
    assert not after("resume").paused
    assert after("deactivate").state == User.State.DEACTIVATED
    after("revoke_outlook", "mailbox", hanna.mailbox.pk)
    box = Mailbox.objects.get()
    assert (box.state, box.token_cache) == (Mailbox.State.SUSPENDED, "")


def test_dashboard_of_queues_works_for_superusers_without_unsafe_inline(superuser: Client) -> None:
    answer = superuser.get("/admin/rq/", follow=True)

    assert answer.status_code == 200
    assert "interactive" in answer.content.decode()
    assert INLINE.search(answer.content.decode())  # the package's own block, allowed by its hash
    policy = answer["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert policy.count("sha256-") >= 3


def test_a_tenant_needs_a_secret_or_a_certificate(superuser: Client, acme: Organization) -> None:
    tenant = acme.tenants.get()
    url = reverse("admin:accounts_tenant_change", args=[tenant.pk])
    form = {"organization": acme.pk, "tenant_id": "t", "client_id": "c", "cloud": "global"}

    superuser.post(url, {**form, "client_secret": "", "certificate": ""})

    tenant.refresh_from_db()
    assert (tenant.tenant_id, tenant.client_secret) == ("t", "hush-client-secret")
    assert tenant.token_cache == ""
    new = superuser.post(reverse("admin:accounts_tenant_add"), form).content.decode()
    assert "Enter a client secret or a certificate." in new


def test_a_mailbox_stays_within_its_organization(
    superuser: Client, acme: Organization, globex: Organization
) -> None:
    box = acme.mailboxes.get()
    form = {
        "organization": acme.pk,
        "user": globex.users.get().pk,
        "tenant": globex.tenants.get().pk,
        "access": "app",
        "address": box.address,
        "graph_user_id": box.graph_user_id,
        "calendar_id": box.calendar_id,
        "time_zone": "Europe/Berlin",
        "state": "active",
    }

    answer = superuser.post(reverse("admin:accounts_mailbox_change", args=[box.pk]), form)

    assert answer.content.decode().count("This belongs to another organization.") == 2


def test_revoking_says_when_salesforce_did_not_confirm(
    superuser: Client, acme: Organization, sandbox: Any
) -> None:
    sandbox.world.faults.add(Fault(path="/revoke", status=503, times=-1))
    form = {"action": "revoke_salesforce", "_selected_action": [acme.users.get().pk]}

    page = superuser.post(reverse("admin:accounts_user_changelist"), form, follow=True)

    hanna = acme.users.get()
    assert (hanna.refresh_token, hanna.token_cache) == ("", "")
    assert "Salesforce did not confirm" in page.content.decode()


def test_access_can_be_switched_on_again(superuser: Client, acme: Organization) -> None:
    User.objects.update(state=User.State.DEACTIVATED)
    form = {"action": "activate", "_selected_action": [acme.users.get().pk]}

    superuser.post(reverse("admin:accounts_user_changelist"), form)

    assert acme.users.get().state == User.State.ACTIVE
