"""Whether a supervisor learns that a part is missing."""

from typing import Any

import django_rq
import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_healthy(client: Client) -> None:
    answer = client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"database": True, "redis": True}


def test_redis_that_does_not_answer_is_named(client: Client) -> None:
    unreachable: dict[str, Any] = {"URL": "redis://127.0.0.1:1/0"}
    django_rq.settings.QUEUES["interactive"], kept = (
        unreachable,
        django_rq.settings.QUEUES["interactive"],
    )
    try:
        answer = client.get("/healthz")
    finally:
        django_rq.settings.QUEUES["interactive"] = kept

    assert answer.status_code == 503
    assert answer.json() == {"database": True, "redis": False}
