"""Tokens kept in the database: used again, renewed by one worker at a time, never lost."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from linkpoint.accounts import connections
from linkpoint.accounts.models import Organization, Tenant, User
from linkpoint.accounts.tokens import _with_newest
from linkpoint.errors import NeedsPerson, TryLater
from sandbox.faults import Fault
from sandbox.salesforce.tokens import Grant
from tests.accounts.cast import HANNA, TENANT, Cast

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def hanna(cast: Cast) -> User:
    """Return Hanna, connected on both sides by her administrator."""
    cast.connect()
    return fresh()


def fresh() -> User:
    """Return Hanna as the database has her."""
    return User.objects.select_related("organization", "mailbox__tenant").get(username=HANNA)


def asked(cast: Cast, ending: str) -> int:
    """Return how often an address was called."""
    return sum(each.path.endswith(ending) for each in cast.sandbox.world.requests)


def sign_in_by_oneself(cast: Cast) -> str:
    """Give Hanna a refresh token of her own in place of the organization's key, and return it."""
    with cast.sandbox.world.lock:
        grant = Grant(cast.id_of(HANNA), "acme-consumer-key", "api refresh_token")
        token = cast.org.tokens.make_grant(grant)
    Organization.objects.update(jwt_private_key="")
    User.objects.update(refresh_token=token, token_cache="")
    return str(token)


def organization_name(_: int) -> str:
    """Ask Salesforce something, as a worker of its own."""
    try:
        rows = connections.salesforce_client(fresh()).query("SELECT Name FROM Organization")
        return str(next(iter(rows))["Name"])
    finally:
        connection.close()


def test_a_stored_token_is_used_by_the_next_worker(hanna: User, cast: Cast) -> None:
    before = asked(cast, "/services/oauth2/token"), asked(cast, "/oauth2/v2.0/token")

    for _ in range(3):
        connections.salesforce_client(fresh()).limits()
        connections.outlook_client(fresh().mailbox).calendars(hanna.mailbox.graph_user_id)

    assert (asked(cast, "/services/oauth2/token"), asked(cast, "/oauth2/v2.0/token")) == before


def test_a_refused_token_is_replaced_and_stored(hanna: User, cast: Cast) -> None:
    stored = hanna.token_cache
    cast.org.end_sessions()
    cast.microsoft.expire_tokens()

    connections.salesforce_client(hanna).limits()
    connections.outlook_client(hanna.mailbox).calendars(hanna.mailbox.graph_user_id)

    assert fresh().token_cache not in {"", stored}
    before = asked(cast, "/oauth2/v2.0/token")
    connections.outlook_client(fresh().mailbox).calendars(hanna.mailbox.graph_user_id)
    assert asked(cast, "/oauth2/v2.0/token") == before


def test_two_workers_do_not_lose_a_refresh_token_that_changes(hanna: User, cast: Cast) -> None:
    first = sign_in_by_oneself(cast)
    cast.sandbox.world.salesforce.switches.set("refresh_rotation", value=True)
    cast.sandbox.world.faults.add(
        Fault(path="/services/oauth2/token", delay_s=0.3, when="after", times=1)
    )
    before = asked(cast, "/services/oauth2/token")

    with ThreadPoolExecutor(4) as workers:
        names = list(workers.map(organization_name, range(4)))

    assert names == ["Acme"] * 4
    assert asked(cast, "/services/oauth2/token") - before == 1
    assert fresh().refresh_token not in {"", first}
    User.objects.update(token_cache="")
    assert organization_name(0) == "Acme"


def test_a_failure_does_not_undo_a_refresh_token_saved_before_it(hanna: User) -> None:
    def save_and_fail() -> None:
        hanna.refresh_token = "hush-second"
        hanna.save(update_fields=["refresh_token"])
        raise TryLater("salesforce", "Salesforce did not answer.")

    with pytest.raises(TryLater):
        _with_newest(hanna, ("refresh_token",), save_and_fail)

    assert fresh().refresh_token == "hush-second"


def test_a_token_is_asked_for_while_the_row_may_be_written(hanna: User, cast: Cast) -> None:
    User.objects.update(token_cache="")
    cast.sandbox.world.faults.add(
        Fault(path="/services/oauth2/token", delay_s=0.5, when="after", times=1)
    )

    with ThreadPoolExecutor(1) as worker:
        asking = worker.submit(organization_name, 0)
        User.objects.update(full_name="Hanna Weiss-Berg")
        assert asking.result() == "Acme"

    assert fresh().full_name == "Hanna Weiss-Berg"


def test_integration_user_reads_with_a_token_of_the_organization(hanna: User) -> None:
    Organization.objects.update(integration_username=HANNA)
    organization = Organization.objects.get()

    assert connections.organization_client(organization).user_id == hanna.salesforce_user_id

    assert Organization.objects.get().token_cache


def test_without_any_way_to_sign_in_a_person_is_needed(hanna: User) -> None:
    Organization.objects.update(jwt_private_key="")

    with pytest.raises(NeedsPerson) as needed:
        connections.salesforce_client(fresh()).limits()
    assert needed.value.what == "approval"

    with pytest.raises(NeedsPerson) as needed:
        connections.organization_client(Organization.objects.get())
    assert needed.value.what == "configuration"


def test_tokens_of_two_tenants_stay_apart(hanna: User, cast: Cast) -> None:
    cast.microsoft.add_tenant(
        tenant_id="11111111-0000-4000-8000-000000000000", client_id="c2", client_secret="hush-2"
    )
    other = Tenant.objects.create(
        organization=hanna.organization,
        tenant_id="11111111-0000-4000-8000-000000000000",
        client_id="c2",
        client_secret="hush-2",
    )
    session = connections.person_session()

    tokens: list[Any] = [
        connections.tenant_tokens(tenant, session).token()
        for tenant in (other, Tenant.objects.get(tenant_id=TENANT))
    ]

    assert tokens[0] != tokens[1]
