"""Wishes in Redis: each once, none before the commit, none fatal when Redis is away."""

from typing import Any

import django_rq
import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from sync import queues


def job(**_: Any) -> None:
    """Do nothing; stands for a job."""


def other(**_: Any) -> None:
    """Do nothing either."""


def _waiting(name: str = "poll") -> list[dict[str, Any]]:
    return [waiting.kwargs for waiting in django_rq.get_queue(name).jobs]


@pytest.mark.usefixtures("transactional_db")
def test_same_wish_waits_once() -> None:
    for _ in range(3):
        queues.enqueue("poll", job, {"mailbox_id": 1}, cause="click")

    assert _waiting() == [{"mailbox_id": 1, "cause": "click"}]


@pytest.mark.usefixtures("transactional_db")
def test_different_wishes_wait_beside_each_other() -> None:
    queues.enqueue("poll", job, {"mailbox_id": 1})
    queues.enqueue("poll", job, {"mailbox_id": 2})
    queues.enqueue("poll", other, {"mailbox_id": 1})

    assert len(_waiting()) == 3


@pytest.mark.usefixtures("transactional_db")
def test_wish_during_the_job_is_a_new_one() -> None:
    queues.enqueue("poll", job, {"mailbox_id": 1})
    queues.starting("job", 1)

    queues.enqueue("poll", job, {"mailbox_id": 1})

    assert len(_waiting()) == 2


@pytest.mark.usefixtures("transactional_db")
def test_mark_of_a_waiting_job_ends_by_itself() -> None:
    queues.enqueue("poll", job, {})
    connection = django_rq.get_connection("poll")

    (mark,) = connection.keys("waiting:*")

    assert 0 < connection.ttl(mark) <= 60


@pytest.mark.usefixtures("transactional_db")
def test_wish_of_a_transaction_that_fails_is_none() -> None:
    with transaction.atomic():
        queues.enqueue("poll", job, {"mailbox_id": 1})
        transaction.set_rollback(True)

    assert _waiting() == []


@pytest.mark.usefixtures("transactional_db")
def test_missing_redis_stops_nobody(settings: Settings) -> None:
    url = settings.REDIS_URL
    for queue in settings.RQ_QUEUES.values():
        queue["URL"] = "redis://127.0.0.1:1/0"
    try:
        queues.enqueue("poll", job, {"mailbox_id": 1})
        queues.starting("job", 1)
    finally:
        for queue in settings.RQ_QUEUES.values():
            queue["URL"] = url

    assert _waiting() == []
