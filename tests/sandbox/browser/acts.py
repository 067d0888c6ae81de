"""What tests do on the page, as a person at the keyboard does."""

from collections.abc import Awaitable, Callable

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import BrowserContext, Locator, Page, expect
from playwright.async_api import TimeoutError as NotInTime

from sandbox.page.server import Page as Sandbox

PATIENCE = 40_000
"""Milliseconds that anything may take on a loaded machine."""
TRIGGER_LIVES = 5_000
"""Milliseconds after which no form opens for a command any more."""
DESCRIPTION = "For the renewal calls."


async def look(context: BrowserContext, sandbox: Sandbox, where: str = "U0LEAD/C0CAMPAIGN") -> Page:
    """Open a tab as a person in a channel."""
    page = await context.new_page()
    await page.goto(f"{sandbox.url}#{where}")
    await page.wait_for_selector("body[data-ready]")
    return page


async def type_command(page: Page, text: str) -> Locator:
    """Type a command into the message box; the form that may open."""
    box = page.locator("#message")
    await box.fill(f"/contactlist {text}".strip())
    await box.press("Enter")
    return page.get_by_role("dialog")


async def fill_in(page: Page, name: str, description: str = DESCRIPTION) -> Locator:
    """Open the form with a name and describe the list."""
    form = page.get_by_role("dialog")
    await opened(form.get_by_label("Description"), lambda: type_command(page, name))
    await form.get_by_label("Description").fill(description)
    return form


async def opened(field: Locator, ask: Callable[[], Awaitable[object]]) -> None:
    """Ask for a form until it is there: on a loaded machine the bot may come too late for the trigger."""
    await ask()
    try:
        await field.wait_for(timeout=TRIGGER_LIVES)
    except NotInTime:
        await ask()
        await field.wait_for()


async def create(page: Page, name: str) -> Locator:
    """Open the form, fill it in, press the button."""
    form = await fill_in(page, name)
    await form.get_by_role("button", name="Create list").click()
    return form


async def close(form: Locator) -> None:
    """Close the form with all that lies below it, and wait until the page is free again."""
    await form.get_by_role("button", name="Close").first.click()
    await expect(form).to_be_hidden()


def posts(sandbox: Sandbox, name: str) -> int:
    """Count the create calls for a list."""
    calls = [call for call in sandbox.ends.kore.calls if call.operation == "create"]
    return sum(isinstance(call.body, dict) and call.body.get("name") == name for call in calls)


def message(page: Page, text: str) -> Locator:
    """Find the messages that hold a text."""
    return page.locator("#messages article").filter(has_text=text)


async def check(page: Page) -> None:
    """Look for what keeps people out: findings of axe, and content that is wider than the screen."""
    found = (await Axe().run(page)).response["violations"]
    grave = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in grave] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
