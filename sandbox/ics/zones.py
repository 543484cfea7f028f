"""Finds the zone that a TZID means: by name, by what Outlook shows, or by the definition in the file."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from icalendar import Calendar, Timezone

from sandbox.ics.display_names import DISPLAY_NAMES
from sandbox.microsoft import zones

_OFFSET_PREFIX = re.compile(r"^\((?:UTC|GMT)[+-]?[\d:]*\)\s*|^Greenwich Mean Time\s*:\s*")
_FIRST_TRIED = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "Europe/London",
    "Europe/Berlin",
    "Europe/Paris",
    "Europe/Warsaw",
    "Europe/Athens",
    "Australia/Sydney",
    "Asia/Tokyo",
    "Asia/Shanghai",
    "Asia/Kolkata",
    "UTC",
)


@dataclass(frozen=True, slots=True)
class Found:
    """What a TZID means.

    Attributes:
        zone: Windows or IANA name; empty if only ``definition`` says how the clock goes.
        definition: The zone as the file defines it, or None.
        note: What was done to find it, if it is worth telling.
    """

    zone: str
    definition: tzinfo | None = None
    note: str = ""

    def tzinfo(self) -> tzinfo:
        """Return how the clock goes."""
        if self.zone or self.definition is None:
            return zones.zone(self.zone)
        return self.definition


class ZoneFinder:
    """Finds the zones of one calendar."""

    def __init__(self, calendar: Calendar, home: str) -> None:
        self._home = home
        self._defined = {
            str(part["TZID"]): part
            for part in calendar.walk("VTIMEZONE")
            if isinstance(part, Timezone) and "TZID" in part
        }

    def find(self, tzid: str | None, wall: datetime) -> Found:
        """Return what a TZID means for an event that starts at a wall-clock time; None is floating time."""
        if tzid is None:
            return Found(self._home, note=f"floating time taken in the mailbox's zone {self._home}")
        if zones.resolve(tzid) is not None:
            return Found(tzid)
        shown = _by_display_name(tzid)
        if shown:
            return Found(shown, note=f"time zone “{tzid}” read as {shown}")
        tail = "/".join(tzid.split("/")[-2:])
        if "/" in tzid and zones.resolve(tail) is not None:
            return Found(tail, note=f"time zone “{tzid}” read as {tail}")
        return self._by_definition(tzid, wall)

    def _by_definition(self, tzid: str, wall: datetime) -> Found:
        definition = self._definition(tzid)
        if definition is None:
            note = f"time zone “{tzid}” is unknown and not defined; taken as {self._home}"
            return Found(self._home, note=note)
        for name in _FIRST_TRIED:
            if _same_clock(definition, name, wall):
                note = f"time zone “{tzid}” read as {name}, as the file defines it"
                return Found(name, definition, note)
        return Found("", definition, f"time zone “{tzid}” has rules of its own; kept as UTC")

    def _definition(self, tzid: str) -> tzinfo | None:
        part = self._defined.get(tzid)
        try:
            # Not looked up: another file may have defined the same name otherwise.
            return part.to_tz(lookup_tzid=False) if part is not None else None
        except (ValueError, TypeError, KeyError, IndexError, AttributeError):
            # A definition that icalendar cannot follow is as good as none.
            return None


def _by_display_name(tzid: str) -> str:
    plain = _OFFSET_PREFIX.sub("", tzid).replace(";", ",").replace("\\,", ",")
    plain = re.sub(r"\s*,\s*", ", ", plain).strip()
    return DISPLAY_NAMES.get(plain, "")


def _same_clock(definition: tzinfo, name: str, wall: datetime) -> bool:
    """Tell whether both zones show the same offsets, looked at each week for a year and two months."""
    known = zones.zone(name)
    noon = wall.replace(hour=12, minute=0)
    return all(
        definition.utcoffset(moment) == known.utcoffset(moment)
        for moment in (noon + timedelta(weeks=week) for week in range(-4, 57))
    )
