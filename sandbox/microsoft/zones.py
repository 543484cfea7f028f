"""Names of time zones as Graph takes them: Windows names and IANA names (contract, section 5)."""

from datetime import UTC, date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from tzlocal.windows_tz import tz_win, win_tz

CUSTOM = "tzone://Microsoft/Custom"


@lru_cache(maxsize=2048)
def resolve(name: str) -> ZoneInfo | None:
    """Return the zone of a Windows or IANA name, or None."""
    if name in {"tzone://Microsoft/Utc", "utc"}:
        return ZoneInfo("UTC")
    try:
        return ZoneInfo(win_tz.get(name, name))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def zone(name: str) -> ZoneInfo:
    """Return the zone of a name that was checked before.

    Raises:
        ValueError: Not a known zone.
    """
    found = resolve(name)
    if found is None:
        raise ValueError(f"{name}: no such time zone")
    return found


def windows_name(name: str) -> str:
    """Return the Windows name of a zone; the name itself if there is none."""
    return name if name in win_tz else str(tz_win.get(name, name))


def windows_names() -> list[str]:
    """Return every Windows name."""
    return sorted(win_tz)


def iana_names() -> list[str]:
    """Return every IANA name that Graph could know."""
    return sorted(name for name in available_timezones() if "/" in name or name == "UTC")


def to_utc(wall: datetime, name: str) -> datetime:
    """Return the instant of a wall-clock time; one that does not exist moves forward with the clock."""
    return wall.replace(tzinfo=zone(name)).astimezone(UTC)


def to_wall(moment: datetime, name: str) -> datetime:
    """Return the wall-clock time of an instant, without zone."""
    return moment.astimezone(zone(name)).replace(tzinfo=None)


def midnight(day: date, name: str) -> datetime:
    """Return the instant when a day begins in a zone."""
    return to_utc(datetime(day.year, day.month, day.day), name)  # noqa: DTZ001 -- the zone follows
