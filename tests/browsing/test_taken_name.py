"""The warning of a taken name: what it tells, and a look at the other list without losing the form."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.workspace import View
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")

DESCRIPTION = "For the calls in July."


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that has read the lists when it is asked about a name."""
    async with stage(timing=replace(QUICK, lists_fresh_for=0)) as running:
        jonas = Person(running.slack, "U0AGENT")
        await jonas.command("list")
        assert "There are no contact lists yet" in (await jonas.message(CAMPAIGNS)).text
        yield running


async def warned(story: Story) -> View:
    """Send a form with the name of a list that Jonas created here, as Mina."""
    jonas = Person(story.scene.slack, "U0AGENT")
    await jonas.command(story.name)
    form = await jonas.view()
    await jonas.submit(form, {"description": story.description})
    await jonas.until(lambda: form.title == "Contact list created")
    mine = await story.form()
    await story.lead.submit(
        mine, {"description": DESCRIPTION, "duplicates": ["allow"], "conversation": "C0GENERAL"}
    )
    return mine


async def test_what_it_tells(story: Story) -> None:
    """Name, how many contacts, when and by whom; it is no error, and nothing was sent."""
    form = await warned(story)

    assert form.title == "New contact list"
    assert form.errors == {}
    assert f"This name is taken: {story.name} (0 contacts, updated" in form.text
    assert "created by @Jonas Weber)" in form.text
    assert "Rename yours, or select Create list again to make a second one." in form.text
    assert (
        form.text.index("Name: ") < form.text.index("This name is taken") < form.text.index("Description: ")
    )
    assert len(story.calls) == 1


async def test_nothing_is_lost(story: Story) -> None:
    """The list opens over the form, to be read; what was typed is still there, and is created."""
    form = await warned(story)
    typed = dict(form.values)

    await story.lead.press(form, "card_details")
    details = await story.lead.view()
    await story.lead.until(lambda: "Show all fields" in details.text)
    assert "Post to channel" not in details.text
    assert "Add contacts" not in details.text
    await story.lead.press(details, "show_all_fields")
    await story.lead.until(lambda: "List type" in details.text)
    assert "[ Post to channel ]" not in details.text
    story.lead.close(details)

    assert form.values == typed
    await story.lead.submit(form)
    await story.lead.until(lambda: form.title == "Contact list created")
    assert len(story.calls) == 2
    created = [each for each in story.scene.kore.lists.values() if each["name"] == story.name]
    assert {each["description"] for each in created} == {story.description, DESCRIPTION}
    assert "I posted the summary in #general" in form.text


async def test_a_double_press(story: Story) -> None:
    """A second press that was on its way is no answer to the warning."""
    form = await warned(story)
    sent = next(
        each.request
        for each in story.scene.slack.traffic[::-1]
        if each.request.get("type") == "view_submission"
    )

    again = await story.scene.slack.deliver("interactive", dict(sent))

    assert isinstance(again.body, dict)
    assert "This name is taken" in str(again.body["view"])
    assert len(story.calls) == 1
    assert form.title == "New contact list"
