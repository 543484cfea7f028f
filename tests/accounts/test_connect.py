"""Connecting one's own Outlook and Salesforce: out of the frame, to the provider, back, and confirmed."""

import re

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from linkpoint.accounts.connect.views_window import COOKIE
from linkpoint.accounts.models import Mailbox, Organization, User
from linkpoint.salesforce.canvas import to_18
from sandbox.faults import Fault
from tests.accounts.cast import HANNA, TOM, Cast
from tests.accounts.journey import (
    as_mailbox,
    as_user,
    decide,
    form_of,
    in_frame,
    ticket_url,
    to_provider,
    words,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_address(settings: Settings) -> None:
    settings.PUBLIC_URL = "http://localhost"


@pytest.fixture
def connected(cast: Cast) -> Cast:
    """Return the cast with Hanna connected by her administrator."""
    cast.connect()
    return cast


def test_outlook_is_connected_after_the_person_confirms(newcomer: User, cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    url = to_provider(client, ticket_url(client, newcomer, "outlook"))
    assert url.startswith(cast.sandbox.url)

    page = client.get(decide(url, **as_mailbox(HANNA)))

    assert "Connect this mailbox?" in words(page)
    assert f"{HANNA}, Acme" in words(page)
    assert not Mailbox.objects.exists()
    done = client.post(reverse("connect_confirm"), form_of(page))
    assert "Outlook is connected" in words(done)
    mailbox = Mailbox.objects.get()
    assert (mailbox.user, mailbox.access, mailbox.state) == (newcomer, "delegated", "active")
    assert (mailbox.address, mailbox.time_zone) == (HANNA, "Europe/Berlin")
    assert mailbox.calendar_name == "Calendar"
    assert in_frame(client, newcomer, "post", "connection_check", "outlook").status_code == 200
    mailbox.refresh_from_db()
    assert mailbox.problem == ""
    assert mailbox.checked_at is not None


def test_salesforce_is_connected_after_the_person_confirms(newcomer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    url = to_provider(client, ticket_url(client, newcomer, "salesforce"))

    page = client.get(decide(url, **as_user(HANNA)))

    assert "Connect this Salesforce user?" in words(page)
    newcomer.refresh_from_db()
    assert newcomer.refresh_token == ""
    client.post(reverse("connect_confirm"), form_of(page))
    newcomer.refresh_from_db()
    assert newcomer.refresh_token
    card = words(in_frame(client, newcomer, "post", "connection_check", "salesforce"))
    assert "Works" in card
    assert "5 of 5 passed" in card


def test_confirmation_page_holds_no_token_and_its_cookie_is_ours_alone(
    client: Client, newcomer: User
) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "salesforce"))

    page = client.get(decide(url, **as_user(HANNA)))

    cookie = page.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/connect/")
    assert page["X-Frame-Options"] == "DENY"
    assert "no-store" in page["Cache-Control"]
    assert not re.search(r"(refresh|access)_?token", page.content.decode())


def test_declining_the_confirmation_keeps_nothing(client: Client, newcomer: User) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "salesforce"))
    asked = client.get(decide(url, **as_user(HANNA)))

    page = client.post(reverse("connect_cancel"), form_of(asked))

    assert "Nothing was connected" in words(page)
    newcomer.refresh_from_db()
    assert newcomer.refresh_token == ""
    assert client.post(reverse("connect_confirm")).status_code == 410


@pytest.mark.parametrize(
    ("service", "decision"),
    [("outlook", {"sandbox_answer": "cancel"}), ("salesforce", {"decision": "deny"})],
)
def test_denied_at_the_provider_is_said_in_plain_words(
    client: Client, newcomer: User, service: str, decision: dict[str, str]
) -> None:
    url = to_provider(client, ticket_url(client, newcomer, service))

    page = client.get(decide(url, **decision))

    assert page.status_code == 403
    assert "Not connected" in words(page)
    assert "start again from the connection card" in words(page)
    assert not Mailbox.objects.exists()


def test_another_salesforce_user_is_refused_and_their_token_ended(
    client: Client, newcomer: User, cast: Cast
) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "salesforce"))

    page = client.get(decide(url, **as_user(TOM)))

    assert page.status_code == 403
    revoked = [each for each in cast.sandbox.world.requests if each.path.endswith("/revoke")]
    assert [each.status for each in revoked] == [200]
    assert f"as another user than {HANNA}" in words(page)
    newcomer.refresh_from_db()
    assert newcomer.refresh_token == ""


def test_a_mailbox_of_someone_else_is_refused(client: Client, connected: Cast) -> None:
    connected.add_user(TOM, TOM)
    tom = User.objects.get(username=TOM)
    url = to_provider(client, ticket_url(client, tom, "outlook"))

    page = client.get(decide(url, **as_mailbox(HANNA)))

    assert page.status_code == 403
    assert "connected to another Salesforce user already" in words(page)
    assert tom.mailbox.address == TOM


def test_another_mailbox_is_named_as_a_replacement(client: Client, connected: Cast) -> None:
    hanna = User.objects.get(username=HANNA)
    url = to_provider(client, ticket_url(client, hanna, "outlook"))

    page = client.get(decide(url, **as_mailbox(TOM)))

    assert f"This replaces {HANNA}." in words(page)
    assert f"Your address in Salesforce is another one: {HANNA}." in words(page)
    assert Mailbox.objects.get().address == HANNA


def test_signing_in_again_keeps_the_chosen_calendar(client: Client, connected: Cast) -> None:
    hanna = User.objects.get(username=HANNA)
    before = hanna.mailbox.calendar_id
    Mailbox.objects.update(state=Mailbox.State.NEEDS_REAUTH, problem="Signed out.")
    url = to_provider(client, ticket_url(client, hanna, "outlook"))
    page = client.get(decide(url, **as_mailbox(HANNA)))

    client.post(reverse("connect_confirm"), form_of(page))

    mailbox = Mailbox.objects.get()
    assert (mailbox.calendar_id, mailbox.state, mailbox.problem) == (before, "active", "")


def test_a_ticket_works_once(client: Client, newcomer: User) -> None:
    path = ticket_url(client, newcomer, "outlook")
    to_provider(client, path)

    again = client.get(path)

    assert again.status_code == 410
    assert "was used already, or is older than two minutes" in words(again)


def test_a_made_up_ticket_is_refused(client: Client) -> None:
    assert client.get(reverse("connect_begin", args=["x" * 43])).status_code == 410


def test_the_answer_of_the_provider_counts_once(client: Client, newcomer: User) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "outlook"))
    back = decide(url, **as_mailbox(HANNA))
    client.get(back)

    again = client.get(back)

    assert again.status_code == 410
    assert "Nothing was connected" in words(again)


def test_a_sign_in_of_another_browser_is_refused(client: Client, newcomer: User) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "outlook"))
    back = decide(url, **as_mailbox(HANNA))

    page = Client().get(back)

    assert page.status_code == 410
    assert "not started in this browser" in words(page)


@pytest.mark.parametrize("service", ["outlook", "salesforce"])
def test_a_changed_state_is_refused(client: Client, newcomer: User, service: str) -> None:
    decision = as_mailbox(HANNA) if service == "outlook" else as_user(HANNA)
    url = to_provider(client, ticket_url(client, newcomer, service))
    back = re.sub(r"state=[^&]+", "state=forged", decide(url, **decision))

    page = client.get(back)

    assert page.status_code == 403
    assert not Mailbox.objects.exists()


def test_an_answer_for_the_other_service_is_refused(client: Client, newcomer: User) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "outlook"))
    back = decide(url, **as_mailbox(HANNA)).replace("/outlook/", "/salesforce/")

    assert client.get(back).status_code == 410


def test_confirming_needs_the_form_of_our_page(newcomer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    url = to_provider(client, ticket_url(client, newcomer, "outlook"))
    client.get(decide(url, **as_mailbox(HANNA)))

    assert client.post(reverse("connect_confirm")).status_code == 403
    assert not Mailbox.objects.exists()


def test_page_confirms_what_it_shows_and_no_later_sign_in(
    client: Client, newcomer: User, cast: Cast
) -> None:
    tom = User.objects.create(
        organization=newcomer.organization,
        salesforce_user_id=cast.id_of(TOM),
        username=TOM,
    )
    shown = client.get(
        decide(to_provider(client, ticket_url(client, newcomer, "outlook")), **as_mailbox(HANNA))
    )
    # A link of somebody else, opened in the same browser: Microsoft signs in without asking.
    client.get(
        decide(to_provider(client, ticket_url(Client(), tom, "outlook")), **as_mailbox(HANNA))
    )

    page = client.post(reverse("connect_confirm"), form_of(shown))

    assert page.status_code == 410
    assert "Another sign-in came back in this browser after this page." in words(page)
    assert not Mailbox.objects.exists()


def test_tenant_that_is_gone_meanwhile_is_said(client: Client, newcomer: User) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "outlook"))
    asked = client.get(decide(url, **as_mailbox(HANNA)))
    newcomer.organization.tenants.all().delete()

    page = client.post(reverse("connect_confirm"), form_of(asked))

    assert page.status_code == 403
    assert "has disconnected Microsoft 365 meanwhile" in words(page)


def test_someone_switched_off_meanwhile_is_not_connected(client: Client, newcomer: User) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "outlook"))
    asked = client.get(decide(url, **as_mailbox(HANNA)))
    User.objects.update(state=User.State.DEACTIVATED)

    page = client.post(reverse("connect_confirm"), form_of(asked))

    assert page.status_code == 403
    assert "switched off" in words(page)
    assert not Mailbox.objects.exists()


def test_a_silent_provider_is_said_and_can_be_tried_again(
    client: Client, newcomer: User, cast: Cast
) -> None:
    path = ticket_url(client, newcomer, "outlook")
    cast.sandbox.world.faults.add(Fault(path="/(oauth2|v2.0)/", status=503, times=-1))

    page = client.get(path)

    assert page.status_code == 503
    assert "Wait a minute. Close this window and start again" in words(page)


def test_start_without_htmx_answers_the_address(client: Client, newcomer: User) -> None:
    answer = in_frame(client, newcomer, "post", "connect_outlook", htmx=False)

    assert answer.json()["url"].startswith("http://testserver/connect/begin/")


def test_start_without_a_tenant_says_who_can_help(client: Client, cast: Cast) -> None:
    cast.connect_organization()
    lonely = User.objects.create(
        organization=Organization.objects.get(),
        salesforce_user_id="0055g00000Hanna",
        username=HANNA,
    )

    page = words(in_frame(client, lonely, "post", "connect_outlook"))

    assert "has not connected Microsoft 365 yet. Your administrator can connect it." in page


@pytest.mark.parametrize(
    ("method", "name", "args"),
    [
        ("get", "connections", ()),
        ("post", "connect_outlook", ()),
        ("post", "connect_salesforce", ()),
        ("get", "connection_card", ("outlook",)),
        ("post", "connection_check", ("outlook",)),
        ("post", "connection_disconnect", ("outlook",)),
    ],
)
def test_nothing_of_the_frame_works_without_a_session(
    client: Client, method: str, name: str, args: tuple[str, ...]
) -> None:
    assert getattr(client, method)(reverse(name, args=args)).status_code == 401


def test_a_sign_in_takes_a_quarter_of_an_hour_at_most(newcomer: User, client: Client) -> None:
    url = to_provider(client, ticket_url(client, newcomer, "outlook"))
    back = decide(url, **as_mailbox(HANNA))
    cookie = client.cookies[COOKIE]

    assert cookie["max-age"] == 900
    with time_machine.travel("2030-01-01", tick=False):
        client.cookies.clear()  # as the browser does by then
        assert client.get(back).status_code == 410


def test_a_user_of_another_organization_is_refused(
    client: Client, newcomer: User, cast: Cast
) -> None:
    other = cast.sandbox.world.salesforce.add_org(
        organization_id=to_18("00D5g00000Globx"),
        my_domain="globex",
        name="Globex",
        consumer_key="acme-consumer-key",
        consumer_secret="hush-consumer-secret",
        app_url="http://localhost/canvas/",
    )
    other.add_user(username="tom@globex.example", name="Tom Globex", email="tom@globex.example")
    url = to_provider(client, ticket_url(client, newcomer, "salesforce"))

    page = client.get(decide(url, **as_user("tom@globex.example")))

    assert page.status_code == 403
    assert "another Salesforce organization than Acme" in words(page)
    newcomer.refresh_from_db()
    assert newcomer.refresh_token == ""
