"""After an unclear answer the form says that the bot checks, and how far it is; the result stays on top."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sandbox.demo import Stage
from sandbox.slack.traffic import Exchange, Fault
from sandbox.slack.workspace import View
from tests.jobs.unclear import uncertain
from tests.quick import QUICK
from tests.stages import nothing_open, stage
from tests.story import Story

pytestmark = pytest.mark.asyncio(loop_scope="module")

LINGERS = 0.5


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that does not wait long for Slack to show what it may still show."""
    async with stage(timing=replace(QUICK, view_lingers=LINGERS)) as running:
        yield running


HOW_FAR = "Kore.ai didn't confirm it. Checking, {0} of 4…"


def changes_of(story: Story, view: View) -> list[Exchange]:
    """Return every change of a form that the bot asked Slack for."""
    return [
        each
        for each in story.scene.slack.traffic
        if each.what == "views.update" and each.request["view_id"] == view.id
    ]


def texts_of(story: Story, view: View) -> list[str]:
    """Return what a form was changed to, one after the other."""
    return [str(each.request["view"]["blocks"]) for each in changes_of(story, view)]


async def test_how_far_it_is(story: Story) -> None:
    """Each of the four lookups is announced, in order, and then comes the result."""
    view = await uncertain(story)
    await nothing_open()

    *checks, end = texts_of(story, view)
    assert len(checks) == 4
    for number, shown in enumerate(checks, 1):
        assert HOW_FAR.format(number) in shown
        assert story.name in shown
    assert "can't tell whether" in end


async def test_each_names_the_state_before(story: Story) -> None:
    """Slack is told which state each one replaces, so that none can lie over a result."""
    view = await uncertain(story)
    await nothing_open()

    first, *others, end = changes_of(story, view)
    before = first
    for each in others:
        assert isinstance(before.answer, dict)
        assert each.request["hash"] == before.answer["view"]["hash"]
        before = each
    assert "hash" not in first.request
    assert "hash" not in end.request


async def test_slack_says_nothing(story: Story) -> None:
    """Slack may show such a state late: the next lookup, and so the result, leaves it the time."""
    story.scene.slack.fault("views.update", Fault(drop=True))
    view = await uncertain(story)
    await nothing_open()

    lookups = [call.at for call in story.scene.kore.calls if call.operation == "list"]
    first = lookups[-len(QUICK.lookup_delays)]
    assert first - story.calls[-1].at >= LINGERS
    assert "hash" not in changes_of(story, view)[1].request
    assert view.title == "Couldn't confirm"


async def test_a_closed_form(story: Story) -> None:
    """It is not waited for, and the person hears the end by message."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    story.lead.close(view)

    assert "can't tell whether" in (await story.told("DM")).text
