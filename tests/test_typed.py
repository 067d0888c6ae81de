"""What a person types, by the rule of the place: Slack rewrites command text, and nothing in an input."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from sandbox.demo import Stage
from sandbox.slack.live import live_parts
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story, opened_home

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that reads the lists each time."""
    timing = replace(QUICK, lists_fresh_for=0, lists_retry_after=0, lists_timeout=8, home_timeout=8)
    async with stage(rate_per_minute=FAST, timing=timing) as running:
        yield running


@pytest.mark.parametrize(
    "words", ["Sales&region", "<VIP>", "&lt;b&gt;", "a <@U0LEAD> b", ":tada: x", "#general"]
)
async def test_filter_is_raw(story: Story, words: str) -> None:
    """What stands in the Home tab's filter is what is looked for, and what stands there afterwards."""
    story.scene.kore.lists.clear()
    list_id = story.scene.kore.put(f"{story.name} {words}")
    home = await opened_home(story.lead, "Latest requests")
    (block_id,) = home.inputs

    await story.lead.enter(home, block_id, words)
    await story.lead.until(lambda: f"1 contact list with “{words}”" in home.text)

    (block_id,) = home.inputs
    assert home.inputs[block_id]["element"]["initial_value"] == words
    assert list_id in str(home.payload)


@pytest.mark.parametrize("words", ["<!channel>", "<!here> @everyone", "<https://evil.example|x>", "*b* `c`"])
async def test_search_stays_text(story: Story, words: str) -> None:
    """What was searched for pings, links and formats nothing, neither in the blocks nor in the fallback."""
    story.scene.kore.lists.clear()
    story.scene.kore.put(f"{story.name} {words}")
    before = len(story.lead.sees(CAMPAIGNS))

    await story.lead.command(f"list {words}")
    await story.lead.until(lambda: len(story.lead.sees(CAMPAIGNS)) > before)

    answer = story.lead.sees(CAMPAIGNS)[-1]
    assert "1 contact list" in answer.text
    live = [part for part in live_parts(answer.payload) if not part.startswith("date:")]
    ours = ("format:*1 contact list", f"format:*{story.name}")
    assert [part.startswith(mine) for part, mine in zip(live, ours, strict=True)] == [True] * 2, (
        "our own bold"
    )


@pytest.mark.parametrize("verb", ["\u200blist", "list\ufeff", "\u2060list\u00a0"])
async def test_verb_with_signs(story: Story, verb: str) -> None:
    """A sign that shows nothing makes no new list of `list`."""
    before = len(story.lead.sees(CAMPAIGNS))

    await story.lead.command(verb)
    await story.lead.until(lambda: len(story.lead.sees(CAMPAIGNS)) > before)

    assert "ontact list" in story.lead.sees(CAMPAIGNS)[-1].text


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("🎉 {} 👋🏼", "🎉 {} 👋🏼"),
        ("{} :our_logo:", "{} :our_logo:"),
        ("“{}”", "{}"),
        ('"{}"', "{}"),
        ("\u200b{}\u2060", "{}"),
        ("{} for #private-plans", "{} for"),
        ("{} for #general", "{} for #general"),
        ("{} <b> &amp; c", "{} <b> &amp; c"),
    ],
)
async def test_kore_gets_the_name(story: Story, typed: str, sent: str) -> None:
    """Kore.ai gets the name that the person saw while typing."""
    story.name = story.name[-12:]
    await story.lead.command(typed.format(story.name))
    view = await story.lead.view()

    await story.lead.submit(view, {"description": "x"})
    await story.ended(view)

    names = [each["name"] for each in story.scene.kore.lists.values()]
    assert [name for name in names if story.name in str(name)] == [sent.format(story.name)]


async def test_input_is_raw(story: Story) -> None:
    """What looks like an escape in the form is what Kore.ai gets; a sign that shows nothing is not."""
    view = await story.form()
    name = f"{story.name[-12:]} &amp; <b> :tada:"

    await story.lead.submit(view, {"name": f"\ufeff{name}\u200b", "description": "&lt; <!channel>"})
    await story.ended(view)

    (found,) = [each for each in story.scene.kore.lists.values() if each["name"] == name]
    assert found["description"] == "&lt; <!channel>"


@pytest.mark.parametrize("quoted", ['show "{}"', "show “{}”", "show '{}'"])
async def test_show_in_quotes(story: Story, quoted: str) -> None:
    """Quotes around a name are no part of it."""
    list_id = story.scene.kore.put(story.name)

    await story.lead.command(quoted.format(story.name))
    view = await story.lead.view()

    await story.lead.until(lambda: list_id in view.text)


async def test_unnamed_mention(story: Story) -> None:
    """Of a private channel Slack tells the id alone: the form says that its name is missing."""
    await story.lead.command(f"{story.name} #private-plans")
    view = await story.lead.view()

    assert "C0PRIVATE" not in view.text
    assert "Slack didn't tell me the name" in view.text
