"""Texts are cut where Salesforce's limits end, whatever a character counts there."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.mapping import cut


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "limit", "left"),
    [
        ("a" * 255, 255, "a" * 255),
        ("a" * 256, 255, "a" * 252 + "..."),
        ("\U0001f600" * 127, 255, "\U0001f600" * 127),
        ("\U0001f600" * 128, 255, "\U0001f600" * 126 + "..."),
        ("a" * 9 + "e\u0301" + "bcdef", 13, "a" * 9 + "..."),
    ],
)
def test_text_is_cut_at_the_limit_between_characters(text: str, limit: int, left: str) -> None:
    assert cut(text, limit) == left


@given(st.text(st.characters(codec="utf-8")), st.integers(3, 40))
def test_cut_text_fits_and_begins_as_it_did(text: str, limit: int) -> None:
    short = cut(text, limit)

    assert units(short) <= limit
    assert short == text or text.startswith(short[:-3])
    assert cut(short, limit) == short
