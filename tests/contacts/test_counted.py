"""How forms that add contacts ended, where nothing is wrong with what they say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy.exc import OperationalError

from bot.jobs.enqueuing import Enqueuer
from sandbox.demo import Stage
from tests.contacts.adding import Adding
from tests.figures import Counted
from tests.stages import refresh_access, stage
from tests.story import CAMPAIGNS, GENERAL, Story

pytestmark = pytest.mark.process


@pytest.fixture
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that a group may use."""
    async with stage(allowed_usergroups="S0LEADS") as running:
        yield running


@pytest.fixture
async def adding(scene: Stage) -> Adding:
    """Create a list to fill."""
    return await Adding(Story(scene)).created()


@asynccontextmanager
async def without_access(scene: Stage) -> AsyncIterator[None]:
    """Take the person out of the group for a while."""
    members = scene.slack.workspace.user_groups["S0LEADS"]
    members.remove("U0LEAD")
    await refresh_access(scene)
    yield
    members.append("U0LEAD")
    await refresh_access(scene)


async def test_refused(scene: Stage, adding: Adding) -> None:
    """Who lost the right meanwhile is refused, with a file and at its preview, and nothing is sent."""
    await adding.opened()
    counted = await Counted.of(scene)
    async with without_access(scene):
        await adding.chosen()
        assert "don't have access" in adding.view.errors["file"]
    assert await counted.forms() == {"refused": 1}

    await adding.story.lead.submit(adding.view)
    await adding.until("ready")
    counted = await Counted.of(scene)
    async with without_access(scene):
        await adding.story.lead.submit(adding.view)
        await adding.until("don't have access")
    assert await counted.forms() == {"refused": 1}
    assert "add" not in {call.operation for call in scene.kore.calls}


async def test_not_saved(scene: Stage, adding: Adding, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that does not take an import shows among those that were not saved."""
    await adding.previewed()

    async def away(*_: object, **__: object) -> bool:
        raise OperationalError("insert", {}, Exception("away"))

    counted = await Counted.of(scene)
    with monkeypatch.context() as store:
        store.setattr(Enqueuer, "enqueue", away)
        await adding.story.lead.submit(adding.view)
        await adding.until("aving")
    assert await counted.forms() == {"not_saved": 1}


async def test_post_refused(scene: Stage, adding: Adding) -> None:
    """A list that may not be posted there is refused, too."""
    lead = adding.story.lead
    await lead.command(f"show {adding.list_id}")
    details = await lead.view()
    await lead.until(lambda: adding.story.name in details.text)
    await lead.press(details, "post_list")
    form = await lead.view()
    counted = await Counted.of(scene)
    async with without_access(scene):
        await lead.submit(form, {"conversation": GENERAL})
    assert form.errors
    assert await counted.forms() == {"refused": 1}
    assert not [each for each in lead.sees(GENERAL) if adding.story.name in each.text]
    assert lead.sees(CAMPAIGNS)
