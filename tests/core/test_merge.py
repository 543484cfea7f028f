from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.item import Value
from sync.core.mapping import UNITS, to_salesforce
from sync.core.merge import Change, UnitChange, merge
from tests.core.items import FIELDS

COMPARED = [unit for unit in UNITS if unit != "reminder"]
SHOWN = ("free", "tentative", "busy", "oof", "workingElsewhere")


def one(outlook: str, salesforce: str, base_outlook: str, base_salesforce: str) -> UnitChange:
    """Return the merge of one text; the rest says the same everywhere."""
    told = to_salesforce(FIELDS)
    changes = merge(
        {**FIELDS, "location": outlook},
        {**told, "location": salesforce},
        {**FIELDS, "location": base_outlook},
        {**told, "location": base_salesforce},
    )
    others = {change.change for change in changes if change.unit != "location"}
    assert others == {Change.NONE}
    return next(change for change in changes if change.unit == "location")


@pytest.mark.parametrize(
    ("outlook", "salesforce", "base_outlook", "base_salesforce", "expected"),
    [
        ("A", "A", "A", "A", Change.NONE),
        ("A", "B", "A", "B", Change.NONE),  # they differ, and nobody moved: what stops ping-pong
        ("N", "A", "A", "A", Change.OUTLOOK),
        ("A", "N", "A", "A", Change.SALESFORCE),
        ("N", "N", "A", "A", Change.AGREED),
        ("N", "M", "A", "A", Change.BOTH),
        ("N", "B", "A", "B", Change.OUTLOOK),
        ("A", "A", "A", "B", Change.AGREED),  # Salesforce came over to what Outlook says
        ("B", "B", "A", "B", Change.AGREED),  # Outlook came over to what Salesforce was told
        ("B", "N", "A", "B", Change.SALESFORCE),  # Salesforce was told that already, and moved on
    ],
)
def test_each_cell_of_the_table(
    outlook: str, salesforce: str, base_outlook: str, base_salesforce: str, expected: Change
) -> None:
    assert one(outlook, salesforce, base_outlook, base_salesforce).change is expected


def test_every_combination_lands_in_the_cell_that_the_table_says() -> None:
    reached: Counter[Change] = Counter()

    for g, s, bg, bs in product("ABC", repeat=4):
        change = one(g, s, bg, bs).change
        reached[change] += 1
        moved = (g != bg, s != bs)
        if moved == (False, False):
            assert change is Change.NONE
        elif g == s:
            assert change is Change.AGREED
        elif moved == (True, False):
            assert change is Change.OUTLOOK
        elif moved == (False, True):
            assert change is Change.SALESFORCE
        else:
            assert change is (Change.SALESFORCE if g == bs else Change.BOTH)

    assert set(reached) == set(Change)
    assert min(reached.values()) >= 6


def test_answer_carries_what_both_sides_say_and_what_would_be_written() -> None:
    change = one("x" * 300, "there", "base", "base")

    assert change == UnitChange(
        "location",
        Change.BOTH,
        ("location",),
        {"location": "x" * 300},
        {"location": "there"},
        {"location": "x" * 252 + "..."},
    )


@pytest.mark.parametrize(("before", "after"), list(product(SHOWN, repeat=2)))
def test_change_that_salesforce_cannot_show_is_no_reason_to_overwrite(
    before: str, after: str
) -> None:
    base = {**FIELDS, "show_as": before}
    outlook = {**FIELDS, "show_as": after}
    told = to_salesforce(base)
    edited = {**told, "show_as": "Free" if told["show_as"] != "Free" else "Busy"}

    change = next(c for c in merge(outlook, edited, base, told) if c.unit == "availability")

    same_word = to_salesforce(outlook) == told
    if to_salesforce(outlook) == edited:
        assert change.change is Change.AGREED
    else:
        assert change.change is (Change.SALESFORCE if same_word else Change.BOTH)


def test_start_and_end_never_come_from_two_sides() -> None:
    told = to_salesforce(FIELDS)
    outlook = {**FIELDS, "start": "2026-11-26T09:00:00Z"}
    salesforce = {**told, "end": "2026-11-26T09:30:00Z"}

    change = next(c for c in merge(outlook, salesforce, FIELDS, told) if c.unit == "when")

    assert change.change is Change.BOTH
    assert change.projected == {
        "start": "2026-11-26T09:00:00Z", "end": "2026-11-26T11:00:00Z", "all_day": False,
    }  # fmt: skip


def test_reminder_is_no_edit() -> None:
    told = to_salesforce(FIELDS)

    changes = merge({**FIELDS, "reminder": 60}, {**told, "reminder": None}, FIELDS, told)

    assert {change.change for change in changes} == {Change.NONE}
    assert [change.unit for change in changes] == COMPARED


def test_field_that_one_side_does_not_show_is_frozen() -> None:
    told = to_salesforce(FIELDS)
    hidden = {name: value for name, value in told.items() if name != "description"}

    changes = merge({**FIELDS, "description": "New"}, hidden, FIELDS, told)

    assert "description" not in [change.unit for change in changes]
    assert {change.change for change in changes} == {Change.NONE}


VALUES = {
    "subject": st.sampled_from(["", "a", "x" * 300]),
    "location": st.sampled_from(["", "b", "y" * 300]),
    "description": st.sampled_from(["", "c"]),
    "show_as": st.sampled_from(SHOWN),
    "sensitivity": st.sampled_from(["normal", "private", "personal"]),
    "reminder": st.sampled_from([None, 15]),
    "start": st.sampled_from(["2026-11-26T09:00:00Z", "2026-11-26"]),
    "end": st.just("2026-11-27"),
    "all_day": st.booleans(),
}
EVENTS = st.fixed_dictionaries(VALUES)


@given(EVENTS, EVENTS, EVENTS)
def test_after_writing_what_outlook_changed_nothing_is_left_to_write(
    base: dict[str, Value], outlook: dict[str, Value], other: dict[str, Value]
) -> None:
    base_salesforce, salesforce = to_salesforce(base), to_salesforce(other)
    base_outlook: dict[str, Value] = dict(base)

    for change in merge(outlook, salesforce, base_outlook, base_salesforce):
        if change.change in (Change.OUTLOOK, Change.BOTH):
            salesforce.update(change.projected)
            base_outlook.update(change.outlook)
            base_salesforce.update(change.projected)
        elif change.change is Change.AGREED:
            base_outlook.update(change.outlook)
            base_salesforce.update(change.salesforce)

    left = {c.change for c in merge(outlook, salesforce, base_outlook, base_salesforce)}
    assert left <= {Change.NONE, Change.SALESFORCE}


@given(EVENTS, EVENTS)
def test_untouched_pair_rests_whatever_its_projection_lost(
    base: dict[str, Value], salesforce: dict[str, Value]
) -> None:
    changes = merge(base, salesforce, base, salesforce)

    assert {change.change for change in changes} == {Change.NONE}
