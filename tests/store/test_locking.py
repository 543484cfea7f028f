"""Several links are locked in one order, whoever does it: two workers never wait for each other in a circle."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.core.item import OutlookId
from sync.engine.ports import LinkUpdate
from sync.models import Link
from sync.store import PostgresOrganizationStore, PostgresStore, take_organization
from tests.people import ORGANIZATION_ID, Person
from tests.store.items import event, row


def _settle(store: PostgresStore) -> None:
    store.settle([LinkUpdate(link.id, planned=1) for link in Link.objects.all()])


def _link(store: PostgresStore) -> None:
    store.link([event("b"), event("a")], "click", {})


def _see(store: PostgresStore) -> None:
    store.save_outlook([], [OutlookId("b"), OutlookId("a")], ())


def _read(store: PostgresStore) -> None:
    organization_pk = Link.objects.values_list("organization_id", flat=True)[0]
    lease = take_organization(organization_pk)
    assert lease is not None
    rows = [row(salesforce_id, fields={"subject": "New"}) for salesforce_id in ("s2", "s1")]
    PostgresOrganizationStore(lease, ORGANIZATION_ID).save_rows(rows, rows[0].modstamp)


@pytest.mark.parametrize("deed", [_settle, _link, _see, _read])
def test_links_are_locked_in_the_order_of_their_ids(
    store: PostgresStore, person: Person, deed: Callable[[PostgresStore], None]
) -> None:
    items = [event("a"), event("b")]
    store.save_outlook(items, (), ())
    links = store.link(items, "click", {})
    store.settle(
        [
            LinkUpdate(link_id, state="active", salesforce_id=salesforce_id)  # type: ignore[arg-type]
            for link_id, salesforce_id in zip(links, ("s1", "s2"), strict=True)
        ]
    )

    with CaptureQueriesContext(
        connection,
    ) as asked:
        deed(store)

    locks = [q["sql"] for q in asked if 'FROM "sync_link"' in q["sql"] and "FOR UPDATE" in q["sql"]]
    assert locks != []
    assert all("ORDER BY" in lock for lock in locks)
