"""Choosing the list that the file of a message is for, when the bot has not read the lists yet."""

from dataclasses import replace

import pytest

from bot.views.contacts import ADD_FROM_FILE
from sandbox.slack.workspace import View
from tests.jobs.filled import file_of
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.slow


async def chosen(story: Story) -> View:
    """Choose *Add contacts from file* on a message, and return the modal that opens."""
    message = story.lead.write(CAMPAIGNS, "For tomorrow", {"people.csv": file_of(3)})
    await story.lead.message_shortcut(message, ADD_FROM_FILE)
    return await story.lead.view()


async def test_unread() -> None:
    """None can be read: it says why, and not that there are none."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        story = Story(scene)
        scene.kore.fault("unauthorized", operation="list")

        view = await chosen(story)

        await story.lead.until(lambda: "I don't have the lists yet. Kore.ai rejected" in view.text)


async def test_late() -> None:
    """They come later than anyone is asked to wait: they are shown then."""
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, lists_timeout=0)) as scene:
        story = Story(scene)
        scene.kore.put(story.name)

        view = await chosen(story)

        await story.lead.until(lambda: f"[ ] {story.name}" in view.text)


async def test_none() -> None:
    """The account has no list: one has to be created first."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        story = Story(scene)
        scene.kore.lists.clear()

        view = await chosen(story)

        await story.lead.until(lambda: "There are no contact lists yet." in view.text)
