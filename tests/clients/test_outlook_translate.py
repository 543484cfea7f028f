"""Microsoft's answers become our errors, by status, code and AADSTS number, and quote nothing."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from linkpoint.outlook.translate import graph_error, sign_in_error


def body(code: str) -> dict[str, object]:
    return {"error": {"code": code, "message": "Subject: Merger talks"}}


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ErrorInvalidRequest", Refused),
        (401, "InvalidAuthenticationToken", NeedsPerson),
        (403, "ErrorAccessDenied", NeedsPerson),
        (403, "Authorization_RequestDenied", NeedsPerson),
        (404, "ErrorItemNotFound", Gone),
        (404, "MailboxNotEnabledForRESTAPI", NeedsPerson),
        (409, "ErrorDuplicate", Exists),
        (410, "SyncStateNotFound", Gone),
        (412, "ErrorIrresolvableConflict", Outdated),
        (424, "FailedDependency", TryLater),
        (429, "ApplicationThrottled", TryLater),
        (500, "", TryLater),
        (503, "ConcurrentItemSave", TryLater),
        (302, "", NeedsPerson),
    ],
)
def test_answer_of_graph_says_what_happens_next(
    status: int, code: str, kind: type[ServiceError]
) -> None:
    error = graph_error(status, body(code), {})

    assert type(error) is kind
    assert "Merger" not in repr(error)


@pytest.mark.parametrize(
    "code",
    ["SyncStateNotFound", "syncStateNotFound", "resyncRequired", "SyncStateInvalid", "ErrorInvalidSyncStateData"],
)  # fmt: skip
@pytest.mark.parametrize("status", [400, 410])
def test_lost_cursor_starts_over_in_any_spelling(status: int, code: str) -> None:
    assert isinstance(graph_error(status, body(code), {}, delta=True), StartOver)


def test_other_refusal_of_a_round_does_not_start_over() -> None:
    assert isinstance(graph_error(400, body("ErrorInvalidUrlQuery"), {}, delta=True), Refused)


def test_wait_and_reference_are_taken_from_headers_in_any_case() -> None:
    error = graph_error(429, body("x"), {"retry-AFTER": "2.128", "Request-Id": "abc-1"})

    assert isinstance(error, TryLater)
    assert (error.wait, error.reference) == (timedelta(seconds=2.128), "abc-1")


@pytest.mark.parametrize(
    ("answer", "what"),
    [
        ({"error": "invalid_client", "error_codes": [7000215]}, "secret"),
        ({"error": "invalid_client", "error_description": "AADSTS7000222: expired"}, "secret"),
        ({"error": "invalid_grant", "error_codes": [65001]}, "consent"),
        ({"error": "invalid_grant", "error_codes": [50173]}, "consent"),
        ({"error": "interaction_required", "error_codes": [50076]}, "consent"),
        ({"error": "access_denied", "error_codes": [53003]}, "access"),
        ({"error": "invalid_grant", "error_codes": [50057]}, "user_inactive"),
        ({"error": "unauthorized_client", "error_codes": [700016]}, "configuration"),
        ({"error": "invalid_tenant", "error_codes": [90002]}, "configuration"),
        ({"error": "access_denied"}, "consent"),
        ({"error": "something_new"}, "configuration"),
        ({}, "configuration"),
    ],
)
def test_refused_sign_in_says_what_a_person_can_do(answer: dict[str, object], what: str) -> None:
    error = sign_in_error(answer)

    assert isinstance(error, NeedsPerson)
    assert error.what == what


@pytest.mark.parametrize(
    "answer", [{"error": "temporarily_unavailable"}, {"error": "x", "error_codes": [90033]}]
)
def test_busy_sign_in_is_tried_later(answer: dict[str, object]) -> None:
    assert isinstance(sign_in_error(answer), TryLater)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "message", "error_codes", "error_description"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.integers(300, 599), JSON, st.booleans())
def test_any_answer_becomes_an_error_of_ours(status: int, answer: object, delta: bool) -> None:
    assert isinstance(graph_error(status, answer, {}, delta=delta), ServiceError)


@given(st.dictionaries(st.sampled_from(["error", "error_codes", "error_description"]), JSON))
def test_any_sign_in_answer_becomes_an_error_of_ours(answer: dict[str, object]) -> None:
    assert isinstance(sign_in_error(answer), ServiceError)
