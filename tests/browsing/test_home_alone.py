"""The App Home where not everybody may use the bot, and of an account with thousands of lists."""

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest

from bot.browsing import home
from bot.slack.client import SlackClient
from bot.views.blocks import Json
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.traffic import Exchange
from tests.quick import QUICK
from tests.stages import stage
from tests.story import Story, opened_home

FAST = 60_000

pytestmark = pytest.mark.slow


def hurried(home_timeout: float) -> AbstractAsyncContextManager[Stage]:
    """Run a bot that shows a home soon, as far as it is known."""
    return stage(rate_per_minute=FAST, timing=replace(QUICK, lists_fresh_for=0, home_timeout=home_timeout))


async def test_whoever_may_not_use_the_bot_reads_whom_to_ask() -> None:
    """No list, no button; and the messages tab is left alone."""
    async with stage(rate_per_minute=FAST, timing=QUICK, allowed_users=frozenset({"U0LEAD"})) as scene:
        scene.kore.put("Renewals")
        guest = Person(scene.slack, "U0GUEST")
        assert (await guest.open_home(tab="messages")).status == 200
        assert not scene.slack.workspace.homes
        await guest.open_home()
        view = await guest.home()
        assert "Ask your workspace admin for access" in view.text
        assert view.text.startswith("Contact Lists\nYou don't have access to Contact Lists")
        assert "Renewals" not in view.text


async def test_five_thousand_lists_are_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far from the hundred blocks that Slack takes; of the people who look, so many are remembered."""
    monkeypatch.setattr(home, "CACHE_SIZE", 1)
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        for number in range(5000):
            scene.kore.put(f"Renewals {number}")
        for user_id in ("U0LEAD", "U0AGENT"):
            person = Person(scene.slack, user_id)
            await person.open_home()
            view = await person.home()
            await person.until(lambda: "(1–5 of 5000)" in view.text)  # noqa: B023 - awaited here
            assert len(view.payload["blocks"]) < 70


async def test_a_home_that_waits_for_kore_is_shown_anew_though_a_job_ends_meanwhile() -> None:
    """What the job has to tell is in it, and the lists come as soon as they do."""
    async with hurried(0.1) as scene:
        story, lead = Story(scene), Person(scene.slack, "U0LEAD")
        form = await story.form()
        scene.kore.fault("slow", operation="list", seconds=1, times=2)
        await lead.open_home()
        await lead.submit(form, {"description": "x"})
        view = await lead.home()
        await lead.until(lambda: f"✅ {story.name}" in view.text)
        await lead.until(lambda: "1 contact list" in view.text)


async def test_whoever_looks_elsewhere_meanwhile_is_not_called_back() -> None:
    """An answer that comes late belongs to a page that nobody looks at."""
    async with hurried(0) as scene:
        lead = Person(scene.slack, "U0LEAD")
        scene.kore.put("Renewals")
        view = await opened_home(lead, "Renewals")
        scene.kore.fault("slow", operation="list", seconds=0.5)
        await lead.press(view, "home_refresh")
        await lead.enter(view, next(iter(view.inputs)), "nowhere")
        await lead.until(lambda: "No lists match" in view.text and "Updated a moment ago" in view.text)
        assert "Search (optional): nowhere" in view.text
        await lead.enter(view, next(iter(view.inputs)), "")
        await lead.until(lambda: "Updated a moment ago" in view.text and "1 contact list" in view.text)


async def test_what_was_asked_for_last_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that is still on its way to Slack is not shown over a later one."""
    publish, let_go, begun = SlackClient.publish_home, asyncio.Event(), asyncio.Event()

    async def held(self: SlackClient, user_id: str, view: Json) -> None:
        is_first = not begun.is_set()
        begun.set()
        if is_first:
            await let_go.wait()
        await publish(self, user_id, view)

    async with hurried(5) as scene:
        lead = Person(scene.slack, "U0LEAD")
        scene.kore.put("Renewals")
        view = await opened_home(lead, "Renewals")
        monkeypatch.setattr(SlackClient, "publish_home", held)
        await lead.press(view, "home_refresh")
        await begun.wait()
        await lead.enter(view, next(iter(view.inputs)), "nowhere")
        await asyncio.sleep(0.3)  # nothing may happen: there is no event for that
        shown = len(homes(scene))
        let_go.set()
        await lead.until(lambda: len(homes(scene)) > shown and "No lists match" in view.text)


def homes(scene: Stage) -> list[Exchange]:
    """List what was shown in Home tabs."""
    return [each for each in scene.slack.traffic if each.what == "views.publish"]
