"""The settings, declared once: forms, admin, commands, documents and the planner all read this table.

Order of sources (product.md 3): locked organization, locked profile, user, profile, organization, shipped.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.core.values import LEVELS, WEEKDAYS, BadValue, Setting, SettingValue, is_expression

__all__ = [
    "LEVELS",
    "SETTINGS",
    "STATES",
    "WEEKDAYS",
    "BadValue",
    "Policy",
    "Resolved",
    "Setting",
    "SettingValue",
    "Stored",
    "from_word",
    "is_expression",
    "resolve",
    "setting_named",
]

MODES = ("snaprecord", "manual", "auto", "off")
DIRECTIONS = ("outlook_to_salesforce", "salesforce_to_outlook", "both")
PREVENTABLE = tuple(
    f"{op}_{side}" for side in ("outlook", "salesforce") for op in ("create", "update", "delete")
)
SHOW_AS = ("free", "tentative", "busy", "oof", "workingElsewhere")
RESPONSES = ("organizer", "accepted", "tentative", "none", "declined")
STATES = ("default", "locked", "hidden")

_DELETED = ("keep", "mark", "delete", "ask")
_CONFLICT = ("ask", "newest", "outlook", "salesforce", "merge_then_ask", "merge_then_newest")
_OWNED = ("subject", "start", "end", "all_day", "location", "description", "show_as")

_BY_ADMINISTRATOR = ("organization", "profile")
_BY_ORGANIZATION = ("organization",)
_SCOPES = (
    "all",
    "has_attendee",
    "external_attendee",
    "matched_person",
    "related_only",
    "category_only",
)

SETTINGS: Mapping[str, Setting] = {
    row.name: row
    for row in (
        Setting("mode", "mode", "choice", "snaprecord", "How events get to Salesforce: one click each (SnapRecord), reviewed runs (Manual), or by itself (Auto).", MODES),
        Setting("after_auto", "mode", "choice", "snaprecord", "What is on once Auto Sync is turned off.", ("snaprecord", "off")),
        Setting("modes_allowed", "mode", "set", MODES[:3], "The modes that people may choose.", MODES[:3], levels=_BY_ADMINISTRATOR),
        Setting("past_days", "range", "number", 30, "How many days back events are looked at.", (0, 1, 7, 14, 30, 60, 90, 180, 365)),
        Setting("future_days", "range", "number", 365, "How many days ahead events are looked at.", (7, 14, 30, 60, 90, 180, 365, 730)),
        Setting("hard_start_date", "range", "date", "", "Nothing before this day is ever touched; empty for no such day."),
        Setting("frequency_minutes", "schedule", "number", 15, "Minutes between two looks at both calendars.", (5, 15, 30, 60, 120, 240, 480, 1440)),
        Setting("push_on_change", "schedule", "switch", default=True, help="Also act as soon as Outlook tells of a change."),
        Setting("run_window", "schedule", "window", {}, "Weekdays and hours at which runs may start, in your own time zone."),
        Setting("direction", "direction", "choice", "outlook_to_salesforce", "Which way changes flow; SnapRecord always goes from Outlook to Salesforce.", DIRECTIONS),
        Setting("prevent", "direction", "set", ("delete_outlook", "delete_salesforce"), "What is never done, whatever else is set.", PREVENTABLE),
        Setting("scope", "scope", "choice", "all", "Which events are considered.", _SCOPES),
        Setting("private", "scope", "choice", "skip", "Private events: left alone, only their time as Busy, or in full and marked private.", ("skip", "time_only", "full_and_private")),
        Setting("became_private", "scope", "choice", "redact", "What happens to the copy in Salesforce when an event becomes private: its text is removed, it is deleted, or it is left.", ("redact", "delete", "leave")),
        Setting("all_day", "scope", "choice", "exclude_free", "All-day events: taken, left out, or left out when shown as free.", ("include", "exclude", "exclude_free")),
        Setting("show_as", "scope", "set", SHOW_AS, "Only events that are shown as one of these.", SHOW_AS),
        Setting("my_response", "scope", "set", RESPONSES[:4], "Only events that you organize or have answered like this.", RESPONSES),
        Setting("categories_include", "scope", "list", (), "Only events with one of these Outlook categories; empty for all."),
        Setting("categories_exclude", "scope", "list", ("Do not sync",), "Never events with one of these Outlook categories."),
        Setting("subject_exclude", "scope", "patterns", (), "Subjects that are left out, one a line: plain words, or a regular expression between slashes.", limit=20),
        Setting("excluded_people", "scope", "people", (), "Addresses and domains; an event with one of them is left out as a whole."),
        Setting("ignored_people", "scope", "people", (), "Addresses and domains that are never matched to records; your own domains never are."),
        Setting("filter_exit", "scope", "choice", "unlink_keep", "What happens to a linked event that these rules no longer let through.", ("unlink_keep", "delete", "ask")),
        Setting("conflict", "conflicts", "choice", "merge_then_ask", "What counts when the same thing was changed on both sides; in SnapRecord it is always Outlook.", _CONFLICT),
        Setting("field_owner", "conflicts", "owners", dict.fromkeys(_OWNED, "both"), "Which side each field belongs to.", _OWNED),
        Setting("protect_outlook_body", "conflicts", "switch", default=True, help="Never turn a formatted text in Outlook into plain text, and never touch the text of an online meeting."),
        Setting("outlook_deleted", "deletes", "choice", "ask", "An event was deleted in Outlook: its copy is kept, marked as cancelled, deleted, or you are asked.", _DELETED),
        Setting("salesforce_deleted", "deletes", "choice", "ask", "An event was deleted in Salesforce: its counterpart is kept, marked as cancelled, deleted, or you are asked.", _DELETED),
        Setting("past_delete", "deletes", "choice", "never", "Whether deleting follows for events that are over; mail archiving looks like deleting.", ("never", "follow")),
        Setting("recurring", "recurring", "choice", "occurrences", "Recurring events: each meeting as one event, or left out.", ("occurrences", "skip")),
        Setting("recurring_horizon_days", "recurring", "number", 90, "How many days ahead a series is followed.", low=14, high=365),
        Setting("recurring_cap", "recurring", "number", 60, "How many meetings of one series are followed.", low=1, high=200),
        Setting("match_objects", "people", "set", ("Contact", "Lead"), "Where people are looked up by address, in this order.", ("Contact", "Lead", "Account", "User")),
        Setting("multi_match", "people", "choice", "ask", "Several records have the same address: you are asked, the latest active one, the oldest one, or none.", ("ask", "recent_activity", "oldest", "none")),
        Setting("default_what", "people", "choice", "account_of_contact", "What an event is related to by itself, if there is exactly one.", ("none", "account_of_contact", "single_open_opportunity")),
        Setting("unmatched", "people", "choice", "queue", "People without a record: ignored, listed in the description, or queued for you.", ("ignore", "list_in_description", "queue")),
        Setting("max_deletes_per_run", "safety", "number", 10, "More deletes than this, or than this percentage of the linked events, wait for a person.", low=0, high=5000),
        Setting("max_creates_per_run", "safety", "number", 500, "More new events in one run than this wait for a person.", low=1, high=5000),
        Setting("max_updates_per_run", "safety", "number", 1000, "More changed events in one run than this wait for a person.", low=1, high=5000),
        Setting("auto_requires_review", "safety", "choice", "require", "Whether Auto Sync needs a reviewed run of the last 30 days.", ("require", "warn", "off"), levels=_BY_ADMINISTRATOR),
        Setting("loop_guard", "safety", "number", 3, "How often one event may change back and forth in an hour before it is set aside.", low=1, high=20),
        Setting("salesforce_api_reserve", "safety", "number", 20, "Percentage of the daily Salesforce calls that is left to others.", low=0, high=90, levels=_BY_ORGANIZATION),
        Setting("snapfields_in_auto", "snapfields", "choice", "sync_then_queue", "Required SnapFields in Auto Sync: the event is left out, defaults are used, or it is queued to be filled in.", ("skip_event", "defaults_only", "sync_then_queue")),
        Setting("record_category", "snapfields", "text", "Record in Salesforce", "The Outlook category that records an event; empty to switch this off."),
        Setting("report_mail", "reports", "choice", "on_problem", "When a report is mailed to you.", ("never", "on_problem", "daily", "weekly")),
        Setting("history_days", "history", "number", 90, "Days for which runs are kept.", low=7, high=3650, levels=_BY_ORGANIZATION),
        Setting("undo_days", "history", "number", 30, "Days for which a write can be undone.", low=1, high=365, levels=_BY_ORGANIZATION),
        Setting("audit_days", "history", "number", 365, "Days for which the audit log is kept.", low=30, high=3650, levels=_BY_ORGANIZATION),
    )
}  # fmt: skip


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


_WORDS = ("text", "choice", "date", "set", "list", "patterns", "people")


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
    if setting.kind in _WORDS and not isinstance(value, (str, list)):
        value = text
    return setting.parse(value)


@dataclass(frozen=True, slots=True)
class Policy:
    """The resolved rules of one user.

    Every method raises ``KeyError`` for a name that is no rule and ``TypeError`` for a rule of another kind: both are our
    mistakes, never a person's.
    """

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
        if isinstance(value, bool) or not isinstance(value, int):
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

    def mapping(self, name: str) -> Mapping[str, object]:
        """Return a run window or the owners of fields."""
        value = self.values[name].value
        if not isinstance(value, Mapping):
            raise TypeError(name)
        return value

    def prevents(self, operation: str, side: str) -> bool:
        """Tell whether this kind of write is prevented on that side."""
        return f"{operation}_{side}" in self.names("prevent")


def resolve(
    organization: Sequence[Stored] = (), profile: Sequence[Stored] = (), user: Sequence[Stored] = ()
) -> Policy:
    """Return the rules in force from what is set on each level.

    A value on a level that it may not be set on is ignored, and so is one of a setting that does not exist any more.
    """
    levels = {"organization": organization, "profile": profile, "user": user}
    by_level = {
        level: {row.name: row for row in rows if level in _levels_of(row.name)}
        for level, rows in levels.items()
    }
    return Policy({name: _resolve_one(setting, by_level) for name, setting in SETTINGS.items()})


def _levels_of(name: str) -> tuple[str, ...]:
    """Return where a setting may be set; nowhere, if this release does not know it."""
    return SETTINGS[name].levels if name in SETTINGS else ()


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
