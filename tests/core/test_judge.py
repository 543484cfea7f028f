"""What became of a write whose answer was lost (R6), told from a fresh read."""

import pytest

from sync.core.item import Value
from sync.core.plan import Attempt, Outcome, digested, judge
from tests.core.items import row

BEFORE: dict[str, Value] = {
    "subject": "Old",
    "start": "2026-11-26T10:00:00Z",
    "end": "2026-11-26T11:00:00Z",
    "all_day": False,
    "show_as": "Busy",
    "sensitivity": "normal",
}
PAYLOAD: dict[str, Value] = {
    **BEFORE, "subject": "New", "start": "2026-11-26T09:00:00Z", "show_as": "Free",
}  # fmt: skip
UPDATE = Attempt("update", PAYLOAD, PAYLOAD, BEFORE)
PERSON: dict[str, Value] = {"subject": "Theirs"}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (PAYLOAD, Outcome.APPLIED),
        (BEFORE, Outcome.NOT_APPLIED),
        ({**PAYLOAD, "subject": "Theirs"}, Outcome.OVERTAKEN),
        ({**PAYLOAD, "subject": "Old"}, Outcome.OVERTAKEN),  # they took one text back
        ({**BEFORE, "subject": "Theirs"}, Outcome.NOT_APPLIED),
        ({**BEFORE, "show_as": "Free"}, Outcome.NOT_APPLIED),  # they chose the same flag
        ({**PAYLOAD, "show_as": "Busy"}, Outcome.OVERTAKEN),  # they took the flag back
        (
            {**BEFORE, "end": "2026-11-26T12:00:00Z", "subject": "Theirs"},
            Outcome.OVERTAKEN,
        ),  # nobody knows
        # Their time is ours by chance: neither text nor flags are.
        ({**PAYLOAD, "subject": "Old", "show_as": "Busy"}, Outcome.NOT_APPLIED),
        ({**PAYLOAD, "start": "2026-11-26T08:00:00Z", "subject": "Theirs"}, Outcome.OVERTAKEN),
    ],
)
def test_outcome_is_told_by_the_fields_that_testify_best(
    now: dict[str, Value], expected: Outcome
) -> None:
    assert judge(UPDATE, row(now)) is expected


@pytest.mark.parametrize(
    ("show_as", "expected"),
    [("Free", Outcome.APPLIED), ("Busy", Outcome.NOT_APPLIED), ("OutOfOffice", Outcome.OVERTAKEN)],
)
def test_flags_testify_where_nothing_else_was_written(show_as: str, expected: Outcome) -> None:
    flags = Attempt("update", {"show_as": "Free"}, {}, {"show_as": "Busy"})

    assert judge(flags, row({"show_as": show_as})) is expected


def test_text_that_was_kept_as_a_digest_is_known_again() -> None:
    redaction = Attempt("update", {"subject": "Busy"}, {}, digested({"subject": "Old"}))

    assert judge(redaction, row({"subject": "Old"})) is Outcome.NOT_APPLIED
    assert judge(redaction, row({"subject": "Busy"})) is Outcome.APPLIED
    assert judge(redaction, row({"subject": "Theirs"})) is Outcome.OVERTAKEN


def test_write_that_changed_nothing_counts_as_not_applied_once_somebody_edited() -> None:
    nothing = Attempt("update", {"subject": "Old"}, {}, {"subject": "Old"})

    assert judge(nothing, row({"subject": "Old"})) is Outcome.APPLIED
    assert judge(nothing, row({"subject": "Theirs"})) is Outcome.NOT_APPLIED


def test_update_of_a_row_that_is_not_there_was_not_applied() -> None:
    assert judge(UPDATE, None) is Outcome.NOT_APPLIED


def test_row_in_the_recycle_bin_tells_whether_it_was_updated_before() -> None:
    before = {**PAYLOAD, **UPDATE.before}

    assert judge(UPDATE, row(PAYLOAD, is_deleted=True)) is Outcome.APPLIED
    assert judge(UPDATE, row(before, is_deleted=True)) is Outcome.NOT_APPLIED


def test_delete_is_applied_when_the_row_is_gone() -> None:
    attempt = Attempt("delete", {}, {})

    assert judge(attempt, None) is Outcome.APPLIED
    assert judge(attempt, row(is_deleted=True)) is Outcome.APPLIED
    assert judge(attempt, row()) is Outcome.NOT_APPLIED
