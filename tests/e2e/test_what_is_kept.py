"""What is left behind after a day's work: no private text and no readable credential, in no table and not in Redis."""

import re
from collections.abc import Iterator

import pytest
import redis
from _local import leaks
from django.conf import settings
from django.db import connection

from sync.jobs import enqueue_record, enqueue_sync
from tests import planted
from tests.e2e.conftest import Desk

SECRET = planted.private_text("oncologist")


def _attendee(address: str) -> dict[str, object]:
    return {"emailAddress": {"address": address, "name": SECRET}, "type": "required"}


def _everything() -> Iterator[str]:
    """Yield every row of every table and every value of Redis as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 -- names of our own tables
            yield from (f"{table}: {row}" for (row,) in cursor.fetchall())
    with redis.Redis.from_url(settings.REDIS_URL) as store:
        for key in store.scan_iter("*"):
            yield f"{key!r}: {store.dump(key)!r}"


def _found(*words: str) -> list[str]:
    return [each[:80] for each in _everything() if any(word in each for word in words)]


@pytest.mark.parametrize("sensitivity", ["private", "personal", "confidential"])
def test_private_event_leaves_no_word(desk: Desk, sensitivity: str) -> None:
    outlook_id = desk.meeting(
        SECRET,
        sensitivity=sensitivity,
        location={"displayName": SECRET},
        body={"contentType": "text", "content": SECRET},
        attendees=[_attendee("whisper@clinic.example")],
        categories=[SECRET, "Record in Salesforce"],
    )
    desk.sync(full=True)
    desk.record(outlook_id)
    enqueue_record(desk.person.mailbox.pk, outlook_id)
    enqueue_sync(desk.person.mailbox.pk)

    assert _found(leaks.PRIVATE_MARK) == []
    with desk.sandbox.world.lock:
        assert SECRET not in repr(desk.org.rows("Event"))


def test_event_that_becomes_private_is_forgotten_within_one_cycle(desk: Desk) -> None:
    outlook_id = desk.meeting(
        SECRET,
        location={"displayName": SECRET},
        body={"contentType": "text", "content": SECRET},
        attendees=[_attendee("whisper@clinic.example")],
    )
    desk.record(outlook_id)
    desk.edit(outlook_id, subject=f"{SECRET} again")
    desk.sync()
    desk.org.update(
        "Event", desk.row()["Id"], {"Subject": f"{SECRET} theirs"}, as_user=desk.person.address
    )
    desk.edit(outlook_id, subject=f"{SECRET} ours")
    desk.sync()
    assert _found(leaks.PRIVATE_MARK)

    desk.edit(outlook_id, sensitivity="private")
    desk.sync()

    assert _found(leaks.PRIVATE_MARK) == []
    assert SECRET not in repr(desk.row())


def test_no_credential_can_be_read_in_the_database_or_in_redis(desk: Desk) -> None:
    desk.record(desk.meeting("Kick-off"))
    desk.sync()

    tokens = ("sandbox-access", "sandbox-refresh", "PRIVATE KEY")
    assert _found(leaks.SECRET_MARK, *tokens) == []
    assert [each[:80] for each in _everything() if re.search("00D[A-Za-z0-9]{12}!", each)] == []
