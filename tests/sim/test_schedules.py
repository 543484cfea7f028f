"""The simulator on the engine as it is: nothing breaks a promise, and every kind of fault really happened."""

import os
import subprocess
import sys

import pytest

from tests.sim.draw import KEYLESS
from tests.sim.schedule import Counts, Schedule
from tests.sim.shrink import story

FIRST_SEED = int(os.environ.get("SIM_FIRST_SEED", "0"))
COUNT = int(os.environ.get("SIM_COUNT", "4200"))
CHUNKS = 6


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_no_schedule_breaks_a_promise(chunk: int) -> None:
    size = COUNT // CHUNKS
    first = FIRST_SEED + chunk * size
    total = Counts()

    for seed in range(first, first + size):
        schedule = Schedule(seed)
        if schedule.go():
            pytest.fail("\n".join(line[:300] for line in story(seed)[-80:]))
        total.add(schedule.counts)

    print(f"seeds {first} to {first + size - 1}: {total}")  # noqa: T201 -- random tests say their seeds
    assert min(total.kills, total.faults, total.steals, total.expired, total.writes) > size // 20


def test_without_a_key_field_lost_creates_are_found_by_what_they_say() -> None:
    total = Counts()

    for seed in range(400):
        schedule = Schedule(seed, hunt=KEYLESS)
        assert schedule.go() == "", f"seed {seed}"
        total.add(schedule.counts)

    assert min(total.kills, total.faults, total.writes) > 400


def test_same_seed_gives_the_same_run_in_any_process() -> None:
    script = (
        "from tests.sim.schedule import Schedule\n"
        "for seed in range(40):\n"
        "    schedule = Schedule(seed, trace=True); schedule.go(); print(schedule.fingerprint)"
    )

    runs = [
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]

    assert runs[0] == runs[1]
    assert len(set(runs[0].split())) == 40


def test_turns_can_be_left_out_without_changing_the_others() -> None:
    whole = Schedule(7, trace=True)
    part = Schedule(7, trace=True, without=range(60, 200))

    whole.go()
    part.go()

    assert whole.trace is not None
    assert part.trace is not None
    assert part.counts.turns == 60 < whole.counts.turns
    assert whole.trace[:40] == part.trace[:40]


def test_no_write_to_outlook_can_be_asked_for() -> None:
    schedule = Schedule(1)

    calls = [call.__name__ for call in schedule.driver.calls]

    assert [name for name in calls if "Outlook" in name] == ["ReadOutlookPage", "ReadOutlook"]
