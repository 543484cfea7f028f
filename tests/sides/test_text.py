"""Texts in canonical form: what storing does to a text is never an edit, and join blocks stay in Outlook."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.sides.text import from_html, line, text, without_join_block

TEAMS = """________________________________________________________________________________
Microsoft Teams meeting
Join: https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%7d
Meeting ID: 367 117 345 678
Passcode: aB3dE
________________________________
Need help?<https://aka.ms/JoinTeamsMeeting?omkt=en-US> | System reference
For organizers: Meeting options
________________________________________________________________________________"""
TEAMS_GERMAN = TEAMS.replace("Microsoft Teams meeting", "Microsoft Teams-Besprechung").replace(
    "Join:", "Jetzt an der Besprechung teilnehmen"
)
ZOOM_FRAMED = """\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500
Hanna Weiss is inviting you to a scheduled Zoom meeting.
Join Zoom Meeting
https://acme.zoom.us/j/86123456789?pwd=abc
\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500\u2500"""
ZOOM_PLAIN = """Hanna Weiss is inviting you to a scheduled Zoom meeting.

Topic: Quarterly review
Time: Nov 25, 2026 10:00 AM Amsterdam, Berlin

Join Zoom Meeting
https://acme.zoom.us/j/86123456789?pwd=abc

Meeting ID: 861 2345 6789
Passcode: 123456

---

One tap mobile
+496950502596,,86123456789#,,,,*123456# Germany
+13462487799,,86123456789#,,,,*123456# US (Houston)

Dial by your location
\u2022 +49 69 5050 2596 Germany
\u2022 +1 346 248 7799 US (Houston)

Find your local number: https://acme.zoom.us/u/kabc"""


@pytest.mark.parametrize("block", [TEAMS, TEAMS_GERMAN, ZOOM_FRAMED, ZOOM_PLAIN])
def test_join_block_goes_and_the_words_around_it_stay(block: str) -> None:
    body = text(f"Agenda:\n- prices\n\n{block}\n\nSee you there")

    left = without_join_block(body)

    assert [each for each in left.split("\n") if each] == ["Agenda:", "- prices", "See you there"]


@pytest.mark.parametrize("block", [TEAMS, ZOOM_FRAMED, ZOOM_PLAIN])
def test_body_of_nothing_but_a_join_block_is_empty(block: str) -> None:
    assert without_join_block(text(block)) == ""


def test_join_block_without_its_last_line_ends_with_the_text() -> None:
    body = "Hello\n\n" + "\n".join(TEAMS.split("\n")[:4])

    assert without_join_block(text(body)) == "Hello"


@pytest.mark.parametrize(
    "body",
    [
        "Read https://teams.microsoft.com/l/meetup-join/x before Monday",
        "________________________________\nSigned: Hanna\n________________________________",
        "--------\nJoin: https://teams.microsoft.com/l/meetup-join/x\nAgenda: prices\n--------",
        "We talked about Zoom: https://zoom.us/pricing",
        "Join Zoom Meeting\nis what I wrote on the board",
        "________________________________\n" + "a line of mine\n" * 80 + "https://zoom.us/j/1",
    ],
)
def test_words_of_people_are_no_join_block(body: str) -> None:
    assert without_join_block(text(body)) == text(body)


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("a\r\nb\rc  \n\n\n\n\nd\u00a0e \n", "a\nb\nc\n\n\nd e"),
        ("  leading and trailing  ", "leading and trailing"),
        ("e\u0301", "\u00e9"),
        ("a\x00b\x07c\x85d", "abcd"),
        ("page\x0cbreak", "page\nbreak"),
        ("half \ud83d surrogate", "half \ufffd surrogate"),
        ("\U0001f469\u200d\U0001f52c lab", "\U0001f469\u200d\U0001f52c lab"),
        (None, ""),
        (17, ""),
    ],
)
def test_text_has_one_form(raw: object, canonical: str) -> None:
    assert text(raw) == canonical


def test_line_has_no_line_ends() -> None:
    assert line(" Quarterly\r\n review\n\n2026 ") == "Quarterly review 2026"


ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()))


@given(ANY_TEXT)
def test_canonical_text_is_stable_and_storable(raw: str) -> None:
    once = text(raw)

    once.encode()
    assert "\x00" not in json.dumps(once)
    assert text(once) == once
    assert line(line(raw)) == line(raw)
    assert without_join_block(without_join_block(once)) == without_join_block(once)


@given(
    ANY_TEXT, st.sampled_from([" ", "\n", "\r\n", "\u00a0", "\t"]), st.sampled_from(["\n", "\r\n"])
)
def test_white_space_and_line_ends_of_a_store_are_no_edit(
    raw: str, padding: str, ends: str
) -> None:
    stored = padding + text(raw).replace("\n", ends) + padding

    assert text(stored) == text(raw)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<html><head><title>x</title><style>p{}</style></head><body><p>Hello&nbsp;<b>you</b></p></body></html>", "Hello you"),
        ("<div>one</div><div>two</div>three<br>four", "one\n\ntwo\nthree\nfour"),
        ("<ul><li>a</li><li>b &amp; c</li></ul>", "a\n\nb & c"),
        ("broken <b <<p>&#xZZ; &unknown;", None),
        ("<script>alert(1)</script>safe", "safe"),
        ("half \ud83d surrogate", "half \ufffd surrogate"),
    ],
)  # fmt: skip
def test_html_becomes_what_people_see(html: str, shown: str | None) -> None:
    found = text(from_html(html))

    assert shown is None or found == shown


_LINK = "https://teams.microsoft.com/l/meetup-join/x"


@pytest.mark.parametrize(
    "body",
    [
        f"{'_' * 20}\n{_LINK}\n{'_' * 20}\n" * 3_000,
        f"{_LINK}\n" + f"{'_' * 20}\n" * 40_000,
        f"{_LINK}\nand\n" + "Join Zoom Meeting\n" * 40_000,
        f"{_LINK}\n" + "\n".join("_" * (20 + n % 50) for n in range(10_000)),
        "https://" + "a." * 200_000,
        f"{_LINK}\n" + " " * 500_000 + "x",
    ],
    ids=["framed blocks", "drawn lines", "heads of Zoom", "unlike lines", "labels", "spaces"],
)
def test_invitation_of_a_stranger_keeps_nobody_busy(body: str) -> None:
    began = time.process_time()

    without_join_block(text(body))

    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "markup", ["<!", "<![", "<![x", "<a ", "</", "&#", "<div>", "<table><tr>", "<p>", "<x y='"]
)
def test_broken_markup_keeps_nobody_busy(markup: str) -> None:
    began = time.process_time()

    from_html(markup * (500_000 // len(markup)))

    assert time.process_time() - began < 10


@given(ANY_TEXT)
def test_any_markup_gives_a_text(html: str) -> None:
    assert isinstance(text(from_html(html)), str)
