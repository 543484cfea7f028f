"""The screens in a real browser, inside the page of Salesforce, which is another site and allows no cookie."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, FrameLocator, Page, sync_playwright
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from sync.models import Intent, Link, OutlookSeen
from tests.people import Person, make_organization, make_person, org_of
from tests.web.makers import at, link, read_once, seen, today

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.filterwarnings("ignore:No directory at"),  # static files come from their sources
]
WIDTHS = (320, 380, 768, 1023, 1024, 1280, 1600)


@dataclass
class Desk:
    """A browser with the page of Salesforce open, and what its console said."""

    page: Page
    person: Person
    said: list[str] = field(default_factory=list)

    @property
    def app(self) -> FrameLocator:
        """Return our frame."""
        return self.page.frame_locator("iframe[data-canvas-frame]")

    def inside(self, script: str) -> Any:
        """Return what a script answers inside our frame."""
        frame = next(one for one in self.page.frames if one.name.startswith("canvas-frame-"))
        return frame.evaluate(script)

    def until(self, script: str) -> None:
        """Wait until a script inside our frame is true."""
        for _ in range(160):  # wait_for_function would evaluate a text, which our policy refuses
            if self.inside(script):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never true: {script}")

    def focused(self) -> str:
        """Return the id of the element that has the focus."""
        return str(self.inside("document.activeElement.id"))


@pytest.fixture
def browser(chromium: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    # Playwright keeps an event loop in this thread, in which Django would refuse its database.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    # A connection that the browser keeps open would keep one to the database as well.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", 0)
    with sync_playwright() as driver:
        opened = driver.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        yield opened
        opened.close()
        connections.close_all()  # beside a running loop Django opens connections of their own


@pytest.fixture
def hanna(sandbox: Any, live_server: LiveServer) -> Person:
    person = make_person(sandbox, make_organization(sandbox))
    org = org_of(sandbox, person.user.organization)
    org.app.app_url = live_server.url.replace("127.0.0.1", "localhost") + "/canvas/"
    read_once(person.mailbox)
    return person


@contextmanager
def opened(
    browser: Browser, sandbox: Any, person: Person, *, width: int = 1280, bypass_csp: bool = False
) -> Iterator[Desk]:
    """Open the tab of Salesforce with our app in it."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, bypass_csp=bypass_csp, reduced_motion="reduce"
    )
    page = context.new_page()
    desk = Desk(page, person)
    page.on("console", lambda message: _note(desk, message))
    page.on("pageerror", lambda error: desk.said.append(str(error)))
    page.goto(f"{sandbox.url}/salesforce/{person.address}/linkpoint")
    try:
        yield desk
        assert context.cookies() == []
    finally:
        context.close()


def _note(desk: Desk, message: ConsoleMessage) -> None:
    ours = "//localhost" in message.location["url"]
    if message.type in ("error", "warning") and ours:
        desk.said.append(message.text)


def _one(person: Person, hour: int = 10, **more: Any) -> OutlookSeen:
    return seen(person.mailbox, at(today(), hour), at(today(), hour + 1), **more)


def _settle(row: OutlookSeen) -> None:
    """Do what a worker does in the database once Salesforce has taken the event."""
    made = Link.objects.get(outlook_id=row.outlook_id)
    Intent.objects.create(link=made, epoch=1, op="create", status=Intent.Status.DONE)
    made.state, made.salesforce_id, made.planned = (
        Link.State.ACTIVE,
        "00U5g00000AAAAAAAA",
        made.touched,
    )
    made.save()


def test_a_click_records_and_the_badge_changes_without_a_reload(
    browser: Browser, sandbox: Any, hanna: Person
) -> None:
    row = _one(hanna)
    with opened(browser, sandbox, hanna) as desk:
        card = desk.app.locator(f"[data-event='{row.pk}']")
        card.hover()
        card.locator(".lp-record").dblclick()
        desk.until(
            f"document.querySelector(\"[data-event='{row.pk}']\").dataset.state === 'waiting'"
        )
        assert desk.focused().endswith("-open")
        assert Link.objects.count() == 1
        _settle(row)
        desk.until(
            f"document.querySelector(\"[data-event='{row.pk}']\").dataset.state === 'recorded'"
        )
        desk.app.locator("#toasts").get_by_text("Recorded: Brightwater: tender").wait_for()
        desk.until("document.getElementById('announce').textContent.startsWith('Recorded')")
        desk.until("document.querySelector('#panel [data-panel]').dataset.state === 'recorded'")
        assert desk.said == []


def test_ten_events_can_be_recorded_in_a_row_by_key(
    browser: Browser, sandbox: Any, hanna: Person
) -> None:
    rows = [_one(hanna, hour, subject=f"Visit {hour}") for hour in range(8, 18)]
    with opened(browser, sandbox, hanna) as desk:
        first = desk.app.locator(f"[data-event='{rows[0].pk}'] .lp-ev__open")
        first.focus()
        for number, row in enumerate(rows):
            assert str(row.pk) in desk.focused()
            desk.page.keyboard.press("r")
            desk.until(
                f"document.querySelector(\"[data-event='{row.pk}']\").dataset.state === 'waiting'"
            )
            if number + 1 < len(rows):
                desk.page.keyboard.press("ArrowDown")
        assert Link.objects.count() == 10


def test_keys_open_why_and_give_the_focus_back(
    browser: Browser, sandbox: Any, hanna: Person
) -> None:
    row = _one(hanna, categories=("Do not sync",))
    with opened(browser, sandbox, hanna) as desk:
        desk.app.locator(f"[data-event='{row.pk}'] .lp-ev__open").focus()
        origin = desk.focused()
        desk.page.keyboard.press("w")
        desk.until("document.activeElement.id === 'panel-h'")
        assert desk.app.locator("#why").get_attribute("open") is not None
        assert "Do not sync" in desk.app.locator("#why").inner_text()
        desk.page.keyboard.press("Escape")
        assert desk.focused() == origin


def test_keys_go_through_the_weeks_and_can_be_switched_off(
    browser: Browser, sandbox: Any, hanna: Person
) -> None:
    _one(hanna)
    with opened(browser, sandbox, hanna) as desk:
        title = desk.app.locator("#week-h").inner_text()
        desk.app.locator("#go-today").focus()
        desk.page.keyboard.press("]")
        desk.until(f"document.getElementById('week-h').innerText !== {title!r}")
        assert desk.focused() == "go-next"
        desk.page.keyboard.press("t")
        desk.until(f"document.getElementById('week-h').innerText === {title!r}")
        desk.page.keyboard.press("?")
        desk.app.locator("#keys-on").uncheck()
        desk.page.keyboard.press("Escape")
        desk.page.keyboard.press("]")
        desk.page.wait_for_timeout(300)
        assert desk.app.locator("#week-h").inner_text() == title


def test_nothing_is_wider_than_the_frame(browser: Browser, sandbox: Any, hanna: Person) -> None:
    link(_one(hanna, subject="x" * 200, location="y" * 200))
    for _ in range(4):
        _one(hanna, 11)
    seen(hanna.mailbox, today(), today() + timedelta(days=2), subject="Trade fair " * 9)
    with opened(browser, sandbox, hanna) as desk:
        desk.app.locator("#week-h").wait_for()
        desk.app.locator(".lp-ev__open").first.click()
        desk.app.locator("#panel-h").wait_for()
        for width in WIDTHS:
            desk.page.set_viewport_size({"width": width, "height": 900})
            desk.until("document.documentElement.scrollWidth <= window.innerWidth")
            # Text beyond the edge would be cut off without a way to reach it.
            assert desk.inside("document.querySelector('#main').scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("width", [1280, 380])
def test_axe_finds_nothing(browser: Browser, sandbox: Any, hanna: Person, width: int) -> None:
    link(_one(hanna, 9))
    refused = link(_one(hanna, 10), state="pending_salesforce", salesforce_id=None, problem="No.")
    Intent.objects.create(link=refused, epoch=1, op="create", status=Intent.Status.REFUSED)
    _one(hanna, 11, sensitivity="private")
    _one(hanna, 12, categories=("Do not sync",))
    _one(hanna, 13, is_cancelled=True)
    _one(hanna, 14)
    with opened(browser, sandbox, hanna, width=width, bypass_csp=True) as desk:
        desk.app.locator("#week-h").wait_for()
        _expect_no_findings(desk)
        desk.app.locator(f"[data-event='{_pk(refused)}'] .lp-ev__open").click()
        desk.app.locator("#panel-h").wait_for()
        _expect_no_findings(desk)


def test_a_session_that_ended_is_renewed_and_the_request_repeated(
    browser: Browser, sandbox: Any, hanna: Person, settings: Settings
) -> None:
    row = _one(hanna)
    with opened(browser, sandbox, hanna) as desk:
        desk.app.locator("#week-h").wait_for()
        settings.SECRET_KEY = "hush-another-secret-key-that-no-old-token-was-signed-with"
        card = desk.app.locator(f"[data-event='{row.pk}']")
        card.hover()
        card.locator(".lp-record").click()
        desk.until(
            f"document.querySelector(\"[data-event='{row.pk}']\").dataset.state === 'waiting'"
        )
        assert Link.objects.count() == 1
        assert desk.app.locator("#session-lost").is_hidden()


def test_a_session_that_cannot_be_renewed_is_said(
    browser: Browser, sandbox: Any, hanna: Person, settings: Settings
) -> None:
    row = _one(hanna)
    with opened(browser, sandbox, hanna) as desk:
        desk.app.locator("#week-h").wait_for()
        settings.SECRET_KEY = "hush-another-secret-key-that-no-old-token-was-signed-with"
        desk.page.route("**/canvas/refresh**", lambda route: route.fulfill(status=500))
        desk.app.locator(f"[data-event='{row.pk}'] .lp-ev__open").click()
        desk.app.locator("#session-lost").wait_for()
        assert "could not be renewed" in desk.app.locator("#session-lost").inner_text()
        assert "Brightwater: tender" in desk.app.locator("#grid").inner_text()


def test_without_a_network_the_page_says_so_and_stays(
    browser: Browser, sandbox: Any, hanna: Person
) -> None:
    row = _one(hanna)
    with opened(browser, sandbox, hanna) as desk:
        desk.app.locator("#week-h").wait_for()
        desk.page.context.set_offline(True)
        desk.app.locator(f"[data-event='{row.pk}'] .lp-ev__open").click()
        desk.app.locator("#offline").wait_for()
        assert "You are offline." in desk.app.locator("#offline").inner_text()
        desk.page.context.set_offline(False)
        desk.app.locator("#offline").wait_for(state="hidden")


def test_an_edit_in_outlook_shows_by_itself_and_the_place_is_kept(
    browser: Browser, sandbox: Any, hanna: Person
) -> None:
    row = _one(hanna)
    with opened(browser, sandbox, hanna) as desk:
        desk.app.locator("#week-h").wait_for()
        desk.app.locator(f"[data-event='{row.pk}'] .lp-ev__open").focus()
        origin, place = desk.focused(), desk.inside("document.getElementById('grid').scrollTop")
        row.fields = {**row.fields, "subject": "Renamed in Outlook"}
        row.save()
        desk.inside("window.LinkPoint.poll()")
        desk.app.get_by_text("Renamed in Outlook").wait_for()
        assert desk.focused() == origin
        assert desk.inside("document.getElementById('grid').scrollTop") == place


def _pk(of: Link) -> int:
    return OutlookSeen.objects.get(outlook_id=of.outlook_id).pk


def _expect_no_findings(desk: Desk) -> None:
    result = Axe().run(desk.page)
    found = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in _violations(result)]
    assert found == []


def _violations(result: Any) -> list[dict[str, Any]]:
    """Return what axe found inside our frame; the page around it is not ours."""
    found = []
    for violation in result.response["violations"]:
        nodes = [node for node in violation["nodes"] if len(node["target"]) > 1]
        if nodes:
            found.append({**violation, "nodes": nodes})
    return found
