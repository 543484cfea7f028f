"""The engine's calls against the emulated Salesforce."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from linkpoint.errors import Exists, Gone, NeedsPerson, Outdated, Refused, TryLater
from linkpoint.salesforce.client import SalesforceClient
from sandbox.faults import Fault
from sync.core.item import SalesforceId, SalesforceItem
from sync.engine.ports import (
    ChangedEvent,
    CreateSalesforce,
    DeleteSalesforce,
    FindSalesforce,
    NewEvent,
    ReadClock,
    ReadSalesforce,
    ReadSalesforceChanges,
    ReadSalesforceClock,
    UpdateSalesforce,
)
from sync.sides.salesforce import SalesforceSide
from tests.sides.conftest import HANNA, OSKAR
from tests.sides.test_event_fields import ALL_DAY, TIMED

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
NEVER = SalesforceId("00U5g00000ZZZZZEA5")


def owner(org: Any, username: str = HANNA) -> str:
    return str(org.user(username)["Id"])


def event(org: Any, key: str = "k1", **more: Any) -> NewEvent:
    fields = {**TIMED, **more}
    return NewEvent(f"{org.id}:{key}:1", owner(org), fields, "Europe/Berlin", LONG_AGO)


def create(side: SalesforceSide, *events: NewEvent) -> list[Any]:
    return list(side.call(CreateSalesforce(events)))


def read(side: SalesforceSide, *ids: SalesforceId) -> dict[SalesforceId, SalesforceItem]:
    return dict(side.call(ReadSalesforce(ids)))


def change(
    item: SalesforceItem | SalesforceId, since: datetime | None = None, **fields: Any
) -> ChangedEvent:
    known = item if isinstance(item, str) else item.id
    return ChangedEvent(SalesforceId(known), fields, since)


def test_created_event_reads_back_as_it_was_meant(salesforce: SalesforceSide, org: Any) -> None:
    made, day = create(salesforce, event(org), event(org, "k2", **ALL_DAY))

    rows = read(salesforce, made, day)

    assert rows[made].fields == TIMED
    assert {k: v for k, v in rows[day].fields.items() if k != "reminder"} == {
        k: v for k, v in ALL_DAY.items() if k != "reminder"
    }
    assert (rows[made].owner_id, rows[made].key) == (owner(org), f"{org.id}:k1:1")
    assert rows[made].modified_by == owner(org)
    assert not rows[made].is_deleted


def test_create_sent_again_finds_what_it_made(salesforce: SalesforceSide, org: Any) -> None:
    (made,) = create(salesforce, event(org))

    (again,) = create(salesforce, event(org))

    assert isinstance(again, Exists)
    assert again.record_id == made
    assert len(org.rows("Event")) == 1


def test_lost_answer_of_a_create_leaves_one_event_that_is_found(
    salesforce: SalesforceSide, org: Any, sandbox: Any
) -> None:
    sandbox.world.faults.add(Fault("/composite/", when="after", drop=True))
    with pytest.raises(TryLater):
        create(salesforce, event(org))

    found = salesforce.call(FindSalesforce((event(org), event(org, "other"))))

    assert [row.key for row in found.values()] == [f"{org.id}:k1:1"]


def test_found_event_that_was_deleted_says_so(salesforce: SalesforceSide, org: Any) -> None:
    (made,) = create(salesforce, event(org))
    org.delete("Event", made, as_user=HANNA)

    found = salesforce.call(FindSalesforce((event(org),)))

    assert found[f"{org.id}:k1:1"].is_deleted


def test_many_creates_are_few_calls_and_keep_their_order(
    salesforce: SalesforceSide, client: SalesforceClient, org: Any
) -> None:
    events = [event(org, f"k{n}", subject=f"Event {n}") for n in range(250)]

    answers = create(salesforce, *events)

    rows = read(salesforce, *answers)
    assert [rows[each].fields["subject"] for each in answers] == [f"Event {n}" for n in range(250)]
    assert client.calls.writes == 2


def test_one_refused_event_does_not_stop_the_others(
    salesforce: SalesforceSide, org: Any, sandbox: Any
) -> None:
    rule = {
        "sobject": "Event",
        "field": "Subject",
        "contains": "forbidden",
        "message": "Not with this word.",
    }
    sandbox.world.salesforce.switches.set("validation_rules", [rule])
    org_events = [event(org, "a"), event(org, "b", subject="forbidden fruit"), event(org, "c")]

    first, second, third = create(salesforce, *org_events)

    assert isinstance(second, Refused)
    assert "Not with this word." in second.why
    assert len(read(salesforce, first, third)) == 2


@pytest.mark.parametrize("status", [400, 500])
def test_locked_row_is_sent_once_more(
    salesforce: SalesforceSide, org: Any, sandbox: Any, status: int
) -> None:
    sandbox.world.salesforce.switches.set("lock_row_status", status)
    sandbox.world.salesforce.switches.set("lock_next_rows", 1)

    answers = create(salesforce, event(org, "a"), event(org, "b"))

    assert len(read(salesforce, *answers)) == 2


def test_row_that_stays_locked_is_tried_later(
    salesforce: SalesforceSide, org: Any, sandbox: Any
) -> None:
    sandbox.world.salesforce.switches.set("lock_next_rows", 99)

    (answer,) = create(salesforce, event(org))

    assert isinstance(answer, TryLater)


def test_update_writes_only_its_fields(salesforce: SalesforceSide, org: Any) -> None:
    (made,) = create(salesforce, event(org))
    org.update("Event", made, {"Location": "Moved by a person"}, as_user=HANNA)

    assert salesforce.call(UpdateSalesforce((change(made, subject="New"),))) == (None,)

    fields = read(salesforce, made)[made].fields
    assert (fields["subject"], fields["location"]) == ("New", "Moved by a person")


def test_conditional_update_of_a_moved_row_writes_nothing(
    salesforce: SalesforceSide, org: Any, sandbox: Any
) -> None:
    (made,) = create(salesforce, event(org))
    seen = read(salesforce, made)[made]
    clock = sandbox.world.clock
    clock.move_to(clock.now() + timedelta(seconds=5))
    org.update("Event", made, {"Subject": "By a person"}, as_user=HANNA)

    answers = salesforce.call(UpdateSalesforce((change(seen, seen.modstamp, subject="Ours"),)))

    assert isinstance(answers[0], Outdated)
    assert read(salesforce, made)[made].fields["subject"] == "By a person"


def test_conditional_updates_of_rows_at_rest_are_written(
    salesforce: SalesforceSide, org: Any
) -> None:
    made = create(salesforce, *(event(org, f"k{n}") for n in range(30)))
    rows = read(salesforce, *made)

    changes = tuple(
        change(rows[m], rows[m].modstamp, subject=f"New {n}") for n, m in enumerate(made)
    )
    answers = salesforce.call(UpdateSalesforce(changes))

    assert answers == (None,) * 30
    now = read(salesforce, *made)
    assert [now[m].fields["subject"] for m in made] == [f"New {n}" for n in range(30)]


def test_updates_keep_their_order_with_and_without_condition(
    salesforce: SalesforceSide, org: Any
) -> None:
    first, second, third = create(salesforce, *(event(org, f"k{n}") for n in range(3)))
    rows = read(salesforce, first, second, third)
    org.delete("Event", second, as_user=HANNA)

    answers = salesforce.call(
        UpdateSalesforce(
            (
                change(first, subject="One"),
                change(second, rows[second].modstamp, subject="Two"),
                change(third, rows[third].modstamp, subject="x" * 300),
                change(NEVER, subject="Four"),
            )
        )
    )

    assert answers[0] is None
    assert isinstance(answers[1], Gone)
    assert isinstance(answers[2], Refused)
    assert answers[2].field == "Subject"
    assert isinstance(answers[3], Gone)


def test_change_between_all_day_and_timed_goes_both_ways(
    salesforce: SalesforceSide, org: Any
) -> None:
    (made,) = create(salesforce, event(org))
    day = {name: ALL_DAY[name] for name in ("start", "end", "all_day")}
    timed = {name: TIMED[name] for name in ("start", "end", "all_day")}

    salesforce.call(UpdateSalesforce((change(made, **day),)))
    as_day = read(salesforce, made)[made].fields
    salesforce.call(UpdateSalesforce((change(made, **timed),)))
    as_timed = read(salesforce, made)[made].fields

    assert {name: as_day[name] for name in day} == day
    assert {name: as_timed[name] for name in timed} == timed


@pytest.mark.parametrize("inclusive", [True, False])
def test_all_day_event_keeps_its_days_whatever_salesforce_means_by_end(
    salesforce: SalesforceSide, org: Any, sandbox: Any, inclusive: bool
) -> None:
    sandbox.world.salesforce.switches.set("all_day_end_inclusive", inclusive)

    (made,) = create(salesforce, event(org, **ALL_DAY))

    fields = read(salesforce, made)[made].fields
    assert (fields["start"], fields["end"]) == ("2026-11-25", "2026-11-28")


def test_event_that_becomes_private_loses_its_relations(
    salesforce: SalesforceSide, org: Any
) -> None:
    account = org.create("Account", {"Name": "Acme"})
    (made,) = create(salesforce, event(org, WhatId=account))
    assert org.rows("Event")[0]["WhatId"] == account

    answers = salesforce.call(
        UpdateSalesforce((change(made, sensitivity="private", show_as="Busy"),))
    )

    assert answers == (None,)
    assert org.rows("Event")[0]["WhatId"] is None
    assert read(salesforce, made)[made].fields["sensitivity"] == "private"


def test_deleted_event_is_read_as_deleted_and_deleting_it_again_is_gone(
    salesforce: SalesforceSide, org: Any
) -> None:
    (made,) = create(salesforce, event(org))

    salesforce.call(DeleteSalesforce(made))

    row = read(salesforce, made, NEVER)
    assert list(row) == [made]
    assert row[made].is_deleted
    assert row[made].modified_by == owner(org)
    with pytest.raises(Gone):
        salesforce.call(DeleteSalesforce(made))


def test_changes_come_in_order_and_page_by_page(
    salesforce: SalesforceSide, org: Any, sandbox: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = sandbox.world.clock
    clock.move_to(datetime(2026, 11, 25, 8, tzinfo=UTC), freeze=True)
    made = create(salesforce, *(event(org, f"k{n}") for n in range(5)))
    clock.move_to(datetime(2026, 11, 25, 9, tzinfo=UTC), freeze=True)
    later = create(salesforce, event(org, "later"))
    org.delete("Event", made[0], as_user=HANNA)
    monkeypatch.setattr("sync.sides.salesforce.CHANGES_PER_PAGE", 2)

    seen: list[SalesforceItem] = []
    since, after, more = LONG_AGO, None, True
    while more:
        page = salesforce.call(ReadSalesforceChanges(since, after))
        seen += page.rows
        more = page.more
        since, after = seen[-1].modstamp, seen[-1].id

    assert sorted(row.id for row in seen) == sorted([*made, *later])
    assert [(row.modstamp, row.id) for row in seen] == sorted(
        (row.modstamp, row.id) for row in seen
    )
    assert [row.id for row in seen if row.is_deleted] == [made[0]]


def test_copies_of_invitees_are_not_read(salesforce: SalesforceSide, org: Any) -> None:
    (made,) = create(salesforce, event(org))
    org.create("EventRelation", {"EventId": made, "RelationId": owner(org, OSKAR)}, as_user=HANNA)
    assert len(org.rows("Event")) == 2

    page = salesforce.call(ReadSalesforceChanges(LONG_AGO))

    assert [row.id for row in page.rows] == [made]


def test_time_of_reading_is_salesforces_own(
    salesforce: SalesforceSide, org: Any, sandbox: Any
) -> None:
    elsewhere = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    (made,) = create(salesforce, event(org))
    sandbox.world.clock.move_to(elsewhere, freeze=True)

    row = read(salesforce, made)[made]

    assert elsewhere - timedelta(seconds=5) < row.read_at <= elsewhere
    assert salesforce.call(ReadSalesforceClock()) == elsewhere


def test_hidden_field_is_neither_read_nor_written(
    salesforce: SalesforceSide, org: Any, sandbox: Any
) -> None:
    sandbox.world.salesforce.switches.set("hidden_fields", ["Event.Description", "Event.Location"])

    (made,) = create(salesforce, event(org))
    answers = salesforce.call(UpdateSalesforce((change(made, subject="New", location="x"),)))

    assert answers == (None,)
    fields = read(salesforce, made)[made].fields
    assert (fields["subject"], fields["description"], fields["location"]) == ("New", "", "")
    assert org.rows("Event")[0]["Location"] is None


def test_hidden_field_that_is_needed_is_an_administrators_task(
    salesforce: SalesforceSide, org: Any, sandbox: Any
) -> None:
    sandbox.world.salesforce.switches.set("hidden_fields", ["Event.IsAllDayEvent"])

    with pytest.raises(NeedsPerson, match="IsAllDayEvent"):
        read(salesforce, NEVER)


def test_key_field_that_was_removed_is_an_administrators_task(
    salesforce: SalesforceSide, org: Any
) -> None:
    org.remove_key_field()

    with pytest.raises(NeedsPerson, match="LinkPoint_Key__c"):
        read(salesforce, NEVER)


def test_without_the_key_field_an_event_is_found_by_what_was_written(
    client: SalesforceClient, org: Any
) -> None:
    org.remove_key_field()
    side = SalesforceSide(client, has_key=False)
    started = datetime.now(UTC) - timedelta(minutes=1)
    wanted = NewEvent("k", owner(org), TIMED, "UTC", started)
    assert side.call(FindSalesforce((wanted,))) == {}

    (made,) = create(side, wanted)

    found = side.call(FindSalesforce((wanted,)))
    assert found["k"].id == made
    assert (
        side.call(
            FindSalesforce(
                (NewEvent("k", owner(org), {**TIMED, "subject": "review"}, "UTC", started),)
            )
        )
        == {}
    )
    assert (
        side.call(
            FindSalesforce((NewEvent("k", owner(org), TIMED, "UTC", started + timedelta(hours=1)),))
        )
        == {}
    )


def test_what_was_made_without_keys_is_found_once_there_are_keys(
    client: SalesforceClient, org: Any
) -> None:
    started = datetime.now(UTC) - timedelta(minutes=1)
    old, new = (NewEvent(key, owner(org), TIMED, "UTC", started) for key in ("k1", "k2"))
    (made,) = create(SalesforceSide(client, has_key=False), old)
    side = SalesforceSide(client, has_key=True)
    create(side, NewEvent("k3", owner(org), TIMED, "UTC", started))

    found = side.call(FindSalesforce((old, new)))

    assert {key: row.id for key, row in found.items()} == {"k1": made}
    assert side.call(FindSalesforce((old,), (made,))) == {}


def test_what_is_written_stands_in_no_address(
    client: SalesforceClient, org: Any, sandbox: Any
) -> None:
    for has_key in (True, False):
        side = SalesforceSide(client, has_key=has_key)
        wanted = event(org, str(has_key), subject="Merger talks")
        (made,) = create(side, wanted)
        side.call(FindSalesforce((wanted,)))
        side.call(UpdateSalesforce((change(made, subject="Merger talks, again"),)))

    assert len(sandbox.world.requests) > 5
    assert not any("Merger" in each.path + each.query for each in sandbox.world.requests)


def test_session_that_ends_is_opened_anew(salesforce: SalesforceSide, org: Any) -> None:
    (made,) = create(salesforce, event(org))
    org.end_sessions(HANNA)

    assert list(read(salesforce, made)) == [made]


def test_used_up_allowance_is_no_end(salesforce: SalesforceSide, org: Any, sandbox: Any) -> None:
    sandbox.world.salesforce.switches.set("daily_limit", 1)
    sandbox.world.salesforce.switches.set("api_used", 5)

    with pytest.raises((TryLater, NeedsPerson)) as caught:
        read(salesforce, NEVER)

    assert caught.value.code == "REQUEST_LIMIT_EXCEEDED"


def test_call_for_outlook_is_refused(salesforce: SalesforceSide) -> None:
    with pytest.raises(TypeError):
        salesforce.call(ReadClock())
