"""Ports: the usual ones, the same again, others where they are taken."""

import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest
from _local import doorways, ports
from _local.doorways import Doorways


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as other:
        other.bind((ports.HOST, 0))
        other.listen()
        yield int(other.getsockname()[1])


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    free: list[int] = []
    while len(free) < 4:
        free += [port for port in [ports.choose()] if port not in free]
    numbers = dict(zip(("app", "sandbox", "postgres", "valkey"), free, strict=True))
    monkeypatch.setattr(doorways, "_USUAL", numbers)
    return numbers


def test_usual_ports_are_taken_when_they_are_free(tmp_path: Path, usual: dict[str, int]) -> None:
    chosen = asdict(Doorways.choose(tmp_path / "ports.json"))

    assert chosen == {**usual, "moved": False}


def test_taken_port_is_moved_and_stays_there_the_next_time(
    tmp_path: Path, usual: dict[str, int], taken: int
) -> None:
    usual["app"] = taken

    first = Doorways.choose(tmp_path / "ports.json")
    second = Doorways.choose(tmp_path / "ports.json")

    assert first.app != taken
    assert (second.app, second.moved) == (first.app, False)


def test_moved_says_that_addresses_changed(
    tmp_path: Path, usual: dict[str, int], taken: int
) -> None:
    memory = tmp_path / "ports.json"
    Doorways.choose(memory)
    memory.write_text(memory.read_text().replace(str(usual["sandbox"]), str(taken)))

    assert Doorways.choose(memory).moved is True


def test_every_host_of_both_services_is_led_to_the_sandbox() -> None:
    routes = Doorways(app=1, sandbox=8100, postgres=2, valkey=3).loopback_hosts()

    assert set(routes.values()) == {"http://127.0.0.1:8100"}
    assert {"graph.microsoft.com", "*.my.salesforce.com"} <= set(routes)
