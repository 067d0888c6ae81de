"""Whole stories by keyboard and by mouse, in Chromium, with the real bot behind the page."""

import pytest
from playwright.async_api import BrowserContext, Page, expect

from sandbox.page.server import Page as Sandbox
from tests.sandbox.browser.acts import (
    DESCRIPTION,
    check,
    close,
    create,
    fill_in,
    look,
    message,
    posts,
    type_command,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_the_whole_story_by_keyboard(page: Page, sandbox: Sandbox, name: str) -> None:
    """Completion, form, Enter in a line, result, Esc: no mouse, and the focus always where it should be."""
    box = page.locator("#message")
    await box.focus()
    await page.keyboard.type("/con")
    await expect(page.locator("#offer-0")).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Tab")
    await page.keyboard.type(name)
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="New contact list")
    await expect(form.get_by_label("Name")).to_be_focused()
    await expect(form.get_by_label("Name")).to_have_value(name)
    for _ in range(12):
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.closest('dialog') !== null")
    await form.get_by_label("Description").focus()
    await page.keyboard.type(f"one{chr(10)}two")
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="Contact list created")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await expect(box).to_be_focused()
    summary = message(page, name).last
    await expect(summary).to_contain_text("Created by @Mina Okafor · 0 contacts · duplicates not allowed")
    assert posts(sandbox, name) == 1


async def test_the_whole_story_by_mouse(page: Page, sandbox: Sandbox, name: str) -> None:
    """The shortcut, a ticked box, another conversation, and the new list in the panel."""
    await page.get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("menuitem", name="Create contact list").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name").fill(name)
    await form.get_by_label("Description").fill(DESCRIPTION)
    await form.get_by_text("Allow duplicate contacts").click()
    await form.get_by_label("Post the summary to").select_option("# general")
    await form.get_by_role("button", name="Create list").click()
    await expect(form.get_by_text("I posted the summary in #general")).to_be_visible()
    await check(page)
    await close(form)
    await expect(page.get_by_role("link", name="general 1 unread")).to_be_visible()
    await page.get_by_role("link", name="general 1 unread").click()
    await expect(message(page, name)).to_contain_text("duplicates allowed")
    listed = page.locator(".lists li").filter(has_text=name)
    await expect(listed).to_contain_text("Duplicates allowed · 0 contacts")
    assert [one["allowDuplicates"] for one in sandbox.ends.kore.lists.values() if one["name"] == name] == [
        True
    ]


async def test_field_errors_stand_at_their_fields(page: Page, name: str) -> None:
    """What Slack's client checks and what the bot checks; the field is marked and focused, the rest kept."""
    form = await fill_in(page, name, "")
    submit = form.get_by_role("button", name="Create list")
    await submit.click()
    await expect(form.get_by_text("Please complete this required field.")).to_be_visible()
    await expect(form.get_by_label("Description")).to_be_focused()
    await form.get_by_label("Name").fill("x" * 50)
    await expect(form.locator(".counter").first).to_have_text("-2")
    await expect(form.get_by_role("status").first).to_have_text("2 too many characters")
    await form.get_by_label("Description").fill(" ")
    await submit.click()
    await expect(form.get_by_text("Please shorten this to 48 characters or fewer.")).to_be_visible()
    await form.get_by_label("Name").fill(name)
    await submit.click()
    await expect(form.get_by_text("Add a description. Kore.ai requires one.")).to_be_visible()
    await expect(form.get_by_label("Description")).to_be_focused()
    await expect(form.get_by_label("Description")).to_have_attribute("aria-invalid", "true")
    await expect(form.get_by_label("Name")).to_have_value(name)
    await form.get_by_role("button", name="Cancel").click()
    await expect(form).to_be_hidden()


async def test_a_stranger_is_refused_in_private(
    context: BrowserContext, sandbox: Sandbox, page: Page
) -> None:
    """Sam may not use the bot: only Sam reads so."""
    await page.get_by_label("View as").select_option("U0GUEST")
    await expect(page).to_have_url(f"{sandbox.url}#U0GUEST/C0CAMPAIGN")
    await page.wait_for_selector("body[data-ready]")
    await expect(page.get_by_role("link", name="private-plans")).to_have_count(0)
    await type_command(page, "Mine")
    refusal = message(page, "You don't have access to Contact Lists").last
    await expect(refusal).to_contain_text("Only visible to you")
    mina = await look(context, sandbox)
    await expect(message(mina, "You don't have access to Contact Lists")).to_have_count(0)


async def test_a_dropped_answer_is_resolved_by_looking(page: Page, sandbox: Sandbox, name: str) -> None:
    """The fault is switched on in the panel; one POST, then a look, and the traffic shows both masked."""
    await page.get_by_label("What goes wrong").select_option("drop_after_commit")
    await page.get_by_role("button", name="Switch the fault on").click()
    await expect(page.locator(".waiting")).to_contain_text("Kore.ai loses the answer on create")
    await expect(await create(page, name)).to_contain_text("Contact list created")
    assert posts(sandbox, name) == 1
    await page.keyboard.press("Escape")
    await page.get_by_role("tab", name="Traffic").click()
    looked = page.locator(".traffic li").filter(has_text="Bot → Kore.ai").filter(has_text="getAllListDetails")
    await looked.first.locator("summary").click()
    await expect(looked.first).to_contain_text('"auth": "••••"')
    await expect(page.locator(".traffic")).not_to_contain_text("eyJ")
    dropped = page.locator(".traffic li").filter(has_text="fault: drop_after_commit").first
    await expect(dropped).to_contain_text("no answer")


async def test_faults_of_contacts(page: Page, sandbox: Sandbox) -> None:
    """A fault that is about contacts is switched on for the calls that add some."""
    await page.get_by_label("What goes wrong").select_option("accepted_and_lost")
    await page.get_by_role("button", name="Switch the fault on").click()
    waiting = page.locator(".waiting li")
    await expect(waiting).to_have_text("Kore.ai accepts contacts and loses them on add_contacts")
    assert [one.operation for one in sandbox.ends.kore.faults_waiting] == ["add_contacts"]


async def test_killed_and_started_again(page: Page, sandbox: Sandbox, name: str) -> None:
    """Kill -9 in the middle of the POST: the form waits, a command fails as in Slack, the restart ends it."""
    sandbox.ends.kore.fault("timeout_after_commit")
    form = await create(page, name)
    await expect(form).to_contain_text("Creating…")
    await sandbox.ends.kore.until(lambda: posts(sandbox, name) == 1)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Kill it with kill -9").click()
    await expect(page.locator(".bot-state")).to_have_text("The bot is dead")
    await type_command(page, "again")
    await expect(message(page, "failed with the error “dispatch_failed”").last).to_contain_text("Slackbot")
    await page.get_by_role("button", name="Start it").click()
    await expect(page.locator(".bot-state")).to_contain_text("The bot runs")
    await expect(message(page, name).last).to_contain_text("Created by @Mina Okafor")
    assert posts(sandbox, name) == 1


async def test_a_private_channel_without_the_bot_gets_its_summary(
    context: BrowserContext, sandbox: Sandbox, name: str
) -> None:
    """The bot is not in it, and the summary comes through response_url."""
    page = await look(context, sandbox, "U0AGENT/C0PRIVATE")
    await create(page, name)
    await page.keyboard.press("Escape")
    await expect(message(page, name).last).to_contain_text("Created by @Jonas Weber")


async def test_trouble_comes_as_a_direct_message_with_buttons_that_work(
    page: Page, sandbox: Sandbox, name: str
) -> None:
    """The form was closed: the message waits unread, and *Try again* opens the filled form."""
    sandbox.ends.kore.fault("drop_before_commit")
    form = await create(page, name)
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    app = page.get_by_role("link", name="Contact lists")
    await app.click()
    await page.get_by_role("tab", name="Messages").click()
    trouble = message(page, name).last
    await expect(trouble).to_contain_text("can't tell whether")
    await trouble.get_by_role("button", name="Create anyway").click()
    await expect(form.get_by_label("Description")).to_have_value(DESCRIPTION)
    await form.get_by_role("button", name="Create list").click()
    await expect(form).to_contain_text("Contact list created")
