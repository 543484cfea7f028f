"""The server: connections, bodies, dispatch, faults, the request log, the state file."""

import http.client
import json
import socket
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from sandbox import state
from sandbox.faults import Fault
from sandbox.server import Sandbox, start
from sandbox.world import World
from tests.sandbox.graph import ADDRESS, CLIENT, TENANT, Graph, event


def connection_to(server: Sandbox) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)


def test_connection_stays_open_from_request_to_request(server: Sandbox) -> None:
    connection = connection_to(server)

    sockets = []
    for path in ("/control/counters", "/control/clock", "/nothing"):
        connection.request("GET", path)
        connection.getresponse().read()
        sockets.append(connection.sock)

    assert sockets[0] is not None
    assert sockets[0] is sockets[1] is sockets[2]
    connection.close()


def test_body_in_chunks_is_read_to_its_end(server: Sandbox) -> None:
    connection = connection_to(server)
    parts = [b'{"now": "2026-03-01T', b'12:00:00Z", "freeze": true}']

    connection.request("POST", "/control/clock", body=iter(parts), encode_chunked=True)
    first = json.loads(connection.getresponse().read())
    connection.request("GET", "/control/clock")
    second = json.loads(connection.getresponse().read())

    assert first == second == {"now": "2026-03-01T12:00:00+00:00", "freeze": True}
    connection.close()


def test_host_header_decides_which_service_answers(server: Sandbox) -> None:
    def server_at(host: str, path: str) -> tuple[int, str]:
        answer = requests.get(server.url + path, headers={"Host": host}, timeout=10)
        return answer.status_code, answer.text

    graph = server_at("graph.microsoft.com", "/v1.0/users")
    login = server_at(
        "login.microsoftonline.com", f"/{TENANT}/v2.0/.well-known/openid-configuration"
    )
    org = server_at("acme.my.salesforce.com", "/services/data/")

    assert (graph[0], "InvalidAuthenticationToken" in graph[1]) == (401, True)
    assert (login[0], "token_endpoint" in login[1]) == (200, True)
    assert org[0] in {200, 401, 404}
    assert [entry.host for entry in server.world.requests] == [
        "graph.microsoft.com",
        "login.microsoftonline.com",
        "acme.my.salesforce.com",
    ]


def test_index_leads_to_both_pages(server: Sandbox) -> None:
    page = requests.get(server.url, timeout=10).text

    assert 'href="/outlook/"' in page
    assert 'href="/salesforce/"' in page


def test_loopback_hosts_lead_every_host_here(server: Sandbox) -> None:
    assert set(server.loopback_hosts.values()) == {server.url}
    assert "*.my.salesforce.com" in server.loopback_hosts


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
def test_dropped_connection_comes_before_or_after_the_effect(
    server: Sandbox, graph: Graph, when: str, created: int
) -> None:
    server.world.faults.add(Fault(path="/events$", method="POST", drop=True, when=when))

    with pytest.raises(requests.ConnectionError):
        graph.call("POST", "/events", event())

    assert len(server.world.microsoft.events(ADDRESS)) == created
    assert server.world.requests[-1].fault == f"drop {when}"


@pytest.mark.parametrize(("when", "created"), [("before", 0), ("after", 1)])
def test_status_of_a_fault_replaces_the_answer(
    server: Sandbox, graph: Graph, when: str, created: int
) -> None:
    fault = Fault(path="/events$", status=503, when=when, headers={"Retry-After": "1.5"})
    server.world.faults.add(fault)

    answer = graph.call("POST", "/events", event())
    again = graph.call("POST", "/events", event())

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1.5")
    assert again.status_code == 201
    assert len(server.world.microsoft.events(ADDRESS)) == created + 1


def test_fault_can_skip_delay_and_count(server: Sandbox, graph: Graph) -> None:
    server.world.faults.add(Fault(path="/calendars", delay_s=0.3, skip=1, times=1))

    lasted = []
    for _ in range(3):
        begun = time.monotonic()
        graph.get("/calendars")
        lasted.append(time.monotonic() - begun >= 0.3)

    assert lasted == [False, True, False]


def test_log_keeps_path_query_and_status_but_no_token(server: Sandbox, graph: Graph) -> None:
    server.world.requests.clear()

    graph.get("/calendars?$top=3")

    entry = server.world.requests[0]
    assert (entry.method, entry.path, entry.status) == (
        "GET",
        f"/v1.0/users/{graph.user_id}/calendars",
        200,
    )
    assert graph.token not in json.dumps(vars(entry))


@pytest.mark.parametrize(
    "line",
    [b"GET / HTTP/1.1\r\n\r\n", b"nonsense\r\n\r\n", b"GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"],
)
def test_broken_request_does_no_harm(server: Sandbox, line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as client:
        client.sendall(line)
        client.shutdown(socket.SHUT_WR)
        client.recv(1000)

    assert requests.get(f"{server.url}/control/counters", timeout=10).status_code == 200


def test_exchange_is_shown_to_observers(server: Sandbox, graph: Graph) -> None:
    seen: list[str] = []
    server.on_exchange(lambda exchange: seen.append(f"{exchange.method} {exchange.status}"))

    graph.create(event())

    assert seen == ["POST 201"]


def test_restarted_sandbox_remembers(tmp_path: Path) -> None:
    file = tmp_path / "world.pickle"
    with start(state_file=file) as first:
        microsoft = first.world.microsoft
        microsoft.add_tenant(tenant_id=TENANT, client_id=CLIENT, client_secret="hush")
        microsoft.add_mailbox(tenant_id=TENANT, address=ADDRESS, name="Hanna")
        made = microsoft.create_event(ADDRESS, event())
        wanted = {"now": "2030-01-01T00:00:00Z", "freeze": True}
        requests.post(f"{first.url}/control/clock", json=wanted, timeout=10)

    with start(state_file=file) as second:
        assert second.world.microsoft.event(ADDRESS, made["id"])["subject"] == "Review"
        assert second.world.clock.now().year == 2030
        again = second.world.microsoft.create_event(ADDRESS, event())
        assert again["id"] != made["id"]


def test_change_is_in_the_file_within_a_second(tmp_path: Path) -> None:
    file = tmp_path / "world.pickle"
    with start(state_file=file) as running:
        wanted = {"now": "2031-01-01T00:00:00Z", "freeze": True}
        requests.post(f"{running.url}/control/clock", json=wanted, timeout=10)
        end = time.monotonic() + 5
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.05)

        assert state.load(file).clock.now().year == 2031


def test_file_that_is_no_state_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "world.pickle"
    file.write_bytes(b"not a pickle")

    with pytest.raises(ValueError, match=r"world\.pickle: not a state"):
        start(state_file=file)


def test_world_is_saved_without_its_observers(tmp_path: Path) -> None:
    world = World()
    world.exchange_observers.append(lambda _: None)
    file = tmp_path / "world.pickle"

    state.save(world, file)

    assert isinstance(state.load(file), World)
    assert [path.name for path in tmp_path.iterdir()] == ["world.pickle"]


def test_server_listens_on_loopback_only(server: Sandbox) -> None:
    assert urlsplit(server.url).hostname == "127.0.0.1"
