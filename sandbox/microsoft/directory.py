"""The emulated Microsoft 365: tenants, mailboxes, and what a test or a person does to them directly."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sandbox.ics.importing import import_calendar
from sandbox.ics.report import Report
from sandbox.microsoft import incoming, meetings, writing, zones
from sandbox.microsoft.ids import IdForm
from sandbox.microsoft.mailbox import Folder, Mailbox
from sandbox.microsoft.meetings import Mail
from sandbox.microsoft.record import Event
from sandbox.microsoft.rendering import Renderer, Wishes
from sandbox.microsoft.subscriptions import Note, Subscription, notes_about
from sandbox.microsoft.switches import microsoft_switches
from sandbox.microsoft.tokens import TokenBook

APP_ROLES = ("Calendars.ReadWrite", "MailboxSettings.Read", "User.Read.All")


class Clock(Protocol):
    """What the emulation needs of a clock."""

    def now(self) -> datetime:
        """Return the present, aware UTC."""


@dataclass
class Tenant:
    """One organization with the app registration that it uses.

    Attributes:
        certificate_pem: Public certificate of the app; empty if it signs in with the secret only.
        consent: An administrator has approved the app and not withdrawn it.
        roles: Application permissions that are granted.
    """

    id: str
    client_id: str
    client_secret: str = field(default="", repr=False)
    certificate_pem: str = ""
    consent: bool = True
    roles: tuple[str, ...] = APP_ROLES


class Microsoft:
    """All tenants and mailboxes.  Methods take the lock themselves; they may be called while it is held."""

    def __init__(self, clock: Clock, lock: "threading.RLock | None" = None) -> None:
        self.clock = clock
        self.lock = lock or threading.RLock()
        self.switches = microsoft_switches()
        self.tenants: dict[str, Tenant] = {}
        self.mailboxes: dict[str, Mailbox] = {}
        self.mails: list[Mail] = []
        self.outbox: list[Note] = []
        self.subscriptions: dict[str, Subscription] = {}
        self.tokens = TokenBook()
        self.writes = 0
        self.counters = {"graph_http": 0, "graph_items": 0}
        self.usage: dict[str, list[float]] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.lock = threading.RLock()

    def now(self) -> datetime:
        """Return the sandbox's present."""
        return self.clock.now()

    def add_tenant(
        self, *, tenant_id: str, client_id: str, client_secret: str = "", certificate_pem: str = ""
    ) -> Tenant:
        """Add a tenant whose administrator has approved the app."""
        with self.lock:
            tenant = Tenant(tenant_id.casefold(), client_id, client_secret, certificate_pem)
            self.tenants[tenant.id] = tenant
            return tenant

    def add_mailbox(
        self, *, tenant_id: str, address: str, name: str, time_zone: str = "W. Europe Standard Time"
    ) -> Mailbox:
        """Add a person with a mailbox.

        Raises:
            ValueError: No such tenant, no such zone, or the address is taken.
        """
        with self.lock:
            if tenant_id.casefold() not in self.tenants:
                raise ValueError(f"tenant_id: {tenant_id} is not a tenant of the sandbox")
            if zones.resolve(time_zone) is None:
                raise ValueError(f"time_zone: {time_zone} is not a time zone")
            if address.casefold() in self.mailboxes:
                raise ValueError(f"address: {address} has a mailbox already")
            mailbox = Mailbox(tenant_id.casefold(), address, name, time_zone)
            self.mailboxes[address.casefold()] = mailbox
            return mailbox

    def known_mailbox(self, address: str) -> Mailbox | None:
        """Return the mailbox of an address, or None."""
        return self.mailboxes.get(address.casefold())

    def mailbox(self, address_or_id: str) -> Mailbox:
        """Return a mailbox by address or directory id.

        Raises:
            ValueError: There is none.
        """
        key = address_or_id.casefold()
        found = self.mailboxes.get(key) or next(
            (box for box in self.mailboxes.values() if box.id == key), None
        )
        if found is None:
            raise ValueError(f"address: {address_or_id} has no mailbox in the sandbox")
        return found

    def add_calendar(self, address: str, name: str) -> str:
        """Add a calendar to a mailbox; return its immutable id."""
        with self.lock:
            mailbox = self.mailbox(address)
            return mailbox.folder_id(mailbox.add_folder(name), IdForm.IMMUTABLE)

    def create_event(
        self, address: str, event: Mapping[str, Any], *, calendar_id: str = ""
    ) -> dict[str, Any]:
        """Create an event as its owner would in Outlook; return it with its immutable id, times in UTC.

        Raises:
            GraphError: The event is not possible.
        """
        with self.lock:
            mailbox = self.mailbox(address)
            draft = incoming.read(event, self.switches)
            made = writing.create(self, mailbox, self._folder(mailbox, calendar_id), draft)
            return self.render(mailbox, made)

    def update_event(
        self, address: str, event_id: str, changes: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Change an event, a series or one occurrence as its owner would; return it.

        Raises:
            GraphError: Not there, or not possible.
        """
        with self.lock:
            mailbox = self.mailbox(address)
            event = mailbox.find(event_id)
            draft = incoming.read(changes, self.switches, zone=event.start.zone)
            return self.render(mailbox, writing.update(self, mailbox, event, draft, self.switches))

    def delete_event(self, address: str, event_id: str) -> None:
        """Delete an event, a series or one occurrence as its owner would.

        Raises:
            GraphError: Not there.
        """
        with self.lock:
            mailbox = self.mailbox(address)
            writing.delete(self, mailbox, mailbox.find(event_id))

    def move_event(self, address: str, event_id: str, calendar_id: str) -> dict[str, Any]:
        """Move an event to another calendar of the mailbox; return it.

        Raises:
            GraphError: Not there, or one occurrence alone.
        """
        with self.lock:
            mailbox = self.mailbox(address)
            event = mailbox.find(event_id)
            writing.move(self, mailbox, event, mailbox.folder(calendar_id))
            return self.render(mailbox, event)

    def answer_event(
        self, address: str, event_id: str, verb: str, *, send_response: bool = True
    ) -> None:
        """Accept, decline or tentativelyAccept an invitation.

        Raises:
            GraphError: Not there, or the own meeting.
        """
        with self.lock:
            mailbox = self.mailbox(address)
            event = mailbox.find(event_id)
            meetings.answer(self, mailbox, event, verb, send_response=send_response)

    def event(self, address: str, event_id: str) -> dict[str, Any]:
        """Return one event, series or occurrence.

        Raises:
            GraphError: Not there.
        """
        with self.lock:
            mailbox = self.mailbox(address)
            return self.render(mailbox, mailbox.find(event_id))

    def events(self, address: str, *, calendar_id: str = "") -> list[dict[str, Any]]:
        """Return single events and series of a calendar."""
        with self.lock:
            mailbox = self.mailbox(address)
            folder = self._folder(mailbox, calendar_id)
            return [self.render(mailbox, event) for event in mailbox.in_folder(folder)]

    def view(self, address: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
        """Return single events, occurrences and exceptions of the default calendar between two instants."""
        with self.lock:
            mailbox = self.mailbox(address)
            found = mailbox.view(mailbox.default_folder, start, end)
            return [self.render(mailbox, event) for event in found]

    def import_calendar(self, address: str, content: bytes) -> Report:
        """Load a calendar file into a mailbox; return what became of each component.

        Raises:
            ValueError: No such mailbox, or the content is no calendar.
        """
        with self.lock:
            return import_calendar(self, self.mailbox(address), content)

    def render(self, mailbox: Mailbox, event: Event) -> dict[str, Any]:
        """Return an event with immutable ids and times in UTC."""
        wishes = Wishes(form=IdForm.IMMUTABLE)
        return Renderer(mailbox.guid, self.switches, wishes).event(event)

    def set_consent(self, tenant_id: str, *, granted: bool) -> None:
        """Withdraw the consent of a tenant, or give it again."""
        with self.lock:
            self.tenants[tenant_id.casefold()].consent = granted

    def set_access(self, address: str, access: str) -> None:
        """Make a mailbox ``open``, ``denied`` by policy or ``unlicensed``.

        Raises:
            ValueError: Another word.
        """
        if access not in {"open", "denied", "unlicensed"}:
            raise ValueError("access: must be open, denied or unlicensed")
        with self.lock:
            self.mailbox(address).access = access

    def expire_delta(self, address: str) -> None:
        """Make every delta token of the mailbox unknown."""
        with self.lock:
            mailbox = self.mailbox(address)
            mailbox.generation += 1
            mailbox.rounds.clear()

    def expire_tokens(self) -> None:
        """End every access token at once."""
        with self.lock:
            self.tokens.expire_all()

    def tell(self, mailbox: Mailbox, event: Event, change: str) -> None:
        """Put notifications about a change into the outbox."""
        self.outbox += notes_about(self, mailbox, event, change)

    def _folder(self, mailbox: Mailbox, calendar_id: str) -> Folder:
        return mailbox.folder(calendar_id) if calendar_id else mailbox.default_folder
