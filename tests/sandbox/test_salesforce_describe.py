"""The sandbox's own describes against the recorded ones."""

import json
from functools import cache
from typing import Any

import pytest

from sandbox.salesforce.describe import describe_json
from sandbox.salesforce.schema import standard_objects
from tests.shared import CONTRACTS, needs_shared

pytestmark = [pytest.mark.shared_data, needs_shared]

DESCRIBED = ("Event", "Account", "Contact", "Lead", "Opportunity", "Case")
MINIMAL = ("User", "EventRelation")
_LISTS = {"picklistValues", "referenceTo"}
_NOT_KEPT = {"searchPrefilterable", "restrictedDelete", "cascadeDelete"}
"""Which lookups narrow searches and what happens when their target is deleted: the sandbox does not say."""
_OF_OBJECT = (
    "createable", "custom", "deletable", "feedEnabled", "keyPrefix", "label", "labelPlural",
    "mergeable", "name", "queryable", "replicateable", "searchable", "triggerable", "undeletable",
    "updateable",
)  # fmt: skip


@cache
def recorded(name: str) -> dict[str, Any]:
    found = CONTRACTS / "salesforce" / "describe" / f"{name}.describe.json"
    path = found if found.exists() else found.with_name(f"{name}.json")
    body: dict[str, Any] = json.loads(path.read_text())
    inner: dict[str, Any] = body.get("body", body)
    return inner


def ours(name: str) -> dict[str, Any]:
    sobject = standard_objects()[name]
    return describe_json(sobject, list(sobject.fields.values()), "v66.0")


def fields_of(describe: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in describe["fields"]}


@pytest.mark.parametrize("name", DESCRIBED)
def test_each_kept_field_agrees_with_the_recording(name: str) -> None:
    known = fields_of(recorded(name))
    for field_name, field in fields_of(ours(name)).items():
        differing = {
            key: (value, known[field_name][key])
            for key, value in field.items()
            if key not in _LISTS | _NOT_KEPT and known[field_name][key] != value
        }
        assert differing == {}, f"{name}.{field_name}"
        assert set(field) == set(known[field_name])


@pytest.mark.parametrize("name", [*DESCRIBED, *MINIMAL])
def test_picklists_agree_with_the_recording(name: str) -> None:
    known = fields_of(recorded(name))
    for field_name, field in fields_of(ours(name)).items():
        values = [(one["value"], one["defaultValue"]) for one in field["picklistValues"]]
        expected = [
            (one["value"], one["defaultValue"])
            for one in known.get(field_name, {}).get("picklistValues", [])
        ]
        if len(expected) > 400:
            assert {value for value, _ in values} == {value for value, _ in expected}
        elif name == "User":
            assert {value for value, _ in values} <= {value for value, _ in expected}, field_name
        else:
            assert values == expected, f"{name}.{field_name}"


@pytest.mark.parametrize("name", DESCRIBED)
def test_labels_of_picklists_agree_but_for_the_time_zones(name: str) -> None:
    known = fields_of(recorded(name))
    for field_name, field in fields_of(ours(name)).items():
        if field["picklistValues"] and len(field["picklistValues"]) < 400:
            labels = [one["label"] for one in field["picklistValues"]]
            assert labels == [one["label"] for one in known[field_name]["picklistValues"]]


@pytest.mark.parametrize("name", DESCRIBED)
def test_references_point_to_a_part_of_the_recorded_targets(name: str) -> None:
    known = fields_of(recorded(name))
    for field_name, field in fields_of(ours(name)).items():
        assert set(field["referenceTo"]) <= set(known[field_name]["referenceTo"])
        assert bool(field["referenceTo"]) == bool(known[field_name]["referenceTo"]), field_name


@pytest.mark.parametrize("name", MINIMAL)
def test_minimal_describes_agree_in_what_they_say(name: str) -> None:
    known = fields_of(recorded(name))
    checked = 0
    for field_name, field in fields_of(ours(name)).items():
        for key in set(known.get(field_name, {})) & (set(field) - _LISTS - {"defaultValue"}):
            assert field[key] == known[field_name][key], f"{name}.{field_name}.{key}"
            checked += 1
    assert checked > 100


def test_every_field_of_event_is_kept() -> None:
    assert set(fields_of(ours("Event"))) == set(fields_of(recorded("Event")))


@pytest.mark.parametrize("name", DESCRIBED)
def test_object_facts_agree_with_the_recording(name: str) -> None:
    known, mine = recorded(name), ours(name)
    assert {key: mine[key] for key in _OF_OBJECT} == {key: known[key] for key in _OF_OBJECT}


def test_event_has_the_address_for_series() -> None:
    assert "eventSeriesUpdates" in ours("Event")["urls"]
    assert (
        recorded("Event")["recordTypeInfos"][0]["recordTypeId"]
        == (ours("Event")["recordTypeInfos"][0]["recordTypeId"])
    )


def test_child_relationships_are_recorded_ones() -> None:
    for name in DESCRIBED:
        known = {
            (one["relationshipName"], one["childSObject"], one["field"])
            for one in recorded(name)["childRelationships"]
        }
        mine = {
            (one["relationshipName"], one["childSObject"], one["field"])
            for one in ours(name)["childRelationships"]
        }
        assert mine <= known, name


def test_tables_hold_the_zones_of_both_recordings() -> None:
    user = fields_of(ours("User"))["TimeZoneSidKey"]["picklistValues"]
    event = fields_of(ours("Event"))["RecurrenceTimeZoneSidKey"]["picklistValues"]
    assert (len(user), len(event)) == (424, 423)
