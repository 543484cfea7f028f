"""Change tracking over a calendar view: contract section 6."""

from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.server import Sandbox
from tests.sandbox.graph import ADDRESS, Graph, event, weekly, window

SKELETON = {"@odata.type", "@odata.etag", "id", "seriesMasterId", "type", "start", "end"}


def kinds(items: list[dict[str, Any]]) -> list[str]:
    return [one.get("type", "removed") for one in items]


def test_new_round_begins_with_an_empty_page_and_ends_with_a_delta_link(graph: Graph) -> None:
    graph.create(event())

    answer = graph.call("GET", window())
    first = answer.json()
    second = graph.get(first["@odata.nextLink"])

    assert (first["value"], "@odata.deltaLink" in first) == ([], False)
    assert "$skiptoken=" in first["@odata.nextLink"]
    assert "$deltatoken=" in second["@odata.deltaLink"]
    assert len(second["value"]) == 1
    assert "odata.track-changes" in answer.headers["Preference-Applied"]


@pytest.mark.parametrize("form", ["delta", "delta()"])
def test_both_spellings_and_a_calendar_of_its_own_are_served(graph: Graph, form: str) -> None:
    made = graph.create(event())
    calendar = graph.server.world.microsoft.mailbox(ADDRESS).calendar_id
    options = window().partition("?")[2]

    items, _ = graph.round(f"/calendars/{calendar}/calendarView/{form}?{options}")

    assert [one["id"] for one in items] == [made["id"]]


def test_occurrences_are_skeletons_while_master_and_exception_come_in_full(graph: Graph) -> None:
    graph.create(weekly())
    occurrence = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]
    graph.change(occurrence["id"], {"subject": "Moved"})

    items, _ = graph.round(window())

    by_kind: Mapping[str, list[dict[str, Any]]] = {
        kind: [one for one in items if one["type"] == kind] for kind in kinds(items)
    }
    assert {kind: len(found) for kind, found in by_kind.items()} == {
        "seriesMaster": 1,
        "occurrence": 3,
        "exception": 1,
    }
    assert set(by_kind["occurrence"][0]) == SKELETON
    assert by_kind["exception"][0]["subject"] == "Moved"
    assert by_kind["seriesMaster"][0]["body"]["contentType"] == "html"


def test_deleted_occurrence_sends_the_whole_series_again_without_removed(graph: Graph) -> None:
    graph.create(weekly())
    _, link = graph.round(window())
    gone = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]["id"]

    graph.call("DELETE", f"/events/{gone}")
    items, _ = graph.round(link)

    assert sorted(kinds(items)) == ["occurrence", "occurrence", "occurrence", "seriesMaster"]
    assert gone not in [one["id"] for one in items]


@pytest.mark.parametrize(("how", "count"), [("series", 5), ("exception", 1)])
def test_changed_occurrence_brings_the_series_or_itself_alone(
    server: Sandbox, graph: Graph, how: str, count: int
) -> None:
    server.world.microsoft.switches.set("exception_resends", how)
    graph.create(weekly())
    _, link = graph.round(window())

    changed = graph.view("2026-12-08T00:00:00Z", "2026-12-09T00:00:00Z")[0]["id"]
    graph.change(changed, {"subject": "Only this one"})
    items, _ = graph.round(link)

    assert len(items) == count
    assert "Only this one" in [one.get("subject") for one in items]


def test_deleted_event_and_deleted_series_are_removed(graph: Graph) -> None:
    single, master = graph.create(event()), graph.create(weekly())
    _, link = graph.round(window())

    for one in (single, master):
        graph.call("DELETE", f"/events/{one['id']}")
    items, _ = graph.round(link)

    assert [(one["id"], one["@removed"]) for one in items] == [
        (single["id"], {"reason": "deleted"}),
        (master["id"], {"reason": "deleted"}),
    ]


def test_switch_removes_the_occurrences_of_a_deleted_series_too(
    server: Sandbox, graph: Graph
) -> None:
    server.world.microsoft.switches.set("master_delete_removes", "all")
    master = graph.create(weekly())
    _, link = graph.round(window())

    graph.call("DELETE", f"/events/{master['id']}")
    items, _ = graph.round(link)

    assert len(items) == 5
    assert all("@removed" in one for one in items)


def test_change_outside_the_window_arrives_as_removed(graph: Graph) -> None:
    inside = graph.create(event())
    _, link = graph.round(window())

    outside = graph.create(event("Far", "2030-01-01T09:00:00", "2030-01-01T10:00:00"))
    graph.change(
        inside["id"],
        {
            "start": {"dateTime": "2030-02-01T09:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2030-02-01T10:00:00", "timeZone": "UTC"},
        },
    )
    items, _ = graph.round(link)

    assert {one["id"] for one in items if "@removed" in one} == {inside["id"], outside["id"]}
    assert graph.call("GET", f"/events/{inside['id']}").status_code == 200


def test_occurrence_moved_out_of_the_window_is_removed_and_the_rest_sent_again(
    graph: Graph,
) -> None:
    graph.create(weekly())
    last = graph.view("2026-12-22T00:00:00Z", "2026-12-23T00:00:00Z")[0]["id"]
    _, link = graph.round(window(end="2026-12-24T00:00:00Z"))

    graph.change(
        last,
        {
            "start": {"dateTime": "2027-01-05T09:00:00", "timeZone": "UTC"},
            "end": {"dateTime": "2027-01-05T10:00:00", "timeZone": "UTC"},
        },
    )
    items, _ = graph.round(link)

    assert [one["id"] for one in items if "@removed" in one] == [last]
    assert kinds(items).count("occurrence") == 3


def test_round_without_changes_is_empty_and_keeps_the_window(graph: Graph) -> None:
    graph.create(event())
    _, link = graph.round(window())

    items, again = graph.round(link)
    graph.create(event("New"))
    later, _ = graph.round(again)

    assert items == []
    assert [one["subject"] for one in later] == ["New"]


def test_pages_follow_the_wish_and_do_not_split_a_series(graph: Graph) -> None:
    for number in range(5):
        graph.create(event(f"Event {number}"))
    graph.create(weekly())

    pages = []
    url = window()
    while True:
        page = graph.get(url, prefer="odata.maxpagesize=2")
        pages.append(len(page["value"]))
        if "@odata.deltaLink" in page:
            break
        url = page["@odata.nextLink"]

    assert pages == [0, 2, 2, 1, 5]


@pytest.mark.parametrize("option", ["$select", "$expand", "$filter", "$orderby", "$search"])
def test_unsupported_options_are_refused(graph: Graph, option: str) -> None:
    answer = graph.call("GET", f"{window()}&{option}=subject")

    assert answer.status_code == 400
    assert answer.json()["error"] | {"innerError": 0} == {
        "code": "ErrorInvalidUrlQuery",
        "message": "The following parameters are not supported with change tracking over the"
        " 'CalendarView' resource: '$orderby, $filter, $select, $expand, $search'.",
        "innerError": 0,
    }


def test_top_is_refused_with_the_advice_to_use_the_header(graph: Graph) -> None:
    answer = graph.call("GET", f"{window()}&$top=5")

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("The '$top' parameter is not supported")


def test_dead_token_answers_410_or_what_the_switches_say(server: Sandbox, graph: Graph) -> None:
    graph.create(event())
    _, link = graph.round(window())

    server.world.microsoft.expire_delta(ADDRESS)
    gone = graph.call("GET", link)
    server.world.microsoft.switches.set("sync_lost_status", 400)
    server.world.microsoft.switches.set("sync_lost_code", "ErrorInvalidSyncStateData")
    other = graph.call("GET", link)

    assert (gone.status_code, gone.json()["error"]["code"]) == (410, "SyncStateNotFound")
    assert gone.json()["error"]["message"].startswith("The sync state generation is not found;")
    assert (other.status_code, other.json()["error"]["code"]) == (400, "ErrorInvalidSyncStateData")


def test_token_dies_after_so_many_newer_rounds(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.switches.set("delta_keeps_rounds", 2)
    _, old = graph.round(window())

    alive = graph.call("GET", old).status_code
    graph.round(window())
    dead = graph.call("GET", old).status_code

    assert (alive, dead) == (200, 410)


def test_change_made_while_pages_are_read_comes_in_the_next_round(graph: Graph) -> None:
    made = graph.create(event("Before"))
    first = graph.get(window())

    graph.change(made["id"], {"subject": "Meanwhile"})
    _, link = graph.round(first["@odata.nextLink"])
    items, _ = graph.round(link)

    assert [one["subject"] for one in items] == ["Meanwhile"]


def test_repeats_and_reversal_are_switches(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.switches.set("delta_repeats", 1)
    server.world.microsoft.switches.set("delta_reversed", True)
    graph.create(event("One"))
    graph.create(event("Two"))

    items, _ = graph.round(window())

    assert [one["subject"] for one in items] == ["Two", "One", "One"]


def test_lag_holds_a_change_back_until_later(server: Sandbox, graph: Graph) -> None:
    world = server.world
    world.clock.move_to(world.clock.now(), freeze=True)
    _, link = graph.round(window())
    world.microsoft.switches.set("delta_lag_s", 30)

    graph.create(event())
    now, link = graph.round(link)
    world.clock.move_to(world.clock.now().replace(year=2030), freeze=True)
    later, _ = graph.round(link)

    assert (now, len(later)) == ([], 1)


@pytest.mark.parametrize(
    ("start", "end"),
    [("", "2026-12-01T00:00:00Z"), ("soon", "2026-12-01"), ("2026-12-02", "2026-12-01")],
)
def test_bad_window_is_refused(graph: Graph, start: str, end: str) -> None:
    assert graph.call("GET", window(start, end)).status_code == 400


def test_window_of_five_calendar_years_is_too_long(graph: Graph) -> None:
    answer = graph.call("GET", window("2026-01-01T00:00:00Z", "2031-01-01T00:00:00Z"))

    assert answer.status_code == 400
    assert "Maximum number of days: 1825" in answer.json()["error"]["message"]


def test_whole_calendar_tells_single_events_and_series_without_occurrences(graph: Graph) -> None:
    calendar = graph.server.world.microsoft.mailbox(ADDRESS).calendar_id
    single, master = graph.create(event()), graph.create(weekly())

    items, link = graph.round(f"/calendars/{calendar}/events/delta?$select=subject")
    graph.call("DELETE", f"/events/{single['id']}")
    later, _ = graph.round(link)
    elsewhere = graph.call("GET", "/calendar/events/delta()")

    assert [one["id"] for one in items] == [single["id"], master["id"]]
    assert [one["id"] for one in later] == [single["id"]]
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (400, "SandboxCodeUnknown")


def test_change_of_own_data_alone_does_not_surface(graph: Graph) -> None:
    made = graph.create(event())
    _, link = graph.round(window())
    before = graph.get(f"/events/{made['id']}")["changeKey"]

    own = {"id": "String {7b0c3f7e-6f3b-4b0e-9d43-1a2b3c4d5e6f} Name X", "value": "1"}
    graph.change(made["id"], {"singleValueExtendedProperties": [own]})
    items, _ = graph.round(link)

    assert items == []
    assert graph.get(f"/events/{made['id']}")["changeKey"] != before
