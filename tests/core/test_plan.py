from dataclasses import replace
from typing import Any

import pytest

from sync.core.item import OutlookItem, SalesforceItem, Value
from sync.core.mapping import to_salesforce
from sync.core.merge import Change
from sync.core.plan import (
    Action,
    Agree,
    Ask,
    Create,
    Decline,
    Delete,
    Detach,
    Keep,
    Lost,
    Pair,
    Update,
    digested,
    edited_since,
    plan,
    written_fields,
)
from sync.core.settings import Policy, SettingValue
from tests.core.items import FIELDS, NOW, event, policy, row, times

DELETING: dict[str, SettingValue] = {"prevent": (), "outlook_deleted": "delete"}
TOLD = to_salesforce(FIELDS)


def pair(outlook: OutlookItem | None, salesforce: SalesforceItem | None, **more: Any) -> Pair:
    """Return a link whose two sides last agreed on FIELDS."""
    gone = outlook is None
    base = Pair(outlook, gone, salesforce, True, FIELDS, TOLD)
    return replace(base, **more)


def new(outlook: OutlookItem | None) -> Pair:
    """Return a link whose Event was not made yet."""
    return Pair(outlook, outlook is None, None, False, {}, {})


def act(what: Pair, rules: Policy | None = None) -> Action:
    return plan(what, rules or policy(), NOW)


# -- an event that is not in Salesforce yet ------------------------------------------------------------------------


def test_plan_creates_what_was_asked_for() -> None:
    assert act(new(event())) == Create(TOLD, FIELDS)


def test_plan_asks_no_filter_of_an_event_that_a_person_asked_for() -> None:
    assert isinstance(act(new(event(categories=("Do not sync",)))), Create)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        (event({"sensitivity": "private"}), "private"),
        (event(is_cancelled=True), "cancelled"),
        (event(problem="no time."), "unreadable"),
        (event(times(-100)), "out_of_range"),
        (event(times(1, 15 * 24)), "too_long"),
    ],
)
def test_plan_declines_what_may_not_be_recorded(item: OutlookItem, code: str) -> None:
    action = act(new(item))

    assert isinstance(action, Decline)
    assert action.verdict.code == code


def test_plan_ends_a_link_whose_event_vanished_before_it_was_recorded() -> None:
    assert act(new(None)) == Detach("The event was deleted in Outlook before it was recorded.")


def test_plan_creates_nothing_where_that_is_prevented() -> None:
    action = act(new(event()), policy(prevent=("create_salesforce",)))

    assert action == Keep("prevented", "Creating in Salesforce is prevented by your settings.")


def test_plan_creates_a_private_event_as_busy() -> None:
    action = act(new(event({"sensitivity": "private"})), policy(private="time_only"))

    assert isinstance(action, Create)
    assert action.payload == {
        **TOLD, "subject": "Busy", "location": "", "description": "", "reminder": None, "sensitivity": "private",
    }  # fmt: skip
    assert "Quarterly" not in str(action)


def test_plan_creates_a_private_event_in_full_where_that_is_wanted() -> None:
    action = act(new(event({"sensitivity": "personal"})), policy(private="full_and_private"))

    assert isinstance(action, Create)
    assert action.payload == {**TOLD, "sensitivity": "private"}


# -- both there ----------------------------------------------------------------------------------------------------


def test_plan_writes_nothing_when_nothing_moved() -> None:
    assert act(pair(event(), row())) == Agree()


def test_plan_writes_only_what_changed_in_outlook() -> None:
    action = act(pair(event({"subject": "New"}), row()))

    assert action == Update(
        {"subject": "New"}, {"subject": "New"}, {"subject": TOLD["subject"]}, "edit"
    )


def test_plan_leaves_an_edit_in_salesforce_alone() -> None:
    assert act(pair(event(), row({"subject": "Theirs"}))) == Agree()


def test_plan_writes_beside_an_edit_of_another_field() -> None:
    action = act(pair(event({"location": "Room 5"}), row({"subject": "Theirs"})))

    assert isinstance(action, Update)
    assert (action.payload, action.lost) == ({"location": "Room 5"}, ())


def test_plan_keeps_the_edit_that_loses() -> None:
    action = act(pair(event({"subject": "Ours"}), row({"subject": "Theirs"})))

    assert isinstance(action, Update)
    assert action.payload == {"subject": "Ours"}
    assert action.before == {"subject": "Theirs"}
    assert action.lost == (Lost("subject", {"subject": "Theirs"}, {"subject": "Ours"}),)


def test_plan_agrees_when_both_sides_came_to_the_same() -> None:
    action = act(pair(event({"subject": "Same"}), row({"subject": "Same"})))

    assert isinstance(action, Agree)
    assert [(unit.unit, unit.change) for unit in action.agreed] == [("subject", Change.AGREED)]


def test_plan_agrees_beside_what_it_writes() -> None:
    action = act(pair(event({"subject": "Same", "location": "Room 5"}), row({"subject": "Same"})))

    assert isinstance(action, Update)
    assert (action.payload, [unit.unit for unit in action.agreed]) == (
        {"location": "Room 5"},
        ["subject"],
    )


def test_plan_ignores_reminders_and_versions() -> None:
    assert act(pair(event({"reminder": None}, etag="9"), row({"reminder": 5}))) == Agree()


@pytest.mark.parametrize(
    ("outlook", "salesforce", "rules", "code"),
    [
        (event({"subject": "New"}), row(), policy(prevent=("update_salesforce",)), "prevented"),
        (event({"subject": "New"}, problem="no time."), row(), policy(), "unreadable"),
        (event(times(1, 15 * 24)), row(), policy(), "too_long"),
        (event({"subject": "New"}), row(is_series_row=True), policy(), "kept"),
    ],
)
def test_plan_keeps_what_it_may_not_touch(
    outlook: OutlookItem, salesforce: SalesforceItem, rules: Policy, code: str
) -> None:
    action = act(pair(outlook, salesforce), rules)

    assert isinstance(action, Keep)
    assert action.code == code
    assert action.reason.endswith(".")


def test_plan_writes_other_fields_of_a_long_event() -> None:
    long_fields: dict[str, Value] = times(1, 15 * 24)
    what = pair(
        event({**long_fields, "subject": "New"}),
        row(long_fields),
        base_outlook={**FIELDS, **long_fields},
        base_salesforce={**TOLD, **long_fields},
    )

    action = act(what)

    assert isinstance(action, Update)
    assert action.payload == {"subject": "New"}


@pytest.mark.parametrize("deleted", [None, row(is_deleted=True)])
def test_plan_ends_the_link_when_the_event_was_deleted_in_salesforce(
    deleted: SalesforceItem | None,
) -> None:
    action = act(pair(event({"subject": "New"}), deleted))

    assert action == Detach("The event was deleted in Salesforce. Outlook is left as it is.")


def test_plan_waits_when_outlook_was_not_seen() -> None:
    assert act(pair(None, row(), outlook_gone=False)) == Agree()


# -- became private ------------------------------------------------------------------------------------------------

PRIVATE = event({"sensitivity": "private", "subject": "Secret"})


def test_plan_redacts_what_became_private_and_keeps_no_text() -> None:
    action = act(pair(PRIVATE, row({"subject": "Secret too", "show_as": "Free"})))

    assert isinstance(action, Update)
    assert action.cause == "redact"
    assert action.payload == {
        "subject": "Busy", "location": "", "description": "", "show_as": "Busy", "sensitivity": "private",
    }  # fmt: skip
    assert action.before["subject"] == digested({"subject": "Secret too"})["subject"]
    assert [lost.unit for lost in action.lost] == ["availability"]
    assert not any(text in str(action) for text in ("Secret", "Room 4", "Numbers"))


@pytest.mark.parametrize(
    ("settings_of", "expected"),
    [
        ({"became_private": "leave"}, Keep),
        ({"became_private": "delete", **DELETING}, Delete),
        ({"became_private": "delete"}, Keep),
        ({"private": "full_and_private"}, Update),
        ({"private": "time_only"}, Update),
    ],
)
def test_plan_follows_the_choice_for_what_became_private(
    settings_of: dict[str, Any], expected: type
) -> None:
    action = act(pair(PRIVATE, row()), policy(**settings_of))

    assert isinstance(action, expected)
    if settings_of != {"private": "full_and_private"}:
        assert "Secret" not in str(action)


def test_plan_asks_before_it_deletes_an_edited_copy_of_what_became_private() -> None:
    action = act(
        pair(PRIVATE, row({"subject": "Theirs"})), policy(became_private="delete", **DELETING)
    )

    assert isinstance(action, Ask)


def test_plan_keeps_what_became_private_once_a_person_said_so() -> None:
    rules = policy(became_private="delete", **DELETING)

    action = act(pair(PRIVATE, row({"subject": "Theirs"}), decided="keep"), rules)

    assert action == Keep(
        "kept", "It was made private in Outlook. You chose to keep it in Salesforce."
    )


def test_plan_fills_in_what_is_not_private_any_more() -> None:
    hidden = written_fields(PRIVATE, policy())
    what = pair(
        event({"subject": "Public"}),
        row(to_salesforce(hidden)),
        base_outlook=hidden,
        base_salesforce=to_salesforce(hidden),
    )

    action = act(what)

    assert isinstance(action, Update)
    assert action.payload["subject"] == "Public"
    assert action.payload["sensitivity"] == "normal"


# -- deleted or cancelled in Outlook ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings_of", "decided", "expected"),
    [
        ({}, "", Keep),  # as shipped, deleting is prevented
        ({}, "delete", Keep),
        ({"prevent": ()}, "", Ask),
        ({"prevent": ()}, "delete", Delete),
        ({"prevent": ()}, "keep", Keep),
        (DELETING, "", Delete),
        (DELETING, "keep", Keep),
        ({"outlook_deleted": "keep", "prevent": ()}, "", Keep),
        ({"outlook_deleted": "mark"}, "", Update),
        ({"outlook_deleted": "mark", "prevent": ("update_salesforce",)}, "", Keep),
        ({"outlook_deleted": "mark", "prevent": ()}, "delete", Delete),
    ],
)
@pytest.mark.parametrize("outlook", [None, event(is_cancelled=True)])
def test_plan_follows_the_choice_for_what_was_deleted(
    outlook: OutlookItem | None, settings_of: dict[str, Any], decided: str, expected: type
) -> None:
    action = act(pair(outlook, row(), decided=decided), policy(**settings_of))

    assert isinstance(action, expected)
    if isinstance(action, (Keep, Ask)):
        what = "deleted" if outlook is None else "cancelled"
        assert f"It was {what} in Outlook" in action.reason


def test_plan_deletes_with_the_row_as_it_was() -> None:
    assert act(pair(None, row()), policy(**DELETING)) == Delete(TOLD, "deleted")


def test_plan_asks_before_it_deletes_an_edited_row() -> None:
    action = act(pair(None, row({"location": "Theirs"})), policy(**DELETING))

    assert action == Ask(
        "It was deleted in Outlook, but somebody edited it in Salesforce meanwhile."
    )


def test_plan_deletes_an_edited_row_once_a_person_said_so() -> None:
    what = pair(None, row({"location": "Theirs"}), decided="delete")

    assert isinstance(act(what, policy(**DELETING)), Delete)


@pytest.mark.parametrize(
    ("row_times", "base_times"),
    [(times(-2), times(-2)), (times(2), times(-2)), (times(-2), times(2))],
)
@pytest.mark.parametrize("settings_of", [DELETING, {"outlook_deleted": "mark"}])
def test_plan_keeps_what_was_over_on_either_side(
    row_times: dict[str, Value], base_times: dict[str, Value], settings_of: dict[str, Any]
) -> None:
    what = pair(None, row(row_times), base_outlook={**FIELDS, **base_times})

    action = act(what, policy(**settings_of))

    assert isinstance(action, Keep)
    assert "Past events stay" in action.reason


def test_plan_deletes_past_events_where_that_is_wanted() -> None:
    what = pair(
        None,
        row(times(-2)),
        base_outlook={**FIELDS, **times(-2)},
        base_salesforce={**TOLD, **times(-2)},
    )

    assert isinstance(act(what, policy(past_delete="follow", **DELETING)), Delete)


@pytest.mark.parametrize("days", [-40, 400])
def test_plan_keeps_what_lies_outside_the_range_of_days(days: int) -> None:
    far = times(days)
    what = pair(None, row(far), base_outlook={**FIELDS, **far}, base_salesforce={**TOLD, **far})

    action = act(what, policy(past_delete="follow", **DELETING))

    assert isinstance(action, Keep)
    assert "outside your range" in action.reason


def test_plan_judges_the_past_by_the_row_where_no_base_is_known() -> None:
    assert isinstance(act(pair(None, row(), base_outlook={}), policy(**DELETING)), Delete)


def test_plan_marks_a_cancelled_meeting_once() -> None:
    rules = policy(outlook_deleted="mark")

    first = act(pair(None, row()), rules)
    assert isinstance(first, Update)
    again = act(pair(None, row(first.payload)), rules)

    assert first.payload == {"subject": "Cancelled: Quarterly review"}
    assert first.cause == "cancelled"
    assert again == Keep("kept", "It was deleted in Outlook and is marked so in Salesforce.")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, False),
        ({"subject": "Theirs"}, True),
        ({"reminder": 5}, False),
        ({"Other__c": "x"}, False),
    ],
)
def test_edit_is_told_from_the_base(changes: dict[str, Value], expected: bool) -> None:
    assert edited_since({**TOLD, **changes}, TOLD) is expected
    assert edited_since({}, TOLD) is False
