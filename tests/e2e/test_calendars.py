"""Real calendar files, all the way: imported into Outlook, recorded in Salesforce, compared with the file itself."""

import json
import random
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sandbox.ics.report import Report
from sync.models import Link
from sync.wiring.policies import Level, set_values
from tests.e2e.calendar_journey import Journey, Key, differences, key_of_row, positions
from tests.e2e.conftest import Desk
from tests.e2e.ics_reading import Reading, components_of, one_line, read
from tests.people import ORGANIZATION_ID
from tests.shared import CALENDARS, needs_shared

pytestmark = [needs_shared, pytest.mark.shared_data]

FILES = sorted(CALENDARS.glob("*/*.ics")) or [CALENDARS / "missing.ics"]
ZONE = "Europe/Berlin"
LETS_ALL_THROUGH = {"private": "full_and_private", "all_day": "include"}
MEANT = {
    # The rule ends at 22:00 UTC, the midnight in its zone at which its last day begins.
    "exchange-allday-series-moved": {"2026-08-18"},
}
"""Starts that the oracles leave out because both libraries take them wrong."""


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_component_is_imported_or_refused_with_a_reason(file: Path, desk: Desk) -> None:
    content = file.read_bytes()

    report = desk.outlook.import_calendar(desk.person.address, content)

    assert Counter((one.component, one.uid) for one in report.entries) == components_of(content)
    outcomes = [report.count(outcome) for outcome in ("imported", "changed", "refused")]
    assert sum(outcomes) == len(report.entries)
    assert all(one.notes for one in report.entries if one.outcome != "imported")
    refused = [one for one in report.entries if one.outcome == "refused"]
    no_events = [one for one in refused if one.component == "VEVENT"]
    assert Counter(one.uid for one in no_events) == read(content, ZONE).unreadable
    assert {one.component for one in report.entries} - {"VEVENT"} <= {
        one.component for one in refused
    }


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_events_are_recorded_as_the_file_has_them(file: Path, desk: Desk) -> None:
    seed = random.randrange(10**6)  # noqa: S311 -- a sample
    print(f"seed {seed}")  # noqa: T201 -- random tests say their seeds
    content = file.read_bytes()
    oracle = oracle_of(file)
    reading = read(content, ZONE)
    stops = positions(reading, days_between(*oracle["window"].values()) if oracle else ())
    user = desk.person.user
    set_values(Level(user.organization, user=user), LETS_ALL_THROUGH)
    desk.sandbox.world.clock.move_to(stops[0])
    report = desk.outlook.import_calendar(desk.person.address, content)
    end_where_told(reading, report)

    journey = Journey(desk, reading, random.Random(seed))  # noqa: S311 -- a sample
    for now in stops:
        journey.visit(now)

    assert_rows_are_as_wanted(journey)
    assert_oracle_agrees(journey, oracle)
    assert (desk.outlook.writes, desk.outlook.mails) == (0, [])


def oracle_of(file: Path) -> dict[str, Any]:
    """Return the occurrences that two other libraries agree on; empty where there are none."""
    path = CALENDARS / "expected" / f"{file.stem}.json"
    oracle: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return {**oracle, "stem": file.stem} if oracle else {}


def days_between(start: str, end: str) -> list[datetime]:
    """Return each day of a span."""
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    return [first + timedelta(days=number) for number in range((last - first).days)]


def end_where_told(reading: Reading, report: Report) -> None:
    """End series where the report says that Outlook has no more of them."""
    ends = {}
    for entry in report.entries:
        for note in entry.notes:
            if note.startswith("occurrences from ") and note.endswith(" on are left out"):
                day = datetime.fromisoformat(note.split()[2]).replace(tzinfo=UTC)
                ends[entry.uid] = day - timedelta(days=1)
    for event in reading.events:
        event.may_end = ends.get(event.uid)


def assert_rows_are_as_wanted(journey: Journey) -> None:
    """Compare the Events of the org with the file, both ways and field by field."""
    desk, rows = journey.desk, defaultdict(list)
    for row in desk.rows():
        rows[key_of_row(row)].append(row)
    refused = {key: ones[0].refusal for key, ones in journey.chosen.items() if ones[0].refusal}
    assert journey.refused == refused
    wanted = defaultdict(list)
    for key, ones in journey.chosen.items():
        for one in ones if key not in refused else ():
            wanted[one.start, one.end_in_salesforce, one.all_day, one.subject].append(one)
    assert {key: len(ones) for key, ones in wanted.items()} == {k: len(v) for k, v in rows.items()}
    for key, ones in wanted.items():
        left = list(rows[key])
        for one in ones:
            fitting = sorted(left, key=lambda row: len(differences(one, row)))
            assert differences(one, fitting[0]) == {}, one.uid
            left.remove(fitting[0])
    assert_links_fit(desk, [row for ones in rows.values() for row in ones])


def assert_links_fit(desk: Desk, rows: list[dict[str, Any]]) -> None:
    """Each Event belongs to the person and carries the key of its link."""
    links = {link.salesforce_id: link for link in Link.objects.all()}
    assert {row["OwnerId"] for row in rows} <= {desk.person.user.salesforce_user_id}
    assert {row["Id"]: row["LinkPoint_Key__c"] for row in rows} == {
        salesforce_id: f"{ORGANIZATION_ID}:{link.id.hex}:0" for salesforce_id, link in links.items()
    }


def assert_oracle_agrees(journey: Journey, oracle: dict[str, Any]) -> None:
    """What the product read is what the libraries agree on, and nothing else but what they dispute."""
    if not oracle:
        return
    start, end = (datetime.fromisoformat(oracle["window"][name]) for name in ("start", "end"))
    ours = {key for key in journey.seen if start <= key[0] < end}
    agreed = {key_of_oracle(one) for one in oracle["occurrences"] if is_shown(one)}
    disputed = {key_of_oracle(one) for one in oracle["disputed"]}
    meant = MEANT.get(oracle["stem"], set())
    others = {key for key in ours - agreed - disputed if str(key[0].date()) not in meant}
    assert (agreed - ours, others) == (set(), set())


def key_of_oracle(one: dict[str, Any]) -> Key:
    """Return an occurrence of the oracle; a floating time is of the mailbox's zone."""
    zone = UTC if one["all_day"] else ZoneInfo(ZONE)
    start, end = map(datetime.fromisoformat, (one["start"], one["end"]))
    start, end = (time if time.tzinfo else time.replace(tzinfo=zone) for time in (start, end))
    if one["all_day"]:
        end = max(end, start + timedelta(days=1))
    return start, end, one["all_day"], one_line(one["summary"])


def is_shown(one: dict[str, Any]) -> bool:
    """Tell whether a calendar shows it: a cancelled occurrence of a series is left out."""
    return one["status"] != "CANCELLED" or one["recurrence_id"] is None
