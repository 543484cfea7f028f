"""People, mailboxes, zones, calendars: contract sections 4, 5 and 14."""

import pytest

from sandbox.server import Sandbox
from tests.sandbox.graph import ADDRESS, Graph, event


def test_user_is_found_by_address_and_by_id(graph: Graph) -> None:
    by_id = graph.get("")
    by_address = graph.get(f"//users/{ADDRESS}?$select=mail,userPrincipalName")

    assert by_id["displayName"] == "Hanna Weiss"
    assert {k: v for k, v in by_address.items() if "@odata" not in k} == {
        "id": by_id["id"],
        "mail": ADDRESS,
        "userPrincipalName": ADDRESS,
    }
    assert [one["id"] for one in graph.get("//users")["value"]] == [by_id["id"]]


def test_mailbox_settings_carry_the_zone_and_can_change_it(graph: Graph) -> None:
    before = graph.get("/mailboxSettings")["timeZone"]
    changed = graph.call("PATCH", "/mailboxSettings", {"timeZone": "Tokyo Standard Time"})
    refused = graph.call("PATCH", "/mailboxSettings", {"timeZone": "Mars"})

    assert before == "Europe/Berlin"
    assert (changed.json()["timeZone"], refused.status_code) == ("Tokyo Standard Time", 400)


@pytest.mark.parametrize(
    ("part", "name"),
    [
        ("supportedTimeZones()", "W. Europe Standard Time"),
        ("supportedTimeZones(TimeZoneStandard='Iana')", "Europe/Berlin"),
    ],
)
def test_supported_zones_are_windows_names_or_iana_on_demand(
    graph: Graph, part: str, name: str
) -> None:
    aliases = [one["alias"] for one in graph.get(f"/outlook/{part}")["value"]]

    assert name in aliases


def test_calendars_are_made_renamed_and_deleted(graph: Graph) -> None:
    made = graph.call("POST", "/calendars", {"name": "Projects"}).json()
    path = f"/calendars/{made['id']}"

    renamed = graph.call("PATCH", path, {"name": "Customers"}).json()
    inside = graph.call("POST", f"{path}/events", event("Inside")).json()
    elsewhere = graph.get("/events")["value"]
    listed = graph.get(f"{path}/events")["value"]
    gone = graph.call("DELETE", path)

    assert (renamed["name"], renamed["isDefaultCalendar"]) == ("Customers", False)
    assert ([one["id"] for one in listed], elsewhere) == ([inside["id"]], [])
    assert gone.status_code == 204
    assert graph.call("GET", f"/events/{inside['id']}").status_code == 404
    assert graph.call("DELETE", "/calendar").status_code == 400


@pytest.mark.parametrize("follows", [True, False])
def test_calendar_id_follows_the_header_or_stays(
    server: Sandbox, graph: Graph, follows: bool
) -> None:
    server.world.microsoft.switches.set("calendar_ids_follow_prefer", follows)

    immutable = graph.get("/calendar")["id"]
    plain = graph.get("/calendar", prefer="")["id"]

    assert (immutable != plain) is follows
    assert graph.get(f"/calendars/{plain}")["id"] == immutable


def test_calendars_page_by_top(graph: Graph) -> None:
    for name in ("A", "B"):
        graph.call("POST", "/calendars", {"name": name})

    first = graph.get("/calendars?$top=2")
    second = graph.get(first["@odata.nextLink"])

    assert [one["name"] for one in first["value"] + second["value"]] == ["Calendar", "A", "B"]


def test_calendar_view_shows_what_overlaps_the_window(graph: Graph) -> None:
    graph.create(event("Before", "2026-12-01T07:00:00", "2026-12-01T08:00:00"))
    graph.create(event("Into", "2026-12-01T08:00:00", "2026-12-01T09:30:00"))
    graph.create(event("Moment", "2026-12-01T09:00:00", "2026-12-01T09:00:00"))
    graph.create(event("After", "2026-12-01T10:00:00", "2026-12-01T11:00:00"))

    # The offset of the window decides, whatever zone is preferred.
    found = graph.view("2026-12-01T09:00:00%2B01:00", "2026-12-01T10:00:00%2B01:00")

    assert [one["subject"] for one in found] == ["Into", "Moment"]


@pytest.mark.parametrize("path", ["/messages", "/calendar/nothing", "/events/x/y/z"])
def test_path_outside_the_emulation_says_so(graph: Graph, path: str) -> None:
    answer = graph.call("GET", path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "SandboxUnknownPath")
