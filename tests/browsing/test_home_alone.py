"""The App Home where not everybody may use the bot, and of an account with thousands of lists."""

import pytest

from bot.browsing import home
from sandbox.demo import stage
from sandbox.slack.people import Person
from tests.quick import QUICK

FAST = 60_000


async def test_whoever_may_not_use_the_bot_reads_whom_to_ask() -> None:
    """No list, no button; and the messages tab is left alone."""
    async with stage(rate_per_minute=FAST, timing=QUICK, allowed_users=frozenset({"U0LEAD"})) as scene:
        scene.kore.put("Renewals")
        guest = Person(scene.slack, "U0GUEST")
        assert (await guest.open_home(tab="messages")).status == 200
        assert not scene.slack.workspace.homes
        await guest.open_home()
        view = await guest.home()
        assert view.text.startswith("You may not use this bot")
        assert "Renewals" not in view.text


async def test_five_thousand_lists_are_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far from the hundred blocks that Slack takes; of the people who look, so many are remembered."""
    monkeypatch.setattr(home, "REMEMBERED", 1)
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        for number in range(5000):
            scene.kore.put(f"List {number}")
        for user_id in ("U0LEAD", "U0AGENT"):
            person = Person(scene.slack, user_id)
            await person.open_home()
            view = await person.home(timeout=8)
            await person.until(lambda: "1 to 10 of 5000" in view.text, timeout=8)  # noqa: B023 - awaited here
            assert len(view.payload["blocks"]) < 70
