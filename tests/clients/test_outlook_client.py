"""The Graph client against a service that says what a test tells it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from linkpoint.errors import Exists, Gone, NeedsPerson, Refused, TryLater
from linkpoint.outlook.client import OutlookClient
from tests.clients.scripted import DROP, Answer, Request, Scripted

BATCH = "/v1.0/$batch"


class Tokens:
    """Hands out token after token."""

    def __init__(self) -> None:
        self.given = 1

    def token(self) -> str:
        return f"token-{self.given}"

    def forget(self) -> None:
        self.given += 1


@pytest.fixture
def client(session: requests.Session) -> OutlookClient:
    tokens: Any = Tokens()
    return OutlookClient(session, tokens)


def error(code: str) -> dict[str, object]:
    return {"error": {"code": code, "message": "Somebody's subject may stand here"}}


def part(number: int, status: int = 200, body: object = None, **headers: str) -> dict[str, object]:
    shown = {"id": f"event-{number}"} if body is None else body
    return {"id": str(number), "status": status, "headers": headers, "body": shown}


def batch(*parts: dict[str, object]) -> Answer:
    return Answer(200, {"responses": list(parts)})


def test_batch_puts_answers_in_the_order_asked_for(
    service: Scripted, client: OutlookClient
) -> None:
    service.say(batch(part(2), part(0), part(1, 404, error("ErrorItemNotFound"))))

    first, second, third = client.events("u", ["a", "b", "c"])

    assert (first, third) == ({"id": "event-0"}, {"id": "event-2"})
    assert isinstance(second, Gone)


def test_only_throttled_items_of_a_batch_are_asked_for_again(
    service: Scripted, client: OutlookClient
) -> None:
    busy = error("ApplicationThrottled")
    service.say(
        batch(part(0), part(1, 429, busy, **{"Retry-After": "0.01"}), part(2, 404, error("x"))),
        batch(part(1)),
    )

    results = client.events("u", ["a", "b", "c"])

    again = service.requests[1].json()["requests"]
    assert [each["id"] for each in again] == ["1"]
    assert results[1] == {"id": "event-1"}
    assert isinstance(results[2], Gone)


def test_item_that_stays_throttled_is_tried_later(service: Scripted, client: OutlookClient) -> None:
    service.rule(BATCH, batch(part(0, 429, error("x"), **{"retry-after": "0.01"})))

    (result,) = client.events("u", ["a"])

    assert isinstance(result, TryLater)
    assert len(service.requests) == 3


def test_item_with_a_long_wait_goes_back_at_once(service: Scripted, client: OutlookClient) -> None:
    service.say(batch(part(0, 429, error("x"), **{"Retry-After": "120"})))

    (result,) = client.events("u", ["a"])

    assert isinstance(result, TryLater)
    assert result.wait == timedelta(minutes=2)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [{"id": "7", "status": 200, "body": {}}],
        [{"status": 200}],
        ["x"],
        [{"id": "0", "status": "200"}],
    ],
)
def test_item_without_a_usable_answer_is_tried_later(
    service: Scripted, client: OutlookClient, parts: list[Any]
) -> None:
    service.say(Answer(200, {"responses": parts}))

    (result,) = client.events("u", ["a"])

    assert isinstance(result, TryLater)


def test_batches_hold_twenty_and_escape_ids(service: Scripted, client: OutlookClient) -> None:
    def all_there(request: Request) -> Answer:
        asked = request.json()["requests"]
        return batch(*(part(int(each["id"])) for each in asked))

    service.rule(BATCH, all_there)

    results = client.events("u@x", ["AA/+=="] * 45)

    sizes = [len(r.json()["requests"]) for r in service.requests]
    first = service.requests[0].json()["requests"][0]
    assert sizes == [20, 20, 5]
    assert first["url"] == "/users/u%40x/events/AA%2F%2B%3D%3D"
    assert 'IdType="ImmutableId"' in first["headers"]["Prefer"]
    assert len(results) == 45
    assert (client.calls.http, client.calls.items) == (3, 45)


@pytest.mark.parametrize("bad", ["", ".", ".."])
def test_id_that_would_change_the_path_is_not_asked_for(
    service: Scripted, client: OutlookClient, bad: str
) -> None:
    with pytest.raises(Gone):
        client.event("u", bad)

    assert service.requests == []


def test_refused_token_is_renewed_once(service: Scripted, client: OutlookClient) -> None:
    service.rule("/events/", Answer(401, error("InvalidAuthenticationToken")))

    with pytest.raises(NeedsPerson):
        client.event("u", "e")

    sent = [r.headers["Authorization"] for r in service.requests]
    assert sent == ["Bearer token-1", "Bearer token-2"]


def test_short_wait_is_waited_and_asked_once_more(service: Scripted, client: OutlookClient) -> None:
    service.say(Answer(503, None, {"Retry-After": "0.01"}), Answer(200, {"id": "e"}))

    assert client.event("u", "e") == {"id": "e"}


@pytest.mark.parametrize(
    "body",
    [
        {"value": []},
        {"value": [], "@odata.nextLink": "https://graph.microsoft.com/a", "@odata.deltaLink": "https://graph.microsoft.com/b"},
        {"@odata.deltaLink": "https://graph.microsoft.com/b"},
        [],
        None,
    ],
)  # fmt: skip
def test_page_that_is_none_is_tried_later_and_moves_no_cursor(
    service: Scripted, client: OutlookClient, body: object
) -> None:
    service.say(Answer(200, body))

    with pytest.raises(TryLater):
        client.delta_page("https://graph.microsoft.com/v1.0/x")


def test_page_link_is_followed_as_it_came(service: Scripted, client: OutlookClient) -> None:
    service.say(Answer(200, {"value": [], "@odata.deltaLink": "https://graph.microsoft.com/d"}))
    link = "/v1.0/users/u/calendarView/delta?$skiptoken=a%2Fb%3D&x=1+2"

    page = client.delta_page(f"https://graph.microsoft.com{link}", page_size=50)

    assert service.requests[0].path == link
    assert "odata.maxpagesize=50" in service.requests[0].headers["Prefer"]
    assert page.delta_link == "https://graph.microsoft.com/d"


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/x",
        "http://graph.microsoft.com/v1.0/x",
        "https://graph.microsoft.com@evil.example/x",
        "https://graph.microsoft.com:444/x",
        "//evil.example",
        "",
    ],
)
def test_link_to_another_place_is_not_followed(
    service: Scripted, client: OutlookClient, link: str
) -> None:
    with pytest.raises(Refused):
        client.delta_page(link)

    assert service.requests == []


def test_list_that_continues_elsewhere_is_not_followed(
    service: Scripted, client: OutlookClient
) -> None:
    service.say(Answer(200, {"value": [], "@odata.nextLink": "https://evil.example/x"}))

    with pytest.raises(Refused):
        client.calendars("u")


def test_delta_begins_without_any_option_that_delta_refuses(client: OutlookClient) -> None:
    url = client.delta_url(
        "u", "cal/1", datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
    )

    assert url == (
        "https://graph.microsoft.com/v1.0/users/u/calendars/cal%2F1/calendarView/delta"
        "?startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z"
    )


def test_subscription_is_never_repeated_by_itself(service: Scripted, client: OutlookClient) -> None:
    service.rule("/subscriptions", Answer(503, None, {"Retry-After": "0"}))

    with pytest.raises(TryLater):
        client.subscribe(
            "u",
            notification_url="https://x/a",
            lifecycle_url="https://x/b",
            client_state="s",
            expires=datetime(2026, 12, 1, tzinfo=UTC),
        )

    assert len(service.requests) == 1


def test_second_subscription_is_told_apart(service: Scripted, client: OutlookClient) -> None:
    service.say(Answer(409, error("ExtensionError")), Answer(404, error("x")))

    with pytest.raises(Exists):
        client.subscribe(
            "u",
            notification_url="https://x/a",
            lifecycle_url="https://x/b",
            client_state="s",
            expires=datetime(2026, 12, 1, tzinfo=UTC),
        )
    with pytest.raises(Gone):
        client.unsubscribe("s1")


def test_errors_quote_nothing_of_the_answer(service: Scripted, client: OutlookClient) -> None:
    service.say(Answer(400, error("ErrorInvalidRequest"), {"request-id": "abc-1"}))

    with pytest.raises(Refused) as caught:
        client.event("u", "e")

    assert (caught.value.code, caught.value.reference) == ("ErrorInvalidRequest", "abc-1")
    assert "subject" not in repr(caught.value)


def test_cut_off_answer_is_tried_later(service: Scripted, client: OutlookClient) -> None:
    service.say(Answer(DROP))

    with pytest.raises(TryLater):
        client.event("u", "e")


def test_client_has_no_way_to_write_an_event() -> None:
    public = {name for name in dir(OutlookClient) if not name.startswith("_")}

    assert public <= {
        "user", "time_zone", "calendars", "delta_url", "delta_page", "event", "events",
        "subscribe", "renew_subscription", "unsubscribe", "subscriptions",
    }  # fmt: skip
