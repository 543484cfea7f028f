"""The main job, as two people see it in a browser: record an Outlook event, and see later edits arrive."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, FrameLocator, Locator, Page, expect

from tests.stack import ORGANIZATION, PERSON, ZONE, Stack, wait_until

pytestmark = pytest.mark.browser


def _today_at(hour: int, minute: int = 0) -> datetime:
    local = datetime.now(ZoneInfo(ZONE))
    return local.replace(hour=hour, minute=minute, second=0, microsecond=0)


def _new_event(stack: Stack, subject: str, start: datetime, **more: Any) -> str:
    end = start + timedelta(hours=1)
    made: dict[str, Any] = stack.sandbox.world.microsoft.create_event(
        PERSON,
        {
            "subject": subject,
            "start": {"dateTime": f"{start:%Y-%m-%dT%H:%M:%S}", "timeZone": ZONE},
            "end": {"dateTime": f"{end:%Y-%m-%dT%H:%M:%S}", "timeZone": ZONE},
            **more,
        },
    )
    return str(made["id"])


def _open(page: Page, stack: Stack) -> FrameLocator:
    page.goto(f"{stack.sandbox.url}/salesforce/{PERSON}/linkpoint")
    frame = page.frame_locator('iframe[name^="canvas-frame-"]')
    expect(frame.locator("#calendar .lp-ev").first).to_be_visible()
    return frame


def _card(frame: FrameLocator, subject: str) -> Locator:
    return frame.locator(".lp-ev", has_text=subject).first


def _rows(stack: Stack) -> list[dict[str, Any]]:
    with stack.sandbox.world.lock:
        return [dict(row) for row in stack.org.rows("Event")]


def _sync_soon(stack: Stack, subjects: set[str]) -> None:
    wait_until(
        lambda: subjects <= {str(row["Subject"]) for row in _rows(stack)},
        what=f"{subjects} in Salesforce",
    )


def test_one_click_records_an_event_and_outlook_edits_follow(
    stack: Stack, page: Page, context: BrowserContext, screenshots: Path
) -> None:
    start = _today_at(14)
    outlook_id = _new_event(
        stack, "Pump station: offer", start, location={"displayName": "Room Elbe"}
    )

    frame = _open(page, stack)
    card = _card(frame, "Pump station: offer")
    expect(card).to_have_attribute("data-state", "open")
    page.screenshot(path=screenshots / "1-before.png")
    card.get_by_role("button", name="Record").click()
    expect(_card(frame, "Pump station: offer")).to_have_attribute("data-state", "recorded")
    page.screenshot(path=screenshots / "2-recorded.png")

    [row] = [row for row in _rows(stack) if row["Subject"] == "Pump station: offer"]
    users = stack.org.rows("User")
    owner = next(user["Id"] for user in users if user["Username"] == PERSON)
    assert row["StartDateTime"] == f"{start.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000+0000"
    assert row["DurationInMinutes"] == 60
    assert row["OwnerId"] == owner
    assert str(row["LinkPoint_Key__c"]).startswith(f"{ORGANIZATION}:")
    page.get_by_role("link", name="Calendar", exact=True).first.click()
    expect(page.get_by_text("Pump station: offer").first).to_be_visible()
    page.screenshot(path=screenshots / "3-in-salesforce.png")

    _edit_in_outlook(stack, outlook_id)
    _sync_soon(stack, {"Pump station: offer, second round"})
    _untouched_by_salesforce_edits(stack, outlook_id, str(row["Id"]))
    assert [cookie for cookie in context.cookies() if cookie["domain"] == "localhost"] == []


def _edit_in_outlook(stack: Stack, outlook_id: str) -> None:
    stack.sandbox.world.microsoft.update_event(
        PERSON, outlook_id, {"subject": "Pump station: offer, second round"}
    )


def _untouched_by_salesforce_edits(stack: Stack, outlook_id: str, salesforce_id: str) -> None:
    """An edit in Salesforce stays there; the next Outlook edit of another field leaves it alone."""
    microsoft = stack.sandbox.world.microsoft
    stack.org.update("Event", salesforce_id, {"Location": "Somewhere else"}, as_user=PERSON)
    microsoft.update_event(PERSON, outlook_id, {"subject": "Pump station: third round"})

    _sync_soon(stack, {"Pump station: third round"})

    [row] = [row for row in _rows(stack) if row["Id"] == salesforce_id]
    [event] = [event for event in microsoft.events(PERSON) if event["id"] == outlook_id]
    assert row["Location"] == "Somewhere else"
    assert event["location"]["displayName"] == "Room Elbe"
    assert microsoft.writes == 0
    assert list(microsoft.mails) == []


@pytest.mark.parametrize(
    ("policy", "left"), [("keep", ["Visit"]), ("mark", ["Cancelled: Visit"]), ("delete", [])]
)
def test_a_deletion_in_outlook_follows_the_policy(
    stack: Stack, page: Page, policy: str, left: list[str]
) -> None:
    stack.manage("policy", "set", f"user:{PERSON}", "prevent=[]", f"outlook_deleted={policy}")
    # In another week: beside the event of the other test, a third one in a row is folded away.
    outlook_id = _new_event(stack, "Visit", _today_at(14) + timedelta(days=7))
    mine = stack.manage("record", PERSON, outlook_id)["salesforce_id"]

    stack.sandbox.world.microsoft.delete_event(PERSON, outlook_id)

    def subjects() -> list[str]:
        return [str(row["Subject"]) for row in _rows(stack) if row["Id"] == mine]

    wait_until(lambda: subjects() == left, what=f"{left} after {policy}")
    assert stack.sandbox.world.microsoft.writes == 0
    assert list(stack.sandbox.world.microsoft.mails) == []
