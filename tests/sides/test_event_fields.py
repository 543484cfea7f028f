"""Events of Salesforce as items, and items as what is sent (salesforce.md 1.1-1.3, sync.md 13)."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.core.item import Fields, as_text
from sync.core.mapping import SHOW_AS_TO_SALESFORCE, to_salesforce
from sync.sides.event_fields import (
    COLUMNS,
    KEY_FIELD,
    MAY_BE_HIDDEN,
    changed_row,
    item_of,
    new_row,
)
from sync.sides.text import line, text
from tests.shared import CONTRACTS, needs_shared

READ_AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"

TIMED: dict[str, Any] = {
    "subject": "Review",
    "start": "2026-11-25T09:00:00Z",
    "end": "2026-11-25T10:30:00Z",
    "all_day": False,
    "location": "Room 1",
    "description": "Agenda",
    "show_as": "Busy",
    "sensitivity": "normal",
    "reminder": 15,
}
ALL_DAY: dict[str, Any] = {**TIMED, "start": "2026-11-25", "end": "2026-11-28", "all_day": True}


def row(**more: Any) -> dict[str, Any]:
    return {
        "Id": "00U5g00000AAAAA",
        "OwnerId": "0055g00000Hanna",
        "SystemModstamp": "2026-11-25T07:59:59.000+0000",
        "LastModifiedById": "0055g00000Hanna",
        "IsDeleted": False,
        "IsRecurrence": False,
        "IsRecurrence2": False,
        "Subject": "Review",
        "Location": None,
        "Description": None,
        "StartDateTime": "2026-11-25T09:00:00.000+0000",
        "EndDateTime": "2026-11-25T10:30:00.000+0000",
        "DurationInMinutes": 90,
        "IsAllDayEvent": False,
        "ShowAs": "Busy",
        "IsPrivate": False,
        "IsReminderSet": False,
        "ReminderDateTime": None,
        **more,
    }


def test_timed_row_is_read_field_by_field() -> None:
    item = item_of(row(**{KEY_FIELD: "org:link:1"}), READ_AT)

    assert item.fields == {**TIMED, "location": "", "description": "", "reminder": None}
    assert (item.id, item.owner_id) == ("00U5g00000AAAAAEA5", "0055g00000HannaAAB")
    assert (item.key, item.modified_by) == ("org:link:1", "0055g00000HannaAAB")
    assert item.modstamp == datetime(2026, 11, 25, 7, 59, 59, tzinfo=UTC)
    assert item.read_at == READ_AT


@pytest.mark.parametrize(
    "end", ["2026-11-27T00:00:00.000+0000", "2026-11-28T00:00:00.000+0000", None]
)
def test_all_day_row_is_read_by_its_duration_whatever_its_end_says(end: str | None) -> None:
    shown = row(
        IsAllDayEvent=True,
        StartDateTime="2026-11-25T00:00:00.000+0000",
        EndDateTime=end,
        DurationInMinutes=3 * 1440,
    )

    fields = item_of(shown, READ_AT).fields

    assert (fields["start"], fields["end"], fields["all_day"]) == ("2026-11-25", "2026-11-28", True)


@pytest.mark.parametrize(
    ("duration", "end"), [(0, "2026-11-26"), (1439, "2026-11-26"), (1441, "2026-11-27")]
)
def test_all_day_row_of_odd_duration_lasts_whole_days(duration: int, end: str) -> None:
    shown = row(
        IsAllDayEvent=True, StartDateTime="2026-11-25T00:00:00.000+0000", DurationInMinutes=duration
    )

    assert item_of(shown, READ_AT).fields["end"] == end


def test_row_without_end_is_read_by_its_duration() -> None:
    assert item_of(row(EndDateTime=None), READ_AT).fields["end"] == "2026-11-25T10:30:00Z"


def test_series_deleted_private_and_reminder_are_seen() -> None:
    shown = row(
        IsRecurrence2=True,
        IsDeleted=True,
        IsPrivate=True,
        IsReminderSet=True,
        ReminderDateTime="2026-11-25T08:45:00.000+0000",
        ShowAs=None,
    )

    item = item_of(shown, READ_AT)

    assert (item.is_series_row, item.is_deleted) == (True, True)
    assert (item.fields["sensitivity"], item.fields["show_as"]) == ("private", "Busy")
    assert item.fields["reminder"] == 15


def test_timed_event_is_sent_with_its_end_and_never_a_duration() -> None:
    assert new_row(TIMED, BERLIN) == {
        "Subject": "Review",
        "Location": "Room 1",
        "Description": "Agenda",
        "IsAllDayEvent": False,
        "StartDateTime": "2026-11-25T09:00:00Z",
        "EndDateTime": "2026-11-25T10:30:00Z",
        "ShowAs": "Busy",
        "IsPrivate": False,
        "IsReminderSet": True,
        "ReminderDateTime": "2026-11-25T08:45:00Z",
    }


def test_all_day_event_is_sent_with_its_duration_and_never_an_end() -> None:
    sent = new_row({**ALL_DAY, "reminder": None}, BERLIN)

    assert sent["StartDateTime"] == "2026-11-25T00:00:00Z"
    assert sent["DurationInMinutes"] == 4320
    assert "EndDateTime" not in sent
    assert sent["IsReminderSet"] is False


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        (BERLIN, "2026-11-24T08:00:00Z"),
        ("America/Los_Angeles", "2026-11-24T17:00:00Z"),
        ("Pacific/Tongatapu", "2026-11-23T20:00:00Z"),
        ("nowhere", "2026-11-24T09:00:00Z"),
    ],
)
def test_reminder_of_an_all_day_event_counts_from_midnight_of_its_zone(zone: str, at: str) -> None:
    assert new_row({**ALL_DAY, "reminder": 15 * 60}, zone)["ReminderDateTime"] == at


def test_private_event_is_related_to_nothing() -> None:
    fields = {
        **TIMED,
        "sensitivity": "private",
        "WhoId": "0035g00000AAAAA",
        "WhatId": "0015g00000AAAAA",
    }

    sent, changed = new_row(fields, BERLIN), changed_row({"sensitivity": "private"})

    assert sent["IsPrivate"] is True
    assert not {"WhoId", "WhatId"} & set(sent)
    assert changed == {"IsPrivate": True, "WhoId": None, "WhatId": None}


def test_what_else_was_asked_for_is_sent_under_its_own_name() -> None:
    sent = new_row({**TIMED, "WhatId": "0015g00000AAAAA", "Type__c": "Visit"}, BERLIN)

    assert (sent["WhatId"], sent["Type__c"]) == ("0015g00000AAAAA", "Visit")


@pytest.mark.parametrize("name", ["Id", "OwnerId", KEY_FIELD, "attributes"])
def test_what_is_ours_to_set_cannot_be_asked_for(name: str) -> None:
    assert name not in new_row({**TIMED, name: "x"}, BERLIN)


def test_change_sends_what_changed_and_empties_what_is_empty() -> None:
    assert changed_row({"subject": "New", "location": ""}) == {
        "Subject": "New",
        "Location": None,
    }


def test_change_of_the_time_leaves_the_reminder_alone() -> None:
    when: Fields = {"start": "2026-11-26", "end": "2026-11-27", "all_day": True}

    assert changed_row(when) == {
        "IsAllDayEvent": True,
        "StartDateTime": "2026-11-26T00:00:00Z",
        "DurationInMinutes": 1440,
    }


# -- round trips: what is sent, read back from a Salesforce that keeps it, is what was meant --------------------------

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- the strategy adds the zone
TEXTS = st.text(st.characters(codec="utf-8"), max_size=400)


@st.composite
def outlook_fields(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(MOMENTS).replace(microsecond=0)
    is_all_day = draw(st.booleans())
    if is_all_day:
        first = start.date()
        when = {
            "start": first.isoformat(),
            "end": (first + timedelta(days=draw(st.integers(1, 14)))).isoformat(),
        }
    else:
        when = {
            "start": as_text(start),
            "end": as_text(start + timedelta(minutes=draw(st.integers(0, 20160)))),
        }
    return {
        **when,
        "all_day": is_all_day,
        "subject": line(draw(TEXTS)),
        "location": line(draw(TEXTS)),
        "description": text(draw(TEXTS)),
        "show_as": draw(st.sampled_from(["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"])),
        "sensitivity": draw(st.sampled_from(["normal", "personal", "private", "confidential"])),
        "reminder": draw(st.none() | st.integers(0, 20160)),
    }  # fmt: skip


def stored(sent: dict[str, Any], *, inclusive_end: bool) -> dict[str, Any]:
    """Return a row as Salesforce keeps it; written from the contract, not from our code."""
    start = datetime.fromisoformat(sent["StartDateTime"])
    minutes = sent.get("DurationInMinutes")
    end = (
        datetime.fromisoformat(sent["EndDateTime"])
        if minutes is None
        else start + timedelta(minutes=minutes)
    )
    if minutes is None:
        minutes = int((end - start).total_seconds() // 60)
    elif inclusive_end:
        end -= timedelta(days=1)

    def written(moment: datetime) -> str:
        return moment.strftime("%Y-%m-%dT%H:%M:%S.000+0000")

    kept = {
        k: v.strip().replace("\n", "\r\n") if isinstance(v, str) else v for k, v in sent.items()
    }
    for name in ("Subject", "Location", "Description"):
        kept[name] = kept.get(name) or None
    return row(
        **{
            **kept,
            "StartDateTime": written(start),
            "EndDateTime": written(end),
            "DurationInMinutes": minutes,
        }
    )


@given(outlook_fields(), st.booleans())
def test_what_is_sent_reads_back_as_what_was_meant(
    fields: dict[str, Any], inclusive_end: bool
) -> None:
    meant = to_salesforce(fields)

    read = item_of(stored(new_row(meant, "UTC"), inclusive_end=inclusive_end), READ_AT).fields

    assert read == meant


@given(outlook_fields())
def test_what_is_sent_respects_the_rules_of_events(fields: dict[str, Any]) -> None:
    sent = new_row(to_salesforce(fields), BERLIN)

    assert ("EndDateTime" in sent) != ("DurationInMinutes" in sent)
    assert len(sent["Subject"]) <= 255
    assert len(sent.get("Location", "")) <= 255
    assert len(sent.get("Description", "")) <= 32_000
    assert sent["ShowAs"] in {"Free", "Busy", "OutOfOffice"}
    assert ("ReminderDateTime" in sent) == sent["IsReminderSet"]


@given(
    st.dictionaries(
        st.sampled_from(list(row())),
        st.none() | st.booleans() | st.integers(0, 10**6) | st.text(max_size=30),
    )
)
def test_any_row_that_has_an_id_becomes_an_item(odd: dict[str, Any]) -> None:
    item = item_of({**row(**odd), "Id": "00U5g00000AAAAA"}, READ_AT)

    assert item.fields["start"] <= item.fields["end"] or not item.fields["all_day"]  # type: ignore[operator]  # texts


@needs_shared
@pytest.mark.shared_data
def test_every_field_is_one_that_a_recorded_org_has_and_lets_us_write() -> None:
    described = json.loads((CONTRACTS / "salesforce/describe/Event.describe.json").read_text())
    fields = {each["name"]: each for each in described["fields"]}
    written = {*new_row(TIMED, BERLIN), *new_row(ALL_DAY, BERLIN), "OwnerId"}
    changed = {*changed_row(TIMED), *changed_row(ALL_DAY)}

    assert set(COLUMNS) <= set(fields)
    assert [name for name in written if not fields[name]["createable"]] == []
    assert [name for name in changed if not fields[name]["updateable"]] == []
    hidden = {name for name in {*COLUMNS, *written} if fields[name]["permissionable"]}
    assert hidden == MAY_BE_HIDDEN | {"IsAllDayEvent"}
    shown = {value["value"] for value in fields["ShowAs"]["picklistValues"]}
    assert set(SHOW_AS_TO_SALESFORCE.values()) <= shown
