"""The driver: answers go in, errors of services go in, everything else comes out."""

import time
from datetime import timedelta
from typing import Any

import pytest

from linkpoint.errors import Gone, TryLater
from sync.core.item import OutlookId
from sync.engine.ports import Call, Context, Reading, ReadOutlook, Store
from sync.engine.steps import Steps, api, db, sleep
from sync.store import Lease, LostLease
from sync.wiring.drive import Driver, TimeIsUp

CALL = ReadOutlook((OutlookId("a"),))


class Service:
    """Answers calls in order; an error is raised."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Call[Any]] = []

    def call(self, call: Call[Any]) -> Any:
        """Return or raise the next answer."""
        self.asked.append(call)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class Rows:
    """A store with one method."""

    def __init__(self, lease: Lease) -> None:
        self.lease = lease

    def reading(self) -> Reading:
        """Return a reading."""
        return Reading(None, "cursor")


def _lease() -> Lease:
    return Lease("mailbox_id", 1, 1)


def test_answers_of_calls_and_transactions_reach_the_engine() -> None:
    def steps() -> Steps[tuple[Any, str]]:
        answer = yield from api(CALL)
        reading = yield from db(Store.reading)
        return answer, reading.delta_link

    service = Service("answer")

    assert Driver(service, [Rows(_lease())]).run(steps()) == ("answer", "cursor")
    assert service.asked == [CALL]


def test_error_of_a_service_is_raised_where_the_engine_asked() -> None:
    def steps() -> Steps[str]:
        try:
            yield from api(CALL)
        except Gone:
            return "handled"
        return "not raised"

    assert Driver(Service(Gone("outlook", "gone")), []).run(steps()) == "handled"


def test_error_that_the_engine_lets_pass_comes_out() -> None:
    def steps() -> Steps[None]:
        yield from api(CALL)

    with pytest.raises(TryLater):
        Driver(Service(TryLater("outlook", "wait")), []).run(steps())


def test_call_is_not_made_once_the_turn_has_run_out() -> None:
    lease, service = _lease(), Service("late")
    lease.until = time.monotonic()

    def steps() -> Steps[None]:
        yield from api(CALL)

    with pytest.raises(LostLease):
        Driver(service, [Rows(lease)]).run(steps())
    assert service.asked == []


def test_call_is_not_made_behind_the_deadline() -> None:
    service = Service("late")

    def steps() -> Steps[None]:
        yield from api(CALL)

    with pytest.raises(TimeIsUp):
        Driver(service, [], deadline=time.monotonic()).run(steps())
    assert service.asked == []


def test_sleep_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)

    def steps() -> Steps[None]:
        yield from sleep(timedelta(hours=1))

    Driver(Service(), []).run(steps())

    assert slept == [5.0]


def test_context_tells_the_engine_no_time_of_ours() -> None:
    assert "now" not in Context.__dataclass_fields__
