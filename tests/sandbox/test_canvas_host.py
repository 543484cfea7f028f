"""The Canvas host without a browser: the signed request, and the pages around it."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Request

from sandbox.pages.salesforce import handle
from sandbox.salesforce.signed_request import issued_at
from sandbox.world import World
from tests.sandbox.emulated_org import HANNA, JONAS, KEY, ORG_ID, SECRET, event
from tests.shared import CONTRACTS, needs_shared

CANVAS = CONTRACTS / "salesforce" / "canvas"
APP = "http://localhost:8000/canvas/"
HOME = "/salesforce/hanna.weiss@acme.example"


@pytest.fixture
def world() -> World:
    world = World()
    world.clock.move_to(datetime(2026, 11, 25, 8, tzinfo=UTC), freeze=True)
    org = world.salesforce.add_org(
        organization_id=ORG_ID, consumer_key=KEY, consumer_secret=SECRET, app_url=APP
    )
    org.add_user(username=HANNA, name="Hanna Weiss", time_zone="Europe/Berlin")
    org.add_user(username=JONAS, name="Jonas Lindqvist")
    return world


@pytest.fixture
def browser(world: World) -> Client:
    return Client(Request.application(lambda request: handle(world, request)))


def opened(signed_request: str) -> dict[str, Any]:
    """Return the payload of a signed request whose signature holds."""
    signature, body = signed_request.split(".", 1)
    digest = hmac.new(SECRET.encode(), body.encode(), hashlib.sha256).digest()
    assert base64.b64decode(signature, validate=True) == digest
    payload: dict[str, Any] = json.loads(base64.b64decode(body, validate=True))
    return payload


def posted(answer: TestResponse) -> dict[str, Any]:
    """Return the payload of the form that a page posts into the frame."""
    assert answer.status_code == 200
    return opened(Inputs.of(answer.text)["signed_request"])


class Inputs(HTMLParser):
    """Collects the values of a page's inputs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("name"):
            self.found[str(given["name"])] = given.get("value") or ""

    @classmethod
    def of(cls, text: str) -> dict[str, str]:
        parser = cls()
        parser.feed(text)
        return parser.found


def shape(value: object) -> object:
    """Return the keys of a payload in their order, down to where the caller's data begin."""
    if isinstance(value, dict):
        return {name: shape(inside) for name, inside in value.items()}
    return None


@pytest.mark.shared_data
@needs_shared
def test_payload_has_the_recorded_keys_in_the_recorded_order(world: World) -> None:
    recorded = json.loads((CANVAS / "context-2018-previewer.json").read_text())["payload"]
    payload = opened(world.salesforce.orgs[ORG_ID].signed_request(HANNA))
    assert json.dumps(shape(payload)) == json.dumps(shape(recorded))


@pytest.mark.shared_data
@needs_shared
def test_signing_gives_the_recorded_signature() -> None:
    vector = json.loads((CANVAS / "signed-request-vector-2013.json").read_text())
    signature, body = vector["signed_request"].split(".", 1)
    secret = vector["consumer_secret"].encode()
    made = hmac.new(secret, body.encode(), hashlib.sha256).digest()
    assert base64.b64encode(made).decode() == signature


@pytest.mark.shared_data
@needs_shared
def test_issue_stamp_follows_the_observations() -> None:
    lines = (CANVAS / "issuedAt-observations.tsv").read_text().splitlines()[1:]
    for line in lines:
        columns = line.split("\t")
        moment = datetime.fromisoformat(columns[-1])
        drift = issued_at(moment) - int(columns[1])
        assert abs(drift) < 1000, columns[0]


def test_identities_are_those_of_the_org(world: World) -> None:
    org = world.salesforce.orgs[ORG_ID]
    payload = opened(org.signed_request(HANNA))
    context = payload["context"]
    assert len(payload["userId"]) == len(context["organization"]["organizationId"]) == 18
    assert len(context["user"]["profileId"]) == 15
    assert payload["client"]["instanceUrl"] == "https://acme.my.salesforce.com"
    assert context["links"]["enterpriseUrl"].endswith(ORG_ID[:15])
    assert context["environment"]["record"] == {}
    assert org.session(payload["client"]["oauthToken"]) is not None


def test_record_page_is_told_to_the_app(world: World) -> None:
    org = world.salesforce.orgs[ORG_ID]
    contact = org.create("Contact", {"LastName": "Hartmann"}, HANNA)
    record = opened(org.signed_request(HANNA, contact))["context"]["environment"]["record"]
    assert record["attributes"]["type"] == "Contact"
    assert (record["Id"], record["Name"]) == (contact, "Hartmann")


def test_members_can_be_replaced_before_signing(world: World) -> None:
    org = world.salesforce.orgs[ORG_ID]
    text = org.signed_request(
        HANNA,
        issuedAt=None,
        client__instanceId="_:other",
        context__organization__organizationId="00D000000000001",
    )
    payload = opened(text)
    assert payload["issuedAt"] is None
    assert payload["client"]["instanceId"] == "_:other"
    assert payload["context"]["organization"]["organizationId"] == "00D000000000001"
    with pytest.raises(ValueError, match="username"):
        org.signed_request("nobody")
    with pytest.raises(ValueError, match="record_id"):
        org.signed_request(HANNA, "003000000000001AAA")


def test_first_page_offers_the_people(browser: Client) -> None:
    text = browser.get("/salesforce/").text
    assert f'data-username="{HANNA}"' in text
    assert f'data-username="{JONAS}"' in text
    answer = browser.get(f"/salesforce/?user={HANNA}")
    assert answer.headers["Location"].endswith("/linkpoint")


def test_canvas_tab_posts_into_a_frame_of_the_right_name(browser: Client) -> None:
    answer = browser.get(f"{HOME}/linkpoint")
    assert '<iframe name="canvas-frame-_:LinkPoint:j_id0:j_id1:canvasapp"' in answer.text
    assert f'action="{APP}"' in answer.text
    assert posted(answer)["context"]["user"]["userName"] == HANNA


def test_refresh_gives_a_new_signed_request(browser: Client) -> None:
    first = posted(browser.get(f"{HOME}/linkpoint"))
    refreshed = browser.post(f"{HOME}/canvas/refresh").json
    assert refreshed is not None
    payload = opened(refreshed["signed_request"])
    assert payload["client"]["oauthToken"] != first["client"]["oauthToken"]
    context = browser.get(f"{HOME}/canvas/context").json
    assert context is not None
    assert context["user"]["userName"] == HANNA


def test_user_who_approved_nothing_is_launched_by_get(browser: Client, world: World) -> None:
    world.salesforce.switches.set("canvas_self_authorize", value=True)
    text = browser.get(f"{HOME}/linkpoint").text
    assert f'data-get="{APP}?_sfdc_canvas_authvalue=user_approval_required"' in text
    assert Inputs.of(text)["signed_request"] == ""
    world.salesforce.act(HANNA, "approve")
    assert posted(browser.get(f"{HOME}/linkpoint"))


def test_record_page_launches_with_the_record(browser: Client, world: World) -> None:
    org = world.salesforce.orgs[ORG_ID]
    contact = org.create("Contact", {"LastName": "Hartmann"}, HANNA)
    record_id = org.create("Event", event("Visit", WhoId=contact), HANNA)
    answer = browser.get(f"{HOME}/record/{contact}")
    assert posted(answer)["context"]["environment"]["record"]["Id"] == contact
    assert f'data-event-id="{record_id}"' in answer.text
    assert browser.get(f"{HOME}/record/003000000000001AAA").status_code == 404


@pytest.mark.parametrize("tab", ["contacts", "leads", "accounts", "opportunities"])
def test_lists_lead_to_records(browser: Client, world: World, tab: str) -> None:
    org = world.salesforce.orgs[ORG_ID]
    account = org.create("Account", {"Name": "<b>Nordlicht</b>"}, HANNA)
    fields: dict[str, dict[str, object]] = {
        "contacts": {"LastName": "Hartmann", "AccountId": account},
        "leads": {"LastName": "Okafor", "Company": "Brightpath"},
        "accounts": {"Name": "Fjord"},
        "opportunities": {"Name": "Deal", "StageName": "New", "CloseDate": "2026-12-01"},
    }
    kinds = {"contacts": "Contact", "leads": "Lead", "accounts": "Account"}
    record_id = org.create(kinds.get(tab, "Opportunity"), fields[tab], HANNA)
    text = browser.get(f"{HOME}/{tab}").text
    assert f'data-record-id="{record_id}"' in text
    assert "<b>Nordlicht</b>" not in text, "what people type is escaped"


def form(**changes: str) -> dict[str, str]:
    return {
        "subject": "Visit",
        "start_date": "2026-11-26",
        "start_time": "10:00",
        "end_date": "2026-11-26",
        "end_time": "10:45",
        "location": "Hamburg",
        "description": "a\r\nb",
        "show_as": "Busy",
        **changes,
    }


def test_person_makes_changes_and_deletes_an_event(browser: Client, world: World) -> None:
    org = world.salesforce.orgs[ORG_ID]
    made = browser.post(f"{HOME}/event/new", data=form())
    assert made.headers["Location"].endswith("/calendar?date=2026-11-26")
    [row] = org.rows("Event")
    assert row["StartDateTime"] == "2026-11-26T09:00:00.000+0000", "10:00 in Berlin"
    assert (row["DurationInMinutes"], row["Description"]) == (45, "a\nb")
    assert row["OwnerId"] == row["CreatedById"]
    browser.post(f"{HOME}/event/{row['Id']}", data=form(subject="Moved", start_time="10:15"))
    [row] = org.rows("Event")
    assert (row["Subject"], row["DurationInMinutes"]) == ("Moved", 30)
    browser.post(f"{HOME}/event/{row['Id']}/delete")
    assert org.rows("Event") == []


def test_saving_touches_only_what_was_changed(browser: Client, world: World) -> None:
    org = world.salesforce.orgs[ORG_ID]
    record_id = org.create("Event", event(LinkPoint_Key__c="k", ReminderDateTime=None), HANNA)
    values = Inputs.of(browser.get(f"{HOME}/event/{record_id}").text)
    values = {name: value for name, value in values.items() if name not in {"all_day", "private"}}
    browser.post(f"{HOME}/event/{record_id}", data={**values, "subject": "new", "show_as": "Busy"})
    [row] = org.rows("Event")
    assert (row["Subject"], row["LinkPoint_Key__c"]) == ("new", "k")
    assert row["StartDateTime"] == "2026-11-26T09:00:00.000+0000"


def test_all_day_event_keeps_its_days_in_the_form(browser: Client, world: World) -> None:
    org = world.salesforce.orgs[ORG_ID]
    browser.post(f"{HOME}/event/new", data=form(all_day="on", end_date="2026-11-28"))
    [row] = org.rows("Event")
    assert (row["IsAllDayEvent"], row["DurationInMinutes"]) == (True, 3 * 1440)
    values = Inputs.of(browser.get(f"{HOME}/event/{row['Id']}").text)
    assert (values["start_date"], values["end_date"]) == ("2026-11-26", "2026-11-28")
    week = browser.get(f"{HOME}/calendar").text
    assert week.count(f'data-event-id="{row["Id"]}"') == 3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start_date": "soon"}, "Start date: must be a date"),
        ({"end_time": "late"}, "End time: must be a time"),
        ({"end_time": "09:00"}, "End time: must not be before the start"),
        ({"subject": "x" * 256}, "STRING_TOO_LONG"),
    ],
)
def test_refused_form_says_why_and_keeps_what_was_typed(
    browser: Client, world: World, changes: dict[str, str], words: str
) -> None:
    answer = browser.post(f"{HOME}/event/new", data=form(**changes))
    assert answer.status_code == 400
    assert words in answer.text
    assert Inputs.of(answer.text)["location"] == "Hamburg"
    assert world.salesforce.orgs[ORG_ID].rows("Event") == []


def test_calendar_shows_the_persons_own_week(browser: Client, world: World) -> None:
    org = world.salesforce.orgs[ORG_ID]
    mine = org.create("Event", event("<i>mine</i>", LinkPoint_Key__c="k1"), HANNA)
    theirs = org.create("Event", event("theirs"), JONAS)
    week = browser.get(f"{HOME}/calendar").text
    assert f'data-event-id="{mine}" data-key="k1"' in week
    assert "&lt;i&gt;mine" in week
    assert "10:00 - 10:30" in week
    assert theirs not in week
    assert mine not in browser.get(f"{HOME}/calendar?date=2026-12-05").text
    assert browser.get(f"{HOME}/event/{theirs}").status_code == 404


def test_unknown_people_tabs_and_files_are_not_found(browser: Client) -> None:
    for path in ("/salesforce/nobody/linkpoint", f"{HOME}/nothing", "/salesforce/static/x.css"):
        assert browser.get(path).status_code == 404
    assert browser.get("/salesforce/static/salesforce.css").status_code == 200


def test_pages_allow_no_inline_script(browser: Client) -> None:
    answer = browser.get(f"{HOME}/calendar")
    assert "unsafe-inline" not in answer.headers["Content-Security-Policy"]
    assert "style=" not in answer.text
    assert "onclick" not in answer.text
