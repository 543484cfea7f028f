"""Which field goes where, and what the poorer side can hold.  One table; documents are made from it.

Sources: contracts salesforce.md 1.1-1.3, sync.md 13.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from sync.core.item import Fields, Value, as_text, duration_of, start_of

SUBJECT_LIMIT_CHARS = 255
LOCATION_LIMIT_CHARS = 255
DESCRIPTION_LIMIT_CHARS = 31_900
LONGEST_EVENT = timedelta(days=14)
NO_SUBJECT = "(no subject)"
REDACTED_SUBJECT = "Busy"
CANCELLED_PREFIX = "Cancelled: "
_MINUTE = timedelta(minutes=1)
_JOINER = "\u200d"
_LONGEST_CHARACTER = 32  # code points; the longest emoji in use have 14

SHOW_AS_TO_SALESFORCE: Mapping[str, str] = {
    "free": "Free",
    "tentative": "Busy",
    "busy": "Busy",
    "oof": "OutOfOffice",
    "workingElsewhere": "Busy",
    "unknown": "Busy",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One mapped field.

    Attributes:
        unit: Fields of one unit are merged and written together, never mixed from two sides.
        salesforce: Field names on the Event that hold it.
        outlook: Property names in Graph that hold it.
        to_salesforce: The value as Salesforce can hold it.
        on_create_only: Written when the Event is made; later changes of it alone are not an edit (case E03).
    """

    name: str
    unit: str
    outlook: tuple[str, ...]
    salesforce: tuple[str, ...]
    to_salesforce: Callable[[Value], Value]
    rule: str
    on_create_only: bool = False


def cut(text: str, limit_chars: int, ending: str = "...") -> str:
    """Return ``text`` shortened to ``limit_chars`` on a boundary between what people see as characters.

    The limit counts as Salesforce may (assumed): a character beyond the basic plane, such as an emoji, counts twice.
    """
    counted = text.encode("utf-16-le", "surrogatepass")
    if len(counted) <= 2 * limit_chars:
        return text
    limit = len(counted[: 2 * (limit_chars - len(ending))].decode("utf-16-le", "ignore"))
    end = limit
    while end > 0 and _joins(text, end):
        end -= 1
    if limit - end > _LONGEST_CHARACTER:
        end = limit  # marks piled on marks: nobody reads that as one character
    return text[:end].rstrip() + ending


def _joins(text: str, position: int) -> bool:
    """Tell whether the code point at ``position`` belongs to the character before it."""
    here, before = text[position], text[position - 1]
    if _is_flag(here):
        return _flags_before(text, position) % 2 == 1
    return (
        unicodedata.category(here) in ("Mn", "Mc", "Me")  # accents, variation selectors, keycaps
        or _JOINER in (before, here)
        or 0x1F3FB <= ord(here) <= 0x1F3FF  # skin tones
        or 0xE0020 <= ord(here) <= 0xE007F  # tags, as in the flag of Scotland
        or 0x1160 <= ord(here) <= 0x11FF  # vowels and finals of a Korean syllable
        or before + here == "\r\n"
    )


def _is_flag(character: str) -> bool:
    return 0x1F1E6 <= ord(character) <= 0x1F1FF


def _flags_before(text: str, position: int) -> int:
    """Return how many halves of flags stand in a row before ``position``."""
    start = position
    while start > 0 and _is_flag(text[start - 1]):
        start -= 1
    return position - start


def _same(value: Value) -> Value:
    return value


def _subject(value: Value) -> Value:
    return cut(str(value or ""), SUBJECT_LIMIT_CHARS) or NO_SUBJECT


def _location(value: Value) -> Value:
    return cut(str(value or ""), LOCATION_LIMIT_CHARS)


def _description(value: Value) -> Value:
    return cut(str(value or ""), DESCRIPTION_LIMIT_CHARS)


def _show_as(value: Value) -> Value:
    return SHOW_AS_TO_SALESFORCE.get(str(value), "Busy")


def _sensitivity(value: Value) -> Value:
    return "normal" if value == "normal" else "private"


_TIME = ("start", "end", "isAllDay")
_TIME_SALESFORCE = ("StartDateTime", "EndDateTime or DurationInMinutes", "IsAllDayEvent")

FIELDS: tuple[Field, ...] = (
    Field("subject", "subject", ("subject",), ("Subject",), _subject, "Cut at 255 characters; an empty one becomes (no subject)."),
    Field("start", "when", (_TIME[0],), (_TIME_SALESFORCE[0],), _same, "An instant, in whole minutes as calendars show it; for all-day events a date."),
    Field("end", "when", (_TIME[1],), (_TIME_SALESFORCE[1],), _same, "Timed: EndDateTime, whole minutes after the start (Salesforce keeps DurationInMinutes). All-day: whole days as DurationInMinutes."),
    Field("all_day", "when", (_TIME[2],), (_TIME_SALESFORCE[2],), _same, "Moves together with start and end."),
    Field("location", "location", ("location",), ("Location",), _location, "Cut at 255 characters."),
    Field("description", "description", ("body",), ("Description",), _description, "As text, cut at 31,900 characters."),
    Field("show_as", "availability", ("showAs",), ("ShowAs",), _show_as, "Free, Busy or OutOfOffice; tentative and working elsewhere become Busy."),
    Field("sensitivity", "availability", ("sensitivity",), ("IsPrivate",), _sensitivity, "Private, personal and confidential become private."),
    Field(
        "reminder", "reminder", ("isReminderOn", "reminderMinutesBeforeStart"), ("IsReminderSet", "ReminderDateTime"),
        _same, "Set when the event is recorded; later changes of the reminder alone are not carried over.",
        on_create_only=True,
    ),
)  # fmt: skip
UNITS: Mapping[str, tuple[str, ...]] = {
    unit: tuple(row.name for row in FIELDS if row.unit == unit)
    for unit in dict.fromkeys(row.unit for row in FIELDS)
}
CREATE_ONLY = frozenset(row.name for row in FIELDS if row.on_create_only)
TEXTS = frozenset({"subject", "location", "description"})


def to_salesforce(fields: Fields) -> dict[str, Value]:
    """Return Outlook's fields as Salesforce can hold them."""
    mapped = {row.name: row.to_salesforce(fields[row.name]) for row in FIELDS if row.name in fields}
    if "start" in mapped and "end" in mapped and not mapped.get("all_day"):
        minutes = duration_of(mapped) // _MINUTE
        mapped["start"] = as_text(start_of(mapped).replace(second=0))
        mapped["end"] = as_text(start_of(mapped) + minutes * _MINUTE)
    return mapped


def too_long(fields: Fields) -> bool:
    """Tell whether Salesforce cannot hold an event of this length (14 days, salesforce.md 1.2)."""
    return duration_of(fields) > LONGEST_EVENT


def redacted(fields: Fields) -> dict[str, Value]:
    """Return the fields without text: what others may know of a private event is its time."""
    return {
        **fields,
        "subject": REDACTED_SUBJECT,
        "location": "",
        "description": "",
        "reminder": None,
    }


def marked_cancelled(subject: str) -> str:
    """Return a Salesforce subject that says the meeting was cancelled; saying it twice changes nothing."""
    if subject.startswith(CANCELLED_PREFIX):
        return subject
    return cut(CANCELLED_PREFIX + subject, SUBJECT_LIMIT_CHARS)
