"""Limits against misuse, as people meet them: in the form, with what they typed still in it."""

import pytest

from bot.backlog import Backlog
from bot.demo import stage
from tests.conftest import CAMPAIGNS, FAST, Story


async def test_one_person_may_submit_so_many_forms_a_minute() -> None:
    """The form says so and keeps what was typed; the same form pressed again is no new one."""
    async with stage(rate_per_minute=FAST, submissions_per_minute=1) as scene:
        story = Story(scene)
        first, _ = await story.submit()
        await story.ended(first)
        second, ack = await story.submit()
        assert ack.error is None
        assert "more than 1 list in a minute, so nothing was created" in second.errors["name"]
        assert second.state == "open"
        other = scene.slack.person("U0AGENT")
        await other.command("of somebody else", channel=CAMPAIGNS)
        view = await other.view()
        await other.submit(view, {"description": "x"})
        await other.until(lambda: view.title == "Contact list created")
        assert [call.operation for call in scene.kore.calls].count("create") == 2


async def test_open_jobs_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    """While as many jobs are open as may be, a form says so, and nothing is saved."""

    async def not_looked(_: Backlog) -> None:
        """Leave the count to the process: how the store is counted is tested by itself."""

    monkeypatch.setattr(Backlog, "look", not_looked)
    async with stage(rate_per_minute=1, open_jobs_limit=1) as scene:
        scene.kore.fault("timeout")
        story = Story(scene)
        await story.submit()
        refused, _ = await story.submit()
        assert "as many lists in work as it takes, so nothing was created" in refused.errors["name"]
        scene.kore.clear_faults()
