"""The real simple-salesforce, unmodified, against the served sandbox."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from requests.adapters import HTTPAdapter
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceExpiredSession,
    SalesforceMalformedRequest,
    SalesforceResourceNotFound,
)
from simple_salesforce.format import format_soql

from sandbox.salesforce.org import Org

HANNA = "hanna.weiss@acme.example"


class Loopback(HTTPAdapter):
    """Sends https requests to a server on this machine, under their own Host header."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.base = f"http://127.0.0.1:{port}"

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> requests.Response:
        address = urlsplit(request.url or "")
        request.headers["Host"] = str(address.hostname)
        request.url = f"{self.base}{address.path}" + (f"?{address.query}" if address.query else "")
        return super().send(request, *args, **more)


@pytest.fixture
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def org(sandbox: Any, key: rsa.RSAPrivateKey) -> Org:
    encoding = serialization.Encoding.PEM
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    made: Org = sandbox.world.salesforce.add_org(
        organization_id="00D5g00000AcmeX",
        my_domain="acme",
        consumer_key="consumer",
        consumer_secret="secret",
        jwt_certificate_or_public_key_pem=key.public_key().public_bytes(encoding, form).decode(),
    )
    made.add_user(username=HANNA, name="Hanna Weiss")
    return made


@pytest.fixture
def client(sandbox: Any, org: Org, key: rsa.RSAPrivateKey) -> Any:
    """Return the client, signed in by JWT bearer as Hanna."""
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", Loopback(sandbox.port))
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    return Salesforce(
        username=HANNA,
        consumer_key="consumer",
        privatekey=private.decode(),
        session=session,
        version="66.0",
    )


def event(**fields: object) -> dict[str, object]:
    return {
        "Subject": "Review",
        "StartDateTime": "2026-11-26T09:00:00Z",
        "DurationInMinutes": 30,
        **fields,
    }


def test_rows_are_written_read_and_deleted(client: Any, org: Org) -> None:
    made = client.Event.create(event())
    assert made["success"] is True
    assert client.Event.update(made["id"], {"Subject": "O'Hara \\ x"}) == 204
    assert client.Event.get(made["id"])["Subject"] == "O'Hara \\ x"
    soql = format_soql("SELECT Id FROM Event WHERE Subject = {}", "O'Hara \\ x")
    assert client.query(soql)["records"][0]["Id"] == made["id"]
    assert client.Event.delete(made["id"]) == 204
    assert client.query("SELECT Id FROM Event")["totalSize"] == 0
    assert client.query("SELECT Id FROM Event", include_deleted=True)["totalSize"] == 1
    assert org.writes == 3


def test_upsert_by_key_with_signs_in_it(client: Any, org: Org) -> None:
    path = "LinkPoint_Key__c/AAMk%2F%2B%3D"
    assert client.Event.upsert(path, event()) == 201
    raw = client.Event.upsert(path, event(Subject="again"), raw_response=True)
    assert (raw.status_code, raw.json()["created"]) == (200, False)
    [row] = org.rows("Event")
    assert (row["LinkPoint_Key__c"], row["Subject"]) == ("AAMk/+=", "again")


def test_all_pages_are_fetched(client: Any, org: Org, sandbox: Any) -> None:
    sandbox.world.salesforce.switches.set("page_cap", 3)
    for number in range(8):
        org.create("Event", event(Subject=f"n{number}"), HANNA)
    found = client.query_all("SELECT Subject FROM Event ORDER BY Subject")
    assert [row["Subject"] for row in found["records"]] == [f"n{number}" for number in range(8)]


def test_describes_limits_and_search(client: Any, org: Org) -> None:
    assert len(client.describe()["sobjects"]) == 10
    names = {field["name"] for field in client.Event.describe()["fields"]}
    assert {"StartDateTime", "LinkPoint_Key__c"} <= names
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    org.create("Contact", {"LastName": "Hartmann"}, HANNA)
    found = client.search("FIND {hartmann} RETURNING Contact(Id, LastName)")
    assert found["searchRecords"][0]["LastName"] == "Hartmann"


def test_collections_and_composite(client: Any, org: Org) -> None:
    records = [{"attributes": {"type": "Event"}, **event(Subject=name)} for name in ("a", "b")]
    outcomes = client.restful(
        "composite/sobjects", method="POST", json={"allOrNone": False, "records": records}
    )
    assert [outcome["success"] for outcome in outcomes] == [True, True]
    url = "/services/data/v66.0/query?q=SELECT+Id+FROM+Event"
    part = {"method": "GET", "url": url, "referenceId": "q"}
    body = client.restful("composite", method="POST", json={"compositeRequest": [part]})
    assert body["compositeResponse"][0]["body"]["totalSize"] == len(org.rows("Event"))


def test_changes_since_a_moment(client: Any, org: Org) -> None:
    kept, gone = client.Event.create(event())["id"], client.Event.create(event())["id"]
    client.Event.delete(gone)
    now = datetime.now(UTC)
    start, end = now - timedelta(minutes=5), now + timedelta(minutes=5)
    assert client.Event.updated(start, end)["ids"] == [kept]
    assert [row["id"] for row in client.Event.deleted(start, end)["deletedRecords"]] == [gone]


def test_errors_have_the_classes_of_the_client(client: Any, org: Org) -> None:
    with pytest.raises(SalesforceMalformedRequest) as caught:
        client.Event.create(event(ShowAs="Tentative"))
    content: Any = caught.value.content
    assert content[0]["fields"] == ["ShowAs"]
    with pytest.raises(SalesforceResourceNotFound):
        client.Event.get("00U000000000001AAA")
    with pytest.raises(SalesforceMalformedRequest):
        client.query("SELECT Nope FROM Event")
    headers = {"If-Unmodified-Since": "Sun, 22 Nov 2020 00:00:00 GMT"}
    made = client.Event.create(event())["id"]
    with pytest.raises(Exception, match="412") as moved:
        client.Event.update(made, {"Subject": "y"}, headers=headers)
    assert getattr(moved.value, "status", None) == 412


def test_ended_session_is_noticed(sandbox: Any, client: Any, org: Org) -> None:
    direct: Any = Salesforce(
        instance="acme.my.salesforce.com",
        session_id=client.session_id,
        session=client.session,
        version="66.0",
    )
    assert direct.query("SELECT Id FROM Event")["totalSize"] == 0
    org.end_sessions(HANNA)
    with pytest.raises(SalesforceExpiredSession):
        direct.query("SELECT Id FROM Event")


def test_upserts_of_one_key_from_many_threads_make_one_row(
    sandbox: Any, client: Any, org: Org
) -> None:
    headers = {"Authorization": f"Bearer {client.session_id}", "Host": "acme.my.salesforce.com"}
    address = f"{sandbox.url}/services/data/v66.0/sobjects/Event/LinkPoint_Key__c/k"

    def upsert(number: int) -> int:
        body = event(Subject=f"n{number}")
        return requests.patch(address, json=body, headers=headers, timeout=20).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(upsert, range(24)))
    assert statuses == [200] * 23 + [201]
    assert len(org.rows("Event")) == 1
    assert org.writes == 24
