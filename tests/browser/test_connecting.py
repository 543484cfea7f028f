"""Connecting and being let in, in a real browser: two sites, no cookies of other sites, no foreign frames."""

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Page, Route, expect

from tests.stack import PERSON, Stack

pytestmark = pytest.mark.browser

_SOON_MS = 20_000


def _assist(page: Page, stack: Stack) -> FrameLocator:
    """Open the app in Salesforce and go to the connection cards."""
    page.goto(f"{stack.sandbox.url}/salesforce/{PERSON}/linkpoint")
    frame = page.frame_locator('iframe[name^="canvas-frame-"]')
    frame.get_by_role("link", name="Assist").first.click(timeout=_SOON_MS)
    expect(frame.locator("#card-outlook")).to_be_visible(timeout=_SOON_MS)
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

    expect(card).to_contain_text("Connected", timeout=_SOON_MS)
    card.get_by_role("button", name="Test").click()
    expect(card).to_contain_text("4 of 4 passed", timeout=_SOON_MS)
    page.screenshot(path=screenshots / "connect-tested.png")
    assert {cookie["name"] for cookie in context.cookies()} <= {"csrftoken"}


def test_a_foreign_site_cannot_frame_the_app(stack: Stack, context: BrowserContext) -> None:
    with stack.sandbox.world.lock:
        signed = stack.org.signed_request(PERSON)
    page_of_the_thief = f"""<iframe name="f"></iframe>
        <form method="post" action="{stack.url}/canvas/" target="f">
        <input name="signed_request" value="{signed}"></form>"""

    def serve(route: Route) -> None:
        route.fulfill(content_type="text/html", body=page_of_the_thief)

    page = context.new_page()
    refusals: list[str] = []
    page.on("console", lambda said: refusals.append(said.text))
    page.route("http://127.0.0.1:9/thief", serve)
    page.goto("http://127.0.0.1:9/thief")

    page.evaluate("document.forms[0].submit()")

    page.wait_for_event("console", timeout=_SOON_MS)
    assert any("frame-ancestors" in refusal for refusal in refusals)
    assert page.frame_locator("iframe").locator("#screen").count() == 0


def test_the_frame_alone_cannot_be_opened_twice(stack: Stack, page: Page) -> None:
    page.goto(f"{stack.sandbox.url}/salesforce/{PERSON}/linkpoint")
    frame = page.frame_locator('iframe[name^="canvas-frame-"]')
    expect(frame.locator("#screen")).to_be_visible(timeout=_SOON_MS)

    with page.expect_response(lambda answer: answer.url.endswith("/canvas/")) as response:
        page.evaluate("document.querySelector('iframe').contentWindow.length")
        next(each for each in page.frames if "/canvas/" in each.url).evaluate("location.reload()")

    assert response.value.status == 409
    expect(frame.get_by_text("Reload the whole Salesforce page")).to_be_visible()
