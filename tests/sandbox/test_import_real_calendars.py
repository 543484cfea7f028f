"""Real calendar files: every one imports, and its occurrences are those that two other libraries agree on."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from sandbox.world import World
from tests.sandbox.graph import ADDRESS, CLIENT, TENANT
from tests.shared import CALENDARS, needs_shared

FILES = sorted(CALENDARS.glob("*/*.ics")) if CALENDARS.is_dir() else []
ORACLES = sorted((CALENDARS / "expected").glob("*.json")) if CALENDARS.is_dir() else []

pytestmark = [needs_shared, pytest.mark.shared_data]

Seen = tuple[str, str, str, str, bool]


def world_at(zone: str) -> World:
    world = World()
    world.microsoft.add_tenant(tenant_id=TENANT, client_id=CLIENT)
    world.microsoft.add_mailbox(tenant_id=TENANT, address=ADDRESS, name="Hanna", time_zone=zone)
    return world


def components_in(file: Path) -> int:
    names = (b"VEVENT", b"VTODO", b"VJOURNAL", b"VFREEBUSY")
    lines = [line.strip() for line in file.read_bytes().splitlines()]
    return sum(lines.count(b"BEGIN:" + name) for name in names)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_component_of_a_file_is_in_the_report(file: Path) -> None:
    world = world_at("Europe/Berlin")

    report = world.microsoft.import_calendar(ADDRESS, file.read_bytes())

    assert len(report.entries) == components_in(file)
    assert all(entry.notes for entry in report.entries if entry.outcome != "imported")
    refused = [entry for entry in report.entries if entry.outcome == "refused"]
    assert all(entry.component != "VEVENT" or "DTSTART" in entry.line() for entry in refused)
    assert world.microsoft.mails == []


@pytest.mark.parametrize("oracle", ORACLES, ids=lambda file: file.stem)
def test_occurrences_are_those_of_the_oracle(oracle: Path) -> None:
    expected = json.loads(oracle.read_text())
    world = world_at("UTC")
    world.microsoft.import_calendar(ADDRESS, (CALENDARS / expected["calendar"]).read_bytes())
    start, end = (datetime.fromisoformat(expected["window"][name]) for name in ("start", "end"))

    shown = [one for one in world.microsoft.view(ADDRESS, start, end) if start <= begins(one) < end]

    ours = {seen(one) for one in shown}
    agreed = {wanted(one) for one in expected["occurrences"] if is_shown(one)}
    disputed = {wanted(one) for one in expected["disputed"]}
    assert agreed - ours == set()
    assert ours - agreed <= disputed
    assert len(shown) == len(ours)


def test_disputed_occurrences_are_read_as_they_are_meant() -> None:
    world = world_at("UTC")
    for name in ("outlook/exchange-allday-series-moved", "outlook/daily-exdate-display-name-zone"):
        world.microsoft.import_calendar(ADDRESS, (CALENDARS / f"{name}.ics").read_bytes())

    moved = days_of(world, "Exchange Recurring Test", "2026-02-20", "2026-03-05")
    left = days_of(world, "xxx xxxx", "2021-04-01", "2021-05-01")

    assert moved == ["2026-02-24T00:00", "2026-02-27T00:00", "2026-03-03T00:00"]
    assert left == ["2021-04-18T17:00"]


def days_of(world: World, subject: str, first: str, last: str) -> list[str]:
    begin, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    shown = world.microsoft.view(ADDRESS, begin, end)
    return [one["start"]["dateTime"][:16] for one in shown if one["subject"] == subject]


def begins(event: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(event["start"]["dateTime"][:19]).replace(tzinfo=UTC)


def seen(event: dict[str, Any]) -> Seen:
    form = "%Y-%m-%d" if event["isAllDay"] else "%Y-%m-%dT%H:%M:%SZ"
    end = datetime.fromisoformat(event["end"]["dateTime"][:19])
    return (
        event["iCalUId"],
        begins(event).strftime(form),
        end.strftime(form),
        event["subject"],
        event["isAllDay"],
    )


def wanted(occurrence: dict[str, Any]) -> Seen:
    """Return an occurrence of the oracle; floating times count as UTC, an all-day event lasts a day at least."""
    start, end = occurrence["start"], occurrence["end"]
    if not occurrence["all_day"]:
        start, end = start.rstrip("Z") + "Z", end.rstrip("Z") + "Z"
    elif start == end:
        end = (datetime.fromisoformat(end) + timedelta(days=1)).date().isoformat()
    summary = " ".join(occurrence["summary"].split())
    return (occurrence["uid"], start, end, summary, occurrence["all_day"])


def is_shown(occurrence: dict[str, Any]) -> bool:
    """Tell whether Outlook shows it: a cancelled occurrence of a series is left out."""
    return occurrence["status"] != "CANCELLED" or occurrence["recurrence_id"] is None
