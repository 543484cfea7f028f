"""Nothing in Redis is unpickled: whoever can write there must not be able to run code in a worker or a web process."""

import pickle
from collections.abc import Iterator
from typing import Any

import django_rq
import pytest
import redis
from django.conf import settings
from django.core.cache import caches
from django_rq.workers import get_worker
from rq.exceptions import DeserializationError
from rq.serializers import JSONSerializer

from sync import jobs


class _Bomb:
    """Runs code while it is unpickled."""

    exploded = False

    def __reduce__(self) -> Any:
        return setattr, (_Bomb, "exploded", True)


@pytest.fixture
def connection() -> Iterator["redis.Redis"]:
    """Yield a connection to the Redis of this test."""
    with redis.Redis.from_url(settings.REDIS_URL) as opened:
        yield opened


def test_every_queue_and_the_worker_speak_json() -> None:
    worker = get_worker(*settings.RQ_QUEUES, serializer="rq.serializers.DefaultSerializer")

    queues = [django_rq.get_queue(name) for name in settings.RQ_QUEUES]
    assert [queue.serializer for queue in queues] == [JSONSerializer] * len(queues)
    assert worker.serializer is JSONSerializer


@pytest.mark.django_db(transaction=True)
def test_job_that_somebody_pickled_into_redis_runs_nothing(connection: "redis.Redis") -> None:
    jobs.enqueue_sync(1, "poll")
    [job] = django_rq.get_queue("poll").jobs
    connection.hset(f"rq:job:{job.id}", "data", pickle.dumps(_Bomb()))

    [changed] = django_rq.get_queue("poll").jobs
    with pytest.raises(DeserializationError):
        _ = changed.func_name

    assert _Bomb.exploded is False


@pytest.mark.django_db(transaction=True)
def test_pickle_in_the_cache_runs_nothing(connection: "redis.Redis") -> None:
    caches["default"].set("known", "text")
    connection.set(caches["default"].make_key("known"), pickle.dumps(_Bomb()))

    with pytest.raises(ValueError, match=r"codec|JSON|Expecting"):
        caches["default"].get("known")

    assert _Bomb.exploded is False
