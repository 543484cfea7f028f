"""Names of time zones: Windows, IANA and the odd ones that Exchange answers -> IANA."""

from collections.abc import Iterable
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal.windows_tz import win_tz

# Names that Exchange answers and CLDR's windowsZones does not know.
_EXCHANGE_NAMES = {
    "tzone://Microsoft/Utc": "UTC",
    "Mid-Atlantic Standard Time": "Atlantic/South_Georgia",
    "Kamchatka Standard Time": "Asia/Kamchatka",
}


@lru_cache(maxsize=1024)
def iana(name: str) -> str | None:
    """Return the IANA zone that ``name`` (Windows or IANA) stands for, or None.

    ``tzone://Microsoft/Custom``, ``Customized Time Zone``, an empty and an unknown name give None: the caller falls
    through to the next name it has (sync.md 13.1, rule 2).
    """
    wanted = _EXCHANGE_NAMES.get(name) or win_tz.get(name) or name
    if not wanted:
        return None
    try:
        ZoneInfo(wanted)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    return wanted


def first_known(names: Iterable[str], fallback: str = "UTC") -> str:
    """Return the first of ``names`` that is a zone, as IANA name, else ``fallback``."""
    return next((zone for zone in map(iana, names) if zone), fallback)
