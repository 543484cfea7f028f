"""Many requests in one, and too many: contract sections 12 and 13."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sandbox.server import Sandbox
from tests.sandbox.graph import Graph, event


def batch(graph: Graph, *requests_: dict[str, Any]) -> requests.Response:
    return graph.call("POST", "//$batch", {"requests": list(requests_)})


def read(graph: Graph, number: object, event_id: str, **more: Any) -> dict[str, Any]:
    url = f"/users/{graph.user_id}/events/{event_id}"
    return {"id": str(number), "method": "GET", "url": url, **more}


def test_each_item_has_its_own_status_and_the_batch_is_200(graph: Graph) -> None:
    made = graph.create(event())

    answer = batch(graph, read(graph, 1, made["id"]), read(graph, 2, "nonsense"))

    assert answer.status_code == 200
    assert {one["id"]: one["status"] for one in answer.json()["responses"]} == {"1": 200, "2": 400}


def test_prefer_counts_on_the_item_not_on_the_batch(graph: Graph) -> None:
    made = graph.create(event())
    prefer = {"Prefer": 'IdType="ImmutableId", outlook.timezone="Europe/Berlin"'}

    items = batch(
        graph, read(graph, 1, made["id"]), read(graph, 2, made["id"], headers=prefer)
    ).json()["responses"]

    assert [one["body"]["start"]["timeZone"] for one in items] == ["UTC", "Europe/Berlin"]
    assert items[1]["body"]["id"] == made["id"] != items[0]["body"]["id"]


def test_item_that_depends_on_a_failed_one_is_424(graph: Graph) -> None:
    made = graph.create(event())

    items = batch(
        graph,
        read(graph, "a", "nonsense"),
        read(graph, "b", made["id"], dependsOn=["A"]),
        read(graph, "c", made["id"]),
    ).json()["responses"]

    assert [one["status"] for one in items] == [400, 424, 200]


def test_writes_in_a_batch_happen_and_need_a_content_type(graph: Graph) -> None:
    url = f"/users/{graph.user_id}/events"
    item = {"id": "1", "method": "POST", "url": url, "body": event("From a batch")}

    without = batch(graph, item).json()["responses"][0]
    headers = {"Content-Type": "application/json"}
    made = batch(graph, item | {"headers": headers}).json()["responses"][0]

    assert (without["status"], made["status"]) == (400, 201)
    assert made["body"]["subject"] == "From a batch"
    assert graph.server.world.microsoft.writes == 1


@pytest.mark.parametrize(
    "requests_",
    [
        [],
        [{"id": str(n), "method": "GET", "url": "/users"} for n in range(21)],
        [{"id": "a", "method": "GET", "url": "/users"}, {"id": "A", "method": "GET", "url": "/x"}],
        [{"id": "1", "method": "GET", "url": "https://evil.example/"}],
        [{"id": "1", "method": "POST", "url": "/$batch"}],
        [{"id": "1", "method": "LOOK", "url": "/users"}],
        [{"id": "1", "method": "GET", "url": "/users", "dependsOn": ["2"]}],
        ["not an object"],
    ],
)
def test_batch_that_is_none_is_refused_whole(graph: Graph, requests_: list[Any]) -> None:
    assert batch(graph, *requests_).status_code == 400


def test_items_beyond_a_number_can_be_throttled(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.switches.set("batch_throttles_from", 3)
    made = graph.create(event())

    items = batch(graph, *(read(graph, n, made["id"]) for n in range(4))).json()["responses"]

    assert [one["status"] for one in items] == [200, 200, 429, 429]
    assert items[3]["headers"]["Retry-After"] == "2.128"


def test_fifth_request_at_once_to_a_mailbox_is_throttled(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.switches.set("latency_ms", 400)

    def look(_: int) -> requests.Response:
        url = f"{server.url}/v1.0/users/{graph.user_id}/calendars"
        return requests.get(url, headers={"Authorization": f"Bearer {graph.token}"}, timeout=10)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(look, range(8)))

    statuses = sorted(one.status_code for one in answers)
    assert statuses == [200] * 4 + [429] * 4
    throttled = next(one for one in answers if one.status_code == 429)
    assert throttled.headers["Retry-After"] == "2.128"
    assert throttled.json()["error"]["code"] == "TooManyRequests"


def test_allowance_of_ten_minutes_is_used_up(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.switches.set("mailbox_requests", 3)

    statuses = [graph.call("GET", "/calendars").status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]


def test_so_many_next_requests_are_throttled(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.switches.set("throttle_next", 1)

    statuses = [graph.call("GET", "/calendars").status_code for _ in range(2)]

    assert statuses == [429, 200]
