"""axe finds nothing in any view and message: light on a desktop, dark on a phone."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

from sandbox.page.server import Page as Sandbox
from tests.sandbox.browser.tour import Tour

SIZES = {"dark": (390, 844), "light": (1280, 800)}
"""How wide and high the page is in which colours; the tour goes on at a desktop."""
MODAL = "dialog[open]"
"""What is behind it was looked at before it opened."""

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.slow,
    pytest.mark.timeout(300),
]


async def barriers(page: Page) -> list[str]:
    """List what axe finds, of whatever impact, and what is too wide: in the modal, while one is open."""
    found = []
    dialogs = await page.locator(MODAL).count()
    for colours, (width, height) in SIZES.items():
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        for each in (await Axe().run(page, context=MODAL if dialogs else None)).response["violations"]:
            nodes = [node["html"][:120] for node in each["nodes"]]
            found.append(f"{width} px, {colours}: {each['id']} ({each['impact']}) {nodes}")
        if not await page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{width} px: wider than the screen")
    return found


@pytest.mark.parametrize("part", ["creating", "failing", "browsing", "adding", "at_home"])
async def test_no_barrier_anywhere(page: Page, sandbox: Sandbox, part: str) -> None:
    """Every station of the tour."""
    await page.get_by_role("button", name="Close backstage").click()
    found = {}
    async for station in getattr(Tour(page, sandbox), part)():
        if problems := await barriers(page):
            found[station] = problems

    assert found == {}
