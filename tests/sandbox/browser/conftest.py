"""One browser and one sandbox for the tests of a file, and a tab for each test.

Without Chromium they are skipped, but never in CI. `CHROMIUM` names another one than that of the path.
"""

import os
import shutil
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from sandbox.page.server import Page as Sandbox
from sandbox.page.server import workspace_page
from sandbox.slack.views import close_view
from tests import quick
from tests.sandbox.browser.acts import PATIENCE, look

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_CHROMIUM = "no Chromium here: install Debian's package chromium, or set CHROMIUM"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """Run one browser for all tests; without one they are skipped, but never in CI."""
    if not CHROMIUM:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(NO_CHROMIUM)
    expect.set_options(timeout=PATIENCE)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield running
        await running.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def sandbox() -> AsyncIterator[Sandbox]:
    """Serve the page, with a bot whose pauses are short."""
    async with workspace_page(program=quick.program()) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def context(browser: Browser, sandbox: Sandbox) -> AsyncIterator[BrowserContext]:
    """Give one test its own tabs, in which nothing may go wrong unseen, a bot that runs, and no old form."""
    await sandbox.acts.start_bot()
    sandbox.ends.kore.clear_faults()
    for view in sandbox.ends.slack.workspace.views.values():
        close_view(sandbox.ends.slack.workspace, view)
    fresh = await browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    fresh.set_default_timeout(PATIENCE)
    complaints: list[str] = []
    fresh.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    fresh.on("weberror", lambda error: complaints.append(str(error.error)))
    yield fresh
    await fresh.close()
    assert complaints == []


@pytest_asyncio.fixture(loop_scope="module")
async def page(context: BrowserContext, sandbox: Sandbox) -> Page:
    """Open #campaigns as Mina."""
    return await look(context, sandbox)


@pytest.fixture
def name() -> str:
    """Return the name of a list of one's own."""
    return f"Renewals {uuid4().hex[:12]}"
