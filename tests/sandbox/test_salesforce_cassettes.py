"""Recorded REST traffic, sent to the sandbox: status, keys and order of results must be those of the recording.

Ids differ, so those of the recording are translated as they turn up in the answers.
"""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from tests.sandbox.emulated_org import HANNA, Emulation, StandingClock
from tests.shared import CONTRACTS, needs_shared

pytestmark = [pytest.mark.shared_data, needs_shared]

FOLDER = CONTRACTS / "salesforce" / "cassettes"
NAMES = (
    "collections-insert-and-upsert-by-email",
    "collections-update",
    "collections-upsert-by-id",
    "composite-count-queries",
    "composite-insert-then-queries",
    "composite-not-found",
    "composite-not-modified-304",
    "composite-query-error",
    "composite-reference-ids",
    "organization-row",
    "query-aggregate",
)
ACCOUNTS_BEFORE = {"composite-count-queries": 17, "composite-query-error": 17, "query-aggregate": 6}
_ID = re.compile(r"\b[0-9a-zA-Z]{15}(?:[0-9a-zA-Z]{3})?\b")
_ID_KEYS = {"id", "Id", "url"}
_OF_THEIR_ORG = {"count", "ETag", "Last-Modified"}


def interactions(name: str) -> list[dict[str, Any]]:
    document = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return [pair for pair in document.get("interactions", [document]) if "request" in pair]


def prepared(name: str) -> Emulation:
    """Return an org with what the recording found there."""
    clock = StandingClock()
    if name == "composite-not-modified-304":
        clock.moment = datetime(2020, 8, 14, 20, 53, 2, tzinfo=UTC)
    world = Emulation(clock)
    for number in range(ACCOUNTS_BEFORE.get(name, 0)):
        world.org.create("Account", {"Name": f"Account {number}"}, HANNA)
    if name == "collections-update":
        body = json.loads(interactions(name)[1]["response"]["body"]["string"])
        for record in body["records"]:
            world.org.create("Account", {"Name": record["Name"]}, HANNA)
    return world


class Replay:
    """Sends the requests of one recording and compares the answers."""

    def __init__(self, world: Emulation) -> None:
        self.world = world
        self.token = world.token()
        self.ours: dict[str, str] = {"00D0xORGID00000000": world.org.id}

    def translated(self, text: str, version: str = "v66.0") -> str:
        for theirs, mine in self.ours.items():
            text = text.replace(theirs, mine)
        return text.replace("vxx.0", version)

    def send(self, request: dict[str, Any]) -> tuple[int, Any]:
        address = urlsplit(self.translated(request["uri"]))
        answer = self.world.http.open(
            f"{address.path}?{address.query}",
            method=request["method"],
            base_url=self.world.org.instance_url,
            data=self.translated(request["body"]) if request["body"] else None,
            content_type="application/json",
            headers={"Authorization": f"Bearer {self.token}"},
        )
        return answer.status_code, answer.json

    def compare(self, theirs: Any, mine: Any, where: str = "$") -> None:
        if isinstance(theirs, dict):
            assert isinstance(mine, dict), where
            assert set(mine) == set(theirs), where
            for key in theirs:
                self.compare_member(key, theirs[key], mine[key], f"{where}.{key}")
        elif isinstance(theirs, list):
            assert isinstance(mine, list), where
            assert len(mine) == len(theirs), where
            for number, (left, right) in enumerate(
                zip(_ordered(theirs), _ordered(mine), strict=True)
            ):
                self.compare(left, right, f"{where}[{number}]")
        else:
            assert mine == theirs, where

    def compare_member(self, key: str, theirs: Any, mine: Any, where: str) -> None:
        if key in _ID_KEYS and isinstance(theirs, str):
            [their_id], [my_id] = _ID.findall(theirs)[-1:], _ID.findall(mine)[-1:]
            self.ours[their_id] = my_id
        elif key not in _OF_THEIR_ORG:
            self.compare(theirs, mine, where)


def _ordered(records: list[Any]) -> list[Any]:
    """Return the records of a query in an order that does not hang on ids, which the recorder's org shuffled."""
    if records and all(isinstance(record, dict) and "Email" in record for record in records):
        return sorted(records, key=lambda record: str(record["Email"]))
    return records


@pytest.mark.parametrize("name", [name for name in NAMES if name != "organization-row"])
def test_recording_is_answered_alike(name: str) -> None:
    replay = Replay(prepared(name))
    for pair in interactions(name):
        recorded = json.loads(pair["response"]["body"]["string"].replace("vxx.0", "v66.0"))
        status, body = replay.send(pair["request"])
        assert status == pair["response"]["status"]["code"], pair["request"]["uri"]
        if "recordCount" in pair["request"]["uri"]:  # an estimate of theirs, hours old
            assert set(body) == set(recorded)
            continue
        replay.compare(recorded, body)


def test_organization_row_has_the_recorded_keys() -> None:
    [pair] = interactions("organization-row")
    recorded = json.loads(pair["response"]["body"]["string"])
    status, body = Replay(prepared("organization-row")).send(pair["request"])
    assert status == 200
    assert set(recorded) == set(body)
    assert set(recorded["Address"]) == set(body["Address"])
    kinds = {
        name: (type(value), type(body[name]))
        for name, value in recorded.items()
        if value is not None and body[name] is not None and type(value) is not type(body[name])
    }
    assert kinds == {}


def test_every_recording_is_replayed() -> None:
    assert sorted(path.stem for path in Path(FOLDER).glob("*.yaml")) == sorted(NAMES)
