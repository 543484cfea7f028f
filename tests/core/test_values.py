import pytest

from sync.core.settings import SETTINGS
from sync.core.values import BadValue, SettingValue


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("mode", "auto", "auto"),
        ("past_days", 90, 90),
        ("past_days", " 90 ", 90),
        ("max_deletes_per_run", "0", 0),
        ("push_on_change", "Off", False),
        ("push_on_change", "TRUE", True),
        ("push_on_change", True, True),
        ("prevent", "create_salesforce, update_salesforce", ("create_salesforce", "update_salesforce")),
        ("prevent", [], ()),
        ("match_objects", ["Lead", "Contact", "Lead"], ("Lead", "Contact")),
        ("categories_exclude", " Do not sync ,, Private ", ("Do not sync", "Private")),
        ("subject_exclude", "lunch\n/^(gym|run)$/\n\nlunch", ("lunch", "/^(gym|run)$/")),
        ("subject_exclude", ["a, b"], ("a, b",)),
        ("subject_exclude", "//", ("//",)),
        ("excluded_people", "Bob@Contoso.com, @fabrikam.com, fabrikam.com", ("bob@contoso.com", "fabrikam.com")),
        ("record_category", "  Red ", "Red"),
        ("record_category", "", ""),
        ("hard_start_date", "2026-02-28", "2026-02-28"),
        ("hard_start_date", None, ""),
        ("run_window", "always", {}),
        ("run_window", {"days": ["mon", "fri", "mon"], "from": "08:00", "to": "18:30"},
         {"days": ["mon", "fri"], "from": "08:00", "to": "18:30"}),
        ("field_owner", {"subject": "outlook"},
         {"subject": "outlook", "start": "both", "end": "both", "all_day": "both", "location": "both",
          "description": "both", "show_as": "both"}),
    ],
)  # fmt: skip
def test_value_is_kept_in_one_form(name: str, typed: object, kept: SettingValue) -> None:
    assert SETTINGS[name].parse(typed) == kept
    assert SETTINGS[name].parse(kept) == kept


@pytest.mark.parametrize(
    ("name", "typed", "says"),
    [
        ("mode", "turbo", "choose one of snaprecord, manual, auto, off"),
        ("mode", ["auto"], "choose one of"),
        ("past_days", 8, "choose one of 0, 1, 7"),
        ("past_days", True, "whole number"),
        ("past_days", 7.0, "whole number"),
        ("past_days", "--7", "whole number"),
        ("past_days", "\u00b2", "whole number"),
        ("past_days", "9" * 5000, "whole number"),
        ("past_days", "", "whole number"),
        ("max_creates_per_run", 0, "from 1 to 5000"),
        ("max_creates_per_run", "5001", "from 1 to 5000"),
        ("push_on_change", "perhaps", "on or off"),
        ("push_on_change", 1, "on or off"),
        ("prevent", "create_everything", "create_everything is unknown; choose from create_outlook"),
        ("prevent", 3, "list of texts"),
        ("prevent", [1], "list of texts"),
        ("categories_exclude", ["x" * 256], "at most 255 characters"),
        ("categories_exclude", [str(n) for n in range(501)], "at most 500 entries"),
        ("subject_exclude", [str(n) for n in range(21)], "at most 20 entries"),
        ("subject_exclude", "lunch\n/(a/", "line 2 cannot be used: a bracket is not closed"),
        ("excluded_people", "contoso", "contoso is neither an address nor a domain"),
        ("excluded_people", "a@b@c.com", "neither an address nor a domain"),
        ("excluded_people", "a b.com", "neither an address nor a domain"),
        ("record_category", "x" * 256, "at most 255 characters"),
        ("record_category", 7, "at most 255 characters"),
        ("hard_start_date", "tomorrow", "a date such as 2026-11-24"),
        ("hard_start_date", "2026-02-30", "a date such as"),
        ("run_window", "mornings", "weekdays with from and a later to"),
        ("run_window", {"days": ["mon"], "from": "08:00"}, "weekdays"),
        ("run_window", {"days": [], "from": "08:00", "to": "18:00"}, "weekdays"),
        ("run_window", {"days": "mon", "from": "08:00", "to": "18:00"}, "weekdays"),
        ("run_window", {"days": ["someday"], "from": "08:00", "to": "18:00"}, "weekdays"),
        ("run_window", {"days": ["mon"], "from": "18:00", "to": "08:00"}, "later to"),
        ("run_window", {"days": ["mon"], "from": "8:00", "to": "18:00"}, "weekdays"),
        ("run_window", {"days": ["mon"], "from": "08:00", "to": "24:00"}, "weekdays"),
        ("run_window", {"days": ["mon"], "from": "08:00", "to": "18:60"}, "weekdays"),
        ("run_window", {"days": ["mon"], "from": "\u0660\u0668:00", "to": "18:00"}, "weekdays"),
        ("run_window", {"days": ["mon"], "from": None, "to": "18:00"}, "weekdays"),
        ("field_owner", "outlook", "name fields with outlook, salesforce or both"),
        ("field_owner", {"colour": "outlook"}, "name fields"),
        ("field_owner", {"subject": "me"}, "name fields"),
    ],
)  # fmt: skip
def test_value_that_does_not_fit_is_refused_with_the_name_and_the_way_out(
    name: str, typed: object, says: str
) -> None:
    with pytest.raises(BadValue) as caught:
        SETTINGS[name].parse(typed)

    assert str(caught.value).startswith(f"{name}: ")
    assert says in str(caught.value)


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_shipped_fits_its_own_rule(name: str) -> None:
    setting = SETTINGS[name]

    assert setting.parse(setting.default) == setting.default
    assert setting.help.endswith(".")
    assert len(setting.help) > 20
