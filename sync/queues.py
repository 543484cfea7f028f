"""Putting jobs into Redis, each wish once: a job that waits already is not added again.

The mark of a waiting job lives a minute at most, so a job that Redis lost is only late.
"""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import django_rq
import redis
import structlog
from django.db import transaction

log = structlog.get_logger(__name__)

_WAITING_S = 60
_FAILURES_KEPT_S = 7 * 24 * 3600


def enqueue(queue: str, job: Callable[..., None], key: dict[str, Any], **more: Any) -> None:
    """Put a job into a queue once the present transaction is committed.

    Without Redis nothing is raised: the clock finds the work in PostgreSQL later.

    Args:
        queue: ``interactive``, ``push``, ``poll`` or ``housekeeping``.
        job: A function of ``sync.jobs``.
        key: Keyword arguments that make it the same wish.
        more: Further keyword arguments.
    """
    transaction.on_commit(lambda: _put(queue, job, key, more))


def starting(name: str, *key: object) -> None:
    """Say that a job has begun: a wish from now on is a new one."""
    try:
        django_rq.get_connection("poll").delete(_mark(name, key))
    except redis.RedisError as error:
        log.warning("redis_failed", error=type(error).__name__)


def _put(queue: str, job: Callable[..., None], key: dict[str, Any], more: dict[str, Any]) -> None:
    name = getattr(job, "__name__", "")
    try:
        connection = django_rq.get_connection(queue)
        mark = _mark(name, tuple(key.values()) or (0,))
        if not connection.set(mark, queue, nx=True, ex=_WAITING_S):
            return
        django_rq.get_queue(queue).enqueue_call(
            job,
            kwargs={**key, **more},
            result_ttl=0,
            failure_ttl=_FAILURES_KEPT_S,
            description=name,
        )
    except redis.RedisError as error:
        log.warning("redis_failed", job=name, error=type(error).__name__)


def _mark(name: str, key: tuple[object, ...]) -> str:
    text = "\n".join(map(str, key))
    return f"waiting:{name}:{sha256(text.encode()).hexdigest()[:32]}"
