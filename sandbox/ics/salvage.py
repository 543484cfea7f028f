"""Takes a calendar file apart where it cannot be read as a whole: one bad piece does not take the others along."""

import re
from dataclasses import dataclass, field

from icalendar import Calendar

from sandbox.ics.report import Entry, Report

# What icalendar raises on broken files besides ValueError comes from deep inside of it.
PARSER_ERRORS = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)

_FENCE = re.compile(r"(BEGIN|END):([A-Z0-9-]+)\s*", re.IGNORECASE)
_NEVER_NESTED = {"VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VTIMEZONE"}
_SHOWN_CHARS = 80


@dataclass
class Block:
    """The lines of one component, those within it included.

    Attributes:
        finished: Its end is there.
        is_torn: Something within it begins without an end, or ends without a beginning.
    """

    name: str
    lines: list[str]
    inner: list[str] = field(default_factory=list)
    finished: bool = False
    is_torn: bool = False

    def value(self, name: str) -> str:
        """Return a property as written; empty if there is none."""
        found = re.search(rf"^{name}[:;](.*)$", "\n".join(self.lines), re.MULTILINE | re.IGNORECASE)
        return found[1].strip() if found else ""


@dataclass
class Pieces:
    """A file line by line: what belongs to the calendar itself, and its components."""

    head: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    is_closed: bool = True

    @property
    def is_whole(self) -> bool:
        """Tell whether everything that begins ends as well."""
        whole = all(block.finished and not block.is_torn for block in self.blocks)
        return self.is_closed and whole and not any(map(_FENCE.fullmatch, self.head))

    def add(self, line: str) -> None:
        """Put a line where it belongs."""
        fence = _FENCE.fullmatch(line)
        word, name = (fence[1].upper(), fence[2].upper()) if fence else ("", "")
        block = self.blocks[-1] if self.blocks and not self.blocks[-1].finished else None
        if name == "VCALENDAR":
            self.is_closed = word == "END"
            if block is not None:
                self.blocks.append(Block("", [], finished=True))  # nothing more is of that one
        elif word == "BEGIN" and (block is None or not block.name or name in _NEVER_NESTED):
            self.blocks.append(Block(name, [line]))
        elif block is None:
            self.head.append(line)
        else:
            _add_within(block, line, word, name)


def _add_within(block: Block, line: str, word: str, name: str) -> None:
    block.lines.append(line)
    if word == "BEGIN":
        block.inner.append(name)
    elif word == "END" and block.inner and block.inner[-1] == name:
        block.inner.pop()
    elif word == "END":
        block.finished = name == block.name
        block.is_torn = block.is_torn or bool(block.inner) or not block.finished


def take_apart(text: str) -> Pieces:
    """Return the pieces of a file whose line ends are LF."""
    pieces = Pieces()
    for line in text.split("\n"):
        pieces.add(line)
    return pieces


def of_good_parts(pieces: Pieces, report: Report) -> Calendar:
    """Return one calendar of all that can be read; the report says what was left out."""
    lines = ["BEGIN:VCALENDAR", *_good_lines(pieces.head, report)]
    for block in filter(lambda block: block.name, pieces.blocks):
        problem = _problem_of(block)
        if problem:
            entry = Entry(block.name, block.value("UID") or block.value("TZID"))
            entry.refuse(problem)
            report.entries.append(entry)
        else:
            lines += block.lines
    if not pieces.is_closed:
        entry = Entry("VCALENDAR", "")
        entry.change("the file ends without END:VCALENDAR; what should follow is not here")
        report.entries.append(entry)
    return Calendar.from_ical("\n".join([*lines, "END:VCALENDAR", ""]))


def _good_lines(head: list[str], report: Report) -> list[str]:
    good = []
    for line in re.sub(r"\n[ \t]", "", "\n".join(head)).split("\n"):
        if not line.strip():
            continue
        if _problem([line]):
            entry = Entry("a line", "", line[:_SHOWN_CHARS])
            entry.refuse("not understood")
            report.entries.append(entry)
        else:
            good.append(line)
    return good


def _problem_of(block: Block) -> str:
    if not block.finished:
        return f"is cut off: END:{block.name} is missing"
    if block.is_torn:
        return "cannot be read (its BEGIN and END lines do not fit each other)"
    return _problem(block.lines)


def _problem(lines: list[str]) -> str:
    """Return why some lines cannot be read within a calendar; empty if they can."""
    try:
        Calendar.from_ical("\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR", ""]))
    except PARSER_ERRORS as error:
        return f"cannot be read ({error})"
    return ""
