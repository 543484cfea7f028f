"""Skeletons of the real feed become whole events, whichever way Outlook plays what is not documented."""

from typing import Any

import pytest

from sync.core.item import Kind, OutlookItem
from sync.engine.observe import _hydrated
from sync.engine.ports import OutlookPage
from sync.engine.steps import Api, Db
from sync.sides.outlook import OutlookSide
from tests.sides.conftest import HANNA
from tests.sides.test_outlook_side import BERLIN, NOW, weekly, whole_round


@pytest.fixture(autouse=True)
def _now(sandbox: Any, mailbox: Any) -> None:
    sandbox.world.clock.move_to(NOW)


def hydrated(side: OutlookSide, items: list[OutlookItem]) -> list[OutlookItem]:
    steps = _hydrated(OutlookPage(tuple(items), (), "", "link"))
    answer: Any = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration as end:
            return list(end.value)
        assert isinstance(step, Api) or (isinstance(step, Db) and step.method == "masters")
        answer = side.call(step.call) if isinstance(step, Api) else {}


def series_all_day() -> dict[str, Any]:
    ends = {"dateTime": "2026-11-27T00:00:00", "timeZone": BERLIN}
    starts = {"dateTime": "2026-11-26T00:00:00", "timeZone": BERLIN}
    return {**weekly(), "subject": "Fair", "isAllDay": True, "start": starts, "end": ends}


@pytest.mark.parametrize("shifts", [True, False])
def test_occurrences_of_an_all_day_series_have_their_days(
    outlook: OutlookSide, sandbox: Any, shifts: bool
) -> None:
    sandbox.world.microsoft.switches.set("all_day_shifts", shifts)
    sandbox.world.microsoft.create_event(HANNA, series_all_day())

    items = hydrated(outlook, whole_round(outlook)[0])

    days = sorted(str(i.fields["start"]) for i in items if i.kind is Kind.OCCURRENCE)
    assert days == ["2026-11-26", "2026-12-03", "2026-12-10", "2026-12-17"]
    assert {i.fields["subject"] for i in items} == {"Fair"}


@pytest.mark.parametrize("in_full", [True, False])
@pytest.mark.parametrize("master_comes_along", [True, False])
def test_changed_occurrence_has_its_own_words(
    outlook: OutlookSide, sandbox: Any, in_full: bool, master_comes_along: bool
) -> None:
    graph = sandbox.world.microsoft
    graph.switches.set("exceptions_in_full", in_full)
    graph.create_event(HANNA, weekly())
    first = next(i for i in whole_round(outlook)[0] if i.kind is Kind.OCCURRENCE)
    graph.update_event(HANNA, first.id, {"subject": "This once"})
    shown = [i for i in whole_round(outlook)[0] if master_comes_along or i.kind is not Kind.MASTER]
    assert in_full or any(i.kind is Kind.EXCEPTION and "subject" not in i.fields for i in shown)

    items = hydrated(outlook, shown)

    subjects = {i.kind: {j.fields["subject"] for j in items if j.kind is i.kind} for i in items}
    assert subjects[Kind.EXCEPTION] == {"This once"}
    assert subjects[Kind.OCCURRENCE] == {"Weekly"}
    assert len([i for i in items if i.kind is not Kind.MASTER]) == 4
