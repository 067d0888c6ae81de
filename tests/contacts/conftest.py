"""What the tests of filling a list share."""

import pytest_asyncio

from tests.contacts.adding import Adding
from tests.story import Story


@pytest_asyncio.fixture(loop_scope="module")
async def adding(story: Story) -> Adding:
    """Return a story whose list exists."""
    return await Adding(story).created()
