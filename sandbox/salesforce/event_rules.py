"""What an Event may point to, whose copy it is, and the fields that follow (contract sections 1.3 and 1.4)."""

from collections.abc import Callable

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.event_times import settle_times
from sandbox.salesforce.switches import Switches
from sandbox.salesforce.values import Row

TIME_FIELDS = (
    "StartDateTime", "EndDateTime", "ActivityDateTime", "ActivityDate", "DurationInMinutes",
    "IsAllDayEvent",
)  # fmt: skip
_CHILD_MAY_CHANGE = {"IsReminderSet", "ReminderDateTime"}
_LEAD = "00Q"
_CONTACT = "003"
_ACCOUNT = "001"

Find = Callable[[str], Row | None]


def settle_event(
    before: Row | None, changes: Row, *, switches: Switches, version: int, find: Find
) -> Row:
    """Return every field of the Event after the save that the request's fields decide.

    Args:
        before: The stored row, None on create.
        changes: Converted fields of the request.
        switches: The org's settings and the contract's doubtful points.
        version: API version of the call.
        find: Returns the row of any id.

    Raises:
        ApiError: A rule of Events is broken.
    """
    if before is not None and before["IsChild"]:
        _check_child(changes)
    row: Row = {**(before or {}), **changes}
    if before is None or any(name in changes for name in TIME_FIELDS):
        row |= settle_times(before, changes, switches, version)
    _check_private(row)
    _check_who_and_what(row, switches)
    row["AccountId"] = _account_of(row, find)
    if before is None:
        row["EventSubtype"] = "Event"
        row["GroupEventType"] = switches.text("plain_group_event_type") or None
    return row


def _check_child(changes: Row) -> None:
    refused = tuple(name for name in changes if name not in _CHILD_MAY_CHANGE)
    if refused:
        what = unknown("an invitee's copy takes only the reminder")
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", what, refused)


def _check_private(row: Row) -> None:
    tied = tuple(name for name in ("WhoId", "WhatId") if row.get(name))
    if row.get("IsPrivate") and tied:
        what = unknown("a private event cannot be associated with records")
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", what, tied)


def _check_who_and_what(row: Row, switches: Switches) -> None:
    who = str(row.get("WhoId") or "")
    if who.startswith(_LEAD) and row.get("WhatId") and switches.on("lead_excludes_what"):
        what = unknown("an event with a Lead cannot have a WhatId")
        raise ApiError("FIELD_INTEGRITY_EXCEPTION", what, ("WhatId",))


def _account_of(row: Row, find: Find) -> str | None:
    what = str(row.get("WhatId") or "")
    if what.startswith(_ACCOUNT):
        return what
    who = str(row.get("WhoId") or "")
    source = find(what) if what else find(who) if who.startswith(_CONTACT) else None
    account = (source or {}).get("AccountId")
    return str(account) if account else None
