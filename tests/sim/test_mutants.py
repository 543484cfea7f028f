"""Each seeded bug is found within a bounded number of schedules; the engine without one passes the same schedule.

``python -m tests.sim mutants`` tells how soon; rare ones are hunted where they live.
"""

import pytest

from tests.sim.draw import DELETING, FORGETTING, Hunt
from tests.sim.mutants import MUTANTS
from tests.sim.shrink import verdict

# About three times what it takes.
WITHIN = {
    "m2_insert_instead_of_upsert": 200,
    "m3_no_marker": 150,
    "m4_trust_removed": 400,
    "m5_no_precondition": 100,
    "m6_one_base": 30,
    "m7_cursor_first": 150,
    "m9_whole_record": 30,
    "m10_wipe_on_410": 30,
    "m11_no_epoch": 200,
    "m12_no_write_ahead": 30,
    "m13_no_audit": 100,
    "m14_fresh_payload": 150,
    "m15_abandon_create": 250,
    "m17_base_not_resolved": 50,
    "m18_no_strong_read": 3000,
}
HUNTED: dict[str, Hunt] = {
    "m5_no_precondition": FORGETTING,
    "m13_no_audit": DELETING,
    "m17_base_not_resolved": FORGETTING,
    "m18_no_strong_read": FORGETTING,
}
FOUND_AS = {
    "m2_insert_instead_of_upsert": "DUPLICATE",
    "m3_no_marker": "DUPLICATE",
    "m12_no_write_ahead": "NO-INTENT",
    "m13_no_audit": "EDIT-LOST-BY-DELETE",
}


def test_every_seeded_bug_has_its_limit() -> None:
    assert list(WITHIN) == list(MUTANTS)


@pytest.mark.parametrize("name", MUTANTS)
def test_seeded_bug_is_found(name: str) -> None:
    hunt = HUNTED.get(name)

    seed = next(
        (seed for seed in range(WITHIN[name]) if verdict(seed, MUTANTS[name], hunt=hunt)), None
    )

    assert seed is not None, f"{name} survived {WITHIN[name]} schedules"
    assert verdict(seed, MUTANTS[name], hunt=hunt).startswith(FOUND_AS.get(name, ""))
    assert verdict(seed, hunt=hunt) == ""
