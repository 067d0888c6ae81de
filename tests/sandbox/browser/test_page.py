"""How the page looks and behaves: every block, menus, focus, colours, text that stays text."""

from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from sandbox.page.server import Page as Sandbox
from sandbox.page.server import workspace_page
from sandbox.slack.views import lay_over, open_view, publish_home
from sandbox.slack.workspace import Message
from tests.sandbox.browser.acts import DESCRIPTION, check, fill_in, look, message, type_command

LURE = "<img src=x onerror=window.lured=1><b>x</b>"
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

pytestmark = pytest.mark.asyncio(loop_scope="module")


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
    await check(page)
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
    await check(page)
    for tab in ("Traffic", "Log"):
        await page.get_by_role("tab", name=tab).click()
        await check(page)
    form = await fill_in(page, name, "")
    await form.get_by_role("button", name="Create list").click()
    await check(page)
    await page.set_viewport_size({"width": 375, "height": 700})
    await check(page)
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Close backstage").click()
    await check(page)
    await page.get_by_role("button", name="Channels").click()
    await expect(page.get_by_role("link", name="general")).to_be_visible()
    await check(page)


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


async def test_what_was_typed_stays_in_a_home_that_is_shown_again(
    context: BrowserContext, sandbox: Sandbox
) -> None:
    """As Slack does, where the block is the same one."""
    page = await look(context, sandbox, "U0LEAD/D0LEAD")
    words = page.get_by_label("Search")
    await words.fill("half a wo")
    space = sandbox.ends.slack.workspace
    shown = space.homes["U0LEAD"].payload
    again = {
        **shown,
        "blocks": [*shown["blocks"], {"type": "header", "text": {"type": "plain_text", "text": "Again"}}],
    }
    publish_home(space, {"user_id": "U0LEAD"}, again)
    await expect(page.get_by_role("heading", name="Again")).to_be_visible()
    await expect(words).to_have_value("half a wo")
