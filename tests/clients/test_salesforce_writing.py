"""What is written through the client, over real HTTP: in what packets, on which condition, and what is known afterwards."""

from datetime import UTC, datetime

import pytest

from linkpoint.errors import Exists, Gone, Outdated, Refused, TryLater
from linkpoint.salesforce.client import Change, SalesforceClient
from tests.clients.scripted import DROP, Answer, Request, Scripted

EVENT = "00U5g00000AAAAAEA5"
EXPIRED = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
DATA = "/services/data/v67.0"


def test_create_tells_of_each_record_in_order(service: Scripted, client: SalesforceClient) -> None:
    duplicate = "duplicate value found: K__c duplicates value on record with id: 00U5g00000BBBBB"
    service.say(
        Answer(
            200,
            [
                {"id": "00U5g00000AAAAA", "success": True, "errors": [], "created": True},
                {
                    "success": False,
                    "errors": [{"statusCode": "DUPLICATE_VALUE", "message": duplicate}],
                },
                {
                    "success": False,
                    "errors": [{"statusCode": "STRING_TOO_LONG", "fields": ["Subject"]}],
                },
                "what",
            ],
        )
    )

    results = client.create_many("Event", [{"K__c": str(n)} for n in range(4)])

    request = service.asked("/composite/")[0]
    assert (request.method, request.path) == ("POST", f"{DATA}/composite/sobjects")
    assert request.json()["allOrNone"] is False
    assert request.json()["records"][0] == {"attributes": {"type": "Event"}, "K__c": "0"}
    assert results[0] == EVENT
    assert isinstance(results[1], Exists)
    assert isinstance(results[2], Refused)
    assert isinstance(results[3], TryLater)


def test_collections_are_sent_in_two_hundreds(service: Scripted, client: SalesforceClient) -> None:
    def saved(request: Request) -> Answer:
        rows = request.json()["records"]
        return Answer(200, [{"id": EVENT, "success": True, "errors": []} for _ in rows])

    service.rule("/composite/", saved)

    results = client.create_many("Event", [{"Subject": str(n)} for n in range(450)])

    assert [len(r.json()["records"]) for r in service.asked("/composite/")] == [200, 200, 50]
    assert len(results) == 450
    assert (client.calls.http, client.calls.writes) == (3, 3)


def test_conditions_of_many_changes_are_kept_and_answers_are_put_in_order(
    service: Scripted, client: SalesforceClient
) -> None:
    deleted = [{"errorCode": "ENTITY_IS_DELETED", "message": "entity is deleted"}]
    parts = [
        {"referenceId": "change2", "httpStatusCode": 404, "body": deleted},
        {"referenceId": "change0", "httpStatusCode": 204, "body": None},
        {"referenceId": "change1", "httpStatusCode": 412, "body": []},
    ]
    service.say(Answer(401, EXPIRED), Answer(200, {"compositeResponse": parts}))
    since = datetime(2026, 11, 25, 8, tzinfo=UTC)

    results = client.update_each(
        "Event", [Change(EVENT, {"Subject": str(n)}, since) for n in range(4)]
    )

    first, second = service.asked("/composite")
    sent = second.json()["compositeRequest"]
    assert first.body == second.body
    assert second.json()["allOrNone"] is False
    assert sent[0]["httpHeaders"] == {"If-Unmodified-Since": "Wed, 25 Nov 2026 08:00:00 GMT"}
    assert results[0] is None
    assert [type(each) for each in results[1:]] == [Outdated, Gone, TryLater]


def test_lost_answer_to_the_rest_keeps_what_is_known_of_the_others(
    service: Scripted, client: SalesforceClient
) -> None:
    saved = [{"id": EVENT, "success": True, "created": True}] * 200
    done = [{"referenceId": f"change{n}", "httpStatusCode": 204} for n in range(25)]
    service.say(Answer(200, saved), Answer(DROP))
    made = client.create_many("Event", [{"Subject": "x"}] * 250)
    service.say(Answer(200, {"compositeResponse": done}), Answer(DROP))
    changed = client.update_each("Event", [Change(EVENT, {})] * 30)

    assert made[:200] == [EVENT] * 200
    assert all(isinstance(each, TryLater) for each in made[200:])
    assert changed[:25] == [None] * 25
    assert all(isinstance(each, TryLater) for each in changed[25:])
    assert (len(made), len(changed)) == (250, 30)


@pytest.mark.parametrize("body", [[], {}, None, [{}, {}]])
def test_collections_answer_of_another_length_is_unknown(
    service: Scripted, client: SalesforceClient, body: object
) -> None:
    service.say(Answer(200, body))

    with pytest.raises(TryLater):
        client.create_many("Event", [{"Subject": "x"}])
    service.say(Answer(200, body))
    if not isinstance(body, dict):
        with pytest.raises(TryLater):
            client.update_each("Event", [Change(EVENT, {})])


def test_write_is_never_repeated_by_itself(service: Scripted, client: SalesforceClient) -> None:
    service.rule("/composite/", Answer(503, None, {"Retry-After": "0"}))

    with pytest.raises(TryLater):
        client.create_many("Event", [{"Subject": "x"}])

    assert len(service.asked("/composite/")) == 1


def test_changed_and_deleted_records_are_told_apart(
    service: Scripted, client: SalesforceClient
) -> None:
    deleted = [{"errorCode": "ENTITY_IS_DELETED", "message": "entity is deleted"}]
    service.say(Answer(412), Answer(404, deleted), Answer(404, deleted))

    with pytest.raises(Outdated):
        client.update("Event", EVENT, {"Subject": "x"}, datetime.now(UTC))
    with pytest.raises(Gone):
        client.update("Event", EVENT, {"Subject": "x"})
    with pytest.raises(Gone):
        client.delete("Event", EVENT)
