"""What Outlook was seen to hold: cursor and rows together, quiet when nothing changed, silent about private items."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from sync.core.item import Kind, OutlookId, OutlookItem, Value
from sync.core.settings import Stored, resolve
from sync.engine.ports import LinkUpdate, NewConflict, NewIntent
from sync.models import Conflict, Intent, Link, MailboxState, OutlookSeen
from sync.store import Lease, PostgresStore
from tests import planted
from tests.people import Person
from tests.store.items import FIELDS, event

WINDOW = (datetime(2026, 10, 25, tzinfo=UTC), datetime(2027, 11, 26, tzinfo=UTC))
SECRET = planted.private_text("oncologist")


def _touched(store: PostgresStore) -> list[int]:
    return list(Link.objects.order_by("outlook_id").values_list("touched", flat=True))


def _linked(store: PostgresStore, item: OutlookItem) -> Link:
    store.save_outlook([item], [], [])
    return Link.objects.get(id=store.link([item], "click", {})[0])


def test_page_is_stored_together_with_its_cursor(store: PostgresStore) -> None:
    store.save_page([event("a"), event("b")], "", "cursor-1")

    assert store.reading().delta_link == "cursor-1"
    assert set(OutlookSeen.objects.values_list("outlook_id", flat=True)) == {"a", "b"}


def test_cursor_stays_when_the_page_cannot_be_stored(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.save_page([], "", "cursor-1")
    broken = replace(event("a"), series_master_id="x" * 600)  # longer than the column

    with pytest.raises(Exception, match="too long"):
        store.save_page([event("b"), broken], "", "cursor-2")

    assert store.reading().delta_link == "cursor-1"
    assert not OutlookSeen.objects.exists()


def test_round_goes_on_from_the_last_page_and_keeps_the_old_cursor(store: PostgresStore) -> None:
    store.save_page([], "", "old-cursor")
    store.start_round(WINDOW)

    store.save_page([event("a")], "page-2", "")

    reading = store.reading()
    assert (reading.in_round, reading.round_link, reading.delta_link, reading.window) == (
        True, "page-2", "old-cursor", WINDOW,
    )  # fmt: skip


def test_finished_round_becomes_the_present_one(store: PostgresStore) -> None:
    store.start_round(WINDOW)
    store.save_page([event("a")], "", "new-cursor")

    store.finish_round()

    reading = store.reading()
    assert (reading.in_round, reading.round_link, reading.delta_link) == (False, "", "new-cursor")


def test_rows_that_a_round_did_not_show_are_missed(store: PostgresStore) -> None:
    store.save_outlook([event("a"), event("b"), event("out")], [], [OutlookId("out")])
    store.start_round(WINDOW)

    store.save_page([event("b"), event("c")], "", "cursor")

    assert store.missed_in_round() == ["a"]


def test_stored_item_comes_back_as_it_was(store: PostgresStore) -> None:
    item = event(
        "a",
        kind=Kind.EXCEPTION,
        series_master_id="master",
        original_start="2026-11-25T09:00:00Z",
        ical_uid="uid",
        categories=("Wichtig",),
        my_response="accepted",
        is_online_meeting=True,
        web_link="https://outlook.example/a",
    )
    store.save_outlook([item], [], [])

    assert store.live(10, None) == [item]


def test_item_that_comes_twice_in_a_page_counts_once_with_its_last_version(
    store: PostgresStore,
) -> None:
    store.save_page([event("a"), event("a", fields={"subject": "Later"})], "", "cursor")

    assert [item.fields["subject"] for item in store.live(10, None)] == ["Later"]


def test_ids_that_differ_only_in_case_are_two_items(store: PostgresStore) -> None:
    store.save_page([event("aA"), event("Aa")], "", "cursor")

    assert OutlookSeen.objects.count() == 2


@pytest.mark.parametrize(
    "again",
    [
        {"etag": 'W/"2"'},
        {"categories": ("Blau",)},
        {"my_response": "accepted"},
        {"attendees": ()},
        {"zone": "Europe/Paris"},
        {"fields": {"reminder": 30}},
    ],
    ids=["changekey", "category", "answer", "attendees", "zone", "reminder"],
)
def test_quiet_observation_touches_no_link(store: PostgresStore, again: dict[str, Any]) -> None:
    _linked(store, event())
    before = _touched(store)

    store.save_page([event(**again)], "", "cursor")

    assert _touched(store) == before


@pytest.mark.parametrize(
    "again",
    [
        {"fields": {"subject": "Other"}},
        {"fields": {"start": "2026-11-25T08:00:00Z"}},
        {"fields": {"show_as": "free"}},
        {"fields": {"sensitivity": "private"}},
        {"is_cancelled": True},
        {"problem": "Its time cannot be read."},
    ],
    ids=["subject", "start", "show_as", "private", "cancelled", "unreadable"],
)
def test_edit_touches_the_link(store: PostgresStore, again: dict[str, Any]) -> None:
    _linked(store, event())
    before = _touched(store)

    store.save_page([event(**again)], "", "cursor")

    assert _touched(store) == [before[0] + 1]


def test_gone_item_touches_its_link_once(store: PostgresStore) -> None:
    _linked(store, event())
    before = _touched(store)

    store.save_outlook([], [OutlookId("one")], [])
    store.save_outlook([], [OutlookId("one"), OutlookId("never seen")], [])

    assert _touched(store) == [before[0] + 1]
    assert OutlookSeen.objects.get().state == "gone"


def test_item_that_comes_back_touches_its_link(store: PostgresStore) -> None:
    _linked(store, event())
    store.save_outlook([], [OutlookId("one")], [])
    before = _touched(store)

    store.save_outlook([event()], [], [])

    assert _touched(store) == [before[0] + 1]


def test_suspects_are_known_rows_only(store: PostgresStore) -> None:
    occurrences = [
        event(f"occurrence {n}", kind=Kind.OCCURRENCE, series_master_id="master") for n in (1, 2)
    ]
    store.save_outlook([event("a"), event("gone"), *occurrences], [OutlookId("gone")], [])

    suspects = store.suspects(
        [OutlookId("a"), OutlookId("gone"), OutlookId("unknown")],
        ["master"],
        [OutlookId("occurrence 1")],
    )

    assert suspects == ["a", "occurrence 2"]


def test_item_outside_the_window_is_not_shown_and_not_missed(store: PostgresStore) -> None:
    store.save_outlook([event("far")], [], [OutlookId("far")])
    store.start_round(WINDOW)

    assert (store.live(10, None), store.missed_in_round()) == ([], [])


def test_days_and_instants_are_columns_of_their_own(store: PostgresStore) -> None:
    all_day = {"all_day": True, "start": "2026-11-25", "end": "2026-11-28"}
    store.save_outlook([event("timed"), event("days", fields=all_day)], [], [])

    days = OutlookSeen.objects.get(outlook_id="days")
    timed = OutlookSeen.objects.get(outlook_id="timed")
    assert (days.first_day, days.last_day, days.starts_at) == (
        date(2026, 11, 25),
        date(2026, 11, 27),
        None,
    )
    assert (timed.first_day, timed.starts_at) == (None, datetime(2026, 11, 25, 9, tzinfo=UTC))


def test_what_postgresql_cannot_hold_does_not_stop_the_mailbox(store: PostgresStore) -> None:
    odd = event(fields={"subject": "Plan\0 \ud83d B \U0001f680"}, categories=("a\0b",))

    store.save_page([odd], "", "cursor")

    assert store.live(1, None)[0].fields["subject"] == "Plan ? B \U0001f680"


@pytest.mark.parametrize(
    "column", ["ical_uid", "series_master_id", "etag", "transaction_id", "web_link"]
)
def test_odd_word_of_one_event_does_not_stop_the_mailbox(store: PostgresStore, column: str) -> None:
    odd: dict[str, Any] = {column: "a\0b\ud800"}

    store.save_outlook([replace(event("a"), **odd), event("b")], [], [])

    assert OutlookSeen.objects.count() == 2


def test_category_is_found_in_any_letter_case_unless_linked(store: PostgresStore) -> None:
    items = [event(name, categories=("record IN salesforce",)) for name in ("a", "b", "c")]
    store.save_outlook([*items, event("other")], [], [])
    store.link(items[:1], "click", {})
    Link.objects.update(state=Link.State.DEAD)

    assert [item.id for item in store.carrying("Record in Salesforce")] == ["b", "c"]


def test_private_item_is_stored_without_text_and_people(store: PostgresStore) -> None:
    item = event(
        fields={
            "subject": SECRET,
            "location": SECRET,
            "description": SECRET,
            "sensitivity": "private",
        },
        categories=(SECRET, "Record in Salesforce"),
    )

    store.save_page([item], "", "cursor")

    kept = store.live(1, None)[0]
    assert SECRET not in str(OutlookSeen.objects.values_list()[0])
    assert (kept.fields["start"], kept.attendees, kept.organizer) == (FIELDS["start"], (), None)
    assert kept.categories == ("Record in Salesforce",)


def test_private_item_is_stored_in_full_where_the_policy_says_so(
    person: Person, lease: Lease
) -> None:
    policy = resolve(user=[Stored("private", "full_and_private")])
    store = PostgresStore(lease, person.user.organization_id, policy)
    item = event(fields={"subject": SECRET, "sensitivity": "private"})

    store.save_page([item], "", "cursor")

    assert store.live(1, None) == [item]


def test_texts_of_an_event_that_becomes_private_leave_its_history(store: PostgresStore) -> None:
    told: dict[str, Value] = {"subject": SECRET, "start": FIELDS["start"]}
    link = _linked(store, event(fields={"subject": SECRET}))
    store.write_ahead([], [NewIntent(link.id, "update", 0, told, told, told, "edit")])
    lost = NewConflict("subject", "changed on both sides", {"subject": SECRET}, {"subject": SECRET})
    store.settle([LinkUpdate(link.id, intent="done", conflicts=(lost,))])

    store.save_page([event(fields={"subject": SECRET, "sensitivity": "private"})], "", "cursor")

    everything = [
        *Intent.objects.values_list(),
        *Conflict.objects.values_list(),
        *OutlookSeen.objects.values_list(),
    ]
    assert SECRET not in str(everything)
    assert Intent.objects.get().payload == {"start": FIELDS["start"]}


@pytest.mark.parametrize("method", ["save_page", "save_outlook"])
def test_number_of_queries_does_not_grow_with_the_page(store: PostgresStore, method: str) -> None:
    def queries(count: int, prefix: str) -> int:
        items = [event(f"{prefix}{n}") for n in range(count)]
        store.save_outlook(items, [], [])
        store.link(items, "click", {})
        edited = [event(f"{prefix}{n}", fields={"subject": "New"}) for n in range(count)]
        gone = [item.id for item in items[: count // 2]]
        with CaptureQueriesContext(
            connection,
        ) as captured:
            if method == "save_page":
                store.save_page(edited, "", "cursor")
            else:
                store.save_outlook(edited, gone, [])
        return len(captured)

    store.reading()  # makes the mailbox's row

    assert queries(2, "few") == queries(200, "many") <= 14


def test_unknown_mailbox_state_is_made_on_first_reading(store: PostgresStore) -> None:
    assert store.reading().window is None
    assert MailboxState.objects.count() == 1
