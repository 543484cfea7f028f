"""Taking turns: one worker at a time per mailbox and per organization, fenced by an epoch (sync.md 12, R17).

A worker that lost its turn finds out at its next transaction, whose first statement asks for its epoch, or before its
next call, when its own monotonic deadline has passed.  A turn is free again 30 seconds (the longest call) after it
ended; at once where the process that had it is known to be dead.
"""

import os
import socket
import time
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.db import connection

from sync.models import Lease as LeaseRow

TURN_S = 60
"""How long a turn lasts without a renewal, in seconds."""

CALL_TIMEOUT_S = 30
"""A take-over waits this long after the end of a turn: a call of the former owner may still be on its way."""

_RENEW_AFTER_S = 20
_PROC = Path("/proc")

_TAKE = """
UPDATE sync_lease SET owner = %(me)s, epoch = epoch + 1, expires_at = now() + %(turn)s * interval '1 second'
 WHERE {column} = %(of)s
   AND (expires_at + %(call)s * interval '1 second' < now() OR owner = ANY(%(dead)s))
RETURNING epoch
"""
_FENCE = "SELECT 1 FROM sync_lease WHERE {column} = %s AND epoch = %s FOR SHARE"
_RENEW = """
UPDATE sync_lease SET expires_at = now() + %s * interval '1 second' WHERE {column} = %s AND epoch = %s
"""
_RELEASE = """
UPDATE sync_lease SET owner = '', expires_at = now() - (%s + 1) * interval '1 second'
 WHERE {column} = %s AND epoch = %s
"""


class LostLease(Exception):
    """Another worker has the turn; nothing more may be written or called by this one."""


@dataclass(slots=True)
class Lease:
    """A turn that was taken.

    Attributes:
        column: ``mailbox_id`` or ``organization_id``.
        of: The id there.
        epoch: Grows with each turn; the fence of every transaction.
        until: Monotonic seconds at which this worker stops by itself.
    """

    column: str
    of: int
    epoch: int
    until: float = field(default_factory=lambda: time.monotonic() + TURN_S)

    def fence(self) -> None:
        """Make sure of the turn inside a transaction, as its first statement, and renew it when it is due.

        Raises:
            LostLease: if another worker has it.
        """
        with connection.cursor() as cursor:
            cursor.execute(_FENCE.format(column=self.column), [self.of, self.epoch])
            if cursor.fetchone() is None:
                raise LostLease
            now = time.monotonic()
            if self.until - now < TURN_S - _RENEW_AFTER_S:
                cursor.execute(_RENEW.format(column=self.column), [TURN_S, self.of, self.epoch])
                self.until = now + TURN_S

    def check(self) -> None:
        """Make sure, without asking the database, that a call may still be made.

        Raises:
            LostLease: if the turn has run out.
        """
        if time.monotonic() >= self.until:
            raise LostLease

    def release(self) -> None:
        """Give the turn back; does nothing when it was lost."""
        with connection.cursor() as cursor:
            cursor.execute(
                _RELEASE.format(column=self.column), [CALL_TIMEOUT_S, self.of, self.epoch]
            )


def take_mailbox(mailbox_id: int) -> Lease | None:
    """Return the turn for a mailbox, or None while another worker has it."""
    return _take("mailbox_id", mailbox_id)


def take_organization(organization_pk: int) -> Lease | None:
    """Return the turn for an organization's shared reading, or None while another worker has it."""
    return _take("organization_id", organization_pk)


def _take(column: str, of: int) -> Lease | None:
    row = LeaseRow.objects.filter(**{column: of}).values_list("owner", flat=True).first()
    if row is None:
        LeaseRow.objects.bulk_create([LeaseRow(**{column: of})], ignore_conflicts=True)
        row = ""
    until = (
        time.monotonic() + TURN_S
    )  # counted from before the statement: never longer than the row's
    with connection.cursor() as cursor:
        cursor.execute(
            _TAKE.format(column=column),
            {
                "me": process_name(),
                "of": of,
                "turn": TURN_S,
                "call": CALL_TIMEOUT_S,
                "dead": [row] if row and is_dead(row) else [],
            },
        )
        taken = cursor.fetchone()
    return Lease(column, of, taken[0], until) if taken else None


def process_name() -> str:
    """Return a name of this process that no other one has: where it runs, its id, and when it started."""
    return f"{_place()}:{os.getpid()}:{_started(os.getpid())}"


def is_dead(owner: str) -> bool:
    """Tell whether ``owner`` was a process in this place (machine, boot, container) that certainly ended."""
    place, _, process = owner.partition(":")
    number, _, started = process.partition(":")
    if place != _place() or not number.isdigit() or not started:
        return False
    return _started(int(number)) != started


@lru_cache(maxsize=1)
def _place() -> str:
    """Return a short name of this machine, boot and container: process ids mean something only inside it."""
    parts = [socket.gethostname()]
    for path in (_PROC / "sys/kernel/random/boot_id", _PROC / "self/ns/pid"):
        try:
            parts.append(str(path.readlink()) if path.is_symlink() else path.read_text())
        except OSError:
            # Without both, a process elsewhere could be taken for one here: a name that fits nobody else.
            parts.append(os.urandom(8).hex())
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _started(process_id: int) -> str:
    """Return when a living process started, in ticks since boot; empty for one that ended or is a zombie."""
    try:
        stat = (_PROC / str(process_id) / "stat").read_text()
    except OSError:
        return ""
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state == "Z" else fields[18]
