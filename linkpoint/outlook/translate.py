"""What Microsoft answers, put into our errors: Graph by status and code, sign-in by AADSTS number.

Microsoft's own messages are never passed on: they may quote ids and names.
"""

import re
from collections.abc import Mapping

from linkpoint.errors import (
    Exists,
    Gone,
    NeedsPerson,
    Outdated,
    Refused,
    ServiceError,
    StartOver,
    TryLater,
)
from linkpoint.http import header, retry_after

OUTLOOK = "outlook"

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,80}")
_AADSTS = re.compile(r"AADSTS(\d{4,9})")

# Codes differ in case between documentation and service; compare in lower case.
# https://learn.microsoft.com/graph/delta-query-overview
_LOST_CURSOR = frozenset(
    {
        "syncstatenotfound",
        "syncstateinvalid",
        "errorinvalidsyncstatedata",
        "resyncrequired",
        "resyncchangesapplydifferences",
        "resyncchangesuploaddifferences",
    }
)

_NEEDS: Mapping[str, tuple[str, str]] = {
    "mailboxnotenabledforrestapi": (
        "licence",
        "This mailbox is not in Exchange Online or has no licence.",
    ),
    "mailboxnothostedinexchangeonline": (
        "licence",
        "This mailbox is not in Exchange Online or has no licence.",
    ),
    "erroraccessdenied": (
        "access",
        "Microsoft 365 does not let LinkPoint read this mailbox. An administrator can allow it.",
    ),
    "authorization_requestdenied": (
        "consent",
        "LinkPoint lacks a permission in Microsoft 365. An administrator can approve it.",
    ),
}

_REFUSED_WHY: Mapping[str, str] = {
    "errorinvalidrequest": "Microsoft 365 refused the request as invalid.",
    "validationerror": "Microsoft 365 could not reach the address for change notifications.",
    "invalidrequest": "Microsoft 365 refused the request as invalid.",
    "errorinvalididmalformed": "Microsoft 365 does not accept this id.",
}

_SIGN_IN: tuple[tuple[frozenset[int], str, str], ...] = (
    (
        frozenset({7000215, 7000222, 7000216, 7000218, 700027, 700024, 50012, 90055}),
        "secret",
        "Microsoft does not accept the client secret or certificate. Enter a new one in the tenant's settings.",
    ),
    (
        frozenset({65001, 65004, 90094, 90093, 90095, 650056, 650057, 70000001}),
        "consent",
        "LinkPoint has not been approved in this Microsoft 365 tenant. An administrator can approve it.",
    ),
    (
        frozenset({50173, 700082, 70008, 700081, 70043, 50133, 50132, 50089, 700084, 70000}),
        "consent",
        "The sign-in to Outlook is no longer valid. Sign in again on the connection card.",
    ),
    (
        frozenset({50076, 50079, 50078, 50074, 50072, 50158, 16000, 50058}),
        "consent",
        "Microsoft asks for another sign-in step. Sign in again on the connection card.",
    ),
    (
        frozenset({53000, 53001, 53003, 530003, 50105, 50097}),
        "access",
        "A rule of this Microsoft 365 tenant blocks the sign-in. An administrator can allow it.",
    ),
    (
        frozenset({50057, 50034, 50055, 50053, 51004}),
        "user_inactive",
        "This Microsoft 365 account is disabled, locked or does not exist.",
    ),
    (
        frozenset({700016, 7000112, 7000114, 500011, 50011, 650052, 70011, 70001}),
        "configuration",
        "Microsoft does not know this application in the tenant. Check the tenant id and the application id.",
    ),
    (
        frozenset({90002, 900021, 900023, 900971, 500208}),
        "configuration",
        "Microsoft does not know this tenant. Check the tenant id.",
    ),
)
_SIGN_IN_BUSY = frozenset({90033, 90024, 90085, 50196, 90036})

_OAUTH_WORDS: Mapping[str, tuple[str, str]] = {
    "invalid_client": (_SIGN_IN[0][1], _SIGN_IN[0][2]),
    "unauthorized_client": (_SIGN_IN[6][1], _SIGN_IN[6][2]),
    "consent_required": (_SIGN_IN[1][1], _SIGN_IN[1][2]),
    "invalid_grant": (_SIGN_IN[2][1], _SIGN_IN[2][2]),
    "interaction_required": (_SIGN_IN[2][1], _SIGN_IN[2][2]),
    "login_required": (_SIGN_IN[2][1], _SIGN_IN[2][2]),
    "access_denied": ("consent", "The permission was not given. Nothing was connected."),
}


def plain(value: object) -> str:
    """Return a code or id if it is a plain word, else nothing: only such words may be logged and shown."""
    return value if isinstance(value, str) and _PLAIN.fullmatch(value) else ""


def graph_error(
    status: int, body: object, headers: Mapping[str, str], *, delta: bool = False
) -> ServiceError:
    """Return the error that an answer of Graph stands for; ``body`` is the decoded JSON or None.

    Args:
        status: HTTP status of the answer or of one item of a batch.
        body: Decoded JSON, whatever it is.
        headers: Headers of the answer; names in any case.
        delta: The request was a round of delta, where a lost cursor means to start over.
    """
    code = _code(body)
    reference = plain(header(headers, "request-id"))
    if delta and (status == 410 or (status == 400 and code.lower() in _LOST_CURSOR)):
        why = "Outlook no longer knows where the last round ended; a new round begins."
        return StartOver(OUTLOOK, why, code, reference)
    if status in {408, 424, 429} or status >= 500:
        wait = retry_after(header(headers, "Retry-After"))
        return TryLater(OUTLOOK, _busy(status), code or f"http-{status}", reference, wait=wait)
    if status in {401, 403} or code.lower() in _NEEDS or status < 400:
        return _needs_person(status, code, reference)
    return _about_the_item(status, code, reference)


def sign_in_error(answer: Mapping[str, object]) -> ServiceError:
    """Return what an error of the token endpoint or of a sign-in redirect means."""
    number = _aadsts(answer)
    word = plain(answer.get("error"))
    code = f"AADSTS{number}" if number else word
    reference = plain(answer.get("correlation_id"))
    if number in _SIGN_IN_BUSY or word in {"temporarily_unavailable", "server_error"}:
        return TryLater(OUTLOOK, "Microsoft's sign-in is busy.", code, reference)
    for numbers, what, why in _SIGN_IN:
        if number in numbers:
            return NeedsPerson(OUTLOOK, why, code, reference, what=what)
    what, why = _OAUTH_WORDS.get(
        word,
        ("configuration", "Microsoft refused the sign-in. Check the tenant's settings."),
    )
    return NeedsPerson(OUTLOOK, why, code, reference, what=what)


def unreadable() -> TryLater:
    """Return the error for an answer of success that is not what Graph sends."""
    return TryLater(OUTLOOK, "Microsoft 365 sent an answer that cannot be read.", "unreadable")


def _code(body: object) -> str:
    error = body.get("error") if isinstance(body, dict) else None
    return plain(error.get("code")) if isinstance(error, dict) else ""


def _busy(status: int) -> str:
    if status == 429:
        return "Microsoft 365 asks to slow down."
    return "Microsoft 365 could not answer at the moment."


def _needs_person(status: int, code: str, reference: str) -> NeedsPerson:
    if code.lower() in _NEEDS:
        what, why = _NEEDS[code.lower()]
    elif status == 401:
        what, why = "consent", "Microsoft 365 does not accept the sign-in of LinkPoint."
    elif status == 403:
        what, why = "access", _NEEDS["erroraccessdenied"][1]
    else:
        what, why = "configuration", "Microsoft 365 answered from an unexpected address."
    return NeedsPerson(OUTLOOK, why, code or f"http-{status}", reference, what=what)


def _about_the_item(status: int, code: str, reference: str) -> ServiceError:
    code_or_status = code or f"http-{status}"
    if status in {404, 410}:
        return Gone(OUTLOOK, "Outlook no longer has this item.", code_or_status, reference)
    if status == 409:
        return Exists(OUTLOOK, "Outlook already has this.", code_or_status, reference)
    if status == 412:
        return Outdated(
            OUTLOOK, "The item changed in Outlook meanwhile.", code_or_status, reference
        )
    why = _REFUSED_WHY.get(code.lower(), "Microsoft 365 refused the request.")
    return Refused(OUTLOOK, why, code_or_status, reference)


def _aadsts(answer: Mapping[str, object]) -> int:
    codes = answer.get("error_codes")
    if isinstance(codes, list) and codes and isinstance(codes[0], int):
        return codes[0]
    match = _AADSTS.search(str(answer.get("error_description") or ""))
    return int(match[1]) if match else 0
