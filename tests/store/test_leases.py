"""Turns: one at a time, fenced by an epoch, free at once when their owner is dead."""

import os
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from sync.core.settings import resolve
from sync.models import Lease as LeaseRow
from sync.models import OutlookSeen
from sync.store import Lease, LostLease, PostgresStore, leases, take_mailbox, take_organization
from tests.people import Person
from tests.store.items import event


def _let_it_run_out(person: Person) -> None:
    gone_by = timezone.now() - timedelta(seconds=leases.CALL_TIMEOUT_S + 1)
    LeaseRow.objects.filter(mailbox=person.mailbox).update(expires_at=gone_by)


def test_second_worker_gets_no_turn_while_the_first_has_it(person: Person, lease: Lease) -> None:
    assert take_mailbox(person.mailbox.pk) is None


def test_turn_that_was_given_back_is_free_with_a_higher_epoch(person: Person, lease: Lease) -> None:
    lease.release()

    again = take_mailbox(person.mailbox.pk)

    assert again is not None
    assert again.epoch == lease.epoch + 1


def test_take_over_waits_for_a_call_that_may_be_on_its_way(person: Person, lease: Lease) -> None:
    just_ended = timezone.now() - timedelta(seconds=leases.CALL_TIMEOUT_S - 5)
    LeaseRow.objects.filter(mailbox=person.mailbox).update(expires_at=just_ended)

    assert take_mailbox(person.mailbox.pk) is None


def test_worker_that_lost_its_turn_writes_nothing(person: Person, store: PostgresStore) -> None:
    _let_it_run_out(person)
    assert take_mailbox(person.mailbox.pk) is not None

    with pytest.raises(LostLease):
        store.save_page([event()], "", "cursor")

    assert not OutlookSeen.objects.exists()


def test_late_release_leaves_the_new_owner_its_turn(person: Person, lease: Lease) -> None:
    _let_it_run_out(person)
    new = take_mailbox(person.mailbox.pk)
    assert new is not None

    lease.release()

    new.fence()  # raises if it was lost


def test_turn_is_renewed_inside_a_transaction_when_it_is_due(person: Person, lease: Lease) -> None:
    lease.until = time.monotonic() + 1
    old = timezone.now() + timedelta(seconds=1)
    LeaseRow.objects.filter(mailbox=person.mailbox).update(expires_at=old)

    lease.fence()

    assert lease.until > time.monotonic() + 50
    assert LeaseRow.objects.get(mailbox=person.mailbox).expires_at > old


def test_worker_stops_by_itself_at_its_own_deadline(lease: Lease) -> None:
    lease.until = time.monotonic()

    with pytest.raises(LostLease):
        lease.check()


def test_turn_of_a_killed_process_is_free_at_once(person: Person, lease: Lease) -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    place = leases.process_name().partition(":")[0]
    owner = f"{place}:{process.pid}:{leases._started(process.pid)}"
    LeaseRow.objects.filter(mailbox=person.mailbox).update(owner=owner)
    assert take_mailbox(person.mailbox.pk) is None

    process.kill()
    process.wait()

    assert take_mailbox(person.mailbox.pk) is not None


@pytest.mark.parametrize("owner", ["", "elsewhere:1:2", "elsewhere", ":::", "x" * 64])
def test_owner_that_is_not_known_here_counts_as_alive(owner: str) -> None:
    assert not leases.is_dead(owner)


def test_living_process_whose_start_is_hidden_counts_as_alive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = leases.process_name().partition(":")[0]
    monkeypatch.setattr(leases, "_PROC", tmp_path)  # as where /proc shows the own processes alone

    assert not leases.is_dead(f"{place}:{os.getppid()}:12345")


def test_process_that_took_the_number_of_another_is_not_taken_for_it() -> None:
    place, number, started = leases.process_name().split(":")

    assert leases.is_dead(f"{place}:{number}:{int(started) - 1}")


def test_epoch_that_a_database_gave_away_twice_lets_the_last_owner_write_alone(
    person: Person, lease: Lease
) -> None:
    LeaseRow.objects.filter(mailbox=person.mailbox).update(owner="another")

    with pytest.raises(LostLease):
        lease.fence()
    lease.release()

    assert LeaseRow.objects.get(mailbox=person.mailbox).owner == "another"


def test_this_process_is_alive_and_its_name_fits_the_column() -> None:
    assert not leases.is_dead(leases.process_name())
    assert len(leases.process_name()) <= 64


def test_organization_has_a_turn_of_its_own(person: Person, lease: Lease) -> None:
    assert take_organization(person.user.organization_id) is not None


def test_store_of_a_stale_epoch_cannot_read_either(person: Person, lease: Lease) -> None:
    stale = Lease("mailbox_id", person.mailbox.pk, lease.epoch - 1)

    with pytest.raises(LostLease):
        PostgresStore(stale, person.user.organization_id, resolve()).reading()
