"""What tests of accounts share."""

from pathlib import Path
from typing import Any

import pytest

from linkpoint.accounts import connections
from tests.accounts.cast import CLIENT_SECRET, CONSUMER_SECRET, Cast, set_the_scene


@pytest.fixture
def cast(sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Return the emulated services with an organization, a tenant and two people, not connected yet."""
    monkeypatch.setenv("ACME_SECRET", CONSUMER_SECRET)
    monkeypatch.setenv("TENANT_SECRET", CLIENT_SECRET)
    # A busy machine may answer late, which is not what these tests are about.
    monkeypatch.setattr(connections, "PERSON_WAITS_S", 60.0)
    return set_the_scene(sandbox, tmp_path)
