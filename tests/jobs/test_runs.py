"""A run of a job that takes too long shows nothing more: another one may have ended the job meanwhile."""

import asyncio
import signal
from dataclasses import replace

import pytest

from bot.views.progress import TRY_AGAIN
from sandbox.demo import Stage
from tests.jobs.killed import postgresql_url, scene_for
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, Story

__all__ = ["postgresql_url"]

LATE = replace(QUICK, abandoned_after=3, view_settles=5, adoption_poll=0.1)
"""A bot whose runs are too late for a form that settles."""


def shown(scene: Stage) -> str:
    """Return all that was shown in forms."""
    return str([each.request for each in scene.slack.traffic if each.what == "views.update"])


@pytest.mark.slow
async def test_progress_is_late() -> None:
    """It isn't shown anymore; the job goes on from its answer."""
    async with stage(timing=LATE) as scene:
        story = Story(scene)
        scene.kore.fault("drop_before_commit")
        view, _ = await story.submit()

        assert "can't tell whether" in await story.ended(view)

        assert "Checking, 2 of 4…" in shown(scene)
        assert "Checking, 1 of 4…" not in shown(scene)
        assert len(story.calls) == 1


@pytest.mark.slow
async def test_notification_is_late() -> None:
    """Who was told before isn't told again, and the others are told by another run."""
    async with stage(timing=LATE) as scene:
        story = Story(scene)
        view, _ = await story.submit()

        await story.ended(view)

        assert view.title == "Contact list created"
        assert len([each for each in story.lead.sees(CAMPAIGNS) if story.name in story.read(each)]) == 1


@pytest.mark.chaos
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("fault", "ended"), [("drop_before_commit", "Couldn't confirm"), ("invalid", "Couldn't create list")]
)
async def test_frozen_in_the_middle(postgresql_url: str, fault: str, ended: str) -> None:
    """A process wakes up after another one has ended its job: it shows nothing over what came since."""
    async with scene_for(postgresql_url) as scene:
        frozen, living = scene.bot(), scene.bot()
        await scene.start(frozen)
        await scene.lead.submit(await scene.form(), {"description": "for a bot that is quick with the next"})
        await scene.everybody_heard()
        view = await scene.form()
        scene.kore.fault(fault)
        await scene.lead.submit(view, {"description": "x"})
        await scene.kore.until(lambda: scene.count("create") == 2)
        await asyncio.sleep(0.1)  # the answer is recorded, and the form has not settled
        frozen.send(signal.SIGSTOP)
        await scene.start(living)
        await scene.lead.until(lambda: view.title == ended, timeout=60)
        await scene.lead.press(view, TRY_AGAIN)
        await scene.lead.until(lambda: view.title == "New contact list")
        frozen.send(signal.SIGCONT)
        await asyncio.sleep(2)  # nothing may happen: there is no event for that
        assert view.title == "New contact list"
