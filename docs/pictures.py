"""Take the pictures of README and docs from the page of the demo: `make pictures`. Needs Chromium.

`python -m docs.pictures FOLDER` takes every station of the story there, in every size and colour, for looking
at them; without a folder only those that the pages show are taken again.
"""

import asyncio
import os
import re
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
    "add-columns-desk-light",
    "add-done-desk-light",
    "add-form-desk-light",
    "add-preview-desk-dark",
    "add-preview-desk-light",
    "add-report-desk-light",
    "add-sending-desk-light",
    "add-shortcut-desk-light",
    "add-thread-desk-dark",
    "add-thread-desk-light",
    "add-unsure-desk-light",
}
"""What README.md and the pages in docs/ show."""


PUBLISHED = 2500
"""Milliseconds after which the app's home is there, and has what was created last."""
ADDED, COUNTED = 60_000, 180_000
"""Milliseconds in which contacts were added, and in which the bot has counted in vain."""


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
        await self.add()
        if self.look == "desk-light":
            await self.browse()
        await self.fail()
        await self.look_around()
        if self.look == "desk-light":
            await self.doubt()

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

    async def add(self) -> None:
        """Fill the list from a file with problems, then from a good one, up to its news in the channel."""
        form, messages = self.page.get_by_role("dialog"), self.page.locator("#messages")
        await messages.get_by_role("button", name="Add contacts").last.click()
        await self.choose_example("callbacks.csv")
        await self.picture("add-form")
        await form.get_by_role("button", name="Preview").click()
        await form.get_by_role("heading", name="Check the contacts").wait_for()
        await self.picture("add-preview")
        await form.get_by_role("button", name="Change columns").click()
        await form.get_by_role("heading", name="Match the columns").wait_for()
        await self.picture("add-columns")
        await form.get_by_role("button", name="Preview").click()
        await form.get_by_role("button", name="Send me the problem rows").click()
        await form.get_by_text("in a direct message").wait_for()
        await form.get_by_role("button", name="Choose another file").click()
        await self.choose_example("renewals.csv")
        await form.get_by_role("button", name="Preview").click()
        await form.get_by_role("button", name="Add 1,204 contacts").click()
        await form.get_by_text(re.compile(r"^[1-9]\d* of 1,204 sent")).wait_for()
        await self.picture("add-sending")
        await form.get_by_role("heading", name="Contacts added").wait_for(timeout=ADDED)
        await self.picture("add-done")
        await self.close()
        await messages.get_by_text("added 1,204 contacts").last.wait_for()
        await self.page.mouse.move(0, 0)
        await self.picture("add-thread")
        await self.page.get_by_role("button", name="Attach a file").click()
        await self.page.get_by_role("menuitem", name="kunden.csv").click()
        await self.page.locator("#message").fill("Our customers in Cologne")
        await self.page.locator("#message").press("Enter")
        await messages.get_by_text("Our customers in Cologne").wait_for()
        await self.page.get_by_role("button", name="Message actions").last.click()
        await self.picture("add-shortcut")
        await self.page.keyboard.press("Escape")

    async def doubt(self) -> None:
        """Kore.ai drops the connection, and the person is asked."""
        form = self.page.get_by_role("dialog")
        await self.act("fault", name="drop_before_commit", operation="add_contacts", times=1)
        await self.page.locator("#messages").get_by_role("button", name="Add contacts").first.click()
        await self.choose_example("winback.xlsx")
        await form.get_by_role("button", name="Preview").click()
        await form.get_by_role("button", name="Add 60 contacts").click()
        await form.get_by_role("button", name="Check again").wait_for(timeout=COUNTED)
        await self.picture("add-unsure")
        await self.close()

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
        await self.page.get_by_role("link", name="Download").first.scroll_into_view_if_needed()
        await self.picture("add-report")
        await self.page.goto(f"{self.url}#U0LEAD/C0CAMPAIGN")
        await self.act("fault", name="drop_after_commit", operation="create", times=1)
        await self.page.locator("#open-panel").click()
        await self.picture("backstage")
        await self.page.get_by_role("tab", name="Traffic").click()
        await self.page.locator(".traffic li.to-kore summary").first.click()
        await self.page.get_by_role("region", name="Answer").scroll_into_view_if_needed()
        await self.picture("traffic")

    async def choose_example(self, name: str) -> None:
        """Choose one of the files that the page offers."""
        form = self.page.get_by_role("dialog")
        await form.get_by_role("button", name="Try an example").click()
        await self.page.get_by_role("menuitem", name=name).click()
        await form.get_by_role("button", name=f"Remove {name}").wait_for()

    async def close(self) -> None:
        """Close every form."""
        await self.page.get_by_role("dialog").get_by_role("button", name="Close").first.click()
        await self.page.get_by_role("dialog").wait_for(state="hidden")

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
