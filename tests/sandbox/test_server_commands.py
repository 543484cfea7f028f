"""``python -m sandbox``: serve, import, seed."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests

from sandbox.__main__ import main
from sandbox.server import Sandbox
from tests.sandbox.graph import ADDRESS

CALENDAR = """BEGIN:VCALENDAR
BEGIN:VEVENT
UID:one
SUMMARY:Größe
DTSTART:20261201T080000Z
END:VEVENT
BEGIN:VTODO
UID:two
END:VTODO
END:VCALENDAR
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.ics"
    path.write_text(CALENDAR, newline="\r\n")
    return path


def test_import_prints_a_report_and_tells_a_refusal_by_its_status(
    server: Sandbox, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["import", str(file), "--mailbox", ADDRESS, "--url", server.url])

    printed = capsys.readouterr().out
    assert status == 1
    assert "2 components: 1 imported, 0 imported with a change, 1 not imported." in printed
    assert "VTODO two" in printed
    assert server.world.microsoft.events(ADDRESS)[0]["subject"] == "Größe"


def test_import_prints_json_on_demand(
    server: Sandbox, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["import", str(file), "--mailbox", ADDRESS, "--url", server.url, "--json"])

    assert json.loads(capsys.readouterr().out)["refused"] == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "nowhere.ics"], "nowhere.ics"),
        (["import", "{file}", "--mailbox", "nobody@acme.example"], "nobody@acme.example"),
        (["import", "{file}", "--url", "https://evil.example"], "--url"),
        (["import", "{file}", "--url", "http://127.0.0.1:9"], "No sandbox answers"),
        (["seed", "demo", "--app-url", "x", "--jwt-public-key", "{file}"], "DEMO_CONSUMER_SECRET"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_line(
    server: Sandbox,
    file: Path,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    message: str,
) -> None:
    given = [one.replace("{file}", str(file)) for one in arguments]
    if "--url" not in given:
        given += ["--url", server.url]

    status = main(given)

    told = capsys.readouterr().err
    assert status == 1
    assert message in told
    assert told.count("\n") == 1


def test_serve_answers_saves_and_ends_on_a_signal(tmp_path: Path) -> None:
    state = tmp_path / "state.pickle"
    command = [sys.executable, "-m", "sandbox", "serve", "--port", "0", "--state", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1].rstrip("/")
        moved = requests.post(
            f"{url}/control/clock", json={"now": "2030-01-01T00:00:00Z"}, timeout=10
        )
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=20)

    assert (moved.status_code, status) == (200, 0)
    assert state.exists()
    assert time.monotonic() - begun < 15


def test_port_that_is_taken_is_told(server: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["serve", "--port", str(server.port)])

    assert status == 1
    assert f"Port {server.port}" in capsys.readouterr().err
