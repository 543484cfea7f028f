"""Credentials are encrypted at rest, and their keys can be changed."""

import json
from io import StringIO
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from linkpoint.accounts.models import Mailbox, Organization, Tenant, User
from tests.accounts.makers import mailbox, organization, user

pytestmark = pytest.mark.django_db

TABLES = ("organization", "user", "tenant", "mailbox")


@pytest.fixture
def everything() -> Organization:
    """Return an organization below which every credential field is filled."""
    acme = organization(jwt_private_key="hush-jwt", token_cache="hush-cache")
    hanna = user(acme, refresh_token="hush-refresh", token_cache="hush-cache")
    mailbox(hanna, token_cache="hush-cache")
    tenant = Tenant.objects.get()
    tenant.certificate, tenant.token_cache = "hush-certificate", "hush-cache"
    tenant.save()
    return acme


def raw() -> str:
    """Return all four tables as the database holds them."""
    text = ""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f'SELECT row_to_json(t)::text FROM "accounts_{table}" t')  # noqa: S608  # names of ours
            text += "".join(row[0] for row in cursor.fetchall())
    return text


def rotate() -> Any:
    """Run the command and return what it printed."""
    output = StringIO()
    call_command("rotate_field_keys", "--json", stdout=output, stderr=StringIO())
    return json.loads(output.getvalue())


def test_the_database_holds_no_credential_in_the_clear(everything: Organization) -> None:
    stored = raw()

    assert "hush" not in stored
    assert stored.count("gAAAA") == 9
    assert Organization.objects.get().consumer_secret == "hush-consumer-secret"


def test_the_same_secret_is_stored_differently_each_time(everything: Organization) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT token_cache FROM accounts_organization")
        first = cursor.fetchone()
        everything.save()
        cursor.execute("SELECT token_cache FROM accounts_organization")
        assert cursor.fetchone() != first


def test_empty_stays_empty() -> None:
    assert organization().jwt_private_key == ""
    assert raw().count("gAAAA") == 1


def test_old_key_is_needed_until_rotation_and_not_after(
    everything: Organization, settings: Settings
) -> None:
    old, new = settings.FIELD_KEYS[0], Fernet.generate_key().decode()
    settings.FIELD_KEYS = [new, old]

    told = rotate()

    settings.FIELD_KEYS = [new]
    assert told["rotated"]["accounts.Organization"] == 1
    assert Organization.objects.get().consumer_secret == "hush-consumer-secret"
    assert User.objects.get().refresh_token == "hush-refresh"
    assert Tenant.objects.get().certificate == "hush-certificate"
    assert Mailbox.objects.get().token_cache == "hush-cache"
    settings.FIELD_KEYS = [old]
    with pytest.raises(ImproperlyConfigured):
        Organization.objects.get()


def test_rotation_without_the_old_key_says_what_is_missing(
    everything: Organization, settings: Settings
) -> None:
    settings.FIELD_KEYS = [Fernet.generate_key().decode()]
    output = StringIO()

    with pytest.raises(CommandError) as failure:
        call_command("rotate_field_keys", "--json", stdout=output)

    assert failure.value.returncode == 1
    assert json.loads(output.getvalue())["error"]["field"] == "FIELD_KEYS"


def test_rotation_leaves_everything_else_alone(everything: Organization) -> None:
    hanna = User.objects.get()
    before = (hanna.username, hanna.salesforce_user_id, hanna.paused)

    rotate()

    hanna.refresh_from_db()
    assert (hanna.username, hanna.salesforce_user_id, hanna.paused) == before
