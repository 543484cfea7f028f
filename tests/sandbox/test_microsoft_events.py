"""Creating, reading, changing and deleting events: contract sections 1 to 5, 7, 8."""

from typing import Any
from urllib.parse import quote

import pytest

from sandbox.server import Sandbox
from tests.sandbox.graph import ADDRESS, Graph, event, weekly

PROPERTY = "String {7b0c3f7e-6f3b-4b0e-9d43-1a2b3c4d5e6f} Name LinkPoint"


def test_create_answers_201_and_the_full_event(graph: Graph) -> None:
    answer = graph.call("POST", "/events", event("Review"))

    assert answer.status_code == 201
    made = answer.json()
    assert made["subject"] == "Review"
    assert made["start"] == {"dateTime": "2026-12-01T08:00:00.0000000", "timeZone": "UTC"}
    assert made["originalStartTimeZone"] == "Europe/Berlin"
    assert made["@odata.etag"] == f'W/"{made["changeKey"]}"'
    assert made["type"] == "singleInstance"
    assert "seriesMasterId" not in made


def test_prefer_timezone_sets_the_zone_of_times_and_is_echoed(graph: Graph) -> None:
    made = graph.create(event())

    answer = graph.call(
        "GET",
        f"/events/{made['id']}",
        prefer='IdType="ImmutableId", outlook.timezone="Pacific Standard Time"',
    )

    assert answer.json()["start"] == {
        "dateTime": "2026-12-01T00:00:00.0000000",
        "timeZone": "Pacific Standard Time",
    }
    assert answer.headers["Preference-Applied"] == 'outlook.timezone="Pacific Standard Time"'


def test_offset_inside_date_time_is_ignored_in_favour_of_the_zone(graph: Graph) -> None:
    wanted = event()
    wanted["start"]["dateTime"] = "2026-12-01T09:00:00Z"

    assert graph.create(wanted)["start"]["dateTime"] == "2026-12-01T08:00:00.0000000"


def test_body_is_stored_as_html_and_given_as_text_on_demand(graph: Graph) -> None:
    made = graph.create(event(body={"contentType": "Text", "content": "one & two\nthree"}))

    as_text = graph.get(
        f"/events/{made['id']}", prefer='IdType="ImmutableId", outlook.body-content-type="text"'
    )

    assert made["body"]["contentType"] == "html"
    assert "one &amp; two<br>" in made["body"]["content"]
    assert as_text["body"] == {"contentType": "text", "content": "one & two\r\nthree"}
    assert as_text["bodyPreview"] == "one & two\r\nthree"


def test_all_day_event_must_begin_and_end_at_midnight(graph: Graph) -> None:
    start = graph.call("POST", "/events", event(isAllDay=True, end="2026-12-02T00:00:00"))
    end = graph.call("POST", "/events", event(isAllDay=True, start="2026-12-01T00:00:00"))

    assert (start.status_code, end.status_code) == (400, 400)
    text = "The Event.{} property for an all-day event needs to be set to midnight."
    assert start.json()["error"]["message"] == text.format("Start")
    assert end.json()["error"]["message"] == text.format("End")


@pytest.mark.parametrize(
    ("shifts", "read"),
    [(True, "2026-11-30T23:00:00.0000000"), (False, "2026-12-01T00:00:00.0000000")],
)
def test_all_day_event_read_in_another_zone_shows_midnight_shifted(
    server: Sandbox, graph: Graph, shifts: bool, read: str
) -> None:
    server.world.microsoft.switches.set("all_day_shifts", shifts)

    made = graph.create(
        event(isAllDay=True, start="2026-12-01T00:00:00", end="2026-12-02T00:00:00")
    )

    assert made["start"]["dateTime"] == read


def test_change_key_moves_once_more_after_a_create(graph: Graph) -> None:
    made = graph.create(event())

    read = graph.get(f"/events/{made['id']}")

    assert read["changeKey"] != made["changeKey"]
    changing = {"@odata.context", "@odata.etag", "changeKey", "lastModifiedDateTime"}
    assert {k: v for k, v in read.items() if k not in changing} == {
        k: v for k, v in made.items() if k not in changing
    }


def test_patch_merges_and_answers_200_with_the_full_event(graph: Graph) -> None:
    made = graph.create(event(location={"displayName": "Room Elbe"}, categories=["Customer"]))

    changed = graph.change(made["id"], {"subject": "Later", "showAs": "OOF"})

    assert (changed["subject"], changed["showAs"]) == ("Later", "oof")
    assert changed["location"]["displayName"] == "Room Elbe"
    assert changed["categories"] == ["Customer"]


def test_write_with_an_outdated_etag_is_refused_with_412(graph: Graph) -> None:
    made = graph.create(event())

    patch = graph.call(
        "PATCH", f"/events/{made['id']}", {"subject": "x"}, If_Match=made["@odata.etag"]
    )
    delete = graph.call("DELETE", f"/events/{made['id']}", If_Match=made["@odata.etag"])
    current = graph.get(f"/events/{made['id']}")["@odata.etag"]
    good = graph.call("DELETE", f"/events/{made['id']}", If_Match=current)

    assert (patch.status_code, delete.status_code, good.status_code) == (412, 412, 204)
    assert patch.json()["error"]["code"] == "ErrorIrresolvableConflict"


def test_spurious_412_comes_as_often_as_asked(server: Sandbox, graph: Graph) -> None:
    made = graph.create(event())
    server.world.microsoft.switches.set("spurious_412_next", 1)

    first = graph.call("PATCH", f"/events/{made['id']}", {"subject": "x"})
    second = graph.call("PATCH", f"/events/{made['id']}", {"subject": "x"})

    assert (first.status_code, second.status_code) == (412, 200)


@pytest.mark.parametrize(("how", "status"), [("400", 400), ("409", 409)])
def test_second_create_with_a_transaction_id_names_the_first_event(
    server: Sandbox, graph: Graph, how: str, status: int
) -> None:
    server.world.microsoft.switches.set("duplicate_transaction", how)
    made = graph.create(event(transactionId="t-1"))

    again = graph.call("POST", "/events", event("Other", transactionId="t-1"))

    assert again.status_code == status
    error = again.json()["error"]
    assert error["code"] == "ErrorDuplicateTransactionId"
    assert error["@event.existingEventId"] == made["id"]
    assert len(server.world.microsoft.events(ADDRESS)) == 1


def test_second_create_can_silently_return_the_existing_event(
    server: Sandbox, graph: Graph
) -> None:
    server.world.microsoft.switches.set("duplicate_transaction", "existing")
    made = graph.create(event(transactionId="t-1"))

    assert graph.create(event("Other", transactionId="t-1"))["id"] == made["id"]


def test_create_that_answers_503_has_happened_all_the_same(server: Sandbox, graph: Graph) -> None:
    server.world.microsoft.switches.set("concurrent_save_next", 1)

    answer = graph.call("POST", "/events", event())

    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "ConcurrentItemSave")
    assert len(server.world.microsoft.events(ADDRESS)) == 1


def test_deleted_event_is_gone(graph: Graph) -> None:
    made = graph.create(event())

    statuses = [
        graph.call(method, f"/events/{made['id']}").status_code
        for method in ("DELETE", "GET", "DELETE")
    ]

    assert statuses == [204, 404, 404]


def test_extended_property_is_shown_only_when_expanded_and_can_be_searched(graph: Graph) -> None:
    own = [{"id": PROPERTY, "value": "Abc"}]
    made = graph.create(event(singleValueExtendedProperties=own))

    plain = graph.get(f"/events/{made['id']}")
    expand = quote(f"singleValueExtendedProperties($filter=id eq '{PROPERTY}')")
    expanded = graph.get(f"/events/{made['id']}?$expand={expand}")
    where = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'aBC')"
    found = graph.get(f"/events?$filter={quote(where)}")["value"]

    assert "singleValueExtendedProperties" not in made | plain
    assert expanded["singleValueExtendedProperties"] == own
    assert [one["id"] for one in found] == [made["id"]]


def test_open_extension_lives_beside_the_event(graph: Graph) -> None:
    made = graph.create(event())
    path = f"/events/{made['id']}/extensions"

    created = graph.call("POST", path, {"extensionName": "com.x", "colour": "red"})
    changed = graph.call("PATCH", f"{path}/com.x", {"colour": "blue"})
    listed = graph.get(path)["value"]
    gone = graph.call("DELETE", f"{path}/com.x")

    assert [created.status_code, changed.status_code, gone.status_code] == [201, 200, 204]
    assert [one["colour"] for one in listed] == ["blue"]


def test_plain_id_changes_on_a_move_and_the_immutable_one_stays(
    server: Sandbox, graph: Graph
) -> None:
    microsoft = server.world.microsoft
    made = graph.create(event())
    plain = graph.get(f"/events/{made['id']}", prefer="")["id"]

    microsoft.move_event(ADDRESS, made["id"], microsoft.add_calendar(ADDRESS, "Other"))

    moved = graph.get(f"/events/{made['id']}", prefer="")["id"]
    assert moved != plain
    assert graph.call("GET", f"/events/{plain}").status_code == 404
    assert graph.get(f"/events/{moved}")["id"] == made["id"]


def test_ids_are_translated_between_the_forms(graph: Graph) -> None:
    made = graph.create(event())
    plain = graph.get(f"/events/{made['id']}", prefer="")["id"]

    answer = graph.call(
        "POST",
        "/translateExchangeIds",
        {
            "inputIds": [plain, "nonsense"],
            "sourceIdType": "restId",
            "targetIdType": "restImmutableEntryId",
        },
    )

    value = answer.json()["value"]
    assert value[0]["targetId"] == made["id"]
    assert value[1]["errorDetails"]["code"] == "ErrorItemNotFound"


def test_malformed_id_is_refused_and_foreign_id_is_not_found(server: Sandbox, graph: Graph) -> None:
    foreign = server.world.microsoft
    foreign.add_mailbox(tenant_id=next(iter(foreign.tenants)), address="j@acme.example", name="J")
    other = foreign.create_event("j@acme.example", event())["id"]

    assert graph.call("GET", "/events/nonsense").status_code == 400
    assert graph.call("GET", f"/events/{other}").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"sunject": "typo"}, "sunject"),
        ({"start": {"dateTime": "yesterday", "timeZone": "UTC"}}, "start.dateTime"),
        ({"start": {"dateTime": "2026-12-01T09:00:00", "timeZone": "Mars"}}, "start.timeZone"),
        ({"end": {"dateTime": "2026-11-01T09:00:00", "timeZone": "UTC"}}, "end"),
        ({"start": {"dateTime": "9999-12-31T23:59:59", "timeZone": "UTC"}}, "start.dateTime"),
        ({"showAs": "asleep"}, "showAs"),
        ({"isAllDay": "yes"}, "isAllDay"),
        ({"subject": "x" * 256}, "subject"),
        ({"attendees": [{"emailAddress": {}}]}, "attendees"),
        ({"recurrence": {"pattern": {}, "range": {}}}, "recurrence"),
    ],
)
def test_wrong_member_is_refused_by_name(graph: Graph, wrong: dict[str, Any], named: str) -> None:
    answer = graph.call("POST", "/events", event() | wrong)

    assert answer.status_code == 400
    assert named in answer.json()["error"]["message"]


def test_events_lists_masters_without_occurrences_and_pages_by_skip(graph: Graph) -> None:
    graph.create(weekly())
    for number in range(11):
        graph.create(event(f"Event {number}"))

    first = graph.get("/events")
    second = graph.get(first["@odata.nextLink"])

    assert len(first["value"]) == 10
    assert "$skip=10" in first["@odata.nextLink"]
    assert {one["type"] for one in first["value"]} == {"seriesMaster", "singleInstance"}
    assert [one["subject"] for one in second["value"]] == ["Event 9", "Event 10"]


def test_select_keeps_id_and_etag_and_filters_and_orders_work(graph: Graph) -> None:
    graph.create(event("Beta"))
    graph.create(event("Alpha"))

    found = graph.get(
        "/events?$select=subject&$orderby=subject&$filter=startswith(subject,'Alp') and isAllDay eq false"
    )["value"]

    assert [sorted(one) for one in found] == [["@odata.etag", "id", "subject"]]
    assert found[0]["subject"] == "Alpha"


def test_errors_carry_the_envelope_of_graph(graph: Graph) -> None:
    answer = graph.call("GET", "/events/nonsense", client_request_id="abc")

    inner = answer.json()["error"]["innerError"]
    assert inner["client-request-id"] == "abc" == answer.headers["client-request-id"]
    assert answer.headers["request-id"]
    assert len(inner["date"]) == len("2020-08-18T12:51:51")
