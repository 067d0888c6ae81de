"""Kore.ai is down for a while: jobs wait, people are told that they do, nothing is hammered."""

from dataclasses import replace

import pytest

from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import View
from tests.quick import QUICK
from tests.stages import stage

pytestmark = pytest.mark.slow


async def submitted(scene: Stage, *names: str) -> list[View]:
    """Submit a form for each name."""
    lead = Person(scene.slack, "U0LEAD")
    views = []
    for name in names:
        await lead.command(name)
        views.append(await lead.view())
        await lead.submit(views[-1], {"description": "x"})
    return views


async def test_jobs_wait_for_an_api_that_is_down() -> None:
    """The form says that the bot waits; as soon as somebody answers there, each list is made once."""
    async with stage(rate_per_minute=60_000, timing=replace(QUICK, retry_delays=(0.3,))) as scene:
        lead = Person(scene.slack, "U0LEAD")
        await scene.kore.__aexit__(None, None, None)
        views = await submitted(scene, "down 1", "down 2")
        await lead.until(
            lambda: all("Kore.ai isn't accepting requests right now" in view.text for view in views)
        )
        await scene.kore.__aenter__()
        await lead.until(lambda: all(view.title == "Contact list created" for view in views))
        assert [each.operation for each in scene.kore.calls].count("create") == 2


async def test_an_api_that_stays_down_is_given_up_on() -> None:
    """After half an hour the person reads that nothing was created."""
    timing = replace(QUICK, retry_delays=(0.2,), retry_for=1)
    async with stage(rate_per_minute=60_000, timing=timing) as scene:
        await scene.kore.__aexit__(None, None, None)
        (view,) = await submitted(scene, "down for good")
        lead = Person(scene.slack, "U0LEAD")
        await lead.until(lambda: view.title == "Couldn't create list")
        assert "couldn't reach Kore.ai" in view.text
        assert "[ Try again ]" in view.text
        assert not scene.kore.calls
        await scene.kore.__aenter__()


async def test_slack_says_nothing() -> None:
    """Slack may show late that a job waits: the next try, and so the result, leaves it the time."""
    async with stage(rate_per_minute=60_000, timing=replace(QUICK, view_lingers=0.5)) as scene:
        scene.slack.fault("views.update", Fault(drop=True))
        scene.kore.fault("rate_limited")
        (view,) = await submitted(scene, "late")
        await Person(scene.slack, "U0LEAD").until(lambda: view.title == "Contact list created")
        refused, accepted = [call.at for call in scene.kore.calls if call.operation == "create"]
        assert accepted - refused >= 0.5
