"""The sides of a mailbox or an organization, made when the first call needs them, with the counts of their calls."""

from functools import cached_property
from typing import Any

from linkpoint.accounts.connections import organization_client, outlook_client, salesforce_client
from linkpoint.accounts.models import Mailbox, Organization
from linkpoint.outlook.client import OutlookClient
from linkpoint.salesforce.client import SalesforceClient
from linkpoint.salesforce.wire import Allowance
from sync.engine.ports import Call, ReadClock, ReadOutlook, ReadOutlookPage
from sync.sides.outlook import OutlookSide
from sync.sides.salesforce import SalesforceSide
from sync.wiring.allowance import Reserve

_OUTLOOK_CALLS = (ReadClock, ReadOutlook, ReadOutlookPage)


class MailboxSides:
    """Calls for one mailbox: to its Outlook, and to Salesforce as its user."""

    def __init__(self, mailbox: Mailbox, reserve: Reserve | None = None) -> None:
        self._mailbox = mailbox
        self._reserve = reserve

    def call(self, call: Call[Any]) -> Any:
        """Return the answer.

        Raises:
            ServiceError: Of any kind.
        """
        if isinstance(call, _OUTLOOK_CALLS):
            return self._outlook.call(call)
        if self._reserve is not None:
            self._reserve.check(self.allowance())
        return self._salesforce.call(call)

    def counts(self) -> dict[str, int]:
        """Return how many calls were made so far; a side that was not needed made none."""
        made = self.__dict__
        outlook: OutlookClient | None = made.get("outlook_client")
        salesforce: SalesforceClient | None = made.get("salesforce_client")
        return {
            "graph_http": outlook.calls.http if outlook else 0,
            "graph_items": outlook.calls.items if outlook else 0,
            "salesforce": salesforce.calls.http if salesforce else 0,
        }

    def allowance(self) -> Allowance | None:
        """Return what Salesforce last said of the organization's calls of the day."""
        client: SalesforceClient | None = self.__dict__.get("salesforce_client")
        return client.allowance if client else None

    @cached_property
    def outlook_client(self) -> OutlookClient:
        """Return the client of the mailbox."""
        return outlook_client(self._mailbox)

    @cached_property
    def salesforce_client(self) -> SalesforceClient:
        """Return the client of the user."""
        return salesforce_client(self._mailbox.user)

    @cached_property
    def _outlook(self) -> OutlookSide:
        box = self._mailbox
        return OutlookSide(self.outlook_client, box.graph_user_id, box.calendar_id, box.time_zone)

    @cached_property
    def _salesforce(self) -> SalesforceSide:
        return SalesforceSide(
            self.salesforce_client, has_key=self._mailbox.organization.has_key_field
        )


class OrganizationSides:
    """Calls for the shared reading of an organization, as its integration user."""

    def __init__(self, organization: Organization) -> None:
        self.client = organization_client(organization)
        self._side = SalesforceSide(self.client, has_key=organization.has_key_field)

    def call(self, call: Call[Any]) -> Any:
        """Return the answer.

        Raises:
            ServiceError: Of any kind.
        """
        return self._side.call(call)
