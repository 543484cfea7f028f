"""Conditional requests on single rows (contract section 2): whole seconds, no DELETE, ETag for Account alone."""

import zlib
from datetime import datetime

from sandbox.salesforce.errors import ApiError, unknown
from sandbox.salesforce.rest.call import Call, Reply, http_date, moment_of
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.values import Row, moment_in


def etag_of(row: Row) -> str:
    """Return the entity tag of an Account row as it is now."""
    state = f"{row['Id']} {row['SystemModstamp']}"
    return f'"{zlib.crc32(state.encode()):08x}"'


def row_headers(sobject: SObject, row: Row) -> dict[str, str]:
    """Return the validators a GET of the row answers."""
    headers = {"Last-Modified": http_date(moment_in(row, "LastModifiedDate"))}
    if sobject.name == "Account":
        headers["ETag"] = etag_of(row)
    return headers


def _precondition_failed(header: str) -> ApiError:
    return ApiError("SANDBOX_PRECONDITION_FAILED", unknown(f"{header} does not hold"))


def check(call: Call, sobject: SObject, row: Row) -> Reply | None:
    """Return the 304 of a conditional GET, or None to go on.

    Raises:
        ApiError: 412, or 400 for a malformed date on PATCH.
    """
    if call.method == "DELETE":
        return None
    if sobject.name == "Account":
        found = _check_etag(call, row)
        if found is not None:
            return found
    if sobject.name == "Event" and not call.org.switches.on("conditional_event_rows"):
        return None
    _check_unmodified(call, row)
    since = _date(call, "if-modified-since")
    if call.method == "GET" and since is not None and moment_in(row, "LastModifiedDate") <= since:
        return Reply(304, None, row_headers(sobject, row))
    return None


def _check_etag(call: Call, row: Row) -> Reply | None:
    tags = call.headers.get("if-match")
    if tags and tags != "*" and etag_of(row) not in _tags(tags):
        raise _precondition_failed("If-Match")
    tags = call.headers.get("if-none-match")
    if tags and (tags == "*" or etag_of(row) in _tags(tags)):
        if call.method == "GET":
            return Reply(304, None, {"ETag": etag_of(row)})
        raise _precondition_failed("If-None-Match")
    return None


def _tags(header: str) -> list[str]:
    return [
        tag.strip().removesuffix('--gzip"').removesuffix('"') + '"' for tag in header.split(",")
    ]


def _check_unmodified(call: Call, row: Row) -> None:
    since = _date(call, "if-unmodified-since")
    if since is not None and moment_in(row, "LastModifiedDate") > since:
        raise _precondition_failed("If-Unmodified-Since")


def _date(call: Call, name: str) -> datetime | None:
    header = call.headers.get(name)
    if not header:
        return None
    moment = moment_of(header)
    if moment is None and call.method != "GET":
        raise ApiError("SANDBOX_BAD_DATE", unknown(f"{name} is not an HTTP date"))
    return moment
