"""Meetings: who gets mail, and the copies in other mailboxes (contract, section 10)."""

from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from sandbox.microsoft.errors import GraphError, invalid
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.record import Event

SHARED_FIELDS = frozenset(
    {"subject", "body", "isAllDay", "location", "locations", "attendees", "importance", "joinUrl"}
)
"""Fields that the organizer decides for everybody; their change is told by mail."""

ORGANIZER_ONLY = frozenset(
    {"subject", "body", "isAllDay", "location", "locations", "attendees", "isOnlineMeeting"}
)
"""Fields that an attendee cannot change in the own copy."""

ANSWERS = {"accept": "accepted", "decline": "declined", "tentativelyAccept": "tentativelyAccepted"}


@dataclass(frozen=True, slots=True)
class Mail:
    """One message that Exchange would have sent.

    Attributes:
        kind: ``invitation``, ``update``, ``cancellation``, ``response`` or ``forward``.
        day: Original day of the occurrence it is about, or empty.
    """

    kind: str
    sender: str
    to: str
    subject: str
    at: datetime
    day: str = ""


class Office(Protocol):
    """What the rules of meetings need of the rest."""

    mails: list[Mail]

    def now(self) -> datetime:
        """Return the present."""

    def known_mailbox(self, address: str) -> Mailbox | None:
        """Return the mailbox of an address, if the sandbox has it."""

    def tell(self, mailbox: Mailbox, event: Event, change: str) -> None:
        """Notify subscribers."""


def others(event: Event) -> list[str]:
    """Return the addresses of all attendees but the organizer."""
    organizer = event.organizer[0].casefold()
    addresses = [str(entry["address"]) for entry in event.fields["attendees"]]
    return [address for address in addresses if address.casefold() != organizer]


def send(office: Office, event: Event, kind: str, recipients: list[str]) -> None:
    """Log a message of the organizer to each recipient."""
    day = event.day.isoformat() if event.day else ""
    subject = str(event.fields["subject"])
    office.mails += [
        Mail(kind, event.organizer[0], to, subject, office.now(), day) for to in recipients
    ]


def invite(office: Office, mailbox: Mailbox, event: Event) -> None:
    """Send invitations for a new meeting and put it into the attendees' mailboxes."""
    if not event.is_organizer or not others(event):
        return
    send(office, event, "invitation", others(event))
    copy_out(office, mailbox, event)


def announce_change(
    office: Office, mailbox: Mailbox, event: Event, before: list[str], changed: set[str]
) -> None:
    """Send what a change of a meeting needs: updates, invitations to new people, cancellations to the removed."""
    if not event.is_organizer or not changed & (SHARED_FIELDS | {"start", "end", "recurrence"}):
        return
    now = others(event)
    added = [address for address in now if address not in before]
    removed = [address for address in before if address not in now]
    stayed = [address for address in now if address in before]
    send(office, event, "invitation", added)
    send(office, event, "cancellation", removed)
    if changed - {"attendees"}:
        send(office, event, "update", stayed)
        for exception in event.exceptions.values():
            send(office, exception, "update", stayed)
    copy_out(office, mailbox, mailbox.master_of(event))
    for address in removed:
        _withdraw(office, event, address)


def copy_out(office: Office, mailbox: Mailbox, event: Event) -> None:
    """Bring the attendees' copies up to date with the organizer's meeting."""
    for address in others(event):
        box = office.known_mailbox(address)
        if box is None or box is mailbox:
            continue
        copy = _copy_in(box, event.uid)
        change = "created" if copy is None else "updated"
        if copy is None:
            copy = box.add(_new_copy(event, box), office.now())
        else:
            _refresh(copy, event)
            box.touch(copy, office.now())
        office.tell(box, copy, change)


def call_off(office: Office, mailbox: Mailbox, event: Event) -> None:
    """Send cancellations and mark the attendees' copies as cancelled."""
    if not event.is_organizer:
        return
    send(office, event, "cancellation", others(event))
    for address in others(event):
        box = office.known_mailbox(address)
        copy = _copy_in(box, event.uid) if box is not None and box is not mailbox else None
        if box is None or copy is None:
            continue
        target = copy.detach(event.day) if event.day else copy
        target.fields["isCancelled"] = True
        target.fields["showAs"] = "free"
        box.touch(target, office.now())
        box.touch(copy, office.now())
        office.tell(box, copy, "updated")


def answer(
    office: Office, mailbox: Mailbox, event: Event, verb: str, *, send_response: bool = True
) -> None:
    """Accept, decline or tentatively accept a meeting.

    Args:
        office: Everything else.
        mailbox: The attendee's.
        event: The attendee's copy.
        verb: A key of :data:`ANSWERS`.
        send_response: Tell the organizer by mail.

    Raises:
        GraphError: The mailbox is the organizer's.
    """
    if event.is_organizer:
        raise invalid("The organizer does not answer the own meeting.")
    response = ANSWERS[verb]
    master = mailbox.master_of(event)
    target = master.detach(event.day) if event.day else event
    target.response, target.responded = response, office.now()
    target.fields["showAs"] = "tentative" if verb == "tentativelyAccept" else "busy"
    _note_response(target, mailbox.address, response, office.now())
    if send_response:
        subject = str(event.fields["subject"])
        mail = Mail("response", mailbox.address, event.organizer[0], subject, office.now())
        office.mails.append(mail)
        _tell_organizer(office, mailbox, event, response)
    mailbox.touch(target, office.now())
    if verb == "decline":
        mailbox.remove(target, office.now())
    office.tell(mailbox, master, "deleted" if verb == "decline" and not event.day else "updated")


def require_organizer(event: Event) -> None:
    """Refuse a cancel by an attendee.

    Raises:
        GraphError: The mailbox is not the organizer's.
    """
    if not event.is_organizer:
        message = (
            "Your request can't be completed. You need to be an organizer to cancel a meeting."
        )
        raise GraphError(400, "ErrorInvalidRequest", message)


def _tell_organizer(office: Office, mailbox: Mailbox, event: Event, response: str) -> None:
    box = office.known_mailbox(event.organizer[0])
    original = _copy_in(box, event.uid) if box is not None else None
    if box is None or original is None:
        return
    target = original.detach(event.day) if event.day else original
    _note_response(target, mailbox.address, response, office.now())
    box.touch(target, office.now())
    office.tell(box, original, "updated")


def _note_response(event: Event, address: str, response: str, when: datetime) -> None:
    for entry in event.fields["attendees"]:
        if str(entry["address"]).casefold() == address.casefold():
            entry["response"], entry["time"] = response, when


def _copy_in(mailbox: Mailbox | None, uid: str) -> Event | None:
    events = mailbox.events.values() if mailbox else ()
    return next((event for event in events if event.uid == uid), None)


def _new_copy(event: Event, box: Mailbox) -> Event:
    made = deepcopy(event)
    made.calendar = box.default_folder.number
    made.moves = 0
    made.is_organizer = False
    made.response = "notResponded"
    made.fields |= {
        "showAs": "tentative",
        "categories": [],
        "sensitivity": event.fields["sensitivity"],
    }
    made.transaction_id, made.properties, made.extensions = "", {}, {}
    made.exceptions = {day: replace(one) for day, one in made.exceptions.items()}
    return made


def _refresh(copy: Event, event: Event) -> None:
    """Take over what the organizer decides; reminder, category, show-as stay the attendee's."""
    copy.start, copy.end, copy.recurrence = event.start, event.end, event.recurrence
    copy.cancelled = set(event.cancelled)
    for name in SHARED_FIELDS:
        copy.fields[name] = deepcopy(event.fields[name])
    copy.exceptions = {day: deepcopy(one) for day, one in event.exceptions.items()}
    for exception in copy.exceptions.values():
        exception.number, exception.calendar, exception.moves = (
            copy.number,
            copy.calendar,
            copy.moves,
        )
        exception.is_organizer, exception.response = False, copy.response


def _withdraw(office: Office, event: Event, address: str) -> None:
    box = office.known_mailbox(address)
    copy = _copy_in(box, event.uid)
    if box is not None and copy is not None and not copy.is_organizer:
        copy.fields["isCancelled"] = True
        box.touch(copy, office.now())
        office.tell(box, copy, "updated")
