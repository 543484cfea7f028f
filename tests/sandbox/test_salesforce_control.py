"""What the control API can do in an org, switches, ids, and a world that survives pickling."""

import pickle
from datetime import UTC, datetime

import pytest

from sandbox.salesforce.demo import seed
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.ids import looks_like_id, to_18
from sandbox.salesforce.org import Salesforce
from tests.sandbox.emulated_org import HANNA, ORG_ID, Emulation, StandingClock, event


@pytest.fixture
def world() -> Emulation:
    return Emulation()


def test_people_act_by_name(world: Emulation) -> None:
    act = world.salesforce.act
    record_id = str(act(HANNA, "create", fields=event())["id"])
    act(HANNA, "update", record_id=record_id, fields={"Subject": "y"})
    rows = act(HANNA, "rows")["rows"]
    assert isinstance(rows, list)
    assert rows[0]["Subject"] == "y"
    act(HANNA, "delete", record_id=record_id)
    assert act(HANNA, "rows")["rows"] == []
    act(HANNA, "undelete", record_id=record_id)
    assert len(world.org.rows("Event")) == 1
    assert world.org.writes == 0


def test_late_transaction_shows_an_old_stamp(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    stamp = {"SystemModstamp": "2026-11-25T07:59:30Z"}
    world.salesforce.act(HANNA, "restamp", record_id=record_id, fields=stamp)
    [row] = world.org.rows("Event")
    assert row["SystemModstamp"] == row["LastModifiedDate"] == "2026-11-25T07:59:30.000+0000"
    with pytest.raises(ValueError, match=r"fields\.SystemModstamp"):
        world.salesforce.act(HANNA, "restamp", record_id=record_id)


def test_administrators_deploy_and_remove_the_key_field(world: Emulation) -> None:
    world.salesforce.act(HANNA, "remove_key_field")
    assert not world.org.has_key_field
    world.salesforce.act(HANNA, "deploy_key_field")
    assert world.org.has_key_field


def test_wrong_actions_name_what_fits(world: Emulation) -> None:
    with pytest.raises(ValueError, match=r"^as: "):
        world.salesforce.act("nobody", "create")
    with pytest.raises(ValueError, match=r"^op: must be one of .*create"):
        world.salesforce.act(HANNA, "explode")
    with pytest.raises(ApiError):
        world.salesforce.act(HANNA, "create", fields=event("x" * 300, Location="y" * 300))


def test_wrong_switches_name_what_fits(world: Emulation) -> None:
    with pytest.raises(ValueError, match=r"^nonsense: no such switch"):
        world.switch("nonsense", value=True)
    with pytest.raises(ValueError, match=r"^page_cap: must be a whole number"):
        world.switch("page_cap", "many")
    with pytest.raises(ValueError, match=r"^start_only_keeps: must be one of"):
        world.switch("start_only_keeps", "nothing")


def test_org_ids_and_domains_are_unique(world: Emulation) -> None:
    for given, domain in (
        (ORG_ID[:15], "other"),
        ("00D5g00000Other", "acme"),
        ("0015g00000Other", "other"),
    ):
        with pytest.raises(ValueError, match="organization_id"):
            world.salesforce.add_org(organization_id=given, my_domain=domain)
    with pytest.raises(ValueError, match="username"):
        world.org.add_user(username=HANNA.upper())
    with pytest.raises(ValueError, match="profile"):
        world.org.add_user(username="x@acme.example", profile="Boss")
    with pytest.raises(ValueError, match="time_zone"):
        world.org.add_user(username="x@acme.example", time_zone="Europe/Kyiv")


def test_emulation_survives_pickling_with_sessions_and_rows(world: Emulation) -> None:
    world.org.create("Event", event(LinkPoint_Key__c="k"), HANNA)
    token = world.token()
    again: Salesforce = pickle.loads(pickle.dumps(world.salesforce))  # noqa: S301 - our own bytes
    org = again.orgs[ORG_ID]
    assert org.rows("Event") == world.org.rows("Event")
    assert org.session(token) is not None
    again.switches.set("plain_group_event_type", "")
    made = org.create("Event", event(), HANNA)
    row = next(row for row in org.rows("Event") if row["Id"] == made)
    assert row["GroupEventType"] is None, "the org and the emulation share their switches"


def test_same_calls_give_the_same_ids() -> None:
    def ids() -> list[object]:
        world = Emulation()
        return [world.hanna, world.org.create("Event", event(), HANNA), world.token()]

    assert ids() == ids()


@pytest.mark.parametrize("short", ["00D5g00000AcmeX", "0015g0000000001", "00Uzz0000000AbC"])
def test_long_id_has_its_check_characters(short: str) -> None:
    long = to_18(short)
    assert looks_like_id(short)
    assert looks_like_id(long)
    assert not looks_like_id(long[:-1] + ("A" if long[-1] != "A" else "B"))


def test_demo_org_has_people_records_and_a_week() -> None:
    now = datetime(2026, 11, 25, 8, tzinfo=UTC)
    salesforce = Salesforce(StandingClock())
    keys = {
        "app_url": "http://localhost:8000/canvas/",
        "consumer_key": "k",
        "consumer_secret": "s",
        "jwt_public_key_pem": "",
    }
    org = seed(salesforce, now, **keys)
    assert org.user(HANNA) is not None
    assert org.has_key_field
    for kind in ("Account", "Contact", "Lead", "Opportunity", "Event"):
        assert len(org.rows(kind)) >= 2, kind
