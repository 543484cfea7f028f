"""SOSL and parameterized search, as far as they are emulated."""

from typing import Any

import pytest

from tests.sandbox.emulated_org import HANNA, Emulation, json_of


@pytest.fixture
def world() -> Emulation:
    world = Emulation()
    account = world.org.create("Account", {"Name": "Nordlicht Solar"}, HANNA)
    for first, email in (("Lena", "lena@nordlicht.example"), ("Milan", "m@other.example")):
        fields = {"FirstName": first, "LastName": "Hartmann", "Email": email, "AccountId": account}
        world.org.create("Contact", fields, HANNA)
    world.org.create("Lead", {"LastName": "Hartmann", "Company": "B"}, HANNA)
    return world


def sosl(world: Emulation, text: str) -> list[dict[str, Any]]:
    answer = json_of(world.api().call("GET", "search/", query_string={"q": text}))
    found: list[dict[str, Any]] = answer["searchRecords"]
    return found


def test_words_are_found_in_the_named_objects(world: Emulation) -> None:
    found = sosl(world, "FIND {hartmann} IN NAME FIELDS RETURNING Contact(Id, Name), Lead(Name)")
    assert [row["attributes"]["type"] for row in found] == ["Contact", "Contact", "Lead"]
    assert list(found[0]) == ["attributes", "Id", "Name"]
    assert list(found[2]) == ["attributes", "Name"]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("FIND {lena hartmann} RETURNING Contact", 1),
        ("FIND {len*} RETURNING Contact", 1),
        ("FIND {len} RETURNING Contact", 0),
        (r"FIND {lena\@nordlicht.example} IN EMAIL FIELDS RETURNING Contact(Id), Lead(Id)", 1),
        ("FIND {nordlicht} IN NAME FIELDS RETURNING Contact", 0),
        ("FIND {nordlicht}", 2),
        ("FIND {hartmann} RETURNING Contact(Name WHERE FirstName = 'Lena' LIMIT 5)", 1),
        ("FIND {hartmann} RETURNING Contact(Id), Lead(Id) LIMIT 2", 2),
    ],
)
def test_search_finds_whole_words_and_wildcards(world: Emulation, text: str, number: int) -> None:
    assert len(sosl(world, text)) == number


def test_parameters_by_get_and_post(world: Emulation) -> None:
    arguments = {"q": "lena", "sobject": "Contact,Lead", "Contact.fields": "Id,Email"}
    got = json_of(world.api().call("GET", "parameterizedSearch/", query_string=arguments))
    assert [row["Email"] for row in got["searchRecords"]] == ["lena@nordlicht.example"]
    body = {"q": "hartmann", "sobjects": [{"name": "Contact", "fields": ["Name"], "limit": 1}]}
    posted = json_of(world.api().call("POST", "parameterizedSearch", json=body))
    assert len(posted["searchRecords"]) == 1


@pytest.mark.parametrize("text", ["", "FIND hartmann", "FIND {x}", "FIND {ab} RETURNING (Id)"])
def test_unreadable_search_is_refused(world: Emulation, text: str) -> None:
    refusal = world.api().refusal("GET", "search", query_string={"q": text})
    assert refusal[:2] == (400, "MALFORMED_SEARCH")
