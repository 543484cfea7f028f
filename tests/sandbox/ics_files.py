"""Small calendar files, and a mailbox to load them into."""

from datetime import UTC, datetime
from typing import Any

from sandbox.ics.report import Report
from sandbox.world import World
from tests.sandbox.graph import ADDRESS, CLIENT, TENANT, ZONE


def make_world() -> World:
    """Return a world with one mailbox, empty."""
    made = World()
    made.microsoft.add_tenant(tenant_id=TENANT, client_id=CLIENT)
    made.microsoft.add_mailbox(tenant_id=TENANT, address=ADDRESS, name="Hanna", time_zone=ZONE)
    return made


def calendar(*components: str, head: str = "") -> bytes:
    """Return a calendar file of these components."""
    body = "\n".join(components)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//test//EN\n{head}\n{body}\nEND:VCALENDAR\n"
    return "\r\n".join(line for line in text.split("\n") if line).encode() + b"\r\n"


def vevent(
    *lines: str, uid: str = "one", start: str = "DTSTART;TZID=Europe/Berlin:20261201T090000"
) -> str:
    """Return one event of an hour, with further lines."""
    rest = list(lines)
    if not any(line.startswith(("DTEND", "DURATION")) for line in lines):
        rest.append("DURATION:PT1H")
    return "\n".join(["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Review", start, *rest, "END:VEVENT"])


def load(world: World, *components: str, head: str = "") -> Report:
    """Import a file of these components into the mailbox."""
    return world.microsoft.import_calendar(ADDRESS, calendar(*components, head=head))


def only_event(world: World) -> dict[str, Any]:
    """Return the one event that the mailbox holds."""
    events = world.microsoft.events(ADDRESS)
    assert len(events) == 1
    return events[0]


def starts(world: World, first: str = "2026-01-01", last: str = "2028-01-01") -> list[str]:
    """Return when everything between two days begins, to the minute."""
    begin, end = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in (first, last))
    found = world.microsoft.view(ADDRESS, begin, end)
    return [one["start"]["dateTime"][:16] for one in found]


def outcome(report: Report) -> tuple[str, str]:
    """Return what became of the first component, and the notes on it."""
    return report.entries[0].outcome, "; ".join(report.entries[0].notes)


def custom_zone(name: str, offset: str) -> str:
    """Return a definition of a time zone that keeps one offset all year."""
    return "\n".join(
        [
            "BEGIN:VTIMEZONE",
            f"TZID:{name}",
            "BEGIN:STANDARD",
            "DTSTART:16010101T000000",
            f"TZOFFSETFROM:{offset}",
            f"TZOFFSETTO:{offset}",
            "END:STANDARD",
            "END:VTIMEZONE",
        ]
    )
