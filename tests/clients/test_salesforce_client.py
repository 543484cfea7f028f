"""The client over real HTTP; each known trap of simple-salesforce has a test (salesforce.md 5.3)."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from linkpoint.errors import Gone, NeedsPerson, Refused, ServiceError, TryLater
from linkpoint.salesforce.auth import RefreshToken, SalesforceTokens
from linkpoint.salesforce.client import SalesforceClient
from linkpoint.salesforce.soql import instant, literal
from tests.clients.noting import Noting
from tests.clients.scripted import DROP, Answer, Request, Scripted

EVENT = "00U5g00000AAAAAEA5"
EXPIRED = [{"errorCode": "INVALID_SESSION_ID", "message": "Session expired or invalid"}]
DATA = "/services/data/v67.0"


def logins(service: Scripted) -> int:
    return len(service.asked("/oauth2/token"))


def soql(request: Request) -> str:
    return parse_qs(urlsplit(request.path).query)["q"][0]


def test_permanently_refused_token_signs_in_once_more_and_stops(
    service: Scripted, client: SalesforceClient
) -> None:
    service.rule("/sobjects/", Answer(401, EXPIRED))

    with pytest.raises(NeedsPerson) as caught:
        client.describe("Event")

    assert caught.value.what == "approval"
    assert logins(service) == 2
    assert len(service.asked("/describe")) == 2


def test_conditional_write_keeps_its_condition_after_a_new_sign_in(
    service: Scripted, client: SalesforceClient
) -> None:
    service.say(Answer(401, EXPIRED), Answer(204))
    since = datetime(2026, 11, 25, 8, 0, 0, 700_000, UTC)

    client.update("Event", EVENT, {"Subject": "x"}, since)

    first, second = service.asked("/sobjects/Event/")
    condition = "Wed, 25 Nov 2026 08:00:00 GMT"
    assert [r.headers["If-Unmodified-Since"] for r in (first, second)] == [condition, condition]
    assert first.body == second.body
    assert second.headers["Authorization"] == "Bearer token-2"


def test_new_sign_in_to_another_instance_is_followed(
    service: Scripted, session: requests.Session
) -> None:
    hosts = iter(["acme.my.salesforce.com", "acme2.my.salesforce.com"])
    service.rule(
        "/token",
        lambda _r: Answer(200, {"access_token": "t", "instance_url": f"https://{next(hosts)}"}),
    )
    service.say(Answer(401, EXPIRED), Answer(200, {}))
    client = SalesforceClient(session, SalesforceTokens(RefreshToken("key", "r"), session))

    client.limits()

    assert [r.headers["Host"] for r in service.asked("/limits/")] == [
        "acme.my.salesforce.com",
        "acme2.my.salesforce.com",
    ]


@pytest.mark.parametrize("raw", [b"", b"<html>", b"{}", b"[]", b'["x"]', b'"x"', b"null"])
def test_any_body_of_a_401_signs_in_once_more(
    service: Scripted, client: SalesforceClient, raw: bytes
) -> None:
    service.say(Answer(401, raw=raw), Answer(200, {"DailyApiRequests": {}}))

    assert client.limits() == {"DailyApiRequests": {}}
    assert logins(service) == 2


def test_401_that_a_new_sign_in_cannot_cure_asks_for_none(
    service: Scripted, client: SalesforceClient
) -> None:
    message = "This session is not valid for use with the REST API"
    service.say(Answer(401, [{"errorCode": "INVALID_SESSION_ID", "message": message}]))

    with pytest.raises(NeedsPerson) as caught:
        client.limits()

    assert caught.value.what == "access"
    assert logins(service) == 1


def test_every_call_has_a_timeout(
    service: Scripted, client: SalesforceClient, session: requests.Session
) -> None:
    service.rule("/query", Answer(200, {"records": [], "done": True}))
    service.rule("/composite", Answer(200, [{"id": EVENT, "success": True}]))
    service.rule("/sobjects", Answer(204))
    noting = Noting.on(session)

    list(client.query("SELECT Id FROM Event"))
    client.create_many("Event", [{}])
    client.update("Event", EVENT, {"Subject": "x"})
    client.delete("Event", EVENT)

    assert noting.timeouts == [(5, 5)] * 5


def test_api_version_is_pinned_everywhere(service: Scripted, client: SalesforceClient) -> None:
    service.rule("/query", Answer(200, {"records": [], "done": True}))
    service.rule("/sobjects", Answer(200, {}))
    service.rule("/limits", Answer(200, {}))

    list(client.query("SELECT Id FROM Event"))
    client.describe("Event")
    client.limits()

    paths = [r.path for r in service.requests if "oauth2" not in r.path]
    assert all(path.startswith(f"{DATA}/") for path in paths)


@pytest.mark.parametrize("version", ["v67.0", "67", "", "67.0/../..", "6a.0"])
def test_api_version_of_another_form_is_refused_at_once(
    session: requests.Session, version: str
) -> None:
    tokens = SalesforceTokens(RefreshToken("key", "r"), session)

    with pytest.raises(ValueError, match=r"67\.0"):
        SalesforceClient(session, tokens, version=version)


def test_query_follows_pages_to_the_end(service: Scripted, client: SalesforceClient) -> None:
    following = f"{DATA}/query/01g-2000"
    service.say(
        Answer(
            200,
            {
                "records": [{"attributes": {}, "Id": "1"}],
                "done": False,
                "nextRecordsUrl": following,
            },
        ),
        Answer(200, {"records": [{"attributes": {}, "Id": "2"}], "done": True}),
    )

    rows = list(client.query_all("SELECT Id FROM Event"))

    assert rows == [{"Id": "1"}, {"Id": "2"}]
    assert urlsplit(service.requests[1].path).path == f"{DATA}/queryAll/"
    assert service.requests[2].path == following
    assert client.calls.http == 2


@pytest.mark.parametrize(
    "link",
    ["@evil.example/x", "https://evil.example/services/data/", "//evil.example/", ".evil.example"],
)
def test_link_to_another_place_is_not_followed(
    service: Scripted, client: SalesforceClient, link: str
) -> None:
    service.say(Answer(200, {"records": [], "done": False, "nextRecordsUrl": link}))

    with pytest.raises(Refused):
        list(client.query("SELECT Id FROM Event"))


def test_token_that_ends_between_pages_does_not_end_the_query(
    service: Scripted, client: SalesforceClient
) -> None:
    service.say(
        Answer(200, {"records": [{"Id": "1"}], "done": False, "nextRecordsUrl": f"{DATA}/query/x"}),
        Answer(401, EXPIRED),
        Answer(200, {"records": [{"Id": "2"}], "done": True}),
    )

    assert [row["Id"] for row in client.query("SELECT Id FROM Event")] == ["1", "2"]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, raw=b"<html>"),
        Answer(200, []),
        Answer(200, {"records": 1, "done": True}),
        Answer(200, {"records": [], "done": False}),
        Answer(DROP),
    ],
)
def test_unreadable_page_is_tried_later(
    service: Scripted, client: SalesforceClient, answer: Answer
) -> None:
    service.rule("/query", answer)

    with pytest.raises(TryLater):
        list(client.query("SELECT Id FROM Event"))


def test_rows_are_read_in_chunks_that_a_query_can_hold(
    service: Scripted, client: SalesforceClient
) -> None:
    service.rule("/queryAll", Answer(200, {"records": [], "done": True}))
    ids = [f"00U5g{n:010d}" for n in range(400)]

    client.rows("Event", ids, ["Id", "Subject"])

    queries = [soql(r) for r in service.asked("/queryAll")]
    assert len(queries) == 3
    assert all(len(query) < 4000 for query in queries)
    assert sum(query.count("00U5g") for query in queries) == 400


@pytest.mark.parametrize("bad", ["x' OR Name != '", "00U", "", "../Account", "00U5g00000AAAAA\n"])
def test_text_that_is_no_id_reaches_neither_path_nor_query(
    service: Scripted, client: SalesforceClient, bad: str
) -> None:
    for attempt in (
        lambda: client.rows("Event", [bad], ["Id"]),
        lambda: client.update("Event", bad, {}),
        lambda: client.delete("Event", bad),
    ):
        with pytest.raises(Gone):
            attempt()
    assert service.requests == []


@pytest.mark.parametrize("bad", ["Event/../Account", "Event FROM", "", "1Event", "Ev'ent"])
def test_text_that_is_no_api_name_is_refused(client: SalesforceClient, bad: str) -> None:
    with pytest.raises(ValueError, match="API name"):
        client.describe(bad)
    with pytest.raises(ValueError, match="API name"):
        client.create_many(bad, [{}])


@pytest.mark.parametrize(
    ("info", "allowance"),
    [
        ("api-usage=18/5000", (18, 5000)),
        ("api-usage=25/5000; per-app-api-usage=17/250(appName=sample-connected-app)", (25, 5000)),
        ("per-app-api-usage=17/250(appName=x); api-usage=25/5000", (25, 5000)),
        ("nonsense", None),
    ],
)
def test_allowance_is_read_in_both_forms(
    service: Scripted, client: SalesforceClient, info: str, allowance: tuple[int, int] | None
) -> None:
    service.say(Answer(200, {}, {"Sforce-Limit-Info": info}))

    client.limits()

    found = client.allowance
    assert (found and (found.used, found.total)) == allowance


def test_time_of_reading_is_salesforces_and_not_after_the_reading(
    service: Scripted, client: SalesforceClient
) -> None:
    date = "Wed, 25 Nov 2026 08:00:00 GMT"
    service.say(Answer(200, {"records": [], "done": True}, {"Date": date}))

    list(client.query("SELECT Id FROM Event"))

    told = datetime(2026, 11, 25, 8, 0, 0, tzinfo=UTC)
    assert client.now == told
    assert client.read_at is not None
    assert client.read_at < told


def test_errors_carry_neither_what_was_sent_nor_what_was_answered(
    service: Scripted, client: SalesforceClient
) -> None:
    service.say(
        Answer(400, [{"errorCode": "NEW_CODE", "message": "Subject 'Merger talks' is odd"}])
    )

    with pytest.raises(ServiceError) as caught:
        client.update("Event", EVENT, {"Subject": "Merger talks"})

    assert "Merger" not in repr(caught.value) + str(caught.value)


def test_describe_is_asked_for_once(service: Scripted, client: SalesforceClient) -> None:
    service.say(Answer(200, {"fields": [{"name": "Subject"}, "odd", {"name": "Location"}]}))

    assert client.field("Event", "Subject") == {"name": "Subject"}
    assert client.field("Event", "LinkPoint_Key__c") is None
    assert len(service.asked("/describe")) == 1


@pytest.mark.parametrize(
    ("text", "written"),
    [("O'Hara \\ x", r"'O\'Hara \\ x'"), ("a\nb\tc", r"'a\nb\tc'"), ("é 😀", "'é 😀'")],
)
def test_literal_escapes_what_soql_needs_and_nothing_else(text: str, written: str) -> None:
    assert literal(text) == written


def test_instant_is_written_in_utc_with_milliseconds() -> None:
    assert instant(datetime(2026, 11, 25, 8, 0, 0, 123_999, UTC)) == "2026-11-25T08:00:00.123Z"
