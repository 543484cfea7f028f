"""What a Salesforce Event must hold for each event of a calendar file, read from the file alone.

It shares nothing with the sandbox or the product; rules are those of sync.md 13.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Component

from tests.e2e.ics_times import (
    Clocks,
    Series,
    Slot,
    Unreadable,
    in_series,
    left_out,
    series_of,
    slot_of,
    written,
)

LONGEST = timedelta(days=14)
_MINUTE = timedelta(minutes=1)
_SOME_YEARS = timedelta(days=2 * 366)
_SHOWN = {"FREE": "Free", "OOF": "OutOfOffice"}
_TOP_LEVEL = re.compile(r"BEGIN:(VEVENT|VTODO|VJOURNAL|VFREEBUSY)")


@dataclass(frozen=True, slots=True)
class Wanted:
    """One event as Salesforce should hold it.

    Attributes:
        start: Instant; of an all-day event its first midnight in UTC.
        end: Likewise, exclusive.
        refusal: Why it is not recorded at all; empty if it is.
        kind: ``single``, ``occurrence`` or ``moved`` (a changed occurrence).
        rich: The description was read from HTML: only its words count, not their spacing.
        may_be_missing: It lies past the end that the import has told for its series.
    """

    uid: str
    kind: str
    start: datetime
    end: datetime
    all_day: bool
    subject: str
    location: str
    description: str
    show_as: str
    private: bool
    reminder: datetime | None
    refusal: str = ""
    rich: bool = False
    may_be_missing: bool = False

    @property
    def key(self) -> tuple[datetime, datetime, bool, str]:
        """Return what tells it from others in Outlook, as far as that is possible."""
        return self.start, self.end, self.all_day, self.subject

    @property
    def end_in_salesforce(self) -> datetime:
        """Return the end after whole minutes, which is how Salesforce counts the duration."""
        return self.start + (self.end - self.start) // _MINUTE * _MINUTE


@dataclass(slots=True)
class Reading:
    """One calendar file."""

    home: str
    events: list["Event"] = field(default_factory=list)
    unreadable: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Event:
    """A component with a start of its own, and the changed occurrences that belong to it.

    Attributes:
        may_end: From here on Outlook may have no more of it, as the import has told.
    """

    component: Component
    slot: Slot
    home: str
    series: Series | None = None
    skipped: set[datetime] = field(default_factory=set)
    changed: dict[datetime, tuple[Component, Slot]] = field(default_factory=dict)
    may_end: datetime | None = None

    @property
    def uid(self) -> str:
        """Return the UID as written."""
        return str(self.component.get("UID", ""))

    def edges(self) -> list[datetime]:
        """Return the start, the changed occurrences, and the last one if there is one within some years."""
        found = [self.slot.begin, *(slot.begin for _, slot in self.changed.values())]
        if self.series is not None and self.series.bounded:
            first = self.slot.start.wall
            *_, last = self.series.between(first, first + _SOME_YEARS)
            found.append(self.slot.at(last).begin)
        return found

    def between(self, first: datetime, last: datetime) -> Iterator[Wanted]:
        """Yield what begins in a span, changed occurrences where they were moved to."""
        if self.series is None:
            if first <= self.slot.begin <= last:
                yield wanted(self.component, self.slot, self.home, "single")
            return
        halo = timedelta(days=2)  # wall clocks are at most 14 hours off
        walls = (first - halo).replace(tzinfo=None), (last + halo).replace(tzinfo=None)
        for start in self.series.between(*walls):
            slot = self.slot.at(start)
            usual = start not in self.skipped and start not in self.changed
            if usual and first <= slot.begin <= last:
                one = wanted(self.component, slot, self.home, "occurrence")
                late = self.may_end is not None and slot.begin >= self.may_end
                yield replace(one, may_be_missing=late)
        for component, slot in self.changed.values():
            cancelled = str(component.get("STATUS", "")).upper() == "CANCELLED"
            if not cancelled and first <= slot.begin <= last:
                yield wanted(component, slot, self.home, "moved")


def read(content: bytes, home: str) -> Reading:
    """Return the events of a file; times without a zone are of the zone ``home``."""
    reading = Reading(home)
    for calendar in Calendar.from_ical(content, multiple=True):
        clocks = Clocks(calendar, home)
        changes: list[Component] = []
        by_uid: dict[str, list[Event]] = defaultdict(list)
        for component in calendar.walk("VEVENT"):
            if "RECURRENCE-ID" in component:
                changes.append(component)
                continue
            try:
                event = _event(component, clocks, home)
            except Unreadable:
                reading.unreadable[str(component.get("UID", ""))] += 1
                continue
            by_uid[event.uid].append(event)
            reading.events.append(event)
        for component in changes:
            _change(by_uid[str(component.get("UID", ""))], component, clocks, reading)
    return reading


def _event(component: Component, clocks: Clocks, home: str) -> Event:
    slot = slot_of(component, clocks)
    series = series_of(component, slot, clocks)
    return Event(component, slot, home, series, left_out(component, slot, clocks))


def _change(events: list[Event], component: Component, clocks: Clocks, reading: Reading) -> None:
    """Give a changed occurrence to its series; without one it is an event of its own."""
    slot, original = slot_of(component, clocks), written(component, "RECURRENCE-ID", clocks)
    assert original is not None
    for event in events:
        start = in_series(original, event.slot)
        if event.series is not None and start in set(event.series.between(start, start)):
            event.changed[start] = (component, slot)
            return
    reading.events.append(Event(component, slot, reading.home))


def wanted(component: Component, slot: Slot, home: str, kind: str) -> Wanted:
    """Return one event as Salesforce should hold it."""
    description, rich = _description(component)
    return Wanted(
        uid=_text(component, "UID"),
        kind=kind,
        start=slot.begin,
        end=slot.end,
        all_day=slot.all_day,
        subject=_cut(one_line(_text(component, "SUMMARY"))) or "(no subject)",
        location=_cut(one_line(_text(component, "LOCATION"))),
        description=description,
        show_as=_show_as(component),
        private=_text(component, "CLASS").upper() not in ("", "PUBLIC"),
        reminder=_reminder(component, slot, home),
        refusal=_refusal(component, slot),
        rich=rich,
    )


def _text(component: Component, name: str) -> str:
    value: Any = component.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def one_line(text: str) -> str:
    """Return a text without line breaks and doubled spaces."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def paragraphs(text: str) -> str:
    """Return a text with plain line ends, no spaces around lines, and at most one empty line in a row."""
    text = unicodedata.normalize("NFC", text).replace("\u00a0", " ")
    lines = "\n".join(line.strip() for line in text.replace("\r\n", "\n").split("\n"))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def words(text: str) -> str:
    """Return a text without any space."""
    return "".join(unicodedata.normalize("NFC", text).split())


def _cut(text: str) -> str:
    return text if len(text) <= 255 else text[:252] + "..."


def _description(component: Component) -> tuple[str, bool]:
    rich: Any = component.get("X-ALT-DESC")
    rich = rich[0] if isinstance(rich, list) else rich
    if rich is not None and dict(rich.params).get("FMTTYPE") == "text/html":
        reader = _Words()
        reader.feed(str(rich))
        reader.close()
        return words("".join(reader.found)), True
    return paragraphs(_text(component, "DESCRIPTION")), False


class _Words(HTMLParser):
    """Collects the text of an HTML body."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in ("head", "style", "script", "title"):
            self._hidden.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            self._hidden.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.found.append(data)


def _show_as(component: Component) -> str:
    told = _text(component, "X-MICROSOFT-CDO-BUSYSTATUS").upper()
    if told:
        return _SHOWN.get(told, "Busy")
    tentative = _text(component, "STATUS").upper() == "TENTATIVE"
    free = _text(component, "TRANSP").upper() == "TRANSPARENT"
    cancelled = _text(component, "STATUS").upper() == "CANCELLED"
    return "Free" if (free and not tentative) or cancelled else "Busy"


def _reminder(component: Component, slot: Slot, home: str) -> datetime | None:
    """Return when the last alarm before the start rings; an all-day event starts at midnight in the mailbox's zone."""
    alarms: list[Any] = component.walk("VALARM")
    triggers = [alarm["TRIGGER"].dt for alarm in alarms if "TRIGGER" in alarm]
    before = [t for t in triggers if isinstance(t, timedelta) and t <= timedelta()]
    if not before:
        return None
    begin = slot.begin
    if slot.all_day:
        begin = slot.start.wall.replace(tzinfo=ZoneInfo(home)).astimezone(UTC)
    return begin + max(before)


def _refusal(component: Component, slot: Slot) -> str:
    if _text(component, "STATUS").upper() == "CANCELLED":
        return "cancelled"
    return "too_long" if slot.end - slot.begin > LONGEST else ""


def components_of(content: bytes) -> Counter[tuple[str, str]]:
    """Return how often each kind of component with each UID is in a file, counted in its unfolded lines."""
    lines = re.sub(r"\r?\n[ \t]", "", content.decode()).splitlines()
    found: Counter[tuple[str, str]] = Counter()
    kind = uid = ""
    for line in map(str.strip, lines):
        if match := _TOP_LEVEL.fullmatch(line):
            kind, uid = match[1], ""
        elif line.startswith("UID:"):
            uid = line[4:]
        elif kind and line == f"END:{kind}":
            found[kind, uid] += 1
            kind = ""
    return found
