from itertools import product

import pytest

from sync.core.settings import (
    LEVELS,
    SETTINGS,
    STATES,
    BadValue,
    Stored,
    from_word,
    resolve,
    setting_named,
)
from sync.core.values import SettingValue
from tests.core.items import policy

DAYS = {"organization": 7, "profile": 14, "user": 60}


def test_shipped_values_are_those_of_the_product() -> None:
    shipped = resolve()

    assert shipped.text("mode") == "snaprecord"
    assert (shipped.number("past_days"), shipped.number("future_days")) == (30, 365)
    assert shipped.names("prevent") == ("delete_outlook", "delete_salesforce")
    assert shipped.text("outlook_deleted") == "ask"
    assert shipped.text("private") == "skip"
    assert shipped.text("record_category") == "Record in Salesforce"
    assert {value.source for value in shipped.values.values()} == {"shipped"}
    assert list(shipped.values) == list(SETTINGS)


def expected(organization: str | None, profile: str | None, user: bool) -> tuple[int, str, str]:
    """Return value, source and state by the order of the levels, written as the product says it."""
    for level, state in (("organization", organization), ("profile", profile)):
        if state in ("locked", "hidden"):
            return DAYS[level], level, state
    if user:
        return DAYS["user"], "user", "default"
    for level, state in (("profile", profile), ("organization", organization)):
        if state:
            return DAYS[level], level, "default"
    return 30, "shipped", "default"


@pytest.mark.parametrize(
    ("organization", "profile", "user"),
    list(product((None, *STATES), (None, *STATES), (False, True))),
)
def test_order_of_levels_with_locks_on_each(
    organization: str | None, profile: str | None, user: bool
) -> None:
    def rows(level: str, state: str | None) -> list[Stored]:
        return [Stored("past_days", DAYS[level], state)] if state else []

    resolved = resolve(
        rows("organization", organization),
        rows("profile", profile),
        rows("user", "default" if user else None),
    ).values["past_days"]

    assert (resolved.value, resolved.source, resolved.state) == expected(
        organization, profile, user
    )


def test_user_cannot_allow_himself_a_mode() -> None:
    mine = [Stored("modes_allowed", ("auto",)), Stored("salesforce_api_reserve", 0)]

    resolved = resolve(user=mine)

    assert resolved.names("modes_allowed") == ("snaprecord", "manual", "auto")
    assert resolved.number("salesforce_api_reserve") == 20


def test_every_setting_may_be_set_by_the_organization() -> None:
    assert all("organization" in setting.levels for setting in SETTINGS.values())
    assert all(set(setting.levels) <= set(LEVELS) for setting in SETTINGS.values())


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("past_days", "90", 90),
        ("push_on_change", "false", False),
        ("push_on_change", "on", True),
        ("prevent", '["delete_outlook"]', ("delete_outlook",)),
        ("prevent", "delete_outlook,update_outlook", ("delete_outlook", "update_outlook")),
        ("hard_start_date", "2026-01-01", "2026-01-01"),
        ("record_category", "2026", "2026"),
        ("record_category", '"Red"', "Red"),
        ("categories_include", "2026", ("2026",)),
        ("subject_exclude", "null", ("null",)),
        ("run_window", "always", {}),
        ("subject_exclude", "/a{1,2}/", ("/a{1,2}/",)),
    ],
)
def test_word_of_a_command_line_is_understood(name: str, text: str, value: SettingValue) -> None:
    assert from_word(name, text) == value


def test_unknown_setting_is_named() -> None:
    with pytest.raises(BadValue, match=r"^colour: there is no setting of this name"):
        setting_named("colour")
    with pytest.raises(BadValue, match=r"^colour: "):
        from_word("colour", "red")


def test_setting_of_another_release_is_ignored() -> None:
    assert resolve([Stored("colour", "red")]).values == resolve().values


def test_kinds_are_not_mixed_up() -> None:
    shipped = resolve()

    assert shipped.flag("push_on_change") is True
    assert shipped.mapping("run_window") == {}
    for read, name in (
        (shipped.text, "past_days"),
        (shipped.number, "push_on_change"),
        (shipped.number, "mode"),
        (shipped.flag, "past_days"),
        (shipped.names, "mode"),
        (shipped.mapping, "mode"),
    ):
        with pytest.raises(TypeError, match=name):
            read(name)


def test_prevented_writes_are_told_by_operation_and_side() -> None:
    rules = policy(prevent=("update_salesforce",))

    assert rules.prevents("update", "salesforce")
    assert not rules.prevents("update", "outlook")
    assert not rules.prevents("delete", "salesforce")
