"""One calendar file on its way: into Outlook, read by the product at one time after another, recorded in Salesforce."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F

from sync.core.item import OutlookId
from sync.core.scope import stopped
from sync.engine.cycle import record
from sync.models import Link, OutlookSeen
from sync.wiring.afterwards import finish
from sync.wiring.cycles import read_organization
from sync.wiring.recording import record_event
from sync.wiring.turns import carry_out, work_on
from tests.e2e.conftest import Desk
from tests.e2e.ics_reading import Reading, Wanted, one_line, paragraphs, words

BACK, AHEAD = timedelta(days=30), timedelta(days=364)
"""What is looked at from one position of the clock: the product's own range, a day short."""

WHOLE_SERIES = 25
SAMPLE = 10
MOST_OCCURRENCES = 160
AGAIN = 50

Key = tuple[datetime, datetime, bool, str]


@dataclass(slots=True)
class Journey:
    """What happened to one file.

    Attributes:
        seen: What the product has read from Outlook so far.
        chosen: What was to be recorded.
        refused: What the rules stopped, with the code of the rule.
    """

    desk: Desk
    reading: Reading
    draw: random.Random
    seen: set[Key] = field(default_factory=set)
    chosen: dict[Key, list[Wanted]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[Key, str] = field(default_factory=dict)

    def visit(self, now: datetime) -> None:
        """Move the clock, let the product read everything in range, and record what is new there."""
        self._clock(now)
        self._cycle()
        first, last = now - BACK, now + AHEAD
        expected = self._expected(first, last)
        shown = self._shown(first, last)
        there = Counter(key for key, _ in shown)
        expected = [one for one in expected if not one.may_be_missing or one.key in there]
        wanted = Counter(one.key for one in expected)
        missing, surplus = list(wanted - there), list(there - wanted)
        assert not missing, f"not read from Outlook: {missing[:5]}"
        assert not surplus, f"not in the file: {surplus[:5]}"
        self.seen |= set(there)
        fresh = [one for one in chosen_of(expected, self.draw) if one.key not in self.chosen]
        for one in fresh:
            self.chosen[one.key].append(one)
        read_organization(self.desk.person.user.organization)
        keys = {one.key for one in fresh}
        ids = [outlook_id for key, outlook_id in shown if key in keys]
        self._record_twice(now, ids)

    def _record_twice(self, now: datetime, ids: Sequence[str]) -> None:
        """Record in one go and again one by one or in part, then let a cycle pass: nothing comes of the repetition.

        Neither does what Salesforce has made of it look like an edit there.
        """
        self.record(ids)
        self._clock(now + timedelta(seconds=30))  # a row is not judged in the second it was written
        before = self._state()
        for outlook_id in ids[:2]:
            again = record_event(self.desk.person.mailbox.pk, outlook_id, "click")
            assert (again.action, again.state in ("done", "refused")) == ("none", True)
        self.record(self.draw.sample(ids, min(AGAIN, len(ids))))
        assert read_organization(self.desk.person.user.organization)["salesforce"] > 0
        assert Link.objects.filter(touched__gt=F("planned")).count() == 0, "looks like an edit"
        self._cycle()
        assert self._state() == before, "recorded or written a second time"

    def record(self, ids: Sequence[str]) -> None:
        """Record events as so many clicks would."""
        wanted = [OutlookId(one) for one in ids]
        mailbox = self.desk.person.mailbox
        with work_on(mailbox.pk, "record") as work:
            verdicts = carry_out(
                work, lambda context, report: record(context, report, wanted, "click", {})
            )
            finish(work, complete=False)
        assert (work.error, verdicts is not None) == (None, True)
        for row in OutlookSeen.objects.filter(mailbox=mailbox, outlook_id__in=ids):
            stop = stopped((verdicts or {})[OutlookId(row.outlook_id)])
            if stop is not None:
                self.refused[key_of_item(row.fields)] = stop.code

    def _clock(self, now: datetime) -> None:
        world = self.desk.sandbox.world
        with world.lock:
            world.clock.move_to(now)

    def _cycle(self) -> None:
        work = self.desk.sync()
        assert (work.error, work.report.actions) == (None, [])

    def _state(self) -> tuple[int, int]:
        return len(self.desk.rows()), self.desk.org.writes

    def _expected(self, first: datetime, last: datetime) -> list[Wanted]:
        return [one for event in self.reading.events for one in event.between(first, last)]

    def _shown(self, first: datetime, last: datetime) -> list[tuple[Key, str]]:
        rows = OutlookSeen.objects.shown(self.desk.person.mailbox.pk)
        found = [(key_of_item(row.fields), row.outlook_id) for row in rows]
        return [(key, outlook_id) for key, outlook_id in found if first <= key[0] <= last]


def positions(reading: Reading, others: Iterable[datetime] = ()) -> list[datetime]:
    """Return where the clock has to stand to see each event and both ends of each series."""
    found: list[datetime] = []
    for anchor in sorted({*others, *(edge for event in reading.events for edge in event.edges())}):
        if not found or anchor >= found[-1] + AHEAD:
            found.append(anchor + BACK - timedelta(days=1))
    return found


def chosen_of(expected: Iterable[Wanted], draw: random.Random) -> list[Wanted]:
    """Return single and moved events, short series whole, and of long ones both ends and a sample."""
    series: dict[str, list[Wanted]] = defaultdict(list)
    chosen: list[Wanted] = []
    for one in expected:
        (series[one.uid] if one.kind == "occurrence" else chosen).append(one)
    occurrences: list[Wanted] = []
    for ones in series.values():
        ones.sort(key=lambda one: one.start)
        sampled = len(ones) > WHOLE_SERIES
        occurrences += [ones[0], ones[-1], *draw.sample(ones, SAMPLE)] if sampled else ones
    occurrences = list({id(one): one for one in occurrences}.values())
    return chosen + draw.sample(occurrences, min(MOST_OCCURRENCES, len(occurrences)))


def key_of_item(fields: dict[str, Any]) -> Key:
    """Return what tells an event apart, of fields as the product stores them."""
    start, end = (
        datetime.fromisoformat(fields[name]).replace(tzinfo=UTC) for name in ("start", "end")
    )
    return start, end, fields["all_day"], fields["subject"] or "(no subject)"


def key_of_row(row: dict[str, Any]) -> Key:
    """Return the same of an Event in Salesforce."""
    start, all_day = datetime.fromisoformat(row["StartDateTime"]), row["IsAllDayEvent"]
    end = start + timedelta(minutes=row["DurationInMinutes"])
    if not all_day:
        end = datetime.fromisoformat(row["EndDateTime"])
    return start, end, all_day, row["Subject"]


def differences(wanted: Wanted, row: dict[str, Any]) -> dict[str, tuple[object, object]]:
    """Return the fields in which an Event is not as wanted: first what is wanted, then what is there."""
    there = _of_row(row, rich=wanted.rich)
    return {
        name: (value, there[name])
        for name, value in _of_file(wanted).items()
        if value != there[name]
    }


def _of_file(wanted: Wanted) -> dict[str, object]:
    return {
        "start": wanted.start,
        "end": wanted.end_in_salesforce,
        "all_day": wanted.all_day,
        "subject": wanted.subject,
        "location": wanted.location,
        "description": wanted.description,
        "show_as": wanted.show_as,
        "private": wanted.private,
        "reminder": (wanted.reminder is not None, wanted.reminder),
    }


def _of_row(row: dict[str, Any], *, rich: bool) -> dict[str, object]:
    start, end, all_day, subject = key_of_row(row)
    at = row["ReminderDateTime"]
    text = row["Description"] or ""
    return {
        "start": start,
        "end": end,
        "all_day": all_day,
        "subject": subject,
        "location": one_line(row["Location"] or ""),
        "description": words(text) if rich else paragraphs(text),
        "show_as": row["ShowAs"],
        "private": row["IsPrivate"],
        "reminder": (row["IsReminderSet"], datetime.fromisoformat(at) if at else None),
    }
