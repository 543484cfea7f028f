"""Why? for one event, by either id."""

from datetime import UTC, datetime

import pytest

from sync.core.settings import resolve
from sync.models import Link
from sync.store import PostgresStore, take_mailbox
from sync.wiring.explaining import Explanation, explain_event
from tests.people import Person, make_organization, make_person
from tests.store.items import event

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
EVENT_ID = "00U5g00000AAAAAEA4"


@pytest.fixture
def person(db: None) -> Person:
    """Return a person with one normal, one declined and one recorded event."""
    person = make_person(None, make_organization())
    lease = take_mailbox(person.mailbox.pk)
    assert lease is not None
    store = PostgresStore(lease, person.user.organization_id, resolve())
    items = [event("normal"), event("declined", my_response="declined"), event("recorded")]
    store.save_outlook(items, [], [])
    store.link(items[2:], "click", {})
    Link.objects.update(salesforce_id=EVENT_ID, state="active")
    return person


def _why(person: Person, an_id: str) -> Explanation:
    return explain_event(person.mailbox, resolve(), an_id, NOW)


def test_event_that_nothing_stops_waits_to_be_asked_for(person: Person) -> None:
    told = _why(person, "normal")

    assert (told.state, {verdict.outcome for verdict in told.verdicts}) == (
        "not_recorded",
        {"pass"},
    )


def test_declined_event_says_what_stops_it(person: Person) -> None:
    stops = [
        verdict.rule for verdict in _why(person, "declined").verdicts if verdict.outcome == "stop"
    ]

    assert stops == ["my_response"]


@pytest.mark.parametrize("an_id", ["recorded", EVENT_ID, EVENT_ID[:15]])
def test_recorded_event_is_found_by_either_id(person: Person, an_id: str) -> None:
    told = _why(person, an_id)

    assert (told.state, told.row and told.row.outlook_id) == ("active", "recorded")


@pytest.mark.parametrize("an_id", ["nobody knows this", EVENT_ID[:14], "", "%"])
def test_unknown_id_is_unknown(person: Person, an_id: str) -> None:
    assert _why(person, an_id).state == "unknown"
