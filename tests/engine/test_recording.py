"""Recording: one click, one Event, whatever happens in between."""

from collections.abc import Callable

import pytest

from linkpoint.errors import NeedsPerson, Refused, TryLater
from sync.core.settings import SettingValue
from sync.engine.ports import (
    CreateSalesforce,
    FindSalesforce,
    ReadOutlook,
    ReadSalesforce,
    UpdateSalesforce,
)
from sync.engine.steps import Api, Db, Sleep, Step
from tests.engine.desk import Desk, Fault, call, outcomes, transaction
from tests.sim.salesforce import Row


def recorded(desk: Desk) -> Row:
    (row,) = desk.live
    return row


def test_click_makes_one_event_with_the_key_of_its_link() -> None:
    desk = Desk()
    event = desk.event()

    report = desk.record(event, extras={"WhatId": "001"})

    row = recorded(desk)
    assert outcomes(report) == [("create", "done")]
    assert row.fields["subject"] == "Quarterly review"
    assert row.fields["WhatId"] == "001"
    assert row.key == f"00D000000000001AAA:{desk.link_of(event).id.hex}:0"
    assert "WhatId" not in desk.link_of(event).base_salesforce


def test_clicks_on_a_recorded_event_change_nothing() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event)

    for _ in range(3):
        desk.record(event)

    assert desk.salesforce.writes == 1


@pytest.mark.parametrize("kind", ["kill", "kill after", "lose", "fail"])
@pytest.mark.parametrize(
    "where",
    [
        transaction("link"),
        transaction("write_ahead"),
        call(CreateSalesforce),
        transaction("settle"),
    ],
    ids=["link", "write_ahead", "create", "settle"],
)
def test_one_event_is_made_wherever_the_first_try_ends(
    kind: str, where: Callable[[Step], bool]
) -> None:
    desk = Desk()
    event = desk.event()

    desk.record(event, Fault(where, kind))
    desk.record(event)
    desk.cycle()

    row = recorded(desk)
    assert desk.link_of(event).salesforce_id == row.id
    assert not desk.store.rows.open


def test_repeated_create_sends_the_stored_values_and_the_later_edit_follows() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event, Fault(call(CreateSalesforce), "fail"))
    desk.outlook.edit(event, {"subject": "Later"})

    desk.cycle()
    desk.cycle()

    row = recorded(desk)
    assert [write.fields["subject"] for write in row.past] == ["Quarterly review", "Later"]
    assert desk.link_of(event).base_outlook["subject"] == "Later"


def test_event_found_by_its_key_is_left_alone_in_the_second_it_was_edited_in() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event, Fault(call(CreateSalesforce), "lose"))
    desk.outlook.edit(event, {"subject": "Ours"})
    row = recorded(desk)

    def edit() -> None:
        desk.clock.ms = (desk.clock.ms // 1000 + 5) * 1000
        desk.salesforce.edit(row, {"location": "Theirs"})

    desk.cycle(Fault(call(FindSalesforce), meanwhile=edit))

    found = next(
        n
        for n, step in enumerate(desk.steps)
        if isinstance(step, Api) and isinstance(step.call, FindSalesforce)
    )
    assert isinstance(desk.steps[found + 1], Sleep)
    assert (row.fields["subject"], row.fields["location"]) == ("Ours", "Theirs")


def test_create_whose_source_vanished_is_looked_up_and_attached() -> None:
    desk = Desk(prevent=(), outlook_deleted="delete")
    event = desk.event()
    desk.record(event, Fault(call(CreateSalesforce), "lose"))
    desk.outlook.delete(event)

    desk.cycle(full=True)

    assert desk.live == []
    assert desk.link_of(event).state == "dead"


def test_create_that_was_not_made_ends_with_its_source() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event, Fault(call(CreateSalesforce), "fail"))
    desk.outlook.delete(event)

    desk.cycle(full=True)

    assert desk.salesforce.rows == {}
    assert desk.link_of(event).state == "dead"
    assert not desk.store.rows.open


@pytest.mark.parametrize(
    ("settings_of", "reason"),
    [
        ({"mode": "auto"}, "Recording by click is for SnapRecord mode; the mode is Auto Sync."),
        (
            {"prevent": ("create_salesforce",)},
            "Creating events in Salesforce is prevented by your settings.",
        ),
    ],
)
def test_click_is_refused_with_a_reason(settings_of: dict[str, SettingValue], reason: str) -> None:
    desk = Desk(**settings_of)

    report = desk.record(desk.event())

    assert [(a.op, a.state, a.reason) for a in report.actions] == [("none", "refused", reason)]
    assert desk.salesforce.calls == 0
    assert desk.store.rows.links == {}


def test_click_on_a_private_event_is_refused_and_keeps_no_text() -> None:
    desk = Desk()
    event = desk.event({"sensitivity": "private", "subject": "Secret"})

    report = desk.record(event)

    assert outcomes(report) == [("none", "refused")]
    assert "Secret" not in str(desk.store.rows)


def test_click_on_an_event_that_is_gone_says_so() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event)
    desk.outlook.delete(event)

    report = desk.record(event)

    assert report.actions[0].reason == "Outlook no longer has this event. Nothing was recorded."
    assert desk.store.rows.seen[event.id].state == "gone"


@pytest.mark.parametrize(
    "error", [TryLater("outlook", "Busy."), NeedsPerson("outlook", "Sign in.")]
)
def test_click_ends_when_outlook_says_to_wait(error: TryLater) -> None:
    desk = Desk()
    event = desk.event()

    def read(made: ReadOutlook) -> tuple[object, ...]:
        return (error,)

    desk.services[ReadOutlook] = read
    report = desk.record(event)

    assert report.actions == []
    assert desk.store.rows.links == {}


def test_click_on_an_event_that_outlook_refuses_to_show_says_so_and_forgets_nothing() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event)
    desk.services[ReadOutlook] = lambda made: (Refused("outlook", "Not now."),)

    report = desk.record(event)

    assert outcomes(report) == [("none", "refused")]
    assert desk.store.rows.seen[event.id].state == "live"


def test_refused_event_is_parked_with_the_reason_and_tried_again_when_it_changes() -> None:
    desk = Desk()
    event = desk.event()
    desk.salesforce.refused = {0}  # origins are not carried here: the rule refuses everything

    report = desk.record(event)
    desk.cycle()
    calls = desk.called(CreateSalesforce)
    desk.salesforce.refused = set()
    desk.outlook.edit(event, {"subject": "Better"})
    desk.cycle()

    assert outcomes(report) == [("create", "refused")]
    assert report.actions[0].reason == "A rule of your organization refuses it."
    assert calls == 0
    assert recorded(desk).fields["subject"] == "Better"
    assert desk.link_of(event).problem == ""


def test_one_event_of_many_is_throttled_and_the_others_are_settled() -> None:
    desk = Desk()
    events = [desk.event(categories=("Record in Salesforce",)) for _ in range(3)]
    create = desk.salesforce.create

    def two_of_three(made: CreateSalesforce) -> tuple[object, ...]:
        first, _, third = made.events
        return create(first), TryLater("salesforce", "Too many requests."), create(third)

    desk.services[CreateSalesforce] = two_of_three
    report = desk.cycle()
    desk.services[CreateSalesforce] = desk.salesforce.create_all
    settled = [event for event in events if desk.link_of(event).salesforce_id]
    desk.cycle()

    assert outcomes(report) == [("create", "done"), ("create", "retry"), ("create", "done")]
    assert len(settled) == 2
    assert len(desk.live) == 3


def test_category_records_an_event_and_only_once() -> None:
    desk = Desk()
    event = desk.event(categories=("record in salesforce",))
    desk.event(categories=("Red",))

    desk.cycle()
    desk.cycle()

    assert desk.salesforce.writes == 1
    assert desk.link_of(event).cause == "category"


@pytest.mark.parametrize(
    "settings_of",
    [{"record_category": ""}, {"mode": "off"}, {"modes_allowed": ("auto",)}],
)
def test_category_records_nothing_where_it_may_not(settings_of: dict[str, SettingValue]) -> None:
    desk = Desk(**settings_of)
    desk.event(categories=("Record in Salesforce",))

    desk.cycle()

    assert desk.salesforce.calls == 0
    assert desk.store.rows.links == {}


def test_private_event_with_the_category_is_not_recorded() -> None:
    desk = Desk()
    desk.event({"sensitivity": "private"}, categories=("Record in Salesforce",))

    desk.cycle()

    assert desk.store.rows.links == {}


def test_event_that_came_back_from_the_recycle_bin_is_taken_up_again() -> None:
    desk = Desk()
    desk.read()
    event = desk.event()
    desk.record(event)
    row = recorded(desk)
    desk.salesforce.remove(row)
    desk.read()
    desk.cycle()
    assert desk.link_of(event).state == "dead"

    desk.salesforce.restore(row)
    desk.record(event)

    assert desk.live == [row]
    assert (desk.link_of(event).state, desk.link_of(event).generation) == ("active", 0)


def test_deleted_event_is_made_again_under_a_new_key_when_it_is_asked_for() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event)
    desk.salesforce.remove(recorded(desk))
    desk.record(event)

    desk.record(event)

    assert recorded(desk).key.endswith(":1")
    assert desk.row_of(event) is recorded(desk)


def test_existing_event_with_our_key_is_adopted() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event, Fault(call(CreateSalesforce), "lose"))

    def nothing(made: FindSalesforce) -> dict[str, object]:
        return {}

    desk.services[FindSalesforce] = nothing
    report = desk.cycle()

    assert outcomes(report) == [("create", "done")]
    assert desk.row_of(event) is recorded(desk)


def test_without_keys_creates_go_one_at_a_time() -> None:
    desk = Desk()
    for _ in range(3):
        desk.event(categories=("Record in Salesforce",))
    desk.has_key = False

    desk.cycle()

    sizes = [
        len(step.call.events)
        for step in desk.steps
        if isinstance(step, Api) and isinstance(step.call, CreateSalesforce)
    ]
    assert sizes == [1, 1, 1]


def test_nothing_is_sent_before_it_is_written_down() -> None:
    desk = Desk()
    desk.record(desk.event())

    names = [
        step.method if isinstance(step, Db) else type(step.call).__name__
        for step in desk.steps
        if not isinstance(step, Sleep)
    ]

    assert names.index("write_ahead") < names.index("CreateSalesforce") < names.index("settle")
    assert "UpdateSalesforce" not in names
    assert desk.called(UpdateSalesforce) == desk.called(ReadSalesforce) == 0


def test_create_that_arrives_after_it_was_given_up_is_taken_up_and_follows_the_deletion() -> None:
    desk = Desk(prevent=(), outlook_deleted="delete")
    event = desk.event()
    desk.read()
    desk.record(event, Fault(call(CreateSalesforce), "kill"))
    sent = desk.steps[-1]
    assert isinstance(sent, Api)
    assert isinstance(sent.call, CreateSalesforce)
    desk.outlook.delete(event)
    desk.cycle()
    assert desk.link_of(event).state == "dead"

    desk.salesforce.create_all(sent.call)  # it was on its way all the time
    desk.clock.ms += 5_000
    desk.read()
    desk.cycle()

    assert desk.live == []
    assert desk.link_of(event).state == "dead"
