from collections.abc import Iterator

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from linkpoint.http import build_session
from tests.clients.scripted import Scripted, scripted

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
