"""A list that was just created here is known before anyone hears of it."""

from dataclasses import replace

import pytest

from sandbox.slack.traffic import Fault
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, Story

pytestmark = pytest.mark.slow


async def test_known_when_it_is_told() -> None:
    """A reader of the summary who asks for the list at once sees it, though the lists were read before."""
    async with stage(timing=replace(QUICK, lists_fresh_for=3_600)) as scene:
        story = Story(scene)
        await story.lead.command("list")
        assert "There are no contact lists yet" in (await story.lead.message(CAMPAIGNS)).text
        scene.slack.fault("chat.postMessage", Fault(delay=2, after=True))  # the job still tells the others

        await story.submit()
        await story.told(CAMPAIGNS)
        await story.lead.command(f"list {story.name}")

        assert "1 contact list" in (await story.told(CAMPAIGNS, count=2)).text
