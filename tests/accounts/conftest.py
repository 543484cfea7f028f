"""What tests of accounts share."""

from pathlib import Path
from typing import Any

import pytest

from linkpoint.accounts import connections
from linkpoint.accounts.models import Organization, User
from tests.accounts.cast import CLIENT_SECRET, CONSUMER_SECRET, HANNA, Cast, set_the_scene


@pytest.fixture
def cast(sandbox: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cast:
    """Return the emulated services with an organization, a tenant and two people, not connected yet."""
    monkeypatch.setenv("ACME_SECRET", CONSUMER_SECRET)
    monkeypatch.setenv("TENANT_SECRET", CLIENT_SECRET)
    # A busy machine may answer late, which is not what these tests are about.
    monkeypatch.setattr(connections, "PERSON_WAITS_S", 60.0)
    return set_the_scene(sandbox, tmp_path)


@pytest.fixture
def newcomer(cast: Cast) -> User:
    """Return Hanna as the Canvas launch leaves her: known, but with no mailbox and no JWT key for her."""
    cast.connect_organization()
    cast.connect_tenant()
    Organization.objects.update(jwt_private_key="", name="Acme")
    return User.objects.create(
        organization=Organization.objects.get(),
        salesforce_user_id=cast.id_of(HANNA),
        username=HANNA,
        email=HANNA,
        full_name="Hanna Weiss",
        time_zone="Europe/Berlin",
    )
