"""A browser as a person has it, and the whole product to look at."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.stack import Stack, running_stack

_WITHOUT_THIRD_PARTY_COOKIES = "--test-third-party-cookie-phaseout"
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    _WITHOUT_THIRD_PARTY_COOKIES,
]

# What is awaited goes through a queue and two services; on a busy machine that takes longer than Playwright's 5 seconds.
expect.set_options(timeout=30_000)


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Return where pictures are kept, to be looked at after the run."""
    folder = Path(os.environ.get("SCREENSHOTS") or "build/screenshots").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Yield a Chromium that blocks cookies of other sites.

    It ends with its module: Playwright's loop would stand in the way of other browsers and of Django's database.
    """
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Yield a fresh browser profile."""
    made = browser.new_context(viewport={"width": 1400, "height": 940}, locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Yield a page; what its console calls an error fails the test at the end."""
    opened = context.new_page()
    errors: list[str] = []
    opened.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    assert errors == []


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, chromium: str, test_logs: Path
) -> Iterator[Stack]:
    """Yield the product over a sandbox of its own, with web, worker and clock."""
    folder = tmp_path_factory.mktemp("stack")
    number = 50 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    with running_stack(
        folder, redis_database=number, processes=("web", "worker", "clock")
    ) as running:
        yield running
    for log in folder.glob("*.log"):
        (test_logs / f"{folder.name}-{log.name}").write_bytes(log.read_bytes())
