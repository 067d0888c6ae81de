"""The client when Slack is slow, unclear or away: what is waited for, tried again, and reported."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack

import aiohttp
import pytest

from bot.errors import SlackUnavailable, SlackUncertain
from bot.slack.client import SlackClient
from bot.timing import Timing
from sandbox.slack.server import LocalSlack
from sandbox.slack.traffic import Fault
from tests.slack.calls import BOT, CALLS, MESSAGE, connected, failure, gateway, open_view, post, posted, sent

HTML = "<html><body>Bad Gateway</body></html>"


class TestUncertainty:
    """Slack may have done it: it is told apart from a refusal, and not repeated."""

    @pytest.mark.parametrize(
        "code", ["fatal_error", "internal_error", "service_unavailable", "request_timeout"]
    )
    async def test_codes_that_leave_it_open(self, slack: LocalSlack, client: SlackClient, code: str) -> None:
        """Slack documents that it may have partly succeeded."""
        slack.fault("chat.postMessage", Fault(error=code, after=True))
        error = await failure(post(client))
        assert isinstance(error, SlackUncertain)
        assert error.code == code
        assert posted(slack) == ["A new list"]

    @pytest.mark.parametrize("method", CALLS)
    @pytest.mark.parametrize("after", [True, False], ids=["done", "not done"])
    async def test_a_dropped_connection(
        self, slack: LocalSlack, client: SlackClient, method: str, *, after: bool
    ) -> None:
        """Nobody can tell whether it was done, and it is sent exactly once."""
        slack.fault(method, Fault(drop=True, after=after))
        error = await failure(CALLS[method](client))
        assert isinstance(error, SlackUncertain)
        assert sent(slack, method) == 1

    async def test_a_dropped_response_url(self, slack: LocalSlack, client: SlackClient) -> None:
        """The same holds for a response_url: one message, not two."""
        slack.fault("response_url", Fault(drop=True, after=True))
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        assert isinstance(await failure(client.respond(url, MESSAGE, in_channel=True)), SlackUncertain)
        assert posted(slack) == ["A new list"]
        assert sent(slack, "response_url") == 1

    @pytest.mark.parametrize(
        ("status", "text", "content_type"),
        [
            (500, HTML, "text/html"),
            (503, HTML, "text/html"),
            (200, HTML, "text/html"),
            (502, "{", "application/json"),
            (200, "{}", "application/json"),
        ],
    )
    async def test_an_answer_that_says_nothing(self, status: int, text: str, content_type: str) -> None:
        """A page of a gateway is no answer of Slack's."""
        async with gateway(status, text, content_type) as url, connected(url) as client:
            error = await failure(post(client))
        assert isinstance(error, SlackUncertain)
        assert error.code == f"http_{status}"

    async def test_a_time_out(self, slack: LocalSlack) -> None:
        """Silence is no refusal."""
        slack.fault("chat.postMessage", Fault(delay=0.5, after=True))
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.1)) as session:
            error = await failure(post(SlackClient(session, token=BOT, api_url=slack.api_url)))
        assert isinstance(error, SlackUncertain)


class TestRateLimit:
    """429: waited out where there is time, and never on the way to a form."""

    @pytest.mark.slow
    @pytest.mark.parametrize("method", ["chat.postMessage", "response_url"])
    async def test_a_short_wait_is_waited_out(
        self, slack: LocalSlack, client: SlackClient, method: str
    ) -> None:
        """The message is there in the end, once."""
        slack.fault(method, Fault(retry_after=0))
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        if method == "response_url":
            await client.respond(url, MESSAGE, in_channel=True)
        else:
            await post(client)
        assert posted(slack) == ["A new list"]
        assert sent(slack, method) == 2

    async def test_a_long_wait_is_an_answer(self, slack: LocalSlack, client: SlackClient) -> None:
        """A limit of minutes does not hold a job up: it is told at once."""
        slack.fault("chat.postMessage", Fault(retry_after=int(Timing().max_retry_wait) + 1))
        async with asyncio.timeout(2):
            error = await failure(post(client))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "ratelimited"
        assert sent(slack, "chat.postMessage") == 1

    async def test_a_long_wait_of_a_response_url_is_one_too(
        self, slack: LocalSlack, client: SlackClient
    ) -> None:
        """The same holds for a response_url."""
        slack.fault("response_url", Fault(retry_after=int(Timing().max_retry_wait) + 1))
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        async with asyncio.timeout(2):
            error = await failure(client.respond(url, MESSAGE, in_channel=True))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "ratelimited"
        assert posted(slack) == []

    async def test_a_form_does_not_wait(self, slack: LocalSlack, client: SlackClient) -> None:
        """A trigger lives three seconds: opening is tried once, whatever Slack says."""
        slack.fault("views.open", Fault(retry_after=0))
        error = await failure(open_view(client))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "ratelimited"
        assert sent(slack, "views.open") == 1


async def test_no_time_named() -> None:
    """A rate limit without a word of how long is waited out shortly, and tried a second time."""
    async with gateway(429, "", "text/plain") as url:
        async with connected(url, timing=Timing(min_retry_wait=0.05, retry_jitter=0)) as client:
            began = asyncio.get_running_loop().time()
            error = await failure(post(client))
        assert isinstance(error, SlackUnavailable)
        assert asyncio.get_running_loop().time() - began >= 0.05


class TestUnreachable:
    """Nothing was sent: it is certain."""

    @pytest.fixture
    def nowhere(self) -> Iterator[str]:
        """Give an address where nothing listens; the port is taken, so nobody else gets it meanwhile."""
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            yield f"http://127.0.0.1:{silent.getsockname()[1]}/"

    async def test_posting_connects_again(self, nowhere: str) -> None:
        """A connection that was refused is tried a second time, because nothing can have been sent."""
        loop = asyncio.get_running_loop()
        for call in (post, lambda client: client.respond(f"{nowhere}commands/1", MESSAGE, in_channel=True)):
            async with connected(nowhere, timing=Timing(min_retry_wait=0.05, retry_jitter=0)) as client:
                began = loop.time()
                error = await failure(call(client))
            assert isinstance(error, SlackUnavailable)
            assert error.code == "unreachable"
            assert loop.time() - began >= 0.05

    async def test_a_form_is_tried_once(self, nowhere: str) -> None:
        """There is no time for a second try: it would come after the end of the test."""
        async with connected(nowhere, timing=Timing(min_retry_wait=60, max_retry_wait=90)) as client:
            error = await failure(open_view(client))
        assert isinstance(error, SlackUnavailable)
        assert error.code == "unreachable"


async def test_no_retry_hides_in_the_library(slack: LocalSlack, client: SlackClient) -> None:
    """A 5xx with Slack's own JSON is told once, as it came."""
    slack.fault("chat.postMessage", Fault(status=500, error="internal_error", after=True))
    assert isinstance(await failure(post(client)), SlackUncertain)
    assert sent(slack, "chat.postMessage") == 1


@pytest.mark.parametrize(
    "body",
    ['{"error":{"code":502}}', '{"error":"Bad Gateway"}', '{"error":"ratelimited"}', '{"error":["x"]}', "[]"],
)
@pytest.mark.parametrize("what", ["chat.postMessage", "response_url"])
async def test_a_failing_server_may_have_posted(
    slack: LocalSlack, client: SlackClient, what: str, body: str
) -> None:
    """Whatever words a gateway has for a 5xx: they do not say that the message is not there."""
    slack.fault(what, Fault(status=502, body=body, after=True))
    url = slack.response_url("U0LEAD", "C0CAMPAIGN")
    call = client.respond(url, MESSAGE, in_channel=True) if what == "response_url" else post(client)
    assert isinstance(await failure(call), SlackUncertain)
    assert posted(slack) == ["A new list"]


async def test_what_only_reads_is_asked_again_when_the_connection_was_closed() -> None:
    """A kept connection may be closed just then; the members of a group are not lost by that."""
    asked = 0

    async def took(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while await reader.readuntil(b"\r\n\r\n"):
            asked += 1
            if asked == 2:
                break
            body = b'{"ok":true,"users":["U0LEAD"]}'
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            writer.write(head % len(body) + body)
        writer.close()

    async with AsyncExitStack() as parts:
        server = await parts.enter_async_context(await asyncio.start_server(took, "127.0.0.1", 0))
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        client = await parts.enter_async_context(connected(url))
        for _ in range(2):
            assert await client.members("S0LEADS") == {"U0LEAD"}
    assert asked == 3
