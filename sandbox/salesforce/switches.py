"""Everything the emulation could do in two ways: the contract's doubtful claims and an org's own settings."""

from dataclasses import dataclass

_TYPE_NAMES = {bool: "true or false", int: "a whole number", str: "text", list: "a list"}


@dataclass(frozen=True, slots=True)
class Switch:
    """One choice.

    Attributes:
        default: The value until the control API sets another; its type is the type of every value.
        mark: Certainty of the default as in the contract (D documented, O observed, C seen in clients,
            T second-hand, A assumed), or ``setting`` for what each org decides.
        note: What it changes.
        allowed: The only values, if there are few.
    """

    default: object
    mark: str
    note: str
    allowed: tuple[object, ...] = ()


SWITCHES: dict[str, Switch] = {
    "all_day_end_inclusive": Switch(
        default=True,
        mark="A",
        note="EndDateTime of an all-day event is its last day, not the day after",
    ),
    "all_day_needs_multiday": Switch(
        default=True, mark="A", note="all-day events of several days need multiday_events as well"
    ),
    "multiday_events": Switch(default=True, mark="setting", note="events may exceed 1,440 minutes"),
    "start_only_keeps": Switch(
        default="duration",
        mark="A",
        note="what a PATCH of the start alone leaves as it was",
        allowed=("duration", "end"),
    ),
    "plain_group_event_type": Switch(
        default="0",
        mark="O",
        note="GroupEventType of an event without invitees; empty for null",
        allowed=("0", ""),
    ),
    "public_calendars": Switch(
        default=False, mark="setting", note="users see each other's events that are not private"
    ),
    "child_copies_custom_fields": Switch(
        default=False, mark="A", note="an invitee's copy carries the custom fields, unique ones too"
    ),
    "resets_invitees": Switch(
        default=True, mark="D", note="a moved or renamed place makes every invitee New again"
    ),
    "lead_excludes_what": Switch(
        default=True, mark="A", note="an event with a Lead cannot have a WhatId as well"
    ),
    "archives_daily": Switch(
        default=True,
        mark="D",
        note="events of 365 days ago are archived at the first call of a day",
    ),
    "race_next_upserts": Switch(
        default=0,
        mark="O",
        note="so many upserts that would insert find that a twin has just done so: DUPLICATE_VALUE",
    ),
    "lock_next_rows": Switch(
        default=0, mark="setting", note="so many row writes fail with UNABLE_TO_LOCK_ROW"
    ),
    "lock_row_status": Switch(
        default=400, mark="C", note="HTTP status of UNABLE_TO_LOCK_ROW", allowed=(400, 500)
    ),
    "insufficient_access_status": Switch(
        default=403,
        mark="A",
        note="HTTP status of INSUFFICIENT_ACCESS_OR_READONLY",
        allowed=(400, 403),
    ),
    "duplicate_id_length": Switch(
        default=15, mark="A", note="length of the record id in DUPLICATE_VALUE", allowed=(15, 18)
    ),
    "length_unit": Switch(
        default="utf16",
        mark="A",
        note="what a text field's length counts",
        allowed=("utf16", "characters"),
    ),
    "trims_text": Switch(
        default=True, mark="A", note="white space around a text is dropped on save"
    ),
    "textarea_newlines": Switch(
        default="as_sent",
        mark="A",
        note="line ends of long texts after a save",
        allowed=("as_sent", "crlf"),
    ),
    "row_error_key": Switch(
        default="statusCode",
        mark="A",
        note="name of the code in errors of sObject Collections",
        allowed=("statusCode", "errorCode"),
    ),
    "delete_stamps_user": Switch(
        default=True, mark="A", note="a delete sets LastModifiedById of the binned row"
    ),
    "conditional_event_rows": Switch(
        default=True, mark="D", note="If-Unmodified-Since is obeyed on rows of Event"
    ),
    "updated_days": Switch(default=30, mark="A", note="how far back /updated/ reaches"),
    "refresh_rotation": Switch(
        default=False, mark="A", note="each refresh gives a new refresh token and ends the old one"
    ),
    "jwt_preauthorized": Switch(
        default=True, mark="setting", note="JWT bearer works for users who approved nothing"
    ),
    "session_minutes": Switch(
        default=120, mark="setting", note="access tokens end this long after their last use"
    ),
    "newest_version": Switch(
        default=68, mark="A", note="highest API version", allowed=(66, 67, 68)
    ),
    "page_cap": Switch(default=2000, mark="D", note="pages of a query hold no more rows than this"),
    "per_app_usage": Switch(
        default=False, mark="C", note="Sforce-Limit-Info carries the second, per-app form"
    ),
    "daily_limit": Switch(default=100_000, mark="setting", note="API calls in 24 hours"),
    "api_used": Switch(default=0, mark="setting", note="API calls that others have used of it"),
    "canvas_self_authorize": Switch(
        default=False,
        mark="setting",
        note="a user who approved nothing is launched by GET, not by POST",
    ),
    "hidden_fields": Switch(
        default=[],
        mark="setting",
        note='field-level security: ["Event.Description"] for all but view_all users',
    ),
    "validation_rules": Switch(
        default=[],
        mark="setting",
        note='[{"sobject","field","contains"|"equals"|"empty","message","code"?,"on_record"?}]',
    ),
}


class Switches:
    """The values in force."""

    def __init__(self) -> None:
        self._values: dict[str, object] = {}

    def __contains__(self, name: object) -> bool:
        return name in SWITCHES

    def as_dict(self) -> dict[str, object]:
        """Return every switch with its value."""
        return {name: self._values.get(name, switch.default) for name, switch in SWITCHES.items()}

    def set(self, name: str, value: object) -> None:
        """Put a value in force.

        Raises:
            ValueError: No such switch, or not a value of it.
        """
        if name not in SWITCHES:
            raise ValueError(f"{name}: no such switch of the Salesforce side")
        switch = SWITCHES[name]
        if type(value) is not type(switch.default):
            raise ValueError(f"{name}: must be {_TYPE_NAMES[type(switch.default)]}")
        if switch.allowed and value not in switch.allowed:
            raise ValueError(f"{name}: must be one of {list(switch.allowed)}")
        self._values[name] = value

    def on(self, name: str) -> bool:
        """Return a switch that is true or false."""
        return self._get(name) is True

    def number(self, name: str) -> int:
        """Return a switch that is a number."""
        value = self._get(name)
        return value if isinstance(value, int) else 0

    def text(self, name: str) -> str:
        """Return a switch that is a word."""
        return str(self._get(name))

    def entries(self, name: str) -> list[object]:
        """Return a switch that is a list."""
        value = self._get(name)
        return value if isinstance(value, list) else []

    def take(self, name: str) -> bool:
        """Count one of "the next so many" down; tell whether there was one left."""
        left = self.number(name)
        if left > 0:
            self._values[name] = left - 1
        return left > 0

    def _get(self, name: str) -> object:
        return self._values.get(name, SWITCHES[name].default)
