"""How often a person may add contacts: as often as they may create lists, and each form counts once."""

import pytest

from tests.contacts.adding import Adding
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = pytest.mark.process


async def test_too_many() -> None:
    """The list and the first file are all that is allowed; the file of the second form is kept in it."""
    async with stage(rate_per_minute=FAST, timing=QUICK, submissions_per_minute=2) as scene:
        first = await Adding(Story(scene)).created()
        await first.previewed()
        assert "Added 5 contacts" in await first.confirmed()

        second = Adding(first.story, list_id=first.list_id)
        await second.opened()
        await second.chosen()

        assert "You can create, post or fill up to 2 lists a minute." in second.view.errors["file"]
