"""One suite for every Salesforce that the engine may meet: the emulated one over HTTP, and the one in memory.

So the service that the simulated schedules run on is as true as the real client (testing.md 7).
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import pytest

from linkpoint.errors import Exists, Gone, Outdated
from sync.core.item import Fields, SalesforceId, SalesforceItem
from sync.engine.ports import (
    Call,
    ChangedEvent,
    CreateSalesforce,
    DeleteSalesforce,
    FindSalesforce,
    NewEvent,
    ReadSalesforce,
    ReadSalesforceChanges,
    UpdateSalesforce,
)
from sync.sides.event_fields import changed_row
from sync.sides.salesforce import SalesforceSide
from tests.sides.conftest import HANNA
from tests.sides.test_event_fields import TIMED
from tests.sim.clock import Clock
from tests.sim.salesforce import MemorySalesforce

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
KEY = "00D5g00000AcmeXEAR:{}:1"


class Salesforce(Protocol):
    """A Salesforce with somebody in front of it."""

    @property
    def owner(self) -> str: ...
    def call(self, call: Call[Any]) -> Any: ...
    def edit(self, event_id: SalesforceId, fields: Fields) -> None: ...
    def remove(self, event_id: SalesforceId) -> None: ...
    def wait(self, seconds: int) -> None: ...


@dataclass
class InMemory:
    service: MemorySalesforce
    clock: Clock
    owner: str = "u1"

    def call(self, call: Call[Any]) -> Any:
        match call:
            case CreateSalesforce():
                return self.service.create_all(call)
            case UpdateSalesforce():
                return self.service.update_all(call)
            case DeleteSalesforce():
                return self.service.delete(call)
            case ReadSalesforce():
                return self.service.read(call)
            case FindSalesforce():
                return self.service.find(call)
            case ReadSalesforceChanges():
                return self.service.changes(call)
            case _:
                raise TypeError(call)

    def edit(self, event_id: SalesforceId, fields: Fields) -> None:
        self.service.edit(self.service.rows[event_id], dict(fields))

    def remove(self, event_id: SalesforceId) -> None:
        self.service.remove(self.service.rows[event_id])

    def wait(self, seconds: int) -> None:
        self.clock.ms += seconds * 1000


@dataclass
class OnSandbox:
    side: SalesforceSide
    org: Any
    clock: Any

    @property
    def owner(self) -> str:
        return str(self.org.user(HANNA)["Id"])

    def call(self, call: Call[Any]) -> Any:
        return self.side.call(call)

    def edit(self, event_id: SalesforceId, fields: Fields) -> None:
        self.org.update("Event", event_id, changed_row(fields), as_user=HANNA)

    def remove(self, event_id: SalesforceId) -> None:
        self.org.delete("Event", event_id, as_user=HANNA)

    def wait(self, seconds: int) -> None:
        self.clock.move_to(self.clock.now() + timedelta(seconds=seconds), freeze=True)


@pytest.fixture(params=["memory", "sandbox"])
def salesforce(request: pytest.FixtureRequest) -> Salesforce:
    if request.param == "memory":
        clock = Clock()
        return InMemory(MemorySalesforce(clock, random.Random(7)), clock)  # noqa: S311 -- a seed, no secret
    request.getfixturevalue("org")
    sandbox = request.getfixturevalue("sandbox")
    sandbox.world.clock.move_to(datetime(2026, 11, 25, 8, tzinfo=UTC), freeze=True)
    side = SalesforceSide(request.getfixturevalue("client"), has_key=True)
    return OnSandbox(side, request.getfixturevalue("org"), sandbox.world.clock)


def event(salesforce: Salesforce, name: str = "a", **more: Any) -> NewEvent:
    return NewEvent(KEY.format(name), salesforce.owner, {**TIMED, **more}, "UTC", LONG_AGO)


def create(salesforce: Salesforce, *events: NewEvent) -> list[Any]:
    return list(salesforce.call(CreateSalesforce(events)))


def read(salesforce: Salesforce, event_id: SalesforceId) -> SalesforceItem:
    item: SalesforceItem = salesforce.call(ReadSalesforce((event_id,)))[event_id]
    return item


def write(salesforce: Salesforce, item: SalesforceItem, **fields: Any) -> Any:
    changed = ChangedEvent(item.id, fields, item.modstamp)
    return salesforce.call(UpdateSalesforce((changed,)))[0]


def test_created_event_is_read_as_it_was_written(salesforce: Salesforce) -> None:
    (made,) = create(salesforce, event(salesforce))

    item = read(salesforce, made)

    assert item.fields == TIMED
    assert (item.key, item.owner_id, item.is_deleted) == (KEY.format("a"), salesforce.owner, False)


def test_create_sent_again_overwrites_nothing(salesforce: Salesforce) -> None:
    (made,) = create(salesforce, event(salesforce))
    salesforce.wait(5)
    salesforce.edit(made, {"subject": "By a person"})

    again, other = create(salesforce, event(salesforce), event(salesforce, "b"))

    assert isinstance(again, Exists)
    assert again.record_id == made
    assert isinstance(other, str)
    assert read(salesforce, made).fields["subject"] == "By a person"


def test_key_counts_capitals(salesforce: Salesforce) -> None:
    lower, upper = create(salesforce, event(salesforce, "a"), event(salesforce, "A"))

    found = salesforce.call(FindSalesforce((event(salesforce, "A"),)))

    assert lower != upper
    assert {key: row.id for key, row in found.items()} == {KEY.format("A"): upper}


def test_update_writes_its_fields_alone(salesforce: Salesforce) -> None:
    (made,) = create(salesforce, event(salesforce))
    salesforce.wait(5)

    assert write(salesforce, read(salesforce, made), subject="New") is None

    assert read(salesforce, made).fields == {**TIMED, "subject": "New"}


def test_update_of_what_moved_writes_nothing(salesforce: Salesforce) -> None:
    (made,) = create(salesforce, event(salesforce))
    seen = read(salesforce, made)
    salesforce.wait(5)
    salesforce.edit(made, {"location": "By a person"})

    refused = write(salesforce, seen, subject="New")

    assert isinstance(refused, Outdated)
    assert read(salesforce, made).fields == {**TIMED, "location": "By a person"}


def test_edit_within_the_same_second_is_not_noticed_by_the_condition(
    salesforce: Salesforce,
) -> None:
    (made,) = create(salesforce, event(salesforce))
    seen = read(salesforce, made)
    salesforce.edit(made, {"location": "By a person"})

    assert write(salesforce, seen, subject="New") is None
    assert seen.read_at < seen.modstamp + timedelta(seconds=1)


def test_update_of_a_deleted_event_is_gone(salesforce: Salesforce) -> None:
    (made,) = create(salesforce, event(salesforce))
    seen = read(salesforce, made)
    salesforce.wait(5)
    salesforce.remove(made)

    assert isinstance(write(salesforce, seen, subject="New"), Gone)


def test_deleted_event_can_be_read_and_found(salesforce: Salesforce) -> None:
    (made,) = create(salesforce, event(salesforce))
    salesforce.wait(5)

    salesforce.call(DeleteSalesforce(made))

    assert read(salesforce, made).is_deleted
    assert salesforce.call(FindSalesforce((event(salesforce),)))[KEY.format("a")].is_deleted
    with pytest.raises(Gone):
        salesforce.call(DeleteSalesforce(made))


def test_key_of_a_deleted_event_can_be_used_again_and_the_live_one_is_found(
    salesforce: Salesforce,
) -> None:
    (first,) = create(salesforce, event(salesforce))
    salesforce.call(DeleteSalesforce(first))

    (second,) = create(salesforce, event(salesforce))

    found = salesforce.call(FindSalesforce((event(salesforce),)))
    assert second != first
    assert found[KEY.format("a")].id == second


def test_unknown_id_is_left_out_of_a_reading(salesforce: Salesforce) -> None:
    assert salesforce.call(ReadSalesforce((SalesforceId("00U5g00000ZZZZZEA5"),))) == {}


def test_changes_come_once_in_order_from_a_moment_on(salesforce: Salesforce) -> None:
    early = create(salesforce, event(salesforce, "a"), event(salesforce, "b"))
    salesforce.wait(10)
    late = create(salesforce, event(salesforce, "c"))
    salesforce.remove(early[1])
    since = read(salesforce, late[0]).modstamp

    page = salesforce.call(ReadSalesforceChanges(since))
    rest = salesforce.call(ReadSalesforceChanges(since, page.rows[0].id))

    assert {row.id: row.is_deleted for row in page.rows} == {late[0]: False, early[1]: True}
    assert [row.id for row in rest.rows] == [row.id for row in page.rows[1:]]
    assert not page.more
