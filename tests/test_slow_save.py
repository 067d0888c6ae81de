"""A save that takes long: its job may end before the form is acknowledged, and the result is not lost."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.jobs.workflows import Jobs
from bot.models import Submission
from bot.submissions import SLOW_SAVE
from bot.timing import Timing
from sandbox.demo import Stage
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, Story

pytestmark = pytest.mark.slow


@pytest.fixture
async def scene() -> AsyncIterator[Stage]:
    """Run a bot."""
    timing = replace(QUICK, ack_settles=0.3, view_settles=Timing().view_settles)
    async with stage(timing=timing) as running:
        running.slack.ack_seconds = 9  # a job that is slow on a busy machine is not what is tested
        yield running


async def test_result_before_ack(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """An acknowledgement that comes late puts "Creating…" over the result, which comes back by itself."""
    story, save = Story(scene), Jobs.save
    view = await story.form()

    async def saved_late(jobs: Jobs, submission: Submission) -> Submission:
        saved = await save(jobs, submission)
        await story.lead.until(lambda: view.title == "Contact list created")
        return saved

    monkeypatch.setattr(Jobs, "save", saved_late)
    await story.lead.submit(view, {"description": story.description})

    assert view.title == "Creating…"
    await story.lead.until(lambda: view.title == "Contact list created")
    await story.told(CAMPAIGNS)
    assert len(story.calls) == 1


def test_slow_is_soon_enough() -> None:
    """No result comes so early that the save before its acknowledgement would not count as slow."""
    assert Timing().view_settles > SLOW_SAVE
