"""A list that is posted at once: in a module of its own, as its bot is."""

import time
from dataclasses import replace

import pytest

from sandbox.slack.people import Person
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST

pytestmark = pytest.mark.slow


async def test_posted_at_once() -> None:
    """The end never comes so early that the acknowledgement of the form would put "Posting…" over it."""
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, view_settles=1.5)) as scene:
        lead, list_id = Person(scene.slack, "U0LEAD"), scene.kore.put("Renewals")
        await lead.command(f"show {list_id}")
        details = await lead.view()
        await lead.until(lambda: "Show all fields" in details.text)
        await lead.press(details, "post_list")
        form, began = await lead.view(), time.time()

        await lead.submit(form)
        await lead.until(lambda: form.title == "Posted")

        assert time.time() - began >= 1.5
