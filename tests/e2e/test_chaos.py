"""Ten runs of the chaos command: the worker is killed while it records and updates, answers are lost, nothing is."""

import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import ROOT

RUNS = 10


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_killed_workers_and_lost_answers_leave_each_event_recorded_once(test_logs: Path) -> None:
    seed = str(secrets.randbelow(10**6))

    ran = subprocess.run(
        [sys.executable, "-m", "tests.e2e.chaos", str(RUNS), "--seed", seed],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )

    (test_logs / "chaos.log").write_text(ran.stdout + ran.stderr)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"{RUNS} runs, {RUNS * 50} events" in ran.stdout
