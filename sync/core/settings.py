"""The settings, declared once: forms, admin, commands, documents and the planner all read this table.

Order of sources (product.md 3): locked organization, locked profile, user, profile, organization, shipped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias

SettingValue: TypeAlias = str | int | bool | tuple[str, ...] | Mapping[str, object]

MODES = ("snaprecord", "manual", "auto", "off")
DIRECTIONS = ("outlook_to_salesforce", "salesforce_to_outlook", "both")
PREVENTABLE = tuple(
    f"{op}_{side}" for side in ("outlook", "salesforce") for op in ("create", "update", "delete")
)
SHOW_AS = ("free", "tentative", "busy", "oof", "workingElsewhere")
RESPONSES = ("organizer", "accepted", "tentative", "none", "declined")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class BadValue(ValueError):
    """A value does not fit its setting; the message names the setting and what fits."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    Attributes:
        kind: ``choice`` (one of ``allowed``), ``number`` (between ``low`` and ``high``, or one of ``allowed``),
            ``switch``, ``set`` (some of ``allowed``), ``list`` (free texts), ``text``, ``date`` (ISO or empty),
            ``window`` (weekdays, from, to) or ``owners`` (field -> side).
        default: What is shipped.
    """

    name: str
    group: str
    kind: str
    default: SettingValue
    help: str
    allowed: tuple[str | int, ...] = ()
    low: int = 0
    high: int = 0
    limit: int = field(default=500)

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
    if isinstance(value, str) and value.lstrip("-").isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise setting.refuse("give a whole number.")
    if setting.allowed and value not in setting.allowed:
        raise setting.refuse("choose one of " + ", ".join(map(str, setting.allowed)) + ".")
    if not setting.allowed and not setting.low <= value <= setting.high:
        raise setting.refuse(f"give a number from {setting.low} to {setting.high}.")
    return value


def _switch(setting: Setting, value: object) -> SettingValue:
    words = {"on": True, "true": True, "off": False, "false": False}
    if isinstance(value, str):
        value = words.get(value.lower(), value)
    if not isinstance(value, bool):
        raise setting.refuse("say on or off.")
    return value


def _texts(setting: Setting, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, (list, tuple)) or not all(isinstance(part, str) for part in value):
        raise setting.refuse("give a list of texts.")
    if len(value) > setting.limit:
        raise setting.refuse(f"give at most {setting.limit} entries.")
    return tuple(dict.fromkeys(part.strip() for part in value if part.strip()))


def _set(setting: Setting, value: object) -> SettingValue:
    parts = _texts(setting, value)
    unknown = [part for part in parts if part not in setting.allowed]
    if unknown:
        raise setting.refuse(
            f"{unknown[0]} is unknown; choose from " + ", ".join(map(str, setting.allowed)) + "."
        )
    return parts


def _text(setting: Setting, value: object) -> SettingValue:
    if not isinstance(value, str) or len(value) > 255:
        raise setting.refuse("give a text of at most 255 characters.")
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
        and all(part.isdigit() and len(part) == 2 for part in parts)
        and (parts[0] < "24" and parts[1] < "60")
    )


def _window(setting: Setting, value: object) -> SettingValue:
    if value in ("", "always", None, {}):
        return {}
    fits = 'say "always", or weekdays with from and to, such as {"days": ["mon"], "from": "08:00", "to": "18:00"}.'
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
    return {"days": list(days), "from": str(value["from"]), "to": str(value["to"])}


def _owners(setting: Setting, value: object) -> SettingValue:
    fits = "name fields with outlook, salesforce or both."
    if not isinstance(value, Mapping):
        raise setting.refuse(fits)
    for name, owner in value.items():
        if name not in setting.allowed or owner not in ("outlook", "salesforce", "both"):
            raise setting.refuse(fits)
    return dict(value)


_PARSERS = {
    "choice": _choice,
    "number": _number,
    "switch": _switch,
    "set": _set,
    "list": _texts,
    "text": _text,
    "date": _date,
    "window": _window,
    "owners": _owners,
}

_DELETED = ("keep", "mark", "delete", "ask")
_CONFLICT = ("ask", "newest", "outlook", "salesforce", "merge_then_ask", "merge_then_newest")
_OWNED = ("subject", "start", "end", "all_day", "location", "description", "show_as")

SETTINGS: Mapping[str, Setting] = {
    row.name: row
    for row in (
        Setting("mode", "mode", "choice", "snaprecord", "Which of the modes is active.", MODES),
        Setting("after_auto", "mode", "choice", "snaprecord", "Mode when Auto Sync is turned off.", ("snaprecord", "off")),
        Setting(
            "modes_allowed", "mode", "set", ("snaprecord", "manual", "auto"), "Modes a user may choose.", MODES[:3]
        ),
        Setting("past_days", "range", "number", 30, "Days back.", (0, 1, 7, 14, 30, 60, 90, 180, 365)),
        Setting("future_days", "range", "number", 365, "Days ahead.", (7, 14, 30, 60, 90, 180, 365, 730)),
        Setting("hard_start_date", "range", "date", "", "Nothing before this day is touched."),
        Setting(
            "frequency_minutes", "schedule", "number", 15, "How often both calendars are read.",
            (5, 15, 30, 60, 120, 240, 480, 1440),
        ),
        Setting("push_on_change", "schedule", "switch", default=True, help="Act on change notifications as well."),
        Setting("run_window", "schedule", "window", {}, "When runs may start, in the user's time zone."),
        Setting("direction", "direction", "choice", "outlook_to_salesforce", "Which way changes flow.", DIRECTIONS),
        Setting(
            "prevent", "direction", "set", ("delete_outlook", "delete_salesforce"), "What sync never does.", PREVENTABLE
        ),
        Setting(
            "scope", "scope", "choice", "all", "Which events are considered.",
            ("all", "has_attendee", "external_attendee", "matched_person", "related_only", "category_only"),
        ),
        Setting("private", "scope", "choice", "skip", "What happens to private events.", ("skip", "time_only", "full_and_private")),
        Setting(
            "became_private", "scope", "choice", "redact", "What happens when a linked event becomes private.",
            ("redact", "delete", "leave"),
        ),
        Setting("all_day", "scope", "choice", "exclude_free", "All-day events.", ("include", "exclude", "exclude_free")),
        Setting("show_as", "scope", "set", SHOW_AS, "Events shown as one of these.", SHOW_AS),
        Setting("my_response", "scope", "set", RESPONSES[:4], "Events you answered like this.", RESPONSES),
        Setting("categories_include", "scope", "list", (), "Only events with one of these categories."),
        Setting("categories_exclude", "scope", "list", ("Do not sync",), "Never events with one of these categories."),
        Setting("subject_exclude", "scope", "list", (), "Subjects left out: words, or /regular expression/.", limit=20),
        Setting("excluded_people", "scope", "list", (), "One of these addresses or domains drops the whole event."),
        Setting("ignored_people", "scope", "list", (), "Addresses and domains never matched to records."),
        Setting("filter_exit", "scope", "choice", "unlink_keep", "A linked event that leaves scope.", ("unlink_keep", "delete", "ask")),
        Setting("conflict", "conflicts", "choice", "merge_then_ask", "Changed on both sides.", _CONFLICT),
        Setting(
            "field_owner", "conflicts", "owners", dict.fromkeys(_OWNED, "both"), "Which side owns a field.", _OWNED
        ),
        Setting("protect_outlook_body", "conflicts", "switch", default=True, help="Never flatten a rich text in Outlook."),
        Setting("outlook_deleted", "deletes", "choice", "ask", "Deleted in Outlook.", _DELETED),
        Setting("salesforce_deleted", "deletes", "choice", "ask", "Deleted in Salesforce.", _DELETED),
        Setting("past_delete", "deletes", "choice", "never", "Deleting events that are over.", ("never", "follow")),
        Setting("recurring", "recurring", "choice", "occurrences", "Recurring events.", ("occurrences", "skip")),
        Setting("recurring_horizon_days", "recurring", "number", 90, "How far a series is followed.", low=14, high=365),
        Setting("recurring_cap", "recurring", "number", 60, "Occurrences of one series.", low=1, high=200),
        Setting("match_objects", "people", "set", ("Contact", "Lead"), "Where people are looked up, in order.", ("Contact", "Lead", "Account", "User")),
        Setting("multi_match", "people", "choice", "ask", "Several records with one address.", ("ask", "recent_activity", "oldest", "none")),
        Setting(
            "default_what", "people", "choice", "account_of_contact", "Related record.",
            ("none", "account_of_contact", "single_open_opportunity"),
        ),
        Setting("unmatched", "people", "choice", "queue", "People without a record.", ("ignore", "list_in_description", "queue")),
        Setting("max_deletes_per_run", "safety", "number", 10, "Deletes in one run, in events and in percent.", low=0, high=5000),
        Setting("max_creates_per_run", "safety", "number", 500, "Creates in one run.", low=1, high=5000),
        Setting("max_updates_per_run", "safety", "number", 1000, "Updates in one run.", low=1, high=5000),
        Setting("auto_requires_review", "safety", "choice", "require", "Review before Auto Sync.", ("require", "warn", "off")),
        Setting("loop_guard", "safety", "number", 3, "Flips of one event in an hour.", low=1, high=20),
        Setting("salesforce_api_reserve", "safety", "number", 20, "Percent of Salesforce calls left to others.", low=0, high=90),
        Setting(
            "snapfields_in_auto", "snapfields", "choice", "sync_then_queue", "Required SnapFields in Auto Sync.",
            ("skip_event", "defaults_only", "sync_then_queue"),
        ),
        Setting("record_category", "snapfields", "text", "Record in Salesforce", "Outlook category that records an event; empty is off."),
        Setting("report_mail", "reports", "choice", "on_problem", "Mails to you.", ("never", "on_problem", "daily", "weekly")),
        Setting("history_days", "history", "number", 90, "Runs are kept.", low=7, high=3650),
        Setting("undo_days", "history", "number", 30, "Writes can be undone.", low=1, high=365),
        Setting("audit_days", "history", "number", 365, "The audit log is kept.", low=30, high=3650),
    )
}  # fmt: skip

LEVELS = ("organization", "profile", "user")
STATES = ("default", "locked", "hidden")


@dataclass(frozen=True, slots=True)
class Stored:
    """A value set on one level; ``state`` is ``default``, ``locked`` or ``hidden`` (always ``default`` on a user)."""

    name: str
    value: SettingValue
    state: str = "default"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A value in force, and where it comes from (``shipped``, ``organization``, ``profile`` or ``user``)."""

    name: str
    value: SettingValue
    source: str
    state: str


def setting_named(name: str) -> Setting:
    """Return the row of that name.

    Raises:
        BadValue: if there is none.
    """
    try:
        return SETTINGS[name]
    except KeyError:
        raise BadValue(f"{name}: there is no setting of this name.") from None


def from_word(name: str, text: str) -> SettingValue:
    """Return what a command line's ``NAME=VALUE`` means: JSON, or else a bare word.

    Raises:
        BadValue: if the name is unknown or the value does not fit.
    """
    setting = setting_named(name)
    try:
        value: object = json.loads(text)
    except ValueError:
        value = text
    if setting.kind in ("text", "choice", "date") and not isinstance(value, str):
        value = text
    return setting.parse(value)


@dataclass(frozen=True, slots=True)
class Policy:
    """The resolved rules of one user."""

    values: Mapping[str, Resolved]

    def text(self, name: str) -> str:
        """Return a choice, text or date."""
        value = self.values[name].value
        if not isinstance(value, str):
            raise TypeError(name)
        return value

    def number(self, name: str) -> int:
        """Return a number."""
        value = self.values[name].value
        if not isinstance(value, int):
            raise TypeError(name)
        return value

    def flag(self, name: str) -> bool:
        """Return a switch."""
        value = self.values[name].value
        if not isinstance(value, bool):
            raise TypeError(name)
        return value

    def names(self, name: str) -> tuple[str, ...]:
        """Return a set or list, in its order."""
        value = self.values[name].value
        if not isinstance(value, tuple):
            raise TypeError(name)
        return value

    def prevents(self, operation: str, side: str) -> bool:
        """Tell whether this kind of write is prevented on that side."""
        return f"{operation}_{side}" in self.names("prevent")


def resolve(
    organization: Sequence[Stored] = (), profile: Sequence[Stored] = (), user: Sequence[Stored] = ()
) -> Policy:
    """Return the rules in force from what is set on each level."""
    levels = {"organization": organization, "profile": profile, "user": user}
    by_level = {level: {row.name: row for row in rows} for level, rows in levels.items()}
    return Policy({name: _resolve_one(setting, by_level) for name, setting in SETTINGS.items()})


def _resolve_one(setting: Setting, by_level: Mapping[str, Mapping[str, Stored]]) -> Resolved:
    for level in ("organization", "profile"):
        row = by_level[level].get(setting.name)
        if row and row.state != "default":
            return Resolved(setting.name, row.value, level, row.state)
    for level in ("user", "profile", "organization"):
        row = by_level[level].get(setting.name)
        if row:
            return Resolved(setting.name, row.value, level, "default")
    return Resolved(setting.name, setting.default, "shipped", "default")
