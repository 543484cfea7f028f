"""One session for both services: routes to loopback and nowhere else, timeouts, no redirects, no memory."""

import json
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from linkpoint.errors import NeedsPerson, ServiceError, TryLater
from linkpoint.http import (
    LoopbackRoutes,
    build_session,
    retry_after,
    server_time,
    short_wait,
    transport_failure,
)
from tests.clients.scripted import DROP, Answer, Scripted

GRAPH = "https://graph.microsoft.com"


@pytest.mark.parametrize(
    "target",
    [
        "http://example.com:80",
        "http://10.0.0.1:80",
        "http://0.0.0.0:80",
        "http://127.0.0.1",
        "http://127.0.0.1:0",
        "http://127.0.0.1:99999",
        "http://127.0.0.999:80",
        "http://localhost:8100",
        "https://127.0.0.1:8100",
        "http://127.0.0.1:8100/path",
        "http://user@127.0.0.1:8100",
        "http://127.0.0.1:8100@evil.example",
        "http://127.0.0.1.evil.example:80",
        "http://[::2]:80",
        "http://127.0.0.1:8100\n",
        "",
        None,
        8100,
    ],
)
def test_route_to_anything_but_loopback_stops_the_start(target: object) -> None:
    with pytest.raises(ValueError, match="LOOPBACK_HOSTS"):
        LoopbackRoutes.parse(json.dumps({"graph.microsoft.com": target}))


@pytest.mark.parametrize(
    "text",
    ["[]", "{", "1", '"x"', '{"http://graph": "http://127.0.0.1:1"}', '{"a/b": "http://127.0.0.1:1"}',
     '{"*": "http://127.0.0.1:1"}', '{"a": "http://127.0.0.1:1", "A": "http://127.0.0.1:2"}'],
)  # fmt: skip
def test_routes_that_cannot_be_read_name_the_setting(text: str) -> None:
    with pytest.raises(ValueError, match="LOOPBACK_HOSTS"):
        LoopbackRoutes.parse(text)


def test_exact_host_wins_over_the_longest_suffix() -> None:
    routes = LoopbackRoutes.parse(
        '{"*.salesforce.com": "http://127.0.0.1:1", "*.my.salesforce.com": "http://127.0.0.1:2",'
        ' "a.my.salesforce.com": "http://127.0.0.1:3"}'
    )

    assert routes.target("A.my.salesforce.com.") == "http://127.0.0.1:3"
    assert routes.target("b.my.salesforce.com") == "http://127.0.0.1:2"
    assert routes.target("login.salesforce.com") == "http://127.0.0.1:1"
    assert routes.target("salesforce.com") is None
    assert routes.target("evilsalesforce.com") is None


def test_people_are_sent_to_the_routed_address() -> None:
    routes = LoopbackRoutes.parse('{"login.salesforce.com": "http://127.0.0.1:9"}')

    assert (
        routes.browser_url("https://login.salesforce.com/a?b=%2F#c")
        == "http://127.0.0.1:9/a?b=%2F#c"
    )
    assert routes.browser_url("https://login.salesforce.com?x") == "http://127.0.0.1:9/?x"
    assert routes.browser_url("https://example.com/a") == "https://example.com/a"
    assert routes.browser_url("http://login.salesforce.com/") == "http://login.salesforce.com/"


def test_routed_request_keeps_host_path_and_escapes(
    service: Scripted, session: requests.Session
) -> None:
    service.say(Answer(200))

    response = session.get(f"{GRAPH}/v1.0/users/a%2Fb/events/AAMk%3D%3D?$top=1&q=%2B")

    sent = service.requests[0]
    assert sent.path == "/v1.0/users/a%2Fb/events/AAMk%3D%3D?$top=1&q=%2B"
    assert sent.headers["Host"] == "graph.microsoft.com"
    assert response.url.startswith(GRAPH)


def test_plain_http_is_not_spoken(session: requests.Session) -> None:
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.get("http://graph.microsoft.com/")


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "http://graph.microsoft.com/"]
)
def test_redirect_to_another_place_is_not_followed(
    service: Scripted, session: requests.Session, target: str
) -> None:
    service.say(Answer(302, None, {"Location": target}))

    assert session.get(f"{GRAPH}/x", headers={"Authorization": "Bearer t"}).status_code == 302


def test_redirected_write_is_not_repeated(service: Scripted, session: requests.Session) -> None:
    service.say(Answer(307, None, {"Location": "/other"}))

    assert session.post(f"{GRAPH}/x", json={}).status_code == 307
    assert len(service.requests) == 1


def test_cookies_are_not_kept(service: Scripted, session: requests.Session) -> None:
    service.say(Answer(200, None, {"Set-Cookie": "a=b"}), Answer(200))

    session.get(f"{GRAPH}/x")
    session.get(f"{GRAPH}/x")

    assert "Cookie" not in service.requests[1].headers


def test_environment_neither_redirects_nor_signs_a_routed_request(
    service: Scripted, session: requests.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: object
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/does/not/exist.pem")
    service.say(Answer(200))

    assert session.get(f"{GRAPH}/x").status_code == 200


def test_slow_service_is_given_up(service: Scripted) -> None:
    def never(_request: object) -> Answer:
        released.wait(5)
        return Answer(200)

    released = threading.Event()
    service.rule("/slow", never)
    impatient = build_session(service.routes("graph.microsoft.com"), timeout_s=0.05)
    with impatient, pytest.raises(requests.Timeout) as caught:
        impatient.get(f"{GRAPH}/slow")
    released.set()

    error = transport_failure("outlook", caught.value)
    assert isinstance(error, TryLater)
    assert error.why == "Microsoft 365 did not answer in time."


def test_dropped_connection_is_tried_later(service: Scripted, session: requests.Session) -> None:
    service.say(Answer(DROP))

    with pytest.raises(requests.ConnectionError) as caught:
        session.get(f"{GRAPH}/secret-path")

    error = transport_failure("outlook", caught.value)
    assert isinstance(error, TryLater)
    assert "secret-path" not in str(error)


def test_unusable_address_is_a_persons_task(session: requests.Session) -> None:
    with pytest.raises(requests.RequestException) as caught:
        session.get("ftp://graph.microsoft.com/")

    assert isinstance(transport_failure("salesforce", caught.value), NeedsPerson)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("2.128", 2.128), ("0", 0), ("-3", 0), (" 7 ", 7), ("1e9", 86_400), ("inf", 86_400)],
)
def test_retry_after_takes_fractions_and_is_bounded(value: str, seconds: float) -> None:
    assert retry_after(value) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [None, "", "nan", "soon", "Wed, 99 Foo"])
def test_retry_after_that_says_nothing_is_none(value: str | None) -> None:
    assert retry_after(value) is None


def test_retry_after_takes_a_date() -> None:
    wait = retry_after(format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True))

    assert wait is not None
    assert timedelta(seconds=55) < wait <= timedelta(seconds=60)


@pytest.mark.parametrize(
    ("status", "after", "waits"),
    [
        (429, "2.128", True),
        (503, "5", True),
        (429, "60", False),
        (429, None, False),
        (500, "1", False),
    ],
)
def test_only_short_waits_are_waited_here(status: int, after: str | None, waits: bool) -> None:
    headers = {"retry-after": after} if after else {}

    assert (short_wait(status, headers) is not None) is waits


def test_time_of_the_service_is_read_in_any_case() -> None:
    told = {"dAtE": "Wed, 25 Nov 2026 08:00:00 GMT"}

    assert server_time(told) == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert server_time({}) is None
    assert server_time({"Date": "yesterday"}) is None


@given(st.text())
def test_any_retry_after_is_a_wait_or_none(value: str) -> None:
    wait = retry_after(value)

    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)


@given(st.text())
def test_any_setting_is_routes_or_a_value_error(text: str) -> None:
    try:
        routes = LoopbackRoutes.parse(text)
    except ValueError as error:
        said = str(error)
    else:
        said = "" if all("127." in target for _, target in routes.routes) else "elsewhere"

    assert said == "" or said.startswith("LOOPBACK_HOSTS")


def test_error_types_carry_a_sentence_for_people() -> None:
    error: ServiceError = TryLater("outlook", "Microsoft 365 asks to slow down.", "TooManyRequests")

    assert str(error) == "outlook: Microsoft 365 asks to slow down. [TooManyRequests]"
