"""Field values: JSON as it comes over the wire to a stored value, and back.

Stored are str, bool, int, float, None, ``date``, and aware UTC ``datetime`` of whole seconds.
"""

import re
from datetime import UTC, date, datetime

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.ids import looks_like_id, to_18
from sandbox.salesforce.schema import Field
from sandbox.salesforce.switches import Switches

Value = str | bool | int | float | date | datetime | None
Row = dict[str, Value]

_DATETIME = re.compile(
    r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}(?::\d{2})?)(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TEXT_TYPES = {"string", "textarea", "combobox", "picklist", "phone", "email", "url"}


def parse_datetime(text: str) -> datetime:
    """Return the moment, UTC without fractions of a second; no offset means UTC.

    Raises:
        ValueError: Not a date and time.
    """
    found = _DATETIME.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    offset = (found[3] or "Z").replace("Z", "+00:00")
    moment = datetime.fromisoformat(f"{found[1]}T{found[2]}{offset}")
    return moment.astimezone(UTC).replace(microsecond=0)


def parse_date(text: str) -> date:
    """Return the day.

    Raises:
        ValueError: Not a day.
    """
    if not _DATE.fullmatch(text.strip()):
        raise ValueError(text)
    return date.fromisoformat(text.strip())


def moment_in(row: Row, name: str) -> datetime:
    """Return a field that always holds a moment, such as a stamp or the start of an event.

    Raises:
        TypeError: It does not.
    """
    moment = row[name]
    if not isinstance(moment, datetime):
        raise TypeError(f"{name} holds no moment")
    return moment


def render(value: Value) -> object:
    """Return the value as JSON: ``2025-09-24T16:00:00.000+0000`` (observed), ``2025-09-24``."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    if isinstance(value, date):
        return value.isoformat()
    return value


def convert(one: Field, raw: object, switches: Switches) -> Value:
    """Return what is stored for a JSON value.

    Raises:
        ApiError: The value does not fit the type, the length or the restricted picklist.
    """
    if raw is None or raw == "":
        return _empty(one)
    if one.type in _TEXT_TYPES:
        return _text(one, raw, switches)
    if one.type in {"id", "reference"}:
        return _reference(one, raw)
    if one.type == "boolean":
        return _boolean(one, raw)
    if one.type in {"date", "datetime"}:
        return _time(one, raw)
    return _number(one, raw)


def _empty(one: Field) -> Value:
    return False if one.type == "boolean" else None


def _wrong_type(one: Field, raw: object, wanted: str) -> ApiError:
    shown = type(raw).__name__
    return ApiError("JSON_PARSER_ERROR", unknown(f"{one.name}: {wanted}, not {shown}"), (one.name,))


def _text(one: Field, raw: object, switches: Switches) -> str | None:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _wrong_type(one, raw, "a text")
    text = str(raw)
    if switches.on("trims_text"):
        text = text.strip()
    if one.type == "textarea" and switches.text("textarea_newlines") == "crlf":
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    if one.type == "email":
        text = text.lower()
    if one.size and _length(text, switches) > one.size:
        message = f"{one.label}: data value too large: {text} (max length={one.size})"
        raise ApiError("STRING_TOO_LONG", message, (one.name,))
    if text and "r" in one and text not in {value for value, _ in one.values}:
        message = unknown(f"{one.label}: not a value of this restricted picklist")
        raise ApiError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, (one.name,))
    return text or None


def _length(text: str, switches: Switches) -> int:
    if switches.text("length_unit") == "utf16":
        return len(text.encode("utf-16-le", "surrogatepass")) // 2
    return len(text)


def _reference(one: Field, raw: object) -> str:
    if not isinstance(raw, str) or not looks_like_id(raw):
        message = f"{one.label}: id value of incorrect type: {raw}"
        raise ApiError("MALFORMED_ID", message, (one.name,))
    return to_18(raw) if len(raw) == 15 else to_18(raw[:15])


def _boolean(one: Field, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.casefold() in {"true", "false"}:
        return raw.casefold() == "true"
    raise _wrong_type(one, raw, "true or false")


def _time(one: Field, raw: object) -> Value:
    if not isinstance(raw, str):
        raise _wrong_type(one, raw, f"a {one.type}")
    try:
        if one.type == "datetime":
            return parse_date_or_datetime(raw)
        return parse_date(raw[:10]) if _DATETIME.fullmatch(raw) else parse_date(raw)
    except ValueError as wrong:
        raise _wrong_type(one, raw, f"a valid {one.type}") from wrong


def parse_date_or_datetime(text: str) -> datetime:
    """Return the moment; a day alone is its midnight UTC.

    Raises:
        ValueError: Neither.
    """
    if _DATE.fullmatch(text.strip()):
        day = parse_date(text)
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return parse_datetime(text)


def _number(one: Field, raw: object) -> Value:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise _wrong_type(one, raw, "a number")
    try:
        number = float(raw)
    except ValueError as wrong:
        raise _wrong_type(one, raw, "a number") from wrong
    if one.type == "int":
        if number != int(number) or abs(number) >= 10**one.digits:
            raise _wrong_type(one, raw, f"a whole number of at most {one.digits} digits")
        return int(number)
    return number
