"""What people see of the lists once contacts were added."""

import pytest

from tests.contacts.adding import Adding
from tests.story import CAMPAIGNS, Story

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]


async def test_lists(story: Story) -> None:
    """The lists that people see have the new number at once."""
    adding, lead = await Adding(story).created(), story.lead
    headline = f"1 contact list with “{story.name}”"

    def shown() -> list[str]:
        return [story.read(each) for each in lead.sees(CAMPAIGNS) if headline in each.text]

    await lead.command(f"list {story.name}")
    await lead.until(lambda: len(shown()) == 1)
    await adding.previewed()
    await adding.confirmed()

    await lead.command(f"list {story.name}")

    await lead.until(lambda: len(shown()) > 1)
    assert ["5 contacts" in each for each in shown()] == [False, True]
