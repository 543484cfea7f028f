"""Times and days as people read them, in the zone of the mailbox and with the clock that Salesforce shows them."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from linkpoint.accounts.models import User
from sync.core.zones import first_known

_TWELVE_HOURS = frozenset(
    (
        "en_US",
        "en_CA",
        "en_AU",
        "en_NZ",
        "en_PH",
        "en_IN",
        "en_PK",
        "en_MY",
        "en_SG",
        "hi_IN",
        "ko_KR",
    )
)
_TO = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Clock:
    """How one person reads time."""

    zone: ZoneInfo
    twelve: bool = False

    @classmethod
    def of(cls, person: User) -> "Clock":
        """Return a person's clock: zone of the mailbox, hours as in Salesforce."""
        mailbox = getattr(person, "mailbox", None)
        names = (mailbox.time_zone if mailbox else "", person.time_zone)
        return cls(ZoneInfo(first_known(names)), person.locale in _TWELVE_HOURS)

    @property
    def city(self) -> str:
        """Return the short name of the zone: its city."""
        return city_of(self.zone)

    def local(self, moment: datetime) -> datetime:
        """Return an instant on the wall clock of the zone."""
        return moment.astimezone(self.zone)

    def time(self, moment: datetime) -> str:
        """Return the time of day of an instant."""
        return self.wall(self.local(moment))

    def wall(self, moment: datetime) -> str:
        """Return the time of day as it stands in ``moment``, whatever its zone."""
        if not self.twelve:
            return f"{moment:%H:%M}"
        return f"{moment.hour % 12 or 12}:{moment:%M} {'AM' if moment.hour < 12 else 'PM'}"

    @property
    def midnight(self) -> str:
        """Return how midnight is written."""
        return "12:00 AM" if self.twelve else "00:00"

    def hour(self, hour: int) -> str:
        """Return the label of a full hour."""
        return _short_hour(hour) if self.twelve else f"{hour:02}:00"

    def day(self, moment: datetime) -> str:
        """Return the day of an instant, such as "Thu 19 Nov"."""
        return day(self.local(moment).date())

    def near(self, moment: datetime, now: datetime) -> str:
        """Return the time of an instant, with its day unless that is today."""
        local = self.local(moment)
        if local.date() == self.local(now).date():
            return self.wall(local)
        return f"{day(local.date())}, {self.wall(local)}"

    def span(self, start: datetime, end: datetime) -> str:
        """Return from when to when, such as "Thu 19 Nov, 11:30 to 12:30" with a dash."""
        first, last = self.local(start), self.local(end)
        until = (
            self.wall(last)
            if first.date() == last.date()
            else f"{day(last.date())}, {self.wall(last)}"
        )
        return f"{day(first.date())}, {self.wall(first)} {_TO} {until}"


def _short_hour(hour: int) -> str:
    return f"{hour % 12 or 12} {'AM' if hour < 12 else 'PM'}"


def city_of(zone: ZoneInfo) -> str:
    """Return the city in the name of a zone."""
    return zone.key.rpartition("/")[2].replace("_", " ")


def day(moment: date) -> str:
    """Return a day, such as "Thu 19 Nov"."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def days(first: date, last: date) -> str:
    """Return whole days, first and last inclusive."""
    return day(first) if first == last else f"{day(first)} {_TO} {day(last)}"


def week_title(first: date, last: date) -> str:
    """Return the heading of a week, such as "16 to 20 November 2026" with a dash."""
    if first == last:
        return f"{first.day} {first:%B %Y}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} {_TO} {last.day} {last:%B %Y}"
    if first.year == last.year:
        return f"{first.day} {first:%b} {_TO} {last.day} {last:%b %Y}"
    return f"{first.day} {first:%b %Y} {_TO} {last.day} {last:%b %Y}"


def elsewhere(moment: datetime, name: str, clock: Clock) -> str:
    """Return the wall time in another zone ("17:00 Tokyo"), with the weekday if it differs; empty if it is the same."""
    zone = ZoneInfo(first_known((name,)))
    here, there = clock.local(moment), moment.astimezone(zone)
    if "/" not in zone.key or zone.key.startswith("Etc/") or here.utcoffset() == there.utcoffset():
        return ""
    weekday = f"{there:%a} " if there.date() != here.date() else ""
    return f"{weekday}{clock.wall(there)} {city_of(zone)}"


def clock_change(monday: date, zone: ZoneInfo) -> str:
    """Return a sentence when the clocks change in the week, else nothing."""
    for number in range(7):
        today = monday + timedelta(days=number)
        before = datetime.combine(today, datetime.min.time(), zone).utcoffset()
        after = datetime.combine(today + timedelta(days=1), datetime.min.time(), zone).utcoffset()
        if before is not None and after is not None and before != after:
            way = "forward" if after > before else "back"
            return f"Clocks go {way} on {today:%A}."
    return ""
