"""What stands in the environment is checked before anything starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def _start(**changes: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LOOPBACK_HOSTS": "", "PUBLIC_URL": "", **changes}
    return subprocess.run(
        [sys.executable, "-c", "import linkpoint.wsgi"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", " "),
        ("FIELD_KEYS", ""),
        ("FIELD_KEYS", "whisper"),
        ("FIELD_KEYS", "hushhushhushhushhushhushhushhushhushhushhus=,whisper"),
        ("ALLOWED_HOSTS", ""),
        ("ALLOWED_HOSTS", "https://whisper.example"),
        ("PUBLIC_URL", "whisper.example"),
        ("PUBLIC_URL", "https://whisper.example/app?x=1"),
        ("PUBLIC_URL", "https://who:whisper@calendar.example"),
        ("PUBLIC_URL", "https://["),
        ("REDIS_URL", "whisper"),
        ("REDIS_URL", ""),
        ("DATABASE_URL", ""),
        ("DATABASE_URL", "whisper"),
        ("DATABASE_URL", "sqlite:///whisper"),
        ("LOOPBACK_HOSTS", "whisper"),
        ("LOOPBACK_HOSTS", '{"graph.microsoft.com": "http://whisper.example:80"}'),
        ("SALESFORCE_API_VERSION", "newest"),
    ],
)
def test_value_that_does_not_fit_stops_the_start_by_name(name: str, value: str) -> None:
    started = _start(**{name: value})

    told = started.stderr.strip().split("\n")[-1]
    assert started.returncode == 1
    assert name in told
    assert "whisper" not in told


def test_values_that_fit_let_it_start() -> None:
    started = _start(
        FIELD_KEYS="hushhushhushhushhushhushhushhushhushhushhus=, ",
        ALLOWED_HOSTS="calendar.example, .example",
        PUBLIC_URL="https://calendar.example:8443/",
    )

    assert started.returncode == 0, started.stderr
