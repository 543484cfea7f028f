"""bin/chaos N: kill the worker N times at random points of recording and updating, and count what is left."""

import subprocess
import sys
import time
from collections.abc import Sequence

from _local.backing import environment_for_tests, log_folder, throwaway
from _local.places import ROOT, CannotRun
from _local.preparation import must
from _local.testrun import Stage, look_through_logs, summarize


def main(arguments: Sequence[str]) -> int:
    """Run ``tests.e2e.chaos`` with ``arguments`` on services of its own; return the exit status."""
    began = time.monotonic()
    logs = log_folder()
    try:
        with throwaway() as backing:
            environment = environment_for_tests(backing, logs=logs, chromium=None)
            environment["PYTHONPATH"] = str(ROOT / "bin")
            must("migrate", "--noinput", "-v0", environment=environment)
            ran = subprocess.run(
                [sys.executable, "-m", "tests.e2e.chaos", *arguments],
                cwd=ROOT,
                env=environment,
                check=False,
            )
            stage = Stage("kills", ran.returncode == 0, time.monotonic() - began)
            stages = [stage, look_through_logs([*logs.iterdir(), *backing.logs])]
    except CannotRun as problem:
        sys.stdout.write(f"{problem}\n")
        return 1
    summarize(stages, time.monotonic() - began)
    return 0 if all(each.passed for each in stages) else 1
