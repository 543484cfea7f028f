"""The engine's calls against the emulated Outlook."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from linkpoint.errors import Gone, NeedsPerson, Refused, StartOver, TryLater
from linkpoint.outlook.client import OutlookClient
from sandbox.faults import Fault
from sync.core.item import Kind, OutlookId, OutlookItem
from sync.engine.ports import (
    OutlookPage,
    ReadClock,
    ReadOutlook,
    ReadOutlookPage,
    ReadSalesforceClock,
)
from sync.sides.outlook import OutlookSide
from tests.clients.noting import Noting
from tests.sides.conftest import HANNA

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
WINDOW = (datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC))
BERLIN = "W. Europe Standard Time"


@pytest.fixture(autouse=True)
def _now(sandbox: Any, mailbox: Any) -> None:
    sandbox.world.clock.move_to(NOW)


def meeting(subject: str = "Review", day: int = 26, **more: Any) -> dict[str, Any]:
    return {
        "subject": subject,
        "start": {"dateTime": f"2026-11-{day:02d}T10:00:00", "timeZone": BERLIN},
        "end": {"dateTime": f"2026-11-{day:02d}T11:00:00", "timeZone": BERLIN},
        **more,
    }


def weekly(**more: Any) -> dict[str, Any]:
    pattern = {
        "type": "weekly",
        "interval": 1,
        "daysOfWeek": ["thursday"],
        "firstDayOfWeek": "monday",
    }
    span = {"type": "numbered", "startDate": "2026-11-26", "numberOfOccurrences": 4}
    return meeting("Weekly", recurrence={"pattern": pattern, "range": span}, **more)


def whole_round(
    side: OutlookSide, link: str = ""
) -> tuple[list[OutlookItem], list[OutlookId], str]:
    items: list[OutlookItem] = []
    removed: list[OutlookId] = []
    while True:
        page: OutlookPage = side.call(ReadOutlookPage(link, WINDOW))
        items += page.items
        removed += page.removed
        if page.delta_link:
            return items, removed, page.delta_link
        link = page.next_link


def test_round_brings_every_event_and_then_only_what_changed(
    outlook: OutlookSide, sandbox: Any
) -> None:
    graph = sandbox.world.microsoft
    first = graph.create_event(HANNA, meeting("One"))
    second = graph.create_event(HANNA, meeting("Two", day=27))

    items, _, link = whole_round(outlook)
    graph.update_event(HANNA, second["id"], {"subject": "Two, moved"})
    graph.delete_event(HANNA, first["id"])
    changed, removed, _ = whole_round(outlook, link)

    assert {item.fields["subject"] for item in items} == {"One", "Two"}
    assert {item.fields["start"] for item in items} == {
        "2026-11-26T09:00:00Z",
        "2026-11-27T09:00:00Z",
    }
    assert [item.fields["subject"] for item in changed] == ["Two, moved"]
    assert removed == [first["id"]]


def test_skeletons_know_their_series_and_times_alone(outlook: OutlookSide, sandbox: Any) -> None:
    sandbox.world.microsoft.create_event(HANNA, weekly())

    items, _, _ = whole_round(outlook)

    masters = [item for item in items if item.kind is Kind.MASTER]
    skeletons = [item for item in items if item.kind is Kind.OCCURRENCE]
    assert [item.fields["subject"] for item in masters] == ["Weekly"]
    assert len(skeletons) == 4
    assert {item.series_master_id for item in skeletons} == {masters[0].id}
    assert all(set(item.fields) == {"start", "end"} for item in skeletons)


def test_occurrence_read_by_id_is_whole(outlook: OutlookSide, sandbox: Any) -> None:
    sandbox.world.microsoft.create_event(HANNA, weekly())
    items, _, _ = whole_round(outlook)
    ids = tuple(item.id for item in items if item.kind is Kind.OCCURRENCE)

    found = outlook.call(ReadOutlook(ids))

    assert [item.id for item in found] == list(ids)
    assert {item.fields["subject"] for item in found} == {"Weekly"}
    assert found[0].original_start == found[0].fields["start"]


def test_reads_by_id_keep_their_order_and_tell_what_is_gone(
    outlook: OutlookSide, graph: OutlookClient, sandbox: Any
) -> None:
    made = [sandbox.world.microsoft.create_event(HANNA, meeting(f"M{n}")) for n in range(25)]
    sandbox.world.microsoft.delete_event(HANNA, made[7]["id"])
    ids = tuple(OutlookId(each["id"]) for each in made)

    found = outlook.call(ReadOutlook(ids))

    assert isinstance(found[7], Gone)
    assert [item.id for n, item in enumerate(found) if n != 7] == [
        i for n, i in enumerate(ids) if n != 7
    ]
    assert (graph.calls.http, graph.calls.items) == (2, 25)


@pytest.mark.parametrize("zone", [BERLIN, "Pacific Standard Time", "Tonga Standard Time", "UTC"])
def test_all_day_event_of_any_zone_keeps_its_date(
    outlook: OutlookSide, sandbox: Any, zone: str
) -> None:
    ends = {"dateTime": "2026-11-27T00:00:00", "timeZone": zone}
    starts = {"dateTime": "2026-11-26T00:00:00", "timeZone": zone}
    sandbox.world.microsoft.create_event(
        HANNA, {"subject": "Fair", "isAllDay": True, "start": starts, "end": ends}
    )

    ((item,), _, _) = whole_round(outlook)

    assert (item.fields["start"], item.fields["end"]) == ("2026-11-26", "2026-11-27")


def test_lost_cursor_is_told_apart(outlook: OutlookSide, sandbox: Any) -> None:
    sandbox.world.microsoft.create_event(HANNA, meeting())
    _, _, link = whole_round(outlook)
    gone = {
        "error": {"code": "SyncStateNotFound", "message": "The sync state generation is not found"}
    }

    for status in (410, 400):
        sandbox.world.faults.add(Fault("/calendarView/delta", status=status, body=gone))
        with pytest.raises(StartOver):
            outlook.call(ReadOutlookPage(link, WINDOW))


def test_cursor_that_leads_elsewhere_takes_no_token_with_it(
    outlook: OutlookSide, graph: OutlookClient
) -> None:
    with pytest.raises(Refused):
        outlook.call(ReadOutlookPage("https://graph.microsoft.com.evil.example/v1.0/x", WINDOW))

    assert graph.calls.http == 0


@pytest.mark.parametrize("status", [500, 502, 503, 504, 429])
def test_overload_is_tried_later(outlook: OutlookSide, sandbox: Any, status: int) -> None:
    sandbox.world.faults.add(
        Fault("/v1.0/", status=status, times=-1, headers={"Retry-After": "600"})
    )

    with pytest.raises(TryLater) as caught:
        outlook.call(ReadOutlookPage("", WINDOW))

    assert caught.value.wait == timedelta(minutes=10)


def test_dropped_connection_is_tried_later(outlook: OutlookSide, sandbox: Any) -> None:
    sandbox.world.faults.add(Fault("/v1.0/", drop=True, times=-1))

    with pytest.raises(TryLater):
        outlook.call(ReadOutlookPage("", WINDOW))


def test_token_that_ends_is_fetched_anew(outlook: OutlookSide, sandbox: Any) -> None:
    sandbox.world.microsoft.create_event(HANNA, meeting())
    _, _, link = whole_round(outlook)
    sandbox.world.microsoft.expire_tokens()

    items, _, _ = whole_round(outlook, link)

    assert items == []


def test_refused_access_is_a_persons_task(outlook: OutlookSide, sandbox: Any) -> None:
    denied = {"error": {"code": "ErrorAccessDenied", "message": "Access to OData is disabled."}}
    sandbox.world.faults.add(Fault("/v1.0/", status=403, body=denied))

    with pytest.raises(NeedsPerson) as caught:
        outlook.call(ReadOutlookPage("", WINDOW))

    assert caught.value.what == "access"


def test_present_is_outlooks_own(outlook: OutlookSide, graph: OutlookClient, sandbox: Any) -> None:
    elsewhere = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
    sandbox.world.clock.move_to(elsewhere, freeze=True)

    first, asked = outlook.call(ReadClock()), graph.calls.http
    second = outlook.call(ReadClock())

    assert first == second == elsewhere
    assert graph.calls.http == asked


def test_reading_writes_nothing_and_mails_nobody(outlook: OutlookSide, sandbox: Any) -> None:
    guests = [{"emailAddress": {"address": "guest@x.example"}, "type": "required"}]
    sandbox.world.microsoft.create_event(HANNA, weekly(attendees=guests))
    before = len(sandbox.world.microsoft.mails)

    items, _, _ = whole_round(outlook)
    outlook.call(ReadOutlook(tuple(item.id for item in items)))

    assert sandbox.world.microsoft.writes == 0
    assert len(sandbox.world.microsoft.mails) == before


def test_every_request_asks_for_utc_text_and_lasting_ids(
    outlook: OutlookSide, sandbox: Any, session: requests.Session
) -> None:
    sandbox.world.microsoft.create_event(HANNA, meeting())
    noting = Noting.on(session)

    items, _, _ = whole_round(outlook)
    outlook.call(ReadOutlook(tuple(item.id for item in items)))

    asked = [r for r in noting.requests if "graph.microsoft.com" in str(r.url)]
    assert len(asked) >= 2
    for request in asked:
        wish = request.headers["Prefer"]
        assert wish.startswith(
            'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="text"'
        )
    assert "ImmutableId" in str(asked[-1].body)


def test_call_for_salesforce_is_refused(outlook: OutlookSide) -> None:
    with pytest.raises(TypeError):
        outlook.call(ReadSalesforceClock())
