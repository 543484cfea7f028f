"""What a setting's value may be, and how what people type becomes one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from sync.core.patterns import BadPattern, check

SettingValue: TypeAlias = str | int | bool | tuple[str, ...] | Mapping[str, object]

LEVELS = ("organization", "profile", "user")
LONGEST_TEXT_CHARS = 255
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BadValue(ValueError):
    """A value does not fit its setting; the message names the setting and what fits."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    Attributes:
        kind: ``choice`` (one of ``allowed``), ``number`` (between ``low`` and ``high``, or one of ``allowed``),
            ``switch``, ``set`` (some of ``allowed``), ``list`` (free texts), ``patterns`` (one a line: words or
            ``/regular expression/``), ``people`` (addresses and domains), ``text``, ``date`` (ISO or empty),
            ``window`` (weekdays, from, to) or ``owners`` (field -> side).
        default: What is shipped.
        levels: Where it may be set.
    """

    name: str
    group: str
    kind: str
    default: SettingValue
    help: str
    allowed: tuple[str | int, ...] = ()
    low: int = 0
    high: int = 0
    limit: int = 500
    levels: tuple[str, ...] = LEVELS

    def parse(self, value: object) -> SettingValue:
        """Return ``value`` as this setting keeps it.

        Raises:
            BadValue: if it does not fit.
        """
        return _PARSERS[self.kind](self, value)

    def refuse(self, fits: str) -> BadValue:
        """Return the error that says what fits."""
        return BadValue(f"{self.name}: {fits}")


def _choice(setting: Setting, value: object) -> SettingValue:
    if value not in setting.allowed or not isinstance(value, str):
        raise setting.refuse("choose one of " + ", ".join(map(str, setting.allowed)) + ".")
    return value


def _number(setting: Setting, value: object) -> SettingValue:
    if isinstance(value, str):
        value = _digits(value.strip())
    if isinstance(value, bool) or not isinstance(value, int):
        raise setting.refuse("give a whole number.")
    if setting.allowed and value not in setting.allowed:
        raise setting.refuse("choose one of " + ", ".join(map(str, setting.allowed)) + ".")
    if not setting.allowed and not setting.low <= value <= setting.high:
        raise setting.refuse(f"give a number from {setting.low} to {setting.high}.")
    return value


def _digits(text: str) -> int | None:
    digits = text.removeprefix("-")
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None


def _switch(setting: Setting, value: object) -> SettingValue:
    words = {"on": True, "true": True, "off": False, "false": False}
    if isinstance(value, str):
        value = words.get(value.lower(), value)
    if not isinstance(value, bool):
        raise setting.refuse("say on or off.")
    return value


def _texts(setting: Setting, value: object, separator: str = ",") -> tuple[str, ...]:
    if isinstance(value, str):
        value = value.split(separator)
    if not isinstance(value, (list, tuple)) or not all(isinstance(part, str) for part in value):
        raise setting.refuse("give a list of texts.")
    parts = tuple(dict.fromkeys(part.strip() for part in value if part.strip()))
    if len(parts) > setting.limit:
        raise setting.refuse(f"give at most {setting.limit} entries.")
    if any(len(part) > LONGEST_TEXT_CHARS for part in parts):
        raise setting.refuse(f"give entries of at most {LONGEST_TEXT_CHARS} characters.")
    return parts


def _list(setting: Setting, value: object) -> SettingValue:
    return _texts(setting, value)


def is_expression(pattern: str) -> bool:
    """Tell whether a line of ``subject_exclude`` is a regular expression between slashes."""
    return len(pattern) > 2 and pattern.startswith("/") and pattern.endswith("/")


def _patterns(setting: Setting, value: object) -> SettingValue:
    lines = _texts(setting, value, "\n")
    for number, line in enumerate(lines, start=1):
        if is_expression(line):
            try:
                check(line[1:-1])
            except BadPattern as error:
                raise setting.refuse(f"line {number} cannot be used: {error}.") from None
    return lines


def _people(setting: Setting, value: object) -> SettingValue:
    parts = tuple(part.casefold() for part in _texts(setting, value))
    for part in parts:
        name, _, domain = part.rpartition("@")
        if "." not in domain or " " in part or "@" in name:
            raise setting.refuse(f"{part} is neither an address nor a domain such as example.com.")
    return tuple(dict.fromkeys(part.removeprefix("@") for part in parts))


def _set(setting: Setting, value: object) -> SettingValue:
    parts = _texts(setting, value)
    unknown = [part for part in parts if part not in setting.allowed]
    if unknown:
        raise setting.refuse(
            f"{unknown[0]} is unknown; choose from " + ", ".join(map(str, setting.allowed)) + "."
        )
    return parts


def _text(setting: Setting, value: object) -> SettingValue:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT_CHARS:
        raise setting.refuse(f"give a text of at most {LONGEST_TEXT_CHARS} characters.")
    return value.strip()


def _date(setting: Setting, value: object) -> SettingValue:
    if value in ("", None):
        return ""
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise setting.refuse("give a date such as 2026-11-24, or leave it empty.") from None


def _clock(text: object) -> bool:
    parts = str(text).split(":")
    return (
        len(parts) == 2
        and all(part.isascii() and part.isdigit() and len(part) == 2 for part in parts)
        and (parts[0] < "24" and parts[1] < "60")
    )


def _window(setting: Setting, value: object) -> SettingValue:
    if value in ("", "always", None, {}):
        return {}
    fits = (
        'say "always", or weekdays with from and a later to, '
        'such as {"days": ["mon"], "from": "08:00", "to": "18:00"}.'
    )
    if not isinstance(value, Mapping) or set(value) != {"days", "from", "to"}:
        raise setting.refuse(fits)
    days = value["days"]
    if not isinstance(days, (list, tuple)) or not days or any(day not in WEEKDAYS for day in days):
        raise setting.refuse(fits)
    if (
        not _clock(value["from"])
        or not _clock(value["to"])
        or str(value["from"]) >= str(value["to"])
    ):
        raise setting.refuse(fits)
    return {"days": list(dict.fromkeys(days)), "from": str(value["from"]), "to": str(value["to"])}


def _owners(setting: Setting, value: object) -> SettingValue:
    fits = "name fields with outlook, salesforce or both."
    if not isinstance(value, Mapping):
        raise setting.refuse(fits)
    for name, owner in value.items():
        if name not in setting.allowed or owner not in ("outlook", "salesforce", "both"):
            raise setting.refuse(fits)
    return {**dict.fromkeys(map(str, setting.allowed), "both"), **value}


_PARSERS = {
    "choice": _choice,
    "number": _number,
    "switch": _switch,
    "set": _set,
    "list": _list,
    "patterns": _patterns,
    "people": _people,
    "text": _text,
    "date": _date,
    "window": _window,
    "owners": _owners,
}
