"""The way out: by a proxy where the environment names one, for everything that the bot asks."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from pydantic import SecretStr
from yarl import URL

from bot.create import kore_client
from bot.demo import stage
from bot.doctor.reach import Unreachable, reach
from bot.errors import KoreUnreachable, SlackAway
from bot.models import ContactListDraft
from bot.session import open_session
from bot.settings import Settings
from bot.slack.client import SlackClient
from tests.conftest import Story

REQUEST = re.compile(rb"^(?:GET|POST) (http\S+) HTTP/1.1\r\n", re.MULTILINE)
ELSEWHERE = "https://kore.example"
DRAFT = ContactListDraft(name="Renewal", description="For the renewal calls.", allow_duplicates=False)


class Proxy:
    """Passes plain requests on and notes their paths; a tunnel for HTTPS it refuses."""

    def __init__(self) -> None:
        self.passed: list[str] = []
        self.url = ""

    async def took(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        line = await reader.readline()
        method, target, _ = line.decode().split()
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            return
        url = URL(target)
        there, back = await asyncio.open_connection(url.host, url.port)
        self.pass_on(line, back)
        async with asyncio.TaskGroup() as both:
            both.create_task(self.all(reader, back))
            both.create_task(self.all(there, writer))

    async def all(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass everything on until one side hangs up."""
        while data := await reader.read(2**16):
            self.pass_on(data, writer)
        writer.close()

    def pass_on(self, data: bytes, writer: asyncio.StreamWriter) -> None:
        """Pass something on; a kept connection carries one request after another."""
        self.passed += [URL(found.decode()).path for found in REQUEST.findall(data)]
        writer.write(data)


@asynccontextmanager
async def listening(proxy: Proxy) -> AsyncIterator[None]:
    """Open the proxy on a free port."""
    async with await asyncio.start_server(proxy.took, "127.0.0.1", 0) as server:
        proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield


@pytest.fixture
async def proxy(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Proxy]:
    """Run a proxy that the environment names."""
    running = Proxy()
    async with AsyncExitStack() as parts:
        await parts.enter_async_context(listening(running))
        monkeypatch.setenv("http_proxy", running.url)
        monkeypatch.setenv("https_proxy", running.url)
        yield running


async def test_everything_goes_by_the_proxy(proxy: Proxy) -> None:
    """Slack's methods, its response_url and Kore.ai: a bot that reaches half of them is of no use."""
    async with stage() as scene:
        story = Story(scene)
        view, _ = await story.submit(channel="C0PRIVATE")  # where the bot is not: a response_url is used
        await story.ended(view)
        await story.told("C0PRIVATE")
    seen = {path.removeprefix("/api/").rpartition("contactList/")[2] for path in proxy.passed}
    assert {"auth.test", "views.open", "chat.postMessage", "views.update", "createContactList"} <= seen
    assert any(path.startswith("/response/") for path in seen)


async def test_what_needs_no_proxy_goes_without(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_PROXY holds for everything too."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with stage() as scene:
        story = Story(scene)
        view, _ = await story.submit()
        await story.ended(view)
    assert proxy.passed == []


@pytest.mark.usefixtures("proxy")
async def test_a_proxy_that_refuses_has_let_nothing_through(settings: Settings) -> None:
    """It is certain that Kore.ai and Slack did nothing, and the doctor names the proxy."""
    secret = SecretStr("s" * 64)
    there = settings.model_copy(update={"kore_host": ELSEWHERE, "kore_client_secret": secret})
    async with open_session() as session:
        with pytest.raises(KoreUnreachable):
            await kore_client(session, there).create(DRAFT)
        with pytest.raises(SlackAway):
            await SlackClient(session, token="xoxb-1", api_url=f"{ELSEWHERE}/api/").open_form("1.2.3", {})
        with pytest.raises(Unreachable, match=r"proxy lets nothing through to kore\.example: it answers 407"):
            await reach(session, ELSEWHERE)


async def test_a_proxy_that_is_away_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor does not say of the host what is true of the proxy."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    async with open_session() as session:
        with pytest.raises(Unreachable, match="the proxy takes no connection"):
            await reach(session, ELSEWHERE)
