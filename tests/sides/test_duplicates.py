"""What a duplicate means: our own Event, or another field that has to be unique."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from linkpoint.errors import Exists, Refused, TryLater
from linkpoint.http import build_session
from linkpoint.salesforce.auth import RefreshToken, SalesforceTokens
from linkpoint.salesforce.client import SalesforceClient
from sync.engine.ports import CreateSalesforce, NewEvent
from sync.sides.event_fields import KEY_FIELD
from sync.sides.salesforce import SalesforceSide
from tests.clients.scripted import Answer, Scripted, scripted
from tests.sides.test_event_fields import TIMED, row

EVENT = NewEvent("org:link:1", "0055g00000Hanna", TIMED, "UTC", datetime(2026, 1, 1, tzinfo=UTC))
ACCESS = {"access_token": "t", "instance_url": "https://acme.my.salesforce.com"}


@pytest.fixture
def service() -> Iterator[Scripted]:
    with scripted() as running:
        running.rule("/oauth2/token", Answer(200, ACCESS))
        yield running


@pytest.fixture
def side(service: Scripted) -> Iterator[SalesforceSide]:
    routes = service.routes("login.salesforce.com", "*.my.salesforce.com")
    with build_session(routes, timeout_s=5) as session:
        tokens = SalesforceTokens(RefreshToken("key", "refresh"), session)
        yield SalesforceSide(SalesforceClient(session, tokens), has_key=True)


def duplicate(field: str) -> Answer:
    message = f"duplicate value found: {field} duplicates value on record with id: 00U5g00000BBBBB"
    error = {"statusCode": "DUPLICATE_VALUE", "message": message, "fields": []}
    return Answer(200, [{"success": False, "errors": [error]}])


def found(*rows: dict[str, Any]) -> Answer:
    return Answer(200, {"records": list(rows), "done": True})


def test_event_with_our_key_is_ours_by_the_row_that_has_it(
    service: Scripted, side: SalesforceSide
) -> None:
    service.say(duplicate(KEY_FIELD), found(row(**{KEY_FIELD: EVENT.key})))

    (answer,) = side.call(CreateSalesforce((EVENT,)))

    assert isinstance(answer, Exists)
    assert answer.record_id == "00U5g00000AAAAAEA5"


def test_duplicate_in_another_field_is_never_taken_for_ours(
    service: Scripted, side: SalesforceSide
) -> None:
    service.say(duplicate("Ticket__c"), found())

    (answer,) = side.call(CreateSalesforce((EVENT,)))

    assert isinstance(answer, Refused)
    assert answer.field == "Ticket__c"


def test_event_with_our_key_that_does_not_show_yet_is_tried_later(
    service: Scripted, side: SalesforceSide
) -> None:
    service.say(duplicate(KEY_FIELD), found())

    (answer,) = side.call(CreateSalesforce((EVENT,)))

    assert isinstance(answer, TryLater)


def test_key_that_differs_in_a_capital_is_another_key(
    service: Scripted, side: SalesforceSide
) -> None:
    service.say(duplicate(KEY_FIELD), found(row(**{KEY_FIELD: "Org:link:1"})))

    (answer,) = side.call(CreateSalesforce((EVENT,)))

    assert isinstance(answer, TryLater)
