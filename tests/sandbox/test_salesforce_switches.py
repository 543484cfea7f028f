"""Both settings of the switches that no other test of the Salesforce half turns."""

import re
from pathlib import Path

import pytest

from sandbox.salesforce.switches import SWITCHES
from tests.sandbox.emulated_org import HANNA, Emulation, event, json_of, list_of, row_of


@pytest.fixture
def world() -> Emulation:
    return Emulation()


@pytest.mark.parametrize(("trims", "stored"), [(True, "x"), (False, " x ")])
def test_white_space_around_texts(world: Emulation, trims: bool, stored: str) -> None:
    world.switch("trims_text", trims)
    record_id = world.org.create("Event", event(" x "), HANNA)
    assert row_of(world.org, record_id)["Subject"] == stored


@pytest.mark.parametrize(("ends", "stored"), [("as_sent", "a\nb"), ("crlf", "a\r\nb")])
def test_line_ends_of_long_texts(world: Emulation, ends: str, stored: str) -> None:
    world.switch("textarea_newlines", ends)
    record_id = world.org.create("Event", event(Description="a\nb"), HANNA)
    assert row_of(world.org, record_id)["Description"] == stored


@pytest.mark.parametrize("length", [15, 18])
def test_length_of_the_id_in_duplicates(world: Emulation, length: int) -> None:
    world.switch("duplicate_id_length", length)
    first = world.org.create("Event", event(LinkPoint_Key__c="k"), HANNA)
    answer = world.api().call("POST", "sobjects/Event", json=event(LinkPoint_Key__c="k"))
    assert list_of(answer)[0]["message"].endswith(f": {first[:length]}")


@pytest.mark.parametrize(("needs", "status"), [(True, 400), (False, 201)])
def test_all_day_events_of_several_days_without_multiday(
    world: Emulation, needs: bool, status: int
) -> None:
    world.switch("multiday_events", value=False)
    world.switch("all_day_needs_multiday", needs)
    days = {"IsAllDayEvent": True, "ActivityDate": "2026-11-26", "DurationInMinutes": 2880}
    assert world.api().call("POST", "sobjects/Event", json=days).status_code == status


@pytest.mark.parametrize(("days", "status"), [(30, 400), (60, 200)])
def test_reach_of_updated(world: Emulation, days: int, status: int) -> None:
    world.switch("updated_days", days)
    world.clock.pass_by(days=40)
    span = {"start": "2026-11-26T00:00:00Z", "end": "2026-12-26T00:00:00Z"}
    answer = world.api().call("GET", "sobjects/Event/updated/", query_string=span)
    assert answer.status_code == status


@pytest.mark.parametrize(("archives", "found"), [(True, 0), (False, 1)])
def test_archiving_can_be_off(world: Emulation, archives: bool, found: int) -> None:
    world.switch("archives_daily", archives)
    world.org.create("Event", event(StartDateTime="2020-01-01T09:00:00Z"), HANNA)
    assert world.api().query("SELECT Id FROM Event")["totalSize"] == found


@pytest.mark.parametrize(("resets", "status"), [(True, "New"), (False, "Accepted")])
def test_answers_of_invitees_may_stay(world: Emulation, resets: bool, status: str) -> None:
    world.switch("resets_invitees", resets)
    master = world.org.create("Event", event(), HANNA)
    invitation = {"EventId": master, "RelationId": world.jonas, "Status": "Accepted"}
    relation = world.org.create("EventRelation", invitation, HANNA)
    world.org.update("Event", master, {"StartDateTime": "2026-11-27T09:00:00Z"}, HANNA)
    assert row_of(world.org, relation, "EventRelation")["Status"] == status


def test_newest_version_can_be_an_older_one(world: Emulation) -> None:
    world.switch("newest_version", 66)
    assert list_of(world.http.get("/services/data"))[-1]["version"] == "66.0"
    assert world.api(version="v67.0").refusal("GET", "limits")[0] == 404


def test_sessions_can_be_short(world: Emulation) -> None:
    world.switch("session_minutes", 15)
    api = world.api()
    world.clock.pass_by(minutes=10)
    assert api.call("GET", "limits").status_code == 200
    world.clock.pass_by(minutes=14)
    assert json_of(api.call("GET", "limits")), "each use prolongs the session"
    world.clock.pass_by(minutes=16)
    assert api.refusal("GET", "limits")[0] == 401


def test_every_switch_is_turned_by_a_test() -> None:
    text = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    turned = set(re.findall(r"""(?:switch|set)\(\s*"(\w+)",""", text))
    assert set(SWITCHES) - turned == set()
