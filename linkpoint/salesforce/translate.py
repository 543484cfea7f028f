"""What Salesforce answers, put into our errors: by errorCode, not by status (salesforce.md 2).

Salesforce's own messages are not passed on, with one exception: the text of a validation rule, which an administrator
wrote for people, if it repeats nothing of what was sent.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from linkpoint.errors import (
    Exists,
    Gone,
    NeedsPerson,
    Outdated,
    Refused,
    ServiceError,
    TryLater,
)
from linkpoint.http import header, retry_after

SALESFORCE = "salesforce"

DAILY_LIMIT_WAIT = timedelta(hours=1)
"""How long to rest after the organization has used up its calls of the day; they come back hour by hour."""

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,80}")
_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_RECORD_ID = re.compile(r"\bwith id:\s*([a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?)\b")
_DUPLICATE_OF = re.compile(r"duplicate value found: ([A-Za-z][A-Za-z0-9_]{0,79}) duplicates")
_MISSING_COLUMN = re.compile(r"No such column '([A-Za-z0-9_.]{1,120})'")
_QUOTE_LIMIT_CHARS = 200
_TELLING_CHARS = 4
"""A text sent that is shorter than this may stand in a quoted message: it tells nothing."""

# 401 answers that a new sign-in does not cure; asking again would go on for ever (salesforce.md 2).
_HOPELESS_SESSIONS = ("not attached to agent", "not valid for use with the rest api")

_BUSY: Mapping[str, str] = {
    "UNABLE_TO_LOCK_ROW": "Salesforce is changing this record at the moment.",
    "SERVER_UNAVAILABLE": "Salesforce could not answer at the moment.",
    "QUERY_TIMEOUT": "Salesforce took too long to look this up.",
    "UNKNOWN_EXCEPTION": "Salesforce could not answer at the moment.",
    "TXN_SECURITY_RUNTIME_EXCEPTION": "Salesforce could not answer at the moment.",
    "CONCURRENT_REQUEST": "Salesforce asks to slow down.",
    "ALL_OR_NONE_OPERATION_ROLLED_BACK": "Salesforce took the change back because of another one.",
    "PROCESSING_HALTED": "Salesforce took the change back because of another one.",
}
_NEEDS: Mapping[str, tuple[str, str]] = {
    "INVALID_SESSION_ID": (
        "approval",
        "Salesforce does not accept the sign-in of LinkPoint. Connect Salesforce again.",
    ),
    "INVALID_AUTH_HEADER": (
        "approval",
        "Salesforce does not accept the sign-in of LinkPoint. Connect Salesforce again.",
    ),
    "INVALID_LOGIN": ("user_inactive", "This Salesforce user cannot sign in."),
    "INACTIVE_OWNER_OR_USER": ("user_inactive", "This Salesforce user is not active."),
    "USER_INACTIVE": ("user_inactive", "This Salesforce user is not active."),
    "API_DISABLED_FOR_ORG": (
        "access",
        "This Salesforce user may not use the API. An administrator can allow it.",
    ),
    "API_CURRENTLY_DISABLED": (
        "access",
        "This Salesforce user may not use the API. An administrator can allow it.",
    ),
    "INSUFFICIENT_ACCESS": (
        "access",
        "Salesforce does not give this user access. An administrator can allow it.",
    ),
    "ORG_LOCKED": ("configuration", "This Salesforce organization is locked."),
    "INVALID_TYPE": (
        "access",
        "This Salesforce user has no access to Events. An administrator can allow it.",
    ),
    "UNSUPPORTED_API_VERSION": (
        "configuration",
        "Salesforce does not offer the API version LinkPoint is set to.",
    ),
    "STORAGE_LIMIT_EXCEEDED": (
        "configuration",
        "The data storage of the Salesforce organization is full. Nothing more can be recorded.",
    ),
}
_GONE = frozenset({"ENTITY_IS_DELETED", "NOT_FOUND"})
_REFUSED: Mapping[str, str] = {
    "STRING_TOO_LONG": "The text is longer than the field in Salesforce.",
    "REQUIRED_FIELD_MISSING": "Salesforce requires a value in a field that is empty.",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "A rule of the Salesforce organization refuses it.",
    "FIELD_INTEGRITY_EXCEPTION": "Salesforce refuses the combination of values.",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "Salesforce does not offer this value in the list.",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "Salesforce does not let this user write the field.",
    "INVALID_FIELD": "Salesforce does not have this field, or hides it from this user.",
    "DUPLICATES_DETECTED": "A duplicate rule of the Salesforce organization refuses it.",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "Automation in Salesforce refuses it.",
    "INSUFFICIENT_ACCESS_OR_READONLY": "Salesforce does not let this user change the record.",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": (
        "Salesforce does not let this user relate the record."
    ),
    "INVALID_CROSS_REFERENCE_KEY": "A related record does not exist or may not be seen.",
    "MALFORMED_ID": "Salesforce does not accept this id.",
    "OPERATION_TOO_LARGE": "Salesforce refuses the query as too large for this user.",
    "MALFORMED_QUERY": "Salesforce cannot read the query.",
}
_ELSEWHERE = ("configuration", "Salesforce answered from an unexpected address.")
_STATUS_NEEDS: Mapping[int, tuple[str, str]] = {
    401: _NEEDS["INVALID_SESSION_ID"],
    403: _NEEDS["INSUFFICIENT_ACCESS"],
    410: _NEEDS["UNSUPPORTED_API_VERSION"],
}
_BAD_GATEWAYS = frozenset({408, 420, 429})

_DESCRIPTIONS: tuple[tuple[str, str, str], ...] = (
    (
        "hasn't approved this consumer",
        "approval",
        "The connected app is not approved for this user. An administrator can pre-authorize it, or the user connects once.",
    ),
    (
        "audience is invalid",
        "configuration",
        "Salesforce does not accept the sign-in address. A sandbox needs https://test.salesforce.com.",
    ),
    (
        "user is locked",
        "user_inactive",
        "This Salesforce user is locked. An administrator can unlock it.",
    ),
    ("inactive", "user_inactive", "This Salesforce user is not active."),
    (
        "expired access/refresh token",
        "approval",
        "The connection to Salesforce is no longer valid. Connect Salesforce again.",
    ),
    (
        "expired authorization code",
        "approval",
        "The sign-in took too long. Start it again from the connection card.",
    ),
    ("ip restricted", "access", "Salesforce does not allow a sign-in from this address."),
    ("ip not allowed", "access", "Salesforce does not allow a sign-in from this address."),
    (
        "invalid assertion",
        "secret",
        "Salesforce does not accept the signature. The certificate of the connected app and the private key have to match.",
    ),
)
_SIGN_IN: Mapping[str, tuple[str, str]] = {
    "invalid_grant": (
        "approval",
        "Salesforce refused the sign-in of this user. Check the username and the approval of the connected app.",
    ),
    "invalid_client": (
        "secret",
        "Salesforce does not accept the consumer key or consumer secret of the connected app.",
    ),
    "invalid_client_id": (
        "secret",
        "Salesforce does not know the consumer key of the connected app.",
    ),
    "invalid_app_access": (
        "approval",
        "This user may not use the connected app. An administrator can allow it.",
    ),
    "inactive_user": ("user_inactive", "This Salesforce user is not active."),
    "inactive_org": ("configuration", "This Salesforce organization is locked or closed."),
    "redirect_uri_mismatch": (
        "configuration",
        "The callback address is not entered in the connected app.",
    ),
    "access_denied": ("approval", "The permission was not given. Nothing was connected."),
    "invalid_scope": ("configuration", "The connected app lacks the scopes api and refresh_token."),
}
_SIGN_IN_BUSY = frozenset(
    {"server_error", "temporarily_unavailable", "unknown_error", "rate_limit_exceeded"}
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an error array, in either spelling (``errorCode`` of REST, ``statusCode`` of Collections rows)."""

    code: str
    message: str = ""
    fields: tuple[str, ...] = ()


def entries(body: object) -> tuple[Entry, ...]:
    """Return what an error body says; one that is no list of errors says nothing."""
    found = body if isinstance(body, list) else [body]
    return tuple(_entry(each) for each in found if isinstance(each, dict))


def _entry(error: Mapping[str, object]) -> Entry:
    fields = error.get("fields")
    names = fields if isinstance(fields, list) else []
    message = error.get("message")
    return Entry(
        plain(error.get("errorCode") or error.get("statusCode")),
        message if isinstance(message, str) else "",
        tuple(n for n in names if isinstance(n, str) and _FIELD.fullmatch(n)),
    )


def plain(value: object) -> str:
    """Return a code or id if it is a plain word, else nothing: only such words may be logged and shown."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else ""


def is_expired(status: int, body: object) -> bool:
    """Tell whether a new sign-in may help; some answers of 401 stay the same for ever."""
    said = " ".join(entry.message for entry in entries(body)).lower()
    return status == 401 and not any(words in said for words in _HOPELESS_SESSIONS)


def rest_error(
    status: int, body: object, headers: Mapping[str, str], *, texts: Iterable[str] = ()
) -> ServiceError:
    """Return the error that an answer of the REST API stands for.

    Args:
        status: HTTP status.
        body: Decoded JSON, whatever it is, or None.
        headers: Headers of the answer.
        texts: What was sent as text; a message that repeats one of them is not quoted.
    """
    found = _weightiest(entries(body))
    if found is not None:
        error = entry_error(found, texts=texts)
        if error is not None:
            return error
    return _by_status(status, found or Entry(""), headers)


def row_error(errors: object, *, texts: Iterable[str] = ()) -> ServiceError:
    """Return the error of one row of sObject Collections, whose own errors these are."""
    found = _weightiest(entries(errors))
    error = entry_error(found, texts=texts) if found is not None else None
    if error is not None:
        return error
    why = "Salesforce refused this record and did not say why."
    return Refused(SALESFORCE, why, found.code if found else "unexplained", field=_first(found))


def entry_error(entry: Entry, *, texts: Iterable[str] = ()) -> ServiceError | None:
    """Return what a known errorCode means, or None for a code that only its status explains."""
    code = entry.code
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(entry)
    if code in _BUSY:
        return TryLater(SALESFORCE, _BUSY[code], code)
    if code in _NEEDS:
        what, why = _needs(entry)
        return NeedsPerson(SALESFORCE, why, code, what=what)
    return _about_the_record(entry, texts)


def _about_the_record(entry: Entry, texts: Iterable[str]) -> ServiceError | None:
    if entry.code in _GONE:
        return Gone(SALESFORCE, "Salesforce no longer has this record.", entry.code)
    if entry.code == "DUPLICATE_VALUE":
        return _duplicate(entry)
    if entry.code in _REFUSED:
        return Refused(SALESFORCE, _refusal(entry, texts), entry.code, field=_first(entry))
    return None


def sign_in_error(status: int, body: object, headers: Mapping[str, str]) -> ServiceError:
    """Return what a refusal of the token endpoint, or of a sign-in redirect, means."""
    answer = body if isinstance(body, dict) else {}
    code = plain(answer.get("error"))
    said = str(answer.get("error_description") or "").lower()
    if status >= 500 or status in _BAD_GATEWAYS or code in _SIGN_IN_BUSY or "rate exceeded" in said:
        wait = retry_after(header(headers, "Retry-After"))
        why = "Salesforce's sign-in could not answer at the moment."
        return TryLater(SALESFORCE, why, code or f"http-{status}", wait=wait)
    for words, what, why in _DESCRIPTIONS:
        if words in said:
            return NeedsPerson(SALESFORCE, why, code, what=what)
    what, why = _SIGN_IN.get(
        code,
        (
            "configuration",
            "Salesforce refused the sign-in. Check the address and the connected app.",
        ),
    )
    return NeedsPerson(SALESFORCE, why, code or f"http-{status}", what=what)


def unreadable() -> TryLater:
    """Return the error for an answer of success that is not what Salesforce sends."""
    return TryLater(SALESFORCE, "Salesforce sent an answer that cannot be read.", "unreadable")


def _weightiest(found: Sequence[Entry]) -> Entry | None:
    """Return the entry that decides what happens next: one that concerns more than the record, else the first."""
    broad = (e for e in found if e.code in _NEEDS or e.code == "REQUEST_LIMIT_EXCEEDED")
    return next(broad, found[0] if found else None)


def _first(entry: Entry | None) -> str:
    """Return the field that is to blame: the first one listed, or the one a query named as missing or hidden."""
    if entry is None or entry.fields:
        return entry.fields[0] if entry else ""
    missing = _MISSING_COLUMN.search(entry.message)
    return missing[1] if missing else ""


def _limit(entry: Entry) -> TryLater:
    """Return the rest that the limit asks for; calls at the same time end sooner than a day's allowance."""
    if "concurrent" in entry.message.lower():
        return TryLater(SALESFORCE, "Salesforce asks to slow down.", entry.code)
    why = "The organization has used up its Salesforce calls for now. LinkPoint goes on when there are some again."
    return TryLater(SALESFORCE, why, entry.code, wait=DAILY_LIMIT_WAIT)


def _needs(entry: Entry) -> tuple[str, str]:
    said = entry.message.lower()
    if entry.code == "INVALID_SESSION_ID" and any(words in said for words in _HOPELESS_SESSIONS):
        return (
            "access",
            "Salesforce does not let this sign-in use its REST API. An administrator can allow it.",
        )
    return _NEEDS[entry.code]


def _duplicate(entry: Entry) -> Exists:
    record, field = _RECORD_ID.search(entry.message), _DUPLICATE_OF.search(entry.message)
    return Exists(
        SALESFORCE,
        "Salesforce already has a record with this value in a field that has to be unique.",
        entry.code,
        record_id=record[1] if record else "",
        field=field[1] if field else _first(entry),
    )


def _refusal(entry: Entry, texts: Iterable[str]) -> str:
    why = _REFUSED[entry.code]
    said = " ".join(entry.message.split())
    if entry.code != "FIELD_CUSTOM_VALIDATION_EXCEPTION" or not said:
        return why
    low = said.casefold()
    for text in texts:
        words = " ".join(text.split()).casefold()
        if len(words) >= _TELLING_CHARS and (words in low or low in words):
            return why
    return f"{why[:-1]}: {said[:_QUOTE_LIMIT_CHARS]}"


def _by_status(status: int, entry: Entry, headers: Mapping[str, str]) -> ServiceError:
    code = entry.code or f"http-{status}"
    if status >= 500 or status in _BAD_GATEWAYS:
        wait = retry_after(header(headers, "Retry-After"))
        return TryLater(SALESFORCE, "Salesforce could not answer at the moment.", code, wait=wait)
    if status == 412:
        return Outdated(SALESFORCE, "The record changed in Salesforce meanwhile.", code)
    if status == 404:
        return Gone(SALESFORCE, "Salesforce no longer has this record.", code)
    if status in _STATUS_NEEDS or status < 400:
        what, why = _STATUS_NEEDS.get(status, _ELSEWHERE)
        return NeedsPerson(SALESFORCE, why, code, what=what)
    return Refused(SALESFORCE, "Salesforce refused the request.", code, field=_first(entry))
