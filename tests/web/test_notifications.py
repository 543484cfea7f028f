"""The door for Graph's notifications: a handshake, a store, and nothing for strangers."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.test import Client
from django.utils import timezone

from sync.models import Inbox, MailboxState, Subscription
from sync.web import notifications
from sync.wiring.subscriptions import HOOK_PATH, seal
from tests.people import Person, make_organization, make_person

STATE = "our-state"


@pytest.fixture
def person(transactional_db: None) -> Person:
    """Return a person whose mailbox is subscribed to."""
    person = make_person(None, make_organization())
    MailboxState.objects.create(mailbox=person.mailbox)
    Subscription.objects.create(
        mailbox=person.mailbox,
        subscription_id="sub-1",
        client_state=seal(STATE),
        expires_at=timezone.now() + timedelta(days=6),
        renew_at=timezone.now() + timedelta(days=3),
    )
    return person


def _note(**more: Any) -> dict[str, Any]:
    return {"subscriptionId": "sub-1", "clientState": STATE, "changeType": "updated", **more}


def _post(client: Client, notes: Sequence[Any], **more: Any) -> Any:
    return client.post(HOOK_PATH, json.dumps({"value": notes}), "application/json", **more)


def _waiting() -> list[dict[str, Any]]:
    return [job.kwargs for job in django_rq.get_queue("push").jobs]


def test_handshake_answers_the_token_as_plain_text(client: Client) -> None:
    answer = client.post(HOOK_PATH, query_params={"validationToken": "Validation: abc 1+2 ä"})

    assert (answer.status_code, answer.content.decode()) == (200, "Validation: abc 1+2 ä")
    assert answer["Content-Type"].startswith("text/plain")


def test_handshake_escapes_what_a_browser_could_run(client: Client) -> None:
    answer = client.post(HOOK_PATH, query_params={"validationToken": "<script>x</script>"})

    assert answer.content == b"&lt;script&gt;x&lt;/script&gt;"


def test_notification_is_stored_marks_the_mailbox_and_wakes_a_worker(
    client: Client, person: Person
) -> None:
    answer = _post(client, [_note(), _note(changeType="created")])

    assert (answer.status_code, answer.content) == (202, b"")
    assert list(Inbox.objects.values_list("mailbox", "kind")) == [(person.mailbox.pk, "change")]
    assert MailboxState.objects.get().dirty_at is not None
    assert _waiting() == [{"mailbox_id": person.mailbox.pk}]


def test_second_notification_adds_no_second_job(client: Client, person: Person) -> None:
    for _ in range(3):
        _post(client, [_note()])

    assert len(_waiting()) == 1


@pytest.mark.parametrize(
    "note",
    [
        {"clientState": "wrong"},
        {"clientState": ""},
        {"clientState": None},
        {"subscriptionId": "other"},
    ],
)
def test_note_that_is_not_ours_is_acknowledged_and_changes_nothing(
    client: Client, person: Person, note: dict[str, Any]
) -> None:
    answer = _post(client, [_note(**note)])

    assert answer.status_code == 202
    assert (Inbox.objects.count(), MailboxState.objects.get().dirty_at, _waiting()) == (0, None, [])


def test_ours_among_strangers_counts(client: Client, person: Person) -> None:
    _post(client, [_note(clientState="wrong"), _note(), _note(subscriptionId="other")])

    assert Inbox.objects.count() == 1


def test_removed_subscription_is_made_again_and_the_mailbox_read(
    client: Client, person: Person
) -> None:
    _post(
        client,
        [
            {
                "subscriptionId": "sub-1",
                "clientState": STATE,
                "lifecycleEvent": "subscriptionRemoved",
            }
        ],
    )

    assert not Subscription.objects.exists()
    assert MailboxState.objects.get().dirty_at is not None


def test_reauthorization_makes_the_renewal_due(client: Client, person: Person) -> None:
    _post(
        client,
        [
            {
                "subscriptionId": "sub-1",
                "clientState": STATE,
                "lifecycleEvent": "reauthorizationRequired",
            }
        ],
    )

    assert Subscription.objects.get().renew_at <= timezone.now()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "application/json", 400),
        ('{"value": {}}', "application/json", 400),
        ('{"value": [1]}', "application/json", 400),
        ('{"value": [{}]}', "application/json", 400),
        ('{"value": [{"subscriptionId": 1}]}', "application/json", 400),
        ('{"value": [{"subscriptionId": "a", "clientState": []}]}', "application/json", 400),
        ('{"value": [{"subscriptionId": "a", "lifecycleEvent": "hush"}]}', "application/json", 400),
        (r'{"value": [{"subscriptionId": "a\u0000b"}]}', "application/json", 400),
        (r'{"value": [{"subscriptionId": "\ud800"}]}', "application/json", 400),
        (
            r'{"value": [{"subscriptionId": "sub-1", "clientState": "\ud800"}]}',
            "application/json",
            400,
        ),
        ("[" * 100_000, "application/json", 400),
        ("\ud83d".encode("utf-8", "surrogatepass"), "application/json", 400),
        ('{"value": []}', "text/plain", 415),
        ("x=hush", "application/x-www-form-urlencoded", 415),
        ('{"value": []}' + " " * notifications.LARGEST_BODY_BYTES, "application/json", 413),
        (json.dumps({"value": [{}] * 1_001}), "application/json", 400),
    ],
    ids=range(18),
)
def test_wrong_content_is_refused_without_an_echo(
    client: Client, body: str | bytes, content_type: str, status: int
) -> None:
    answer = client.post(HOOK_PATH, body, content_type)

    assert answer.status_code == status
    assert b"hush" not in answer.content


def test_only_post_is_answered(client: Client) -> None:
    assert client.get(HOOK_PATH).status_code == 405


def test_token_that_is_too_long_is_refused(client: Client) -> None:
    assert client.post(HOOK_PATH, query_params={"validationToken": "x" * 5_000}).status_code == 400


def test_notification_is_kept_when_redis_is_away(
    client: Client, person: Person, settings: Any
) -> None:
    for queue in settings.RQ_QUEUES.values():
        queue["URL"] = "redis://127.0.0.1:1/0"
    try:
        answer = _post(client, [_note()])
    finally:
        for queue in settings.RQ_QUEUES.values():
            queue["URL"] = settings.REDIS_URL

    assert answer.status_code == 202
    assert MailboxState.objects.get().dirty_at is not None


@pytest.mark.parametrize("length", ["²", "-1", "1e3", "many"])
def test_length_that_is_no_number_is_refused(client: Client, length: str) -> None:
    answer = client.post(HOOK_PATH, b"{}", "application/json", CONTENT_LENGTH=length)

    assert answer.status_code == 413
