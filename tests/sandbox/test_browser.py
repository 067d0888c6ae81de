"""The page in the browser: whole stories by keyboard and by mouse, in Chromium, with the real bot behind it.

Without Chromium they are skipped, but never in CI. `CHROMIUM` names another one than that of the path.
"""

import os
import shutil
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from sandbox.page.server import Page as Sandbox
from sandbox.page.server import workspace_page
from sandbox.slack.views import close_view, lay_over, open_view, publish_home
from sandbox.slack.workspace import Message
from tests import quick

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
PATIENCE = 20_000
"""Milliseconds that anything may take on a loaded machine."""
LURE = "<img src=x onerror=window.lured=1><b>x</b>"
DESCRIPTION = "For the renewal calls."
EVERYTHING: list[dict[str, Any]] = [
    {"type": "header", "text": {"type": "plain_text", "text": "A header"}},
    {"type": "divider"},
    {
        "type": "section",
        "text": {
            "type": "mrkdwn",
            "text": "*bold* _slant_ ~struck~ `code` <https://kore.ai|a link> :tada:",
        },
        "fields": [{"type": "plain_text", "text": "first *field*"}, {"type": "mrkdwn", "text": "<@U0LEAD>"}],
        "accessory": {"type": "button", "text": {"type": "plain_text", "text": "Beside"}, "action_id": "a"},
    },
    {
        "type": "context",
        "elements": [{"type": "mrkdwn", "text": "<!date^1764926571^{date_short}|then> in <#C0GENERAL>"}],
    },
    {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "rich ", "style": {"bold": True}},
                    {"type": "user", "user_id": "U0AGENT"},
                    {"type": "channel", "channel_id": "C0GENERAL"},
                    {"type": "link", "url": "https://kore.ai", "text": "site"},
                    {"type": "link", "url": "javascript:window.lured=1", "text": "trap"},
                    {"type": "emoji", "name": "wave"},
                    {"type": "broadcast", "range": "here"},
                    {"type": "date", "timestamp": 1764926571, "format": "{date_num}", "fallback": "x"},
                    {"type": "colour", "value": "#fff"},
                ],
            },
            {"type": "rich_text_quote", "elements": [{"type": "text", "text": "a quote"}]},
            {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": "as typed"}]},
            {
                "type": "rich_text_list",
                "style": "ordered",
                "elements": [
                    {"type": "rich_text_section", "elements": [{"type": "text", "text": "point"}]},
                ],
            },
        ],
    },
    {"type": "image", "image_url": "https://example.com/x.png", "alt_text": "a picture"},
    {"type": "actions", "elements": [{"type": "datepicker", "action_id": "d"}]},
    {"type": "video", "title": "x"},
]
HOME: dict[str, Any] = {
    "type": "home",
    "blocks": [
        {
            "type": "section",
            "block_id": "row",
            "text": {"type": "mrkdwn", "text": "*Renewal*"},
            "accessory": {
                "type": "overflow",
                "action_id": "more",
                "options": [
                    {"text": {"type": "plain_text", "text": "Rename"}, "value": "rename"},
                    {"text": {"type": "plain_text", "text": "Delete"}, "value": "delete"},
                ],
                "confirm": {
                    "title": {"type": "plain_text", "text": "Are you sure?"},
                    "text": {"type": "plain_text", "text": "It cannot be undone."},
                    "confirm": {"type": "plain_text", "text": "Do it"},
                    "deny": {"type": "plain_text", "text": "Stop"},
                },
            },
        },
        {
            "type": "actions",
            "block_id": "sorting",
            "elements": [
                {
                    "type": "static_select",
                    "action_id": "sort",
                    "options": [
                        {"text": {"type": "plain_text", "text": "Newest"}, "value": "newest"},
                        {"text": {"type": "plain_text", "text": "By name"}, "value": "name"},
                    ],
                }
            ],
        },
    ],
}
BUTTON = {
    "type": "actions",
    "elements": [{"type": "button", "action_id": "b", "text": {"type": "plain_text", "text": "Press me"}}],
}

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(60)]


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
    form = await type_command(page, name)
    await form.get_by_label("Description").fill(description)
    return form


async def create(page: Page, name: str) -> Locator:
    """Open the form, fill it in, press the button."""
    form = await fill_in(page, name)
    await form.get_by_role("button", name="Create list").click()
    return form


def posts(sandbox: Sandbox, name: str) -> int:
    """Count the create calls for a list."""
    calls = [call for call in sandbox.ends.kore.calls if call.operation == "create"]
    return sum(isinstance(call.body, dict) and call.body.get("name") == name for call in calls)


def message(page: Page, text: str) -> Locator:
    """Find the messages that hold a text."""
    return page.locator("#messages article").filter(has_text=text)


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
    await _check(page)
    await form.get_by_role("button", name="Close").last.click()
    await expect(page.get_by_role("link", name="general 1 unread")).to_be_visible()
    await page.get_by_role("link", name="general 1 unread").click()
    await expect(message(page, name)).to_contain_text("duplicates allowed")
    listed = page.locator(".lists li").filter(has_text=name)
    await expect(listed).to_contain_text("Duplicates allowed")
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
    await page.get_by_label("Look as").select_option("U0GUEST")
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


async def test_killed_and_started_again(page: Page, sandbox: Sandbox, name: str) -> None:
    """Kill -9 in the middle of the POST: the form waits, a command fails as in Slack, the restart ends it."""
    sandbox.ends.kore.fault("timeout_after_commit")
    form = await create(page, name)
    await expect(form).to_contain_text("Creating…")
    await sandbox.ends.kore.until(lambda: posts(sandbox, name) == 1, timeout=20)
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


async def test_an_unanswered_button_says_so(page: Page, sandbox: Sandbox) -> None:
    """A shortcut, and a button in a form, while the bot is dead: Slack's error, in words, aloud."""
    said = page.get_by_role("alert").filter(has_text="dispatch_failed")
    await sandbox.bot.end()
    await page.get_by_role("button", name="Shortcuts").click()
    await page.get_by_role("menuitem", name="Create contact list").click()
    await expect(said).to_be_visible()
    await said.get_by_role("button", name="Dismiss").click()
    await expect(said).to_have_count(0)
    slack = sandbox.ends.slack
    view = {"type": "modal", "title": {"type": "plain_text", "text": "A form"}, "blocks": [BUTTON]}
    open_view(slack.workspace, slack.triggers.redeem(slack.triggers.issue("U0LEAD")), view)
    await page.get_by_role("dialog").get_by_role("button", name="Press me").click()
    await expect(said).to_be_visible()
    await said.get_by_role("button", name="Dismiss").click()
    await expect(said).to_have_count(0)


async def test_what_people_type_stays_text(page: Page, name: str) -> None:
    """HTML in a message, in a command, in a name, in a description: shown, never run."""
    box = page.locator("#message")
    await box.fill(LURE)
    await box.press("Enter")
    await expect(message(page, LURE).first).to_be_visible()
    await box.fill(f"/{LURE}")
    await box.press("Enter")
    await expect(message(page, "is not a valid command").last).to_be_visible()
    form = await fill_in(page, f"{name[:6]}{LURE}"[:48], f"{LURE} {name}")
    await form.get_by_role("button", name="Create list").click()
    await expect(form).to_contain_text("Contact list created")
    await page.keyboard.press("Escape")
    await expect(message(page, f"{LURE} {name}").last).to_be_visible()
    assert await page.evaluate("[window.lured, document.images.length]") == [None, 0]


async def test_every_block_is_shown(context: BrowserContext, sandbox: Sandbox) -> None:
    """Each block and element as Slack shows it; what is unknown says that it is not rendered."""
    space = sandbox.ends.slack.workspace
    told = Message(space.timestamp(), "C0GENERAL", "bot", "all", EVERYTHING, {}, None, "test")
    space.channels["C0GENERAL"].messages.append(told)
    page = await look(context, sandbox, "U0LEAD/C0GENERAL")
    shown = message(page, "A header")
    for text in (
        "bold slant struck code a link 🎉",
        "first *field*",
        "Beside",
        "in #general",
        "@Jonas Weber",
    ):
        await expect(shown).to_contain_text(text)
    for text in ("rich", "👋", "@here", "2025-12-05", "a quote", "as typed", "point", "a picture"):
        await expect(shown).to_contain_text(text)
    for kind in ("colour", "datepicker", "video"):
        await expect(shown.locator(".unrendered").filter(has_text=f"not rendered: {kind}")).to_be_visible()
    await expect(shown.locator("a", has_text="trap")).to_have_count(0)
    await expect(shown.locator("ol li")).to_have_text("point")
    await expect(shown.get_by_role("link", name="a link")).to_have_attribute("rel", "noopener noreferrer")
    space.channels["C0GENERAL"].messages.remove(told)


async def test_the_home_tab_and_its_menus(context: BrowserContext, sandbox: Sandbox) -> None:
    """Overflow menu, confirmation and select tell the bot; the bot's own Home is for somebody who may not."""
    space = sandbox.ends.slack.workspace
    page = await look(context, sandbox, "U0GUEST/D0GUEST")
    await expect(page.get_by_text("You don't have access to Contact Lists")).to_be_visible()
    publish_home(space, {"user_id": "U0GUEST"}, HOME)
    more = page.get_by_role("button", name="More actions")
    await more.wait_for()
    await _check(page)
    await more.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await page.get_by_role("dialog", name="Are you sure?").get_by_role("button", name="Do it").click()
    await page.get_by_label("Choose").select_option("By name")

    def chosen() -> list[str]:
        actions = [one.request.get("actions", [{}])[0] for one in sandbox.ends.slack.traffic]
        return [one["selected_option"]["value"] for one in actions if "selected_option" in one]

    await space.until(lambda: chosen()[-2:] == ["delete", "name"], timeout=20, what="choices")
    await page.get_by_role("tab", name="Messages").click()
    await expect(page.get_by_text("Sending messages to this app has been turned off.")).to_be_visible()


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_no_serious_barrier_and_no_sideways_scrolling(
    page: Page, name: str, colours: str, sandbox: Sandbox
) -> None:
    """Nothing serious is found, wide and at 375 pixels, in channel, form, drawer and panel."""
    await page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    sandbox.acts.write("U0AGENT", "C0CAMPAIGN", "*so* _what_ `x` https://example.com/" + "long" * 40)
    await type_command(page, "help")
    await expect(message(page, "Create a list with this name").last).to_be_visible()
    await _check(page)
    for tab in ("Traffic", "Log"):
        await page.get_by_role("tab", name=tab).click()
        await _check(page)
    form = await fill_in(page, name, "")
    await form.get_by_role("button", name="Create list").click()
    await _check(page)
    await page.set_viewport_size({"width": 375, "height": 700})
    await _check(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Close backstage").click()
    await _check(page)
    await page.get_by_role("button", name="Channels").click()
    await expect(page.get_by_role("link", name="general")).to_be_visible()
    await _check(page)


async def test_forms_lie_over_each_other(page: Page, sandbox: Sandbox, name: str) -> None:
    """The topmost is shown; Esc takes that one away and keeps what was typed below, the cross takes all."""
    form = await fill_in(page, name)
    (below,) = [one for one in sandbox.ends.slack.workspace.views.values() if one.state == "open"]
    for title in ("Second", "Third"):
        over = {
            "type": "modal",
            "title": {"type": "plain_text", "text": title},
            "blocks": [{"type": "divider"}],
        }
        lay_over(sandbox.ends.slack.workspace, below, over)
    await expect(page.get_by_role("dialog", name="Third")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Second")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(form.get_by_label("Description")).to_have_value(DESCRIPTION)
    lay_over(sandbox.ends.slack.workspace, below, over)
    await page.get_by_role("dialog", name="Third").get_by_role("button", name="Close").first.click()
    await expect(form).to_be_hidden()


async def test_the_focus_stays_where_it_was(context: BrowserContext, sandbox: Sandbox) -> None:
    """What is built anew under the keyboard has it again; a button that is gone leaves it where that was."""
    page = await look(context, sandbox, "U0LEAD/D0LEAD")
    words = page.get_by_label("Search")
    await words.fill("focus")
    await words.press("Enter")
    show_all = page.get_by_role("button", name="Show all lists")
    await expect(show_all).to_be_visible()
    await expect(words).to_be_focused()
    refresh = page.get_by_role("button", name="Refresh")
    home_tab = [one for one in sandbox.ends.slack.traffic if one.what == "views.publish"]
    await refresh.press("Enter")
    await sandbox.ends.slack.workspace.until(
        lambda: (
            len([one for one in sandbox.ends.slack.traffic if one.what == "views.publish"]) > len(home_tab)
        ),
        timeout=20,
        what="a home",
    )
    await expect(refresh).to_be_focused()
    await show_all.press("Enter")
    await expect(show_all).to_be_hidden()
    assert await page.evaluate("document.activeElement !== document.body")


async def test_a_stopped_sandbox_is_told(browser: Browser) -> None:
    """The page of a demo that was ended says so, and how to start it."""
    context = await browser.new_context()
    async with workspace_page() as stopping:
        page = await look(context, stopping)
    await expect(page.get_by_text("Start it again with make demo")).to_be_visible()
    await context.close()


async def test_the_colours_can_be_chosen(page: Page) -> None:
    """The switch goes from the system's colours to light to dark, and is remembered."""
    switch = page.get_by_role("button", name="Colours")
    await switch.click()
    await switch.click()
    await expect(switch).to_have_attribute("aria-label", "Colours: dark. Change")
    await page.reload()
    background = "getComputedStyle(document.querySelector('.content')).backgroundColor"
    assert await page.evaluate(background) == "rgb(26, 29, 33)"


async def _check(page: Page) -> None:
    """Look for what keeps people out: findings of axe, and content that is wider than the screen."""
    found = (await Axe().run(page)).response["violations"]
    grave = [one for one in found if one["impact"] in {"serious", "critical"}]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in grave] == []
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
