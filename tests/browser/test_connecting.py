"""Connecting and being let in, in a real browser: two sites, no cookies of other sites, no foreign frames."""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from tests.stack import PERSON, Stack

pytestmark = pytest.mark.browser


def _assist(page: Page, stack: Stack) -> FrameLocator:
    """Open the app in Salesforce and go to the connection cards."""
    page.goto(f"{stack.sandbox.url}/salesforce/{PERSON}/linkpoint")
    frame = page.frame_locator('iframe[name^="canvas-frame-"]')
    frame.get_by_role("link", name="Assist").first.click()
    expect(frame.locator("#card-outlook")).to_be_visible()
    return frame


def test_outlook_is_disconnected_and_connected_again_without_leaving_salesforce(
    stack: Stack, page: Page, context: BrowserContext, screenshots: Path
) -> None:
    frame = _assist(page, stack)
    card = frame.locator("#card-outlook")

    card.get_by_role("button", name="Disconnect").click()
    expect(card).to_contain_text("0 events are deleted")
    card.get_by_role("button", name="Disconnect Outlook").click()
    expect(card).to_contain_text("You disconnected Outlook.")

    card.get_by_role("button", name="Sign in to Microsoft").click()
    with context.expect_page() as opened:
        card.get_by_role("link", name="Continue in a new window").click()
    window = opened.value
    window.get_by_role("combobox").select_option(PERSON)
    window.get_by_role("button", name="Accept").click()
    expect(window.get_by_role("heading", name="Connect this mailbox?")).to_be_visible()
    window.screenshot(path=screenshots / "connect-confirm.png")
    window.get_by_role("button", name=f"Connect {PERSON}").click()
    expect(window.get_by_role("heading", name="Outlook is connected")).to_be_visible()

    expect(card).to_contain_text("Connected")
    card.get_by_role("button", name="Test").click()
    expect(card).to_contain_text("4 of 4 passed")
    page.screenshot(path=screenshots / "connect-tested.png")
    assert {cookie["name"] for cookie in context.cookies()} <= {"csrftoken"}


def test_form_of_the_approval_page_leads_to_salesforce(
    stack: Stack, context: BrowserContext
) -> None:
    page = context.new_page()  # whose console may say that the first answer was 404
    page.goto(f"{stack.url}/connect/approve/?domain=globex.my.salesforce.com")

    page.get_by_label("Address of your Salesforce").fill("acme.my.salesforce.com")
    page.get_by_role("button", name="Go to Salesforce").click()

    page.wait_for_url(f"{stack.sandbox.url}/services/oauth2/authorize?*")


@contextmanager
def _site(body: str) -> Iterator[str]:
    """Serve one page on a port of its own, and give its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *words: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_foreign_site_cannot_frame_the_app(stack: Stack, context: BrowserContext) -> None:
    with stack.sandbox.world.lock:
        signed = stack.org.signed_request(PERSON)
    form = f"""<iframe name="f"></iframe><form method="post" action="{stack.url}/canvas/" target="f">
        <input name="signed_request" value="{signed}"></form>"""
    page = context.new_page()

    with _site(form) as foreign:
        page.goto(foreign)
        with page.expect_event("requestfailed") as failed:
            page.evaluate("document.forms[0].submit()")

    assert failed.value.url == f"{stack.url}/canvas/"
    assert failed.value.failure == "net::ERR_BLOCKED_BY_RESPONSE"


def test_the_frame_alone_cannot_be_opened_twice(stack: Stack, context: BrowserContext) -> None:
    page = context.new_page()  # whose console may say that the answer was 409
    page.goto(f"{stack.sandbox.url}/salesforce/{PERSON}/linkpoint")
    frame = page.frame_locator('iframe[name^="canvas-frame-"]')
    expect(frame.locator("#screen")).to_be_visible()

    with page.expect_response(lambda answer: answer.url.endswith("/canvas/")) as response:
        next(each for each in page.frames if "/canvas/" in each.url).evaluate("location.reload()")

    assert response.value.status == 409
    expect(frame.get_by_text("Reload the whole Salesforce page")).to_be_visible()


def test_admin_signs_in_under_the_strict_policy(
    stack: Stack, context: BrowserContext, screenshots: Path
) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "createsuperuser", "--noinput", "--username", "admin"],
        env=stack.environment
        | {"DJANGO_SUPERUSER_PASSWORD": "hush-admin", "DJANGO_SUPERUSER_EMAIL": PERSON},
        check=True,
        capture_output=True,
    )
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.goto(f"{stack.url}/admin/accounts/mailbox/")
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill("hush-admin")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("link", name=PERSON).first).to_be_visible()
    page.screenshot(path=screenshots / "admin-mailboxes.png")
    page.goto(f"{stack.url}/admin/rq/")
    expect(page.get_by_role("link", name="interactive", exact=True).first).to_be_visible()
    page.screenshot(path=screenshots / "admin-queues.png")
    assert [text for text in said if "Content Security Policy" in text] == []
