"""The Canvas host in a real browser: launch across two sites, and every message of the protocol."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, sync_playwright

from sandbox.salesforce.org import Org
from tests.sandbox.emulated_org import HANNA, KEY, ORG_ID, SECRET, event

pytestmark = pytest.mark.browser

APP_PAGE = b"""<!doctype html><meta charset="utf-8"><title>App</title><h1>App</h1><script>
window.answers = [];
window.addEventListener("message", (event) => window.answers.push(JSON.parse(event.data)));
window.say = (seq, body) => parent.postMessage(JSON.stringify({
  seq, src: "client", clientVersion: "41.0", parentVersion: "", targetModule: "Canvas",
  body: {config: {client: {oauthToken: "null", instanceId: window.name.slice(13), targetOrigin: "*"}}, ...body},
}), "*");
</script>"""


class _App(BaseHTTPRequestHandler):
    """A stand-in for the product: remembers how it was launched."""

    def do_GET(self) -> None:
        self._answer("GET " + self.path)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self._answer("POST " + self.rfile.read(length).decode()[:15])

    def _answer(self, launch: str) -> None:
        launches: list[str] = self.server.launches  # type: ignore[attr-defined]
        if "favicon" not in launch:
            launches.append(launch)
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(APP_PAGE)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - name of the base class
        """Stay quiet."""


@pytest.fixture
def app() -> Iterator[Any]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _App)
    server.launches = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join(timeout=5)
    server.server_close()


@pytest.fixture
def org(sandbox: Any, app: Any) -> Org:
    made: Org = sandbox.world.salesforce.add_org(
        organization_id=ORG_ID,
        my_domain="acme",
        consumer_key=KEY,
        consumer_secret=SECRET,
        app_url=f"http://localhost:{app.server_port}/canvas/",
    )
    made.add_user(username=HANNA, name="Hanna Weiss")
    return made


@pytest.fixture
def page(chromium: str) -> Iterator[Page]:
    flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.set_default_timeout(10_000)
        yield page
        browser.close()


def launched(page: Page, sandbox: Any, path: str = "linkpoint") -> Frame:
    """Open a tab as Hanna and return the frame of the app."""
    page.goto(f"{sandbox.url}/salesforce/{HANNA}/{path}")
    page.frame_locator("[data-canvas-frame]").get_by_role("heading", name="App").wait_for()
    frame = page.frame(name="canvas-frame-_:LinkPoint:j_id0:j_id1:canvasapp")
    assert frame is not None
    return frame


def said(frame: Frame, seq: int, body: dict[str, object]) -> dict[str, Any]:
    """Send a message as the app and return its answer."""
    frame.evaluate("([seq, body]) => window.say(seq, body)", [seq, body])
    found = "(seq) => window.answers.find((one) => one.seq === seq)"
    answer = frame.wait_for_function(found, arg=seq)
    value: dict[str, Any] = answer.json_value()
    return value


def test_app_is_launched_by_post_from_another_site(
    page: Page, sandbox: Any, org: Org, app: Any
) -> None:
    frame = launched(page, sandbox)
    assert app.launches == ["POST signed_request="]
    assert page.url.startswith("http://127.0.0.1:")
    assert frame.url.startswith("http://localhost:")


def test_messages_are_answered_as_the_sdk_expects(page: Page, sandbox: Any, org: Org) -> None:
    frame = launched(page, sandbox)
    context = said(frame, 1, {"type": "ctx", "accessToken": "null"})
    assert (context["type"], context["status"]) == ("callback", 200)
    assert context["payload"]["user"]["userName"] == HANNA
    fresh = said(frame, 2, {"type": "refresh"})
    assert fresh["payload"]["response"].count(".") == 1
    said(frame, 3, {"type": "resize", "size": {"height": "1234px", "width": "100%"}})
    assert page.locator("[data-canvas-frame]").bounding_box()["height"] >= 1234  # type: ignore[index]
    said(frame, 4, {"type": "subscribe", "subscriptions": [{"name": "my.news"}]})
    said(frame, 5, {"type": "publish", "event": {"name": "my.news", "payload": {"a": 1}}})
    heard = "() => window.answers.find((one) => one.type === 'event')"
    assert frame.wait_for_function(heard).json_value() == {
        "type": "event",
        "payload": {"name": "my.news", "method": "onData", "payload": {"a": 1}},
    }
    assert said(frame, 6, {"type": "ajax", "url": "/x"})["status"] == 501


def test_repost_launches_again(page: Page, sandbox: Any, org: Org, app: Any) -> None:
    sandbox.world.salesforce.switches.set("canvas_self_authorize", value=True)
    frame = launched(page, sandbox)
    assert app.launches == ["GET /canvas/?_sfdc_canvas_authvalue=user_approval_required"]
    with page.expect_request(lambda request: request.method == "POST" and "canvas/" in request.url):
        frame.evaluate("window.say(1, {type: 'repost', refresh: true})")
    page.wait_for_function(
        "document.querySelector('[data-canvas-log]').textContent.includes('posted')"
    )
    page.frame_locator("[data-canvas-frame]").get_by_role("heading", name="App").wait_for()
    assert app.launches[-1].startswith("POST signed_request")


def test_person_works_in_the_calendar(page: Page, sandbox: Any, org: Org) -> None:
    org.create("Event", event("Not this week", StartDateTime="2020-01-01T09:00:00Z"), HANNA)
    page.goto(f"{sandbox.url}/salesforce/{HANNA}/calendar")
    page.get_by_role("link", name="New event").click()
    page.get_by_label("Subject").fill("Site visit")
    page.get_by_label("Location").fill("Hamburg")
    page.get_by_role("button", name="Save").click()
    page.locator("[data-event-id]", has_text="Site visit").click()
    page.get_by_label("Subject").fill("Site visit, moved")
    page.get_by_role("button", name="Save").click()
    block = page.locator("[data-event-id]", has_text="Site visit, moved")
    block.wait_for()
    block.click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Calendar").wait_for()
    assert page.locator("[data-event-id]").count() == 0
    assert [row["Subject"] for row in org.rows("Event")] == ["Not this week"]
