"""The connection cards: plain words for every state, live tests, disconnecting in two steps."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linkpoint.accounts import sessions
from linkpoint.accounts.connect.cards import Card, card_of, cards_of
from linkpoint.accounts.models import Mailbox, Organization, Tenant, User
from tests.accounts.cast import HANNA, Cast
from tests.accounts.makers import mailbox, organization, user

pytestmark = pytest.mark.django_db


def ask(
    client: Client, person: User, name: str, *args: str, method: str = "get", query: str = ""
) -> Any:
    """Call a view of the frame as this person."""
    headers = {sessions.HEADER: sessions.mint(person), "HX-Request": "true"}
    return getattr(client, method)(reverse(name, args=args) + query, headers=headers)


def words(page: Any) -> str:
    """Return the text of a page on one line."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


def outlook_card(**fields: Any) -> Card:
    """Return the Outlook card of a mailbox in a given state."""
    hanna = user(organization())
    mailbox(hanna, **fields)
    return card_of(User.objects.get(), "outlook")


def test_without_a_tenant_only_an_administrator_can_help() -> None:
    card = card_of(user(organization()), "outlook")

    assert (card.tag, card.connect) == ("off", "")
    assert card.sentence == "Your organization has not connected Microsoft 365 yet."


def test_without_a_mailbox_the_person_can_sign_in() -> None:
    hanna = user(organization())
    Tenant.objects.create(organization=hanna.organization, tenant_id="t", client_id="c")

    card = card_of(hanna, "outlook")

    assert (card.tag, card.connect, card.can_test) == ("off", "Sign in to Microsoft", False)


def test_a_working_mailbox_can_be_tested_and_disconnected() -> None:
    card = outlook_card()

    assert (card.tag, card.words, card.connect) == ("ok", "Connected", "")
    assert card.can_test
    assert card.can_disconnect


@pytest.mark.parametrize(
    ("access", "words"), [("delegated", "Needs you"), ("app", "Needs your administrator")]
)
def test_a_broken_mailbox_says_the_cause_and_who_can_help(access: str, words: str) -> None:
    card = outlook_card(
        access=access, state=Mailbox.State.NEEDS_REAUTH, problem="Microsoft ended our sign-in."
    )

    assert (card.tag, card.words) == ("bad", words)
    assert card.sentence == "Microsoft ended our sign-in."
    assert card.rest.startswith("Nothing was lost")


def test_a_disconnected_mailbox_says_what_stays() -> None:
    card = outlook_card(state=Mailbox.State.SUSPENDED, problem="You disconnected Outlook.")

    assert (card.tag, card.words, card.sentence) == (
        "off",
        "Disconnected",
        "You disconnected Outlook.",
    )
    assert "stays in Salesforce" in card.rest


def test_salesforce_is_connected_by_the_key_of_the_organization() -> None:
    card = card_of(user(organization(jwt_private_key="hush-key")), "salesforce")

    assert (card.tag, card.can_disconnect) == ("ok", False)


def test_salesforce_without_any_way_in_offers_one() -> None:
    card = card_of(user(organization()), "salesforce")

    assert (card.tag, card.connect) == ("off", "Connect Salesforce")


def test_cards_ask_nobody(django_assert_max_num_queries: Any) -> None:
    mailbox(user(organization()))
    person = User.objects.select_related("organization", "mailbox").get()

    with django_assert_max_num_queries(1):
        assert [card.service for card in cards_of(person)] == ["outlook", "salesforce"]


def test_both_cards_are_shown_and_no_token_is(client: Client) -> None:
    hanna = user(organization(), refresh_token="hush-refresh", token_cache="hush-cache")
    mailbox(hanna, token_cache="hush-cache")

    page = ask(client, hanna, "connections")

    assert "hush" not in page.content.decode()
    assert page.content.decode().count('<section class="lp-card') == 2


def test_a_live_test_shows_each_result_and_is_remembered(client: Client, cast: Cast) -> None:
    cast.connect()
    hanna = User.objects.get(username=HANNA)

    page = words(ask(client, hanna, "connection_check", "salesforce", method="post"))

    assert "Passed: Sign-in as Hanna Weiss" in page
    assert "5 of 5 passed" in page
    hanna.refresh_from_db()
    assert hanna.salesforce_checked_at is not None


def test_a_missing_key_field_is_a_note_and_no_trouble(client: Client, cast: Cast) -> None:
    cast.connect()
    cast.org.remove_key_field()
    hanna = User.objects.get(username=HANNA)

    page = words(ask(client, hanna, "connection_check", "salesforce", method="post"))
    later = words(ask(client, hanna, "connections"))

    assert "Works" in page
    assert "4 of 5 passed" in page
    assert "adds the custom field LinkPoint_Key__c to Activity" in page
    assert "adds the custom field LinkPoint_Key__c to Activity" in later


def test_a_failed_live_test_says_cause_and_way_out(client: Client, cast: Cast) -> None:
    cast.connect()
    Tenant.objects.update(client_secret="hush-old", token_cache="")
    hanna = User.objects.get(username=HANNA)

    answer = ask(client, hanna, "connection_check", "outlook", method="post")

    assert "Needs your administrator" in words(answer)
    assert "does not accept the client secret" in words(answer)
    assert "hush" not in answer.content.decode()
    changed = json.loads(answer["HX-Trigger"])["linkpoint:connections-changed"]
    assert changed == {"service": "outlook", "tag": "bad"}


def test_a_card_with_its_own_mark_is_not_sent_again(client: Client) -> None:
    hanna = user(organization())
    mailbox(hanna)
    mark = card_of(User.objects.get(), "outlook").mark

    same = ask(client, hanna, "connection_card", "outlook", query=f"?mark={mark}")
    Mailbox.objects.update(state=Mailbox.State.NEEDS_REAUTH)
    other = ask(client, hanna, "connection_card", "outlook", query=f"?mark={mark}")

    assert (same.status_code, other.status_code) == (204, 200)
    assert "linkpoint:connections-changed" in other["HX-Trigger"]


def test_disconnecting_asks_first_and_then_forgets_the_sign_in(client: Client) -> None:
    hanna = user(organization())
    mailbox(hanna, token_cache="hush-cache", access="delegated")

    asked = words(ask(client, hanna, "connection_disconnect", "outlook"))

    assert "Disconnect hanna.weiss@acme.example?" in asked
    assert "0 events are deleted" in asked
    assert Mailbox.objects.get().token_cache == "hush-cache"
    done = words(ask(client, hanna, "connection_disconnect", "outlook", method="post"))
    assert "Disconnected" in done
    box = Mailbox.objects.get()
    assert (box.state, box.token_cache) == (Mailbox.State.SUSPENDED, "")


def test_disconnecting_salesforce_revokes_the_token_there(client: Client, cast: Cast) -> None:
    cast.connect()
    User.objects.update(refresh_token="hush-refresh", token_cache="x")

    ask(client, User.objects.get(), "connection_disconnect", "salesforce", method="post")

    hanna = User.objects.get()
    assert (hanna.refresh_token, hanna.token_cache) == ("", "")
    assert any(each.path.endswith("/revoke") for each in cast.sandbox.world.requests)


def test_an_unknown_service_is_not_found(client: Client) -> None:
    assert ask(client, user(organization()), "connection_card", "google").status_code == 404


def test_nobody_reaches_the_cards_of_another_organization(client: Client) -> None:
    hanna = user(organization())
    mailbox(hanna)
    tom = user(organization("00D5g00000Globx", name="Globex"), username="tom@globex.example")
    mailbox(tom, address="tom@globex.example")
    Organization.objects.filter(name="Globex").update(jwt_private_key="hush")

    page = ask(client, hanna, "connections").content.decode()

    assert "globex" not in page.lower()
