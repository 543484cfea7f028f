"""Which state is said of an event."""

from datetime import UTC, datetime, timedelta

import pytest

from sync.core.item import OutlookItem
from sync.core.scope import Considered, explain, mode_verdict
from sync.core.settings import Policy, Stored, resolve
from sync.web.badges import Badge, Standing, badge_of, may_record
from tests.web.makers import item

NOW = datetime(2026, 11, 19, 10, 20, tzinfo=UTC)
START = NOW + timedelta(hours=4)


def _event(**more: object) -> OutlookItem:
    return item(START, START + timedelta(hours=1), **more)  # type: ignore[arg-type]


def _badge(
    of: OutlookItem, standing: Standing | None = None, policy: Policy | None = None
) -> Badge:
    rules = policy or resolve()
    return badge_of(of, standing or Standing(), explain(Considered(of, rules, NOW)), rules)


def _offers_record(
    of: OutlookItem, standing: Standing | None = None, policy: Policy | None = None
) -> bool:
    rules = policy or resolve()
    badge = _badge(of, standing, rules)
    asked = explain(Considered(of, rules, NOW, requested=True))
    return may_record(of, badge, mode_verdict(rules), asked)


@pytest.mark.parametrize(
    ("standing", "name", "text"),
    [
        (Standing(), "open", "Not recorded"),
        (Standing("pending_salesforce"), "waiting", "Waiting: being recorded"),
        (Standing("pending_salesforce", writing=True), "waiting", "Waiting: being recorded"),
        (Standing("active", in_salesforce=True), "recorded", "Recorded"),
        (Standing("active", in_salesforce=True, writing=True), "waiting", "Waiting: being written"),
        (
            Standing("active", in_salesforce=True, changed=True),
            "waiting",
            "Waiting: an edit is written in the next run",
        ),
        (Standing("conflict", in_salesforce=True), "conflict", "Conflict: a person has to choose"),
        (
            Standing("pending_salesforce", refused=True, problem="Next step is needed."),
            "error",
            "Error: next step is needed",
        ),
        (
            Standing("active", in_salesforce=True, problem="Updating is prevented."),
            "recorded",
            "Recorded: updating is prevented",
        ),
        (
            Standing("dead", in_salesforce=True, problem="The event was deleted in Salesforce."),
            "open",
            "Not recorded: deleted in Salesforce",
        ),
        (Standing("dead"), "open", "Not recorded"),
    ],
)
def test_a_link_gives_the_state(standing: Standing, name: str, text: str) -> None:
    badge = _badge(_event(), standing)
    assert (badge.name, badge.text) == (name, text)


def test_a_private_event_is_left_alone_and_offers_no_record() -> None:
    private = _event(sensitivity="private")
    assert _badge(private).name == "private"
    assert not _offers_record(private)


def test_a_filtered_event_says_which_rule_and_may_be_recorded_all_the_same() -> None:
    filtered = _event(categories=("Do not sync",))
    badge = _badge(filtered)
    assert badge.name == "scope"
    assert "Do not sync" in badge.text
    assert _offers_record(filtered)


def test_an_event_outside_the_range_offers_no_record() -> None:
    old = item(NOW - timedelta(days=90), NOW - timedelta(days=90, hours=-1))
    assert _badge(old).name == "scope"
    assert not _offers_record(old)


def test_a_cancelled_event_says_so_whether_recorded_or_not() -> None:
    cancelled = _event(is_cancelled=True)
    assert _badge(cancelled).word == "Cancelled"
    assert _badge(cancelled, Standing("active", in_salesforce=True)).word == "Cancelled"
    assert not _offers_record(cancelled)


@pytest.mark.parametrize("mode", ["off", "manual", "auto"])
def test_another_mode_offers_no_record(mode: str) -> None:
    policy = resolve(user=[Stored("mode", mode)])
    assert not _offers_record(_event(), policy=policy)
    assert _offers_record(_event())


def test_what_is_recorded_offers_no_record() -> None:
    assert not _offers_record(_event(), Standing("active", in_salesforce=True))
    assert not _offers_record(_event(), Standing("pending_salesforce"))


def test_what_was_refused_may_be_tried_again() -> None:
    refused = Standing("pending_salesforce", refused=True, problem="Salesforce refused it.")
    assert _offers_record(_event(), refused)


def test_in_other_modes_a_linked_event_is_in_sync() -> None:
    policy = resolve(user=[Stored("mode", "auto")])
    assert _badge(_event(), Standing("active", in_salesforce=True), policy).word == "In sync"
