import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.item import Fields
from sync.core.mapping import (
    CANCELLED_PREFIX,
    CREATE_ONLY,
    FIELDS,
    SHOW_AS_TO_SALESFORCE,
    UNITS,
    cut,
    marked_cancelled,
    redacted,
    to_salesforce,
    too_long,
)
from tests.core import items

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
CHARACTERS = [
    "a", "\u00e9", "e\u0301", "\U0001f600", "\U0001f44d\U0001f3fd", FAMILY, SCOTLAND, "\U0001f1e9\U0001f1ea",
    "\u2764\ufe0f", "1\ufe0f\u20e3", "\u0928\u093f", "\u1112\u1161\u11ab", "\u05e9\u05b8", "\r\n", "\u00df",
]  # fmt: skip


def units(text: str) -> int:
    """Return how long a text is in UTF-16, the stricter way of counting."""
    return len(text.encode("utf-16-le")) // 2


@given(st.lists(st.sampled_from(CHARACTERS), max_size=60), st.integers(10, 40))
def test_cut_text_ends_between_what_people_see_as_characters(parts: list[str], limit: int) -> None:
    text = "".join(parts)

    result = cut(text, limit)

    assert units(result) <= limit
    if units(text) <= limit:
        assert result == text
    else:
        kept = result.removesuffix("...")
        starts = ["".join(parts[:count]).rstrip() for count in range(len(parts) + 1)]
        assert kept in starts


@given(st.text(max_size=400))
def test_cutting_twice_changes_nothing(text: str) -> None:
    once = cut(text, 255)

    assert cut(once, 255) == once


def test_cut_keeps_as_much_as_fits() -> None:
    assert cut("x" * 300, 255) == "x" * 252 + "..."


def test_marks_piled_on_marks_do_not_eat_the_text() -> None:
    assert cut("x" * 200 + "\u0301" * 200, 255) == "x" * 200 + "\u0301" * 52 + "..."


def test_half_of_a_character_does_not_stop_the_cutting() -> None:
    assert cut("\ud83d" + "x" * 300, 255).endswith("xxx...")


def test_row_of_flags_is_cut_between_flags() -> None:
    germany = "\U0001f1e9\U0001f1ea"

    assert cut(germany * 20, 16) == germany * 3 + "..."


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Review", "Review"),
        ("", "(no subject)"),
        ("x" * 255, "x" * 255),
        ("x" * 256, "x" * 252 + "..."),
    ],
)
def test_subject_fits_into_salesforce(subject: str, expected: str) -> None:
    assert to_salesforce({"subject": subject}) == {"subject": expected}


@pytest.mark.parametrize(("field", "limit"), [("location", 255), ("description", 31_900)])
def test_long_text_is_cut_at_the_limit(field: str, limit: int) -> None:
    assert to_salesforce({field: "y" * limit}) == {field: "y" * limit}
    assert to_salesforce({field: "y" * (limit + 1)}) == {field: "y" * (limit - 3) + "..."}
    assert to_salesforce({field: ""}) == {field: ""}


@pytest.mark.parametrize(
    ("outlook", "salesforce"),
    [
        ("free", "Free"), ("tentative", "Busy"), ("busy", "Busy"), ("oof", "OutOfOffice"),
        ("workingElsewhere", "Busy"), ("unknown", "Busy"), ("something new", "Busy"),
    ],
)  # fmt: skip
def test_show_as_has_a_word_in_salesforce(outlook: str, salesforce: str) -> None:
    assert to_salesforce({"show_as": outlook}) == {"show_as": salesforce}


@pytest.mark.parametrize(
    ("outlook", "salesforce"),
    [
        ("normal", "normal"),
        ("private", "private"),
        ("personal", "private"),
        ("confidential", "private"),
    ],
)
def test_whatever_is_not_normal_becomes_private(outlook: str, salesforce: str) -> None:
    assert to_salesforce({"sensitivity": outlook}) == {"sensitivity": salesforce}


def test_times_and_reminder_pass_unchanged() -> None:
    fields = {**items.ALL_DAY, "reminder": None}

    assert to_salesforce(fields) == fields


def test_every_field_belongs_to_one_unit_and_says_where_it_goes() -> None:
    names = [name for unit in UNITS.values() for name in unit]

    assert sorted(names) == sorted(row.name for row in FIELDS) == sorted(items.FIELDS)
    assert all(row.rule and row.outlook and row.salesforce for row in FIELDS)
    assert UNITS["when"] == ("start", "end", "all_day")
    assert UNITS["availability"] == ("show_as", "sensitivity")
    assert set(CREATE_ONLY) == {"reminder"}


def test_every_word_for_show_as_leads_to_one_of_three() -> None:
    assert set(SHOW_AS_TO_SALESFORCE.values()) == {"Free", "Busy", "OutOfOffice"}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2026-11-01", "2026-11-15", False),
        ("2026-11-01", "2026-11-16", True),
        ("2026-11-01T00:00:00Z", "2026-11-15T00:00:00Z", False),
        ("2026-11-01T00:00:00Z", "2026-11-15T00:01:00Z", True),
    ],
)
def test_fourteen_days_are_the_longest(start: str, end: str, expected: bool) -> None:
    assert too_long({"start": start, "end": end}) is expected


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2026-11-26T11:15:05Z", "2026-11-26T11:15:00Z"),
        ("2026-11-26T11:15:00Z", "2026-11-26T11:15:00Z"),
        ("2026-11-26T10:00:00Z", "2026-11-26T10:00:00Z"),
    ],
)
def test_end_is_whole_minutes_after_the_start(end: str, expected: str) -> None:
    mapped = to_salesforce({**items.FIELDS, "end": end})

    assert (mapped["start"], mapped["end"]) == ("2026-11-26T10:00:00Z", expected)


def test_whole_days_stay_dates() -> None:
    assert to_salesforce(items.ALL_DAY) == items.ALL_DAY


def test_redacted_event_keeps_its_time_alone() -> None:
    assert redacted(items.FIELDS) == {
        **items.FIELDS, "subject": "Busy", "location": "", "description": "", "reminder": None,
    }  # fmt: skip


@given(st.text(max_size=300))
def test_marking_a_cancelled_meeting_twice_changes_nothing(subject: str) -> None:
    once = marked_cancelled(subject)

    assert once.startswith(CANCELLED_PREFIX.rstrip())
    assert len(once) <= 255
    assert marked_cancelled(once) == once


def test_limits_count_code_points_after_composition() -> None:
    assert len(unicodedata.normalize("NFC", "e\u0301" * 255)) == 255


def test_seconds_stay_in_outlook() -> None:
    timed: Fields = {
        "start": "2026-11-26T10:00:30Z",
        "end": "2026-11-26T10:45:59Z",
        "all_day": False,
    }

    mapped = to_salesforce(timed)

    assert (mapped["start"], mapped["end"]) == ("2026-11-26T10:00:00Z", "2026-11-26T10:45:00Z")
    assert to_salesforce(mapped) == mapped
