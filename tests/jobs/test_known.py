"""What was known before a POST is not taken for what it made."""

import pytest

from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story


@pytest.mark.slow
async def test_known_lists_are_others() -> None:
    """A list that the person was warned of is not taken for the new one, whatever its time says."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        story = Story(scene)
        scene.kore.put(story.name, story.description, createdAt="2099-01-01T00:00:00Z")
        await story.lead.command("list")
        await story.lead.message(CAMPAIGNS)
        scene.kore.fault("server_error")

        view, _ = await story.submit()

        ended = await story.ended(view)
        assert view.title == "Couldn't confirm"
        assert "The other lists with this name were there before" in ended
