"""The shared reading of an organization: rows of links only, news told from our own writes."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from sync.core.item import SalesforceId
from sync.engine.ports import LinkUpdate, NewIntent
from sync.models import Link, OrganizationState, SalesforceSeen
from sync.store import (
    LostLease,
    PostgresOrganizationStore,
    PostgresStore,
    take_organization,
)
from tests.people import ORGANIZATION_ID, Person
from tests.store.items import FIELDS, event, row

EVENT_ID = SalesforceId("00U5g00000AAAAAEA4")
NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
FOREIGN = "00D5g000000XXXXEAA"


@pytest.fixture
def shared(person: Person) -> PostgresOrganizationStore:
    """Return the store of the person's organization."""
    lease = take_organization(person.user.organization_id)
    assert lease is not None
    return PostgresOrganizationStore(lease, ORGANIZATION_ID)


@pytest.fixture
def link_id(store: PostgresStore) -> UUID:
    """Return a link whose Event was made and settled."""
    (link_id,) = store.link([event()], "click", {})
    store.settle(
        [
            LinkUpdate(
                link_id,
                planned=1,
                state="active",
                salesforce_id=EVENT_ID,
                base_outlook=FIELDS,
                base_salesforce=FIELDS,
            )
        ]
    )
    return link_id


def _waits() -> bool:
    link = Link.objects.get()
    return link.touched > link.planned


def test_first_reading_begins_at_the_given_moment(shared: PostgresOrganizationStore) -> None:
    assert shared.cursor() is None

    shared.begin(NOW)

    assert shared.cursor() == NOW


def test_rows_without_a_link_are_not_kept(shared: PostgresOrganizationStore, link_id: UUID) -> None:
    shared.save_rows([row(), row("00U5g00000BBBBBEA4")], NOW)

    assert list(SalesforceSeen.objects.values_list("salesforce_id", flat=True)) == [EVENT_ID]
    assert OrganizationState.objects.get().cursor == NOW


def test_our_own_write_is_no_news(shared: PostgresOrganizationStore, link_id: UUID) -> None:
    shared.save_rows([row()], NOW)

    assert not _waits()


def test_edit_in_salesforce_is_news_once(
    shared: PostgresOrganizationStore, store: PostgresStore, link_id: UUID
) -> None:
    edited = row(fields={"subject": "Theirs"})
    shared.save_rows([edited], NOW)
    assert _waits()
    store.settle([LinkUpdate(link_id, planned=2)])

    shared.save_rows([edited], NOW)

    assert not _waits()


def test_deletion_is_news_and_shows_in_the_case(
    shared: PostgresOrganizationStore, store: PostgresStore, link_id: UUID
) -> None:
    shared.save_rows([row(is_deleted=True)], NOW)

    assert [case.salesforce_deleted for case in store.cases(None, 10, None)] == [True]


def test_event_whose_creation_was_not_answered_is_found_by_its_key(
    shared: PostgresOrganizationStore, store: PostgresStore
) -> None:
    (link_id,) = store.link([event()], "click", {})
    store.settle([LinkUpdate(link_id, planned=1)])

    shared.save_rows([row(key=f"{ORGANIZATION_ID}:{link_id.hex}:0")], NOW)

    assert _waits()


@pytest.mark.parametrize(
    "key", ["", "x", f"{ORGANIZATION_ID}:not-hex:0", f"{ORGANIZATION_ID}:{'z' * 32}:0"]
)
def test_odd_key_is_nobodys(shared: PostgresOrganizationStore, link_id: UUID, key: str) -> None:
    shared.save_rows([row("00U5g00000BBBBBEA4", key=key)], NOW)

    assert not SalesforceSeen.objects.exists()


def test_key_of_another_organization_is_nobodys(
    shared: PostgresOrganizationStore, store: PostgresStore
) -> None:
    (link_id,) = store.link([event()], "click", {})

    shared.save_rows([row(key=f"{FOREIGN}:{link_id.hex}:0")], NOW)

    assert not SalesforceSeen.objects.exists()


def test_worker_without_the_turn_moves_no_cursor(
    shared: PostgresOrganizationStore, person: Person, link_id: UUID
) -> None:
    shared.begin(NOW)
    shared.lease.release()
    assert take_organization(person.user.organization_id) is not None

    with pytest.raises(LostLease):
        shared.save_rows([row()], NOW + timedelta(hours=1))

    assert OrganizationState.objects.get().cursor == NOW
    assert not SalesforceSeen.objects.exists()


def test_event_of_a_create_that_was_given_up_wakes_its_link(
    shared: PostgresOrganizationStore, store: PostgresStore
) -> None:
    (link_id,) = store.link([event()], "click", {})
    intent = NewIntent(link_id, "create", 0, {**FIELDS, "WhatId": "001"}, FIELDS, {}, "record")
    store.write_ahead([], [intent])
    store.settle([LinkUpdate(link_id, planned=1, state="dead", intent="void")])
    key = f"{ORGANIZATION_ID}:{link_id.hex}:0"

    shared.save_rows([row("other", key=f"{ORGANIZATION_ID}:{link_id.hex}:7")], NOW)
    assert Link.objects.get().state == "dead"
    shared.save_rows([row(EVENT_ID, key=key)], NOW)

    link = Link.objects.get()
    assert (link.state, link.salesforce_id, link.base_salesforce) == ("active", EVENT_ID, FIELDS)
    assert _waits()
