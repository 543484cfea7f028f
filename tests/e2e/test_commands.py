"""Operator commands as scripts see them: documents, keys, exit status."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from sandbox.faults import Fault
from sync.models import Run
from tests.e2e.conftest import Desk

RUN_KEYS = {
    "run", "user", "mode", "direction", "planned_only", "considered", "verdicts", "actions", "holds",
    "conflicts", "mails", "calls", "writes",
}  # fmt: skip
STATUS_KEYS = {
    "address", "username", "organization", "mode", "state", "last_run", "next_run", "holds", "conflicts",
}  # fmt: skip


def _run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """Return exit status and document of a command."""
    printed = StringIO()
    status = 0
    try:
        call_command(*arguments, "--json", stdout=printed)
    except CommandError as error:
        status = error.returncode
    document: dict[str, Any] = json.loads(printed.getvalue())
    return status, document


def test_record_prints_action_ids_and_verdicts(desk: Desk) -> None:
    outlook_id = desk.meeting()

    status, told = _run("record", desk.person.address, outlook_id)

    assert (status, told["action"], told["outlook_id"]) == (0, "create", outlook_id)
    assert told["salesforce_id"] == desk.row()["Id"]
    assert {tuple(verdict) for verdict in told["verdicts"]} == {("rule", "outcome", "reason")}


def test_record_relates_and_fills_in_fields(desk: Desk) -> None:
    account = desk.org.create("Account", {"Name": "Acme"}, as_user=desk.person.address)
    contact = desk.org.create(
        "Contact", {"LastName": "Jo", "AccountId": account}, as_user=desk.person.address
    )
    outlook_id = desk.meeting()

    status, _ = _run(
        "record", desk.person.address, outlook_id,
        "--what", account, "--who", contact, "--field", "EventSubtype=Event",
    )  # fmt: skip

    row = desk.row()
    assert (status, row["WhatId"], row["WhoId"]) == (0, account, contact)


def test_record_takes_a_repeated_option_as_several_values(desk: Desk) -> None:
    status, told = _run(
        "record", desk.person.address, desk.meeting(),
        "--field", "EventSubtype=Event", "--field", "Nonsense__c=1",
    )  # fmt: skip
    only_last, _ = _run(
        "record", desk.person.address, desk.meeting(),
        "--field", "Nonsense__c=1", "--field", "EventSubtype=Event",
    )  # fmt: skip

    assert (status, told["error"]["field"]) == (1, "field")
    assert only_last == 1


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--what", "nonsense"], "what"),
        (["--who", "nonsense"], "who"),
        (["--field", "Nonsense__c=1"], "field"),
        (["--field", "Subject=Mine"], "field"),
        (["--field", "IsVisibleInSelfService"], "field"),
    ],
)
def test_record_refuses_what_does_not_fit_by_name(
    desk: Desk, arguments: list[str], field: str
) -> None:
    status, told = _run("record", desk.person.address, desk.meeting(), *arguments)

    assert (status, told["error"]["field"], desk.rows()) == (1, field, [])


def test_record_says_why_it_was_refused(desk: Desk) -> None:
    outlook_id = desk.meeting(sensitivity="private")

    status, told = _run("record", desk.person.address, outlook_id)

    assert (status, told["error"]["type"], told["action"]) == (1, "refused", "none")
    assert told["error"]["next"]
    assert [each["rule"] for each in told["verdicts"] if each["outcome"] == "stop"] == ["private"]


def test_sync_prints_the_whole_document(desk: Desk) -> None:
    desk.meeting(categories=["Record in Salesforce"])
    desk.meeting(sensitivity="private")

    status, told = _run("sync", desk.person.address)

    assert status == 0
    assert set(told) >= RUN_KEYS
    assert (told["considered"], told["verdicts"]) == (2, {"in_scope": 1, "private": 1})
    assert told["writes"] == {"outlook": 0, "salesforce": 1}
    assert told["run"] == str(Run.objects.latest("id").pk)
    assert set(told["actions"][0]) == {
        "n", "side", "op", "outlook_id", "salesforce_id", "occurrence", "fields", "state", "reason",
    }  # fmt: skip


def test_plan_writes_nothing_and_names_what_it_would_do(desk: Desk) -> None:
    outlook_id = desk.meeting("Before")
    desk.record(outlook_id)
    desk.edit(outlook_id, subject="After")
    writes = desk.org.writes

    status, told = _run("sync", desk.person.address, "--plan")

    assert (status, told["planned_only"], desk.org.writes) == (0, True, writes)
    assert [(a["op"], a["state"]) for a in told["actions"]] == [("update", "planned")]


def test_question_that_is_left_ends_with_three(desk: Desk) -> None:
    _run("policy", "set", f"user:{desk.person.address}", "prevent=[]")
    outlook_id = desk.meeting()
    desk.record(outlook_id)
    desk.sync()
    desk.delete(outlook_id)

    status, told = _run("sync", desk.person.address)

    assert status == 3
    assert told["conflicts"][0]["field"] == "deleted"


def test_sync_due_does_what_the_clock_would(desk: Desk) -> None:
    desk.meeting(categories=["Record in Salesforce"])

    status, told = _run("sync_due")
    _, again = _run("sync_due", "--organization", desk.person.user.organization.salesforce_id)

    assert (status, told["mailboxes"], len(told["runs"])) == (0, 1, 1)
    assert told["calls"]["graph_http"] >= 1
    assert again["mailboxes"] == 0


def test_policy_is_set_locked_and_read(desk: Desk) -> None:
    organization = f"organization:{desk.person.user.organization.salesforce_id}"
    _run("policy", "set", organization, "past_days=7", "prevent=[]", "mode=snaprecord")
    _run("policy", "lock", organization, "past_days")

    _, told = _run("policy", "get", f"user:{desk.person.address}", "past_days", "prevent")
    status, refused = _run("policy", "set", f"user:{desk.person.address}", "past_days=14")

    assert told["settings"] == [
        {"name": "past_days", "value": 7, "source": "organization", "state": "locked"},
        {"name": "prevent", "value": [], "source": "organization", "state": "default"},
    ]
    assert (status, refused["error"]["field"]) == (1, "past_days")


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["set", "user:{user}", "nonsense=1"], "nonsense"),
        (["set", "user:{user}", "past_days=3"], "past_days"),
        (["set", "user:{user}", "past_days"], "past_days"),
        (["set", "nobody", "past_days=7"], "target"),
        (["get", "user:nobody@nowhere.example"], "user"),
        (["get", "profile:Nobody@{org}"], "target"),
        (["lock", "user:{user}", "past_days"], "target"),
        (["set", "user:{user}"], "names"),
    ],
)
def test_policy_names_what_does_not_fit(desk: Desk, arguments: list[str], field: str) -> None:
    names = {
        "user": desk.person.address,
        "org": desk.person.user.organization.salesforce_id,
    }

    status, told = _run("policy", *(argument.format(**names) for argument in arguments))

    assert (status, told["error"]["field"]) == (1, field)


def test_why_explains_by_either_id(desk: Desk) -> None:
    outlook_id = desk.meeting()
    made = desk.record(outlook_id)
    assert made.salesforce_id is not None

    for an_id in (outlook_id, made.salesforce_id):
        status, told = _run("why", desk.person.address, an_id)
        assert (status, told["state"], told["item"]["outlook_id"]) == (0, "active", outlook_id)
        assert told["would_sync_if"] == []


def test_why_hides_what_is_private(desk: Desk) -> None:
    outlook_id = desk.meeting(sensitivity="private")
    desk.sync()

    _, told = _run("why", desk.person.address, outlook_id)

    assert told["item"]["subject"] is None
    assert told["would_sync_if"]


def test_status_tells_how_each_mailbox_is_doing(desk: Desk) -> None:
    desk.sync()

    status, told = _run("status", "--user", desk.person.address)

    (mailbox,) = told["mailboxes"]
    assert status == 0
    assert set(mailbox) >= STATUS_KEYS
    assert (mailbox["mode"], mailbox["state"], mailbox["conflicts"]) == ("snaprecord", "active", 0)
    assert mailbox["last_run"] < mailbox["next_run"]


def test_service_that_is_away_is_a_failure_with_a_way_out(desk: Desk) -> None:
    desk.sandbox.world.faults.add(Fault(path="delta", status=503, times=-1))

    status, told = _run("sync", desk.person.address)

    assert (status, told["error"]["type"]) == (1, "try_later")
    assert told["error"]["next"]


@pytest.mark.parametrize("command", ["sync", "record", "why"])
def test_unknown_user_is_named(desk: Desk, command: str) -> None:
    more = [] if command == "sync" else ["an-id"]

    status, told = _run(command, "nobody@nowhere.example", *more)

    assert (status, told["error"]["field"]) == (1, "user")
