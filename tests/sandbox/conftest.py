"""A sandbox of its own for each test."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.server import Sandbox, start
from sandbox.world import World
from tests.sandbox.graph import ADDRESS, CLIENT, SECRET, TENANT, ZONE, Graph


@pytest.fixture
def server() -> Iterator[Sandbox]:
    """Yield a running sandbox with one tenant and one mailbox."""
    world = World()
    world.microsoft.add_tenant(tenant_id=TENANT, client_id=CLIENT, client_secret=SECRET)
    world.microsoft.add_mailbox(
        tenant_id=TENANT, address=ADDRESS, name="Hanna Weiss", time_zone=ZONE
    )
    with start(world) as running:
        yield running


@pytest.fixture
def graph(server: Sandbox) -> Iterator[Graph]:
    """Yield an app-only client with immutable ids."""
    with requests.Session() as session:
        yield Graph(server, session)


@pytest.fixture
def control(server: Sandbox) -> Any:
    """Return a function that calls the control API and returns status and body."""

    def call(method: str, path: str, body: object = None) -> tuple[int, Any]:
        content = None if body is None else json.dumps(body)
        answer = requests.request(method, f"{server.url}/control/{path}", data=content, timeout=10)
        return answer.status_code, answer.json()

    return call
