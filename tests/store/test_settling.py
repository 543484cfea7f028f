"""Outcomes: links, intents and conflicts change together, in few queries."""

from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext

from sync.core.item import SalesforceId
from sync.core.settings import resolve
from sync.engine.ports import LinkUpdate, NewConflict, NewIntent
from sync.models import Conflict, Intent, Link, Run
from sync.store import Lease, PostgresStore
from tests.people import Person
from tests.store.items import FIELDS, event

EVENT_ID = SalesforceId("00U5g00000AAAAAEA4")
QUESTION = NewConflict("deleted", "It was deleted in Outlook.", is_open=True)


@pytest.fixture
def link_id(store: PostgresStore) -> UUID:
    """Return a new link."""
    item = event()
    store.save_outlook([item], [], [])
    return store.link([item], "click", {})[0]


def _intent(link_id: UUID, op: str = "create") -> NewIntent:
    return NewIntent(link_id, op, 0, FIELDS, {"subject": "a"}, {"subject": "b"}, "record")


def test_intent_is_stored_with_the_epoch_and_the_run(
    person: Person, lease: Lease, store: PostgresStore, link_id: UUID
) -> None:
    run = Run.objects.create(mailbox=person.mailbox, kind="record", mode="snaprecord")
    of_run = PostgresStore(lease, person.user.organization_id, resolve(), run.pk)

    of_run.write_ahead([], [_intent(link_id)])

    intent = Intent.objects.get()
    assert (intent.epoch, intent.run, intent.status, intent.before) == (
        lease.epoch, run, "open", {"subject": "b"},
    )  # fmt: skip


def test_resolved_base_is_stored_together_with_the_next_intent(
    store: PostgresStore, link_id: UUID
) -> None:
    store.write_ahead([], [_intent(link_id)])
    resolved = LinkUpdate(link_id, intent="void", base_outlook={"subject": "x"})

    store.write_ahead([resolved], [_intent(link_id, "update")])

    assert list(Intent.objects.order_by("id").values_list("op", "status")) == [
        ("create", "void"), ("update", "open"),
    ]  # fmt: skip
    assert Link.objects.get().base_outlook == {"subject": "x"}


def test_second_open_intent_of_a_link_is_refused_and_nothing_is_half_done(
    store: PostgresStore, link_id: UUID
) -> None:
    store.write_ahead([], [_intent(link_id)])

    with pytest.raises(IntegrityError):
        store.write_ahead([LinkUpdate(link_id, state="active")], [_intent(link_id, "update")])

    assert Link.objects.get().state == "pending_salesforce"


def test_made_event_activates_its_link(store: PostgresStore, link_id: UUID) -> None:
    store.write_ahead([], [_intent(link_id)])

    store.settle(
        [
            LinkUpdate(
                link_id,
                state="active",
                salesforce_id=EVENT_ID,
                base_outlook=FIELDS,
                base_salesforce=FIELDS,
                problem="",
                intent="done",
            )
        ]
    )

    link = Link.objects.get()
    assert (link.state, link.salesforce_id, link.base_outlook) == ("active", EVENT_ID, FIELDS)
    assert link.recorded_at is not None
    assert link.intents.get().resolved_at is not None


def test_none_leaves_a_column_as_it_is(store: PostgresStore, link_id: UUID) -> None:
    store.settle([LinkUpdate(link_id, state="active", salesforce_id=EVENT_ID, problem="why")])

    store.settle([LinkUpdate(link_id, planned=1)])

    link = Link.objects.get()
    assert (link.state, link.salesforce_id, link.problem) == ("active", EVENT_ID, "why")


def test_new_generation_forgets_the_event(store: PostgresStore, link_id: UUID) -> None:
    store.settle([LinkUpdate(link_id, state="active", salesforce_id=EVENT_ID)])

    store.settle([LinkUpdate(link_id, generation=1)])

    link = Link.objects.get()
    assert (link.generation, link.salesforce_id) == (1, None)


def test_open_question_stays_as_it_was_asked_and_is_settled_with_the_link(
    store: PostgresStore, link_id: UUID
) -> None:
    store.settle([LinkUpdate(link_id, state="conflict", conflicts=(QUESTION,))])
    store.settle([LinkUpdate(link_id, state="conflict", conflicts=(QUESTION,))])
    assert Conflict.objects.get().state == "open"

    store.settle([LinkUpdate(link_id, state="active")])

    assert Conflict.objects.get().state == "settled"


def test_lost_value_is_kept_beside_the_winner(store: PostgresStore, link_id: UUID) -> None:
    lost = NewConflict(
        "subject", "changed on both sides", {"subject": "theirs"}, {"subject": "ours"}
    )

    store.settle([LinkUpdate(link_id, conflicts=(lost,))])

    kept = Conflict.objects.get()
    assert (kept.losing_value, kept.winning_value, kept.state) == (
        {"subject": "theirs"}, {"subject": "ours"}, "settled",
    )  # fmt: skip


def test_forgetting_spares_a_write_whose_outcome_is_open(
    store: PostgresStore, link_id: UUID
) -> None:
    store.write_ahead([], [_intent(link_id)])
    store.write_ahead([LinkUpdate(link_id, intent="done")], [_intent(link_id, "update")])

    store.settle([LinkUpdate(link_id, forget_texts=True)])

    texts = dict(Intent.objects.values_list("status", "before"))
    assert texts == {"done": {}, "open": {"subject": "b"}}


def test_number_of_queries_does_not_grow_with_the_updates(store: PostgresStore) -> None:
    def queries(count: int) -> int:
        items = [event(f"{count} {n}") for n in range(count)]
        ids = store.link(items, "click", {})
        with CaptureQueriesContext(connection) as captured:
            store.write_ahead(
                [LinkUpdate(link_id, planned=1) for link_id in ids],
                [_intent(link_id) for link_id in ids],
            )
            store.settle(
                [
                    LinkUpdate(link_id, state="active", intent="done", conflicts=(QUESTION,))
                    for link_id in ids
                ]
            )
        return len(captured)

    assert queries(2) == queries(150) <= 24
