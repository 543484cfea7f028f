"""``python -m tests.sim N [FIRST_SEED]`` runs N schedules on all cores; a failing seed is shortened and told.

``python -m tests.sim seed S`` tells one schedule; ``python -m tests.sim mutants [LIMIT]`` how soon each seeded bug is found.
"""

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

from tests.sim.mutants import MUTANTS
from tests.sim.schedule import Counts, Schedule
from tests.sim.shrink import story, verdict

CHUNK = 500
MOST_TOLD = 3


def run_chunk(first: int, count: int) -> tuple[list[int], Counts]:
    """Run schedules; return failing seeds and what happened in all of them."""
    failing: list[int] = []
    total = Counts()
    for seed in range(first, first + count):
        schedule = Schedule(seed)
        try:
            problem = schedule.go()
        except Exception as error:  # noqa: BLE001 -- whatever the engine raises is a finding
            problem = repr(error)
        if problem:
            failing.append(seed)
        total.add(schedule.counts)
    return failing, total


def run(count: int, first: int) -> int:
    """Run many schedules and say what came of them."""
    started = time.monotonic()
    failing: list[int] = []
    total = Counts()
    chunks = [
        (seed, min(CHUNK, first + count - seed)) for seed in range(first, first + count, CHUNK)
    ]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for bad, counts in pool.map(run_chunk, *zip(*chunks, strict=True)):
            failing += bad
            total.add(counts)
    took = time.monotonic() - started
    say(
        f"seeds {first} to {first + count - 1}: {len(failing)} failing; {count / took:.0f} schedules a second, "
        f"{total.steps} steps, {total.kills} kills, {total.faults} faults, at most {total.cycles} cycles to rest"
    )
    for seed in failing[:MOST_TOLD]:
        for line in story(seed):
            say(line[:400])
    if failing:
        say(f"failing seeds: {failing}")
    return 1 if failing else 0


def mutants(limit: int) -> Iterator[str]:
    """Tell for each seeded bug how many schedules it survived."""
    for name, engine in MUTANTS.items():
        for seed in range(limit):
            found = verdict(seed, engine)
            if found:
                yield f"{name:30} {seed + 1:6} {found}"
                break
        else:
            yield f"{name:30} survived {limit}"


def say(line: str) -> None:
    """Write one line to the terminal."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """Do what the command line says."""
    match arguments:
        case ["seed", seed]:
            for line in story(int(seed)):
                say(line)
        case ["mutants", *limit]:
            for line in mutants(int(limit[0]) if limit else 5_000):
                say(line)
        case [count, *first]:
            return run(int(count), int(first[0]) if first else 0)
        case _:
            say(str(__doc__))
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
