"""The Side Panel: details, Why?, history, and questions that a person settles."""

from typing import Any

import pytest
from django.test import Client

from sync.models import Conflict, Intent, Link, OutlookSeen
from tests.people import Person, make_organization, make_person
from tests.web.makers import at, get, link, post, read_once, seen, text, today

pytestmark = pytest.mark.django_db


@pytest.fixture
def hanna() -> Person:
    person = make_person(None, make_organization())
    read_once(person.mailbox)
    return person


def _one(person: Person, **more: Any) -> OutlookSeen:
    return seen(person.mailbox, at(today(), 10), at(today(), 11), **more)


def _panel(client: Client, person: Person, row: OutlookSeen) -> str:
    return text(get(client, person.user, f"/app/calendar/events/{row.pk}/"))


def test_details_and_people_are_shown(client: Client, hanna: Person) -> None:
    panel = _panel(client, hanna, _one(hanna))
    for shown in (
        "10:00 \N{EN DASH} 11:00",
        "Berlin",
        "Room 4",
        "Lena Farkas",
        "organizer",
        "Busy",
    ):
        assert shown in panel


def test_why_lists_each_rule_and_what_would_change_it(client: Client, hanna: Person) -> None:
    panel = _panel(client, hanna, _one(hanna, categories=("Do not sync",)))
    assert "It has the category “Do not sync”." in panel
    assert "Would change it: Removing that category." in panel
    assert panel.index("Do not sync”.") < panel.index("Not private.")  # what stops it comes first
    assert "Record anyway" in panel


def test_a_recorded_event_opens_in_salesforce_and_tells_its_history(
    client: Client, hanna: Person
) -> None:
    made = link(_one(hanna), salesforce_id="00U5g00000AAAAAAAA")
    Intent.objects.create(link=made, epoch=1, op="create", status=Intent.Status.DONE)
    Intent.objects.create(
        link=made, epoch=1, op="update", status=Intent.Status.DONE, cause="edit",
        payload={"location": "Room 5"}, before={"location": "Room 4"},
    )  # fmt: skip
    panel = _panel(client, hanna, OutlookSeen.objects.get())
    assert "https://acme.my.salesforce.com/lightning/r/Event/00U5g00000AAAAAAAA/view" in panel
    assert "Recorded in Salesforce" in panel
    assert "Updated in Salesforce" in panel
    assert "Room 5" in panel
    assert "You clicked Record" in panel
    assert "panel-record" not in panel


def test_a_refusal_says_the_cause_and_offers_another_try(client: Client, hanna: Person) -> None:
    row = _one(hanna)
    made = link(
        row, state=Link.State.PENDING_SALESFORCE, salesforce_id=None, recorded_at=None,
        problem="Salesforce refused the value: Next step is needed.",
    )  # fmt: skip
    Intent.objects.create(link=made, epoch=1, op="create", status=Intent.Status.REFUSED)
    panel = _panel(client, hanna, row)
    assert "It could not be written." in panel
    assert "Next step is needed." in panel
    assert "Try again" in panel


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "http://evil.example/", "https:", "data:text/html,x"]
)
def test_a_web_link_that_is_not_https_is_no_link(
    client: Client, hanna: Person, address: str
) -> None:
    panel = _panel(client, hanna, _one(hanna, web_link=address))
    assert "Open in Outlook" not in panel
    assert address not in panel


def test_an_event_that_is_gone_says_so(client: Client, hanna: Person) -> None:
    row = _one(hanna, state="gone")
    assert "Not there any more" in _panel(client, hanna, row)
    assert "Not there any more" in text(get(client, hanna.user, "/app/calendar/events/0/"))


def test_all_events_of_a_day_are_listed(client: Client, hanna: Person) -> None:
    for number in range(5):
        _one(hanna, subject=f"Meeting {number}")
    page = text(get(client, hanna.user, f"/app/calendar/days/{today()}/"))
    assert all(f"Meeting {number}" in page for number in range(5))
    assert get(client, hanna.user, "/app/calendar/days/never/").status_code == 400


def _question(person: Person, **more: Any) -> Link:
    asked = link(_one(person, subject="Deleted talk", state="gone"), state=Link.State.CONFLICT)
    Conflict.objects.create(
        link=asked, field="deleted", losing_side="", reason="It was deleted in Outlook.", **more
    )
    return asked


def test_a_question_offers_keep_first_and_delete_in_two_steps(
    client: Client, hanna: Person
) -> None:
    asked = _question(hanna)
    panel = text(get(client, hanna.user, f"/app/calendar/links/{asked.pk}/"))
    assert "Deleted talk" in panel
    assert panel.index("Keep in Salesforce") < panel.index("Delete 1 in Salesforce")
    assert 'id="sure" class="lp-sure" hidden' in panel


@pytest.mark.parametrize("choice", ["keep", "delete"])
def test_a_choice_is_stored_and_planned_again(client: Client, hanna: Person, choice: str) -> None:
    asked = _question(hanna)
    answer = text(
        post(client, hanna.user, f"/app/calendar/links/{asked.pk}/decide/", choice=choice)
    )
    assert "Settled" in answer
    asked.refresh_from_db()
    assert asked.decided == choice
    assert asked.touched == 2


def test_another_choice_is_refused_by_name(client: Client, hanna: Person) -> None:
    asked = _question(hanna)
    answer = post(client, hanna.user, f"/app/calendar/links/{asked.pk}/decide/", choice="burn")
    assert answer.status_code == 400
    assert text(answer) == "choice: say delete or keep."
    asked.refresh_from_db()
    assert asked.decided == ""


def test_a_settled_question_is_not_settled_again(client: Client, hanna: Person) -> None:
    asked = _question(hanna, state=Conflict.State.SETTLED)
    post(client, hanna.user, f"/app/calendar/links/{asked.pk}/decide/", choice="delete")
    asked.refresh_from_db()
    assert asked.decided == ""


def test_nobody_decides_about_events_of_a_colleague(client: Client, hanna: Person) -> None:
    colleague = make_person(None, hanna.user.organization, name="Ruth Adeyemi")
    asked = _question(colleague)
    answer = text(
        post(client, hanna.user, f"/app/calendar/links/{asked.pk}/decide/", choice="delete")
    )
    assert "Not there any more" in answer
    assert "Deleted talk" not in text(get(client, hanna.user, f"/app/calendar/links/{asked.pk}/"))
    asked.refresh_from_db()
    assert asked.decided == ""


def test_a_meeting_elsewhere_has_its_own_wall_time(client: Client, hanna: Person) -> None:
    row = _one(hanna, zone="Asia/Tokyo")
    assert "Tokyo" in _panel(client, hanna, row)
    assert "Tokyo" not in _panel(client, hanna, _one(hanna, zone="UTC"))


def test_a_long_text_is_cut_and_many_people_are_counted(client: Client, hanna: Person) -> None:
    row = _one(hanna, description="word " * 2000)
    panel = _panel(client, hanna, row)
    assert panel.count("word") < 500


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "http://outlook.example/", "https://[::1", "//evil.example", ""]
)
def test_address_that_is_none_is_no_link(client: Client, link: str) -> None:
    person = make_person(None, make_organization())
    row = seen(person.mailbox, at(today(), 10), at(today(), 11), web_link=link)

    page = text(get(client, person.user, f"/app/calendar/events/{row.pk}/"))

    assert "Open in Outlook" not in page
    assert link == "" or link not in page
