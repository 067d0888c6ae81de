"""The way out: by a proxy where one is named, for Slack and Kore.ai alike."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import trustme
from aiohttp import web
from pydantic import SecretStr
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from yarl import URL

from bot.clients import kore_client, kore_session, proxy_for, slack_session
from bot.errors import KoreUnreachable, KoreUnreadable, SlackUnavailable
from bot.kore.models import ContactListDraft
from bot.operate.doctor.reach import Unreachable, reach
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.slack.socket_mode import SocketMode
from bot.tasks import Tasks
from bot.timing import Timing

SLACK, KORE = "slack.example", "kore.example"
TIMING = Timing()
DRAFT = ContactListDraft(name="Renewal", description="For the renewal calls.", allow_duplicates=False)
Through = Callable[..., Settings]


class Proxy:
    """Makes tunnels, all of them to one port here; or refuses them with `refusal`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.credentials: list[str | None] = []
        self.refusal: bytes | None = None
        self.leads_to = 0
        self.port = 0

    async def took(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split()[1])
        _, found, credentials = head.partition("Proxy-Authorization: Basic ")
        self.credentials.append(credentials.split()[0] if found else None)
        writer.write(self.refusal or b"HTTP/1.1 200 Connection established\r\n\r\n")
        if self.refusal:
            writer.close()
            return
        there, back = await asyncio.open_connection("127.0.0.1", self.leads_to)
        async with asyncio.TaskGroup() as both:
            both.create_task(_pass_on(reader, back))
            both.create_task(_pass_on(there, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(2**16):
        writer.write(data)
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """Run a proxy."""
    running = Proxy()
    async with await asyncio.start_server(running.took, "127.0.0.1", 0) as server:
        running.port = server.sockets[0].getsockname()[1]
        yield running


@pytest.fixture
def through(settings: Settings, proxy: Proxy) -> Through:
    """Name the proxy in the settings."""

    def changed(*, user: str = "", **changes: object) -> Settings:
        there = {
            "https_proxy": SecretStr(f"http://{user}127.0.0.1:{proxy.port}"),
            "kore_host": f"https://{KORE}",
            "kore_client_secret": SecretStr("s" * 64),
        }
        return settings.model_copy(update={**there, **changes})

    return changed


@pytest.fixture
async def elsewhere(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[list[aiohttp.web.Request]]:
    """Run what answers for both hosts behind the proxy, with certificates that are trusted; what it got."""
    authority, taken = trustme.CA(), list[web.Request]()
    context, trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert(SLACK, KORE).configure_cert(context)
    authority.configure_trust(trusting)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)

    async def answer(request: web.Request) -> web.Response:
        taken.append(request)
        return web.json_response({"ok": True, "view": {"id": "V1"}})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with AsyncExitStack() as parts:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        proxy.leads_to = runner.addresses[0][1]
        yield taken


def slack(session: aiohttp.ClientSession) -> SlackClient:
    """Build a client of a Slack that is elsewhere."""
    return SlackClient(session, token="xoxb-1", api_url=f"https://{SLACK}/api/")


async def test_everything_goes_by_the_proxy(
    proxy: Proxy, through: Through, elsewhere: list[web.Request]
) -> None:
    """Methods, a response_url and Kore.ai: a bot that reaches half of them is of no use."""
    settings = through()
    async with slack_session(settings, TIMING) as slack_api, kore_session(settings, TIMING) as kore_api:
        assert await slack(slack_api).open_view("1.2.3", {}) == "V1"
        await slack(slack_api).respond(f"https://{SLACK}/commands/1", {"text": "x"}, in_channel=True)
        with pytest.raises(KoreUnreadable):  # what answers there is not Kore.ai
            await kore_client(kore_api, settings, TIMING).listings()
        with pytest.raises(KoreUnreadable):
            await kore_client(kore_api, settings, TIMING).create(DRAFT)
        await reach(kore_api, f"https://{KORE}")
    assert proxy.asked == [f"{SLACK}:443", f"{KORE}:443", f"{KORE}:443"]
    assert [request.path.rpartition("/")[2] for request in elsewhere] == [
        "views.open",
        "1",
        "getAllListDetails",
        "createContactList",
        "",
    ]


async def test_the_proxy_alone_gets_its_password(
    proxy: Proxy,
    through: Through,
    elsewhere: list[web.Request],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither the credentials of the proxy nor those of a .netrc get to Slack or Kore.ai."""
    (tmp_path / "netrc").write_text("default login joe password hunter2\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    settings = through(user="joe:p%23w@")
    async with slack_session(settings, TIMING) as slack_api, kore_session(settings, TIMING) as kore_api:
        await slack(slack_api).open_view("1.2.3", {})
        await reach(kore_api, f"https://{KORE}")
    assert proxy.credentials == ["am9lOnAjdw=="] * 2  # joe:p#w
    assert [request.headers.get("Authorization") for request in elsewhere] == ["Bearer xoxb-1", None]


async def test_a_proxy_that_refuses_has_let_nothing_through(proxy: Proxy, through: Through) -> None:
    """It is certain that Kore.ai and Slack did nothing, and the doctor names the proxy."""
    proxy.refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    settings = through(user="joe:hush@")
    async with slack_session(settings, TIMING) as slack_api, kore_session(settings, TIMING) as kore_api:
        with pytest.raises(KoreUnreachable, match=r"^the proxy answered 407$"):
            await kore_client(kore_api, settings, TIMING).create(DRAFT)
        with pytest.raises(SlackUnavailable):
            await slack(slack_api).open_view("1.2.3", {})
        with pytest.raises(Unreachable, match=r"proxy doesn't let the bot reach kore\.example \(407\)"):
            await reach(kore_api, f"https://{KORE}")
    assert len(proxy.asked) == 3


async def test_a_proxy_that_is_away_is_named(through: Through) -> None:
    """The doctor does not say of the host what is true of the proxy."""
    settings = through(https_proxy=SecretStr("http://127.0.0.1:9"))
    async with kore_session(settings, TIMING) as session:
        with pytest.raises(Unreachable, match="the proxy doesn't accept connections"):
            await reach(session, f"https://{KORE}")


async def test_fresh_connection(settings: Settings) -> None:
    """Each POST goes over a new connection, and never over the one that a lookup keeps."""
    seen: list[tuple[str, object]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        assert request.transport
        seen.append((request.path.rpartition("/")[2], request.transport.get_extra_info("peername")))
        found = {"_id": "cl-1"} if request.path.endswith("createContactList") else []
        return web.json_response({"status": "success", "data": found})

    runner = web.ServerRunner(web.Server(answer), access_log=None)
    async with AsyncExitStack() as parts:
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        there = settings.model_copy(
            update={
                "kore_host": f"http://127.0.0.1:{runner.addresses[0][1]}",
                "kore_client_secret": SecretStr("s" * 64),
            }
        )
        session = await parts.enter_async_context(kore_session(there, TIMING))
        kore = kore_client(session, there, TIMING)
        await kore.listings()
        await kore.create(DRAFT)
        await kore.alike(DRAFT)
        await kore.create(DRAFT)

    (looked, first), (created, second), (again, third), (created_too, fourth) = seen
    assert (looked, again) == ("getAllListDetails",) * 2
    assert (created, created_too) == ("createContactList",) * 2
    assert first == third
    assert len({first, second, fourth}) == 3


async def test_one_host_of_no_proxy(proxy: Proxy, through: Through, elsewhere: list[web.Request]) -> None:
    """NO_PROXY may name one of the services; the other one still goes by the proxy."""
    settings = through(no_proxy=KORE, slack_api_url=f"https://{SLACK}/api/")
    async with slack_session(settings, TIMING) as slack_api, kore_session(settings, TIMING) as kore_api:
        await slack(slack_api).open_view("1.2.3", {})
        with pytest.raises(Unreachable, match="isn't found"):
            await reach(kore_api, f"https://{KORE}")
    assert proxy.asked == [f"{SLACK}:443"]
    assert len(elsewhere) == 1


@pytest.mark.parametrize(
    ("url", "no_proxy", "expected"),
    [
        (f"https://{KORE}/x", None, True),
        (f"https://{KORE}/x", SLACK, True),
        (f"https://{KORE}/x", f"{SLACK}, {KORE}", False),
        (f"https://{KORE}/x", ".example", False),
        (f"https://{KORE}/x", "*", False),
        ("http://127.0.0.1:3000/x", None, False),
    ],
)
def test_who_needs_no_proxy(through: Through, url: str, no_proxy: str | None, *, expected: bool) -> None:
    """The hosts of NO_PROXY, and this machine, where alone plain HTTP is spoken."""
    assert (proxy_for(url, through(no_proxy=no_proxy)) is not None) is expected


@pytest.mark.parametrize("url", [None, "http://joe:p%23w@proxy:3128"])
async def test_the_sockets_take_the_same_way(url: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Socket Mode's library looks for proxies by itself, without NO_PROXY; it is told."""
    monkeypatch.setenv("HTTPS_PROXY", "http://another:1")
    made: list[SocketModeClient] = []
    monkeypatch.setattr("bot.slack.socket_mode.SocketModeClient", _noting(made))
    adapter: Any = None  # nothing comes in
    proxy = URL(url) if url else None
    mode = SocketMode(
        adapter,
        app_token="xapp-1",
        api_url=f"https://{SLACK}/api/",
        proxy=proxy,
        tasks=Tasks(),
        timing=Timing(),
    )
    assert {(each.proxy, each.web_client.proxy) for each in made} == {(url, url)}
    await mode.close()


def _noting(made: list[SocketModeClient]) -> type[SocketModeClient]:
    class Noted(SocketModeClient):
        def __init__(self, **arguments: object) -> None:
            super().__init__(**arguments)  # type: ignore[arg-type]
            made.append(self)

    return Noted
