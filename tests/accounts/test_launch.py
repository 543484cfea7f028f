"""The Canvas launch: who gets in, what the page carries, who may frame it."""

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from linkpoint.accounts import sessions
from linkpoint.accounts.models import Organization, User
from linkpoint.http import LoopbackRoutes
from linkpoint.salesforce.canvas import to_18
from tests.accounts.makers import mailbox, organization, payload, signed, user
from tests.shared import CONTRACTS, needs_shared

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
OPPORTUNITY = "0065g00000Brigh"


@pytest.fixture
def acme() -> Organization:
    """Return an organization we serve."""
    return organization()


def post(client: Client, request: str, path: str = "/canvas/", **headers: str) -> Any:
    """Post a signed request as a browser posts the form of Salesforce."""
    body = urlencode({"signed_request": request})
    return client.post(path, body, content_type=FORM, headers=headers)


def on_record(record_id: str) -> dict[str, Any]:
    """Return the environment of a frame on a record page."""
    attributes = {"type": "Opportunity", "url": "/services/data/v67.0/x"}
    return {"environment": {"record": {"attributes": attributes, "Id": record_id}}}


@needs_shared
def test_launch_accepts_the_recorded_request(client: Client) -> None:
    vector = json.loads(
        (CONTRACTS / "salesforce/canvas/signed-request-vector-2013.json").read_text()
    )
    organization(
        "00DR00000008bPCMAY",
        consumer_secret=vector["consumer_secret"],
        instance_url="https://mobile1.t.salesforce.com",
    )

    answer = post(client, vector["signed_request"])

    assert answer.status_code == 200
    person = User.objects.get()
    assert person.salesforce_user_id == vector["decoded"]["context"]["user"]["userId"]
    assert sessions.read(answer.context["session_token"]).user_id == person.pk
    assert vector["decoded"]["client"]["oauthToken"] not in answer.content.decode()


def test_launch_creates_the_user_of_a_known_organization(
    client: Client, acme: Organization
) -> None:
    answer = post(client, signed(payload()))

    assert answer.status_code == 200
    person = User.objects.get()
    assert (person.organization, person.salesforce_user_id) == (acme, to_18("0055g00000Hanna"))
    assert (person.username, person.full_name) == ("hanna.weiss@acme.example", "Hanna Weiss")
    assert (person.locale, person.language, person.time_zone) == ("de_DE", "en_US", "Europe/Berlin")
    assert answer.context["person"] == person
    assert answer.context["mailbox"] is None


def test_launch_takes_over_what_changed_in_salesforce(client: Client, acme: Organization) -> None:
    known = user(acme, username="old@acme.example", locale="en_US", time_zone="America/New_York")
    mailbox(known)
    news = {
        "userId": to_18("0055g00000Hanna"),
        "userName": "new@acme.example",
        "timeZone": "Mars/Base",
    }

    answer = post(client, signed(payload(context={"user": news})))

    known.refresh_from_db()
    assert User.objects.count() == 1
    assert known.username == "new@acme.example"
    assert (known.locale, known.time_zone) == ("en_US", "America/New_York")
    assert answer.context["mailbox"] == known.mailbox


def test_launch_cuts_names_to_what_the_columns_hold(client: Client, acme: Organization) -> None:
    long = {"userId": "0055g00000Hanna", "fullName": "W" * 999, "locale": "x" * 99, "userName": "h"}

    answer = post(client, signed(payload(context={"user": long})))

    assert answer.status_code == 200
    assert len(User.objects.get().full_name) == 255


def test_launch_keeps_the_record_in_the_token(client: Client, acme: Organization) -> None:
    answer = post(client, signed(payload(context=on_record(OPPORTUNITY))))

    token = answer.context["session_token"]
    assert sessions.read(token).record_id == to_18(OPPORTUNITY)
    assert answer.context["record_type"] == "Opportunity"


def test_launch_page_carries_no_token_of_salesforce_and_sets_no_cookie(
    client: Client, acme: Organization
) -> None:
    answer = post(client, signed(payload()))

    assert "hush-oauth-token" not in answer.content.decode()
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]


def test_launch_may_be_framed_by_this_organization_alone(
    client: Client, acme: Organization
) -> None:
    answer = post(client, signed(payload()))

    policy = answer["Content-Security-Policy"]
    assert (
        "frame-ancestors https://acme.my.salesforce.com https://acme.lightning.force.com "
        "https://acme--c.vf.force.com;" in policy + ";"
    )
    assert "X-Frame-Options" not in answer
    assert "unsafe" not in policy


def test_launch_may_be_framed_on_this_machine_where_hosts_are_routed(
    client: Client, acme: Organization, settings: Settings
) -> None:
    settings.LOOPBACK_HOSTS = LoopbackRoutes.parse(
        '{"*.my.salesforce.com": "http://127.0.0.1:8123", "*.lightning.force.com": "http://127.0.0.1:8123"}'
    )

    answer = post(client, signed(payload()))

    assert (
        "https://acme.my.salesforce.com http://127.0.0.1:8123 " in answer["Content-Security-Policy"]
    )


def test_launch_is_refused_the_second_time_and_says_how_to_go_on(
    client: Client, acme: Organization
) -> None:
    request = signed(payload())
    post(client, request)

    again = post(client, request)

    assert again.status_code == 409
    assert "Reload the whole Salesforce page" in again.content.decode()


@pytest.mark.parametrize("issued_at", [None, 0, 1384819059, -1882588807, "soon", 10**40])
def test_launch_does_not_look_at_issued_at(
    client: Client, acme: Organization, issued_at: object
) -> None:
    assert post(client, signed(payload(issuedAt=issued_at))).status_code == 200


def test_launch_of_a_suspended_organization_is_explained(client: Client) -> None:
    organization(state=Organization.State.SUSPENDED)

    answer = post(client, signed(payload()))

    assert answer.status_code == 403
    assert "suspended for your organization" in answer.content.decode()
    assert not User.objects.exists()


def test_launch_of_a_deactivated_user_is_explained(client: Client, acme: Organization) -> None:
    user(acme, state=User.State.DEACTIVATED)

    answer = post(client, signed(payload()))

    assert answer.status_code == 403
    assert "switched off" in answer.content.decode()


def test_launch_without_redis_is_put_off(
    client: Client, acme: Organization, settings: Settings
) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    assert post(client, signed(payload())).status_code == 503


def test_unapproved_app_leads_to_consent_in_the_frame(client: Client) -> None:
    answer = client.get("/canvas/?_sfdc_canvas_authvalue=user_approval_required")

    assert answer.status_code == 200
    assert "js/consent.js" in answer.content.decode()
    assert "https://*.lightning.force.com" in answer["Content-Security-Policy"]
    assert "X-Frame-Options" not in answer


def test_plain_visit_is_sent_to_salesforce(client: Client) -> None:
    answer = client.get("/canvas/")

    assert answer.status_code == 200
    assert "Open LinkPoint from Salesforce" in answer.content.decode()


def test_refresh_gives_a_new_token_for_the_same_person_and_record(
    client: Client, acme: Organization
) -> None:
    first = post(client, signed(payload(context=on_record(OPPORTUNITY)))).context["session_token"]
    fresh = signed(payload(issuedAt=2))

    answer = post(client, fresh, "/canvas/session/", **{sessions.HEADER: first})

    told = answer.json()
    assert (answer.status_code, told["expires_in"]) == (200, 1800)
    assert sessions.read(told["session_token"]) == sessions.read(first)
    assert not answer.cookies


def test_refresh_refuses_another_person(client: Client, acme: Organization) -> None:
    tom = user(acme, "0055g000000Tomm", username="tom@acme.example")

    answer = post(
        client, signed(payload()), "/canvas/session/", **{sessions.HEADER: sessions.mint(tom)}
    )

    assert answer.status_code == 409
    assert answer.json()["error"]["type"] == "other_person"


def test_refresh_refuses_a_request_that_opened_a_page_before(
    client: Client, acme: Organization
) -> None:
    request = signed(payload())
    post(client, request)

    answer = post(client, request, "/canvas/session/")

    assert answer.status_code == 409
    assert answer.json()["error"]["type"] == "replay"
