import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.patterns import LONGEST_PATTERN_CHARS, BadPattern, check, found_in

ATOMS = st.sampled_from(
    ["a", "b", "B", ".", "[ab]", "[^a]", "[]a]", r"\d", r"\w", r"\s", r"\.", "^", "$", r"\b"]
)
MARKS = st.sampled_from(["*", "+", "?", "{2}", "{0,2}", "{1,}", "{,3}", "*?", "+?", "{2,3}?"])


def _repeated(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda group, mark: f"(?:{group}){mark}", inner, MARKS)


PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds(lambda a, b: a + b, inner, inner),
        st.builds(lambda a, b: f"({a}|{b})", inner, inner),
        _repeated(inner),
    ),
    max_leaves=6,
)


@given(PATTERNS, st.text("abB1 .]", max_size=8))
def test_agrees_with_the_matcher_of_python(pattern: str, text: str) -> None:
    expected = re.search(pattern, text, re.IGNORECASE) is not None

    assert found_in(pattern, text) == expected


@given(st.text("ab*+?{}1,2|()[]^$\\.d", max_size=12))
def test_understands_or_refuses_whatever_is_typed(pattern: str) -> None:
    try:
        found_in(pattern, "ab1")
    except BadPattern:
        return
    re.compile(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"(a+)+$", r"(a|aa)+$", r"(a*)*b", r".*.*.*.*.*.*x", "(a?){60}a{60}b", r"(\w+\s*)+:$"],
)
def test_pattern_that_keeps_other_matchers_busy_for_years_is_answered_at_once(pattern: str) -> None:
    started = time.process_time()

    assert not found_in(pattern, "a" * 250 + "!")
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "a)", "(a", "[a", "[", "*a", "a**", "a{2}{3}", "{2}", "a{3,1}", r"(a)\1", "(?=a)", "(?P<n>a)", "\\",
        r"\x", "[b-a]", "[[]", "[a--b]", "^?", "a" * (LONGEST_PATTERN_CHARS + 1), "a{999}{9}", "((a{50}){50}){50}", "(" * 30 + "a" + ")" * 30,
    ],
)  # fmt: skip
def test_pattern_that_is_not_understood_is_refused_with_a_reason(pattern: str) -> None:
    with pytest.raises(BadPattern, match=r"\w+"):
        check(pattern)


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("^lunch|gym$", "Going to the GYM", True),
        ("^lunch|gym$", "A lunch", False),
        (r"\b1:1\b", "My 1:1 with Ann", True),
        ("a{0}b", "b", True),
        ("x{}", "x{}", True),
        ("", "anything", True),
        ("()", "", True),
        (r"[\]]", "]", True),
        ("straße", "STRASSE", False),
    ],
)
def test_finds_what_is_there(pattern: str, text: str, expected: bool) -> None:
    assert found_in(pattern, text) is expected
