"""The SOQL that is understood, and the errors for the rest."""

import pytest

from tests.sandbox.emulated_org import HANNA, JONAS, Emulation, event, json_of, list_of


@pytest.fixture
def world() -> Emulation:
    """Return three events of Hanna's: Alpha, beta and Gamma, on three days, two of them with a contact."""
    world = Emulation()
    org = world.org
    account = org.create("Account", {"Name": "Nordlicht", "BillingCity": "Hamburg"}, HANNA)
    contact = org.create(
        "Contact",
        {"FirstName": "Lena", "LastName": "O'Hara", "Email": "L@N.example", "AccountId": account},
        HANNA,
    )
    org.create("Event", event("Alpha", WhoId=contact, LinkPoint_Key__c="a"), HANNA)
    world.clock.pass_by(minutes=1)
    later = {"StartDateTime": "2026-11-27T09:00:00Z", "Location": "50% off_\\ here"}
    org.create("Event", event("beta", WhatId=account, **later), HANNA)
    world.clock.pass_by(minutes=1)
    org.create("Event", event("Gamma", StartDateTime="2026-12-24T09:00:00Z", ShowAs="Free"), HANNA)
    return world


def subjects(world: Emulation, where: str) -> list[str]:
    soql = f"SELECT Subject FROM Event WHERE {where} ORDER BY StartDateTime"  # noqa: S608 - SOQL
    return world.api().column(soql)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Subject = 'ALPHA'", ["Alpha"]),
        ("Subject != 'Alpha'", ["beta", "Gamma"]),
        ("Subject LIKE '%a'", ["Alpha", "beta", "Gamma"]),
        ("Subject LIKE '_eta'", ["beta"]),
        (r"Location LIKE '50\% off\_\\%'", ["beta"]),
        ("Location = null", ["Alpha", "Gamma"]),
        ("NOT Location = null", ["beta"]),
        ("LinkPoint_Key__c = 'A'", []),
        ("LinkPoint_Key__c IN ('a', 'b')", ["Alpha"]),
        ("Subject NOT IN ('Alpha')", ["beta", "Gamma"]),
        ("ShowAs = 'Free' OR (Subject = 'Alpha' AND IsPrivate = false)", ["Alpha", "Gamma"]),
        ("StartDateTime >= 2026-11-27T09:00:00Z", ["beta", "Gamma"]),
        ("StartDateTime > 2026-11-27T10:00:00+01:00", ["Gamma"]),
        ("ActivityDate < 2026-11-27", ["Alpha"]),
        ("SystemModstamp >= 2026-11-25T08:01:00.000+0000", ["beta", "Gamma"]),
        ("DurationInMinutes = 30 AND IsChild = false", ["Alpha", "beta", "Gamma"]),
        ("StartDateTime = TOMORROW", ["Alpha"]),
        ("StartDateTime = NEXT_N_DAYS:5", ["Alpha", "beta"]),
        ("ActivityDate > NEXT_MONTH", []),
        ("ActivityDate = NEXT_MONTH", ["Gamma"]),
        ("Who.Name = 'Lena O\\'Hara'", ["Alpha"]),
        ("Who.Email LIKE 'l@n.%'", ["Alpha"]),
        ("Account.BillingCity = 'Hamburg'", ["Alpha", "beta"]),
        ("Owner.Name = 'Hanna Weiss'", ["Alpha", "beta", "Gamma"]),
        ("WhoId IN (SELECT Id FROM Contact WHERE Email = 'l@n.example')", ["Alpha"]),
        ("Who.Type = 'Contact'", ["Alpha"]),
    ],
)
def test_condition_finds_the_right_rows(world: Emulation, where: str, found: list[str]) -> None:
    assert subjects(world, where) == found


def test_ids_of_both_lengths_are_equal(world: Emulation) -> None:
    [contact] = world.org.rows("Contact")
    assert subjects(world, f"WhoId = '{str(contact['Id'])[:15]}'") == ["Alpha"]


def test_row_has_the_selected_fields_in_their_order(world: Emulation) -> None:
    soql = "select subject, id, owner.name, owner.email, who.name, What.Type from event limit 1"
    [row] = world.api().query(soql)["records"]
    assert list(row) == ["attributes", "Subject", "Id", "Owner", "Who", "What"]
    assert row["attributes"]["url"] == f"/services/data/v66.0/sobjects/Event/{row['Id']}"
    assert list(row["Owner"]) == ["attributes", "Name", "Email"]
    assert row["What"] is None


def test_order_limit_and_offset(world: Emulation) -> None:
    column = world.api().column
    assert column("SELECT Subject FROM Event ORDER BY Subject DESC") == ["Gamma", "beta", "Alpha"]
    assert column("SELECT Subject FROM Event ORDER BY Location, Subject") == [
        "Alpha",
        "Gamma",
        "beta",
    ]
    assert column("SELECT Subject FROM Event ORDER BY Location NULLS LAST, Subject DESC") == [
        "beta",
        "Gamma",
        "Alpha",
    ]
    assert column("SELECT Subject FROM Event ORDER BY Subject LIMIT 1 OFFSET 1") == ["beta"]


def test_counts_and_groups(world: Emulation) -> None:
    query = world.api().query
    assert query("SELECT COUNT() FROM Event") == {"totalSize": 3, "done": True, "records": []}
    [total] = query("SELECT COUNT(Id), MAX(StartDateTime) latest FROM Event")["records"]
    assert (total["expr0"], total["latest"]) == (3, "2026-12-24T09:00:00.000+0000")
    groups = query("SELECT ShowAs, COUNT(Id) n FROM Event GROUP BY ShowAs")["records"]
    assert [(row["ShowAs"], row["n"]) for row in groups] == [("Busy", 2), ("Free", 1)]


def test_children_come_with_their_parent(world: Emulation) -> None:
    soql = "SELECT Name, (SELECT Subject FROM Events WHERE ShowAs = 'Busy') FROM Contact"
    [row] = world.api().query(soql)["records"]
    assert [child["Subject"] for child in row["Events"]["records"]] == ["Alpha"]
    [none] = world.api().query("SELECT Name, (SELECT Id FROM Opportunities) FROM Contact")[
        "records"
    ]
    assert none["Opportunities"] is None


def test_fields_function_stands_for_all(world: Emulation) -> None:
    [row] = world.api().query("SELECT FIELDS(ALL) FROM Event LIMIT 1")["records"]
    assert len(row) == 1 + 48 + 1
    answer = world.api().call("GET", "query", query_string={"q": "SELECT FIELDS(ALL) FROM Event"})
    assert answer.status_code == 400


def test_query_all_shows_deleted_rows(world: Emulation) -> None:
    [first] = [row for row in world.org.rows("Event") if row["Subject"] == "Alpha"]
    world.org.delete("Event", str(first["Id"]), HANNA)
    soql = "SELECT Subject, IsDeleted FROM Event WHERE IsDeleted = true"
    assert world.api().query(soql)["totalSize"] == 0
    [row] = world.api().query(soql, everything=True)["records"]
    assert (row["Subject"], row["IsDeleted"]) == ("Alpha", True)


def test_scope_mine_leaves_others_out(world: Emulation) -> None:
    world.switch("public_calendars", value=True)
    api = world.api(JONAS)
    assert api.query("SELECT Id FROM Event")["totalSize"] == 3
    assert api.query("SELECT Id FROM Event USING SCOPE mine")["totalSize"] == 0


def refusal(world: Emulation, soql: str) -> tuple[str, str]:
    answer = world.api().call("GET", "query/", query_string={"q": soql})
    [error] = list_of(answer)
    assert answer.status_code == 400
    return error["errorCode"], error["message"]


def test_error_points_at_the_place(world: Emulation) -> None:
    code, message = refusal(world, "SELECT Id,\n  Foo FROM Event")
    assert code == "INVALID_FIELD"
    assert message.startswith("\n  Foo FROM Event\n  ^\nERROR at Row:2:Column:3\n")
    assert "No such column 'Foo' on entity 'Event'" in message


@pytest.mark.parametrize(
    ("soql", "code"),
    [
        ("SELECT Id FROM Nothing", "INVALID_TYPE"),
        ("SELECT Id FROM Event WHERE Nope.Name = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Event WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Event ORDER BY Description", "INVALID_FIELD"),
        ("SELECT Id FROM Event WHERE StartDateTime > '2026-11-25T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Event WHERE StartDateTime > 2026-11-25", "INVALID_FIELD"),
        ("SELECT Id FROM Event WHERE IsPrivate = 'true'", "INVALID_FIELD"),
        ("SELECT Id FROM Event WHERE Subject = Alpha", "INVALID_FIELD"),
        ("SELECT Id, Id FROM Event", "INVALID_FIELD"),
        ("SELECT Id FROM Event WHERE StartDateTime > 2026-11-25T00:00:00", "MALFORMED_QUERY"),
        (r"SELECT Id FROM Event WHERE Subject = 'a\qb'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Event WHERE Subject = 'open", "MALFORMED_QUERY"),
        ("SELECT FROM Event", "MALFORMED_QUERY"),
        ("SELECT Id FROM Event WHERE", "MALFORMED_QUERY"),
        ("SELECT Id FROM Event LIMIT x", "MALFORMED_QUERY"),
        ("SELECT Id FROM Event OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
        ("DELETE FROM Event", "MALFORMED_QUERY"),
        ("SELECT Id FROM Event WHERE Subject = '" + "x" * 4000 + "'", "MALFORMED_QUERY"),
        ("", "MALFORMED_QUERY"),
    ],
)
def test_unreadable_query_is_refused(world: Emulation, soql: str, code: str) -> None:
    assert refusal(world, soql)[0] == code


def test_escapes_are_read(world: Emulation) -> None:
    world.org.create("Event", event('O\'Hara \\ "x" é'), HANNA)
    assert subjects(world, r"""Subject = 'O\'Hara \\ \"x\" \u00e9'""") == ['O\'Hara \\ "x" é']


def test_pages_lead_to_all_rows(world: Emulation) -> None:
    world.switch("page_cap", 2)
    api = world.api()
    first = api.query("SELECT Subject FROM Event ORDER BY Subject")
    assert (first["totalSize"], first["done"], len(first["records"])) == (3, False, 2)
    address = first["nextRecordsUrl"]
    assert address.startswith("/services/data/v66.0/query/01g")
    assert address.endswith("-2")
    world.org.create("Event", event("Aaa, too late for these pages"), HANNA)
    rest = json_of(api.call("GET", address.removeprefix("/services/data/v66.0/")))
    assert (rest["done"], [row["Subject"] for row in rest["records"]]) == (True, ["Gamma"])
    assert api.refusal("GET", "query/01g000000000000AAA-2")[1] == "INVALID_QUERY_LOCATOR"


def test_two_long_texts_make_small_pages(world: Emulation) -> None:
    for number in range(201):
        world.org.create("Event", event(f"n{number}"), HANNA)
    api = world.api()
    wide = "SELECT Id, Description, Recurrence2PatternText FROM Event"
    assert len(api.query(wide)["records"]) == 200
    assert len(api.query("SELECT Id, Description FROM Event")["records"]) == 204
    headers = {"Sforce-Query-Options": "batchSize=200"}
    answer = api.call("GET", "query?q=SELECT+Id+FROM+Event", headers=headers)
    assert len(json_of(answer)["records"]) == 200
