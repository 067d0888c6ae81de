"""Take the pictures of the README from the page of the demo: `make pictures`. Needs Chromium.

python -m docs.pictures [FOLDER]
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from bot.sandbox.page_server import workspace_page

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
WIDE, NARROW = (1280, 800), (375, 720)
COLOURS = ("light", "dark")


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


async def take(browser: Browser, url: str, folder: Path, size: tuple[int, int], colours: str) -> None:
    """Play the story in one size and colour scheme, with a picture of each station."""
    where = "phone" if size == NARROW else "desk"
    async with opened(browser, url, size, colours) as page:

        async def picture(name: str) -> None:
            await page.wait_for_timeout(150)
            await page.screenshot(path=folder / f"{name}-{where}-{colours}.png")

        box = page.get_by_role("combobox", name="Message #campaigns")
        await box.fill("/con")
        await picture("command")
        await box.fill(f"/contactlist {NAME}")
        await box.press("Enter")
        form = page.get_by_role("dialog")
        description = form.get_by_label("Description")
        await description.wait_for()
        await description.fill(DESCRIPTION)
        await picture("form")
        await description.fill(" ")
        await form.get_by_role("button", name="Create list").click()
        await form.get_by_text("Describe the list").wait_for()
        await picture("field-error")
        await page.request.post(f"{url}act", data=act("fault", name="slow", operation="create", times=1))
        await description.fill(DESCRIPTION)
        await form.get_by_role("button", name="Create list").click()
        await form.get_by_role("heading", name="Creating…").wait_for()
        await picture("creating")
        await form.get_by_role("heading", name="Contact list created").wait_for()
        await picture("created")
        await page.keyboard.press("Escape")
        await page.locator("#messages").get_by_text("created the contact list").last.wait_for()
        await picture("summary")
        await page.request.post(f"{url}act", data=act("fault", name="invalid", operation="create", times=1))
        await box.fill(f"/contactlist {NAME}")
        await box.press("Enter")
        await description.fill(DESCRIPTION)
        await form.get_by_role("button", name="Create list").click()
        await form.get_by_role("button", name="Try again").wait_for()
        await picture("failure")
        await form.get_by_role("button", name="Close").first.click()
        await page.goto(f"{url}#U0LEAD/D0LEAD")
        await picture("home")
        await page.get_by_role("tab", name="Messages").click()
        await picture("direct")
        await page.goto(f"{url}#U0LEAD/C0CAMPAIGN")
        await page.request.post(
            f"{url}act", data=act("fault", name="drop_after_commit", operation="create", times=1)
        )
        await page.get_by_role("button", name="Backstage", exact=False).first.click()
        await picture("backstage")
        await page.get_by_role("tab", name="Traffic").click()
        await page.locator(".traffic summary").nth(3).click()
        await picture("traffic")
        await page.request.post(f"{url}act", data=act("clear_faults"))


def act(kind: str, **fields: object) -> dict[str, object]:
    """Word an act as the page does."""
    return {"act": kind, "person": "U0LEAD", **fields}


async def main(folder: Path) -> None:
    """Take every picture."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        for size in (WIDE, NARROW):
            for colours in COLOURS:
                async with workspace_page() as sandbox:
                    await sandbox.acts.start_bot()
                    await take(browser, sandbox.url, folder, size, colours)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)))
