"""Cookies over https, with and without a known address."""

import pytest
from django.test import Client
from django.urls import reverse

from linkpoint.accounts.models import StaffMember

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("secure", [True, False])
def test_cookies_are_secure_where_the_connection_is(secure: bool) -> None:
    StaffMember.objects.create_superuser("root", password="hush-password")
    client = Client()

    client.get(reverse("admin:login"), secure=secure)
    form = {"username": "root", "password": "hush-password", "next": "/admin/"}
    client.post(reverse("admin:login"), form, secure=secure)

    flags = {name: bool(cookie["secure"]) for name, cookie in client.cookies.items()}
    assert flags == {"csrftoken": secure, "sessionid": secure}
    assert all(cookie["samesite"] == "Lax" for cookie in client.cookies.values())
    assert client.cookies["sessionid"]["httponly"]
