"""Child processes: that they end when asked, and that nothing of them is left."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from _local import ports
from _local.children import kill_session, spawn, stop, without_root
from _local.places import CannotRun
from _local.supervisor import Child, Supervisor

_WAITS = [sys.executable, "-c", "import signal; signal.pause()"]
_DEAF = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({!r}, 'w'); signal.pause()"
)


def _gone(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def _spawn(tmp_path: Path, command: list[str]) -> "subprocess.Popen[bytes]":
    with (tmp_path / "log").open("ab") as output:
        return spawn(command, output=output)


def test_child_ends_when_asked(tmp_path: Path) -> None:
    child = _spawn(tmp_path, _WAITS)

    stop(child)

    assert child.returncode == -signal.SIGTERM


def test_child_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    child = _spawn(tmp_path, [sys.executable, "-c", _DEAF.format(str(ready))])
    assert ports.wait_for(ready.exists, timeout_s=20)

    stop(child, patience_s=0.1)

    assert child.returncode == -signal.SIGKILL


def test_grandchildren_of_a_killed_session_end_too(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    code = (
        "import pathlib, signal, subprocess, sys; "
        f"other = subprocess.Popen({_WAITS!r}); "
        f"pathlib.Path({str(note)!r}).write_text(str(other.pid) + '.'); signal.pause()"
    )
    child = _spawn(tmp_path, [sys.executable, "-c", code])
    assert ports.wait_for(lambda: note.exists() and note.read_text().endswith("."), timeout_s=20)

    kill_session(child.pid)
    child.wait()

    assert ports.wait_for(lambda: _gone(int(note.read_text()[:-1])), timeout_s=5)


def test_child_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    note = tmp_path / "child"
    code = (
        f"import sys, signal, pathlib; sys.path.insert(0, {str(Path('bin').resolve())!r})\n"
        "from _local.children import spawn\n"
        f"child = spawn({_WAITS!r}, output=open({str(tmp_path / 'log')!r}, 'ab'))\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid) + '.'); signal.pause()"
    )
    parent = _spawn(tmp_path, [sys.executable, "-c", code])
    assert ports.wait_for(lambda: note.exists() and note.read_text().endswith("."), timeout_s=20)

    parent.kill()
    parent.wait()

    assert ports.wait_for(lambda: _gone(int(note.read_text()[:-1])), timeout_s=5)


def test_without_root_is_not_root(tmp_path: Path) -> None:
    identity = without_root()
    with (tmp_path / "log").open("ab") as output:
        child = spawn(["/usr/bin/id", "-u"], output=output, identity=identity)
    child.wait()

    assert child.returncode == 0
    assert (tmp_path / "log").read_text().strip() != "0"


class _Told(list[str]):
    def __call__(self, words: str) -> None:
        self.append(words)


def _child(tmp_path: Path, command: list[str]) -> Child:
    return Child("worker", lambda: _spawn(tmp_path, command), tmp_path / "log")


def test_crashed_child_is_started_again(tmp_path: Path) -> None:
    told = _Told()
    supervisor = Supervisor(told)
    supervisor.add(_child(tmp_path, _WAITS))
    first = supervisor.process_ids()["worker"]
    os.kill(first, signal.SIGKILL)

    came_back = supervisor.watch(lambda: supervisor.process_ids()["worker"] != first)
    supervisor.stop()

    assert came_back
    assert told[0].startswith("worker ended (SIGKILL)")


def test_child_that_cannot_start_again_is_tried_later(tmp_path: Path) -> None:
    told = _Told()
    starts = iter([_WAITS, None, _WAITS])

    def start() -> "subprocess.Popen[bytes]":
        command = next(starts)
        if command is None:
            raise CannotRun("not now")
        return _spawn(tmp_path, command)

    supervisor = Supervisor(told)
    supervisor.add(Child("PostgreSQL", start, tmp_path / "log"))
    first = supervisor.process_ids()["PostgreSQL"]
    os.kill(first, signal.SIGKILL)

    supervisor.watch(lambda: supervisor.process_ids().get("PostgreSQL", first) != first)
    supervisor.stop()

    assert "PostgreSQL did not start: not now" in told


def test_child_that_does_not_start_at_all_is_an_error(tmp_path: Path) -> None:
    def refuse() -> "subprocess.Popen[bytes]":
        raise CannotRun("no such thing")

    with pytest.raises(CannotRun, match="no such thing"):
        Supervisor(_Told()).add(Child("web", refuse, tmp_path / "log"))


def test_signal_ends_the_watch_and_stop_ends_the_children(tmp_path: Path) -> None:
    supervisor = Supervisor(_Told())
    before = {n: signal.getsignal(n) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    supervisor.end_on_signals()
    try:
        supervisor.add(_child(tmp_path, _WAITS))
        process_id = supervisor.process_ids()["worker"]
        os.kill(os.getpid(), signal.SIGTERM)

        assert supervisor.watch() is False

        supervisor.stop()
        assert _gone(process_id)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
