"""A failure stays in the Home tab over a restart."""

from pathlib import Path

import pytest

from sandbox.slack.people import Person
from tests.stages import stage
from tests.story import Story, opened_home

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


async def test_over_a_restart(tmp_path: Path) -> None:
    """Another process on the same store shows it too."""
    store = f"sqlite:///{tmp_path / 'contactlist.db'}"
    async with stage(database_url=store) as before:
        story = Story(before)
        before.kore.fault("invalid", operation="create")
        form, _ = await story.submit()
        await story.ended(form)
    async with stage(database_url=store) as after:
        home = await opened_home(Person(after.slack, "U0LEAD"), f"❌ {story.name}")
        assert "[ Dismiss ]" in home.text
