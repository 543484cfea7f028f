from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.item import as_day, as_instant, as_text, duration_of, end_of, start_of, tidy
from tests.core.items import ALL_DAY, FIELDS, event

TEXTS = st.text(st.sampled_from("a b\n\r\t\u00a0e\u0301\u2028x"), max_size=40) | st.text(
    max_size=60
)


@given(TEXTS)
def test_tidying_twice_changes_nothing(text: str) -> None:
    once = tidy(text)

    assert tidy(once) == once


@given(TEXTS)
def test_tidy_text_has_plain_line_ends_and_no_trailing_space(text: str) -> None:
    lines = tidy(text).split("\n")

    assert "\r" not in tidy(text)
    assert "\u00a0" not in tidy(text)
    assert lines == [line.rstrip() for line in lines]
    assert "\n\n\n\n" not in tidy(text)


def test_tidy_text_keeps_what_people_wrote() -> None:
    assert tidy("\r\n Agenda:\r\n1.\u00a0Numbers  \n\n\n\n\n2. Cafe\u0301\n") == (
        " Agenda:\n1. Numbers\n\n\n2. Caf\u00e9"
    )


@given(st.integers(0, 7_000_000_000))
def test_instant_survives_its_text(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)

    assert as_instant(as_text(moment)) == moment


def test_date_is_its_midnight_in_utc() -> None:
    assert as_instant("2026-11-26") == datetime(2026, 11, 26, tzinfo=UTC)


def test_all_day_event_lasts_until_the_midnight_after_its_last_day() -> None:
    assert start_of(ALL_DAY) == datetime(2026, 11, 26, tzinfo=UTC)
    assert end_of(ALL_DAY) == datetime(2026, 11, 27, tzinfo=UTC)
    assert duration_of(ALL_DAY) == timedelta(days=1)


def test_timed_event_lasts_from_start_to_end() -> None:
    assert duration_of(FIELDS) == timedelta(hours=1)


@pytest.mark.parametrize(
    ("sensitivity", "expected"),
    [("normal", False), ("private", True), ("personal", True), ("confidential", True)],
)
def test_everything_but_normal_counts_as_private(sensitivity: str, expected: bool) -> None:
    assert event({"sensitivity": sensitivity}).is_private is expected


@pytest.mark.parametrize(
    ("text", "zone", "day"),
    [
        ("2026-11-26", "UTC", "2026-11-26"),
        ("2026-11-26T00:00:00Z", "America/Los_Angeles", "2026-11-26"),
        ("2026-11-25T23:00:00Z", "Europe/Berlin", "2026-11-26"),
        ("2026-11-26T08:00:00Z", "America/Los_Angeles", "2026-11-26"),
    ],
)
def test_day_is_that_of_the_midnight_it_was_told_by(text: str, zone: str, day: str) -> None:
    assert as_day(text, zone) == day
