from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from sync.core.item import Kind, OutlookItem, Person, Value
from sync.core.scope import (
    Considered,
    Verdict,
    explain,
    mode_verdict,
    stopped,
    subject_matches,
    wants_recording,
    window,
)
from sync.core.settings import Policy
from tests.core.items import ALL_DAY, ANNA, NOW, at, event, policy, times

BOB = Person("bob@fabrikam.com")
CAROL = Person("carol@contoso.com")
ROOM = Person("room4@fabrikam.com", kind="resource")


def verdicts(item: OutlookItem, rules: Policy, *, requested: bool = False) -> tuple[Verdict, ...]:
    return explain(Considered(item, rules, NOW, requested=requested))


def stop_of(item: OutlookItem, rules: Policy | None = None) -> Verdict | None:
    return stopped(verdicts(item, rules or policy()))


def all_day(show_as: str) -> dict[str, Value]:
    return {**ALL_DAY, "show_as": show_as}


PASSING: list[tuple[OutlookItem, dict[str, Any]]] = [
    (event(), {}),
    (event({"sensitivity": "private"}), {"private": "time_only"}),
    (event({"sensitivity": "personal"}), {"private": "full_and_private"}),
    (event(all_day("busy")), {}),
    (event(all_day("free")), {"all_day": "include"}),
    (event({"show_as": "unknown"}), {"show_as": ("busy",)}),
    (event(times(1, 14 * 24)), {}),
    (event(times(-31, 1)), {}),  # within the day of slack for zones
    (event(times(365.9, 1)), {}),
    (event(categories=("RED", "Blue")), {"categories_include": ("red",)}),
    (event(attendees=(BOB,)), {"scope": "external_attendee"}),
    (event(attendees=(CAROL,)), {"scope": "has_attendee"}),
    (event(attendees=(BOB,), organizer=None), {"scope": "external_attendee"}),
    (event(attendees=(BOB,)), {"excluded_people": ("contoso.org", "rob@fabrikam.com")}),
    (event({"subject": "Budget"}), {"subject_exclude": ("lunch", "/^Bud$/")}),
    (event(my_response="declined"), {"my_response": ("declined",)}),
]

STOPPED: list[tuple[str, str, OutlookItem, dict[str, Any], bool]] = [
    # rule, code, event, settings, somebody may ask for it all the same
    ("readable", "unreadable", event(problem="its start has no time zone."), {}, False),
    ("readable", "series", event(kind=Kind.MASTER), {}, False),
    ("cancelled", "cancelled", event(is_cancelled=True), {}, False),
    ("range", "out_of_range", event(times(-31.2)), {}, False),
    ("range", "out_of_range", event(times(366.1)), {}, False),
    ("range", "out_of_range", event(times(1)), {"hard_start_date": "2026-12-24"}, False),
    ("private", "private", event({"sensitivity": "private"}), {}, False),
    ("private", "private", event({"sensitivity": "confidential"}), {}, False),
    ("length", "too_long", event(times(1, 14 * 24 + 0.1)), {}, False),
    ("all_day", "all_day_excluded", event(all_day("free")), {}, True),
    ("all_day", "all_day_excluded", event(all_day("busy")), {"all_day": "exclude"}, True),
    ("show_as", "show_as_excluded", event({"show_as": "oof"}), {"show_as": ("busy",)}, True),
    ("my_response", "response_excluded", event(my_response="declined"), {}, True),
    ("categories", "category_excluded", event(categories=("do not SYNC",)), {}, True),
    ("categories", "category_excluded", event(), {"categories_include": ("Red",)}, True),
    ("subject", "subject_excluded", event({"subject": "Team LUNCH"}), {"subject_exclude": ("lunch",)}, True),
    ("subject", "subject_excluded", event({"subject": "1:1 Ann"}), {"subject_exclude": (r"/^\d:\d/",)}, True),
    ("people", "person_excluded", event(attendees=(BOB,)), {"excluded_people": ("fabrikam.com",)}, True),
    ("people", "person_excluded", event(), {"excluded_people": ("anna@contoso.com",)}, True),
    ("scope", "no_attendee", event(attendees=(ROOM,)), {"scope": "has_attendee"}, True),
    ("scope", "no_attendee", event(attendees=(CAROL, ROOM)), {"scope": "external_attendee"}, True),
]  # fmt: skip


@pytest.mark.parametrize(("item", "choices"), PASSING)
def test_event_passes_all_rules(item: OutlookItem, choices: dict[str, Any]) -> None:
    found = verdicts(item, policy(**choices))

    assert {verdict.outcome for verdict in found} == {"pass"}
    assert all(
        verdict.reason and not verdict.code and not verdict.would_change for verdict in found
    )


@pytest.mark.parametrize(("rule", "code", "item", "choices", "may_ask"), STOPPED)
def test_event_is_stopped_by_its_rule_with_a_reason(
    rule: str, code: str, item: OutlookItem, choices: dict[str, Any], may_ask: bool
) -> None:
    stop = stop_of(item, policy(**choices))

    assert stop is not None
    assert (stop.rule, stop.code) == (rule, code)
    assert stop.reason.endswith(".")
    assert stop.would_change.endswith(".") or rule in ("readable", "cancelled")


@pytest.mark.parametrize(("rule", "code", "item", "choices", "may_ask"), STOPPED)
def test_person_who_asks_for_one_event_overrides_filters_and_nothing_else(
    rule: str, code: str, item: OutlookItem, choices: dict[str, Any], may_ask: bool
) -> None:
    found = verdicts(item, policy(**choices), requested=True)

    assert (stopped(found) is None) is may_ask
    if may_ask:
        overridden = next(verdict for verdict in found if verdict.rule == rule)
        assert (overridden.outcome, overridden.code) == ("overridden", code)
        assert overridden.reason.endswith("You asked for it all the same.")


def test_every_rule_is_reached_by_a_stop() -> None:
    rules = {verdict.rule for verdict in verdicts(event(), policy())}

    assert {rule for rule, *_ in STOPPED} == rules


def test_rules_are_told_in_one_order() -> None:
    assert [verdict.rule for verdict in verdicts(event(), policy())] == [
        "readable", "cancelled", "range", "private", "length", "all_day", "show_as", "my_response", "categories",
        "subject", "people", "scope",
    ]  # fmt: skip


def test_nothing_else_is_asked_about_what_cannot_be_read() -> None:
    broken = event(problem="no time.")

    assert [v.rule for v in verdicts(replace(broken, fields={}), policy())] == ["readable"]


@pytest.mark.parametrize("private", ["skip", "time_only"])
def test_text_and_people_of_a_private_event_are_not_looked_at(private: str) -> None:
    item = event({"sensitivity": "private", "subject": "Lunch"}, attendees=(BOB,))
    rules = policy(private=private, subject_exclude=("lunch",), excluded_people=("fabrikam.com",))

    found = verdicts(item, rules)

    assert [verdict.rule for verdict in found][-1] == "length"
    assert "Lunch" not in str(found)


def test_range_names_what_bounds_it() -> None:
    stop = stop_of(event(times(-100)), policy(hard_start_date="2026-11-01"))

    assert stop is not None
    assert stop.reason == "Outside your range (30 days back, 365 ahead, nothing before 2026-11-01)."


@pytest.mark.parametrize(
    ("hard", "first"),
    [("", at(-30)), ("2026-01-01", at(-30)), ("2026-11-20", "2026-11-20T00:00:00Z")],
)
def test_window_begins_at_the_later_of_range_and_first_day(hard: str, first: str) -> None:
    begin, end = window(policy(hard_start_date=hard), NOW)

    assert begin.isoformat().replace("+00:00", "Z") == first
    assert end == NOW + timedelta(days=365)


@pytest.mark.parametrize(
    ("pattern", "subject", "expected"),
    [
        ("lunch", "Team Lunch", True),
        ("1:1?", "A 1:1?", True),
        ("/", "a/b", True),
        ("//", "a//b", True),
        ("/^a.c$/", "ABC", True),
        ("/^a.c$/", "xABC", False),
        ("/(a/", "(a", False),
        ("/(a+)+$/", "a" * 200 + "b", False),
    ],
)
def test_line_of_subjects_is_plain_words_or_an_expression(
    pattern: str, subject: str, expected: bool
) -> None:
    assert subject_matches(pattern, subject) is expected


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({}, "SnapRecord is on."),
        ({"mode": "auto"}, "Recording by click is for SnapRecord mode; the mode is Auto Sync."),
        ({"mode": "manual"}, "Recording by click is for SnapRecord mode; the mode is Manual Sync."),
        ({"mode": "off"}, "Recording by click is for SnapRecord mode; the mode is off."),
        ({"modes_allowed": ("auto",)}, "Your administrator has not allowed SnapRecord."),
        (
            {"prevent": ("create_salesforce",)},
            "Creating events in Salesforce is prevented by your settings.",
        ),
    ],
)
def test_mode_says_whether_one_event_may_be_recorded(choices: dict[str, Any], reason: str) -> None:
    verdict = mode_verdict(policy(**choices))

    assert verdict.reason == reason
    assert (verdict.outcome == "pass") == (not choices)
    assert bool(verdict.would_change) == bool(choices)


@pytest.mark.parametrize(
    ("categories", "name", "expected"),
    [
        (("record in SALESFORCE",), "Record in Salesforce", True),
        (("Red",), "Record in Salesforce", False),
        ((), "Record in Salesforce", False),
        (("",), "", False),
    ],
)
def test_category_that_records_is_known_in_any_case(
    categories: tuple[str, ...], name: str, expected: bool
) -> None:
    assert wants_recording(event(categories=categories), policy(record_category=name)) is expected


def test_organizer_counts_as_present() -> None:
    assert ANNA.address == "anna@contoso.com"
    assert stop_of(event(organizer=BOB), policy(excluded_people=("bob@fabrikam.com",))) is not None
