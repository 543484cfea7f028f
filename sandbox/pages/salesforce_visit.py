"""One request of a person in the Salesforce pages."""

from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from werkzeug.wrappers import Request, Response

from sandbox.pages.templating import page
from sandbox.salesforce.access import Caller, can_see
from sandbox.salesforce.org import Org
from sandbox.salesforce.values import Row

TABS = (
    ("linkpoint", "LinkPoint"),
    ("calendar", "Calendar"),
    ("contacts", "Contacts"),
    ("leads", "Leads"),
    ("accounts", "Accounts"),
    ("opportunities", "Opportunities"),
)


@dataclass(frozen=True)
class Visit:
    """Who looks at what.

    Attributes:
        rest: Path behind the tab.
    """

    org: Org
    user: Row
    tab: str
    rest: tuple[str, ...]
    request: Request

    @property
    def username(self) -> str:
        """The person's username."""
        return str(self.user["Username"])

    @property
    def zone(self) -> ZoneInfo:
        """The person's time zone."""
        return ZoneInfo(str(self.user["TimeZoneSidKey"]))

    @property
    def today(self) -> date:
        """The day it is for the person."""
        return self.org.clock.now().astimezone(self.zone).date()

    @property
    def caller(self) -> Caller:
        """The person as somebody who reads rows."""
        return self.org.caller(self.username)

    def address(self, *parts: str) -> str:
        """Return the address of a page of this person."""
        return "/".join(["/salesforce", quote(self.username), *map(quote, parts)])

    def local(self, moment: object) -> datetime:
        """Return a stored moment in the person's zone.

        Raises:
            TypeError: It is none.
        """
        if not isinstance(moment, datetime):
            raise TypeError("moment")
        return moment.astimezone(self.zone)

    def visible(self, record_id: str) -> Row | None:
        """Return a living row that the person may see."""
        row, sobject = self.org.store.living(record_id), self.org.store.object_of(record_id)
        if row is None or sobject is None:
            return None
        return row if can_see(self.caller, sobject, row, self.org.switches) else None

    def page(self, template: str, *, status: int = 200, **values: object) -> Response:
        """Return a page with the frame that all tabs share."""
        return page(f"salesforce/{template}", status=status, visit=self, tabs=TABS, **values)

    def missing(self) -> Response:
        """Return the page that says there is no such record."""
        why = "The record was deleted, or it is not yours to see."
        return page("salesforce/refused.html", status=404, title="No such record", why=why)
