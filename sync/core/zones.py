"""Names of time zones: Windows, IANA and the odd ones that Exchange answers -> IANA."""

from collections.abc import Iterable
from functools import cache, lru_cache
from zoneinfo import available_timezones

from tzlocal.windows_tz import win_tz

# Names that Exchange answers and CLDR's windowsZones does not know.
_EXCHANGE_NAMES = {
    "tzone://Microsoft/Utc": "UTC",
    "Coordinated Universal Time": "UTC",
    "Mid-Atlantic Standard Time": "Atlantic/South_Georgia",
    "Kamchatka Standard Time": "Asia/Kamchatka",
}
# Files of a zone database that say nothing about a place.
_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@cache
def _names() -> dict[str, str]:
    """Return every known name, in lower case, with the IANA zone it stands for."""
    zones = sorted(available_timezones() - _NO_PLACES)
    known = {zone.casefold(): zone for zone in zones}
    aliases = {**win_tz, **_EXCHANGE_NAMES}
    known |= {name.casefold(): zone for name, zone in aliases.items() if zone.casefold() in known}
    return known


@lru_cache(maxsize=1024)
def iana(name: str) -> str | None:
    """Return the IANA zone that ``name`` (Windows or IANA, in any case) stands for, or None.

    ``tzone://Microsoft/Custom``, ``Customized Time Zone``, an empty and an unknown name give None: the caller falls
    through to the next name it has (sync.md 13.1, rule 2).
    """
    return _names().get(name.strip().casefold())


def first_known(names: Iterable[str], fallback: str = "UTC") -> str:
    """Return the first of ``names`` that is a zone, as IANA name, else ``fallback``."""
    return next((zone for zone in map(iana, names) if zone), fallback)
