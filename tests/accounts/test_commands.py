"""Operator commands: what they print, what they leave with, and that nothing is half done."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from linkpoint.accounts.checks import Check
from linkpoint.accounts.commands import check_lines, table
from linkpoint.accounts.models import Mailbox, Organization, Profile, Tenant, User
from tests.accounts.cast import CLIENT, HANNA, ORGANIZATION, TENANT, TOM, Cast, run

pytestmark = pytest.mark.django_db


def named(document: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the check whose name begins like this."""
    return next(check for check in document["checks"] if check["name"].startswith(name))


def test_connect_organization_saves_and_says_what_is_not_tested_yet(cast: Cast) -> None:
    told = cast.connect_organization()

    assert told["status"] == 0
    assert told["organization"]["id"] == ORGANIZATION
    assert told["organization"]["instance_url"] == "https://acme.my.salesforce.com"
    assert [check["ok"] for check in told["checks"]] == [None]
    assert set(told["checks"][0]) == {"name", "ok", "detail", "next"}
    assert Organization.objects.get().login_url == "https://login.salesforce.com"


def test_connect_organization_tests_with_the_integration_user(cast: Cast) -> None:
    told = cast.connect_organization("--integration-username", HANNA)

    assert told["organization"]["name"] == "Acme"
    assert all(check["ok"] for check in told["checks"])
    assert Organization.objects.get().has_key_field


def test_connect_organization_says_that_the_key_field_is_missing(cast: Cast) -> None:
    cast.org.remove_key_field()

    told = cast.connect_organization("--integration-username", HANNA)

    field = named(told, "Field LinkPoint_Key__c")
    assert told["status"] == 0
    assert field["ok"] is False
    assert "Text(80), External ID, Unique and case-sensitive" in field["next"]
    assert not Organization.objects.get().has_key_field


def test_connect_organization_again_changes_it_and_keeps_what_is_not_said(cast: Cast) -> None:
    cast.connect_organization("--integration-username", HANNA)
    Organization.objects.update(state=Organization.State.SUSPENDED)

    run(
        *("connect_organization", "--organization", ORGANIZATION[:15]),
        *("--instance-url", "https://acme.my.salesforce.com/lightning/"),
        *("--consumer-key", "acme-consumer-key", "--consumer-secret-env", "ACME_SECRET"),
    )

    organization = Organization.objects.get()
    assert organization.state == Organization.State.ACTIVE
    assert organization.integration_username == HANNA
    assert organization.jwt_private_key


def test_connect_organization_takes_a_sandbox_to_its_sign_in(cast: Cast) -> None:
    cast.connect_organization("--sandbox")

    organization = Organization.objects.get()
    assert (organization.is_sandbox, organization.login_url) == (
        True,
        "https://test.salesforce.com",
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"--organization": "00D"}, "organization"),
        ({"--organization": "005000000000001AAA"}, "organization"),
        ({"--instance-url": "http://acme.my.salesforce.com"}, "instance_url"),
        ({"--instance-url": "https://acme.lightning.force.com"}, "instance_url"),
        ({"--instance-url": "https://acme.my.salesforce.com.evil.example"}, "instance_url"),
        ({"--instance-url": "https://user:pw@acme.my.salesforce.com"}, "instance_url"),
        ({"--instance-url": "https://[::1"}, "instance_url"),
        ({"--login-url": "https://login.example"}, "login_url"),
        ({"--consumer-secret-env": "NOT_SET"}, "consumer_secret_env"),
        ({"--jwt-key-file": "/nowhere/key.pem"}, "jwt_key_file"),
        ({"--jwt-key-file": "/dev/null"}, "jwt_key_file"),
        ({"--integration-username": "nobody@acme.example"}, "integration_username"),
        ({"--consumer-key": "unknown", "--integration-username": HANNA}, "consumer_key"),
    ],
)
def test_connect_organization_names_the_wrong_argument_and_saves_nothing(
    cast: Cast, changes: dict[str, str], field: str
) -> None:
    arguments = {
        "--organization": ORGANIZATION,
        "--instance-url": "https://acme.my.salesforce.com",
        "--consumer-key": "acme-consumer-key",
        "--consumer-secret-env": "ACME_SECRET",
        "--jwt-key-file": str(cast.key_file),
        **changes,
    }

    told = run("connect_organization", *(part for pair in arguments.items() for part in pair))

    assert told["status"] == 1
    assert told["error"]["field"] == field
    assert told["error"]["message"]
    assert told["error"]["next"]
    assert not Organization.objects.exists()


def test_connect_organization_refuses_a_key_that_is_not_rsa(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "broken.pem"
    file.write_text("-----BEGIN PRIVATE KEY-----\nbm8=\n-----END PRIVATE KEY-----\n")

    told = cast.connect_organization("--jwt-key-file", str(file))

    assert told["error"]["field"] == "jwt_key_file"
    assert "bm8" not in json.dumps(told)


def test_connect_tenant_proves_the_sign_in(cast: Cast) -> None:
    cast.connect_organization()

    told = cast.connect_tenant()

    assert (told["status"], told["tenant"]) == (0, {"id": TENANT})
    assert named(told, "Sign-in to Microsoft")["ok"] is True
    assert Tenant.objects.get().token_cache


def test_connect_tenant_with_a_wrong_secret_saves_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.connect_organization()
    monkeypatch.setenv("TENANT_SECRET", "hush-wrong")

    told = cast.connect_tenant()

    assert told["status"] == 1
    assert told["error"]["field"] == "client_secret_env"
    assert told["error"]["type"] == "needs_person"
    assert "hush" not in json.dumps(told)
    assert not Tenant.objects.exists()


def test_connect_tenant_with_a_wrong_secret_keeps_the_right_one(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast.connect()
    monkeypatch.setenv("TENANT_SECRET", "hush-wrong")

    cast.connect_tenant()

    assert Tenant.objects.get().client_secret == "hush-client-secret"


@pytest.mark.parametrize("tenant", ["common", "organizations", "not a tenant", "-"])
def test_connect_tenant_needs_one_tenant(cast: Cast, tenant: str) -> None:
    cast.connect_organization()

    told = cast.connect_tenant("--client-secret-env", "TENANT_SECRET", "--tenant", tenant)

    assert told["error"]["field"] == "tenant"


def test_connect_tenant_needs_a_connected_organization(cast: Cast) -> None:
    told = cast.connect_tenant()

    assert (told["status"], told["error"]["field"]) == (1, "organization")


def test_connect_tenant_brings_mailboxes_back_after_consent(cast: Cast) -> None:
    cast.connect()
    Mailbox.objects.update(state=Mailbox.State.NEEDS_REAUTH, problem="Consent was withdrawn.")

    told = cast.connect_tenant()

    mailbox = Mailbox.objects.get()
    assert (mailbox.state, mailbox.problem) == (Mailbox.State.ACTIVE, "")
    assert named(told, "Read the calendar")["ok"] is True


def test_add_user_finds_everything_live(cast: Cast) -> None:
    cast.connect_organization()
    cast.connect_tenant()

    told = cast.add_user()

    user = User.objects.get()
    assert told["status"] == 0
    assert told["user"] == {
        "id": user.pk,
        "username": HANNA,
        "salesforce_user_id": cast.id_of(HANNA),
        "mailbox": {
            "id": user.mailbox.pk,
            "address": HANNA,
            "calendar_id": user.mailbox.calendar_id,
            "time_zone": "Europe/Berlin",
        },
    }
    assert all(check["ok"] for check in told["checks"])
    assert (user.full_name, user.email, user.time_zone) == ("Hanna Weiss", HANNA, "Europe/Berlin")
    assert user.organization.name == "Acme"
    assert user.organization.has_key_field


def test_add_user_again_changes_calendar_and_profile(cast: Cast) -> None:
    cast.connect()
    wanted = cast.microsoft.add_calendar(HANNA, "Customer visits")

    told = cast.add_user(HANNA, HANNA, "--calendar", "customer visits", "--profile", "Sales DACH")

    assert told["user"]["mailbox"]["calendar_id"] == wanted
    user = User.objects.get()
    assert user.profile == Profile.objects.get(name="Sales DACH")
    assert user.mailbox.calendar_name == "Customer visits"


def test_add_user_takes_a_calendar_by_id(cast: Cast) -> None:
    cast.connect()
    wanted = cast.microsoft.add_calendar(HANNA, "Customer visits")

    assert cast.add_user(HANNA, HANNA, "--calendar", wanted)["status"] == 0
    assert Mailbox.objects.get().calendar_id == wanted


@pytest.mark.parametrize(
    ("username", "mailbox", "more", "field"),
    [
        ("nobody@acme.example", HANNA, (), "salesforce_username"),
        ("'; DROP--", HANNA, (), "salesforce_username"),
        (HANNA, "nobody@acme.example", (), "mailbox"),
        (HANNA, "no address", (), "mailbox"),
        (HANNA, HANNA, ("--calendar", "Nowhere"), "calendar"),
    ],
)
def test_add_user_names_the_wrong_argument_and_saves_nothing(
    cast: Cast, username: str, mailbox: str, more: tuple[str, ...], field: str
) -> None:
    cast.connect_organization()
    cast.connect_tenant()

    told = cast.add_user(username, mailbox, *more)

    assert (told["status"], told["error"]["field"]) == (1, field)
    assert told["error"]["next"]
    assert not User.objects.exists()
    assert not Mailbox.objects.exists()


def test_add_user_refuses_a_calendar_that_someone_else_has(cast: Cast) -> None:
    cast.connect()

    told = cast.add_user(TOM, HANNA)

    assert told["error"]["field"] == "mailbox"
    assert "already" in told["error"]["message"]
    assert not User.objects.filter(username=TOM).exists()


def test_add_user_refuses_someone_who_cannot_sign_in(cast: Cast) -> None:
    cast.connect_organization("--integration-username", TOM)
    cast.connect_tenant()
    cast.org.update("User", cast.id_of(HANNA), {"IsActive": False})

    told = cast.add_user()

    assert told["error"]["field"] == "salesforce_username"
    assert "locked" in told["error"]["message"]


def test_add_user_lists_the_calendars_to_choose_from(cast: Cast) -> None:
    cast.connect()
    cast.microsoft.add_calendar(HANNA, "Customer visits")

    told = cast.add_user(HANNA, HANNA, "--calendar", "Nowhere")

    assert '"Calendar", "Customer visits"' in told["error"]["next"]


def test_commands_print_a_table_without_json(
    cast: Cast, capsys: pytest.CaptureFixture[str]
) -> None:
    cast.connect_organization()

    call_command(
        *("connect_tenant", "--organization", ORGANIZATION, "--tenant", TENANT),
        *("--client-id", CLIENT, "--client-secret-env", "TENANT_SECRET"),
    )

    printed = capsys.readouterr().out
    assert f"Connected tenant {TENANT}." in printed
    assert "ok      Sign-in to Microsoft: by the app itself" in printed


def test_wrong_usage_leaves_with_2_and_says_so_as_json() -> None:
    ran = subprocess.run(
        [sys.executable, "manage.py", "connect_tenant", "--organization", "x", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 2
    assert json.loads(ran.stdout)["error"]["type"] == "usage"
    assert "--tenant" in ran.stderr


def test_failure_leaves_with_1_and_prints_one_document_on_standard_output() -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "manage.py", "connect_tenant", "--organization", "x", "--tenant"),
            *("y", "--client-id", "z", "--client-secret-env", "NOT_SET", "--json"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 1
    assert json.loads(ran.stdout)["error"]["field"] == "organization"
    assert "--organization: This is no organization id" in ran.stderr


def test_table_is_as_wide_as_its_widest_cell() -> None:
    assert table(("a", "bb"), [("long", 1), ("x", 22)]) == ["a     bb", "long  1", "x     22"]


def test_check_lines_say_what_to_do() -> None:
    checks = [
        Check("A", ok=True, detail="0.1 s"),
        Check("B", ok=False, detail="no", next="Do it."),
        Check("C", ok=None, detail="not tested"),
    ]

    assert check_lines(checks) == [
        "ok      A: 0.1 s",
        "FAILED  B: no",
        "        Do it.",
        "-       C: not tested",
    ]
