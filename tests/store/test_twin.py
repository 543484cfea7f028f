"""Whole simulated schedules over the real store, which must answer and end like the one in memory."""

from typing import cast

import pytest

from sync.store import (
    PostgresOrganizationStore,
    PostgresStore,
    take_mailbox,
    take_organization,
)
from tests.people import make_organization, make_person
from tests.sim.schedule import Schedule, policy_of
from tests.sim.store import ORGANIZATION, MemoryStore
from tests.store.twin import TwinOrganizationStore, TwinStore


@pytest.mark.parametrize("seed", range(25))
def test_schedule_over_postgresql_goes_as_in_memory(
    db: None, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    person = make_person(None, make_organization(organization_id=ORGANIZATION))
    lease = take_mailbox(person.mailbox.pk)
    shared = take_organization(person.user.organization_id)
    assert lease is not None
    assert shared is not None
    schedule = Schedule(seed)
    real = PostgresStore(lease, person.user.organization_id, policy_of(schedule.rules))
    twin = TwinStore(schedule.store, real, monkeypatch)
    schedule.store = cast("MemoryStore", twin)
    organization = TwinOrganizationStore(twin.rows)
    organization.real = PostgresOrganizationStore(shared, ORGANIZATION)
    schedule.organization = organization

    problem = schedule.go()

    assert problem == ""
    twin.compare()
