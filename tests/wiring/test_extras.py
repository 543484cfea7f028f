"""What else goes into an Event is checked by the describe, with the name of the argument."""

from typing import Any

import pytest

from sync.wiring.extras import BadExtra, extras_for

FIELDS = [
    {"name": "Type", "type": "picklist", "createable": True, "length": 40, "restrictedPicklist": True,
     "picklistValues": [{"value": "Call", "active": True}, {"value": "Old", "active": False}]},
    {"name": "Note__c", "type": "string", "createable": True, "length": 5},
    {"name": "Hot__c", "type": "boolean", "createable": True},
    {"name": "Seats__c", "type": "int", "createable": True},
    {"name": "Price__c", "type": "currency", "createable": True},
    {"name": "Due__c", "type": "date", "createable": True},
    {"name": "At__c", "type": "datetime", "createable": True},
    {"name": "Campaign__c", "type": "reference", "createable": True},
    {"name": "CreatedById", "type": "reference", "createable": False},
    {"name": "Subject", "type": "combobox", "createable": True, "length": 255},
]  # fmt: skip
ACCOUNT = "0015g00000AAAAAAA5"


class Describing:
    """A client that knows the describe of Event and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def describe(self, sobject: str) -> dict[str, Any]:
        """Return the describe."""
        assert sobject == "Event"
        self.asked += 1
        return {"fields": FIELDS}


def test_nothing_to_check_asks_nobody() -> None:
    client = Describing()

    assert extras_for(client, "", [], {}) == {}
    assert client.asked == 0


def test_values_come_in_the_types_of_their_fields() -> None:
    wanted = {
        "Type": "Call", "Note__c": "abc", "Hot__c": "TRUE", "Seats__c": "12", "Price__c": "1.50",
        "Due__c": "2026-11-24", "At__c": "2026-11-24T10:00:00+01:00", "Campaign__c": ACCOUNT[:15],
    }  # fmt: skip

    extras = extras_for(Describing(), ACCOUNT[:15], [], wanted)

    assert extras == {
        **wanted, "WhatId": ACCOUNT, "Hot__c": True, "Seats__c": 12, "Price__c": "1.5", "Campaign__c": ACCOUNT,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("Type", "Old", "choose one of Call"),
        ("Note__c", "abcdef", "at most 5 characters"),
        ("Hot__c", "yes", "true or false"),
        ("Seats__c", "1.5", "a whole number"),
        ("Price__c", "a lot", "a number"),
        ("Due__c", "24.11.2026", "a date such as"),
        ("At__c", "2026-11-24T10:00:00", "a time with its offset"),
        ("Campaign__c", "x", "no record id"),
        ("CreatedById", ACCOUNT, "no field of Event that you may fill in"),
        ("Nonsense__c", "1", "no field of Event that you may fill in"),
        ("Subject", "Mine", "filled from Outlook"),
        ("OwnerId", ACCOUNT, "filled from Outlook"),
        ("IsReminderSet", "true", "filled from Outlook"),
    ],
)
def test_value_that_does_not_fit_is_refused_with_what_fits(name: str, text: str, says: str) -> None:
    with pytest.raises(BadExtra, match=says) as refused:
        extras_for(Describing(), "", [], {name: text})

    assert refused.value.field == "field"


@pytest.mark.parametrize(
    ("what", "who", "field"),
    [("x", [], "what"), ("", ["x"], "who"), ("", [ACCOUNT, ACCOUNT], "who")],
)
def test_record_that_cannot_be_related_is_refused(what: str, who: list[str], field: str) -> None:
    with pytest.raises(BadExtra) as refused:
        extras_for(Describing(), what, who, {})

    assert refused.value.field == field
