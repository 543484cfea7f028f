"""The clock ticks until it is told to stop, and lives through a database that is away."""

from datetime import datetime
from threading import Event

import django_rq
import pytest
from django.db import OperationalError

from sync import schedule
from tests.people import Person, make_organization, make_person


class Ticks(Event):
    """Is set after so many waits."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.left = number

    def wait(self, timeout: float | None = None) -> bool:
        """Count instead of waiting."""
        self.left -= 1
        if not self.left:
            self.set()
        return self.is_set()


@pytest.fixture
def person(transactional_db: None) -> Person:
    """Return a person with a mailbox."""
    return make_person(None, make_organization())


def _waiting(queue: str) -> list[str]:
    return [str(job.func_name) for job in django_rq.get_queue(queue).jobs]


def test_clock_queues_each_due_thing_once(person: Person) -> None:
    schedule.run_clock(Ticks(3))

    assert sorted(_waiting("poll")) == ["sync.jobs.read_salesforce", "sync.jobs.sync_mailbox"]
    assert _waiting("housekeeping") == ["sync.jobs.tidy_up"]


def test_clock_waits_for_the_database(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = schedule.tick, [OperationalError("the database is away")]

    def tick(now: datetime) -> int:
        if failures:
            raise failures.pop()
        return real(now)

    monkeypatch.setattr(schedule, "tick", tick)

    schedule.run_clock(Ticks(2))

    assert "sync.jobs.sync_mailbox" in _waiting("poll")
