"""Both sides on the sandbox, as one person has them; no database, no settings."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from linkpoint.http import LoopbackRoutes, build_session
from linkpoint.outlook.auth import AppOnly, TokenSource
from linkpoint.outlook.client import OutlookClient
from linkpoint.salesforce.auth import JwtBearer, SalesforceTokens
from linkpoint.salesforce.client import SalesforceClient
from sync.sides.outlook import OutlookSide
from sync.sides.salesforce import SalesforceSide
from tests.people import jwt_key

TENANT = "5d1c3b1e-6d0f-4a55-9a53-0c4b7a1f2e90"
HANNA = "hanna.weiss@acme.example"
OSKAR = "oskar.lind@acme.example"


@pytest.fixture
def session(sandbox: Any) -> Iterator[requests.Session]:
    routes = LoopbackRoutes(tuple(sandbox.loopback_hosts.items()))
    with build_session(routes, timeout_s=10) as session:
        yield session


@pytest.fixture
def org(sandbox: Any) -> Any:
    org = sandbox.world.salesforce.add_org(
        organization_id="00D5g00000AcmeX",
        my_domain="acme",
        consumer_key="key",
        consumer_secret="secret",
        jwt_certificate_or_public_key_pem=jwt_key()[1],
    )
    org.add_user(username=HANNA, name="Hanna Weiss", email=HANNA)
    org.add_user(username=OSKAR, name="Oskar Lind", email=OSKAR)
    return org


@pytest.fixture
def client(org: Any, session: requests.Session) -> SalesforceClient:
    return SalesforceClient(
        session, SalesforceTokens(JwtBearer(HANNA, "key", jwt_key()[0]), session)
    )


@pytest.fixture
def salesforce(client: SalesforceClient) -> SalesforceSide:
    return SalesforceSide(client, has_key=True)


@pytest.fixture
def mailbox(sandbox: Any) -> Any:
    sandbox.world.microsoft.add_tenant(tenant_id=TENANT, client_id="client", client_secret="secret")
    return sandbox.world.microsoft.add_mailbox(
        tenant_id=TENANT, address=HANNA, name="Hanna Weiss", time_zone="Europe/Berlin"
    )


@pytest.fixture
def graph(mailbox: Any, session: requests.Session) -> OutlookClient:
    credentials = AppOnly(TENANT, "client", client_secret="secret")
    return OutlookClient(session, TokenSource(credentials, session, lambda _cache: None))


@pytest.fixture
def outlook(graph: OutlookClient, mailbox: Any) -> OutlookSide:
    return OutlookSide(graph, mailbox.id, mailbox.calendar_id, "Europe/Berlin")
