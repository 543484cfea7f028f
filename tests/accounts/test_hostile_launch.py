"""Hostile launches: each is refused with 4xx, opens nothing, and leaves nothing of its payload in the log."""

import base64
import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from linkpoint.accounts.launch import BODY_LIMIT_BYTES
from linkpoint.accounts.models import User
from linkpoint.salesforce.canvas import SIZE_LIMIT_BYTES, to_18
from tests.accounts.makers import SECRET, organization, payload, sealed, signed

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
MARK = "hush-marker-of-the-payload"
MARK_IN_BASE64 = base64.b64encode(MARK.encode()).decode()[:24]


@dataclass(frozen=True)
class Attack:
    """One request to the launch address."""

    body: bytes | str
    status: int
    content_type: str = FORM
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)


def form(text: str) -> str:
    """Return the form that carries a signed request."""
    return urlencode({"signed_request": text})


def marked(**changes: Any) -> dict[str, Any]:
    """Return a payload in which the mark stands at the user, the parameters and the session id."""
    user = {"userId": "0055g00000Hanna", "fullName": MARK, "userName": MARK}
    environment = {"parameters": {"x": MARK}, "locationUrl": f"https://x/proxy.jsp?s=00D!{MARK}"}
    context = {"user": user, "environment": environment, **changes.pop("context", {})}
    return payload(context=context, **changes)


def of_organization(organization_id: object) -> dict[str, Any]:
    """Return a payload that names another organization."""
    return marked(context={"organization": {"organizationId": organization_id}})


def genuine() -> str:
    """Return a request that would be accepted."""
    return signed(marked())


def swapped(text: str, place: int, new: str = "A") -> str:
    """Return the text with one character changed."""
    old = text[place]
    return text[:place] + (new if old != new else "B") + text[place + 1 :]


def halves() -> tuple[str, str]:
    """Return signature and payload of a genuine request."""
    signature, _, rest = genuine().partition(".")
    return signature, rest


def deep(opening: bytes, closing: bytes) -> str:
    """Return a signed request of very deep JSON."""
    levels = SIZE_LIMIT_BYTES // 4
    return signed(opening * levels + closing * levels)


ATTACKS: dict[str, Callable[[], Attack]] = {
    "wrong secret": lambda: Attack(form(signed(marked(), "wrong")), 403),
    "empty secret": lambda: Attack(form(signed(marked(), "")), 403),
    "consumer key as secret": lambda: Attack(form(signed(marked(), "acme-key")), 403),
    "first character of the signature": lambda: Attack(form(swapped(genuine(), 0)), 403),
    "signature of another payload": lambda: Attack(
        form(f"{signed(payload()).partition('.')[0]}.{halves()[1]}"), 403
    ),
    "user exchanged in the payload": lambda: Attack(
        form(f"{halves()[0]}.{signed(marked(userId='0055g000000Tomm')).partition('.')[2]}"), 403
    ),
    "signature in hex": lambda: Attack(
        form(f"{base64.b64decode(halves()[0]).hex()}.{halves()[1]}"), 403
    ),
    "signature twice as long": lambda: Attack(
        form(f"{base64.b64encode(base64.b64decode(halves()[0]) * 2).decode()}.{halves()[1]}"), 403
    ),
    "signature cut": lambda: Attack(
        form(f"{base64.b64encode(base64.b64decode(halves()[0])[:16]).decode()}.{halves()[1]}"), 403
    ),
    "padding taken off": lambda: Attack(form(f"{halves()[0].rstrip('=')}.{halves()[1]}"), 400),
    "url-safe alphabet": lambda: Attack(form(f"-_{halves()[0][2:]}.{halves()[1]}"), 400),
    "broken base64": lambda: Attack(form(sealed(f"###{MARK}###")), 400),
    "base64 with line breaks": lambda: Attack(
        form(f"{halves()[0]}.{halves()[1][:40]}\n{halves()[1][40:]}"), 400
    ),
    "no signature": lambda: Attack(form(f".{halves()[1]}"), 400),
    "no payload": lambda: Attack(form(f"{halves()[0]}."), 400),
    "no dot": lambda: Attack(form("".join(halves())), 400),
    "two dots": lambda: Attack(form(f"{genuine()}.{MARK_IN_BASE64}"), 400),
    "empty": lambda: Attack(form(""), 400),
    "other algorithm": lambda: Attack(form(signed(marked(algorithm="HMACSHA1"))), 400),
    "algorithm none": lambda: Attack(form(signed(marked(algorithm="none"))), 400),
    "algorithm none and no signature": lambda: Attack(
        form("." + signed(marked(algorithm="none")).partition(".")[2]), 400
    ),
    "algorithm is a list": lambda: Attack(form(signed(marked(algorithm=["HMACSHA256"]))), 400),
    "no context": lambda: Attack(form(signed({"userId": MARK})), 400),
    "no organization": lambda: Attack(form(signed(marked(context={"organization": None}))), 400),
    "organization id is a number": lambda: Attack(form(signed(of_organization(7))), 400),
    "organization id is SQL": lambda: Attack(form(signed(of_organization("' OR 1=1 --"))), 400),
    "no user": lambda: Attack(form(signed(marked(userId=None, context={"user": None}))), 400),
    "user id is a path": lambda: Attack(
        form(signed(marked(context={"user": {"userId": "../../etc"}}))), 400
    ),
    "unknown organization": lambda: Attack(
        form(signed(of_organization(to_18("00D5g00000Stran")))), 403
    ),
    "foreign organization, our secret": lambda: Attack(
        form(signed(of_organization(to_18("00D5g00000Globx")))), 403
    ),
    "our organization, foreign secret": lambda: Attack(form(signed(marked(), "hush-globex")), 403),
    "payload is a list": lambda: Attack(form(signed([MARK])), 400),
    "payload is text": lambda: Attack(form(signed(MARK)), 400),
    "payload is a number too long": lambda: Attack(form(signed(b"9" * 6000)), 400),
    "payload is NaN": lambda: Attack(form(signed(b"NaN")), 400),
    "payload is no JSON": lambda: Attack(form(signed(MARK.encode() + b"{")), 400),
    "payload is no UTF-8": lambda: Attack(form(signed(b"\xff\xfe" + MARK.encode())), 400),
    "payload is UTF-16": lambda: Attack(form(signed(json.dumps(marked()).encode("utf-16"))), 400),
    "deep arrays": lambda: Attack(form(deep(b"[", b"]")), 400),
    "deep objects": lambda: Attack(form(signed(b'{"a":' * 30_000)), 400),
    "non-ascii": lambda: Attack(form(f"ü{genuine()}"), 400),
    "null byte": lambda: Attack(form(f"{genuine()}\x00"), 400),
    "raw bytes": lambda: Attack(b"signed_request=\xff\xfe\x00" + MARK.encode(), 400),
    "percent-encoded nonsense": lambda: Attack(f"signed_request=%FF%FE{MARK}", 400),
    "field twice": lambda: Attack(f"{form(genuine())}&{form(genuine())}", 400),
    "too many fields": lambda: Attack("&".join(f"f{n}={MARK}" for n in range(5000)), 400),
    "field missing": lambda: Attack(urlencode({"signedRequest": genuine()}), 400),
    "field in the address": lambda: Attack(
        "",
        400,
        headers={
            "QUERY_STRING": urlencode({"signed_request": genuine()}),
            "CONTENT_TYPE": FORM,
        },
    ),
    "empty body": lambda: Attack("", 400, headers={"CONTENT_TYPE": FORM}),
    "larger than Salesforce sends": lambda: Attack(form("A" * (SIZE_LIMIT_BYTES + 1)), 413),
    "huge body": lambda: Attack("x" * (BODY_LIMIT_BYTES + 1), 413),
    "length is a lie": lambda: Attack(form(genuine()), 413, headers={"CONTENT_LENGTH": "9" * 30}),
    "length is negative": lambda: Attack(form(genuine()), 400, headers={"CONTENT_LENGTH": "-1"}),
    "length is no number": lambda: Attack(form(genuine()), 400, headers={"CONTENT_LENGTH": "²"}),
    "JSON body": lambda: Attack(
        json.dumps({"signed_request": genuine()}), 415, content_type="application/json"
    ),
    "plain text body": lambda: Attack(form(genuine()), 415, content_type="text/plain"),
    "multipart body": lambda: Attack(
        f'--b\r\nContent-Disposition: form-data; name="signed_request"\r\n\r\n{genuine()}\r\n--b--',
        415,
        content_type="multipart/form-data; boundary=b",
    ),
    "no content type": lambda: Attack(form(genuine()), 415, content_type=""),
    "charset of another kind": lambda: Attack(
        form(genuine()), 415, content_type=f"{FORM}; charset=rot13"
    ),
    "charset utf-7": lambda: Attack(form(genuine()), 415, content_type=f"{FORM}; charset=utf-7"),
    "PUT": lambda: Attack(form(genuine()), 405, method="PUT"),
    "PATCH": lambda: Attack(form(genuine()), 405, method="PATCH"),
    "DELETE": lambda: Attack(form(genuine()), 405, method="DELETE"),
    "TRACE": lambda: Attack("", 405, method="TRACE"),
    "made-up method": lambda: Attack(form(genuine()), 405, method="LAUNCH"),
}


@pytest.fixture(autouse=True)
def _two_organizations() -> None:
    organization()
    organization("00D5g00000Globx", name="Globex", consumer_secret="hush-globex")


@pytest.mark.parametrize("path", ["/canvas/", "/canvas/session/"])
@pytest.mark.parametrize("name", ATTACKS)
def test_hostile_launch_is_refused_and_not_logged(
    client: Client,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    name: str,
    path: str,
) -> None:
    attack = ATTACKS[name]()
    caplog.set_level(logging.DEBUG)

    environ: dict[str, Any] = attack.headers
    answer = client.generic(
        attack.method, path, attack.body, content_type=attack.content_type, **environ
    )

    assert answer.status_code == attack.status
    assert not User.objects.exists()
    assert not answer.cookies
    shown = answer.content.decode() + str(answer.headers)
    logged = caplog.text + capfd.readouterr().err
    assert "refused" in logged or attack.status == 405
    secrets = (MARK, MARK_IN_BASE64, SECRET, halves()[1][:60], "oauth-token", "proxy.jsp")
    found = [secret for secret in secrets if secret in shown or secret in logged]
    assert found == []


def test_there_are_enough_attacks_and_the_genuine_request_is_none(client: Client) -> None:
    answer = client.post("/canvas/", form(genuine()), content_type=FORM)

    assert answer.status_code == 200
    assert len(ATTACKS) >= 30
    assert User.objects.get().full_name == MARK


def test_a_missing_consumer_secret_lets_nobody_in(client: Client) -> None:
    organization("00D5g00000Empty", consumer_secret="")
    request = signed(of_organization(to_18("00D5g00000Empty")), "")

    assert client.post("/canvas/", form(request), content_type=FORM).status_code == 403


def test_refusal_is_logged_with_a_fixed_word(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)

    client.post("/canvas/", form(signed(marked(), "wrong")), content_type=FORM)

    assert "'reason': 'bad_signature'" in caplog.text


def test_unknown_organization_costs_the_same_work_as_a_wrong_secret(
    client: Client, django_assert_num_queries: Callable[[int], Any]
) -> None:
    strange = form(signed(of_organization(to_18("00D5g00000Stran"))))
    with django_assert_num_queries(1):
        unknown = client.post("/canvas/", strange, content_type=FORM)

    with django_assert_num_queries(1):
        wrong = client.post("/canvas/", form(signed(marked(), "wrong")), content_type=FORM)

    same = b"For support: bad_signature"
    assert (unknown.status_code, wrong.status_code) == (403, 403)
    assert same in unknown.content
    assert same in wrong.content
