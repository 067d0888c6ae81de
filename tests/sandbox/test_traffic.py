"""Faults, waiting, and what went over the wire of the local Slack."""

import asyncio
import json

import aiohttp
import pytest
from slack_sdk.webhook.async_client import AsyncWebhookClient

from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.traffic import Fault, masked
from tests.sandbox.stub_bot import BOT, CHANNEL, Bot, Json, modal


@pytest.mark.parametrize(
    ("fault", "status", "posted"),
    [
        (Fault(error="internal_error"), 200, 0),
        (Fault(error="fatal_error", after=True), 200, 1),
        (Fault(retry_after=7), 429, 0),
        (Fault(status=429, after=True), 429, 1),
        (Fault(status=503), 503, 0),
        (Fault(status=503, body="<html>"), 503, 0),
        (Fault(body="<html>", delay=0.01), 200, 0),
        (Fault(delay=0.01), 200, 1),
    ],
)
async def test_a_fault_takes_the_place_of_an_answer(
    slack: LocalSlack, session: aiohttp.ClientSession, fault: Fault, status: int, posted: int
) -> None:
    """Before or after the effect, as it was asked for, and once."""
    slack.fault("chat.postMessage", fault)
    call: Json = {
        "json": {"channel": "C0CAMPAIGN", "text": "x"},
        "headers": {"Authorization": f"Bearer {BOT}"},
    }
    async with session.post(slack.api_url + "chat.postMessage", **call) as response:
        assert response.status == status
        text = await response.text()
        waits = response.headers.get("Retry-After")
        assert waits == (str(fault.retry_after or 1) if status == 429 else None)
    assert fault.body is None or text == fault.body
    assert fault.error is None or json.loads(text) == {"ok": False, "error": fault.error}
    assert len(slack.workspace.channels["C0CAMPAIGN"].messages) == posted
    assert slack.traffic[-1].seconds >= fault.delay
    async with session.post(slack.api_url + "chat.postMessage", **call) as response:
        assert (await response.json())["ok"] is True


async def test_a_dropped_connection_has_no_answer(
    slack: LocalSlack, bot: Bot, session: aiohttp.ClientSession
) -> None:
    """Also for a response_url, and with the effect if that was asked for."""
    await Person(slack, "U0LEAD").command()
    slack.fault("response_url", Fault(drop=True), times=1)
    slack.fault("response_url", Fault(drop=True, after=True))
    for posted in (0, 1):
        with pytest.raises(aiohttp.ClientError):
            await session.post(bot.last["response_url"], json={"text": "x"})
        assert slack.traffic[-1].status == 0
        assert len(Person(slack, "U0LEAD").sees("C0CAMPAIGN")) == posted


async def test_waiting_ends_with_a_change_or_a_readable_error(slack: LocalSlack, bot: Bot) -> None:
    """No polling: whoever waits is woken."""
    person = Person(slack, "U0LEAD")
    waiting = asyncio.create_task(person.message("C0CAMPAIGN"))
    await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="one")
    assert (await waiting).text == "one"
    await bot.api.chat_postMessage(channel="C0CAMPAIGN", text="two")
    assert (await person.message("C0CAMPAIGN")).text == "two"
    await person.until(lambda: len(slack.traffic) == 2)
    await bot.open(modal())
    with pytest.raises(TimeoutError, match=r"(?s)no new message for mina.*open form of U0LEAD: Create.*two"):
        await person.message("C0CAMPAIGN", timeout=0.01)
    told = asyncio.get_running_loop().time() + 0.02
    await person.until(lambda: asyncio.get_running_loop().time() > told, timeout=0.05)


async def test_the_traffic_is_kept_in_order_and_can_be_masked(slack: LocalSlack, bot: Bot) -> None:
    """Secrets are in it, and not in its masked copy."""
    view = await bot.open(modal(CHANNEL))
    await Person(slack, "U0LEAD").submit(view)
    url = bot.last["response_urls"][0]["response_url"]
    await AsyncWebhookClient(url).send(text=f"see {url} and {BOT}")
    kinds = [(one.sender, one.what) for one in slack.traffic]
    assert kinds == [
        ("slack", "POST /slack/events"),
        ("bot", "views.open"),
        ("slack", "POST /slack/events"),
        ("bot", "response_url"),
    ]
    shown = str([one.masked() for one in slack.traffic])
    secret = url.rsplit("/", 1)[1]
    assert secret in str(slack.traffic)
    for hidden in (secret, BOT, bot.requests[0].fields["trigger_id"]):
        assert hidden not in shown
    assert "••••" in shown


def test_masking_leaves_the_rest_alone() -> None:
    """Numbers, lists and other words stay."""
    assert masked({"token": None, "a": [1, "xoxb-1-a", True]}) == {"token": None, "a": [1, "••••", True]}
