"""*Post to channel*: one form posts once, and it counts against what a person may send."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from bot.jobs.enqueuing import Enqueuer
from sandbox.demo import Stage
from sandbox.slack.workspace import Message, View
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, GENERAL, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as running:
        yield running


async def test_one_form_posts_once(story: Story) -> None:
    """The form of *Post to channel* sent five times is one message; the others are told to look there."""
    form = await post_form(story)
    await story.lead.submit(form)
    payload = submission(story)

    acks = [await story.scene.slack.deliver("interactive", payload) for _ in range(4)]
    await story.lead.until(lambda: form.title == "Posted")

    assert all(isinstance(ack.body, dict) and "was sent before" in str(ack.body["view"]) for ack in acks)
    assert len(shared(story)) == 1


async def test_each_form_posts(story: Story) -> None:
    """Another form of the same list is another message: a person wants it in two channels."""
    for channel in (CAMPAIGNS, GENERAL):
        form = await post_form(story)
        await story.lead.submit(form, {"conversation": channel})
        await story.told(channel)

    assert len(shared(story)) == 1


async def test_not_saved(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the store is away nothing is posted, and the form says so; pressed again, it posts once."""
    commit, form = Enqueuer._commit, await post_form(story)  # noqa: SLF001 - the seam

    def saved_but_lost(enqueuer: Enqueuer, batch: Any) -> list[bool]:  # noqa: ANN401 - as it comes
        commit(enqueuer, batch)
        raise OperationalError("insert", {}, Exception("the connection broke after the commit"))

    monkeypatch.setattr(Enqueuer, "_commit", saved_but_lost)
    await story.lead.submit(form)
    refused, posted = form.errors.get("conversation", ""), len(shared(story))
    monkeypatch.undo()
    await story.lead.submit(form)
    await story.lead.until(lambda: form.title == "Posted")
    await story.scene.slack.deliver("interactive", submission(story))

    assert "Saving took too long" in refused
    assert posted == 0
    assert len(shared(story)) == 1


def submission(story: Story) -> dict[str, Any]:
    """Return the newest form that was sent."""
    traffic = story.scene.slack.traffic
    return next(each.request for each in traffic[::-1] if each.request.get("type") == "view_submission")


async def post_form(story: Story) -> View:
    """Open the form of *Post to channel* for a list."""
    list_id = story.scene.kore.put(story.name)
    await story.lead.command(f"show {list_id}")
    details = await story.lead.view()
    await story.lead.until(lambda: "Show all fields" in details.text)
    await story.lead.press(details, "post_list")
    return await story.lead.view()


def shared(story: Story) -> list[Message]:
    """List the messages in which the list was shared."""
    messages = story.lead.sees(CAMPAIGNS)
    return [
        each for each in messages if story.name in story.read(each) and "shared the contact list" in each.text
    ]
