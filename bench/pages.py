"""How long the screens take with a full mailbox: ``python -m bench.pages [EVENTS] [ROUNDS]``.

Starts the product over the sandbox, reads a mailbox of 5,000 events, opens the app as Salesforce does, and asks for
each screen again and again.  Prints the median and the 95th percentile in milliseconds, and the ratio to an empty page.
Events lie as thick as they would in a full year: spread evenly over all days that are read.
"""

import html
import json
import re
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from tests.stack import PERSON, Stack, running_stack

_TOKEN = re.compile(r'<script id="session-token" type="application/json">(.*?)</script>', re.DOTALL)
_POLL = re.compile(r'id="poll" hidden hx-get="([^"]+)"')
_EVENT = re.compile(r'hx-get="(/app/calendar/events/\d+/)"')
_DAYS_BACK, _DAYS = 30, 395
"""The window that is read as shipped: 30 days back, 365 ahead."""

_TITLES = ("Quarterly review", "Call with the port", "Stand-up", "Site visit", "Offer: next steps")


def fill(stack: Stack, events: int) -> None:
    """Put events of half an hour onto the days of the window, the same number on each."""
    first = datetime.now(UTC).replace(hour=6, minute=0, second=0, microsecond=0)
    first -= timedelta(days=_DAYS_BACK)
    for number in range(events):
        start = first + timedelta(days=number % _DAYS, minutes=30 * (number // _DAYS))
        stack.sandbox.world.microsoft.create_event(
            PERSON,
            {
                "subject": f"{_TITLES[number % len(_TITLES)]} {number}",
                "start": _wire(start),
                "end": _wire(start + timedelta(minutes=30)),
                "body": {"contentType": "text", "content": "Agenda and notes. " * 20},
            },
        )


def _wire(moment: datetime) -> dict[str, str]:
    return {"dateTime": moment.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"}


def session_token(stack: Stack) -> str:
    """Open the app as Salesforce does and return the session token of the page."""
    answer = requests.post(
        f"{stack.url}/canvas/",
        data={"signed_request": stack.org.signed_request(PERSON)},
        timeout=30,
    )
    answer.raise_for_status()
    found = _TOKEN.search(answer.text)
    if found is None:
        raise LookupError("the launch page carries no session token")
    token: str = json.loads(found[1])
    return token


def timed_ms(session: requests.Session, url: str, rounds: int) -> list[float]:
    """Return how long each of ``rounds`` calls took, the first one left out."""
    session.get(url, timeout=30).raise_for_status()
    times: list[float] = []
    for _ in range(rounds):
        begin = time.perf_counter()
        session.get(url, timeout=30).raise_for_status()
        times.append((time.perf_counter() - begin) * 1000)
    return times


def pages(session: requests.Session, stack: Stack) -> dict[str, str]:
    """Return what is measured: a name and a path each, as the Calendar screen itself names them."""
    week = session.get(f"{stack.url}/app/calendar/", timeout=30)
    week.raise_for_status()
    poll, event = _POLL.search(week.text), _EVENT.search(week.text)
    if poll is None or event is None:
        raise LookupError("the calendar has no poll or no event")
    return {
        "calendar": "/app/calendar/",
        "poll, nothing new": html.unescape(poll[1]),
        "poll, a new week": "/app/calendar/changes/",
        "Side Panel": event[1],
        "Assist": "/app/assist/",
    }


def main(events: int = 5000, rounds: int = 100) -> None:
    """Measure and print."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder), redis_database=60, processes=("web",)) as stack,
    ):
        fill(stack, events)
        begin = time.perf_counter()
        read = stack.manage("sync", PERSON)
        print(
            f"first reading of {events} events: {time.perf_counter() - begin:.1f} s, calls {read['calls']}"
        )
        session = requests.Session()
        session.headers["X-LinkPoint-Session"] = session_token(stack)
        base = statistics.median(timed_ms(session, f"{stack.url}/healthz", rounds))
        print(f"{'page':<34}{'median':>9}{'95 %':>9}{'x empty':>9}")
        for name, path in pages(session, stack).items():
            times = timed_ms(session, f"{stack.url}{path}", rounds)
            median, high = statistics.median(times), statistics.quantiles(times, n=20)[-1]
            print(f"{name:<34}{median:>6.1f} ms{high:>6.1f} ms{median / base:>9.1f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:3]))
