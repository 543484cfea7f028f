"""Links: one an item however often it is asked for, and read with everything a plan needs."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from sync.core.item import Kind, OutlookId, SalesforceId
from sync.core.settings import resolve
from sync.engine.ports import LinkUpdate, NewIntent
from sync.models import Link
from sync.store import PostgresStore, take_mailbox
from sync.store.linking import ensure_links
from tests.people import Person, make_organization, make_person
from tests.store.items import FIELDS, event

T = TypeVar("T")
EVENT_ID = SalesforceId("00U5g00000AAAAAEA4")


def _link(store: PostgresStore, *names: str, **extras: Any) -> list[UUID]:
    items = [event(name) for name in names]
    store.save_outlook(items, [], [])
    return store.link(items, "click", extras)


def _create(link_id: UUID, generation: int = 0) -> NewIntent:
    return NewIntent(link_id, "create", generation, FIELDS, FIELDS, {}, "record")


def test_item_has_one_link_however_often_it_is_asked_for(store: PostgresStore) -> None:
    first = _link(store, "a", "b")

    assert store.link([event("b"), event("a"), event("b")], "category", {}) == [
        first[1], first[0], first[1],
    ]  # fmt: skip
    assert Link.objects.count() == 2


def _at_once(count: int, act: Callable[[], T]) -> list[T]:
    """Return what ``count`` threads got that all began at the same moment."""
    together = threading.Barrier(count)

    def begin() -> T:
        together.wait(timeout=10)
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return [future.result() for future in [pool.submit(begin) for _ in range(count)]]


@pytest.mark.django_db(transaction=True)
def test_two_threads_make_one_link() -> None:
    person = make_person(None, make_organization())
    key = (person.mailbox.pk, person.user.organization_id)

    made = _at_once(2, lambda: ensure_links(key, [event("a")], "click", {}))

    assert made == [[Link.objects.get().id]] * 2


@pytest.mark.django_db(transaction=True)
def test_of_four_workers_that_want_a_mailbox_one_gets_it() -> None:
    person = make_person(None, make_organization())

    got = _at_once(4, lambda: take_mailbox(person.mailbox.pk) is not None)

    assert sorted(got) == [False, False, False, True]


def test_new_link_is_planned_and_then_at_rest(store: PostgresStore) -> None:
    (link_id,) = _link(store, "a")
    case = store.cases(None, 10, None)[0]
    assert (case.link_id, case.outlook, case.outlook_gone) == (link_id, event("a"), False)

    store.settle(
        [LinkUpdate(link_id, planned=case.touched, state="active", salesforce_id=EVENT_ID)]
    )

    assert store.cases(None, 10, None) == []


def test_observation_during_planning_is_planned_again(store: PostgresStore) -> None:
    (link_id,) = _link(store, "a")
    case = store.cases(None, 10, None)[0]
    store.save_outlook([event("a", fields={"subject": "New"})], [], [])

    store.settle([LinkUpdate(link_id, planned=case.touched, state="active")])

    assert [case.link_id for case in store.cases(None, 10, None)] == [link_id]


def test_link_with_an_open_write_is_found_though_nothing_new_was_seen(store: PostgresStore) -> None:
    (link_id,) = _link(store, "a")
    store.write_ahead([LinkUpdate(link_id, planned=1)], [_create(link_id)])

    case = store.cases(None, 10, None)[0]

    assert case.intent is not None
    assert (case.intent.op, case.intent.payload, case.intent.cause) == ("create", FIELDS, "record")


def test_named_links_are_returned_planned_or_not(store: PostgresStore) -> None:
    a, b = _link(store, "a", "b")
    store.settle([LinkUpdate(a, planned=1), LinkUpdate(b, planned=1)])

    assert [case.link_id for case in store.cases([b], 10, None)] == [b]


def test_cases_come_in_pages_in_the_order_of_their_ids(store: PostgresStore) -> None:
    ids = sorted(_link(store, *"abcde"))

    first = store.cases(None, 2, None)
    rest = store.cases(None, 10, first[-1].link_id)

    assert [case.link_id for case in first + rest] == ids


def test_gone_item_is_a_case_without_an_item(store: PostgresStore) -> None:
    _link(store, "a")
    store.save_outlook([], [OutlookId("a")], [])

    case = store.cases(None, 10, None)[0]

    assert (case.outlook, case.outlook_gone) == (None, True)


def test_dead_link_rests_until_it_is_asked_for_again_and_keeps_what_it_knew(
    store: PostgresStore,
) -> None:
    (link_id,) = _link(store, "a")
    store.settle([LinkUpdate(link_id, state="active", salesforce_id=EVENT_ID, base_outlook=FIELDS)])
    store.settle([LinkUpdate(link_id, planned=1, state="dead", problem="deleted")])
    assert store.cases([link_id], 10, None) == []

    assert _link(store, "a") == [link_id]

    case = store.cases(None, 10, None)[0]
    assert (case.generation, case.salesforce_id, case.base_outlook, case.state) == (
        0, EVENT_ID, FIELDS, "pending_salesforce",
    )  # fmt: skip


def test_refused_link_keeps_its_generation_so_that_a_late_event_is_found(
    store: PostgresStore,
) -> None:
    (link_id,) = _link(store, "a")
    store.settle([LinkUpdate(link_id, planned=1, state="dead", problem="private")])

    _link(store, "a")

    assert store.cases(None, 10, None)[0].generation == 0


def test_extras_stay_with_the_link_until_the_event_is_made(store: PostgresStore) -> None:
    (link_id,) = _link(store, "a", WhatId="0015g00000AAAAAAA0")

    _link(store, "a", Type="Call")

    assert store.cases([link_id], 1, None)[0].extras == {
        "WhatId": "0015g00000AAAAAAA0",
        "Type": "Call",
    }


def test_deletions_count_what_is_gone_and_not_dealt_with(store: PostgresStore) -> None:
    ids = _link(store, *"abcd")
    made = [
        LinkUpdate(link_id, planned=1, state="active", salesforce_id=SalesforceId(f"00U{n:015}"))
        for n, link_id in enumerate(ids)
    ]
    store.settle(made)
    store.save_outlook([event("c", is_cancelled=True)], [OutlookId("a"), OutlookId("b")], [])
    store.settle([LinkUpdate(ids[0], planned=99)])

    assert store.deletions() == (2, 4)


def test_link_of_another_mailbox_is_out_of_reach(store: PostgresStore, person: Person) -> None:
    other = make_person(None, person.user.organization, name="Jo Other")
    key = (other.mailbox.pk, other.user.organization_id)
    (link_id,) = ensure_links(key, [event("theirs")], "click", {})

    store.write_ahead([LinkUpdate(link_id, state="active")], [_create(link_id)])

    link = Link.objects.get(id=link_id)
    assert (link.state, link.intents.count()) == ("pending_salesforce", 0)
    assert store.cases([link_id], 10, None) == []


def test_key_of_an_occurrence_is_its_series_and_slot(store: PostgresStore) -> None:
    slot = "2026-11-25T09:00:00Z"
    item = event(
        "a", kind=Kind.EXCEPTION, series_master_id="m", original_start=slot,
        fields={"start": "2026-11-26T09:00:00Z"},
    )  # fmt: skip

    store.link([item], "click", {})

    assert Link.objects.get().occurrence_key == f"m|{slot}"


@pytest.mark.parametrize("ask", ["link", "cases", "deletions", "live"])
def test_number_of_queries_does_not_grow_with_the_links(store: PostgresStore, ask: str) -> None:
    def queries(count: int) -> int:
        items = [event(f"{count} {n}") for n in range(count)]
        store.save_outlook(items, [], [])
        asked: dict[str, Callable[[], object]] = {
            "link": lambda: store.link(items, "click", {}),
            "cases": lambda: store.cases(store.link(items, "click", {}), count, None),
            "deletions": store.deletions,
            "live": lambda: store.live(count, None),
        }
        with CaptureQueriesContext(connection) as captured:
            asked[ask]()
        return len(captured)

    assert queries(2) == queries(150) <= 13


def test_policy_decides_what_the_store_keeps_not_the_caller(store: PostgresStore) -> None:
    assert resolve().text("private") == "skip"
    hidden = event("a", fields={"sensitivity": "confidential"})
    store.save_outlook([hidden], [], [])
    store.link([hidden], "command", {})

    case = store.cases(None, 1, None)[0]

    assert case.outlook is not None
    assert case.outlook.fields["subject"] == "Busy"
