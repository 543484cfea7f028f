"""The signed request: the recorded real one passes, and nothing else does."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpoint.salesforce.canvas import (
    SIZE_LIMIT_BYTES,
    CanvasRefused,
    read_organization_id,
    to_18,
    verify,
)
from tests.shared import CONTRACTS, needs_shared

SECRET = "consumer-secret"
PAYLOAD: dict[str, Any] = {
    "algorithm": "HMACSHA256",
    "issuedAt": -1882588807,
    "userId": "0055g00000Hanna",
    "client": {
        "refreshToken": None,
        "instanceId": "_:LinkPoint:j_id0:j_id1:canvasapp",
        "targetOrigin": "https://acme.my.salesforce.com",
        "instanceUrl": "https://acme.my.salesforce.com/",
        "oauthToken": "00D!session",
    },
    "context": {
        "user": {
            "userId": "0055g00000HannaABC",
            "userName": "hanna.weiss@acme.example",
            "locale": "de_DE",
        },
        "environment": {
            "displayLocation": None,
            "record": {},
            "dimensions": {"maxHeight": "infinite"},
        },
        "organization": {"organizationId": "00D5g00000AcmeX", "name": "Acme"},
    },
}


def signed(payload: object, secret: str = SECRET) -> str:
    text = base64.b64encode(payload if isinstance(payload, bytes) else json.dumps(payload).encode())
    mac = hmac.new(secret.encode(), text, hashlib.sha256).digest()
    return base64.b64encode(mac).decode() + "." + text.decode()


def changed(**parts: object) -> dict[str, Any]:
    return {**PAYLOAD, **parts}


def without(*path: str) -> dict[str, Any]:
    copy: dict[str, Any] = json.loads(json.dumps(PAYLOAD))
    inner = copy
    for key in path[:-1]:
        inner = inner[key]
    del inner[path[-1]]
    return copy


@needs_shared
@pytest.mark.shared_data
def test_recorded_request_passes() -> None:
    vector = json.loads(
        (CONTRACTS / "salesforce/canvas/signed-request-vector-2013.json").read_text()
    )

    context = verify(vector["signed_request"], vector["consumer_secret"])

    known = vector["decoded"]["context"]
    assert context.organization_id == known["organization"]["organizationId"]
    assert context.user_id[:15] == known["user"]["userId"][:15]
    assert context.username == known["user"]["userName"]
    assert read_organization_id(vector["signed_request"]) == context.organization_id


@needs_shared
@pytest.mark.shared_data
def test_recorded_request_with_any_character_changed_is_refused() -> None:
    vector = json.loads(
        (CONTRACTS / "salesforce/canvas/signed-request-vector-2013.json").read_text()
    )
    request = vector["signed_request"]

    for place in (
        0,
        10,
        request.index(".") - 1,
        request.index("."),
        request.index(".") + 1,
        100,
        -1,
    ):
        character = "A" if request[place] != "A" else "B"
        forged = request[:place] + character + request[place:][1:]
        with pytest.raises(CanvasRefused):
            verify(forged, vector["consumer_secret"])


@needs_shared
@pytest.mark.shared_data
def test_recorded_previewer_context_is_read_leniently() -> None:
    recorded = json.loads((CONTRACTS / "salesforce/canvas/context-2018-previewer.json").read_text())

    context = verify(signed(recorded["payload"]), SECRET)

    assert (context.display_location, context.record_id) == ("", "")


@needs_shared
@pytest.mark.shared_data
def test_no_recorded_time_of_issue_is_refused() -> None:
    lines = (CONTRACTS / "salesforce/canvas/issuedAt-observations.tsv").read_text().splitlines()
    values = [
        int(cell) for each in lines[1:] for cell in each.split("\t") if cell.lstrip("-").isdigit()
    ]
    assert len(values) >= 7

    for issued_at in [*values, None, "text"]:
        assert verify(signed(changed(issuedAt=issued_at)), SECRET).username.startswith("hanna")


def test_genuine_request_tells_who_and_where() -> None:
    context = verify(signed(PAYLOAD), SECRET)

    assert context.user_id == "0055g00000HannaABC"
    assert context.organization_id == "00D5g00000AcmeXEAR"
    assert context.instance_url == "https://acme.my.salesforce.com"
    assert context.instance_id == "_:LinkPoint:j_id0:j_id1:canvasapp"
    assert context.record_id == ""


HOSTILE: dict[str, tuple[str, str]] = {
    "empty": ("", "malformed"),
    "no dot": (signed(PAYLOAD).replace(".", ""), "malformed"),
    "only a dot": (".", "malformed"),
    "no signature": ("." + signed(PAYLOAD).split(".")[1], "malformed"),
    "no payload": (signed(PAYLOAD).split(".")[0] + ".", "malformed"),
    "three parts": (signed(PAYLOAD) + ".x", "bad_signature"),
    "other secret": (signed(PAYLOAD, "other"), "bad_signature"),
    "unsigned": (base64.b64encode(b"").decode() + "." + signed(PAYLOAD).split(".")[1], "malformed"),
    "short signature": (
        base64.b64encode(b"x").decode() + "." + signed(PAYLOAD).split(".")[1],
        "bad_signature",
    ),
    "payload of another": (
        signed(PAYLOAD).split(".")[0] + "." + signed(changed(userId="x")).split(".")[1],
        "bad_signature",
    ),
    "url-safe spelling": (
        signed(PAYLOAD).replace("+", "-").replace("/", "_").replace("=", ""),
        "malformed",
    ),
    "white space": (" " + signed(PAYLOAD), "malformed"),
    "line end": (signed(PAYLOAD) + "\n", "bad_signature"),
    "percent-encoded": (signed(PAYLOAD).replace("=", "%3D"), "malformed"),
    "not ascii": ("é" + signed(PAYLOAD), "malformed"),
    "full-width": (signed(PAYLOAD).replace("A", "\uff21"), "malformed"),
    "huge": ("A" * (SIZE_LIMIT_BYTES + 1), "too_large"),
    "other algorithm": (signed(changed(algorithm="none")), "bad_algorithm"),
    "weak algorithm": (signed(changed(algorithm="HMACMD5")), "bad_algorithm"),
    "algorithm of another type": (signed(changed(algorithm=["HMACSHA256"])), "bad_algorithm"),
    "empty algorithm": (signed(changed(algorithm="")), "bad_algorithm"),
    "no user": (signed({"context": PAYLOAD["context"] | {"user": {}}}), "missing_key"),
    "no organization": (signed(without("context", "organization")), "missing_key"),
    "no organization id": (
        signed(without("context", "organization", "organizationId")),
        "missing_key",
    ),
    "no context": (signed(without("context")), "missing_key"),
    "context of another type": (signed(changed(context=[1])), "missing_key"),
    "organization id of another type": (
        signed(changed(context={**PAYLOAD["context"], "organization": {"organizationId": 15}})),
        "missing_key",
    ),
    "organization id with a line end": (
        signed(
            changed(
                context={
                    **PAYLOAD["context"],
                    "organization": {"organizationId": "00D5g00000AcmeX\n"},
                }
            )
        ),
        "missing_key",
    ),
    "no json": (signed(b"{"), "malformed"),
    "no object": (signed(b"[]"), "malformed"),
    "null": (signed(b"null"), "malformed"),
    "not utf-8": (signed(b"\xff\xfe"), "malformed"),
    "nested too deep": (signed(b"[" * 100_000), "malformed"),
    "number too long": (signed(b"1" * 10_000), "malformed"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_request_is_refused_with_a_fixed_sentence(name: str) -> None:
    request, reason = HOSTILE[name]

    with pytest.raises(CanvasRefused) as caught:
        verify(request, SECRET)

    assert caught.value.reason == reason
    assert "hanna" not in str(caught.value)


@pytest.mark.parametrize("request_text", [signed(PAYLOAD), signed(PAYLOAD, "")])
def test_missing_secret_verifies_nothing(request_text: str) -> None:
    with pytest.raises(CanvasRefused) as caught:
        verify(request_text, "")

    assert caught.value.reason == "missing_secret"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "http://acme.my.salesforce.com",
        "https://a b",
        "https://a;frame-ancestors *",
        "//x",
    ],
)
def test_address_that_does_not_fit_a_header_is_left_out(url: str) -> None:
    client = {**PAYLOAD["client"], "instanceUrl": url, "targetOrigin": url}

    context = verify(signed(changed(client=client)), SECRET)

    assert (context.instance_url, context.target_origin) == ("", "")


def test_session_of_the_user_is_not_shown() -> None:
    assert "00D!session" not in repr(verify(signed(PAYLOAD), SECRET))


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b"])
def test_text_that_no_database_takes_is_cleaned(text: str) -> None:
    context = {
        **PAYLOAD["context"],
        "organization": {"organizationId": "00D5g00000AcmeX", "name": text},
    }

    name = verify(signed(changed(context=context)), SECRET).organization_name

    name.encode()
    assert "\x00" not in name


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*PAYLOAD, *PAYLOAD["context"], *PAYLOAD["client"], "Id"]), inner
        )
    ),
    max_leaves=10,
)


@given(JSON)
def test_any_signed_json_is_read_or_refused(payload: object) -> None:
    try:
        context = verify(signed(payload), SECRET)
    except CanvasRefused:
        return
    assert len(context.user_id) == len(context.organization_id) == 18


@given(st.text(max_size=400) | st.from_regex(r"[A-Za-z0-9+/=]{0,80}\.[A-Za-z0-9+/=]{0,80}"))
def test_any_text_is_refused(text: str) -> None:
    with pytest.raises(CanvasRefused):
        verify(text, SECRET)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("00DR00000008bPC", "00DR00000008bPCMAY"),
        ("0017e00001W4GYR", "0017e00001W4GYRAA3"),
        ("00Q000000000000", "00Q000000000000EAA"),
    ],
)
def test_id_is_written_with_eighteen_characters(short: str, long: str) -> None:
    assert to_18(short) == long
    assert to_18(long) == long
