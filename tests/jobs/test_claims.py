"""Whose a list is: no two submissions are told of one, and none of an older list."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from bot.jobs.contract import RECORD
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.workflows import Jobs
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.jobs.unclear import about, settled, uncertain
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


async def test_an_older_list_of_that_name_is_not_mistaken_for_ours(story: Story) -> None:
    """The same words, made before: still not certain."""
    await story.submit()
    await story.told(CAMPAIGNS)
    await asyncio.sleep(1.1)  # the server's Date has whole seconds: within one, old and new look the same
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    await story.ended(view)
    assert view.title == "Couldn't confirm"
    assert len(story.scene.kore.lists) == len({*story.scene.kore.lists})


async def test_the_same_words_submitted_twice_are_two_lists(story: Story) -> None:
    """A list that another submission made is not found for the one that did not."""
    unclear = await uncertain(story)
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    await story.ended(view)
    await story.lead.press(unclear, "check_again")
    await story.lead.until(lambda: unclear.title == "Checking…")
    assert "can't tell whether" in await settled(story, unclear)
    assert len(about(story)) == 1


async def test_a_list_that_another_job_may_be_telling_of_is_left_to_it(story: Story) -> None:
    """The same words at the same moment: as long as the one is under way, the other takes nothing."""
    story.scene.slack.fault("chat.postMessage", Fault(delay=1.5))
    view, _ = await story.submit()
    await story.scene.kore.until(lambda: bool(story.calls))
    other = await uncertain(story)
    assert other.title == "Couldn't confirm"
    assert "Contact list created" in await story.ended(view)


async def test_two_that_look_for_one_list_do_not_share_it(story: Story) -> None:
    """Both answers were lost and one list was made: it is created for one of them, and not for the other."""
    story.scene.kore.fault("drop_after_commit")
    story.scene.kore.fault("drop_before_commit")
    first, second = await story.form(), await story.form()
    for view in (first, second):
        await story.lead.submit(view, {"description": story.description})
    for view in (first, second):
        await story.ended(view)
    titles = {first.title, second.title}
    assert "Contact list created" in titles
    assert titles & {"Couldn't confirm", "Is this your list?"}
    assert len(about(story)) == 1


async def test_a_submission_keeps_its_list(story: Story) -> None:
    """After people were told of it, a lookup for a list of the same words leaves it alone."""
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await story.ended(view)
    other = await uncertain(story)
    assert other.title == "Couldn't confirm"
    assert len(about(story)) == 1


@pytest.fixture
async def claimed(monkeypatch: pytest.MonkeyPatch) -> str:
    """Claim the list that Kore.ai makes next for another submission."""
    short_id = uuid4().hex
    list_id = f"cl-{short_id}"
    monkeypatch.setattr("sandbox.kore.lists.short_id", lambda: short_id)
    await Jobs.running.claims.claim(list_id, "V-of-another")  # a race that no test can win
    return list_id


async def test_a_claimed_list_is_left(story: Story, claimed: str) -> None:
    """A list that another submission has claimed is not found for this one, whose answer was lost."""
    story.scene.kore.fault("drop_after_commit")
    view, _ = await story.submit()
    await story.ended(view)
    assert claimed in story.scene.kore.lists
    assert view.title == "Couldn't confirm"
    assert not about(story)


async def test_a_post_keeps_its_list(story: Story, claimed: str) -> None:
    """The answer of a POST is certain: its list is told of, even if a lookup had claimed it for another."""
    view, _ = await story.submit()
    assert claimed in (await story.told(CAMPAIGNS)).text
    assert "Contact list created" in await story.ended(view)


async def test_claim_waits_for_store(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer is not noted, and so not told, before its list is claimed; the store may be away."""
    enqueue, refused = Enqueuer.enqueue, asyncio.Event()

    async def away_once(enqueuer: Enqueuer, workflow: str, *args: Any, **how: Any) -> bool:  # noqa: ANN401
        if workflow == RECORD and not refused.is_set():
            refused.set()
            raise OperationalError("insert", {}, Exception("away"))
        return await enqueue(enqueuer, workflow, *args, **how)

    monkeypatch.setattr(Enqueuer, "enqueue", away_once)
    monkeypatch.setattr(Jobs.running, "timing", replace(QUICK, save_timeout=0.1))
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await story.ended(view)
    assert refused.is_set()
    assert len(story.calls) == 1
