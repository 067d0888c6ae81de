"""Calls of Slack that tests make, and a gateway that answers in its place."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from bot.errors import SlackError
from bot.slack.client import SlackClient
from bot.slack.failures import no_redirects
from bot.timing import Timing
from bot.views.form import contact_list_form
from bot.views.state import FormContext, FormValues
from sandbox.slack.server import LocalSlack

BOT, APP = "xoxb-sandbox", "xapp-sandbox"
MESSAGE = {"text": "A new list"}
FORM = contact_list_form(FormValues(name="Renewal"), FormContext(channel_id="C0CAMPAIGN"))
Call = Callable[[SlackClient], Awaitable[object]]


def open_view(client: SlackClient) -> Awaitable[object]:
    """Open a form."""
    return client.open_view("1.2.3", FORM)


def update_view(client: SlackClient) -> Awaitable[object]:
    """Update a form."""
    return client.update_view("V1", FORM)


def post(client: SlackClient) -> Awaitable[object]:
    """Post into a channel that the bot is in."""
    return client.post_message("C0CAMPAIGN", MESSAGE)


CALLS = {"views.open": open_view, "views.update": update_view, "chat.postMessage": post}


@asynccontextmanager
async def connected(
    api_url: str, *, token: str = BOT, timing: Timing | None = None
) -> AsyncIterator[SlackClient]:
    """Open a client with a session of its own."""
    async with aiohttp.ClientSession(middlewares=(no_redirects,)) as session:
        yield SlackClient(session, token=token, api_url=api_url, timing=timing)


@asynccontextmanager
async def gateway(status: int, text: str, content_type: str, **headers: str) -> AsyncIterator[str]:
    """Run something that answers everything with one text, and give its address."""

    async def answer(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, text=text, content_type=content_type, headers=headers)

    async with AsyncExitStack() as parts:
        runner = web.ServerRunner(web.Server(answer), access_log=None)
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"


def sent(slack: LocalSlack, what: str) -> int:
    """Count the calls of one method that reached Slack."""
    return sum(exchange.what == what for exchange in slack.traffic)


def posted(slack: LocalSlack) -> list[str]:
    """List what stands in the channel."""
    return [message.text for message in slack.workspace.channels["C0CAMPAIGN"].messages]


async def failure(call: Awaitable[object]) -> SlackError:
    """Wait for the error that a call ends with."""
    with pytest.raises(SlackError) as caught:
        await call
    return caught.value
