"""The Canvas signed request: who opened the app, proven by the consumer secret.

Pure.  Nothing of the payload ever stands in an error, and ``issuedAt`` is not looked at: it is no time of day
(32 low bits of a millisecond counter), so a check of age would refuse genuine requests.
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SIZE_LIMIT_BYTES = 256 * 1024

Reason = Literal[
    "missing_secret", "too_large", "malformed", "bad_signature", "bad_algorithm", "missing_key"
]

_WHY: Mapping[Reason, str] = {
    "missing_secret": "No consumer secret is set for this organization.",
    "too_large": "The signed request is larger than any Salesforce sends.",
    "malformed": "The signed request cannot be read.",
    "bad_signature": "The signature of the signed request is wrong.",
    "bad_algorithm": "The signed request names another algorithm than HMACSHA256.",
    "missing_key": "The signed request does not name a user and an organization.",
}
_ID = re.compile(r"[a-zA-Z0-9]{15}([a-zA-Z0-9]{3})?")
# Plain http only for a host page on this machine, as in the demo.
_ORIGIN = re.compile(
    r"(https://[a-zA-Z0-9.-]+|http://(?:127\.0\.0\.1|localhost))(:[0-9]{1,5})?(?=/|$)"
)
_CHECK_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


class CanvasRefused(Exception):
    """The signed request was not accepted; ``reason`` is a fixed word and the message a fixed sentence."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_WHY[reason])
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class CanvasContext:
    """Who opened the app, and where; text that Salesforce left out is empty.

    Attributes:
        user_id: 18 characters, as is ``organization_id``; ``record_id`` too, or empty off a record page.
        time_zone: IANA name as the user has it in Salesforce.
        instance_url: Origin of the org (scheme, host, port), fit for a header; as is ``target_origin``.
        instance_id: Id of this frame on the host page; has colons.
        access_token: The user's session for the REST API; never shown.
        width: As the host page says it, for example ``800px``; as is ``height``.
    """

    user_id: str
    organization_id: str
    username: str = ""
    full_name: str = ""
    email: str = ""
    locale: str = ""
    language: str = ""
    time_zone: str = ""
    organization_name: str = ""
    instance_url: str = ""
    target_origin: str = ""
    instance_id: str = ""
    record_id: str = ""
    record_type: str = ""
    display_location: str = ""
    sublocation: str = ""
    width: str = ""
    height: str = ""
    access_token: str = field(default="", repr=False)


def verify(signed_request: str, secret: str) -> CanvasContext:
    """Return who opened the app, after proving that ``secret`` signed exactly this text.

    Raises:
        CanvasRefused: In every other case, whatever the input.
    """
    if not secret:
        raise CanvasRefused("missing_secret")
    signature_text, payload_text = _halves(signed_request)
    signature = _base64(signature_text)
    key = secret.encode("utf-8", "surrogatepass")
    expected = hmac.new(key, payload_text.encode("ascii"), hashlib.sha256).digest()
    if not hmac.compare_digest(signature, expected):
        raise CanvasRefused("bad_signature")
    payload = _payload(payload_text)
    algorithm = payload.get("algorithm")
    # The algorithm is ours and fixed; the payload may only agree with it.  Old requests leave it out.
    if algorithm is not None and str(algorithm).upper() != "HMACSHA256":
        raise CanvasRefused("bad_algorithm")
    return _context(payload)


def read_organization_id(signed_request: str) -> str:
    """Return the organization (18 characters) the text claims; UNVERIFIED, only to choose the secret to verify with.

    Raises:
        CanvasRefused: The text cannot be read or names no organization.
    """
    return _organization_id(_payload(_halves(signed_request)[1]))


def to_18(record_id: str) -> str:
    """Return the id with 18 characters; Salesforce writes ids with 15 (case counts) or 18.

    Raises:
        ValueError: Not an id.
    """
    if not _ID.fullmatch(record_id):
        raise ValueError("A Salesforce id has 15 or 18 letters and digits.")
    if len(record_id) == 18:
        return record_id
    chunks = (record_id[start : start + 5] for start in (0, 5, 10))
    # Each check letter says which of its five characters are capitals, lowest bit first.
    bits = (
        sum(1 << place for place, char in enumerate(chunk) if char.isupper()) for chunk in chunks
    )
    return record_id + "".join(_CHECK_LETTERS[number] for number in bits)


def _halves(signed_request: str) -> tuple[str, str]:
    if len(signed_request) > SIZE_LIMIT_BYTES:
        raise CanvasRefused("too_large")
    signature, dot, payload = signed_request.partition(".")
    if not (signature and dot and payload and signed_request.isascii()):
        raise CanvasRefused("malformed")
    return signature, payload


def _base64(text: str) -> bytes:
    """Return the bytes of standard base64 in its one canonical spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise CanvasRefused("malformed") from None  # the cause holds the payload
    if base64.b64encode(data) != text.encode("ascii"):
        raise CanvasRefused("malformed")
    return data


def _payload(text: str) -> dict[str, object]:
    try:
        payload = json.loads(_base64(text).decode("utf-8"))
    except (ValueError, RecursionError):
        raise CanvasRefused("malformed") from None  # the cause holds the payload
    if not isinstance(payload, dict):
        raise CanvasRefused("malformed")
    return payload


def _context(payload: dict[str, object]) -> CanvasContext:
    client, context = _inside(payload, "client"), _inside(payload, "context")
    user, environment = _inside(context, "user"), _inside(context, "environment")
    dimensions, record = _inside(environment, "dimensions"), _inside(environment, "record")
    return CanvasContext(
        user_id=_id_or_refuse(_text(user, "userId") or _text(payload, "userId")),
        organization_id=_organization_id(payload),
        username=_text(user, "userName"),
        full_name=_text(user, "fullName"),
        email=_text(user, "email"),
        locale=_text(user, "locale"),
        language=_text(user, "language"),
        time_zone=_text(user, "timeZone"),
        organization_name=_text(_inside(context, "organization"), "name"),
        instance_url=_origin(_text(client, "instanceUrl")),
        target_origin=_origin(_text(client, "targetOrigin")),
        instance_id=_text(client, "instanceId"),
        record_id=_id_or_empty(_text(record, "Id")),
        record_type=_text(_inside(record, "attributes"), "type"),
        display_location=_text(environment, "displayLocation"),
        sublocation=_text(environment, "sublocation") or _text(environment, "subLocation"),
        width=_text(dimensions, "width"),
        height=_text(dimensions, "height"),
        access_token=_text(client, "oauthToken"),
    )


def _organization_id(payload: dict[str, object]) -> str:
    organization = _inside(_inside(payload, "context"), "organization")
    return _id_or_refuse(_text(organization, "organizationId"))


def _inside(mapping: dict[str, object], key: str) -> dict[str, object]:
    value = mapping.get(key)
    return value if isinstance(value, dict) else {}


def _text(mapping: dict[str, object], key: str) -> str:
    """Return the text without what no database takes (NUL, half surrogates); anything else is empty."""
    value = mapping.get(key)
    if not isinstance(value, str):
        return ""
    return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")


def _origin(url: str) -> str:
    match = _ORIGIN.match(url)
    return match[0] if match else ""


def _id_or_refuse(text: str) -> str:
    try:
        return to_18(text)
    except ValueError:
        raise CanvasRefused("missing_key") from None  # the cause holds the payload


def _id_or_empty(text: str) -> str:
    return to_18(text) if _ID.fullmatch(text) else ""
