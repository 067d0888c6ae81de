"""Take the pictures of README and docs from the page of the demo: `make pictures`. Needs Chromium.

`python -m docs.pictures FOLDER` takes every station of the story there, in every size and colour, for looking
at them; without a folder only those that the pages show are taken again.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, FloatRect, Page, async_playwright

from sandbox.page.server import workspace_page

HERE = Path(__file__).parent
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAME = "Renewal Due 1- July 2025"
DESCRIPTION = "Customers whose service ends in July 2025, for the renewal calls."
REFUSED = "Winback 2- August 2025"
WIDE, NARROW = (1034, 800), (375, 812)
COLOURS = ("light", "dark")
SHOWN = {
    "form-desk-light",
    "form-desk-dark",
    "form-phone-light",
    "field-error-desk-light",
    "creating-desk-light",
    "summary-desk-light",
    "summary-desk-dark",
    "failure-desk-light",
    "home-desk-light",
    "list-desk-light",
    "warning-desk-light",
    "backstage-desk-light",
    "traffic-desk-dark",
}
"""What README.md and docs/demo.md show."""


PUBLISHED = 2500
"""Milliseconds after which the app's home is there, and has what was created last."""


@asynccontextmanager
async def opened(browser: Browser, url: str, size: tuple[int, int], colours: str) -> AsyncIterator[Page]:
    """Open the page in one size and colour scheme, with backstage closed."""
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if colours == "dark" else "light",
        locale="en-GB",
        timezone_id="Europe/Berlin",
    )
    await context.add_init_script("localStorage.getItem('panel') || localStorage.setItem('panel', 'closed')")
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector("body[data-ready]")
    yield page
    await context.close()


@dataclass
class Story:
    """The story on one page; each station is a picture, if that is wanted."""

    page: Page
    url: str
    folder: Path | None
    look: str

    async def play(self) -> None:
        """Go from the command to what stands backstage."""
        await self.create()
        if self.look == "desk-light":
            await self.browse()
        await self.fail()
        await self.look_around()

    async def create(self) -> None:
        """Command, form, a wrong field, the list, its summary."""
        box, form = self.page.locator("#message"), self.page.get_by_role("dialog")
        await box.fill("/con")
        await self.picture("command")
        await self.fill_in()
        await self.picture("form")
        await form.get_by_label("Description").fill(" ")
        await form.get_by_role("button", name="Create list").click()
        await form.get_by_text("Add a description").wait_for()
        await self.picture("field-error")
        await self.act("fault", name="slow", operation="create", times=1)
        await form.get_by_label("Description").fill(DESCRIPTION)
        await form.get_by_role("button", name="Create list").click()
        await form.get_by_role("heading", name="Creating…").wait_for()
        await self.picture("creating")
        await form.get_by_role("heading", name="Contact list created").wait_for()
        await self.picture("created")
        await self.page.keyboard.press("Escape")
        await self.page.locator("#messages").get_by_text("Created by").last.wait_for()
        await self.picture("summary")

    async def browse(self) -> None:
        """Look at the lists that there are, and name a new one like one of them."""
        box, form = self.page.locator("#message"), self.page.get_by_role("dialog")
        await box.fill("/contactlist list")
        await box.press("Enter")
        await self.page.locator("#messages").get_by_text("Updated").last.wait_for()
        await self.page.get_by_role("button", name="More actions").last.click()
        await self.picture("list")
        await self.page.keyboard.press("Escape")
        await self.fill_in(NAME.upper())
        await form.get_by_role("button", name="Create list").click()
        await form.get_by_text("This name is taken").wait_for()
        await self.picture("warning")
        await form.get_by_role("button", name="Cancel").click()

    async def fail(self) -> None:
        """Kore.ai refuses, and the form offers to try again."""
        form = self.page.get_by_role("dialog")
        await self.act("fault", name="invalid", operation="create", times=1)
        await self.fill_in(REFUSED)
        await form.get_by_role("button", name="Create list").click()
        await form.get_by_role("button", name="Try again").wait_for()
        await self.picture("failure")
        await form.get_by_role("button", name="Close").first.click()

    async def look_around(self) -> None:
        """Go to the app's home and its messages, then behind the scenes."""
        await self.page.goto(f"{self.url}#U0LEAD/D0LEAD")
        await self.page.wait_for_timeout(PUBLISHED)
        await self.picture("home")
        await self.page.get_by_role("tab", name="Messages").click()
        await self.picture("direct")
        await self.page.goto(f"{self.url}#U0LEAD/C0CAMPAIGN")
        await self.act("fault", name="drop_after_commit", operation="create", times=1)
        await self.page.locator("#open-panel").click()
        await self.picture("backstage")
        await self.page.get_by_role("tab", name="Traffic").click()
        await self.page.locator(".traffic li.to-kore summary").first.click()
        await self.page.get_by_role("region", name="Answer").scroll_into_view_if_needed()
        await self.picture("traffic")

    async def fill_in(self, name: str = NAME) -> None:
        """Type the command and describe the list."""
        box = self.page.locator("#message")
        await box.fill(f"/contactlist {name}")
        await box.press("Enter")
        await self.page.get_by_role("dialog").get_by_label("Description").fill(DESCRIPTION)

    async def act(self, kind: str, **fields: object) -> None:
        """Do behind the page's back what its buttons do."""
        await self.page.request.post(f"{self.url}act", data={"act": kind, "person": "U0LEAD", **fields})

    async def picture(self, name: str) -> None:
        """Take one."""
        station = f"{name}-{self.look}"
        if self.folder or station in SHOWN:
            await self.page.wait_for_timeout(150)
            clip = None if self.folder else await self.subject()
            await self.page.screenshot(path=(self.folder or HERE) / f"{station}.png", clip=clip)

    async def subject(self) -> FloatRect:
        """Find what a picture is about, which the README and the demo page show half as wide as the page."""
        for selector in ("dialog[open]", "#panel:not([hidden])", "#content"):
            found = self.page.locator(selector)
            if await found.count() and (box := await found.bounding_box()):
                return box
        raise LookupError("the page shows nothing")


async def main(folder: Path | None) -> None:
    """Take every picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        for size in (WIDE, NARROW):
            for colours in COLOURS:
                where = "phone" if size == NARROW else "desk"
                async with workspace_page() as sandbox, opened(browser, sandbox.url, size, colours) as page:
                    await sandbox.acts.start_bot()
                    await Story(page, sandbox.url, folder, f"{where}-{colours}").play()
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
