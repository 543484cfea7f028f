"""What a fresh read tells about an open write, case by case."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from sync.core.item import OutlookId, SalesforceId, Value
from sync.core.mapping import to_salesforce
from sync.core.plan import digested
from sync.engine.ports import Case, NewConflict, OpenIntent
from sync.engine.resolve import LOST, RESTORED, Resolved, resolve
from tests.core.items import FIELDS, NOW, event, row

TOLD = to_salesforce(FIELDS)
KEY = "00D:1:0"
CASE = Case(
    link_id=UUID(int=1),
    generation=0,
    state="active",
    outlook_id=OutlookId("o1"),
    salesforce_id=SalesforceId("s1"),
    base_outlook=FIELDS,
    base_salesforce=TOLD,
    outlook=event({"subject": "Ours"}),
    outlook_gone=False,
    salesforce_deleted=False,
    intent=None,
    touched=3,
)


def update(before: dict[str, Value], payload: dict[str, Value], cause: str = "edit") -> OpenIntent:
    return OpenIntent("update", payload, payload, before, cause, NOW - timedelta(minutes=1))


def resolved(case: Case, now: dict[str, Value] | None = None, **more: bool) -> Resolved:
    found = row(now, **more)
    return resolve(case, {found.id: found}, {KEY: found}, KEY)


def test_link_without_an_open_write_is_left_as_it_is() -> None:
    assert resolved(CASE) == Resolved(CASE, row())
    assert resolve(CASE, {}, {}, KEY) == Resolved(CASE, None)


def test_row_that_was_not_read_cannot_be_changed() -> None:
    with pytest.raises(LookupError):
        _ = Resolved(CASE, None).known_row


def test_applied_update_moves_the_bases_and_keeps_the_edit_it_replaced() -> None:
    case = replace(CASE, intent=update({"subject": "Theirs"}, {"subject": "Ours"}))

    answer = resolved(case, {"subject": "Ours"})

    assert answer.update is not None
    assert answer.update.intent == "done"
    assert answer.update.base_salesforce == {**TOLD, "subject": "Ours"}
    assert answer.update.conflicts == (
        NewConflict("subject", LOST, {"subject": "Theirs"}, {"subject": "Ours"}),
    )
    assert answer.case.base_salesforce["subject"] == "Ours"
    assert answer.case.intent is None


def test_applied_update_of_what_nobody_had_edited_replaced_nothing() -> None:
    case = replace(CASE, intent=update({"subject": TOLD["subject"]}, {"subject": "Ours"}))

    answer = resolved(case, {"subject": "Ours"})

    assert answer.update is not None
    assert answer.update.conflicts == ()


@pytest.mark.parametrize(
    ("cause", "kept"),
    [("cancelled", []), ("redact", ["availability"]), ("edit", ["subject", "availability"])],
)
def test_what_a_write_replaced_is_kept_unless_it_must_not_be(cause: str, kept: list[str]) -> None:
    before: dict[str, Value] = {"subject": "Theirs", "show_as": "Free", "sensitivity": "normal"}
    payload: dict[str, Value] = {"subject": "Busy", "show_as": "Busy", "sensitivity": "private"}
    stored = digested(before) if cause == "redact" else before
    case = replace(CASE, intent=update(stored, payload, cause))

    answer = resolved(case, payload)

    assert answer.update is not None
    assert [conflict.field for conflict in answer.update.conflicts] == kept


def test_edit_after_our_write_stands_and_ours_is_kept() -> None:
    case = replace(CASE, intent=update({"subject": TOLD["subject"]}, {"subject": "Ours"}))

    answer = resolved(case, {"subject": "Newest"})

    assert answer.update is not None
    (conflict,) = answer.update.conflicts
    assert (conflict.losing_value, conflict.winning_value) == (
        {"subject": "Ours"},
        {"subject": "Newest"},
    )


def test_write_that_never_happened_is_void_and_moves_no_base() -> None:
    case = replace(CASE, intent=update({"subject": TOLD["subject"]}, {"subject": "Ours"}))

    answer = resolved(case)

    assert answer.update is not None
    assert (answer.update.intent, answer.update.base_outlook) == ("void", None)
    assert answer.case.base_salesforce == TOLD


@pytest.mark.parametrize(
    ("now", "is_restored"),
    [({}, False), ({"subject": "Slipped in"}, True), ({"reminder": 1}, False)],
)
def test_delete_that_took_an_unseen_edit_along_is_undone(
    now: dict[str, Value], is_restored: bool
) -> None:
    case = replace(CASE, intent=OpenIntent("delete", {}, {}, TOLD, "deleted", NOW))

    answer = resolved(case, now, is_deleted=True)

    assert answer.restore is is_restored
    assert answer.proved == "delete"


def created(cause: str = "record") -> Case:
    intent = OpenIntent("create", {**TOLD, "WhatId": "001"}, FIELDS, {}, cause, NOW)
    return replace(CASE, salesforce_id=None, intent=intent, state="pending_salesforce")


def test_create_that_is_found_takes_its_bases_from_what_was_sent() -> None:
    answer = resolved(created())

    assert answer.update is not None
    assert answer.update.salesforce_id == "s1"
    assert (answer.update.base_outlook, answer.update.base_salesforce) == (FIELDS, TOLD)


def test_put_back_event_keeps_the_old_base_so_that_its_edit_still_counts() -> None:
    answer = resolved(replace(created(RESTORED), base_salesforce={**TOLD, "subject": "Before"}))

    assert answer.update is not None
    assert answer.update.base_salesforce == {**TOLD, "subject": "Before"}


def test_create_that_is_not_found_is_sent_again_as_it_was() -> None:
    case = created()

    answer = resolve(case, {}, {}, KEY)

    assert answer.resend == case.intent
    assert answer.update is None


@pytest.mark.parametrize("outlook", [None, event(is_cancelled=True)])
def test_create_without_a_source_is_given_up_once_it_is_known_not_to_be_there(
    outlook: None,
) -> None:
    case = replace(created(), outlook=outlook, outlook_gone=outlook is None)

    answer = resolve(case, {}, {}, KEY)

    assert answer.update is not None
    assert (answer.update.intent, answer.resend) == ("void", None)


@pytest.mark.parametrize("is_there", [True, False])
def test_link_asked_for_again_begins_anew_only_without_its_event(is_there: bool) -> None:
    case = replace(CASE, state="pending_salesforce")
    rows = {SalesforceId("s1"): row(is_deleted=not is_there)}

    answer = resolve(case, rows, {}, KEY)

    assert answer.case.generation == (0 if is_there else 1)
    assert answer.case.salesforce_id == ("s1" if is_there else None)
    assert (answer.update is None) is is_there
