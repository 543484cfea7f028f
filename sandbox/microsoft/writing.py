"""What creating, changing, moving and deleting an event does: the rules of sections 2, 3, 9 and 10."""

from copy import deepcopy
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import takewhile
from typing import Any

from sandbox.microsoft import ids, meetings
from sandbox.microsoft.errors import GraphError, invalid
from sandbox.microsoft.incoming import Draft
from sandbox.microsoft.mailbox import Folder, Mailbox
from sandbox.microsoft.meetings import Office
from sandbox.microsoft.record import DEFAULTS, Event, Moment
from sandbox.switchboard import Switchboard

LONGEST_OCCURRENCE = timedelta(days=1825)

_MOVING = {"start", "end", "recurrence", "isAllDay"}
_BLOB = '<div class="teams-meeting">________________<br>Join the meeting: <a href="{url}">{url}</a></div>'


def create(office: Office, mailbox: Mailbox, folder: Folder, draft: Draft) -> Event:
    """Put a new event into a calendar; invitations go out at once.

    Raises:
        GraphError: The event is not possible.
    """
    event = put(office, mailbox, folder, draft)
    _go_online(mailbox, event)
    if draft.transaction_id:
        mailbox.transactions[draft.transaction_id] = event.number
    meetings.invite(office, mailbox, event)
    office.tell(mailbox, event, "created")
    return event


def put(office: Office, mailbox: Mailbox, folder: Folder, draft: Draft, *, uid: str = "") -> Event:
    """Put a new event into a calendar and tell nobody.

    Raises:
        GraphError: The event is not possible.
    """
    if draft.start is None or draft.end is None:
        raise invalid("start and end are required.")
    now = office.now()
    event = Event(
        number=0,
        calendar=folder.number,
        uid=uid,
        start=draft.start,
        end=draft.end,
        created=now,
        modified=now,
        organizer=(mailbox.address, mailbox.name),
        fields=deepcopy(DEFAULTS) | draft.fields,
        recurrence=draft.recurrence,
        transaction_id=draft.transaction_id,
        properties=dict(draft.properties),
        extensions=dict(draft.extensions),
    )
    _check_times(event)
    _settle_series(event)
    return mailbox.add(event, now)


def update(
    office: Office, mailbox: Mailbox, event: Event, draft: Draft, switches: Switchboard
) -> Event:
    """Change an event; a changed occurrence becomes an exception.  Returns the event as it is afterwards.

    Raises:
        GraphError: The result is not possible; nothing has changed then.
    """
    fields = _keep_answers(event, draft.fields)
    changed = _changes(event, draft, fields)
    if not event.is_organizer and changed & (meetings.ORGANIZER_ONLY | {"start", "end"}):
        raise invalid("An attendee cannot change what the organizer decides.")
    master = mailbox.master_of(event)
    result = _result(event, draft, fields, changed)
    if event.day is not None and changed & {"start", "end"}:
        _check_neighbours(result, master)
    before = meetings.others(event)
    target = master.detach(event.day) if event.day is not None else event
    _apply(target, draft, result)
    if "isOnlineMeeting" in changed:
        _go_online(mailbox, target)
    if target is master:
        _carry_to_exceptions(master, changed, switches)
    else:
        target.overrides |= changed
    if changed:
        _put_into_history(mailbox, target, switches, office.now())
        office.tell(mailbox, master, "updated")
    elif draft.properties or draft.extensions:
        mailbox.renew(target, office.now())
    meetings.announce_change(office, mailbox, target, before, changed)
    return target


def _put_into_history(mailbox: Mailbox, event: Event, switches: Switchboard, now: datetime) -> None:
    """Let delta tell the change; that of an occurrence brings its whole series, or itself alone."""
    mailbox.touch(event, now)
    if event.day is not None and switches.text("exception_resends") == "series":
        mailbox.touch(mailbox.master_of(event), now)


def delete(office: Office, mailbox: Mailbox, event: Event) -> None:
    """Delete an event or one occurrence; the organizer's attendees get cancellations."""
    meetings.call_off(office, mailbox, event)
    master = mailbox.master_of(event)
    mailbox.remove(event, office.now())
    # The delete of an occurrence is told as an update of its series (section 9).
    office.tell(mailbox, master, "updated" if event.day is not None else "deleted")


def move(office: Office, mailbox: Mailbox, event: Event, folder: Folder) -> None:
    """Move an event or a whole series to another calendar of the mailbox.

    Raises:
        GraphError: One occurrence cannot be moved alone.
    """
    if event.day is not None:
        raise invalid("One occurrence cannot move to another calendar.")
    if event.calendar != folder.number:
        mailbox.move(event, folder, office.now())
        office.tell(mailbox, event, "updated")


def _changes(event: Event, draft: Draft, fields: dict[str, Any]) -> set[str]:
    """Return the names of what really differs."""
    changed = {name for name, value in fields.items() if event.fields.get(name) != value}
    changed |= {
        name
        for name in ("start", "end")
        if getattr(draft, name) not in {None, getattr(event, name)}
    }
    if draft.ends_series and event.recurrence is not None:
        changed.add("recurrence")
    if draft.recurrence is not None and draft.recurrence != event.recurrence:
        changed.add("recurrence")
    return changed


def _result(event: Event, draft: Draft, fields: dict[str, Any], changed: set[str]) -> Event:
    """Return a copy of the event as it would be.

    Raises:
        GraphError: It would not be possible.
    """
    if event.fields["isOnlineMeeting"] and fields.get("isOnlineMeeting") is False:
        raise invalid("isOnlineMeeting: an online meeting stays one.")
    if event.day is not None and "recurrence" in changed:
        raise invalid("recurrence: only the whole series has one.")
    result = replace(
        event,
        start=draft.start or event.start,
        end=draft.end or event.end,
        fields=event.fields | deepcopy(fields),
        recurrence=None if draft.ends_series else draft.recurrence or event.recurrence,
    )
    _check_times(result)
    rule = result.recurrence
    if rule is not None and changed & _MOVING:
        if "recurrence" not in changed:
            result.recurrence = rule.beginning(result.start.moved_to(rule.zone).wall.date())
        _settle_series(result)
    return result


def _check_times(event: Event) -> None:
    if event.end.utc() < event.start.utc():
        raise invalid("end: lies before the start.")
    if not event.fields["isAllDay"]:
        return
    for name, moment in (("Start", event.start), ("End", event.end)):
        if moment.wall.time() != time():
            message = f"The Event.{name} property for an all-day event needs to be set to midnight."
            raise GraphError(400, "ErrorInvalidRequest", message)
    if event.start.zone != event.end.zone:
        raise invalid("end.timeZone: an all-day event has one zone.")
    if event.end.wall == event.start.wall:
        raise invalid("end: an all-day event ends on the next midnight or later.")


def _check_neighbours(moved: Event, master: Event) -> None:
    """Refuse an occurrence that reaches or passes its neighbours (section 2)."""
    if moved.day is None or master.recurrence is None:
        return
    day, rule = moved.day, master.recurrence
    kept = (d for d in rule.days_of_series(day + timedelta(days=1)) if d not in master.cancelled)
    after = next(kept, None)
    until = takewhile(lambda d: d < day, rule.days_of_series())
    before = max((d for d in until if d not in master.cancelled), default=None)
    over_next = after is not None and moved.end.utc() > master.occurrence(after).start.utc()
    over_last = before is not None and moved.start.utc() < master.occurrence(before).end.utc()
    if over_next or over_last:
        message = "Modified occurrence is crossing or overlapping adjacent occurrence."
        raise GraphError(400, "ErrorOccurrenceCrossingBoundary", message)


def _settle_series(event: Event) -> None:
    """Bring the start of a series and the first day of its range together (section 9)."""
    rule = event.recurrence
    if rule is None:
        return
    if event.duration > LONGEST_OCCURRENCE:
        raise invalid(f"end: an occurrence lasts {LONGEST_OCCURRENCE.days} days at most.")
    start = event.start.moved_to(rule.zone)
    if rule.start != start.wall.date():
        raise invalid("recurrence.range.startDate: must be the day of the event's start.")
    first = next(rule.days_of_series(), None)
    if first is None:
        raise invalid("recurrence: has no occurrence.")
    if first != rule.start:
        shift = first - rule.start
        event.start = Moment(start.wall + shift, rule.zone)
        event.end = Moment(event.end.moved_to(rule.zone).wall + shift, rule.zone)
        event.recurrence = rule.beginning(first)


def _carry_to_exceptions(event: Event, changed: set[str], switches: Switchboard) -> None:
    """End the exceptions of a series that moved (section 9); else give them what they have not changed themselves."""
    if changed & _MOVING and (
        event.recurrence is None or switches.on("master_patch_drops_exceptions")
    ):
        event.exceptions.clear()
        event.cancelled.clear()
    for exception in event.exceptions.values():
        for name in changed - exception.overrides:
            if name in event.fields:
                exception.fields[name] = deepcopy(event.fields[name])


def _apply(event: Event, draft: Draft, result: Event) -> None:
    event.start, event.end, event.recurrence = result.start, result.end, result.recurrence
    event.fields = result.fields
    event.properties |= draft.properties
    event.extensions |= draft.extensions
    if event.fields["joinUrl"] and event.fields["joinUrl"] not in event.fields["body"]:
        # A body without the blob ends the online meeting (section 10).
        event.fields |= {
            "isOnlineMeeting": False,
            "joinUrl": "",
            "onlineMeetingProvider": "unknown",
        }


def _keep_answers(event: Event, fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the answers of attendees who stay."""
    if "attendees" not in fields:
        return fields
    known = {str(entry["address"]).casefold(): entry for entry in event.fields["attendees"]}
    entries = []
    for entry in fields["attendees"]:
        old = known.get(str(entry["address"]).casefold())
        kept = {"response": old["response"], "time": old["time"]} if old else {}
        entries.append(entry | kept)
    return fields | {"attendees": entries}


def _go_online(mailbox: Mailbox, event: Event) -> None:
    """Give an online meeting its link and put it into the body."""
    if not event.fields["isOnlineMeeting"]:
        return
    url = f"https://teams.microsoft.com/l/meetup-join/{ids.guid(mailbox.id, event.number)}"
    event.fields |= {"joinUrl": url, "onlineMeetingProvider": "teamsForBusiness"}
    event.fields["body"] = _with_blob(event.fields["body"], _BLOB.format(url=url))


def _with_blob(document: str, blob: str) -> str:
    head, closing, tail = document.rpartition("</body>")
    return (
        f"{head}{blob}{closing}{tail}" if closing else f"{document}<html><body>{blob}</body></html>"
    )
