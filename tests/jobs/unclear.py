"""What tests do about an answer of Kore.ai that is unclear."""

from dbos import DBOS

from sandbox.slack.delivery import Ack
from sandbox.slack.workspace import View
from tests.story import CAMPAIGNS, Story


def about(story: Story, channel: str = CAMPAIGNS) -> list[str]:
    """Return everything in a channel that is about this story's list."""
    return [story.read(each) for each in story.lead.sees(channel) if story.name in story.read(each)]


async def pressed_once_more(story: Story) -> Ack:
    """Send the last signed submission to the bot again."""
    sent = [each for each in story.scene.slack.traffic if each.what == "POST /slack/events"][-1]
    return await story.scene.slack.deliver("interactive", dict(sent.request))


async def found_by_looking(story: Story) -> View:
    """Return the form of a list that was made though the answer did not say so."""
    story.scene.kore.fault("drop_after_commit")
    view, _ = await story.submit()
    await story.told(CAMPAIGNS)
    assert "Contact list created" in await story.ended(view)
    return view


def fail_with(error: Exception) -> object:
    """Return a coroutine function that raises."""

    async def failing(*_: object, **__: object) -> None:
        raise error

    return failing


async def uncertain(story: Story) -> View:
    """Return the form of a list that was not made, and that nobody knows of."""
    story.scene.kore.fault("drop_before_commit")
    view, _ = await story.submit()
    await story.ended(view)
    return view


async def submission_of(view: View) -> object:
    """Return the submission of a form as the store has it."""
    found = await DBOS.get_workflow_status_async(view.id)
    assert found
    assert found.input
    return found.input["args"][0]["submission"]


async def settled(story: Story, view: View) -> str:
    """Wait until a form shows a result, and return what it says."""
    await story.lead.until(lambda: view.title not in {"Checking…", "Creating…"})
    return view.text
