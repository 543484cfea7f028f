"""Child processes that never outlive us by accident, and that need not run as root."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Identity:
    """As whom a child runs.

    Attributes:
        kind: ``as_is``; ``namespace``: the same account outside, an ordinary one in its own user namespace;
            ``account``: another account of this machine.
        uid: The account the child believes to be (``namespace``) or is (``account``).
        gid: Its group.
    """

    kind: Literal["as_is", "namespace", "account"] = "as_is"
    uid: int = 0
    gid: int = 0

    @property
    def owner(self) -> tuple[int, int]:
        """Return uid and gid, as seen from outside, that the child's files must have."""
        return (self.uid, self.gid) if self.kind == "account" else (os.getuid(), os.getgid())

    def take_on(self) -> None:
        """Become this identity; meant for a child between fork and exec."""
        if self.kind == "account":
            os.setgroups([])
            os.setgid(self.gid)
            os.setuid(self.uid)
        elif self.kind == "namespace":
            uid, gid = os.getuid(), os.getgid()
            if _libc.unshare(_CLONE_NEWUSER) != 0:
                raise OSError(ctypes.get_errno(), "no user namespace")
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"{self.uid} {uid} 1")
            Path("/proc/self/gid_map").write_text(f"{self.gid} {gid} 1")


def without_root() -> Identity:
    """Return an identity for programs that refuse root: a user namespace if the kernel allows one, else ``nobody``."""
    if os.getuid() != 0:
        return Identity()
    nobody = pwd.getpwnam("nobody")
    confined = Identity("namespace", nobody.pw_uid, nobody.pw_gid)
    if _works(confined):
        return confined
    return Identity("account", nobody.pw_uid, nobody.pw_gid)


def _works(identity: Identity) -> bool:
    try:
        subprocess.run(["/bin/true"], check=True, preexec_fn=identity.take_on)
    except (subprocess.SubprocessError, OSError):
        return False
    return True


def _between_fork_and_exec(
    identity: Identity, death_signal: int, parent: int
) -> Callable[[], None]:
    def prepare() -> None:
        identity.take_on()
        if death_signal:
            # The kernel forgets this wish when the account changes, so it comes second.
            _libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def spawn(
    command: Sequence[str | Path],
    *,
    output: IO[bytes],
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    identity: Identity | None = None,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start ``command`` as the leader of its own session, with no standard input.

    Call it from the main thread: ``death_signal`` reaches the child when the calling thread ends, however that
    happens.  0 lets the child outlive us.
    """
    prepare = _between_fork_and_exec(identity or Identity(), death_signal, os.getpid())
    return subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(environment) if environment is not None else None,
        cwd=directory,
        start_new_session=True,
        preexec_fn=prepare,  # noqa: PLW1509 -- called from the main thread before any other exists
    )


def kill_session(leader: int) -> None:
    """Kill at once every process of the session that ``leader`` began, such as a worker and the job it is running."""
    while members := _session_members(leader):
        for member in members:
            _signal(member, signal.SIGKILL)
        time.sleep(0.005)


def stop(
    process: subprocess.Popen[bytes],
    *,
    first: int | None = signal.SIGTERM,
    patience_s: float = 5.0,
) -> None:
    """End the child and what it started: politely, then by force after ``patience_s``.

    ``first`` is the signal that asks it; None: it was asked already, and a second signal would hurry it.
    """
    if process.poll() is None:
        if first is not None:
            process.send_signal(first)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience_s)
    process.kill()
    process.wait()
    kill_session(process.pid)


def _session_members(leader: int) -> list[int]:
    members = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, _group, session = stat.read_text().rpartition(")")[2].split()[:4]
        except (FileNotFoundError, ProcessLookupError):
            continue  # it ended while we looked
        if int(session) == leader and state != "Z":
            members.append(int(stat.parent.name))
    return members


def _signal(process_id: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, number)
