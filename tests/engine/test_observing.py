"""Reading both services: nothing is forgotten, and nothing is taken for deleted without proof."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from linkpoint.errors import TryLater
from sync.core.item import Kind, OutlookId, OutlookItem
from sync.engine.cycle import tally
from sync.engine.observe import (
    MAX_PAGES_PER_ROUND,
    MAX_PAGES_WITHOUT_NEWS,
    EndlessPaging,
    observe_outlook,
)
from sync.engine.ports import (
    OutlookPage,
    ReadOutlook,
    ReadOutlookPage,
    ReadSalesforceChanges,
    Report,
)
from sync.engine.steps import Step
from tests.core.items import times
from tests.engine.desk import Desk, Fault, call, transaction
from tests.sim.outlook import Event


def states(desk: Desk) -> dict[str, str]:
    """Return what is stored of each event."""
    return {str(i): seen.state for i, seen in desk.store.rows.seen.items()}


def subjects(desk: Desk) -> list[object]:
    """Return the stored subjects of what people see."""
    return [
        seen.item.fields.get("subject")
        for seen in desk.store.rows.seen.values()
        if seen.item.kind is not Kind.MASTER
    ]


def broken(item: OutlookItem) -> OutlookItem:
    """Return an event whose times Outlook garbled."""
    return replace(item, problem="its start has no time zone.", fields={"subject": "New"})


def test_occurrences_that_come_as_skeletons_get_the_text_of_their_series() -> None:
    desk = Desk()
    desk.series("2026-11-26T10:00:00Z", "2026-11-27T10:00:00Z")

    desk.cycle()

    assert subjects(desk) == ["Quarterly review"] * 2
    assert desk.called(ReadOutlook) == 0


def test_skeletons_of_an_unknown_series_are_read_one_by_one() -> None:
    desk = Desk()
    desk.series("2026-11-26T10:00:00Z")
    page = desk.outlook.read_page

    def without_masters(made: ReadOutlookPage) -> OutlookPage:
        shown = page(made)
        items = tuple(item for item in shown.items if item.kind is not Kind.MASTER)
        return OutlookPage(items, shown.removed, shown.next_link, shown.delta_link)

    desk.services[ReadOutlookPage] = without_masters
    desk.cycle()

    assert subjects(desk) == ["Quarterly review"]
    assert desk.called(ReadOutlook) == 1


def test_stored_master_serves_later_skeletons() -> None:
    desk = Desk()
    _, occurrences = desk.series("2026-11-26T10:00:00Z", "2026-11-27T10:00:00Z")
    desk.cycle()
    page = desk.outlook.read_page

    def without_masters(made: ReadOutlookPage) -> OutlookPage:
        shown = page(made)
        items = tuple(item for item in shown.items if item.kind is not Kind.MASTER)
        return OutlookPage(items, shown.removed, shown.next_link, shown.delta_link)

    desk.services[ReadOutlookPage] = without_masters
    desk.outlook.touch(occurrences[0])
    desk.cycle()

    assert subjects(desk) == ["Quarterly review"] * 2
    assert desk.called(ReadOutlook) == 0


def test_deleted_occurrence_is_missed_in_its_series_and_proved() -> None:
    desk = Desk()
    _, occurrences = desk.series("2026-11-26T10:00:00Z", "2026-11-27T10:00:00Z")
    desk.cycle()
    desk.outlook.delete(occurrences[0])

    desk.cycle()

    assert states(desk)[occurrences[0].id] == "gone"
    assert states(desk)[occurrences[1].id] == "live"


def test_deleted_series_takes_its_occurrences_along() -> None:
    desk = Desk()
    desk.outlook.habits.silent_series = 1.0
    master, _ = desk.series("2026-11-26T10:00:00Z", "2026-11-27T10:00:00Z")
    desk.cycle()
    desk.outlook.delete(master)

    desk.cycle()

    assert set(states(desk).values()) == {"gone"}


def test_event_that_left_the_window_is_alive_and_its_move_follows() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event)
    desk.cycle()
    desk.clock.ms += 10_000
    desk.outlook.edit(event, times(500))

    desk.cycle()

    assert states(desk)[event.id] == "outside"
    assert desk.row_of(event).fields["start"] == event.fields["start"]


def test_removal_of_something_never_seen_is_ignored() -> None:
    desk = Desk()
    desk.cycle()
    desk.event(times(500))

    desk.cycle()

    assert states(desk) == {}
    assert desk.called(ReadOutlook) == 0


def test_expired_cursor_keeps_every_row_and_proves_what_is_missing() -> None:
    desk = Desk()
    kept, deleted = desk.event(), desk.event()
    desk.record(kept)
    desk.cycle()
    desk.outlook.delete(deleted)
    desk.outlook.expire()
    writes = desk.salesforce.writes

    desk.cycle()

    assert states(desk) == {str(kept.id): "live", str(deleted.id): "gone"}
    assert desk.salesforce.writes == writes


def test_list_that_hides_known_events_deletes_nothing() -> None:
    desk = Desk(prevent=(), outlook_deleted="delete")
    events = [desk.event() for _ in range(8)]
    for event in events:
        desk.record(event)
    desk.outlook.is_known = lambda _: True
    desk.outlook.habits.partial = 1.0

    desk.cycle(full=True)

    assert set(states(desk).values()) == {"live"}
    assert len(desk.live) == 8
    assert desk.called(ReadOutlook) == 1


def test_event_read_by_id_during_a_round_is_proved_when_the_round_misses_it() -> None:
    desk = Desk()
    event = desk.event()
    desk.cycle(Fault(call(ReadOutlookPage), "kill"))
    desk.record(event)
    desk.outlook.delete(event)

    desk.cycle()

    assert desk.store.rows.round == 1
    assert states(desk) == {str(event.id): "gone"}


@pytest.mark.parametrize("kind", ["kill", "kill after"])
@pytest.mark.parametrize(
    "where",
    [call(ReadOutlookPage), transaction("save_page"), transaction("missed_in_round"), transaction("finish_round")],
    ids=["page", "save_page", "missed", "finish"],
)  # fmt: skip
def test_reading_goes_on_after_a_kill(where: Callable[[Step], bool], kind: str) -> None:
    desk = Desk()
    events = [desk.event() for _ in range(7)]

    desk.cycle(Fault(where, kind))
    desk.outlook.delete(events[0])
    desk.outlook.edit(events[1], {"subject": "New"})
    desk.cycle()
    desk.cycle()

    wanted: list[Event] = events[1:]
    stored = {
        i: seen.item.fields for i, seen in desk.store.rows.seen.items() if seen.state == "live"
    }
    assert stored == {event.id: event.fields for event in wanted}


def test_page_with_an_unanswered_proof_is_read_again() -> None:
    desk = Desk()
    event = desk.event()
    desk.cycle()
    desk.outlook.delete(event)
    desk.services[ReadOutlook] = lambda made: (TryLater("outlook", "Too many requests."),)
    desk.cycle()
    before = states(desk)
    desk.services[ReadOutlook] = desk.outlook.read

    desk.cycle()

    assert before == {str(event.id): "live"}
    assert states(desk) == {str(event.id): "gone"}


@pytest.mark.parametrize(
    ("names", "removed"),
    [
        (["a", "b", "a", "b"], lambda n: ()),
        ([f"p{n}" for n in range(MAX_PAGES_WITHOUT_NEWS + 1)], lambda n: (OutlookId("same"),)),
        ([f"p{n}" for n in range(MAX_PAGES_PER_ROUND + 5)], lambda n: (OutlookId(f"o{n}"),)),
    ],
    ids=["in a circle", "the same again", "always more"],
)
def test_paging_that_does_not_end_is_dropped_and_begun_again(
    names: list[str], removed: Callable[[int], tuple[OutlookId, ...]]
) -> None:
    desk = Desk()
    event = desk.event()
    pages = iter(enumerate(names))

    def endless(_: ReadOutlookPage) -> OutlookPage:
        number, name = next(pages)
        return OutlookPage((), removed(number), name, "")

    desk.services[ReadOutlookPage] = endless

    with pytest.raises(EndlessPaging):
        desk.drive(observe_outlook(desk.context), desk.store)

    desk.services[ReadOutlookPage] = desk.outlook.read_page
    desk.cycle()
    assert states(desk) == {str(event.id): "live"}
    assert desk.store.rows.round == 2


def test_window_moves_once_a_day_and_not_before() -> None:
    desk = Desk()
    desk.cycle()
    desk.clock.ms += int(timedelta(hours=10).total_seconds() * 1000)
    desk.cycle()
    rounds = [desk.store.rows.round]
    desk.clock.ms += int(timedelta(days=1).total_seconds() * 1000)
    desk.cycle()
    rounds.append(desk.store.rows.round)

    assert rounds == [1, 2]


def test_unreadable_event_is_neither_lost_nor_deleted() -> None:
    desk = Desk()
    event = desk.event()
    desk.record(event)
    desk.cycle()
    page = desk.outlook.read_page

    def garbled(made: ReadOutlookPage) -> OutlookPage:
        shown = page(made)
        items = tuple(broken(item) for item in shown.items)
        return OutlookPage(items, shown.removed, shown.next_link, shown.delta_link)

    desk.services[ReadOutlookPage] = garbled
    desk.clock.ms += 10_000
    desk.outlook.edit(event, {"subject": "New"})
    report = desk.cycle()

    assert [action.state for action in report.actions] == ["refused"]
    assert len(desk.live) == 1
    assert desk.row_of(event).fields["subject"] == "Quarterly review"


def test_unreadable_event_counts_as_inside_the_window_when_it_is_proved() -> None:
    desk = Desk()
    event = desk.event()
    desk.cycle()
    desk.outlook.is_known = lambda _: True
    desk.outlook.habits.partial = 1.0
    read = desk.outlook.read
    desk.services[ReadOutlook] = lambda made: tuple(
        broken(item) for item in read(made) if isinstance(item, OutlookItem)
    )

    for _ in range(6):
        desk.cycle(full=True)

    assert states(desk) == {str(event.id): "live"}


def test_changes_in_salesforce_are_read_page_by_page_with_an_overlap() -> None:
    desk = Desk()
    desk.read()
    events = [desk.event() for _ in range(7)]
    for event in events:
        desk.record(event)
    rows = [desk.row_of(event) for event in events]

    desk.read()

    assert desk.called(ReadSalesforceChanges) == 3
    assert set(desk.store.rows.salesforce) == {row.id for row in rows}
    assert desk.store.rows.cursor == max(row.stamp for row in rows)
    desk.salesforce.remove(rows[0])
    desk.read()
    assert desk.store.rows.salesforce[rows[0].id].is_deleted


def test_first_reading_of_an_organization_starts_now() -> None:
    desk = Desk()
    desk.record(desk.event())

    desk.read()

    assert desk.store.rows.cursor is not None
    assert desk.called(ReadSalesforceChanges) == 0
    assert desk.store.rows.salesforce == {}


def test_tally_counts_every_event_by_what_the_rules_say() -> None:
    desk = Desk()
    desk.event()
    desk.event({"sensitivity": "private"})
    desk.event(categories=("Do not sync",))
    desk.series("2026-11-26T10:00:00Z")
    desk.cycle()
    report = Report()

    desk.drive(tally(desk.context, report), desk.store)

    assert report.considered == 4
    assert report.verdicts == {"in_scope": 2, "private": 1, "category_excluded": 1}
    assert OutlookId("o1") in desk.store.rows.seen
