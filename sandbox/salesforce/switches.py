"""Everything the emulation could do in two ways: the contract's doubtful claims and an org's own settings."""

from sandbox.switchboard import Switch, Switchboard

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
    "longest_series": Switch(
        default=100, mark="T", note="a series without an end, or a longer one, has this many rows"
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


class Switches(Switchboard):
    """The values in force on the Salesforce side."""

    def __init__(self) -> None:
        super().__init__(SWITCHES, "Salesforce")

    def entries(self, name: str) -> list[object]:
        """Return a switch that is a list."""
        value = self._get(name)
        return value if isinstance(value, list) else []
