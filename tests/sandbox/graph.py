"""A small client of the emulated Graph for tests, and the people they are about."""

from typing import Any
from urllib.parse import quote

import requests

from sandbox.server import Sandbox

TENANT = "9a1f2c3d-0000-4000-8000-00000000acee"
CLIENT = "5b6c7d8e-0000-4000-8000-0000000c11e0"
SECRET = "hush-client-secret"
ADDRESS = "hanna.weiss@acme.example"
ZONE = "Europe/Berlin"
IMMUTABLE = 'IdType="ImmutableId"'

Json = dict[str, Any]


class Graph:
    """Calls Graph over HTTP on loopback."""

    def __init__(self, server: Sandbox, session: requests.Session) -> None:
        self.server = server
        self.session = session
        self.token = self.new_token()
        self.user_id = server.world.microsoft.mailbox(ADDRESS).id

    def new_token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT,
            "client_secret": SECRET,
            "scope": "https://graph.microsoft.com/.default",
        }
        url = f"{self.server.url}/{TENANT}/oauth2/v2.0/token"
        answer = self.session.post(url, data=form, timeout=10)
        return str(answer.json()["access_token"])

    def call(
        self, method: str, path: str, body: Any = None, *, prefer: str = IMMUTABLE, **headers: str
    ) -> requests.Response:
        """Send a request to a path below the mailbox, or to an absolute link of an answer."""
        url = path.replace("https://graph.microsoft.com", self.server.url)
        if not url.startswith("http"):
            below = path if path.startswith("//") else f"/users/{self.user_id}{path}"
            url = f"{self.server.url}/v1.0{below.replace('//', '/')}"
        sent = {
            "Authorization": f"Bearer {self.token}",
            "Prefer": prefer,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.session.request(method, url, headers=sent, json=body, timeout=30)

    def get(self, path: str, **options: Any) -> Json:
        answer = self.call("GET", path, **options)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    def create(self, event: Json, **options: Any) -> Json:
        answer = self.call("POST", "/events", event, **options)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    def change(self, event_id: str, changes: Json, **options: Any) -> Json:
        answer = self.call("PATCH", f"/events/{quote(event_id)}", changes, **options)
        assert answer.status_code == 200, answer.text
        changed: Json = answer.json()
        return changed

    def view(self, start: str, end: str, **options: Any) -> list[Json]:
        path = f"/calendarView?startDateTime={start}&endDateTime={end}&$top=500"
        found: list[Json] = self.get(path, **options)["value"]
        return found

    def round(self, url: str, **options: Any) -> tuple[list[Json], str]:
        """Read all pages of a delta round; return the items and the deltaLink."""
        items: list[Json] = []
        while True:
            page = self.get(url, **options)
            items += page["value"]
            if "@odata.deltaLink" in page:
                return items, str(page["@odata.deltaLink"])
            url = page["@odata.nextLink"]


def event(
    subject: str = "Review",
    start: str = "2026-12-01T09:00:00",
    end: str = "2026-12-01T10:00:00",
    **more: Any,
) -> Json:
    """Return an event in Berlin time."""
    return {
        "subject": subject,
        "start": {"dateTime": start, "timeZone": ZONE},
        "end": {"dateTime": end, "timeZone": ZONE},
        **more,
    }


def weekly(subject: str = "Jour fixe", *, days: list[str] | None = None, **more: Any) -> Json:
    """Return a series on Tuesdays at nine from 1 December 2026, four times."""
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": days or ["tuesday"]}
    span = {"type": "numbered", "startDate": "2026-12-01", "numberOfOccurrences": 4}
    return event(subject, recurrence={"pattern": pattern, "range": span}, **more)


def window(start: str = "2026-11-01T00:00:00Z", end: str = "2027-02-01T00:00:00Z") -> str:
    """Return the path of a new delta round."""
    return f"/calendarView/delta?startDateTime={start}&endDateTime={end}"
