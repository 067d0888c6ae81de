"""Buttons and response URLs in the local Slack."""

import aiohttp
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack.forms import CannotSubmit
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from tests.sandbox.stub_bot import CHANNEL, Bot, Clock, buttons, modal, text_input


async def test_a_button_in_a_message_says_where_it_stands(slack: LocalSlack, bot: Bot) -> None:
    """With a response_url that can replace or delete the message."""
    await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="x", blocks=buttons("again", "drop"))
    person = Person(slack, "U0LEAD")
    message = await person.message("C0CAMPAIGN")
    await person.press(message, "again")
    assert bot.last["type"] == "block_actions"
    action = bot.last["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("again", "do", "v")
    assert bot.last["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": "C0CAMPAIGN",
        "is_ephemeral": False,
    }
    assert bot.last["message"]["ts"] == message.ts
    hook = AsyncWebhookClient(bot.last["response_url"])
    assert (await hook.send(text="new", replace_original=True)).body == "ok"
    assert [one.text for one in person.sees("C0CAMPAIGN")] == ["new"]
    await hook.send(delete_original=True)
    assert person.sees("C0CAMPAIGN") == []
    await hook.send(text="after", replace_original=True)
    assert [one.text for one in person.sees("C0CAMPAIGN")] == ["after"]
    with pytest.raises(CannotSubmit):
        await person.press(message, "again")


async def test_a_button_in_an_ephemeral_message_does_not_repeat_it(slack: LocalSlack, bot: Bot) -> None:
    """And nobody else can press it."""
    bot.answer = {"text": "x", "blocks": buttons("again")}
    await Person(slack, "U0LEAD").command()
    message = await Person(slack, "U0LEAD").message("C0CAMPAIGN")
    bot.answer = ""
    await Person(slack, "U0LEAD").press(message, "again")
    assert "message" not in bot.last
    assert bot.last["container"]["is_ephemeral"] is True
    with pytest.raises(CannotSubmit):
        await Person(slack, "U0AGENT").press(message, "again")


async def test_a_button_in_a_form_brings_a_trigger_for_it(slack: LocalSlack, bot: Bot) -> None:
    """A view has no response_url."""
    view = await bot.open(modal(text_input(), *buttons("more")))
    person = Person(slack, "U0LEAD")
    person.fill(view, {"name": "half"})
    await person.press(view, "more")
    assert bot.last["container"] == {"type": "view", "view_id": view.id}
    assert bot.last["view"]["state"]["values"]["name"]["typed"]["value"] == "half"
    assert "response_url" not in bot.last
    await bot.api.views_push(trigger_id=bot.last["trigger_id"], view=modal(title="More"))
    assert (await person.view()).previous_id == view.id
    for where, name in ((view, "less"), (view, "typed")):
        with pytest.raises(CannotSubmit):
            await person.press(where, name)
    person.close(view)
    with pytest.raises(CannotSubmit):
        await person.press(view, "more")


# Response URLs


async def test_a_response_url_reaches_where_the_bot_is_not(slack: LocalSlack, bot: Bot) -> None:
    """To the person alone, unless it says in_channel; five times."""
    await Person(slack, "U0LEAD").command(channel="C0PRIVATE")
    hook = AsyncWebhookClient(bot.last["response_url"])
    await hook.send(text="mine")
    await hook.send(text="ours", response_type="in_channel")
    assert [one.text for one in Person(slack, "U0LEAD").sees("C0PRIVATE")] == ["mine", "ours"]
    assert [one.via for one in Person(slack, "U0AGENT").sees("C0PRIVATE")] == ["response_url"]
    await hook.send(text="gone?", delete_original=True)
    assert (await hook.send(text="")).status_code == 400
    assert (await hook.send(text="x", response_type="loud")).body == "invalid_payload"
    sixth = await hook.send(text="x")
    assert (sixth.status_code, sixth.body) == (404, "used_url")


async def test_a_response_url_ends_after_half_an_hour(
    slack: LocalSlack, bot: Bot, clock: Clock, session: aiohttp.ClientSession
) -> None:
    """And one that never was is unknown."""
    await Person(slack, "U0LEAD").command()
    url = bot.last["response_url"]
    async with session.post(url, data="{", headers={"Content-Type": "application/json"}) as response:
        assert (response.status, await response.text()) == (400, "invalid_payload")
    clock.now += 1801
    async with session.post(url, json={"text": "x"}) as response:
        assert (response.status, await response.text()) == (404, "expired_url")
    async with session.post(url + "x", json={"text": "x"}) as response:
        assert (response.status, await response.text()) == (404, "invalid_url")


async def test_a_response_url_does_not_reach_an_archived_channel(slack: LocalSlack, bot: Bot) -> None:
    """Nobody can write there."""
    await Person(slack, "U0LEAD").command()
    slack.workspace.channels["C0CAMPAIGN"].is_archived = True
    answer = await AsyncWebhookClient(bot.last["response_url"]).send(text="x")
    assert (answer.status_code, answer.body) == (400, "is_archived")


async def test_a_chosen_channel_brings_its_response_url(slack: LocalSlack, bot: Bot) -> None:
    """As the menu's response_url_enabled asks."""
    view = await bot.open(modal(CHANNEL))
    await Person(slack, "U0LEAD").submit(view, {"where": "C0PRIVATE"})
    found = bot.last["response_urls"][0]
    assert (found["block_id"], found["action_id"], found["channel_id"]) == ("where", "chosen", "C0PRIVATE")
    await AsyncWebhookClient(found["response_url"]).send(text="there", response_type="in_channel")
    assert (await Person(slack, "U0AGENT").message("C0PRIVATE")).text == "there"
