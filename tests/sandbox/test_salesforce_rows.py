"""REST on single rows: contract section 2."""

from email.utils import format_datetime

import pytest

from tests.sandbox.emulated_org import HANNA, JONAS, Emulation, event, json_of, list_of, row_of

KEY = "LinkPoint_Key__c"


@pytest.fixture
def world() -> Emulation:
    return Emulation()


def test_create_answers_201_with_the_id(world: Emulation) -> None:
    answer = world.api().call("POST", "sobjects/Event/", json=event())
    body = json_of(answer)
    assert (answer.status_code, set(body)) == (201, {"id", "success", "errors"})
    assert answer.headers["Location"].endswith(f"/sobjects/Event/{body['id']}")
    assert row_of(world.org, body["id"])["OwnerId"] == world.hanna


def test_patch_and_delete_answer_204_without_body(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    path = f"sobjects/Event/{record_id}"
    changed = world.api().call("PATCH", path, json={"Subject": "y"})
    assert (changed.status_code, changed.text) == (204, "")
    assert world.api().call("DELETE", path).status_code == 204
    assert row_of(world.org, record_id)["IsDeleted"] is True


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_deleted_row_is_named_as_such(world: Emulation, method: str) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    world.org.delete("Event", record_id, HANNA)
    arguments = {"json": {"Subject": "y"}} if method == "PATCH" else {}
    refusal = world.api().refusal(method, f"sobjects/Event/{record_id}", **arguments)
    assert refusal[:2] == (404, "ENTITY_IS_DELETED")


def test_short_ids_work_like_long_ones(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    body = json_of(world.api().call("GET", f"sobjects/Event/{record_id[:15]}"))
    assert body["Id"] == record_id


def test_stamps_and_changer_are_kept(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    world.clock.pass_by(minutes=5, milliseconds=700)
    world.org.update("Event", record_id, {"Subject": "y"})
    row = row_of(world.org, record_id)
    assert row["CreatedDate"] == "2026-11-25T08:00:00.000+0000"
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-11-25T08:05:00.000+0000"
    assert row["LastModifiedById"] == world.org.admin_id


@pytest.mark.parametrize("stamps", [True, False])
def test_delete_may_stamp_its_user(world: Emulation, stamps: bool) -> None:
    world.switch("delete_stamps_user", stamps)
    record_id = world.org.create("Event", event(), HANNA)
    world.org.delete("Event", record_id)
    expected = world.org.admin_id if stamps else world.hanna
    assert row_of(world.org, record_id)["LastModifiedById"] == expected


def test_upsert_creates_with_201_then_updates_with_200(world: Emulation) -> None:
    path = f"sobjects/Event/{KEY}/AAMk%2F%2B%3D%20x"
    first = world.api().call("PATCH", path, json=event())
    assert (first.status_code, json_of(first)["created"]) == (201, True)
    second = world.api().call("PATCH", path, json={"Subject": "y"})
    assert (second.status_code, json_of(second)["created"]) == (200, False)
    [row] = world.org.rows("Event")
    assert (row[KEY], row["Subject"]) == ("AAMk/+= x", "y")


def test_upsert_before_v46_answers_204(world: Emulation) -> None:
    api = world.api(version="v45.0")
    assert api.call("PATCH", f"sobjects/Event/{KEY}/k", json=event()).status_code == 201
    assert api.call("PATCH", f"sobjects/Event/{KEY}/k", json=event()).status_code == 204


def test_upsert_for_update_only_makes_nothing(world: Emulation) -> None:
    path = f"sobjects/Event/{KEY}/k?updateOnly=true"
    assert world.api().refusal("PATCH", path, json=event())[:2] == (404, "NOT_FOUND")
    assert world.org.rows("Event") == []


def test_key_is_case_sensitive_and_unique(world: Emulation) -> None:
    world.org.create("Event", event(LinkPoint_Key__c="abc"), HANNA)
    other = world.org.create("Event", event(LinkPoint_Key__c="ABC"), HANNA)
    answer = world.api().call("PATCH", f"sobjects/Event/{other}", json={KEY: "abc"})
    [error] = list_of(answer)
    assert answer.status_code == 400
    first = world.org.rows("Event")[0]["Id"]
    assert error["message"] == (
        f"duplicate value found: {KEY} duplicates value on record with id: {str(first)[:15]}"
    )


def test_key_of_a_deleted_row_is_free_again(world: Emulation) -> None:
    record_id = world.org.create("Event", event(LinkPoint_Key__c="k"), HANNA)
    world.org.delete("Event", record_id, HANNA)
    answer = world.api().call("PATCH", f"sobjects/Event/{KEY}/k", json=event())
    assert json_of(answer)["id"] != record_id


def test_key_of_an_unseen_row_is_a_duplicate(world: Emulation) -> None:
    world.org.create("Event", event(LinkPoint_Key__c="k"), HANNA)
    path = f"sobjects/Event/{KEY}/k"
    assert world.api(JONAS).refusal("PATCH", path, json=event())[1] == "DUPLICATE_VALUE"


def test_lost_race_of_upserts_answers_duplicate_with_the_row_made(world: Emulation) -> None:
    world.switch("race_next_upserts", 1)
    path = f"sobjects/Event/{KEY}/k"
    assert world.api().refusal("PATCH", path, json=event())[1] == "DUPLICATE_VALUE"
    assert len(world.org.rows("Event")) == 1
    assert world.api().call("PATCH", path, json=event()).status_code == 200


def test_ambiguous_key_answers_300_with_addresses(world: Emulation) -> None:
    world.org.create("Contact", {"LastName": "A", "Email": "x@y.example"}, HANNA)
    world.org.create("Contact", {"LastName": "B", "Email": "X@y.example"}, HANNA)
    answer = world.api().call("GET", "sobjects/Contact/Email/x@y.example")
    assert answer.status_code == 300
    assert all("/sobjects/Contact/003" in str(address) for address in answer.json or [])
    assert len(answer.json or []) == 2


def test_missing_custom_field_is_no_external_id(world: Emulation) -> None:
    world.org.remove_key_field()
    refusal = world.api().refusal("PATCH", f"sobjects/Event/{KEY}/k", json=event())
    assert refusal[:2] == (404, "NOT_FOUND")


def test_locked_row_is_refused_with_the_status_of_the_switch(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    world.switch("lock_row_status", 500)
    world.switch("lock_next_rows", 1)
    path = f"sobjects/Event/{record_id}"
    assert world.api().refusal("PATCH", path, json={"Subject": "y"})[:2] == (
        500,
        "UNABLE_TO_LOCK_ROW",
    )
    assert world.api().call("PATCH", path, json={"Subject": "y"}).status_code == 204


def test_unmodified_since_protects_an_event(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    read_at = format_datetime(world.clock.now(), usegmt=True)
    path, headers = f"sobjects/Event/{record_id}", {"If-Unmodified-Since": read_at}
    assert world.api().call("PATCH", path, json={"Subject": "a"}, headers=headers).status_code == (
        204
    )
    world.clock.pass_by(seconds=1)
    world.org.update("Event", record_id, {"Subject": "b"}, HANNA)
    answer = world.api().call("PATCH", path, json={"Subject": "c"}, headers=headers)
    assert answer.status_code == 412
    assert row_of(world.org, record_id)["Subject"] == "b"
    assert world.api().call("DELETE", path, headers=headers).status_code == 204


def test_condition_on_events_can_be_ignored(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    world.switch("conditional_event_rows", value=False)
    headers = {"If-Unmodified-Since": "Sun, 22 Nov 2020 00:00:00 GMT"}
    path = f"sobjects/Event/{record_id}"
    assert world.api().call("PATCH", path, json={"Subject": "c"}, headers=headers).status_code == (
        204
    )


def test_malformed_condition_is_refused_on_patch(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    path, headers = f"sobjects/Event/{record_id}", {"If-Unmodified-Since": "yesterday"}
    assert world.api().call("PATCH", path, json={}, headers=headers).status_code == 400
    assert world.api().call("GET", path, headers=headers).status_code == 200


def test_modified_since_answers_304(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    headers = {"If-Modified-Since": format_datetime(world.clock.now(), usegmt=True)}
    answer = world.api().call("GET", f"sobjects/Event/{record_id}", headers=headers)
    assert (answer.status_code, answer.text) == (304, "")


def test_entity_tags_work_on_accounts_only(world: Emulation) -> None:
    account = world.org.create("Account", {"Name": "A"}, HANNA)
    path = f"sobjects/Account/{account}"
    tag = world.api().call("GET", path).headers["ETag"]
    assert world.api().call("GET", path, headers={"If-None-Match": tag}).status_code == 304
    world.clock.pass_by(seconds=1)
    world.org.update("Account", account, {"Name": "B"}, HANNA)
    answer = world.api().call("PATCH", path, json={"Name": "C"}, headers={"If-Match": tag})
    assert answer.status_code == 412
    record_id = world.org.create("Event", event(), HANNA)
    assert "ETag" not in world.api().call("GET", f"sobjects/Event/{record_id}").headers


def test_deleted_and_updated_tell_what_happened(world: Emulation) -> None:
    kept = world.org.create("Event", event(), HANNA)
    gone = world.org.create("Event", event(), HANNA)
    world.clock.pass_by(minutes=10)
    world.org.delete("Event", gone, HANNA)
    world.clock.pass_by(minutes=10)
    span = {"start": "2026-11-25T07:59:30+00:00", "end": "2026-11-25T09:00:00+00:00"}
    deleted = json_of(world.api().call("GET", "sobjects/Event/deleted/", query_string=span))
    assert set(deleted) == {"deletedRecords", "earliestDateAvailable", "latestDateCovered"}
    assert deleted["deletedRecords"] == [
        {"id": gone, "deletedDate": "2026-11-25T08:10:00.000+0000"}
    ]
    assert deleted["latestDateCovered"] == "2026-11-25T08:20:00.000+0000"
    updated = json_of(world.api().call("GET", "sobjects/Event/updated/", query_string=span))
    assert updated["ids"] == [kept]
    unseen = json_of(world.api(JONAS).call("GET", "sobjects/Event/deleted/", query_string=span))
    assert unseen["deletedRecords"] == []


@pytest.mark.parametrize("days", [15, 16])
def test_deleted_reaches_back_fifteen_days(world: Emulation, days: int) -> None:
    world.clock.pass_by(days=days)
    span = {"start": "2026-11-25T08:00:00Z", "end": "2026-11-25T09:00:00Z"}
    status = world.api().call("GET", "sobjects/Event/deleted/", query_string=span).status_code
    assert status == (200 if days == 15 else 400)


def test_answers_carry_the_use_of_the_api(world: Emulation) -> None:
    world.switch("api_used", 40)
    answer = world.api().call("GET", "limits/")
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=41/100000"
    assert json_of(answer)["DailyApiRequests"] == {"Max": 100_000, "Remaining": 99_959}
    world.switch("per_app_usage", value=True)
    shown = world.api().call("GET", "sobjects/Foo").headers["Sforce-Limit-Info"]
    assert shown.startswith("api-usage=42/100000; per-app-api-usage=")


def test_used_up_limit_answers_403(world: Emulation) -> None:
    world.switch("daily_limit", 1)
    assert world.api().call("GET", "limits").status_code == 200
    assert world.api().refusal("GET", "limits")[:2] == (403, "REQUEST_LIMIT_EXCEEDED")


def test_versions_are_listed_without_a_session(world: Emulation) -> None:
    versions = list_of(world.http.get("/services/data"))
    assert versions[-1] == {
        "label": "Winter '27",
        "url": "/services/data/v68.0",
        "version": "68.0",
    }
    assert [one["label"] for one in versions[-3:-1]] == ["Spring '26", "Summer '26"]


@pytest.mark.parametrize(
    ("version", "status", "code"),
    [
        ("v30.0", 410, "UNSUPPORTED_API_VERSION"),
        ("v99.0", 404, "NOT_FOUND"),
        ("v1", 404, "NOT_FOUND"),
    ],
)
def test_other_versions_are_refused(world: Emulation, version: str, status: int, code: str) -> None:
    assert world.api(version=version).refusal("GET", "limits")[:2] == (status, code)


def test_unknown_address_method_and_body_are_refused(world: Emulation) -> None:
    api = world.api()
    assert api.refusal("GET", "sobjects/Foo")[:2] == (404, "NOT_FOUND")
    assert api.refusal("GET", "nothing")[:2] == (404, "NOT_FOUND")
    assert api.refusal("PUT", "sobjects/Event/")[:2] == (405, "METHOD_NOT_ALLOWED")
    text = {"data": "Subject=x", "content_type": "text/plain"}
    assert api.call("POST", "sobjects/Event/", **text).status_code == 415
    broken = {"data": "{", "content_type": "application/json"}
    assert api.refusal("POST", "sobjects/Event/", **broken)[:2] == (400, "JSON_PARSER_ERROR")


def test_selected_fields_of_a_row(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    answer = world.api().call("GET", f"sobjects/Event/{record_id}?fields=Subject,ShowAs")
    assert list(json_of(answer)) == ["attributes", "Id", "Subject", "ShowAs"]


def test_writes_are_counted_apart_from_calls(world: Emulation) -> None:
    api = world.api()
    api.query("SELECT Id FROM Event")
    assert (world.org.writes, world.salesforce.counters["salesforce_writes"]) == (0, 0)
    api.call("POST", "sobjects/Event", json=event())
    assert (world.org.writes, world.salesforce.counters["salesforce_writes"]) == (1, 1)
    assert world.salesforce.counters["salesforce"] == 2
    world.org.create("Event", event(), HANNA)
    assert world.org.writes == 1, "a person's own save is no API call"
