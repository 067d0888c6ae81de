"""How long Slack is waited for, and how long it is left alone."""

from dataclasses import replace

import pytest

from sandbox.slack.traffic import Fault
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.slow


async def test_open_is_late() -> None:
    """An answer after the time that other calls have is an answer: the form is open, and all is well."""
    timing = replace(QUICK, slack_timeout=0.2, view_timeout=5)
    async with stage(rate_per_minute=FAST, timing=timing) as scene:
        story = Story(scene)
        scene.kore.put(story.name)
        scene.slack.fault("views.open", Fault(delay=0.5))

        await story.lead.command(f"show {story.name}")
        view = await story.lead.view()
        await story.lead.until(lambda: "Show all fields" in view.text)

        assert not story.lead.sees(CAMPAIGNS)
        assert not story.lead.sees("DM")


async def test_named_wait() -> None:
    """A wait that Slack names is kept: nothing is tried before it is over, and then at once."""
    timing = replace(QUICK, max_retry_wait=0, notify_delays=(0, 0, 5))
    async with stage(rate_per_minute=FAST, timing=timing) as scene:
        story = Story(scene)
        scene.slack.fault("chat.postMessage", Fault(retry_after=2))

        await story.submit()
        posts: list[float] = []

        def is_told() -> bool:
            posts[:] = [each.at for each in scene.slack.traffic if each.what == "chat.postMessage"]
            return len(posts) == 2

        await story.lead.until(is_told)
        assert 2 <= posts[1] - posts[0] < 4
