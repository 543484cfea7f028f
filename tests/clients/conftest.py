from collections.abc import Iterator

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from linkpoint.http import build_session
from linkpoint.salesforce.auth import RefreshToken, SalesforceTokens
from linkpoint.salesforce.client import SalesforceClient
from tests.clients.scripted import Answer, Request, Scripted, scripted

HOSTS = (
    "login.salesforce.com",
    "test.salesforce.com",
    "*.my.salesforce.com",
    "login.microsoftonline.com",
    "graph.microsoft.com",
)


@pytest.fixture
def service() -> Iterator[Scripted]:
    with scripted() as running:
        yield running


@pytest.fixture
def session(service: Scripted) -> Iterator[requests.Session]:
    with build_session(service.routes(*HOSTS), timeout_s=5) as session:
        yield session


@pytest.fixture(scope="session")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def private_key_pem(private_key: rsa.RSAPrivateKey) -> str:
    return private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.fixture
def client(service: Scripted, session: requests.Session) -> SalesforceClient:
    """Return a client over the scripted service; each sign-in gets another token."""
    logins = iter(range(1, 1000))

    def token(_request: Request) -> Answer:
        return Answer(
            200,
            {
                "access_token": f"token-{next(logins)}",
                "instance_url": "https://acme.my.salesforce.com",
                "id": "https://login.salesforce.com/id/00D5g00000AcmeX/0055g00000Hanna",
            },
        )

    service.rule("/oauth2/token", token)
    return SalesforceClient(session, SalesforceTokens(RefreshToken("key", "refresh"), session))
