"""Puts read events into a mailbox as an import does: organizer and answers as in the file, no mail."""

from collections.abc import Iterable
from typing import Any

from icalendar import Component

from sandbox.ics.reading import first_of, person_of
from sandbox.microsoft import incoming, writing
from sandbox.microsoft.mailbox import Mailbox
from sandbox.microsoft.meetings import Office
from sandbox.microsoft.record import Event


class Desk:
    """One mailbox that is being filled.  What an earlier import left of a UID is replaced."""

    def __init__(self, office: Any, mailbox: Mailbox) -> None:
        self.office: Office = office
        self.mailbox = mailbox
        self._switches = office.switches
        self._before: dict[str, list[Event]] = {}
        for event in mailbox.in_folder(mailbox.default_folder):
            self._before.setdefault(event.uid, []).append(event)

    def replace_earlier(self, uid: str) -> int:
        """Delete the events of a UID that were there before this import; return how many."""
        earlier = self._before.pop(uid, []) if uid else []
        for event in earlier:
            self.mailbox.remove(event, self.office.now())
            self.office.tell(self.mailbox, event, "deleted")
        return len(earlier)

    def put(self, component: Component, uid: str, wanted: dict[str, Any]) -> Event:
        """Make an event.

        Raises:
            GraphError: Outlook would not take it.
        """
        draft = incoming.read(wanted, self._switches)
        folder = self.mailbox.default_folder
        event = writing.put(self.office, self.mailbox, folder, draft, uid=uid)
        self._set_people(component, event)
        self.office.tell(self.mailbox, event, "created")
        return event

    def change_occurrence(self, master: Event, target: Event, wanted: dict[str, Any]) -> None:
        """Give an exception the content of an override.

        Raises:
            GraphError: Outlook would not take it.
        """
        draft = incoming.read(wanted, self._switches)
        target.start, target.end = draft.start or target.start, draft.end or target.end
        target.fields |= draft.fields
        target.overrides |= set(draft.fields) | {"start", "end"}
        self.mailbox.touch(target, self.office.now())
        self.mailbox.touch(master, self.office.now())

    def mark_cancelled(self, events: Iterable[Event]) -> None:
        """Show events as cancelled by their organizer."""
        for event in events:
            event.fields |= {"isCancelled": True, "showAs": "free"}
            self.mailbox.touch(event, self.office.now())

    def _set_people(self, component: Component, event: Event) -> None:
        prop = first_of(component, "ORGANIZER")
        if prop is None or not str(prop):
            return
        address, name = person_of(prop)
        event.organizer = (address, name)
        event.is_organizer = address.casefold() == self.mailbox.address.casefold()
        if not event.is_organizer:
            event.response = self._own_answer(event)

    def _own_answer(self, event: Event) -> str:
        mine = self.mailbox.address.casefold()
        answers = [
            str(entry["response"])
            for entry in event.fields["attendees"]
            if str(entry["address"]).casefold() == mine
        ]
        return answers[0] if answers else "notResponded"
