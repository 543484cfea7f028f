"""Collections, composite and batch requests: contract section 2."""

from typing import Any

import pytest

from tests.sandbox.emulated_org import HANNA, Emulation, event, json_of, list_of

KEY = "LinkPoint_Key__c"


@pytest.fixture
def world() -> Emulation:
    return Emulation()


def typed(**fields: object) -> dict[str, object]:
    return {"attributes": {"type": "Event"}, **fields}


def rows(
    world: Emulation, method: str, path: str, *records: dict[str, object], all_or_none: bool = False
) -> list[dict[str, Any]]:
    body = {"allOrNone": all_or_none, "records": list(records)}
    answer = world.api().call(method, f"composite/{path}", json=body)
    assert answer.status_code == 200
    return list_of(answer)


def test_each_row_has_its_own_outcome_in_order(world: Emulation) -> None:
    outcomes = rows(
        world,
        "POST",
        "sobjects",
        typed(**event("a")),
        typed(**event("b", ShowAs="Tentative")),
        typed(**event("c")),
    )
    assert [outcome["success"] for outcome in outcomes] == [True, False, True]
    assert set(outcomes[0]) == {"id", "success", "errors"}
    [error] = outcomes[1]["errors"]
    assert set(error) == {"statusCode", "message", "fields"}
    assert [row["Subject"] for row in world.org.rows("Event")] == ["a", "c"]
    assert world.org.writes == 3


def test_name_of_the_code_in_a_row_is_a_switch(world: Emulation) -> None:
    world.switch("row_error_key", "errorCode")
    [outcome] = rows(world, "POST", "sobjects", typed(**event(ShowAs="No")))
    assert "errorCode" in outcome["errors"][0]


def test_all_or_none_leaves_nothing(world: Emulation) -> None:
    outcomes = rows(
        world,
        "POST",
        "sobjects",
        typed(**event("a")),
        typed(**event("b", ShowAs="No")),
        all_or_none=True,
    )
    assert [outcome["success"] for outcome in outcomes] == [False, False]
    assert outcomes[0]["errors"][0]["statusCode"] == "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    assert world.org.rows("Event") == []


def test_upsert_of_many_tells_what_was_made(world: Emulation) -> None:
    world.org.create("Event", event("old", LinkPoint_Key__c="k1"), HANNA)
    outcomes = rows(
        world,
        "PATCH",
        f"sobjects/Event/{KEY}",
        typed(**event("one", LinkPoint_Key__c="k1")),
        typed(**event("two", LinkPoint_Key__c="k2")),
    )
    assert [outcome["created"] for outcome in outcomes] == [False, True]
    assert [row["Subject"] for row in world.org.rows("Event")] == ["one", "two"]


def test_update_and_delete_of_many(world: Emulation) -> None:
    first = world.org.create("Event", event("a"), HANNA)
    second = world.org.create("Event", event("b"), HANNA)
    updated = rows(
        world,
        "PATCH",
        "sobjects",
        typed(Id=first, Subject="x"),
        typed(Subject="no id"),
        typed(Id="00U000000000000AAA", Subject="y"),
    )
    assert [outcome["success"] for outcome in updated] == [True, False, False]
    answer = world.api().call("DELETE", f"composite/sobjects?ids={first},{second},{first}")
    codes = [error["statusCode"] for outcome in list_of(answer) for error in outcome["errors"]]
    assert codes == ["ENTITY_IS_DELETED"]
    assert world.org.rows("Event") == []


def test_rows_of_many_ids_come_in_their_order(world: Emulation) -> None:
    first = world.org.create("Event", event("a"), HANNA)
    second = world.org.create("Event", event("b"), HANNA)
    ids = [second, "00U000000000000AAA", first]
    path = f"composite/sobjects/Event?ids={','.join(ids)}&fields=Subject"
    got = list_of(world.api().call("GET", path))
    assert [row and row["Subject"] for row in got] == ["b", None, "a"]
    body = {"ids": ids, "fields": ["Subject"]}
    assert list_of(world.api().call("POST", "composite/sobjects/Event", json=body)) == got


def test_two_hundred_rows_are_the_most(world: Emulation) -> None:
    body = {"records": [typed(**event()) for _ in range(201)]}
    assert world.api().call("POST", "composite/sobjects", json=body).status_code == 400
    assert world.org.rows("Event") == []


def composite(world: Emulation, *parts: dict[str, object], **more: object) -> list[dict[str, Any]]:
    body = {"compositeRequest": list(parts), **more}
    answer = world.api().call("POST", "composite", json=body)
    assert answer.status_code == 200, answer.text
    inner: list[dict[str, Any]] = json_of(answer)["compositeResponse"]
    return inner


def part(reference: str, method: str, path: str, **more: object) -> dict[str, object]:
    url = f"/services/data/v66.0/{path}"
    return {"referenceId": reference, "method": method, "url": url, **more}


def test_later_part_uses_the_answer_of_an_earlier_one(world: Emulation) -> None:
    outcomes = composite(
        world,
        part("acc", "POST", "sobjects/Account", body={"Name": "A"}),
        part("ev", "POST", "sobjects/Event", body=event(WhatId="@{acc.id}")),
        part("see", "GET", "sobjects/Event/@{ev.id}?fields=WhatId"),
        part("all", "GET", "query?q=SELECT Id FROM Event WHERE WhatId = '@{acc.id}'"),
    )
    assert [outcome["httpStatusCode"] for outcome in outcomes] == [201, 201, 200, 200]
    assert outcomes[2]["body"]["WhatId"] == outcomes[0]["body"]["id"]
    assert outcomes[3]["body"]["totalSize"] == 1
    assert world.org.api_calls == 1
    assert set(outcomes[0]) == {"body", "httpHeaders", "httpStatusCode", "referenceId"}


def test_failed_part_leaves_the_others_alone(world: Emulation) -> None:
    outcomes = composite(
        world,
        part("bad", "POST", "sobjects/Event", body=event(ShowAs="No")),
        part("needs", "GET", "sobjects/Event/@{bad.id}"),
        part("good", "POST", "sobjects/Event", body=event()),
    )
    assert [outcome["httpStatusCode"] for outcome in outcomes] == [400, 400, 201]
    assert isinstance(outcomes[0]["body"], list)


def test_all_or_none_halts_and_undoes_the_siblings(world: Emulation) -> None:
    outcomes = composite(
        world,
        part("good", "POST", "sobjects/Event", body=event()),
        part("bad", "POST", "sobjects/Event", body=event(ShowAs="No")),
        part("late", "POST", "sobjects/Event", body=event()),
        allOrNone=True,
    )
    codes = [outcome["body"][0]["errorCode"] for outcome in outcomes]
    assert codes[0] == codes[2] == "PROCESSING_HALTED"
    assert world.org.rows("Event") == []


def test_conditional_headers_work_inside(world: Emulation) -> None:
    record_id = world.org.create("Event", event(), HANNA)
    headers = {"If-Unmodified-Since": "Tue, 24 Nov 2026 00:00:00 GMT"}
    [outcome] = composite(
        world,
        part(
            "p", "PATCH", f"sobjects/Event/{record_id}", body={"Subject": "y"}, httpHeaders=headers
        ),
    )
    assert outcome["httpStatusCode"] == 412


@pytest.mark.parametrize(("number", "path"), [(26, "limits"), (6, "query?q=SELECT Id FROM Event")])
def test_too_many_parts_are_refused(world: Emulation, number: int, path: str) -> None:
    body = {"compositeRequest": [part(f"r{n}", "GET", path) for n in range(number)]}
    assert world.api().call("POST", "composite", json=body).status_code == 400


def test_batch_answers_each_request(world: Emulation) -> None:
    requests = [
        {"method": "POST", "url": "v66.0/sobjects/Event", "richInput": event()},
        {"method": "GET", "url": "v66.0/sobjects/Nothing"},
        {"method": "GET", "url": "/services/data/v66.0/query?q=SELECT+Id+FROM+Event"},
    ]
    api = world.api()
    body = json_of(api.call("POST", "composite/batch", json={"batchRequests": requests}))
    assert body["hasErrors"] is True
    assert [result["statusCode"] for result in body["results"]] == [201, 404, 200]
    halting = {"batchRequests": requests[1:], "haltOnError": True}
    halted = json_of(api.call("POST", "composite/batch", json=halting))
    assert [result["statusCode"] for result in halted["results"]] == [404, 412]


@pytest.mark.parametrize("body", [[], {}, {"compositeRequest": "x"}, {"compositeRequest": [1]}])
def test_other_bodies_are_refused(world: Emulation, body: object) -> None:
    assert world.api().call("POST", "composite", json=body).status_code == 400
