"""What differs from seed to seed: rules, habits of the services and people, faults; some of each are zero (swarm)."""

import random
from dataclasses import dataclass

from tests.sim.driver import Faults
from tests.sim.judge import Rules
from tests.sim.outlook import Habits
from tests.sim.people import Character


@dataclass(slots=True)
class Weights:
    """How often what happens in a turn; drawn for each seed, some of them zero (swarm)."""

    people: float = 0.12
    click: float = 0.06
    decide: float = 0.02
    expiry: float = 0.0
    steal: float = 0.0
    jump: float = 0.0
    full: float = 0.0
    rule: float = 0.0


@dataclass(frozen=True, slots=True)
class Hunt:
    """Where a rare bug is looked for: rules, people and faults that are not drawn."""

    rules: Rules
    character: Character
    faults: Faults
    weights: Weights
    has_key: bool = True


KEYLESS = Hunt(
    Rules(outlook_deleted="keep", private="full_and_private"),
    Character(deletes=0.0, salesforce=0.0),
    Faults(kill=0.08, throttle=0.03, lost=0.1, item=0.1),
    Weights(people=0.15, click=0.12, decide=0.0, expiry=0.02),
    has_key=False,
)
"""The organization has no field for our key: lost creates are found by what they say, as long as nobody edits them."""

DELETING = Hunt(
    Rules(outlook_deleted="delete", prevents_delete=False, private="full_and_private"),
    Character(deletes=0.5, salesforce=0.0),
    Faults(meddle=0.6),
    Weights(people=0.1, click=0.1, decide=0.0),
)
"""People delete in Outlook, and edit in Salesforce just after it was read."""

FORGETTING = Hunt(
    Rules(outlook_deleted="keep", private="full_and_private"),
    Character(deletes=0.0, salesforce=0.6),
    Faults(kill=0.06, lost=0.08, item=0.1, meddle=0.2),
    Weights(people=0.25, click=0.05, decide=0.0),
)
"""Answers are lost while people edit on both sides."""


def draw_rules(rnd: random.Random) -> Rules:
    """Return the rules of the mailbox."""
    return Rules(
        outlook_deleted=rnd.choice(("keep", "mark", "delete", "delete", "ask")),
        prevents_delete=rnd.random() < 0.25,
        private=rnd.choice(("skip", "time_only", "full_and_private")),
        became_private=rnd.choice(("redact", "redact", "delete", "leave")),
        past_delete=rnd.choice(("never", "never", "follow")),
    )


def draw_weights(rnd: random.Random) -> Weights:
    """Return how often what happens."""
    return Weights(
        people=rnd.choice((0.08, 0.12, 0.2)),
        click=rnd.choice((0.04, 0.08)),
        decide=rnd.choice((0.0, 0.03)),
        expiry=rnd.choice((0.0, 0.0, 0.01, 0.04)),
        steal=rnd.choice((0.0, 0.0, 0.02, 0.06)),
        jump=rnd.choice((0.0, 0.0, 0.0, 0.01)),
        full=rnd.choice((0.0, 0.0, 0.2)),
        rule=rnd.choice((0.0, 0.0, 0.0, 0.01)),
    )


def draw_habits(rnd: random.Random) -> Habits:
    """Return Outlook's habits."""
    return Habits(
        empty_page=rnd.choice((0.0, 0.5)),
        duplicate=rnd.choice((0.0, 0.3)),
        lag=rnd.choice((0.0, 0.0, 0.5)),
        partial=rnd.choice((0.0, 0.0, 0.3)),
        silent_series=rnd.choice((0.0, 0.5)),
    )


def draw_character(rnd: random.Random) -> Character:
    """Return what people are given to."""
    return Character(
        private=rnd.choice((0.0, 0.0, 0.5)),
        series=rnd.choice((0.0, 0.0, 0.4)),
        far=rnd.choice((0.0, 0.3)),
        deletes=rnd.choice((0.0, 0.1, 0.2)),
        salesforce=rnd.choice((0.0, 0.3, 0.6)),
        restores=rnd.choice((0.0, 0.0, 0.3)),
    )


def draw_faults(rnd: random.Random) -> Faults:
    """Return what is spoiled, and how often."""
    return Faults(
        kill=rnd.choice((0.0, 0.02, 0.06)),
        throttle=rnd.choice((0.0, 0.03)),
        lost=rnd.choice((0.0, 0.03, 0.08)),
        item=rnd.choice((0.0, 0.1)),
        late=rnd.choice((0.0, 0.5)),
        meddle=rnd.choice((0.0, 0.0, 0.1)),
    )
