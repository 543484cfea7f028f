"""An organization without a field for our key: what was made is known by what it says (sync.md 4)."""

from datetime import timedelta

from sync.engine.ports import CreateSalesforce
from tests.engine.desk import Desk, Fault, call, outcomes
from tests.sim.outlook import Event

A_WHILE = timedelta(minutes=3)


def desk_without_keys() -> Desk:
    """Return a desk whose organization has no key field."""
    desk = Desk()
    desk.use_keys(False)
    return desk


def later(desk: Desk) -> None:
    """Let a call that was on its way arrive, or not."""
    desk.clock.ms += int(A_WHILE.total_seconds() * 1000)


def pair(desk: Desk) -> tuple[Event, Event]:
    """Return two events that say the same."""
    return desk.event(), desk.event()


def test_event_that_says_what_another_says_gets_an_event_of_its_own() -> None:
    desk = desk_without_keys()
    first, second = pair(desk)
    desk.record(first)
    desk.record(second, Fault(call(CreateSalesforce), "kill"))
    later(desk)

    desk.record(second)

    assert len(desk.live) == 2
    assert desk.row_of(first) is not desk.row_of(second)


def test_lost_create_of_an_event_that_says_what_another_says_is_found() -> None:
    desk = desk_without_keys()
    first, second = pair(desk)
    desk.record(first)
    desk.record(second, Fault(call(CreateSalesforce), "kill after"))
    later(desk)

    desk.record(second)

    assert len(desk.live) == 2
    assert desk.row_of(first) is not desk.row_of(second)


def test_create_is_not_repeated_while_the_first_may_still_arrive() -> None:
    desk = desk_without_keys()
    event = desk.event()
    desk.record(event, Fault(call(CreateSalesforce), "kill"))

    early = desk.record(event)
    later(desk)
    in_time = desk.record(event)

    assert outcomes(early) == [("create", "retry")]
    assert outcomes(in_time) == [("create", "done")]
    assert len(desk.live) == 1


def test_lost_create_is_found_when_the_organization_got_the_field_meanwhile() -> None:
    desk = desk_without_keys()
    event = desk.event()
    desk.record(event, Fault(call(CreateSalesforce), "lose"))
    desk.use_keys(True)

    desk.record(event)
    later(desk)
    desk.record(event)

    assert len(desk.live) == 1
    assert desk.row_of(event) is desk.live[0]


def test_lost_create_is_found_when_the_organization_lost_the_field_meanwhile() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event, Fault(call(CreateSalesforce), "lose"))
    desk.use_keys(False)

    desk.record(event)

    assert len(desk.live) == 1
    assert desk.row_of(event) is desk.live[0]
