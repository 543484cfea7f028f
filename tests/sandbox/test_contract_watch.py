"""That the watch over the emulated Graph would notice: an answer or a request that left the contract."""

from datetime import UTC, datetime
from typing import Any

from sandbox.exchange import Exchange
from tests.graph_contract import ContractWatch
from tests.shared import needs_shared

pytestmark = needs_shared

_WINDOW = {
    "startDateTime": datetime(2026, 1, 1, tzinfo=UTC).isoformat(),
    "endDateTime": datetime(2026, 2, 1, tzinfo=UTC).isoformat(),
}


def _failures(query: dict[str, str], answer: Any) -> list[str]:
    watch = ContractWatch()
    watch.observe(
        Exchange(
            service="microsoft",
            method="GET",
            path="/users/hanna/calendarView",
            query=query,
            request_body=None,
            status=200,
            response_body=answer,
        )
    )
    assert watch.checked == 1
    return watch.failures


def test_watch_is_content_with_an_ordinary_exchange() -> None:
    assert _failures(_WINDOW, {"value": []}) == []


def test_watch_notices_a_member_that_graph_does_not_have() -> None:
    assert _failures(_WINDOW, {"value": [{"id": "AAMk", "colour": "red"}]}) != []


def test_watch_notices_a_request_without_what_it_needs() -> None:
    assert _failures({"startDateTime": _WINDOW["startDateTime"]}, {"value": []}) != []
