"""Subscriptions and what they bring: contract section 11."""

import json
import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from jsonschema import Draft202012Validator

from sandbox.server import Sandbox
from tests.sandbox.graph import ADDRESS, Graph, event, weekly
from tests.sandbox.listener import Listener, listening
from tests.shared import CONTRACTS, needs_shared


@pytest.fixture
def listener() -> Iterator[Listener]:
    with listening() as one:
        yield one


def subscribe(graph: Graph, url: str, *, minutes: int = 60, **more: Any) -> requests.Response:
    now = graph.server.world.clock.now()
    wish = {
        "changeType": "created,updated,deleted",
        "resource": f"/users/{graph.user_id}/events",
        "notificationUrl": url,
        "clientState": "hush-state",
        "expirationDateTime": (now + timedelta(minutes=minutes)).isoformat(),
        **more,
    }
    return graph.call("POST", "//subscriptions", wish)


def test_both_addresses_are_asked_before_a_subscription_lives(
    graph: Graph, listener: Listener
) -> None:
    answer = subscribe(graph, listener.url, lifecycleNotificationUrl=listener.url)

    assert answer.status_code == 201
    assert len(listener.handshakes) == 2
    assert listener.handshakes[0] not in {"", None}
    listed = graph.get("//subscriptions")["value"]
    assert [one["id"] for one in listed] == [answer.json()["id"]]


def test_create_is_told_as_created_and_updated_with_the_client_state(
    graph: Graph, listener: Listener
) -> None:
    subscribe(graph, listener.url)
    made = graph.create(event())

    notes = listener.wait_for(2)

    assert sorted(note["changeType"] for note in notes) == ["created", "updated"]
    assert {note["clientState"] for note in notes} == {"hush-state"}
    assert notes[0]["resource"] == f"Users/{graph.user_id}/Events/{made['id']}"
    assert notes[0]["resourceData"]["id"] == made["id"]
    assert graph.get(f"//{notes[0]['resource']}")["id"] == made["id"]
    assert graph.server.world.microsoft.writes == 1


@needs_shared
def test_notifications_fit_the_contract(graph: Graph, listener: Listener) -> None:
    strict = json.loads((CONTRACTS / "graph-calendar.strict.schema.json").read_text())
    reference = "#/$defs/microsoft.graph.changeNotificationCollection"
    subscribe(graph, listener.url)
    graph.create(event())

    notes = listener.wait_for(2)

    Draft202012Validator({**strict, "$ref": reference}).validate({"value": notes})


def test_deleted_occurrence_is_told_as_update_of_its_series(
    graph: Graph, listener: Listener
) -> None:
    master = graph.create(weekly())
    occurrence = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]["id"]
    subscribe(graph, listener.url)

    graph.call("DELETE", f"/events/{occurrence}")

    note = listener.wait_for(1)[0]
    assert (note["changeType"], note["resourceData"]["id"]) == ("updated", master["id"])


def test_refused_delivery_is_tried_again(graph: Graph, listener: Listener) -> None:
    listener.answers = [503]
    subscribe(graph, listener.url, changeType="created")

    graph.create(event())

    assert [note["changeType"] for note in listener.wait_for(1)] == ["created"]


def test_address_that_does_not_answer_200_with_the_token_is_refused(
    graph: Graph, listener: Listener
) -> None:
    listener.handshake_status = 202
    accepted = subscribe(graph, listener.url)
    listener.handshake_status, listener.handshake_body = 200, "something else"
    wrong = subscribe(graph, listener.url)

    for answer in (accepted, wrong):
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "ValidationError")
    assert graph.get("//subscriptions")["value"] == []


def test_address_that_keeps_silent_is_refused_when_its_time_is_up(graph: Graph) -> None:
    graph.server.world.microsoft.switches.set("handshake_timeout_s", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = subscribe(graph, f"http://127.0.0.1:{silent.getsockname()[1]}/notify")

    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InvalidRequest"
    assert answer.json()["error"]["message"] == "Subscription validation request timed out."


@pytest.mark.parametrize(
    "url", ["https://app.example/notify", "http://10.0.0.1:80/x", "http://127.0.0.1/x"]
)
def test_nothing_but_loopback_is_ever_called(graph: Graph, url: str) -> None:
    answer = subscribe(graph, url)

    assert answer.status_code == 400
    assert "not on loopback" in answer.json()["error"]["message"]


def test_route_leads_a_public_address_to_loopback(graph: Graph, listener: Listener) -> None:
    target = listener.url.removesuffix("/notify")
    graph.server.world.microsoft.switches.set("notify_routes", {"app.example": target})

    answer = subscribe(graph, "https://app.example/hook", changeType="created")
    graph.create(event())

    assert answer.status_code == 201
    assert len(listener.wait_for(1)) == 1


def test_same_subscription_twice_is_a_conflict(graph: Graph, listener: Listener) -> None:
    subscribe(graph, listener.url)

    answer = subscribe(graph, listener.url, changeType="deleted,created,updated")

    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == (
        "Subscription Id <> already exists for the requested combination"
    )


@pytest.mark.parametrize(("minutes", "status"), [(1, 201), (10_070, 201), (10_090, 400)])
def test_life_is_45_minutes_at_least_and_a_week_at_most(
    graph: Graph, listener: Listener, minutes: int, status: int
) -> None:
    answer = subscribe(graph, listener.url, minutes=minutes)

    assert answer.status_code == status
    if status == 201:
        ends = datetime.fromisoformat(answer.json()["expirationDateTime"])
        left = ends - graph.server.world.clock.now()
        assert left > timedelta(minutes=max(minutes, 45) - 1)


def test_subscription_is_renewed_ends_and_is_forgotten(
    server: Sandbox, graph: Graph, listener: Listener
) -> None:
    made = subscribe(graph, listener.url).json()
    later = (server.world.clock.now() + timedelta(days=6)).isoformat()
    path = f"//subscriptions/{made['id']}"

    renewed = graph.call("PATCH", path, {"expirationDateTime": later})
    other = graph.call("PATCH", path, {"clientState": "x"})
    server.world.clock.move_to(server.world.clock.now() + timedelta(days=7))
    ended = graph.call("PATCH", path, {"expirationDateTime": later})

    assert [one.status_code for one in (renewed, other, ended)] == [200, 400, 404]


def test_deleted_subscription_tells_nothing(graph: Graph, listener: Listener) -> None:
    made = subscribe(graph, listener.url).json()

    answer = graph.call("DELETE", f"//subscriptions/{made['id']}")
    graph.create(event())

    assert answer.status_code == 204
    assert graph.server.world.microsoft.outbox == []


def test_lost_notifications_bring_a_missed_event_without_resource(
    graph: Graph, listener: Listener
) -> None:
    graph.server.world.microsoft.switches.set("notify_lost", True)
    subscribe(graph, listener.url, lifecycleNotificationUrl=listener.url)

    graph.create(event())

    note = listener.wait_for(1)[0]
    assert note["lifecycleEvent"] == "missed"
    assert not {"changeType", "resource"} & set(note)


def test_copies_of_a_notification_are_a_switch(graph: Graph, listener: Listener) -> None:
    graph.server.world.microsoft.switches.set("notify_copies", 3)
    subscribe(graph, listener.url, changeType="deleted")
    made = graph.create(event())

    graph.call("DELETE", f"/events/{made['id']}")

    assert len(listener.wait_for(3)) == 3


def test_lifecycle_events_are_sent_on_command(
    graph: Graph, listener: Listener, control: Any
) -> None:
    made = subscribe(graph, listener.url, lifecycleNotificationUrl=listener.url).json()
    wanted = {"service": "microsoft", "as": ADDRESS, "op": "subscriptionRemoved"}

    status, body = control("POST", "act", wanted)

    assert (status, body) == (200, {"told": 1})
    assert listener.wait_for(1)[0]["subscriptionId"] == made["id"]
    assert graph.get("//subscriptions")["value"] == []


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"resource": "/users/x/messages"}, "resource"),
        ({"clientState": "x" * 129}, "clientState"),
        ({"changeType": "moved"}, "changeType"),
        ({"notificationUrl": "nowhere"}, "notificationUrl"),
        ({"expirationDateTime": "soon"}, "expirationDateTime"),
    ],
)
def test_wrong_member_is_refused_by_name(
    graph: Graph, listener: Listener, wrong: dict[str, Any], named: str
) -> None:
    answer = subscribe(graph, listener.url, **wrong)

    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]
