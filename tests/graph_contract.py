"""Holds the traffic with the emulated Graph against the recorded contract: requests and responses.

Requests that were accepted must fit the OpenAPI document; responses, refusals too, must fit the closed schemas.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from sandbox.exchange import Exchange
from tests.shared import CONTRACTS

_BASE = "http://127.0.0.1:8100"
_GOOD_BEFORE: set[tuple[object, ...]] = set()
_ERROR = "microsoft.graph.ODataErrors.ODataError"
_ENUM_MEMBERS = frozenset(
    {
        *("type", "contentType", "showAs", "sensitivity", "importance", "firstDayOfWeek"),
        *("index", "onlineMeetingProvider", "daysOfWeek"),
    }
)


class ContractBroken(AssertionError):
    """A request or a response is not as the contract has it."""


@dataclass
class ContractWatch:
    """Checks every exchange it is shown and collects what is wrong.

    Use ``World.default_observers.append(watch.observe)`` for a whole run, ``sandbox.on_exchange(watch.observe)`` for
    one sandbox; ask ``failures`` afterwards.
    """

    failures: list[str] = field(default_factory=list)
    checked: int = 0

    def observe(self, exchange: Exchange) -> None:
        """Check one exchange with Graph; whatever is wrong is kept, nothing is raised into the server."""
        self.checked += 1
        try:
            check_exchange(
                exchange.method,
                exchange.path,
                exchange.query,
                exchange.request_body,
                exchange.status,
                exchange.response_body,
            )
        except ContractBroken as error:
            self.failures.append(str(error))


def check_exchange(
    method: str,
    path: str,
    query: Mapping[str, str],
    request_body: Any,
    status: int,
    response_body: Any,
) -> None:
    """Check one request and its answer.

    Args:
        method: HTTP method.
        path: Below ``/v1.0``, decoded.
        query: Options by name.
        request_body: Decoded JSON, or None.
        status: Of the answer.
        response_body: Decoded JSON, or None.

    Raises:
        ContractBroken: One of them does not fit; the message says where.
    """
    where = f"{method} {path} -> {status}"
    if status < 400:
        _check_request_once(where, method, path, query, request_body)
    if response_body is None:
        return
    name = _ERROR if status >= 400 else response_schema(method, path, status)
    problems = sorted(_validator(name).iter_errors(response_body), key=lambda e: list(e.path))
    if problems:
        first = problems[0]
        at = "/".join(str(part) for part in first.path)
        raise ContractBroken(f"{where}: response at {at or 'top'}: {first.message[:300]}")


def response_schema(method: str, path: str, status: int) -> str:
    """Return the name of the schema of a successful answer.

    Raises:
        ContractBroken: The contract has no such operation or answer.
    """
    operation = _operation(method, path)
    answer = operation["responses"].get(str(status))
    if answer is None:
        raise ContractBroken(f"{method} {path}: the contract has no answer {status}")
    schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _check_request_once(
    where: str, method: str, path: str, query: Mapping[str, str], body: Any
) -> None:
    """Check a request, unless one that differs in nothing but ids was found good before."""
    alike = (method, _template(path), tuple(sorted(query.items())))
    if body is not None:
        _check_request(where, method, path, query, body)
    elif alike not in _GOOD_BEFORE:
        _check_request(where, method, path, query, body)
        _GOOD_BEFORE.add(alike)


def _check_request(where: str, method: str, path: str, query: Mapping[str, str], body: Any) -> None:
    # An enum in the path is spelled like one in a body.
    path = re.sub(r"='(\w+)'", lambda match: f"='{str(match[1]).casefold()}'", path)
    content = b"" if body is None else json.dumps(_as_spelled(body)).encode()
    request = MockRequest(
        _BASE,
        method.lower(),
        f"/v1.0{path}",
        args=dict(query),
        data=content,
        headers={"Authorization": "Bearer x"},
        content_type="application/json",
    )
    try:
        _api().validate_request(request)
    except OpenAPIError as error:
        cause = getattr(error, "__cause__", None)
        raise ContractBroken(f"{where}: request: {error} ({cause})") from None


def _as_spelled(value: Any, name: str = "") -> Any:
    """Return the body with enum values as the schema spells them; the service takes any case (contract, section 1)."""
    if isinstance(value, dict):
        return {key: _as_spelled(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_as_spelled(member, name) for member in value]
    if isinstance(value, str) and name in _ENUM_MEMBERS:
        return _enum_spellings().get(value.casefold(), value)
    return value


@cache
def _enum_spellings() -> dict[str, str]:
    schemas = _document()["components"]["schemas"].values()
    words = [word for schema in schemas for word in schema.get("enum", ())]
    return {str(word).casefold(): str(word) for word in words}


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads((CONTRACTS / "graph-calendar.openapi.json").read_text())
    document["servers"] = [{"url": f"{_BASE}/v1.0"}]
    return document


@cache
def _api() -> OpenAPI:
    return OpenAPI.from_dict(_document())


@cache
def _validator(name: str) -> Draft202012Validator:
    strict = json.loads((CONTRACTS / "graph-calendar.strict.schema.json").read_text())
    return Draft202012Validator({**strict, "$ref": f"#/$defs/{name}"})


def _operation(method: str, path: str) -> dict[str, Any]:
    for template in _templates(path):
        operation: dict[str, Any] | None = _document()["paths"][template].get(method.lower())
        if operation is not None:
            return operation
    raise ContractBroken(f"{method} {path}: the contract has no such operation")


def _template(path: str) -> str:
    """Return the path as the contract spells it; one that it does not know stays as it is."""
    return next(_templates(path), path)


def _templates(path: str) -> Iterator[str]:
    parts = path.strip("/").split("/")
    for template, wanted in _paths():
        if len(wanted) == len(parts) and all(map(_fits, wanted, parts)):
            yield template


@cache
def _paths() -> list[tuple[str, list[str]]]:
    return [(template, template.strip("/").split("/")) for template in _document()["paths"]]


def _fits(wanted: str, part: str) -> bool:
    if wanted.startswith("{"):
        return True
    head, brace, _ = wanted.partition("{")
    return part.startswith(head) if brace else wanted == part
