"""The sessions for Slack and Kore.ai: each call is one request, ends in time, and leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.clients import kore_client, kore_session, slack_session
from bot.errors import KoreConnectionLost, KoreTimedOut, SlackUncertain
from bot.kore.models import ContactListDraft
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.timing import Timing

DRAFT = ContactListDraft(name="Renewal", description="For July.")
FOUND = {"ok": True, "view": {"id": "V1"}, "status": "success", "data": {"_id": "cl-1"}}
"""An answer that is right for both services."""
TIMEOUT = 0.3
QUICK = replace(Timing(), slack_timeout=TIMEOUT, view_timeout=TIMEOUT)
Service = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Calls = list[Callable[[], Awaitable[object]]]


class Server:
    """What answers in the place of both services; a test says how."""

    def __init__(self) -> None:
        self.requests: list[web.BaseRequest] = []
        self.service: Service = found

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Note a request and answer it."""
        self.requests.append(request)
        return await self.service(request)


async def found(_: web.BaseRequest) -> web.StreamResponse:
    """Answer as either service does, and ask for a cookie to be kept."""
    response = web.json_response(FOUND)
    response.set_cookie("balancer", "one")
    return response


async def hung_up(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection without an answer."""
    assert request.transport
    request.transport.abort()
    return web.Response()


async def endless(request: web.BaseRequest) -> web.StreamResponse:
    """Send a byte now and then: no pause is long, and the answer never complete."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(TIMEOUT / 10)


@pytest.fixture
def server() -> Server:
    """Return what answers."""
    return Server()


@pytest.fixture
async def there(server: Server, settings: Settings) -> AsyncIterator[Settings]:
    """Run the server; its host has a name, because cookies of a bare address are kept by nobody."""
    runner = web.ServerRunner(web.Server(server.answer), access_log=None, shutdown_timeout=0.1)
    async with AsyncExitStack() as parts:
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host = f"http://localhost:{runner.addresses[0][1]}"
        yield settings.model_copy(
            update={
                "kore_host": host,
                "kore_client_secret": SecretStr("s" * 64),
                "kore_timeout": TIMEOUT,
                "slack_api_url": f"{host}/api/",
            }
        )


@pytest.fixture
async def sessions(there: Settings) -> AsyncIterator[tuple[aiohttp.ClientSession, aiohttp.ClientSession]]:
    """Open a session for Slack, and one for Kore.ai."""
    async with slack_session(there, QUICK) as slack, kore_session(there, QUICK) as kore:
        yield slack, kore


@pytest.fixture
def calls(there: Settings, sessions: tuple[aiohttp.ClientSession, aiohttp.ClientSession]) -> Calls:
    """List a call of each kind: to Slack, reading from Kore.ai, and creating there."""
    slack = SlackClient(
        sessions[0],
        token="xoxb-1",
        api_url=there.slack_api_url,
        timing=QUICK,
    )
    kore = kore_client(sessions[1], there)
    return [lambda: slack.open_view("1.2.3", {}), lambda: kore.details("cl-1"), lambda: kore.create(DRAFT)]


async def test_no_cookie_kept(server: Server, calls: Calls) -> None:
    """What a balancer asks to be remembered is not sent again: a token is all that a call carries."""
    for call in calls * 2:
        await call()
    assert [dict(request.cookies) for request in server.requests] == [{}] * 6


async def test_one_request_a_call(server: Server, calls: Calls) -> None:
    """A kept connection that breaks is not tried again by itself: each request counts, and uses its token up.

    Reading is what aiohttp would repeat, as it may be repeated without harm.
    """
    _, read, _ = calls
    await read()
    server.service = hung_up
    with pytest.raises(KoreConnectionLost):
        await read()
    assert len(server.requests) == 2


@pytest.mark.slow
async def test_whole_call_ends(server: Server, calls: Calls) -> None:
    """An answer that comes in drops holds nobody up: the time-out is for the whole call."""
    server.service = endless
    ends = (SlackUncertain, KoreTimedOut, KoreTimedOut)
    async with asyncio.timeout(10 * TIMEOUT):
        for call, expected in zip(calls, ends, strict=True):
            with pytest.raises(expected):
                await call()
    assert len(server.requests) == len(calls)


@pytest.mark.parametrize("number", [0, 1], ids=["Slack", "Kore.ai"])
async def test_session_ends_too(
    server: Server, there: Settings, sessions: tuple[aiohttp.ClientSession, ...], number: int
) -> None:
    """Who asks without a client, as the doctor does, does not wait without end either."""
    server.service = endless
    async with asyncio.timeout(10 * TIMEOUT):
        with pytest.raises(TimeoutError):
            async with sessions[number].get(there.kore_host) as answer:
                await answer.read()
