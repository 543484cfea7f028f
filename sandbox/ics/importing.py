"""Loads a calendar file into a mailbox: every component becomes an event, or is reported with the reason.

A series whose rule Outlook cannot express becomes one event for each of its occurrences, up to a limit that the
report names.  Nobody gets mail.
"""

import re
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from icalendar import Calendar, Component
from icalendar.error import GloballyUniqueTZIDGuessed

from sandbox.ics import series
from sandbox.ics.placing import Desk
from sandbox.ics.reading import first_of, text_of
from sandbox.ics.refusing import Refusing
from sandbox.ics.report import Entry, Report
from sandbox.ics.salvage import PARSER_ERRORS, of_good_parts, take_apart
from sandbox.ics.series import Override
from sandbox.ics.zones import ZoneFinder
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.meetings import Office
from sandbox.switchboard import Switchboard

_NO_EVENTS = {
    "VTODO": "a task is not an event",
    "VJOURNAL": "a journal entry is not an event",
    "VFREEBUSY": "free and busy times are not events",
}


class OfficeWithSwitches(Office, Protocol):
    """What importing needs of Microsoft 365."""

    switches: Switchboard


@dataclass
class _Group:
    """All components with one UID."""

    masters: list[tuple[Component, Entry]] = field(default_factory=list)
    overrides: list[Override] = field(default_factory=list)


def import_calendar(office: OfficeWithSwitches, mailbox: Mailbox, content: bytes) -> Report:
    """Put the events of a calendar file into the default calendar of a mailbox and return what became of them.

    Raises:
        ValueError: The content is no calendar at all; nothing was imported.
    """
    text = _text_of_file(content)
    if not re.search(r"BEGIN:VCALENDAR", text, re.IGNORECASE):
        raise ValueError("ics: holds no calendar (BEGIN:VCALENDAR is missing)")
    report = Report()
    for calendar in _calendars(text, report):
        _import_one(Desk(office, mailbox), calendar, report)
    return report


def _import_one(desk: Desk, calendar: Calendar, report: Report) -> None:
    finder = ZoneFinder(calendar, desk.mailbox.time_zone)
    cancels = text_of(calendar, "METHOD").upper() == "CANCEL"
    groups: dict[str, _Group] = defaultdict(_Group)
    for number, component in enumerate(calendar.subcomponents):
        if component.name == "VTIMEZONE":
            continue
        entry = _entry(component)
        report.entries.append(entry)
        if component.name != "VEVENT":
            entry.refuse(
                _NO_EVENTS.get(component.name or "", "not a kind of component that is known")
            )
            continue
        for name, problem in component.errors:
            entry.change(f"{name or 'a line'} not understood and left out ({problem})")
        group = groups[entry.uid or f"without UID {number}"]
        if "RECURRENCE-ID" in component:
            group.overrides.append(Override(component, entry))
        else:
            group.masters.append((component, entry))
    for group in groups.values():
        _import_group(desk, finder, group, cancels=cancels)


def _import_group(desk: Desk, finder: ZoneFinder, group: _Group, *, cancels: bool) -> None:
    """Import what belongs to one UID: the event or series first, then its changed occurrences."""
    left = list(group.overrides)
    for component, entry in group.masters:
        if len(group.masters) > 1:
            entry.change(f"{len(group.masters)} components share this UID; each is an event")
        with Refusing(entry):
            placed = series.place(desk, finder, component, entry)
            left = series.apply_overrides(desk, finder, placed, left)
            if cancels:
                desk.mark_cancelled(placed.all_events())
    for override in left:
        override.entry.change(
            "its series is not in the file, or has no such occurrence; a single event"
        )
        with Refusing(override.entry):
            series.place_alone(desk, finder, override.component, override.entry)


def _entry(component: Component) -> Entry:
    occurrence = first_of(component, "RECURRENCE-ID")
    return Entry(
        component=component.name or "",
        uid=text_of(component, "UID"),
        summary=" ".join(text_of(component, "SUMMARY").split())[:80],
        occurrence=occurrence.to_ical().decode() if occurrence is not None else "",
    )


def _text_of_file(content: bytes) -> str:
    """Return the text of a file, line ends of any kind as LF."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"ics: is not text in UTF-8 (byte {error.start + 1}); save it as UTF-8"
        raise ValueError(message) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _calendars(text: str, report: Report) -> Iterator[Calendar]:
    """Yield the calendars of a file; what cannot be read is taken out piece by piece and reported."""
    pieces = take_apart(text)
    with warnings.catch_warnings():
        # The zone of such a name is ours to find, and to report.
        warnings.simplefilter("ignore", GloballyUniqueTZIDGuessed)
        try:
            found = Calendar.from_ical(text, multiple=True) if pieces.is_whole else []
        except PARSER_ERRORS:
            found = []
        found = found or [of_good_parts(pieces, report)]
    for calendar in found:
        if isinstance(calendar, Calendar):
            yield calendar
