"""An emulated org without a server, a clock that stands still, and a client for its REST API."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request, Response

from sandbox.salesforce.org import Org, Salesforce
from sandbox.salesforce.web import handle

ORG_ID = "00D5g00000AcmeXEAR"
HANNA = "hanna.weiss@acme.example"
JONAS = "jonas.lindqvist@acme.example"
KEY, SECRET = "3MVG9.consumer", "consumer-secret-for-tests"
HOST = "https://acme.my.salesforce.com"


class StandingClock:
    """A present that moves only when told to."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def pass_by(self, **span: float) -> None:
        self.moment += timedelta(**span)


@dataclass
class Emulation:
    """Everything a test needs of the Salesforce half.

    ``salesforce`` and ``lock`` are what ``handle`` looks for in a world.
    """

    clock: StandingClock = field(default_factory=StandingClock)
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self.salesforce = Salesforce(self.clock)
        self.org = self.salesforce.add_org(
            organization_id=ORG_ID,
            my_domain="acme",
            name="Acme",
            consumer_key=KEY,
            consumer_secret=SECRET,
            app_url="http://localhost:8000/canvas/",
        )
        self.hanna = self.org.add_user(username=HANNA, name="Hanna Weiss")
        self.jonas = self.org.add_user(username=JONAS, name="Jonas Lindqvist")
        self.http = Client(Request.application(self._answer))

    def _answer(self, request: Request) -> Response:
        return handle(self, request)

    def switch(self, name: str, value: object) -> None:
        self.salesforce.switches.set(name, value)

    def token(self, username: str = HANNA) -> str:
        user_id = self.org.caller(username).user_id
        return self.org.tokens.open_session(user_id, KEY, "api", self.clock.now())

    def api(self, username: str = HANNA, version: str = "v66.0") -> "Api":
        return Api(self, self.token(username), version)


@dataclass
class Api:
    """The REST API as one user."""

    emulation: Emulation
    token: str
    version: str

    def call(self, method: str, path: str, **arguments: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **arguments.pop("headers", {})}
        return self.emulation.http.open(
            f"/services/data/{self.version}/{path}",
            method=method,
            base_url=HOST,
            headers=headers,
            **arguments,
        )

    def query(self, soql: str, *, everything: bool = False) -> dict[str, Any]:
        path = "queryAll/" if everything else "query/"
        answer = self.call("GET", path, query_string={"q": soql})
        assert answer.status_code == 200, answer.text
        return json_of(answer)

    def column(self, soql: str, name: str = "Subject") -> list[Any]:
        return [row[name] for row in self.query(soql)["records"]]

    def refusal(self, method: str, path: str, **arguments: Any) -> tuple[int, str, list[str]]:
        """Return status, code and fields of the only error."""
        answer = self.call(method, path, **arguments)
        assert answer.status_code >= 400, answer.text
        [error] = list_of(answer)
        return answer.status_code, error["errorCode"], error.get("fields", [])


def json_of(answer: TestResponse) -> dict[str, Any]:
    """Return the body, which is an object."""
    assert isinstance(answer.json, dict), answer.text
    return answer.json


def list_of(answer: TestResponse) -> list[dict[str, Any]]:
    """Return the body, which is a list."""
    assert isinstance(answer.json, list), answer.text
    return answer.json


def event(subject: str = "Review", **fields: object) -> dict[str, object]:
    """Return the fields of an event from 09:00 to 09:30 UTC on 26 November 2026."""
    times = {"StartDateTime": "2026-11-26T09:00:00Z", "DurationInMinutes": 30}
    return {"Subject": subject, **times, **fields}


def row_of(org: Org, record_id: str, kind: str = "Event") -> dict[str, object]:
    """Return a row, deleted or not."""
    rows = org.rows(kind, include_deleted=True)
    return next(row for row in rows if row["Id"] == record_id)
