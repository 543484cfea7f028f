"""bin/demo as a newcomer meets it: it comes up, keeps running whatever crashes, and leaves nothing behind."""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from _local import ports

ROOT = Path(__file__).resolve().parent.parent.parent


class RunningDemo:
    """A demo with its data in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        unset = ("DATABASE_URL", "REDIS_URL", "LOG_FILE", "LOOPBACK_HOSTS")
        kept = {name: value for name, value in os.environ.items() if name not in unset}
        self.folder = folder
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [ROOT / "bin" / "demo"],
            env={**kept, "LINKPOINT_LOCAL": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.said += self.process.stdout

    def text(self) -> str:
        return "".join(self.said)

    def wait_until_ready(self) -> None:
        done = ports.wait_for(
            lambda: "Logs:" in self.text() or self.process.poll() is not None, timeout_s=100
        )
        assert done, self.text()
        assert "Ready after" in self.text(), self.text() + self._logs()

    def _logs(self) -> str:
        return "".join(log.read_text()[-2000:] for log in self.folder.glob("logs/*.log"))

    def address(self, words: str) -> str:
        found = re.search(rf"{words}\s+(http://\S+)", self.text())
        assert found, self.text()
        return found[1]

    def children(self) -> dict[str, int]:
        """Return the process ids of the children by a word of their command line."""
        words = {
            "sandbox": "sandbox",
            "gunicorn": "web",
            "rqworker": "worker",
            "clock": "clock",
            "postgres": "postgres",
            "valkey-server": "valkey",
        }
        found = {}
        for process_id in _children_of(self.process.pid):
            line = Path(f"/proc/{process_id}/cmdline").read_text().split("\0")
            name = next((n for word, n in words.items() if any(word in part for part in line)), "")
            found[name] = process_id
        return found

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(40)
        finally:
            self.process.kill()
            self._reader.join(5)


def _children_of(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(word) for word in text.split()]


def _status(url: str) -> int:
    """Return the status of a page; 0 where nobody answers."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=10).status_code
        except requests.RequestException:
            return 0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    running = RunningDemo(tmp_path_factory.mktemp("demo"))
    try:
        running.wait_until_ready()
        yield running
    finally:
        running.stop()


pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def test_demo_shows_both_services_the_app_and_the_admin(demo: RunningDemo) -> None:
    pages = [
        demo.address("Salesforce, with the LinkPoint tab"),
        demo.address("Outlook"),
        demo.address("LinkPoint on its own"),
        demo.address("Administration"),
    ]

    assert [_status(page) for page in pages] == [200, 200, 200, 200]
    assert re.search(r"with the password\s+hush-\S{6,}", demo.text())


@pytest.mark.parametrize("name", ["web", "worker", "sandbox", "clock", "valkey", "postgres"])
def test_killed_child_comes_back(demo: RunningDemo, name: str) -> None:
    killed = demo.children()[name]

    os.kill(killed, signal.SIGKILL)

    assert ports.wait_for(
        lambda: demo.children().get(name, killed) != killed, timeout_s=60, pause_s=0.2
    ), demo.text()
    health = demo.address("LinkPoint on its own") + "healthz"
    assert ports.wait_for(lambda: _status(health) == 200, timeout_s=60, pause_s=0.2), demo.text()


def test_demo_stops_without_a_trace_and_starts_again_where_it_was(tmp_path: Path) -> None:
    first = RunningDemo(tmp_path)
    try:
        first.wait_until_ready()
        children = first.children()
    finally:
        first.stop()
    assert first.process.returncode == 0
    assert set(children) >= {"web", "worker", "clock", "sandbox", "postgres", "valkey"}
    assert [pid for pid in children.values() if Path(f"/proc/{pid}").exists()] == []

    second = RunningDemo(tmp_path)
    try:
        second.wait_until_ready()
    finally:
        second.stop()
    assert "creating the people" in first.text()
    assert "creating the people" not in second.text()
    assert second.address("Outlook") == first.address("Outlook")


def test_second_demo_on_the_same_data_is_refused(demo: RunningDemo) -> None:
    second = RunningDemo(demo.folder)
    second.process.wait(30)

    assert second.process.returncode == 1
    second.stop()
    assert "A demo runs already" in second.text()
