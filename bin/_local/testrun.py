"""bin/test: lint, types, import contracts, migrations, all tests, and a look through everything they logged.

Without arguments it runs everything; with arguments it runs pytest with them and nothing else.  Both bring their
own PostgreSQL and Valkey.
"""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from _local import install, leaks
from _local.backing import environment_for_tests, log_folder, throwaway
from _local.places import ROOT, CannotRun
from _local.preparation import captured, collect_static

TYPED = ("linkpoint", "sync", "snapfields", "sandbox", "tests", "bench", "bin/_local")


@dataclass(frozen=True, slots=True)
class Stage:
    """One step and how it went."""

    name: str
    passed: bool
    took_s: float


def main(arguments: Sequence[str]) -> int:
    """Run everything, or what ``arguments`` ask of pytest; return the exit status."""
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a text stream
    began = time.monotonic()
    try:
        _check_recorded_data()
        chromium = install.ensure_chromium()
        logs = log_folder()
        with throwaway() as backing:
            environment = environment_for_tests(backing, logs=logs, chromium=chromium)
            stages = [] if arguments else _checks(environment)
            collect_static(environment)
            closing, tests = _pytest(arguments or _everything(), environment)
            stages += [tests, look_through_logs([*logs.iterdir(), *backing.logs])]
    except CannotRun as problem:
        sys.stdout.write(f"{problem}\n")
        return 1
    if not chromium:
        _say("BROWSER TESTS WERE SKIPPED: no Chromium here. Install the package chromium.")
    summarize(stages, time.monotonic() - began)
    _say(closing)
    return 0 if all(stage.passed for stage in stages) else 1


def _check_recorded_data() -> None:
    shared = Path(os.environ.get("LINKPOINT_SHARED", ROOT.parent / "shared"))
    if os.environ.get("CI") and not shared.is_dir():
        raise CannotRun(
            f"The recorded contracts and calendars are missing: {shared}. In CI they have to be there; "
            "elsewhere, run without CI in the environment and their tests are skipped by name."
        )


def _checks(environment: Mapping[str, str]) -> list[Stage]:
    python = sys.executable
    beside = Path(python).parent
    return [
        _stage("ruff check", [beside / "ruff", "check", "--quiet", "."], environment),
        _stage("ruff format", [beside / "ruff", "format", "--check", "--quiet", "."], environment),
        _stage("import contracts", [beside / "lint-imports"], environment),
        _stage("mypy", [python, "-m", "mypy", "--no-error-summary", *TYPED], environment),
        _stage(
            "migrations",
            [python, "manage.py", "makemigrations", "--check", "--dry-run"],
            environment,
        ),
    ]


def _stage(name: str, command: Sequence[str | Path], environment: Mapping[str, str]) -> Stage:
    """Run one check; show what it says only if it fails."""
    began = time.monotonic()
    ran = captured(command, environment)
    stage = Stage(name, ran.returncode == 0, time.monotonic() - began)
    _tell(stage)
    if not stage.passed:
        sys.stdout.write(ran.stdout + ran.stderr)
    return stage


def _everything() -> list[str]:
    return ["-n", "2", "--dist", "worksteal", "-rfEs", "tests"]


def _pytest(arguments: Sequence[str], environment: Mapping[str, str]) -> tuple[str, Stage]:
    """Run pytest, passing its output on as it comes; return its closing line and how it went."""
    seed = secrets.randbelow(2**32)
    given = any("randomly" in argument for argument in arguments)
    order = [] if given else [f"--randomly-seed={seed}"]
    if not given:
        _say(f"random order; --randomly-seed={seed} repeats it")
    colour = ["--color=yes"] if sys.stdout.isatty() else []
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *order, *colour, *arguments],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    closing = _pass_on(process)
    status = process.wait()
    stage = Stage("pytest", status == 0, time.monotonic() - began)
    return closing, stage


def _pass_on(process: subprocess.Popen[bytes]) -> str:
    """Copy what the process writes to our output at once; return its last line."""
    assert process.stdout is not None  # noqa: S101 -- asked for with PIPE
    tail = b""
    while piece := os.read(process.stdout.fileno(), 65536):
        sys.stdout.buffer.write(piece)
        sys.stdout.buffer.flush()
        tail = (tail + piece)[-4096:]
    lines = tail.decode(errors="replace").strip().split("\n")
    return lines[-1]


def look_through_logs(files: Sequence[Path]) -> Stage:
    """Return whether no file holds what no log may hold; say where one does."""
    began = time.monotonic()
    found = list(leaks.search(files))
    for leak in found[:20]:
        _say(str(leak))
    if found:
        _say(f"{len(found)} lines hold what no log may hold")
    return Stage("no secret in the logs", not found, time.monotonic() - began)


def summarize(stages: Sequence[Stage], total_s: float) -> None:
    """Say how each stage went and how long it took."""
    _say("")
    for stage in stages:
        _tell(stage)
    _say(f"{'all':24} {'':6} {total_s:6.1f} s")


def _tell(stage: Stage) -> None:
    _say(f"{stage.name:24} {'ok' if stage.passed else 'FAILED':6} {stage.took_s:6.1f} s")


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
