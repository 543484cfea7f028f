"""What became private in Outlook: its text is kept nowhere, wherever the worker ends (promise 11)."""

import pytest

from sync.core.settings import SettingValue
from sync.engine.ports import CreateSalesforce, UpdateSalesforce
from tests.engine.desk import Desk, Fault, call, linked

TEXT = "Merger of the companies"


def remembered(desk: Desk) -> str:
    """Return everything that is stored, as text."""
    rows = desk.store.rows
    return f"{rows.links} {rows.intents} {rows.conflicts} {rows.seen}"


@pytest.mark.parametrize("kind", ["", "lose", "kill after"])
def test_text_of_a_write_that_was_open_goes_when_the_redaction_is_known(kind: str) -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"subject": TEXT})
    desk.cycle(Fault(call(UpdateSalesforce), "kill"))
    desk.outlook.edit(event, {"sensitivity": "private"})

    desk.cycle(Fault(call(UpdateSalesforce), kind))
    desk.clock.ms += 5_000
    desk.cycle()

    assert row.fields["subject"] == "Busy"
    assert TEXT not in remembered(desk)


def test_text_of_an_event_that_is_deleted_for_being_private_is_not_kept() -> None:
    settings: dict[str, SettingValue] = {"became_private": "delete", "prevent": ()}
    desk, event, row = linked(**settings)
    desk.outlook.edit(event, {"subject": TEXT})
    desk.cycle()
    desk.clock.ms += 5_000
    desk.outlook.edit(event, {"sensitivity": "private"})

    desk.cycle()
    desk.cycle()

    assert row.dead
    assert len(desk.salesforce.rows) == 1
    assert TEXT not in str(desk.store.rows.intents[-1])


def test_event_that_became_private_and_too_long_loses_its_text() -> None:
    desk, event, row = linked()
    desk.outlook.edit(event, {"sensitivity": "private", "end": "2026-12-24T10:00:00Z"})

    desk.cycle()

    assert row.fields["subject"] == "Busy"
    assert row.fields["end"] != "2026-12-24T10:00:00Z"


@pytest.mark.parametrize("private", ["skip", "time_only"])
def test_create_of_what_became_private_meanwhile_is_not_sent_as_it_was(private: str) -> None:
    desk = Desk(private=private)
    event = desk.event({"subject": TEXT})
    desk.record(event, Fault(call(CreateSalesforce), "kill"))
    desk.outlook.edit(event, {"sensitivity": "private"})

    for _ in range(2):
        desk.cycle()

    assert TEXT not in str([row.past for row in desk.salesforce.rows.values()])
    assert TEXT not in remembered(desk)
    assert len(desk.live) == (private == "time_only")
