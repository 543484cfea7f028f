"""What a sign-in remembers: once, encrypted, and not without Redis."""

import pytest
import redis
import time_machine
from django.conf import settings as current
from pytest_django.fixtures import Settings

from linkpoint.accounts.connect import vault
from linkpoint.accounts.refusal import NotDone

pytestmark = pytest.mark.django_db  # its Redis is emptied before


def test_what_was_kept_is_given_out_once() -> None:
    key = vault.keep("ticket", {"user": "7"}, 60)

    assert vault.take("ticket", key) == {"user": "7"}
    assert vault.take("ticket", key) is None


def test_a_key_opens_only_its_own_kind() -> None:
    key = vault.keep("ticket", {"user": "7"}, 60)

    assert vault.take("flow", key) is None
    assert vault.take("ticket", "") is None


def test_redis_sees_neither_key_nor_content() -> None:
    key = vault.keep("flow", {"verifier": "hush-verifier"}, 60)

    with redis.Redis.from_url(current.REDIS_URL) as connection:
        names = connection.keys("*")
        stored = b"".join(connection.get(name) or b"" for name in names)
    assert names
    assert key.encode() not in b"".join(names)
    assert b"hush" not in stored


def test_without_redis_nothing_is_connected(settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }

    with pytest.raises(NotDone) as refused:
        vault.keep("ticket", {}, 60)
    assert refused.value.kind == "try_later"
    with pytest.raises(NotDone):
        vault.take("ticket", "x")


def test_sealed_content_is_for_one_purpose_and_a_while() -> None:
    with time_machine.travel("2026-11-25 10:00", tick=False) as clock:
        sealed = vault.seal("approve", {"organization": "7"})

        assert vault.unseal("approve", sealed, 60) == {"organization": "7"}
        assert vault.unseal("flow", sealed, 60) is None
        clock.shift(61)
        assert vault.unseal("approve", sealed, 60) is None


@pytest.mark.parametrize("text", ["", "x", "gAAAAAB", "ä", "\ud800", "x" * 100_000])
def test_what_was_not_sealed_by_us_is_nothing(text: str) -> None:
    assert vault.unseal("approve", text, 60) is None
