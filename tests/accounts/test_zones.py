from tzlocal.windows_tz import win_tz

from linkpoint.accounts import zones
from sync.core import zones as core_zones


def test_mailbox_and_engine_read_every_name_of_a_zone_alike() -> None:
    """Two tables on purpose: accounts lie below the core, and the core imports nothing of the project."""
    names = [*win_tz, *zones.known_zones(), "Coordinated Universal Time", "Kamchatka Standard Time"]
    names += ["tzone://Microsoft/Utc", "tzone://Microsoft/Custom", "Mid-Atlantic Standard Time", ""]

    differing = {
        name: (zones.iana(name), core_zones.iana(name))
        for name in names
        if zones.iana(name) != (core_zones.iana(name) or "")
    }

    assert differing == {}
