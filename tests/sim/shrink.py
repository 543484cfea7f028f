"""Makes a failing schedule shorter: turns are left out while it still fails in the same way."""

from tests.sim.draw import Hunt
from tests.sim.driver import Engine
from tests.sim.schedule import ENGINE, Schedule


def verdict(
    seed: int,
    engine: Engine = ENGINE,
    without: frozenset[int] = frozenset(),
    hunt: Hunt | None = None,
) -> str:
    """Return the first word of what is wrong with a schedule; a crash of the engine counts by its type."""
    try:
        problem = Schedule(seed, engine=engine, without=without, hunt=hunt).go()
    except Exception as error:  # noqa: BLE001 -- whatever the engine raises is a finding, and is told
        return f"CRASH-{type(error).__name__}"
    return problem.partition(" ")[0]


def shrink(seed: int, engine: Engine = ENGINE) -> frozenset[int]:
    """Return turns that can be left out of a failing schedule."""
    wanted = verdict(seed, engine)
    turns = Schedule(seed, engine=engine).turns
    without: frozenset[int] = frozenset()
    size = max(1, turns // 2)
    while size:
        for start in range(0, turns, size):
            more = without | frozenset(range(start, min(start + size, turns)))
            if more != without and verdict(seed, engine, more) == wanted:
                without = more
        size //= 2
    return without


def story(seed: int, engine: Engine = ENGINE) -> list[str]:
    """Return the trace of a schedule; of a failing one only the turns that it takes."""
    without = shrink(seed, engine) if verdict(seed, engine) else frozenset()
    schedule = Schedule(seed, engine=engine, trace=True, without=without)
    try:
        problem = schedule.go()
    except Exception as error:  # noqa: BLE001 -- as above
        problem = repr(error)
    return [*(schedule.trace or []), f"seed {seed}: {problem} ({schedule.rules})"]
