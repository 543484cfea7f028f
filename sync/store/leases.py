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
# By owner as well: a database that failed over may have forgotten an epoch, and give it away once more.
_FENCE = "SELECT 1 FROM sync_lease WHERE {column} = %s AND epoch = %s AND owner = %s FOR SHARE"
_RENEW = """
UPDATE sync_lease SET expires_at = now() + %s * interval '1 second'
 WHERE {column} = %s AND epoch = %s AND owner = %s
"""
_RELEASE = """
UPDATE sync_lease SET owner = '', expires_at = now() - (%s + 1) * interval '1 second'
 WHERE {column} = %s AND epoch = %s AND owner = %s
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
        owner: The process that took it.
    """

    column: str
    of: int
    epoch: int
    until: float = field(default_factory=lambda: time.monotonic() + TURN_S)
    owner: str = field(default_factory=lambda: process_name())  # noqa: PLW0108 -- defined below

    def fence(self) -> None:
        """Make sure of the turn inside a transaction, as its first statement, and renew it when it is due.

        Raises:
            LostLease: if another worker has it.
        """
        with connection.cursor() as cursor:
            cursor.execute(_FENCE.format(column=self.column), self._mine)
            if cursor.fetchone() is None:
                raise LostLease
            now = time.monotonic()
            if self.until - now < TURN_S - _RENEW_AFTER_S:
                cursor.execute(_RENEW.format(column=self.column), [TURN_S, *self._mine])
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
            cursor.execute(_RELEASE.format(column=self.column), [CALL_TIMEOUT_S, *self._mine])

    @property
    def _mine(self) -> list[int | str]:
        return [self.of, self.epoch, self.owner]


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
    return f"{_place()}:{os.getpid()}:{_started(os.getpid()) or ''}"


def is_dead(owner: str) -> bool:
    """Tell whether ``owner`` was a process in this place (machine, boot, container) that certainly ended."""
    place, _, process = owner.partition(":")
    number, _, started = process.partition(":")
    if place != _place() or not number.isdigit() or not started:
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass  # it lives under an account we may not ask
    now = _started(int(number))
    return now is not None and now != started


@lru_cache(maxsize=1)
def _place() -> str:
    """Return a short name of this machine, boot and container: process ids mean something only inside it.

    Start times as well: they count from the boot as the namespace of time has it.
    """
    parts = [socket.gethostname()]
    for name in ("sys/kernel/random/boot_id", "self/ns/pid", "self/ns/time"):
        path = _PROC / name
        try:
            parts.append(str(path.readlink()) if path.is_symlink() else path.read_text())
        except OSError:
            # Without all of them, a process elsewhere could be taken for one here: a name that fits nobody else.
            parts.append(os.urandom(8).hex())
    if not _tells_of_us():
        parts.append(os.urandom(8).hex())
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _tells_of_us() -> bool:
    """Tell whether /proc counts processes as we do: one of another container may be mounted in its place."""
    try:
        return (_PROC / "self").readlink().name == str(os.getpid())
    except OSError:
        return False


def _started(process_id: int) -> str | None:
    """Return when a process started, in ticks since boot; empty for one that ended; None where that is hidden."""
    try:
        stat = (_PROC / str(process_id) / "stat").read_text()
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return "" if state == "Z" else fields[18]
