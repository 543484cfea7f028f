"""A mailbox with a turn taken, and its store."""

import pytest

from sync.core.settings import resolve
from sync.store import Lease, PostgresStore, take_mailbox
from tests.people import Person, make_organization, make_person


@pytest.fixture
def person(db: None) -> Person:
    """Return a person with a mailbox; nothing was read yet."""
    return make_person(None, make_organization())


@pytest.fixture
def lease(person: Person) -> Lease:
    """Return the turn for that mailbox."""
    taken = take_mailbox(person.mailbox.pk)
    assert taken is not None
    return taken


@pytest.fixture
def store(person: Person, lease: Lease) -> PostgresStore:
    """Return its store under the shipped policy."""
    return PostgresStore(lease, person.user.organization_id, resolve())
