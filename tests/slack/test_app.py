"""Bolt's app: which listener answers, and what stands before it."""

from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_bolt.response import BoltResponse

from bot.observe.metrics import Metrics
from bot.slack.app import bolt_app
from bot.slack.client import Identity
from bot.slack.http_adapter import Acknowledgement, HttpAdapter
from bot.slack.payloads import BlockActions
from bot.timing import Timing

PRESSED: dict[str, Any] = {
    "type": "block_actions",
    "user": {"id": "U1"},
    "trigger_id": "1.2.3",
    "actions": [
        {"type": "button", "action_id": "one", "block_id": "b"},
        {"type": "button", "action_id": "two", "block_id": "b"},
    ],
}


async def sorry(error: Exception) -> BoltResponse:
    """Answer for a listener that broke."""
    return BoltResponse(status=200, body={"text": type(error).__name__})


@pytest.fixture
def app() -> AsyncApp:
    """Make an app without listeners."""
    identity = Identity(bot_id="B1", bot_user_id="U0BOT", name="bot", team_id="T1", scopes=frozenset())
    return bolt_app(identity, token="xoxb-1", api_url="http://127.0.0.1:1/api/", on_error=sorry)


async def answered(app: AsyncApp, payload: dict[str, Any]) -> Acknowledgement:
    """Hand a payload in as Socket Mode does."""
    return await HttpAdapter(app, signing_secret=None, metrics=Metrics(), timing=Timing()).dispatch(payload)


async def test_first_action_counts(app: AsyncApp) -> None:
    """Of several actions the first one is answered, by the payload as it was read."""
    heard: list[object] = []

    async def pressed(ack: AsyncAck, received: BlockActions) -> None:
        heard.append(received)
        await ack()

    async def never(ack: AsyncAck) -> None:
        raise AssertionError(ack)

    app.action("two")(never)
    app.action("one")(pressed)

    assert (await answered(app, PRESSED)).status == 200
    assert [type(each) for each in heard] == [BlockActions]


async def test_unknown_action(app: AsyncApp) -> None:
    """What no listener is registered for is answered 404, without a word."""
    assert await answered(app, PRESSED) == Acknowledgement(status=404)


async def test_odd_fields(app: AsyncApp) -> None:
    """A field that some helper of Bolt's cannot take does not reach it."""
    assert await answered(app, {**PRESSED, "response_urls": None}) == Acknowledgement(status=404)


async def test_broken_listener(app: AsyncApp) -> None:
    """An error is answered by the error handler, never by a 5xx."""

    async def broken(ack: AsyncAck) -> None:
        raise ValueError(ack)

    app.action("one")(broken)

    assert await answered(app, PRESSED) == Acknowledgement(status=200, body={"text": "ValueError"})


async def test_no_auth_test(app: AsyncApp) -> None:
    """Bolt asks Slack for nothing: its address here is one where nothing listens."""

    async def pressed(ack: AsyncAck) -> None:
        await ack()

    app.action("one")(pressed)

    assert (await answered(app, PRESSED)).status == 200
