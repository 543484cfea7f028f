"""Names of time zones as the two services write them, to IANA.

``sync/core/zones.py`` answers the same for the engine: the core imports nothing of the project, and this package nothing
of sync. A test keeps the two alike.
"""

import zoneinfo
from functools import cache

from tzlocal.windows_tz import win_tz

# Exchange answers these; the Windows table does not have them.
_ODD = {
    "tzone://Microsoft/Utc": "UTC",
    "Coordinated Universal Time": "UTC",
    "Mid-Atlantic Standard Time": "Atlantic/South_Georgia",
    "Kamchatka Standard Time": "Asia/Kamchatka",
}
# Files of a zone database that say nothing about a place.
_NO_PLACES = frozenset({"Factory", "localtime", "posixrules"})


@cache
def known_zones() -> frozenset[str]:
    """Return every IANA name this machine has a clock for."""
    return frozenset(zoneinfo.available_timezones() - _NO_PLACES)


def iana(name: str) -> str:
    """Return the IANA name for a Windows or IANA name; empty for one that is neither (a custom zone, for example)."""
    zone = _ODD.get(name) or win_tz.get(name) or name
    return zone if zone in known_zones() else ""
