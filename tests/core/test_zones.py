from zoneinfo import ZoneInfo, available_timezones

import pytest
from tzlocal.windows_tz import win_tz

from sync.core.zones import first_known, iana


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard time", "Europe/Berlin"),
        ("Pacific Standard Time", "America/Los_Angeles"),
        ("Aleutian Standard Time", "America/Adak"),
        ("Mid-Atlantic Standard Time", "Atlantic/South_Georgia"),
        ("Kamchatka Standard Time", "Asia/Kamchatka"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Coordinated Universal Time", "UTC"),
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("Europe/Kiev", "Europe/Kiev"),
        ("Europe/Kyiv", "Europe/Kyiv"),
        (" Asia/Kolkata ", "Asia/Kolkata"),
        ("Etc/GMT+12", "Etc/GMT+12"),
    ],
)
def test_name_is_understood(name: str, zone: str) -> None:
    assert iana(name) == zone


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "tzone://Microsoft/Custom", "Customized Time Zone", "Nowhere", "../etc/passwd", "Europe",
        "localtime", "Factory", "posixrules", "a\0b", "x" * 5000, "\ud800",
    ],
)  # fmt: skip
def test_name_that_is_no_zone_gives_none(name: str) -> None:
    assert iana(name) is None


@pytest.mark.parametrize("name", sorted(win_tz))
def test_every_windows_name_leads_to_a_zone_that_exists(name: str) -> None:
    zone = iana(name)

    assert zone is not None
    assert ZoneInfo(zone).key == zone


def test_new_and_old_name_of_a_place_tell_the_same_time() -> None:
    zones = available_timezones()

    assert {"Europe/Kyiv", "Europe/Kiev", "Asia/Calcutta", "Asia/Kolkata"} <= zones


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("tzone://Microsoft/Custom", "", "Tokyo Standard Time", "UTC"), "Asia/Tokyo"),
        (("", "Nowhere"), "Europe/Paris"),
        ((), "Europe/Paris"),
    ],
)
def test_first_name_that_is_a_zone_counts(names: tuple[str, ...], expected: str) -> None:
    assert first_known(names, "Europe/Paris") == expected
