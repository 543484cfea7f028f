"""Turns an RRULE into a Graph pattern, if there is one that means exactly the same (contract, section 9).

Nothing is approximated: a pattern counts only if it gives the same days as dateutil gives for the rule.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from typing import Any

from dateutil.rrule import rrule, rrulestr

from sandbox.microsoft import recurrence, zones
from sandbox.microsoft.recurrence import DAYS, INDEXES

COMPARED = 400
COMPARED_SPAN = timedelta(days=30 * 366)
"""So many occurrences of a rule and its pattern must agree, within so much time."""

_DAY_NAMES = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), DAYS, strict=True))
_KNOWN = {
    "FREQ",
    "INTERVAL",
    "COUNT",
    "UNTIL",
    "WKST",
    "BYDAY",
    "BYMONTHDAY",
    "BYMONTH",
    "BYSETPOS",
}


class NoPattern(Exception):
    """Graph has no pattern for the rule; the text says why."""


def _beginning(days: Iterable[date], first: date) -> list[date]:
    last = first + min(COMPARED_SPAN, date.max - first)
    return list(islice(takewhile(lambda day: day <= last, days), COMPARED))


@dataclass(frozen=True, slots=True)
class Rule:
    """One RRULE with the wall-clock start it belongs to.

    Attributes:
        parts: Members by name, values in upper case.
        start: Wall-clock start without zone.
        zone: Zone of the start; UNTIL in UTC is brought there.
    """

    parts: Mapping[str, str]
    start: datetime
    zone: str

    @classmethod
    def read(cls, text: str, start: datetime, zone: str) -> "Rule":
        """Return the rule of a line such as ``FREQ=DAILY;COUNT=3``."""
        pairs = (part.split("=", 1) for part in text.upper().split(";") if "=" in part)
        return cls({name.strip(): value.strip() for name, value in pairs}, start, zone)

    def expansion(self) -> rrule:
        """Return what dateutil makes of the rule, on the wall clock.

        Raises:
            NoPattern: It makes nothing of it.
        """
        if self._interval() < 1 or self.parts.get("FREQ") == "SECONDLY":
            raise NoPattern("the rule would never end")
        parts = dict(self.parts)
        until = self.until()
        if until is not None:
            parts["UNTIL"] = until.strftime("%Y%m%dT%H%M%S")
        text = ";".join(f"{name}={value}" for name, value in parts.items())
        try:
            found = rrulestr(text, dtstart=self.start)
        except (ValueError, TypeError, KeyError) as error:
            raise NoPattern(f"the rule cannot be read ({error})") from None
        if not isinstance(found, rrule):
            raise NoPattern("the rule cannot be read")
        return found

    def until(self) -> datetime | None:
        """Return the end of the rule on the wall clock of its zone; a bare day counts to its end."""
        text = self.parts.get("UNTIL")
        if text is None:
            return None
        try:
            if len(text) == 8:
                return datetime.strptime(text + "235959", "%Y%m%d%H%M%S")  # noqa: DTZ007 -- wall clock
            wall = datetime.strptime(text.rstrip("Z"), "%Y%m%dT%H%M%S")  # noqa: DTZ007 -- wall clock
        except ValueError:
            raise NoPattern(f"UNTIL={text} is no time") from None
        return zones.to_wall(wall.replace(tzinfo=UTC), self.zone) if text.endswith("Z") else wall

    def one_fewer(self) -> "Rule":
        """Return the rule with a COUNT that is less by one; without COUNT, the rule as it is."""
        count = self.parts.get("COUNT", "")
        if not count.isdecimal():
            return self
        return replace(self, parts={**self.parts, "COUNT": str(int(count) - 1)})

    def pattern(self, *, first: date) -> dict[str, Any]:
        """Return the patternedRecurrence that means the same; ``first`` is the first day that the rule gives.

        Raises:
            NoPattern: Graph cannot express the rule.
        """
        made = {"pattern": self._pattern(), "range": self._range(first)}
        try:
            read = recurrence.read(made, event_zone=self.zone, short_months_end=True)
        except ValueError as error:
            raise NoPattern(f"Outlook has no such pattern ({error})") from None
        # UNTIL is in the rule already; both sides are cut at the same number.
        wanted = (moment.date() for moment in self.expansion() if moment.date() >= first)
        ours, theirs = _beginning(read.days_of_series(), first), _beginning(wanted, first)
        if ours != theirs:
            raise NoPattern("Outlook's pattern would give other days")
        return made

    def _pattern(self) -> dict[str, Any]:
        unknown = set(self.parts) - _KNOWN
        if unknown:
            raise NoPattern(f"Outlook has no {', '.join(sorted(unknown))}")
        makers = {
            "DAILY": self._daily,
            "WEEKLY": self._weekly,
            "MONTHLY": self._monthly,
            "YEARLY": self._yearly,
        }
        maker = makers.get(self.parts.get("FREQ", ""))
        if maker is None:
            raise NoPattern(f"Outlook has no {self.parts.get('FREQ', 'rule without FREQ')} series")
        first_day = _DAY_NAMES.get(self.parts.get("WKST", "MO"), "monday")
        return {"interval": self._interval(), "firstDayOfWeek": first_day, **maker()}

    def _daily(self) -> dict[str, Any]:
        if self.parts.keys() & {"BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS"}:
            if self._interval() == 1 and not self.parts.keys() & {
                "BYMONTHDAY",
                "BYMONTH",
                "BYSETPOS",
            }:
                return {"type": "weekly", "daysOfWeek": self._days()}
            raise NoPattern("Outlook has no daily series on some days only")
        return {"type": "daily"}

    def _weekly(self) -> dict[str, Any]:
        if self.parts.keys() & {"BYMONTHDAY", "BYMONTH", "BYSETPOS"}:
            raise NoPattern("Outlook has no weekly series in some months only")
        days = self._days() if "BYDAY" in self.parts else [DAYS[self.start.weekday()]]
        return {"type": "weekly", "daysOfWeek": days}

    def _monthly(self) -> dict[str, Any]:
        if "BYMONTH" in self.parts:
            raise NoPattern("Outlook has no monthly series in some months only")
        return self._in_month("Monthly")

    def _yearly(self) -> dict[str, Any]:
        if "BYMONTH" not in self.parts and "BYDAY" in self.parts:
            raise NoPattern("Outlook has no yearly series on weekdays without a month")
        if "BYMONTH" not in self.parts and "BYMONTHDAY" in self.parts:
            raise NoPattern("Outlook has no yearly series on a day of each month")
        month = self._single("BYMONTH", self.start.month, 1, 12)
        return {"month": month, **self._in_month("Yearly")}

    def _in_month(self, kind: str) -> dict[str, Any]:
        """Return the part that says which day of a month it is."""
        if "BYDAY" not in self.parts:
            if "BYSETPOS" in self.parts:
                raise NoPattern("Outlook has no such choice of days")
            day = self._single("BYMONTHDAY", self.start.day, 1, 31)
            month = self._single("BYMONTH", self.start.month, 1, 12)
            if day > (28 if kind == "Monthly" else monthrange(2001, month)[1]):
                raise NoPattern("Outlook treats short months in its own way")
            return {"type": f"absolute{kind}", "dayOfMonth": day}
        if "BYMONTHDAY" in self.parts:
            raise NoPattern("Outlook has no weekday that is also a day of the month")
        return {"type": f"relative{kind}", **self._ordinal()}

    def _ordinal(self) -> dict[str, Any]:
        entries = self.parts["BYDAY"].split(",")
        numbers = {entry[:-2] for entry in entries}
        days = [_DAY_NAMES.get(entry[-2:], "") for entry in entries]
        position = numbers.pop() if len(numbers) == 1 else "several"
        if position and (len(entries) > 1 or "BYSETPOS" in self.parts):
            raise NoPattern("Outlook has one ordinal for all days of a series")
        position = position or self.parts.get("BYSETPOS", "every")
        names = {"1": 0, "+1": 0, "2": 1, "+2": 1, "3": 2, "+3": 2, "4": 3, "+4": 3, "-1": 4}
        if position not in names:
            raise NoPattern("Outlook knows the first to fourth and the last day only")
        return {"daysOfWeek": days, "index": INDEXES[names[position]]}

    def _days(self) -> list[str]:
        entries = self.parts["BYDAY"].split(",")
        if not all(entry in _DAY_NAMES for entry in entries):
            raise NoPattern("Outlook has no such weekdays")
        return [_DAY_NAMES[entry] for entry in entries]

    def _single(self, name: str, default: int, least: int, most: int) -> int:
        text = self.parts.get(name, str(default))
        if not text.isdecimal() or not least <= int(text) <= most:
            raise NoPattern(f"Outlook has no {name}={text}")
        return int(text)

    def _interval(self) -> int:
        text = self.parts.get("INTERVAL", "1")
        return int(text) if text.isdecimal() else 0

    def _range(self, first: date) -> dict[str, Any]:
        span: dict[str, Any] = {"startDate": first.isoformat()}
        until = self.until()
        if "COUNT" in self.parts:
            count = self.parts["COUNT"]
            left = int(count) if count.isdecimal() else 0
            return {**span, "type": "numbered", "numberOfOccurrences": left}
        if until is None:
            return {**span, "type": "noEnd"}
        # The last day on which an occurrence still starts in time.
        late = self.start.time() > until.time()
        return {
            **span,
            "type": "endDate",
            "endDate": (until.date() - timedelta(days=late)).isoformat(),
        }
