"""Approving the app once, where Salesforce asks for it by opening the frame with GET."""

import pytest
import redis
from django.conf import settings as current
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from linkpoint.accounts.models import Organization, User
from tests.accounts.cast import HANNA, Cast
from tests.accounts.journey import as_user, decide, to_provider, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_address(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://localhost"


def test_approval_leads_to_the_only_organization_and_back(client: Client, cast: Cast) -> None:
    cast.connect_organization()

    page = client.get(decide(to_provider(client, reverse("approve")), **as_user(HANNA)))

    assert "LinkPoint is approved" in words(page)
    assert not User.objects.exists()


def test_approval_asks_which_organization_if_there_are_several(client: Client, cast: Cast) -> None:
    cast.connect_organization()
    Organization.objects.create(
        salesforce_id="00D5g00000Globx", instance_url="https://globex.my.salesforce.com"
    )

    asked = client.get(reverse("approve"))
    assert "Which Salesforce do you use?" in words(asked)


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("acme.my.salesforce.com", 200),
        ("https://acme.my.salesforce.com/lightning/page/home", 200),
        ("https://acme.lightning.force.com/lightning/page/home", 200),
        ("globex.my.salesforce.com", 404),
        ("evil.example", 404),
        ("https://[", 404),
        ("a\x00b", 404),
        ("javascript:alert(1)", 404),
    ],
)
def test_approval_goes_to_a_connected_organization_only(
    client: Client, cast: Cast, address: str, status: int
) -> None:
    cast.connect_organization()

    page = client.get(reverse("approve"), {"domain": address})

    assert page.status_code == status
    assert ("/services/oauth2/authorize?" in page.content.decode()) == (status == 200)


def test_visitor_whom_nobody_knows_puts_nothing_into_redis(client: Client, cast: Cast) -> None:
    cast.connect_organization()

    to_provider(client, reverse("approve"))
    client.get(reverse("connect_callback", args=["salesforce"]), {"state": "x", "code": "y"})

    with redis.Redis.from_url(current.REDIS_URL) as connection:
        assert connection.keys("*connect*") == []


def test_approval_connects_nobody(client: Client, cast: Cast) -> None:
    cast.connect_organization()
    back = decide(to_provider(client, reverse("approve")), **as_user(HANNA))

    assert client.get(back.replace("/salesforce/", "/outlook/")).status_code == 410


def test_approval_of_an_organization_that_is_gone_is_said(client: Client, cast: Cast) -> None:
    cast.connect_organization()
    back = decide(to_provider(client, reverse("approve")), **as_user(HANNA))
    Organization.objects.all().delete()

    page = client.get(back)

    assert page.status_code == 410
    assert "does not work with this organization any more" in words(page)
