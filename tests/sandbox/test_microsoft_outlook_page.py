"""The Outlook page: what a person does there happens in the mailbox."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from sandbox.microsoft.recurrence import DAYS
from sandbox.pages.outlook_form import REPEAT
from sandbox.server import Sandbox
from tests.sandbox.graph import ADDRESS, TENANT, event, weekly

JONAS = "jonas@acme.example"
FORM = {
    "title": "Review <b>",
    "start_date": "2026-12-01",
    "start_time": "09:00",
    "end_date": "2026-12-01",
    "end_time": "10:30",
    "repeat": "",
    "until": "",
    "location": "Room Elbe",
    "attendees": "",
    "categories": "Customer",
    "sensitivity": "private",
    "show_as": "oof",
    "description": "one\r\ntwo",
}


@pytest.fixture(autouse=True)
def _now(server: Sandbox) -> None:
    server.world.clock.move_to(datetime(2026, 12, 2, 8, tzinfo=UTC), freeze=True)
    server.world.microsoft.add_mailbox(tenant_id=TENANT, address=JONAS, name="Jonas Lindqvist")


def get(server: Sandbox, path: str = "", who: str = ADDRESS) -> str:
    answer = requests.get(f"{server.url}/outlook/{who}/{path}", timeout=10)
    assert answer.status_code == 200
    return answer.text


def post(server: Sandbox, path: str, form: dict[str, str], who: str = ADDRESS) -> requests.Response:
    url = f"{server.url}/outlook/{who}/{path}"
    return requests.post(url, data=form, timeout=10, allow_redirects=False)


def events(server: Sandbox, who: str = ADDRESS) -> list[dict[str, Any]]:
    return server.world.microsoft.events(who)


def test_people_are_shown_to_choose_from(server: Sandbox) -> None:
    page = requests.get(f"{server.url}/outlook/", timeout=10).text

    assert f'href="/outlook/{ADDRESS}/"' in page
    assert "Jonas Lindqvist" in page


def test_week_shows_events_where_they_stand(server: Sandbox) -> None:
    made = server.world.microsoft.create_event(ADDRESS, event("Breakfast <script>"))
    server.world.microsoft.create_event(
        ADDRESS, event("In a week", "2026-12-09T09:00:00", "2026-12-09T10:00:00")
    )

    page = get(server)

    block = re.search(f'data-event-id="{made["id"]}"[^>]*--from: (\\d+); --length: (\\d+)', page)
    assert block is not None
    assert block.groups() == ("540", "60")
    assert "Breakfast &lt;script&gt;" in page
    assert "In a week" not in page
    assert "In a week" in get(server, "?week=2026-12-09")


def test_all_day_event_stands_on_each_of_its_days(server: Sandbox) -> None:
    days = event("Fair", "2026-12-01T00:00:00", "2026-12-04T00:00:00", isAllDay=True)
    server.world.microsoft.create_event(ADDRESS, days)

    assert get(server).count(">Fair</span>") == 3


def test_form_creates_what_was_filled_in(server: Sandbox) -> None:
    answer = post(server, "new", FORM | {"record": "1"})

    made = events(server)[0]
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        f"/outlook/{ADDRESS}/?week=2026-11-30&done=created",
    )
    assert made["subject"] == "Review <b>"
    assert made["start"]["dateTime"] == "2026-12-01T08:00:00.0000000"
    assert made["categories"] == ["Record in Salesforce", "Customer"]
    assert (made["sensitivity"], made["showAs"]) == ("private", "oof")
    assert made["bodyPreview"] == "one\r\ntwo"


def test_all_day_form_ends_on_the_day_it_names(server: Sandbox) -> None:
    post(server, "new", FORM | {"all_day": "1", "end_date": "2026-12-02"})

    made = events(server)[0]
    assert made["isAllDay"] is True
    assert made["end"]["dateTime"][:10] == "2026-12-02"  # 3 December, midnight in Berlin


@pytest.mark.parametrize("repeat", [name for name in REPEAT if name])
def test_form_creates_a_series(server: Sandbox, repeat: str) -> None:
    post(server, "new", FORM | {"repeat": repeat, "until": "2027-12-31"})

    made = events(server)[0]
    assert made["type"] == "seriesMaster"
    assert made["recurrence"]["range"]["endDate"] == "2027-12-31"
    assert set(made["recurrence"]["pattern"]["daysOfWeek"]) <= set(DAYS[:5])


def test_edit_sends_only_what_was_changed(server: Sandbox) -> None:
    html = {"contentType": "html", "content": "<p>Keep <b>this</b></p>"}
    made = server.world.microsoft.create_event(
        ADDRESS, event(body=html, attendees=[{"emailAddress": {"address": JONAS}}])
    )
    server.world.microsoft.mails.clear()
    page = get(server, f"event/{made['id']}")
    form = {
        "title": "Review",
        "start_date": "2026-12-01",
        "start_time": "09:00",
        "end_date": "2026-12-01",
        "end_time": "10:00",
        "attendees": JONAS,
        "show_as": "free",
        "sensitivity": "normal",
        "description": "Keep this",
    }

    answer = post(server, f"event/{made['id']}", form)

    changed = events(server)[0]
    assert 'value="Review"' in page
    assert answer.status_code == 303
    assert changed["showAs"] == "free"
    assert "<b>this</b>" in changed["body"]["content"]
    assert server.world.microsoft.mails == []


def test_one_occurrence_is_changed_or_deleted_alone(server: Sandbox) -> None:
    server.world.microsoft.create_event(ADDRESS, weekly())
    ids = re.findall(r'data-event-id="([^"]+)"', get(server, "?week=2026-12-08"))
    page = get(server, f"event/{ids[0]}")

    post(server, f"event/{ids[0]}", {"action": "delete"})

    assert "One occurrence of a series: Every week on Tue, 4 times" in page
    assert "Open the series" in page
    assert len(events(server)) == 1
    assert "data-event-id" not in get(server, "?week=2026-12-08")


@pytest.mark.parametrize(
    ("action", "response"), [("accept", "accepted"), ("tentativelyAccept", "tentativelyAccepted")]
)
def test_invitation_is_answered(server: Sandbox, action: str, response: str) -> None:
    guests = [{"emailAddress": {"address": JONAS}}]
    server.world.microsoft.create_event(ADDRESS, event(attendees=guests))
    copy = events(server, JONAS)[0]
    page = get(server, f"event/{copy['id']}", JONAS)

    post(server, f"event/{copy['id']}", {"action": action}, JONAS)

    assert "Invitation of Hanna Weiss" in page
    assert events(server, JONAS)[0]["responseStatus"]["response"] == response
    assert "<td>response</td>" in get(server, "mails")


def test_attendee_can_record_an_invitation_but_not_rename_it(server: Sandbox) -> None:
    guests = [{"emailAddress": {"address": JONAS}}]
    server.world.microsoft.create_event(ADDRESS, event(attendees=guests))
    copy = events(server, JONAS)[0]

    form = FORM | {"title": "Mine", "record": "1", "categories": ""}
    answer = post(server, f"event/{copy['id']}", form, JONAS)

    kept = events(server, JONAS)[0]
    assert answer.status_code == 303
    assert (kept["subject"], kept["categories"]) == ("Review", ["Record in Salesforce"])


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"title": " "}, "Title"),
        ({"start_date": "soon"}, "Start date"),
        ({"end_time": "25:00"}, "End time"),
        ({"end_date": "2026-11-30"}, "End"),
        ({"attendees": "nobody"}, "Attendees"),
        ({"repeat": "hourly"}, "Repeat"),
        ({"show_as": "asleep"}, "showAs"),
    ],
)
def test_wrong_field_is_named_and_nothing_is_lost(
    server: Sandbox, wrong: dict[str, str], named: str
) -> None:
    answer = post(server, "new", FORM | wrong)

    assert answer.status_code == 400
    assert f'role="alert">{named}' in answer.text
    assert 'value="Room Elbe"' in answer.text
    assert events(server) == []


def test_calendar_file_is_uploaded_and_reported(server: Sandbox) -> None:
    lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", "SUMMARY:From a file"]
    lines += ["DTSTART:20261201T080000Z", "END:VEVENT", "BEGIN:VTODO", "UID:t", "END:VTODO"]
    content = "\r\n".join([*lines, "END:VCALENDAR", ""])
    url = f"{server.url}/outlook/{ADDRESS}/import"

    report = requests.post(url, files={"file": ("my.ics", content)}, timeout=10)
    nothing = requests.post(url, files={"file": ("my.ics", "text")}, timeout=10)

    assert "a task is not an event" in report.text
    assert [one["subject"] for one in events(server)] == ["From a file"]
    assert (nothing.status_code, "holds no calendar" in nothing.text) == (400, True)


@pytest.mark.parametrize(
    "path",
    ["outlook/nobody@acme.example/", f"outlook/{ADDRESS}/event/nonsense", f"outlook/{ADDRESS}/x"],
)
def test_what_is_not_there_is_told(server: Sandbox, path: str) -> None:
    assert requests.get(f"{server.url}/{path}", timeout=10).status_code == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [("outlook.css", 200), ("outlook.js", 200), ("..%2Foutlook.py", 404), ("nothing.css", 404)],
)
def test_only_files_of_the_pages_are_served(server: Sandbox, name: str, status: int) -> None:
    assert requests.get(f"{server.url}/outlook/static/{name}", timeout=10).status_code == status
