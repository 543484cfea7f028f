"""Turns stored events into the JSON of responses, as the request's Prefer headers wish."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.microsoft import bodies, ids, recurrence, zones
from sandbox.microsoft.ids import IdForm, ItemRef
from sandbox.microsoft.record import Event, Moment
from sandbox.switchboard import Switchboard

NEVER = "0001-01-01T00:00:00Z"
_PLAIN_FIELDS = (
    "subject",
    "isAllDay",
    "categories",
    "showAs",
    "sensitivity",
    "importance",
    "isReminderOn",
    "reminderMinutesBeforeStart",
    "responseRequested",
    "allowNewTimeProposals",
    "hideAttendees",
    "isOnlineMeeting",
    "onlineMeetingProvider",
    "isCancelled",
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the Prefer headers of a request ask for.

    Attributes:
        zone: Zone of times in the response, as it was named.
        text: Bodies as text instead of HTML.
        form: Form of ids.
    """

    zone: str = "UTC"
    text: bool = False
    form: IdForm = IdForm.PLAIN


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders the events of one mailbox."""

    mailbox: uuid.UUID
    switches: Switchboard
    wishes: Wishes

    def item_id(self, event: Event) -> str:
        """Return the id of an event, an occurrence or an exception."""
        return ids.encode(self._ref(event))

    def event(self, event: Event) -> dict[str, Any]:
        """Return the event in full."""
        fields = event.fields
        return {
            **self.skeleton(event),
            "changeKey": change_key(self.mailbox, event),
            "createdDateTime": instant(event.created),
            "lastModifiedDateTime": instant(event.modified),
            **{name: fields[name] for name in _PLAIN_FIELDS},
            "body": self._body(fields["body"]),
            "bodyPreview": bodies.preview(fields["body"]),
            "location": _location(fields["location"]),
            "locations": [_location(entry) for entry in fields["locations"]],
            "attendees": [_attendee(entry) for entry in fields["attendees"]],
            "organizer": _person(*event.organizer),
            "isOrganizer": event.is_organizer,
            "isDraft": False,
            "hasAttachments": False,
            "iCalUId": self._uid(event),
            "originalStartTimeZone": event.start.zone,
            "originalEndTimeZone": event.end.zone,
            "recurrence": recurrence.write(event.recurrence) if event.recurrence else None,
            "responseStatus": _status(event.response, event.responded),
            "onlineMeeting": {"joinUrl": fields["joinUrl"]} if fields["joinUrl"] else None,
            "onlineMeetingUrl": None,
            "webLink": _web_link(self.item_id(event)),
            "transactionId": event.transaction_id or None,
            **self._original_start(event),
        }

    def skeleton(self, event: Event) -> dict[str, Any]:
        """Return what delta tells of an occurrence (section 6)."""
        day = event.fields["isAllDay"]
        item: dict[str, Any] = {
            "@odata.type": "#microsoft.graph.event",
            "@odata.etag": etag(self.mailbox, event),
            "id": self.item_id(event),
            "type": event.kind,
            "start": self._moment(event.start, all_day=day),
            "end": self._moment(event.end, all_day=day),
        }
        if event.day is not None:
            item["seriesMasterId"] = ids.encode(self._ref(event, series=True))
        return item

    def _ref(self, event: Event, *, series: bool = False) -> ItemRef:
        return ItemRef(
            mailbox=self.mailbox,
            kind="e",
            number=event.number,
            moves=event.moves,
            day=None if series else event.day,
            form=self.wishes.form,
        )

    def _moment(self, moment: Moment, *, all_day: bool) -> dict[str, str]:
        if all_day and not self.switches.on("all_day_shifts"):
            wall = moment.wall
        else:
            wall = moment.moved_to(self.wishes.zone).wall
        text = wall.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
        return {"dateTime": f"{text}.0000000", "timeZone": self.wishes.zone}

    def _body(self, document: str) -> dict[str, str]:
        if self.wishes.text:
            return {"contentType": "text", "content": bodies.to_text(document)}
        return {"contentType": "html", "content": document}

    def _uid(self, event: Event) -> str:
        if event.day is None or not self.switches.on("ical_uid_per_occurrence"):
            return event.uid
        return f"{event.uid}{event.day:%Y%m%d}"

    def _original_start(self, event: Event) -> dict[str, Any]:
        """Return the slot in the series, in UTC."""
        if event.day is None or event.slot_start is None:
            return {}
        return {"originalStart": instant(event.slot_start)}


def change_key(mailbox: uuid.UUID, event: Event) -> str:
    """Return what changes with each write."""
    return ids.change_key(mailbox, event.number, event.version, event.day)


def etag(mailbox: uuid.UUID, event: Event) -> str:
    """Return the version as it stands in If-Match."""
    return f'W/"{change_key(mailbox, event)}"'


def instant(moment: datetime) -> str:
    """Return an instant as Graph writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def zone_is_known(name: str) -> bool:
    """Tell whether a zone can be asked for."""
    return zones.resolve(name) is not None


def _location(entry: dict[str, Any]) -> dict[str, Any]:
    name = entry.get("displayName") or ""
    return {
        "displayName": name,
        "locationType": "default",
        "uniqueIdType": "private" if name else "unknown",
        **({"uniqueId": name} if name else {}),
        **entry,
    }


def _person(address: str, name: str) -> dict[str, Any]:
    return {"emailAddress": {"name": name, "address": address}}


def _attendee(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": entry["type"],
        "status": _status(entry["response"], entry["time"]),
        **_person(entry["address"], entry["name"]),
    }


def _status(response: str, when: datetime | None) -> dict[str, str]:
    return {"response": response, "time": instant(when) if when else NEVER}


def _web_link(item_id: str) -> str:
    quoted = item_id.replace("=", "%3D")
    return f"https://outlook.office365.com/owa/?itemid={quoted}&exvsurl=1&path=/calendar/item"
