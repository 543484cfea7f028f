"""From an edit in Outlook over a change notification and a worker to Salesforce, with real HTTP both ways."""

from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.utils import timezone
from pytest_django.fixtures import Settings
from rq import SimpleWorker
from rq.serializers import JSONSerializer

from sandbox.faults import Fault
from sync import jobs, schedule
from sync.models import Inbox, MailboxState, Subscription
from sync.wiring.policies import Level, set_values
from sync.wiring.subscriptions import keep_subscription
from tests.e2e.conftest import Desk
from tests.stack import wait_until

QUEUES = ("interactive", "push", "poll", "housekeeping")


@pytest.fixture
def reachable(desk: Desk, live_server: Any, settings: Settings) -> Desk:
    """Return a person whose changes Microsoft can tell us."""
    settings.PUBLIC_URL = live_server.url
    return desk


def _work() -> None:
    """Let one worker do everything that waits, in this process."""
    queues = [django_rq.get_queue(name) for name in QUEUES]
    worker = SimpleWorker(queues, connection=queues[0].connection, serializer=JSONSerializer)
    worker.work(burst=True, logging_level="ERROR")


def test_edit_arrives_through_a_notification(reachable: Desk) -> None:
    outlook_id = reachable.meeting("Before")
    schedule.tick(timezone.now())
    _work()
    reachable.record(outlook_id)
    asked_before = timezone.now()

    reachable.edit(outlook_id, subject="After")
    wait_until(
        lambda: Inbox.objects.filter(received_at__gte=asked_before).exists(), what="a notification"
    )
    _work()

    assert reachable.row()["Subject"] == "After"
    assert not Inbox.objects.filter(done_at=None).exists()


def test_clock_subscribes_and_reads_a_new_mailbox(reachable: Desk) -> None:
    reachable.meeting("Chosen", categories=["Record in Salesforce"])

    schedule.tick(timezone.now())
    _work()

    subscription = Subscription.objects.get()
    assert reachable.row()["Subject"] == "Chosen"
    assert subscription.renew_at < subscription.expires_at - timedelta(days=2)


def test_click_is_done_by_a_worker(desk: Desk) -> None:
    outlook_id = desk.meeting()

    for _ in range(3):
        jobs.enqueue_record(desk.person.mailbox.pk, outlook_id)
    assert len(django_rq.get_queue("interactive").jobs) == 1
    _work()

    assert desk.row()["Subject"] == "Kick-off"


def test_flushed_redis_loses_nothing(desk: Desk) -> None:
    desk.meeting(categories=["Record in Salesforce"])
    schedule.tick(timezone.now())
    django_rq.get_connection("poll").flushdb()

    schedule.tick(timezone.now() + timedelta(seconds=61))
    _work()

    assert desk.row()["Subject"] == "Kick-off"


def test_subscription_that_ended_is_made_again_and_the_mailbox_read(reachable: Desk) -> None:
    keep_subscription(reachable.person.mailbox)
    first = Subscription.objects.get()
    Subscription.objects.update(subscription_id="ended")

    keep_subscription(reachable.person.mailbox)

    again = Subscription.objects.get()
    assert again.subscription_id not in ("ended", first.subscription_id)


def test_subscription_is_renewed_in_place(reachable: Desk) -> None:
    keep_subscription(reachable.person.mailbox)
    first = Subscription.objects.get()

    keep_subscription(reachable.person.mailbox)

    again = Subscription.objects.get()
    assert (again.subscription_id, again.client_state) == (
        first.subscription_id,
        first.client_state,
    )
    assert again.expires_at >= first.expires_at


def test_mailbox_that_cannot_be_subscribed_to_is_polled(reachable: Desk) -> None:
    reachable.sandbox.world.faults.add(Fault(path=r"/subscriptions", status=403, times=-1))
    reachable.meeting(categories=["Record in Salesforce"])

    schedule.tick(timezone.now())
    _work()

    state = MailboxState.objects.get()
    assert not Subscription.objects.exists()
    assert state.subscribe_at > timezone.now()
    assert reachable.row()["Subject"] == "Kick-off"


def test_subscription_whose_creation_was_not_answered_leaves_no_second_one(reachable: Desk) -> None:
    reachable.sandbox.world.faults.add(
        Fault(path=r"/subscriptions$", method="POST", when="after", drop=True)
    )
    keep_subscription(reachable.person.mailbox)
    assert not Subscription.objects.exists()

    keep_subscription(reachable.person.mailbox)

    with reachable.sandbox.world.lock:
        assert len(reachable.outlook.subscriptions) == 1


def test_push_that_is_turned_off_ends_the_subscription(reachable: Desk) -> None:
    mailbox = reachable.person.mailbox
    MailboxState.objects.create(mailbox=mailbox)
    keep_subscription(mailbox)
    set_values(Level(mailbox.organization, user=mailbox.user), {"push_on_change": False})

    keep_subscription(mailbox)
    keep_subscription(mailbox)

    with reachable.sandbox.world.lock:
        assert reachable.outlook.subscriptions == {}
    assert not Subscription.objects.exists()
    assert MailboxState.objects.get().subscribe_at > timezone.now()


def test_stray_subscription_of_the_mailbox_is_replaced(reachable: Desk) -> None:
    keep_subscription(reachable.person.mailbox)
    stray = Subscription.objects.get().subscription_id
    Subscription.objects.all().delete()

    keep_subscription(reachable.person.mailbox)

    with reachable.sandbox.world.lock:
        assert list(reachable.outlook.subscriptions) == [Subscription.objects.get().subscription_id]
    assert stray != Subscription.objects.get().subscription_id
