"""A person with both calendars in the sandbox, and the hands to act with."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from sync.wiring.cycles import Wish, run_cycle
from sync.wiring.recording import RecordResult, record_event
from sync.wiring.work import Work
from tests.people import Person, make_organization, make_person, org_of


@dataclass(frozen=True, slots=True)
class Desk:
    """One person's Outlook and Salesforce, as they and the product see them."""

    sandbox: Any
    person: Person
    org: Any

    @property
    def outlook(self) -> Any:
        """Return the emulated Microsoft 365."""
        return self.sandbox.world.microsoft

    def meeting(self, subject: str = "Kick-off", *, days_ahead: float = 1, **more: Any) -> str:
        """Put an hour's meeting into Outlook and return its id."""
        start = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(
            days=days_ahead
        )
        return str(
            self.outlook.create_event(self.person.address, event(subject, start, **more))["id"]
        )

    def edit(self, outlook_id: str, **changes: Any) -> None:
        """Change a meeting in Outlook."""
        self.outlook.update_event(self.person.address, outlook_id, changes)

    def delete(self, outlook_id: str) -> None:
        """Delete a meeting in Outlook."""
        self.outlook.delete_event(self.person.address, outlook_id)

    def record(self, outlook_id: str, **options: Any) -> RecordResult:
        """Record a meeting as a click does."""
        return record_event(self.person.mailbox.pk, outlook_id, "click", **options)

    def sync(self, **options: Any) -> Work:
        """Run one cycle."""
        return run_cycle(self.person.mailbox.pk, Wish(**options))

    def rows(self) -> list[dict[str, Any]]:
        """Return the Events that are alive in Salesforce."""
        with self.sandbox.world.lock:
            rows: list[dict[str, Any]] = self.org.rows("Event")
        return rows

    def row(self) -> dict[str, Any]:
        """Return the only Event in Salesforce."""
        (row,) = self.rows()
        return row


def event(subject: str, start: datetime, **more: Any) -> dict[str, Any]:
    """Return an event of one hour in Graph's words."""
    end = start + timedelta(hours=1)
    return {
        "subject": subject,
        "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        "end": {"dateTime": f"{end:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        **more,
    }


@pytest.fixture
def desk(sandbox: Any, transactional_db: None) -> Desk:
    """Return a connected person with empty calendars."""
    organization = make_organization(sandbox)
    return Desk(sandbox, make_person(sandbox, organization), org_of(sandbox, organization))
