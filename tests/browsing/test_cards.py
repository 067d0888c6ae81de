"""What a card, the help and a modal of one list lead to, through the door."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy.exc import OperationalError

from bot.jobs.steps import read_job_payload
from bot.views.card import OPEN_IN_KORE, SHOW_DETAILS
from bot.views.command import HELP_CREATE, HELP_LIST
from bot.views.details import SHOW_ALL_FIELDS
from bot.views.rows import SHOW
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.workspace import Message, View
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONSOLE = "https://console.kore.example/lists/{id}/contacts"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that knows where Kore.ai's console is."""
    timing = replace(QUICK, lists_fresh_for=0, lists_timeout=8)
    async with stage(rate_per_minute=FAST, timing=timing, kore_console_url=CONSOLE) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def card(story: Story) -> Message:
    """Create a list and return its card in the channel."""
    view, _ = await story.submit()
    await story.ended(view)
    story.lead.close(view)
    return await story.told(CAMPAIGNS)


def elements(message: Message) -> dict[str, dict[str, Any]]:
    """Find the buttons of a message, by what they do."""
    rows = [block["elements"] for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"]: element for row in rows for element in row}


async def details_of(story: Story, card: Message, person: Person) -> View:
    """Press *Details* on the card and wait for what Kore.ai tells."""
    await person.press(card, SHOW_DETAILS)
    view = await person.view()
    await person.until(lambda: "Show all fields" in view.text)
    assert story.name in view.text
    return view


async def test_card_details(story: Story, card: Message) -> None:
    """Anyone in the channel opens the list from its card, and reads who created it here."""
    reader = Person(story.scene.slack, "U0AGENT")
    view = await details_of(story, card, reader)
    assert "by @Mina Okafor" in view.text
    await reader.press(view, SHOW_ALL_FIELDS)
    await reader.until(lambda: "Created by (Kore.ai)" in view.text)
    assert "by @Mina Okafor" in view.text
    assert "[ Show all fields ]" not in view.text


async def test_console_link(story: Story, card: Message) -> None:
    """*Open in Kore.ai* leads to this list, and Slack is answered when it is followed."""
    (list_id,) = [key for key, each in story.scene.kore.lists.items() if each["name"] == story.name]
    assert elements(card)[OPEN_IN_KORE]["url"] == CONSOLE.replace("{id}", list_id)
    assert (await story.lead.press(card, OPEN_IN_KORE)).status == 200


async def test_creator_unknown(story: Story) -> None:
    """Of a list that was made in Kore.ai's console nobody here is named."""
    story.scene.kore.put(story.name)
    await story.lead.command(f"show {story.name}")
    view = await story.lead.view()
    await story.lead.until(lambda: "Show all fields" in view.text)
    assert "Created: " in view.text
    assert " by @" not in view.text


async def test_creator_store_away(story: Story, card: Message, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that doesn't answer takes the name away, and nothing else."""
    read = read_job_payload

    async def away(job_id: str) -> object:
        if job_id.startswith("list/"):
            raise OperationalError("select", {}, Exception("away"))
        return await read(job_id)

    with monkeypatch.context() as store:
        store.setattr("bot.jobs.claims.read_job_payload", away)
        view = await details_of(story, card, story.lead)
    assert "Created: " in view.text
    assert " by @" not in view.text


async def helped(story: Story) -> Message:
    """Ask for help and return the card."""
    await story.lead.command("help", channel=CAMPAIGNS)
    return story.lead.sees(CAMPAIGNS)[-1]


async def test_help_creates(story: Story) -> None:
    """*Create contact list* in the help opens the empty form."""
    await story.lead.press(await helped(story), HELP_CREATE)
    assert (await story.lead.view()).title == "New contact list"


async def test_help_lists(story: Story) -> None:
    """*See all lists* answers with the lists, and leaves the help where it is."""
    story.scene.kore.put(story.name)
    answer = await helped(story)
    before = {one.ts for one in story.lead.sees(CAMPAIGNS)}

    def listed() -> list[str]:
        new = [one for one in story.lead.sees(CAMPAIGNS) if one.ts not in before]
        return [story.read(one) for one in new if one.ephemeral_to == "U0LEAD"]

    await story.lead.press(answer, HELP_LIST)
    await story.lead.until(lambda: any("ontact list" in each for each in listed()))
    assert not answer.deleted
    assert HELP_LIST in elements(answer)


async def test_show_one_of_two(story: Story) -> None:
    """*Show* turns the choice into the list; without its modal the press does nothing."""
    for description in ("The first.", "The second."):
        story.scene.kore.put(story.name, description)
    await story.lead.command(f"show {story.name}")
    choice = await story.lead.view()
    await story.lead.until(lambda: "2 lists match" in choice.text)
    before = len(story.scene.slack.workspace.views)
    await story.lead.press(choice, SHOW, block_id="list-1")
    await story.lead.until(lambda: "The first." in choice.text)
    payload = next(
        dict(each.request)
        for each in story.scene.slack.traffic[::-1]
        if each.request.get("type") == "block_actions"
    )
    del payload["view"]
    ack = await story.scene.slack.deliver("interactive", payload)
    assert (ack.status, ack.error) == (200, None)
    assert len(story.scene.slack.workspace.views) == before


@pytest.mark.parametrize("typed", ["List of {}", "LISTS {}"])
async def test_other_reading(story: Story, typed: str) -> None:
    """What may be a name or a search is read as a name, and the form offers the other."""
    await story.lead.command(typed.format("renewals"))
    form = await story.lead.view()
    assert f"Name: {typed.format('renewals')}\n" in form.text
    assert "Looking for a list instead? Type /contactlist list" in form.text
    story.lead.close(form)


@pytest.mark.parametrize(
    ("typed", "name"),
    [("CREATE {}", "{}"), ("new {}", "{}"), ('"list of {}"', "list of {}"), ("Create", None)],
)
async def test_verbs_create(story: Story, typed: str, name: str | None) -> None:
    """`create` and `new` in any case, with or without a name; quotes make a name of anything."""
    await story.lead.command(typed.format(story.name))
    form = await story.lead.view()
    filled = form.inputs["name"]["element"].get("initial_value")
    assert filled == (name and name.format(story.name))
    story.lead.close(form)
