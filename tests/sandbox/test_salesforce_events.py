"""Who, What, private events, invitees, visibility, field rules: contract sections 1.1, 1.3, 1.4 and 1.7."""

import pytest

from sandbox.salesforce.errors import ApiError, ApiErrors
from tests.sandbox.emulated_org import HANNA, JONAS, Emulation, event, json_of, row_of


@pytest.fixture
def world() -> Emulation:
    return Emulation()


def person(world: Emulation) -> tuple[str, str]:
    """Return the ids of an account and its contact."""
    account = world.org.create("Account", {"Name": "Nordlicht"}, HANNA)
    contact = world.org.create("Contact", {"LastName": "Hartmann", "AccountId": account}, HANNA)
    return account, contact


def refused(world: Emulation, kind: str, fields: dict[str, object], who: str = HANNA) -> ApiError:
    with pytest.raises(ApiError) as caught:
        world.org.create(kind, fields, who)
    return caught.value


def test_plain_event_has_the_recorded_defaults(world: Emulation) -> None:
    row = row_of(world.org, world.org.create("Event", event(), HANNA))
    assert row["ShowAs"] == "Busy"
    assert row["GroupEventType"] == "0"
    assert row["OwnerId"] == row["CreatedById"] == world.hanna
    assert row["IsChild"] is row["IsRecurrence2"] is row["IsPrivate"] is False
    world.switch("plain_group_event_type", "")
    other = row_of(world.org, world.org.create("Event", event(), HANNA))
    assert other["GroupEventType"] is None


def test_subject_is_not_required(world: Emulation) -> None:
    fields = event()
    del fields["Subject"]
    assert row_of(world.org, world.org.create("Event", fields, HANNA))["Subject"] is None


def test_private_event_takes_no_record(world: Emulation) -> None:
    _, contact = person(world)
    error = refused(world, "Event", event(WhoId=contact, IsPrivate=True))
    assert (error.code, error.fields) == ("FIELD_INTEGRITY_EXCEPTION", ("WhoId",))
    record_id = world.org.create("Event", event(WhoId=contact), HANNA)
    with pytest.raises(ApiError):
        world.org.update("Event", record_id, {"IsPrivate": True}, HANNA)
    world.org.update("Event", record_id, {"IsPrivate": True, "WhoId": None}, HANNA)
    assert row_of(world.org, record_id)["IsPrivate"] is True


def test_account_follows_from_what_then_from_contact(world: Emulation) -> None:
    account, contact = person(world)
    other = world.org.create("Account", {"Name": "Other"}, HANNA)
    deal = world.org.create(
        "Opportunity",
        {"Name": "d", "StageName": "Prospecting", "CloseDate": "2026-12-01", "AccountId": other},
        HANNA,
    )
    by_contact = world.org.create("Event", event(WhoId=contact), HANNA)
    by_deal = world.org.create("Event", event(WhoId=contact, WhatId=deal), HANNA)
    assert row_of(world.org, by_contact)["AccountId"] == account
    assert row_of(world.org, by_deal)["AccountId"] == other


def test_lead_and_what_exclude_each_other(world: Emulation) -> None:
    account, _ = person(world)
    lead = world.org.create("Lead", {"LastName": "Okafor", "Company": "B"}, HANNA)
    assert refused(world, "Event", event(WhoId=lead, WhatId=account)).fields == ("WhatId",)
    world.switch("lead_excludes_what", value=False)
    assert world.org.create("Event", event(WhoId=lead, WhatId=account), HANNA)


def test_reference_of_a_wrong_kind_is_malformed(world: Emulation) -> None:
    account, _ = person(world)
    error = refused(world, "Event", event(WhoId=account))
    assert (error.code, error.fields) == ("MALFORMED_ID", ("WhoId",))
    assert "id value of incorrect type" in error.message


def test_restricted_picklist_is_enforced(world: Emulation) -> None:
    assert refused(world, "Event", event(ShowAs="Tentative")).fields == ("ShowAs",)
    world.org.create("Event", event(ShowAs="OutOfOffice"), HANNA)


def test_read_only_fields_are_refused(world: Emulation) -> None:
    for name in ("IsRecurrence2", "AccountId", "IsArchived", "EndDate", "IsChild"):
        error = refused(world, "Event", {**event(), name: None})
        assert (error.code, error.fields) == ("INVALID_FIELD_FOR_INSERT_UPDATE", (name,))


def test_create_only_field_is_refused_on_update(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    with pytest.raises(ApiError) as caught:
        world.org.update("Event", record_id, {"Recurrence2PatternText": "RRULE:FREQ=DAILY"}, HANNA)
    assert caught.value.code == "INVALID_FIELD_FOR_INSERT_UPDATE"


def test_shared_activity_fields_are_absent(world: Emulation) -> None:
    error = refused(world, "Event", event(EventWhoIds=[]))
    assert error.code == "INVALID_FIELD"
    assert error.message == "No such column 'EventWhoIds' on sobject of type Event"


@pytest.mark.parametrize(("unit", "fits"), [("utf16", False), ("characters", True)])
def test_length_counts_what_the_switch_says(world: Emulation, unit: str, fits: bool) -> None:
    world.switch("length_unit", unit)
    subject = "\N{ROCKET}" * 200
    if fits:
        assert world.org.create("Event", event(subject), HANNA)
    else:
        error = refused(world, "Event", event(subject))
        assert error.code == "STRING_TOO_LONG"
        assert error.message.endswith("(max length=255)")


def test_several_errors_come_together(world: Emulation) -> None:
    with pytest.raises(ApiErrors) as caught:
        world.org.create("Event", event("x" * 256, Location="y" * 256), HANNA)
    assert [error.fields for error in caught.value.errors] == [("Subject",), ("Location",)]


def test_refused_save_leaves_nothing_behind(world: Emulation) -> None:
    refused(world, "Event", event(ShowAs="Tentative"))
    record_id = world.org.create("Event", event(), HANNA)
    before = row_of(world.org, record_id)
    with pytest.raises(ApiError):
        world.org.update("Event", record_id, {"Subject": "new", "DurationInMinutes": -5}, HANNA)
    assert row_of(world.org, record_id) == before
    assert len(world.org.rows("Event")) == 1


def test_events_of_others_are_not_there(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    path = f"sobjects/Event/{record_id}"
    assert world.api(JONAS).refusal("GET", path)[:2] == (404, "NOT_FOUND")
    assert world.api(JONAS).query("SELECT Id FROM Event")["totalSize"] == 0
    assert world.api(f"admin@{world.org.my_domain}.example").call("GET", path).status_code == 200
    status, code, _ = world.api(JONAS).refusal("PATCH", path, json={"Subject": "mine"})
    assert (status, code) == (403, "INSUFFICIENT_ACCESS_OR_READONLY")
    world.switch("insufficient_access_status", 400)
    assert world.api(JONAS).refusal("DELETE", path)[0] == 400


def test_public_calendars_show_what_is_not_private(world: Emulation) -> None:
    world.switch("public_calendars", value=True)
    world.org.create("Event", event("open"), HANNA)
    world.org.create("Event", event("secret", IsPrivate=True), HANNA)
    assert world.api(JONAS).column("SELECT Subject FROM Event") == ["open"]


def test_hidden_field_does_not_exist_for_its_users(world: Emulation) -> None:
    world.switch("hidden_fields", ["Event.Description", "Event.Subject"])
    record_id = world.org.create("Event", event(Description="notes"))
    world.org.update("Event", record_id, {"OwnerId": world.hanna})
    body = json_of(world.api().call("GET", f"sobjects/Event/{record_id}"))
    assert "Description" not in body
    assert body["Subject"] == "Review", "only permissionable fields can be hidden"
    assert world.api().refusal("POST", "sobjects/Event", json=event(Description="x"))[1] == (
        "INVALID_FIELD"
    )
    described = json_of(world.api().call("GET", "sobjects/Event/describe"))["fields"]
    assert "Description" not in {one["name"] for one in described}


def test_inviting_a_user_makes_a_copy(world: Emulation) -> None:
    master = world.org.create("Event", event(LinkPoint_Key__c="k1"), HANNA)
    relation = {"EventId": master, "RelationId": world.jonas}
    world.org.create("EventRelation", relation, HANNA)
    [copy] = [row for row in world.org.rows("Event") if row["IsChild"]]
    assert (copy["OwnerId"], copy["IsGroupEvent"], copy["GroupEventType"]) == (
        world.jonas,
        True,
        "1",
    )
    assert row_of(world.org, master)["GroupEventType"] == "1"
    assert copy["LinkPoint_Key__c"] is None
    with pytest.raises(ApiError):
        world.org.update("Event", str(copy["Id"]), {"Subject": "mine"}, JONAS)
    world.org.update("Event", str(copy["Id"]), {"IsReminderSet": True}, JONAS)
    world.org.update("Event", master, {"Subject": "Renamed"}, HANNA)
    assert row_of(world.org, str(copy["Id"]))["Subject"] == "Renamed"


def test_copy_may_carry_the_key(world: Emulation) -> None:
    world.switch("child_copies_custom_fields", value=True)
    master = world.org.create("Event", event(LinkPoint_Key__c="k1"), HANNA)
    world.org.create("EventRelation", {"EventId": master, "RelationId": world.jonas}, HANNA)
    keys = [row["LinkPoint_Key__c"] for row in world.org.rows("Event")]
    assert keys == ["k1", "k1"]


def test_inviting_a_contact_makes_no_copy(world: Emulation) -> None:
    _, contact = person(world)
    master = world.org.create("Event", event(), HANNA)
    world.org.create("EventRelation", {"EventId": master, "RelationId": contact}, HANNA)
    assert len(world.org.rows("Event")) == 1


def test_moving_an_event_asks_its_invitees_again(world: Emulation) -> None:
    master = world.org.create("Event", event(), HANNA)
    relation = world.org.create(
        "EventRelation", {"EventId": master, "RelationId": world.jonas}, HANNA
    )
    world.org.update("EventRelation", relation, {"Status": "Accepted"}, HANNA)
    world.org.update("Event", master, {"Subject": "other"}, HANNA)
    assert row_of(world.org, relation, "EventRelation")["Status"] == "Accepted"
    world.org.update("Event", master, {"Location": "Oslo"}, HANNA)
    assert row_of(world.org, relation, "EventRelation")["Status"] == "New"


def test_deleting_an_event_deletes_its_copies(world: Emulation) -> None:
    master = world.org.create("Event", event(), HANNA)
    world.org.create("EventRelation", {"EventId": master, "RelationId": world.jonas}, HANNA)
    world.org.delete("Event", master, HANNA)
    assert world.org.rows("Event") == []
    assert world.org.rows("EventRelation") == []


def test_events_of_a_year_ago_are_archived(world: Emulation) -> None:
    world.org.create("Event", event("old", StartDateTime="2025-11-01T09:00:00Z"), HANNA)
    world.org.create("Event", event("new"), HANNA)
    api = world.api()
    assert api.column("SELECT Subject FROM Event") == ["new"]
    both = api.query("SELECT Subject, IsArchived FROM Event", everything=True)["records"]
    assert [(row["Subject"], row["IsArchived"]) for row in both] == [("old", True), ("new", False)]
    late = world.org.create("Event", event("late", StartDateTime="2025-11-01T09:00:00Z"), HANNA)
    assert "late" in api.column("SELECT Subject FROM Event"), "archived by the next run only"
    world.org.update("Event", late, {"Subject": "still writable"}, HANNA)


def test_validation_rule_of_the_org_refuses(world: Emulation) -> None:
    rule = {"sobject": "Event", "field": "Location", "empty": True, "message": "Where is it?"}
    world.switch("validation_rules", [rule])
    error = refused(world, "Event", event())
    assert (error.code, error.message) == ("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Where is it?")
    assert world.org.create("Event", event(Location="here"), HANNA)


def test_deployed_field_comes_and_goes(world: Emulation) -> None:
    record_id = world.org.create("Event", event(LinkPoint_Key__c="k"), HANNA)
    world.org.remove_key_field()
    assert "LinkPoint_Key__c" not in row_of(world.org, record_id)
    assert refused(world, "Event", event(LinkPoint_Key__c="k")).code == "INVALID_FIELD"
    world.org.deploy_key_field()
    assert row_of(world.org, record_id)["LinkPoint_Key__c"] is None
    assert world.org.has_key_field
