"""The control API: what it does, and how it refuses."""

from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.sandbox.graph import ADDRESS, Graph, event

SECRETS = {
    "app_url": "http://localhost:8000/canvas/",
    "consumer_secret": "hush-1",
    "client_secret": "hush-2",
    "jwt_public_key": "-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAL\n-----END PUBLIC KEY-----",
}


def test_clock_moves_and_freezes(server: Sandbox, control: Any) -> None:
    control("POST", "clock", {"now": "2026-03-01T12:00:00+02:00", "freeze": True})

    assert control("GET", "clock") == (200, {"now": "2026-03-01T10:00:00+00:00", "freeze": True})


def test_faults_are_added_listed_and_cleared(graph: Graph, control: Any) -> None:
    added = control("POST", "faults", {"path": "/calendars", "status": 500})
    answer = graph.call("GET", "/calendars")
    listed = control("GET", "faults")[1]
    cleared = control("DELETE", "faults")[1]

    assert (added[0], answer.status_code) == (200, 500)
    assert (len(listed["faults"]), listed["applied"]) == (1, 1)
    assert cleared["faults"] == []


def test_requests_and_counters_tell_what_the_product_did(graph: Graph, control: Any) -> None:
    graph.create(event())
    read = {"id": "1", "method": "GET", "url": f"/users/{graph.user_id}/calendars"}
    graph.call("POST", "//$batch", {"requests": [read, read | {"id": "2"}]})

    counters = control("GET", "counters")[1]
    logged = control("GET", "requests")[1]["requests"]
    emptied = control("DELETE", "requests")[1]["requests"]

    assert counters == {
        "graph_http": 2,
        "graph_items": 3,
        "graph_writes": 1,
        "salesforce": 0,
        "salesforce_writes": 0,
        "mails": 0,
    }
    assert [entry["path"].rpartition("/")[2] for entry in logged] == ["token", "events", "$batch"]
    assert emptied == []


def test_person_acts_without_being_counted_as_the_product(server: Sandbox, control: Any) -> None:
    made = control(
        "POST",
        "act",
        {
            "service": "microsoft",
            "as": ADDRESS,
            "op": "create",
            "fields": event(attendees=[{"emailAddress": {"address": "a@b.example"}}]),
        },
    )[1]["event"]
    act = {"service": "microsoft", "as": ADDRESS, "id": made["id"]}
    changed = control("POST", "act", act | {"op": "update", "fields": {"subject": "Later"}})[1]
    control("POST", "act", act | {"op": "delete"})

    assert changed["event"]["subject"] == "Later"
    assert server.world.microsoft.events(ADDRESS) == []
    assert control("GET", "counters")[1]["graph_writes"] == 0
    kinds = [mail["kind"] for mail in control("GET", "mails")[1]["mails"]]
    assert kinds == ["invitation", "update", "cancellation"]


def test_switches_are_read_and_set_all_or_none(server: Sandbox, control: Any) -> None:
    good = control("PUT", "switches/microsoft", {"retry_after": "7", "latency_ms": 1})
    bad = control("PUT", "switches/microsoft", {"retry_after": "9", "latency_ms": "slow"})
    kept = control("GET", "switches/microsoft")[1]

    assert good[0] == 200
    assert bad == (400, {"error": "latency_ms: must be a whole number"})
    assert (kept["retry_after"], kept["latency_ms"]) == ("7", 1)
    assert control("GET", "switches/salesforce")[0] == 200


def test_reset_forgets_everything(server: Sandbox, control: Any) -> None:
    assert control("POST", "reset") == (200, {"done": True})
    assert server.world.microsoft.mailboxes == {}


def test_demo_scene_names_everybody_and_can_be_set_again(server: Sandbox, control: Any) -> None:
    taken = control("POST", "seed", {"scene": "demo", **SECRETS})
    control("POST", "reset")
    first = control("POST", "seed", {"scene": "demo", **SECRETS})
    person = first[1]["people"][0]["address"]
    events = len(server.world.microsoft.mailbox(person).events) if first[0] == 200 else 0
    second = control("POST", "seed", {"scene": "demo", **SECRETS, "client_secret": "hush-3"})

    assert taken == (
        400,
        {"error": f"scene: {ADDRESS} is in use already; reset the sandbox first"},
    )
    assert (first[0], second[0]) == (200, 200)
    assert first[1] == second[1]
    assert events > 15
    assert len(server.world.microsoft.mailbox(person).events) == events
    tenant = server.world.microsoft.tenants[first[1]["tenant"]["id"]]
    assert tenant.client_secret == "hush-3"
    assert server.world.microsoft.mails == []


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("POST", "clock", {"now": "soon"}, "now"),
        ("POST", "clock", {"now": "2026-01-01", "freeze": "yes"}, "freeze"),
        ("POST", "clock", ["list"], "body"),
        ("POST", "faults", {}, "path"),
        ("POST", "faults", {"path": "("}, "path"),
        ("POST", "faults", {"path": "x", "status": "500"}, "status"),
        ("POST", "faults", {"path": "x", "status": True}, "status"),
        ("POST", "faults", {"path": "x", "when": "during"}, "when"),
        ("POST", "faults", {"path": "x", "colour": "red"}, "colour"),
        ("POST", "seed", {"scene": "opera"}, "scene"),
        ("POST", "seed", {"scene": "demo"}, "app_url"),
        ("POST", "act", {"as": ADDRESS, "op": "create"}, "service"),
        ("POST", "act", {"service": "microsoft", "as": ADDRESS, "op": "dance"}, "op"),
        ("POST", "act", {"service": "microsoft", "as": "nobody", "op": "events"}, "address"),
        (
            "POST",
            "act",
            {"service": "microsoft", "as": ADDRESS, "op": "create", "fields": 1},
            "fields",
        ),
        (
            "POST",
            "act",
            {"service": "microsoft", "as": ADDRESS, "op": "create", "fields": {"x": 1}},
            "x",
        ),
        ("POST", "act", {"service": "salesforce", "as": "nobody", "op": "create"}, "as"),
        ("PUT", "switches/microsoft", {"nonsense": 1}, "nonsense"),
        ("PUT", "switches/google", {}, "switches"),
    ],
)
def test_bad_input_is_refused_with_the_name_of_the_field(
    control: Any, method: str, path: str, body: object, named: str
) -> None:
    status, answer = control(method, path, body)

    assert status == 400
    assert named in answer["error"]


def test_unknown_path_and_wrong_method_are_told(control: Any) -> None:
    assert control("GET", "nothing")[0] == 404
    assert control("DELETE", "clock") == (405, {"error": "method: must be GET or POST"})
