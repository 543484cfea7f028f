"""Switches of the Microsoft half that no other test turns: both answers of what the contract leaves open."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.microsoft.subscriptions import Subscription
from sandbox.microsoft.switches import SWITCHES
from sandbox.server import Sandbox
from sandbox.world import World
from tests.sandbox.graph import ADDRESS, CLIENT, TENANT, Graph, event, weekly, window

HERE = Path(__file__).parent


def turn(server: Sandbox, name: str, value: object) -> None:
    server.world.microsoft.switches.set(name, value)


def test_every_switch_is_turned_in_some_test() -> None:
    words = {
        node.value
        for file in HERE.glob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert sorted(set(SWITCHES) - words) == []


@pytest.mark.parametrize(("late", "same"), [(True, False), (False, True)])
def test_change_key_after_a_create(server: Sandbox, graph: Graph, late: bool, same: bool) -> None:
    turn(server, "late_change_key", late)
    made = graph.create(event())

    assert (graph.get(f"/events/{made['id']}")["changeKey"] == made["changeKey"]) is same


@pytest.mark.parametrize("status", [404, 204])
def test_second_delete(server: Sandbox, graph: Graph, status: int) -> None:
    turn(server, "second_delete_status", status)
    made = graph.create(event())
    graph.call("DELETE", f"/events/{made['id']}")

    assert graph.call("DELETE", f"/events/{made['id']}").status_code == status


@pytest.mark.parametrize(("limit", "status"), [(255, 400), (0, 201)])
def test_subject_limit(server: Sandbox, graph: Graph, limit: int, status: int) -> None:
    turn(server, "subject_limit", limit)

    assert graph.call("POST", "/events", event("x" * 300)).status_code == status


def test_page_size(server: Sandbox, graph: Graph) -> None:
    turn(server, "page_size", 1)
    graph.create(event())
    graph.create(event())

    assert len(graph.get("/events")["value"]) == 1


def test_ical_uid_per_occurrence(server: Sandbox, graph: Graph) -> None:
    turn(server, "ical_uid_per_occurrence", True)
    graph.create(weekly())

    found = graph.view("2026-11-01T00:00:00Z", "2027-02-01T00:00:00Z")

    assert len({one["iCalUId"] for one in found}) == 4


@pytest.mark.parametrize(("empty", "count"), [(True, 0), (False, 1)])
def test_first_page(server: Sandbox, graph: Graph, empty: bool, count: int) -> None:
    turn(server, "empty_first_page", empty)
    graph.create(event())

    assert len(graph.get(window())["value"]) == count


def test_select_on_delta_is_ignored_where_it_is_accepted(server: Sandbox, graph: Graph) -> None:
    turn(server, "delta_accepts_select", True)
    graph.create(event())

    items, _ = graph.round(f"{window()}&$select=subject")

    assert "body" in items[0]


@pytest.mark.parametrize(
    ("name", "value", "kind", "full"),
    [
        ("skeleton_occurrences", True, "occurrence", False),
        ("skeleton_occurrences", False, "occurrence", True),
        ("exceptions_in_full", True, "exception", True),
        ("exceptions_in_full", False, "exception", False),
    ],
)
def test_items_of_a_series_in_delta(
    server: Sandbox, graph: Graph, name: str, value: bool, kind: str, full: bool
) -> None:
    turn(server, name, value)
    graph.create(weekly())
    one = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]["id"]
    graph.change(one, {"subject": "Changed"})

    items, _ = graph.round(window())

    assert all(("subject" in item) is full for item in items if item["type"] == kind)


@pytest.mark.parametrize(("told", "count"), [(True, 1), (False, 0)])
def test_change_outside_the_window(server: Sandbox, graph: Graph, told: bool, count: int) -> None:
    turn(server, "removed_outside_window", told)
    _, link = graph.round(window())
    graph.create(event("Far", "2030-01-01T09:00:00", "2030-01-01T10:00:00"))

    items, _ = graph.round(link)

    assert len(items) == count


def test_location_of_a_fresh_round(server: Sandbox, graph: Graph) -> None:
    turn(server, "sync_lost_location", True)
    _, link = graph.round(window())
    server.world.microsoft.expire_delta(ADDRESS)

    answer = graph.call("GET", link)

    assert answer.status_code == 410
    assert answer.headers["Location"].endswith("/calendarView/delta")


@pytest.mark.parametrize(
    ("how", "days"),
    [("last_day", ["01-31", "02-28", "03-31"]), ("skip", ["01-31", "03-31", "05-31"])],
)
def test_short_months(server: Sandbox, graph: Graph, how: str, days: list[str]) -> None:
    turn(server, "short_months", how)
    pattern = {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}
    span = {"type": "numbered", "startDate": "2026-01-31", "numberOfOccurrences": 3}
    rule: dict[str, Any] = {"pattern": pattern, "range": span}
    graph.create(event("Pay", "2026-01-31T09:00:00", "2026-01-31T10:00:00", recurrence=rule))

    found = graph.view("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")

    assert [one["start"]["dateTime"][5:10] for one in found] == days


@pytest.mark.parametrize("code", ["TooManyRequests", "ApplicationThrottled"])
def test_code_of_throttling(server: Sandbox, graph: Graph, code: str) -> None:
    turn(server, "throttle_code", code)
    turn(server, "throttle_next", 1)

    assert graph.call("GET", "/calendars").json()["error"]["code"] == code


def test_limit_at_once_can_be_lifted(server: Sandbox, graph: Graph) -> None:
    turn(server, "mailbox_concurrency", 0)

    assert graph.call("GET", "/calendars").status_code == 200


def test_token_lives_as_long_as_it_is_told(server: Sandbox, graph: Graph) -> None:
    turn(server, "token_lifetime_s", 0)
    graph.token = graph.new_token()

    assert graph.call("GET", "/calendars").status_code == 401


def test_app_only_me_has_no_mailbox_even_where_it_is_allowed(server: Sandbox, graph: Graph) -> None:
    turn(server, "app_only_me", True)

    assert graph.call("GET", "//me/calendars").status_code == 404


@pytest.mark.parametrize(
    ("reverse", "order"), [(False, ["first", "second"]), (True, ["second", "first"])]
)
def test_order_of_notifications_about_one_change(reverse: bool, order: list[str]) -> None:
    world = World()
    microsoft = world.microsoft
    microsoft.add_tenant(tenant_id=TENANT, client_id=CLIENT)
    microsoft.add_mailbox(tenant_id=TENANT, address=ADDRESS, name="Hanna")
    microsoft.switches.set("notify_reversed", reverse)
    for name in ("first", "second"):
        microsoft.subscriptions[name] = Subscription(
            id=name,
            tenant_id=TENANT,
            client_id=CLIENT,
            mailbox_address=ADDRESS,
            resource="users/x/events",
            change_types=("created",),
            notification_url="http://127.0.0.1:1/",
            lifecycle_url="",
            client_state="",
            expires=world.clock.now() + timedelta(days=1),
        )

    microsoft.create_event(ADDRESS, event())

    assert [note.payload["subscriptionId"] for note in microsoft.outbox] == order
