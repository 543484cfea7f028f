"""Kills the worker at random points of recording and updating events, drops answers, and counts what is left.

``bin/chaos N [--seed S] [--events 50]``.  One run: fifty new events are recorded, by click or by category, and the
worker is killed; it comes back and everything settles; all fifty are edited and the worker is killed again; everything
settles and is counted in the emulated org.  In every second run answers of Salesforce are lost after the effect.
"""

import argparse
import os
import random
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import redis

from sandbox.faults import Fault
from tests.stack import PERSON, Stack, running_stack, session_members, wait_until

_SETTLE_S = 90
_WRITES = r"/composite|/sobjects/Event"


@dataclass
class Count:
    """What happened in all runs so far."""

    runs: int = 0
    kills: int = 0
    lost_answers: int = 0
    events: int = 0
    problems: list[str] = field(default_factory=list)


class Chaos:
    """The runs over one stack; the random generator is the only source of chance."""

    def __init__(self, stack: Stack, chance: random.Random, events: int) -> None:
        self._stack = stack
        self._chance = chance
        self._events = events
        self._database = psycopg.connect(stack.environment["DATABASE_URL"], autocommit=True)
        self._redis = redis.Redis.from_url(stack.environment["REDIS_URL"])
        self._mailbox_id = self._one("SELECT id FROM accounts_mailbox")
        self.count = Count()

    def run(self, number: int) -> None:
        """Do one run and check it."""
        loses_answers = number % 2 == 1
        ids = self._create(number)
        if number % 4 < 2:
            self._sync_and_kill(loses_answers)
        else:
            self._click_and_kill(ids, loses_answers)
        self._settle(ids)
        self._check(number, ids)
        self._edit(number, ids)
        self._sync_and_kill(loses_answers)
        self._settle(ids)
        self._check(number, ids)
        self.count.runs += 1
        self.count.events += len(ids)

    # -- what people do ------------------------------------------------------------------------------------------------

    def _create(self, number: int) -> list[str]:
        category = ["Record in Salesforce"] if number % 4 < 2 else []
        return [
            self._microsoft.create_event(
                PERSON, {**self._event(number, n), "categories": category}
            )["id"]
            for n in range(self._events)
        ]

    def _event(self, number: int, n: int) -> dict[str, Any]:
        start = datetime.now(UTC).replace(microsecond=0) + timedelta(
            days=1 + n % 20, minutes=self._chance.randrange(1440)
        )
        return {
            "subject": f"run {number} event {n} version {self._chance.randrange(10**9)}",
            "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
            "end": {"dateTime": f"{start + timedelta(minutes=30):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"},
        }  # fmt: skip

    def _edit(self, number: int, ids: Sequence[str]) -> None:
        for n, outlook_id in enumerate(ids):
            self._microsoft.update_event(PERSON, outlook_id, self._event(number, n))

    # -- what goes wrong -----------------------------------------------------------------------------------------------

    def _sync_and_kill(self, loses_answers: bool) -> None:
        self._ask_for_sync()
        self._work_and_die(loses_answers)

    def _click_and_kill(self, ids: Sequence[str], loses_answers: bool) -> None:
        self._stack.manage("sync", PERSON)
        self._enqueue("ask_to_record", ids)
        self._work_and_die(loses_answers)

    def _work_and_die(self, loses_answers: bool) -> None:
        """Let the worker work for a while and kill it, or only its work horse."""
        faults = self._stack.sandbox.world.faults
        if loses_answers:
            fault = Fault(
                path=_WRITES,
                when="after",
                drop=True,
                skip=self._chance.randrange(2),
                times=self._chance.randrange(1, 4),
            )
            faults.add(fault)
        before = faults.applied
        worker = self._stack.start("worker")
        wait_until(lambda: len(session_members(worker.pid)) > 1 or self._is_idle(), what="a job")
        time.sleep(self._chance.random() ** 2 * 1.2)
        horses = [pid for pid in session_members(worker.pid) if pid != worker.pid]
        if horses and self._chance.random() < 0.3:
            os.kill(horses[0], 9)
            time.sleep(0.1)
        self._stack.kill("worker")
        self.count.kills += 1
        self.count.lost_answers += faults.applied - before
        faults.rules.clear()

    def _settle(self, ids: Sequence[str]) -> None:
        """Bring the worker back and wait until nothing is left to do; what is due is made due at once."""
        worker = self._stack.start("worker")
        try:
            end = time.monotonic() + _SETTLE_S
            while not self._is_settled(ids):
                if time.monotonic() > end:
                    self.count.problems.append(f"not settled in {_SETTLE_S} s: {self._state(ids)}")
                    return
                if worker.poll() is not None:
                    raise RuntimeError(f"the worker ended: see {self._stack.folder}")
                if self._is_idle():  # whatever was asked before is done, or was lost with a worker
                    self._execute("UPDATE sync_lease SET expires_at = now() - interval '31 s'")
                    self._ask_for_sync()
                time.sleep(0.1)
        finally:
            wait_until(self._is_idle, what="the worker to come to rest")
            self._stack.kill("worker")

    # -- what is looked at ---------------------------------------------------------------------------------------------

    def _is_idle(self) -> bool:
        queued = sum(
            self._redis.llen(f"rq:queue:{name}") for name in ("interactive", "push", "poll")
        )
        worker = self._stack.processes.get("worker")
        return not queued and (worker is None or len(session_members(worker.pid)) <= 1)

    def _is_settled(self, ids: Sequence[str]) -> bool:
        settled = self._one(
            "SELECT count(*) FROM sync_link l WHERE outlook_id = ANY(%s) AND state = 'active' AND touched = planned"
            " AND NOT EXISTS (SELECT FROM sync_intent i WHERE i.link_id = l.id AND i.status = 'open')",
            list(ids),
        )
        return bool(settled == len(ids)) and not self._unread() and self._is_idle()

    def _state(self, ids: Sequence[str]) -> str:
        """Return what the links of these events look like, to find out what they wait for."""
        rows = self._database.execute(
            "SELECT state, touched = planned, problem, count(*) FROM sync_link WHERE outlook_id = ANY(%s)"
            " GROUP BY 1, 2, 3",
            (list(ids),),
        )
        box = self._database.execute("SELECT failures, problem FROM sync_mailboxstate").fetchone()
        return f"links {rows.fetchall()}, mailbox {box}, unread {self._unread()}"

    def _unread(self) -> bool:
        """Tell whether Outlook holds an edit that was not seen yet."""
        events = {event["id"]: event["subject"] for event in self._microsoft.events(PERSON)}
        seen = self._database.execute("SELECT outlook_id, fields->>'subject' FROM sync_outlookseen")
        known: dict[str, str] = dict(seen.fetchall())
        return any(known.get(outlook_id) != subject for outlook_id, subject in events.items())

    def _check(self, number: int, ids: Sequence[str]) -> None:
        """Compare the org with Outlook, event by event."""
        events = {event["id"]: event for event in self._microsoft.events(PERSON)}
        with self._stack.sandbox.world.lock:
            rows = [
                row
                for row in self._stack.org.rows("Event")
                if str(row["Subject"]).startswith(f"run {number} event ")
            ]
        subjects = Counter(str(row["Subject"]) for row in rows)
        wanted = Counter(str(events[outlook_id]["subject"]) for outlook_id in ids)
        for subject, times in (subjects - wanted).items():
            self.count.problems.append(f"run {number}: {times} too many of “{subject}”")
        for subject in wanted - subjects:
            self.count.problems.append(f"run {number}: missing “{subject}”")

    # -- how -----------------------------------------------------------------------------------------------------------

    @property
    def _microsoft(self) -> Any:
        return self._stack.sandbox.world.microsoft

    def _ask_for_sync(self) -> None:
        self._enqueue("enqueue_sync", [])

    def _enqueue(self, what: str, ids: Sequence[str]) -> None:
        """Put jobs into the queues as the screens and the clock do; Django is set up by now."""
        from sync import jobs  # noqa: PLC0415 -- app ready

        if what == "enqueue_sync":
            jobs.enqueue_sync(self._mailbox_id, "poll")
            return
        from linkpoint.accounts.models import User  # noqa: PLC0415 -- app ready
        from sync.wiring.recording import ask_to_record  # noqa: PLC0415 -- app ready

        ask_to_record(User.objects.get(username=PERSON), ids)
        for outlook_id in ids:
            jobs.enqueue_record(self._mailbox_id, outlook_id, "click")

    def _one(self, query: str, *parameters: object) -> Any:
        row = self._database.execute(query, parameters).fetchone()
        return row[0] if row else None

    def _execute(self, query: str, *parameters: object) -> None:
        self._database.execute(query, parameters)


def main(arguments: Sequence[str]) -> int:
    """Do the runs; return 0 if every event was found exactly once, in its last version."""
    parser = argparse.ArgumentParser(prog="bin/chaos", description=__doc__)
    parser.add_argument("runs", type=int, nargs="?", default=10)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--events", type=int, default=50)
    options = parser.parse_args(arguments)
    print(f"{options.runs} runs of {options.events} events, seed {options.seed}", flush=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_stack(Path(folder), redis_database=61, processes=()) as stack,
    ):
        os.environ.update(stack.environment)
        os.environ["DJANGO_SETTINGS_MODULE"] = "linkpoint.settings"
        import django  # noqa: PLC0415 -- the environment is complete only now

        django.setup()
        chaos = Chaos(stack, random.Random(options.seed), options.events)  # noqa: S311 -- chance, not secrecy
        for number in range(options.runs):
            chaos.run(number)
            if chaos.count.problems:
                break
    count = chaos.count
    for problem in count.problems[:20]:
        print(problem)
    print(
        f"{count.runs} runs, {count.events} events, {count.kills} kills, {count.lost_answers} lost answers, "
        f"{len(count.problems)} duplicates, missing or late; seed {options.seed}"
    )
    return 1 if count.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
