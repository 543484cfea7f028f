"""Requests as two clients really send them: each must reach the right part of the emulation."""

import ast
import re
from pathlib import Path

import pytest

from tests.sandbox.emulated_org import HANNA, Emulation, event
from tests.shared import CONTRACTS, needs_shared

pytestmark = [pytest.mark.shared_data, needs_shared]

FOLDER = CONTRACTS / "salesforce" / "wire"
_LINE = re.compile(
    r"(?P<method>GET|POST|PATCH|DELETE) (?P<path>\S+) +(?P<headers>\{.*?\})(?P<body>.*)"
)

SIMPLE_SALESFORCE = (
    200,  # query with escapes and a stamp
    200,  # queryAll
    400,  # a locator that nobody gave out
    400,  # create with a subject alone: no times
    412,  # If-Unmodified-Since of a row changed later
    400,  # upsert with a subject alone
    204,
    404,  # the row that was just deleted
    404,  # get by an external id with "+" for a space
    200,
    200,
    200,
    200,
    200,
    200,
    400,  # /deleted/ with the broken date of naive datetimes
    200,
    200,
)  # fmt: skip


def requests_of(path: Path) -> list[dict[str, str]]:
    lines = path.read_text().splitlines()
    return [found.groupdict() for line in lines if (found := _LINE.fullmatch(line))]


def sent(world: Emulation, request: dict[str, str], names: dict[str, str]) -> tuple[int, str]:
    path = request["path"]
    for theirs, ours in names.items():
        path = path.replace(theirs, ours)
    headers = ast.literal_eval(request["headers"])
    dropped = {"content-length", "authorization", "host", "transfer-encoding"}
    kept = {name: value for name, value in headers.items() if name.lower() not in dropped}
    answer = world.http.open(
        path,
        method=request["method"],
        base_url=world.org.instance_url,
        data=request["body"].strip() or None,
        headers={**kept, "Authorization": f"Bearer {world.token()}"},
    )
    return answer.status_code, answer.text


def test_simple_salesforce_requests_are_understood() -> None:
    world = Emulation()
    record_id = world.org.create("Event", event(), HANNA)
    names = {"00Uxx0000000001AAA": record_id, "Outlook_Id__c": "LinkPoint_Key__c"}
    requests = requests_of(FOLDER / "simple-salesforce-1.12.10.requests.txt")
    answers = [sent(world, request, names) for request in requests]
    assert [status for status, _ in answers] == list(SIMPLE_SALESFORCE)
    assert all("The requested resource does not exist" not in text for _, text in answers)
    assert all("\n" in text for _, text in answers if text), "X-PrettyPrint is obeyed"


def test_command_line_requests_are_understood() -> None:
    world = Emulation()
    requests = requests_of(FOLDER / "sf-cli-2.150.6.requests.txt")
    names = {"005xx000001Sv6AAAS": world.hanna}
    statuses = {}
    for request in requests:
        if request["method"] == "GET":
            status, _ = sent(world, request, names)
            statuses[request["path"].partition("?")[0] + request["path"][-20:]] = status
    refused = [path for path, status in statuses.items() if status != 200]
    assert len(statuses) >= 5
    assert all("ScratchOrgInfo" in path or "limit%201" in path for path in refused)
