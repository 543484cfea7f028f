"""Recurrence as Graph describes it: reading, completing and expanding patterns (contract, section 9).

Days only: the time of day and the zone belong to the series.
"""

import calendar
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
TYPES = (
    "daily",
    "weekly",
    "absoluteMonthly",
    "relativeMonthly",
    "absoluteYearly",
    "relativeYearly",
)
INDEXES = ("first", "second", "third", "fourth", "last")
RANGES = ("endDate", "noEnd", "numbered")

LAST_DAY = date(9999, 12, 1)
_NEVER = "0001-01-01"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """One pattern and its range; members that the pattern's type does not use keep their neutral value.

    Attributes:
        kind: One of :data:`TYPES`.
        days: Weekdays, Monday is 0, ascending.
        first_day: Day on which a week begins, Monday is 0.
        start: First day of the range, in the zone of the recurrence.
        end: Last day of the range, inclusive, or None.
        times: Number of occurrences, or 0.
        zone: Name of the zone of the recurrence.
        short_months_end: A day past the end of a month means its last day, else the month is left out.
    """

    kind: str
    interval: int
    start: date
    zone: str
    days: tuple[int, ...] = ()
    first_day: int = 6
    day_of_month: int = 0
    month: int = 0
    index: str = "first"
    end: date | None = None
    times: int = 0
    short_months_end: bool = True

    def days_of_series(self, not_before: date | None = None) -> Iterator[date]:
        """Yield the days of the occurrences in order, from ``not_before`` on."""
        first_period = 0
        if not_before is not None and not self.times:
            first_period = self._period_before(not_before)
        left = self.times or None
        for period in count(first_period):
            for day in self._days_of_period(period):
                if day < self.start:
                    continue
                if left == 0 or (self.end is not None and day > self.end) or day >= LAST_DAY:
                    return
                left = left - 1 if left is not None else None
                if not_before is None or day >= not_before:
                    yield day

    def holds(self, day: date) -> bool:
        """Tell whether an occurrence falls on the day."""
        return next(self.days_of_series(not_before=day), None) == day

    def beginning(self, start: date) -> "Recurrence":
        """Return the same pattern with another first day."""
        return replace(self, start=start)

    def _period_before(self, day: date) -> int:
        """Return a period that lies surely before the day."""
        span = {"daily": 1.0, "weekly": 7.0}.get(
            self.kind, 28.0 if "Monthly" in self.kind else 365.0
        )
        longest = {28.0: 31.0, 365.0: 366.0}.get(span, span)
        return max(0, int((day - self.start).days / (longest * self.interval)) - 1)

    def _days_of_period(self, period: int) -> list[date]:
        steps = period * self.interval
        if self.kind == "daily":
            return _after(self.start, steps)
        if self.kind == "weekly":
            week = self.start - timedelta(days=(self.start.weekday() - self.first_day) % 7)
            found = [_after(week, steps * 7 + (day - self.first_day) % 7) for day in self.days]
            return sorted(day for days in found for day in days)
        months = steps if "Monthly" in self.kind else steps * 12
        month = self.start.month if "Monthly" in self.kind else self.month
        year, zero_based = divmod(self.start.year * 12 + month - 1 + months, 12)
        if year >= LAST_DAY.year:
            return [LAST_DAY]
        if self.kind.startswith("relative"):
            return [self._nth_day(year, zero_based + 1)]
        length = calendar.monthrange(year, zero_based + 1)[1]
        if self.day_of_month > length and not self.short_months_end:
            return []
        return [date(year, zero_based + 1, min(self.day_of_month, length))]

    def _nth_day(self, year: int, month: int) -> date:
        """Return the first, ... or last day of the month that is one of the weekdays."""
        length = calendar.monthrange(year, month)[1]
        fitting = [
            day
            for number in range(1, length + 1)
            if (day := date(year, month, number)).weekday() in self.days
        ]
        return fitting[-1 if self.index == "last" else INDEXES.index(self.index)]


def _after(day: date, days: int) -> list[date]:
    """Return the day so many days later; what lies past the calendar's end ends the series."""
    return [day + timedelta(days=days)] if days < (LAST_DAY - day).days else [LAST_DAY]


def read(value: Mapping[str, object], *, event_zone: str, short_months_end: bool) -> Recurrence:
    """Return the recurrence that a request describes.

    Args:
        value: A patternedRecurrence; names of enums in any case.
        event_zone: Zone of the event's start, which counts if the range names none.
        short_months_end: See :class:`Recurrence`.

    Raises:
        ValueError: It is none; the message begins with the member.
    """
    pattern, span = _object(value, "pattern"), _object(value, "range")
    kind = _word(pattern, "type", TYPES)
    relative = kind.startswith("relative")
    kind_of_range = _word(span, "type", RANGES)
    return Recurrence(
        kind=kind,
        interval=_whole(pattern, "interval", 1, 999),
        start=_day(span, "startDate"),
        zone=str(span.get("recurrenceTimeZone") or event_zone),
        days=_weekdays(pattern) if kind == "weekly" or relative else (),
        first_day=DAYS.index(_word(pattern, "firstDayOfWeek", DAYS, "sunday")),
        day_of_month=_whole(pattern, "dayOfMonth", 1, 31) if kind.startswith("absolute") else 0,
        month=_whole(pattern, "month", 1, 12) if kind.endswith("Yearly") else 0,
        index=_word(pattern, "index", INDEXES, "first") if relative else "first",
        end=_day(span, "endDate") if kind_of_range == "endDate" else None,
        times=_whole(span, "numberOfOccurrences", 1, 999) if kind_of_range == "numbered" else 0,
        short_months_end=short_months_end,
    )


def write(recurrence: Recurrence) -> dict[str, object]:
    """Return the patternedRecurrence of a response: every member is filled (section 9)."""
    kind = "numbered" if recurrence.times else "endDate" if recurrence.end else "noEnd"
    return {
        "pattern": {
            "type": recurrence.kind,
            "interval": recurrence.interval,
            "month": recurrence.month,
            "dayOfMonth": recurrence.day_of_month,
            "daysOfWeek": [DAYS[day] for day in recurrence.days],
            "firstDayOfWeek": DAYS[recurrence.first_day],
            "index": recurrence.index,
        },
        "range": {
            "type": kind,
            "startDate": recurrence.start.isoformat(),
            "endDate": recurrence.end.isoformat() if recurrence.end else _NEVER,
            "recurrenceTimeZone": recurrence.zone,
            "numberOfOccurrences": recurrence.times,
        },
    }


def _object(value: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = value.get(name)
    if not isinstance(found, Mapping):
        raise ValueError(f"{name}: an object is required")  # noqa: TRY004 -- one kind of refusal
    return found


def _word(value: Mapping[str, object], name: str, words: tuple[str, ...], default: str = "") -> str:
    text = str(value.get(name) or default).casefold()
    found = next((word for word in words if word.casefold() == text), None)
    if found is None:
        raise ValueError(f"{name}: must be one of {', '.join(words)}")
    return found


def _whole(value: Mapping[str, object], name: str, least: int, most: int) -> int:
    number = value.get(name)
    if not isinstance(number, int) or isinstance(number, bool) or not least <= number <= most:
        raise ValueError(f"{name}: must be a whole number from {least} to {most}")
    return number


def _day(value: Mapping[str, object], name: str) -> date:
    try:
        return date.fromisoformat(str(value.get(name)))
    except ValueError:
        raise ValueError(f"{name}: must be a day such as 2026-11-25") from None


def _weekdays(pattern: Mapping[str, object]) -> tuple[int, ...]:
    names = pattern.get("daysOfWeek")
    if not isinstance(names, list) or not names:
        raise ValueError("daysOfWeek: at least one day is required")
    days = {DAYS.index(_word({"daysOfWeek": name}, "daysOfWeek", DAYS)) for name in names}
    return tuple(sorted(days))
