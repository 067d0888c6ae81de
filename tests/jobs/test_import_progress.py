"""How far an import has come never lies over how it ended."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from sandbox.demo import Stage
from sandbox.slack.traffic import Exchange, Fault
from tests.jobs.filled import Filled
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

LINGERS = 1.5

pytestmark = pytest.mark.process


@pytest.fixture
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that does not wait long for Slack to show what it may still show."""
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, view_lingers=LINGERS)) as running:
        yield running


async def test_slack_says_nothing(scene: Stage) -> None:
    """Slack may show late that all is sent: the end leaves it the time."""
    filled = await Filled.of(Story(scene), 2)
    scene.slack.fault("views.update", Fault(drop=True))

    await filled.start()
    await filled.story.lead.until(lambda: changes_to(scene, "Added 2 contacts.") != [])

    (progress,), (end,) = (changes_to(scene, words) for words in ("2 of 2 sent.", "Added 2 contacts."))
    assert end.at - progress.at >= LINGERS


def changes_to(scene: Stage, words: str) -> list[Exchange]:
    """Return the changes of views to some words."""
    changes = [each for each in scene.slack.traffic if each.what == "views.update"]
    return [each for each in changes if words in str(each.request)]
