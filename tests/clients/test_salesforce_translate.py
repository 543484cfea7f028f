"""Salesforce's answers become our errors by code, whatever the status, and quote nothing that was sent."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkpoint.errors import Exists, Gone, NeedsPerson, Outdated, Refused, ServiceError, TryLater
from linkpoint.salesforce.translate import (
    DAILY_LIMIT_WAIT,
    is_expired,
    rest_error,
    row_error,
    sign_in_error,
)


def entry(code: str, message: str = "", fields: list[str] | None = None) -> dict[str, object]:
    return {"errorCode": code, "message": message, **({"fields": fields} if fields else {})}


@pytest.mark.parametrize("status", [400, 500])
def test_locked_row_is_tried_later_whatever_the_status(status: int) -> None:
    message = "unable to obtain exclusive access to this record or 1 records: 00U5g00000AAAAA"

    error = rest_error(status, [entry("UNABLE_TO_LOCK_ROW", message)], {})

    assert isinstance(error, TryLater)
    assert error.code == "UNABLE_TO_LOCK_ROW"


def test_duplicate_value_names_the_record_that_is_there() -> None:
    message = "duplicate value found: LinkPoint_Key__c duplicates value on record with id: 00U5g00000AAAAA"

    error = row_error([{"statusCode": "DUPLICATE_VALUE", "message": message, "fields": []}])

    assert isinstance(error, Exists)
    assert (error.record_id, error.field) == ("00U5g00000AAAAA", "LinkPoint_Key__c")


def test_duplicate_value_without_an_id_leaves_it_empty() -> None:
    error = row_error([entry("DUPLICATE_VALUE", "duplicate value found: <unknown>")])

    assert isinstance(error, Exists)
    assert error.record_id == ""


@pytest.mark.parametrize(
    ("status", "code"), [(404, "ENTITY_IS_DELETED"), (404, "NOT_FOUND"), (400, "ENTITY_IS_DELETED")]
)
def test_deleted_record_is_gone(status: int, code: str) -> None:
    assert isinstance(rest_error(status, [entry(code, "entity is deleted")], {}), Gone)


def test_text_too_long_names_the_field() -> None:
    error = rest_error(
        400, [entry("STRING_TOO_LONG", "Subject: data value too large", ["Subject"])], {}
    )

    assert isinstance(error, Refused)
    assert error.field == "Subject"


def test_refused_query_names_the_hidden_field() -> None:
    message = "\nSELECT Description FROM Event\n  ^\nERROR at Row:1:Column:8\nNo such column 'Description' on entity 'Event'."

    error = rest_error(400, [entry("INVALID_FIELD", message)], {})

    assert isinstance(error, Refused)
    assert (error.code, error.field) == ("INVALID_FIELD", "Description")


def test_used_up_allowance_rests_and_goes_on_by_itself() -> None:
    error = rest_error(403, [entry("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")], {})

    assert isinstance(error, TryLater)
    assert error.wait == DAILY_LIMIT_WAIT


def test_too_many_calls_at_once_are_tried_soon() -> None:
    message = "ConcurrentPerOrgLongTxn Limit exceeded."

    error = rest_error(403, [entry("REQUEST_LIMIT_EXCEEDED", message)], {})

    assert isinstance(error, TryLater)
    assert error.wait is None


def test_what_concerns_everything_outweighs_what_concerns_one_record() -> None:
    body = [entry("STRING_TOO_LONG", "", ["Subject"]), entry("API_DISABLED_FOR_ORG")]

    assert isinstance(rest_error(400, body, {}), NeedsPerson)


def test_changed_record_is_outdated() -> None:
    assert isinstance(rest_error(412, None, {}), Outdated)


def test_overload_waits_as_long_as_it_is_asked_to() -> None:
    error = rest_error(503, None, {"Retry-After": "2.5"})

    assert isinstance(error, TryLater)
    assert error.wait == timedelta(seconds=2.5)


def test_validation_rule_is_quoted_for_people() -> None:
    error = row_error([entry("FIELD_CUSTOM_VALIDATION_EXCEPTION", "Choose a project first.")])

    assert isinstance(error, Refused)
    assert error.why == "A rule of the Salesforce organization refuses it: Choose a project first."


def test_validation_rule_that_repeats_what_was_sent_is_not_quoted() -> None:
    body = [entry("FIELD_CUSTOM_VALIDATION_EXCEPTION", "You may not plan 'Merger  talks' here.")]

    error = row_error(body, texts=["merger talks"])

    assert "talks" not in error.why.lower()


def test_refusal_of_another_kind_never_quotes_salesforce() -> None:
    error = row_error([entry("STRING_TOO_LONG", "Subject: data value too large: Merger talks")])

    assert "Merger" not in str(error)


@pytest.mark.parametrize(
    ("body", "expired"),
    [
        ([entry("INVALID_SESSION_ID", "Session expired or invalid")], True),
        ({"error": "no list"}, True),
        (None, True),
        (
            [entry("INVALID_SESSION_ID", "This session is not valid for use with the REST API")],
            False,
        ),
        ([entry("INVALID_AUTH", "Connected app is not attached to Agent")], False),
    ],
)
def test_new_sign_in_is_tried_only_where_it_can_help(body: object, expired: bool) -> None:
    assert is_expired(401, body) is expired


@pytest.mark.parametrize(
    ("error", "description", "what"),
    [
        ("invalid_grant", "user hasn't approved this consumer", "approval"),
        ("invalid_grant", "audience is invalid", "configuration"),
        ("invalid_grant", "user is locked", "user_inactive"),
        ("invalid_grant", "expired access/refresh token", "approval"),
        ("invalid_client_id", "client identifier invalid", "secret"),
        ("something_new", "", "configuration"),
    ],
)
def test_sign_in_refusal_says_what_a_person_can_do(error: str, description: str, what: str) -> None:
    found = sign_in_error(400, {"error": error, "error_description": description}, {})

    assert isinstance(found, NeedsPerson)
    assert found.what == what


@pytest.mark.parametrize(
    ("status", "body"), [(503, None), (400, {"error": "unknown_error"}), (429, [])]
)
def test_busy_sign_in_is_tried_later(status: int, body: object) -> None:
    assert isinstance(sign_in_error(status, body, {}), TryLater)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["errorCode", "statusCode", "message", "fields", "error", "error_description"]
            ),
            inner,
        )
    ),
    max_leaves=8,
)


@given(st.integers(300, 599), JSON)
def test_any_answer_becomes_an_error_of_ours(status: int, body: object) -> None:
    for error in (rest_error(status, body, {}), row_error(body), sign_in_error(status, body, {})):
        assert isinstance(error, ServiceError)
        assert error.why.endswith(".")
