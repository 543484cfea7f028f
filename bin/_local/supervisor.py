"""Keeps children running: a crashed one is started again, and all of them end when we do."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from _local.children import stop
from _local.places import CannotRun

_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_HEALTHY_AFTER_S = 60.0
_LOOK_EVERY_S = 0.2


@dataclass
class Child:
    """A program that must keep running.

    Attributes:
        name: For people.
        start: Starts it and returns its process; may wait until it answers.
        log: Where its output goes.
        first_signal: What asks it to end.
        patience_s: How long it may take to end before it is killed.
        ends_last: Others need it until they have ended.
    """

    name: str
    start: Callable[[], subprocess.Popen[bytes]]
    log: Path
    first_signal: int = signal.SIGTERM
    patience_s: float = 4.0
    ends_last: bool = False
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    pause_s: float = _FIRST_PAUSE_S
    start_at: float | None = None


class Supervisor:
    """Starts children in order, watches them, and stops them in reverse order."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._children: list[Child] = []
        self._end = threading.Event()

    def end_on_signals(self) -> None:
        """Let Ctrl-C and the usual signals make :meth:`watch` return."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self._end.set()

    def add(self, child: Child) -> None:
        """Start ``child`` and keep it running from now on.

        Raises:
            CannotRun: It did not start; later failures to start are said and tried again.
        """
        self._start(child)
        self._children.append(child)

    def process_ids(self) -> dict[str, int]:
        """Return the process id of each child that runs."""
        return {child.name: child.process.pid for child in self._children if child.process}

    def watch(self, until: Callable[[], bool] | None = None) -> bool:
        """Keep the children running until ``until`` is true (return True) or a signal came (return False)."""
        while not self._end.is_set():
            if until is not None and until():
                return True
            for child in self._children:
                self._look_after(child)
            self._end.wait(0.03 if until is not None else _LOOK_EVERY_S)
        return False

    def stop(self) -> None:
        """End all children: at once, but for those that others need."""
        for child in self._children:
            if child.process is not None and not child.ends_last and child.process.poll() is None:
                child.process.send_signal(child.first_signal)
        for child in sorted(self._children, key=lambda child: child.ends_last):
            if child.process is not None:
                signal_now = child.first_signal if child.ends_last else None
                stop(child.process, first=signal_now, patience_s=child.patience_s)
                child.process = None

    def _start(self, child: Child) -> None:
        child.process = child.start()
        child.started_at = time.monotonic()
        child.start_at = None

    def _look_after(self, child: Child) -> None:
        now = time.monotonic()
        if child.start_at is not None:
            if now >= child.start_at:
                self._start_again(child)
            return
        if child.process is None or child.process.poll() is None:
            return
        stop(child.process)  # what it had started goes with it
        if now - child.started_at > _HEALTHY_AFTER_S:
            child.pause_s = _FIRST_PAUSE_S
        self._say(f"{child.name} ended ({_how(child.process.returncode)}); its log: {child.log}")
        self._schedule(child)

    def _start_again(self, child: Child) -> None:
        try:
            self._start(child)
        except CannotRun as problem:
            self._say(f"{child.name} did not start: {problem}")
            child.process = None
            self._schedule(child)

    def _schedule(self, child: Child) -> None:
        self._say(f"starting {child.name} again in {child.pause_s:g} s")
        child.start_at = time.monotonic() + child.pause_s
        child.pause_s = min(child.pause_s * 2, _LONGEST_PAUSE_S)


def _how(status: int) -> str:
    if status < 0:
        return signal.Signals(-status).name
    return f"exit status {status}"
