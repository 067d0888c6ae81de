"""The way out: by a proxy where one is named, for Slack and Kore.ai alike."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import trustme
from aiohttp import web
from pydantic import SecretStr

from bot.clients import kore_client, kore_session, proxy_for, slack_session
from bot.errors import (
    KoreConnectionLost,
    KoreInvalid,
    KoreInvalidToken,
    KoreUnreachable,
    KoreUnreadable,
    SlackUnavailable,
)
from bot.kore.models import ContactListDraft
from bot.operate.doctor.reach import reach
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.slack.socket_mode import open_socket
from bot.timing import Timing
from tests.operate.patient import why_not_reached

SLACK, SOCKETS, KORE = "slack.example", "sockets.example", "kore.example"
TIMING = Timing()
DRAFT = ContactListDraft(name="Renewal", description="For the renewal calls.", allow_duplicates=False)
Through = Callable[..., Settings]


class Proxy:
    """Makes tunnels, all of them to one port here; or refuses them with `refusal`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.credentials: list[str | None] = []
        self.refusal: bytes | None = None
        self.is_silent = False
        self.leads_to = 0
        self.port = 0

    async def took(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one connection."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head.split()[1])
        _, found, credentials = head.partition("Proxy-Authorization: Basic ")
        self.credentials.append(credentials.split()[0] if found else None)
        if self.is_silent:
            await reader.read()
            writer.close()
            return
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
    authority.issue_cert(SLACK, SOCKETS, KORE).configure_cert(context)
    authority.configure_trust(trusting)
    monkeypatch.setattr("aiohttp.connector._SSL_CONTEXT_VERIFIED", trusting)

    async def answer(request: web.Request) -> web.StreamResponse:
        taken.append(request)
        if request.path == "/link":
            socket = web.WebSocketResponse()
            await socket.prepare(request)
            await socket.send_json({"type": "hello"})
            return socket
        return web.json_response({"ok": True, "view": {"id": "V1"}, "url": f"wss://{SOCKETS}/link"})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with AsyncExitStack() as parts:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        proxy.leads_to = runner.addresses[0][1]
        yield taken


@asynccontextmanager
async def served(answer: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    """Run something that answers as Kore.ai; its address."""
    runner = web.ServerRunner(web.Server(answer), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


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
            await kore_client(kore_api, settings).listings()
        with pytest.raises(KoreUnreadable):
            await kore_client(kore_api, settings).create(DRAFT)
        await reach(kore_api, f"https://{KORE}", setting="KORE_HOST")
    assert proxy.asked == [f"{SLACK}:443"] + [f"{KORE}:443"] * 3
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
        await reach(kore_api, f"https://{KORE}", setting="KORE_HOST")
    assert proxy.credentials == ["am9lOnAjdw=="] * 2  # joe:p#w
    assert [request.headers.get("Authorization") for request in elsewhere] == ["Bearer xoxb-1", None]


async def test_a_proxy_that_refuses_has_let_nothing_through(proxy: Proxy, through: Through) -> None:
    """It is certain that Kore.ai and Slack did nothing, and the doctor names the proxy."""
    proxy.refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"
    settings = through(user="joe:hush@")
    async with slack_session(settings, TIMING) as slack_api, kore_session(settings, TIMING) as kore_api:
        with pytest.raises(KoreUnreachable, match=r"^the proxy answered 407$"):
            await kore_client(kore_api, settings).create(DRAFT)
        with pytest.raises(SlackUnavailable):
            await slack(slack_api).open_view("1.2.3", {})
        found = await why_not_reached(kore_api, f"https://{KORE}")
    assert "let the bot through to kore.example (407)" in found
    assert len(proxy.asked) == 3


@pytest.mark.parametrize(
    "refusal", [b"\n", b"garbage\r\n\r\n", b"HTTP/1.1 200 Connection established\r\n\r\nno TLS at all"]
)
async def test_a_proxy_that_breaks(proxy: Proxy, through: Through, refusal: bytes) -> None:
    """It closes, or answers what is no tunnel: nothing has left for Kore.ai."""
    proxy.refusal = refusal
    settings = through(user="joe:hush@")
    async with kore_session(settings, TIMING) as session:
        kore = kore_client(session, settings)
        for call in (kore.create(DRAFT), kore.listings()):
            with pytest.raises(KoreUnreachable) as caught:
                await call
            assert "hush" not in str(caught.value)
    assert len(proxy.asked) == 2


async def test_a_proxy_that_is_silent(proxy: Proxy, through: Through) -> None:
    """KORE_TIMEOUT ends before the time for a connection does: nothing has left."""
    proxy.is_silent = True
    settings = through(kore_timeout=0.2)
    async with kore_session(settings, TIMING) as session:
        with pytest.raises(KoreUnreachable, match=r"^no connection: "):
            await kore_client(session, settings).create(DRAFT)


async def test_a_host_that_never_connects(settings: Settings) -> None:
    """The same without a proxy: a connection that the host does not take sends no request."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        address = full.getsockname()
        waiting = [socket.socket() for _ in range(4)]
        for each in waiting:
            each.settimeout(0)
            each.connect_ex(address)
        there = {
            "kore_host": f"http://127.0.0.1:{address[1]}",
            "kore_timeout": 0.3,
            "kore_client_secret": SecretStr("s" * 64),
        }
        unreached = settings.model_copy(update=there)
        async with kore_session(unreached, TIMING) as session:
            with pytest.raises(KoreUnreachable, match=r"^no connection: "):
                await kore_client(session, unreached).create(DRAFT)
        for each in waiting:
            each.close()


@pytest.mark.parametrize(
    "secret", ["-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", "ssh-rsa AAAA"]
)
async def test_a_secret_that_cannot_sign(settings: Settings, secret: str) -> None:
    """A secret that looks like a key of another kind signs nothing, so nothing was sent."""
    wrong = settings.model_copy(update={"kore_client_secret": SecretStr(secret)})
    async with kore_session(wrong, TIMING) as session:
        with pytest.raises(KoreInvalidToken, match=r"^cannot be signed: InvalidKeyError$"):
            await kore_client(session, wrong).create(DRAFT)


async def test_said_without_secrets(settings: Settings) -> None:
    """What Kore.ai says to people has neither the token nor the client secret."""
    secret = "hush-hush-" * 8

    async def answer(request: web.BaseRequest) -> web.Response:
        told = f"Bad token {request.headers['auth']} of {secret}"
        return web.json_response({"errors": [{"msg": told}]}, status=412)

    async with served(answer) as host:
        there = settings.model_copy(update={"kore_host": host, "kore_client_secret": SecretStr(secret)})
        async with kore_session(there, TIMING) as session:
            with pytest.raises(KoreInvalid) as caught:
                await kore_client(session, there).create(DRAFT)

    assert caught.value.vendor_message == "Bad token [hidden] of [hidden]"
    assert str(caught.value) == "HTTP 412"


async def test_a_connection_that_breaks(settings: Settings) -> None:
    """Whatever was sent over a connection may have arrived, and is not sent again."""
    asked: list[str] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        asked.append(request.path)
        assert request.transport
        request.transport.close()
        return web.Response()

    async with served(answer) as host:
        there = settings.model_copy(update={"kore_host": host, "kore_client_secret": SecretStr("s" * 64)})
        async with kore_session(there, TIMING) as session:
            kore = kore_client(session, there)
            for call in (kore.create(DRAFT), kore.listings(), kore.details("cl-1")):
                with pytest.raises(KoreConnectionLost, match="ServerDisconnectedError"):
                    await call

    assert len(asked) == 3


async def test_a_proxy_that_is_away_is_named(through: Through) -> None:
    """The doctor does not say of the host what is true of the proxy."""
    settings = through(https_proxy=SecretStr("http://127.0.0.1:9"))
    async with kore_session(settings, TIMING) as session:
        assert "There's no connection to the proxy" in await why_not_reached(session, f"https://{KORE}")


async def test_fresh_connection(settings: Settings) -> None:
    """Each request goes over a new connection, whether it creates, adds or only reads."""
    seen: list[tuple[str, object]] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        assert request.transport
        seen.append((request.path.rpartition("/")[2], request.transport.get_extra_info("peername")))
        found = [] if request.path.endswith("getAllListDetails") else {"_id": "cl-1"}
        return web.json_response({"status": "success", "data": found})

    async with served(answer) as host:
        there = settings.model_copy(update={"kore_host": host, "kore_client_secret": SecretStr("s" * 64)})
        async with kore_session(there, TIMING) as session:
            kore = kore_client(session, there)
            await kore.listings()
            await kore.create(DRAFT)
            await kore.details("cl-1")
            await kore.create(DRAFT)
            await kore.add_contacts(DRAFT.name, b'[{"phoneNumber": "+4930"}]')

    expected = ["getAllListDetails", "createContactList", "cl-1", "createContactList", "addContacts"]
    assert [operation for operation, _ in seen] == expected
    assert len({peer for _, peer in seen}) == len(expected)


async def test_one_host_of_no_proxy(proxy: Proxy, through: Through, elsewhere: list[web.Request]) -> None:
    """NO_PROXY may name one of the services; the other one still goes by the proxy."""
    settings = through(no_proxy=KORE, slack_api_url=f"https://{SLACK}/api/")
    async with slack_session(settings, TIMING) as slack_api, kore_session(settings, TIMING) as kore_api:
        await slack(slack_api).open_view("1.2.3", {})
        assert "isn't found" in await why_not_reached(kore_api, f"https://{KORE}")
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


async def test_sockets_too(
    proxy: Proxy, through: Through, elsewhere: list[web.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sockets go by the proxy of the settings, with its password, and by none of the environment's."""
    monkeypatch.setenv("HTTPS_PROXY", "http://another:1")
    async with slack_session(through(user="joe:p%23w@"), TIMING) as session:
        socket = await open_socket(slack(session), "xapp-1", TIMING)
        await socket.close()
    assert proxy.asked == [f"{SLACK}:443", f"{SOCKETS}:443"]
    assert proxy.credentials == ["am9lOnAjdw=="] * 2
    assert [request.headers.get("Authorization") for request in elsewhere] == ["Bearer xapp-1", None]


async def test_no_proxy_for_sockets(through: Through, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a proxy in the settings they go straight, whatever the environment names."""
    monkeypatch.setenv("HTTPS_PROXY", "http://another:1")
    async with slack_session(through(https_proxy=None), TIMING) as session:
        with pytest.raises(SlackUnavailable) as caught:
            await slack(session).open_websocket(f"wss://{SOCKETS}/link")
    assert isinstance(caught.value.__cause__, aiohttp.ClientConnectorDNSError)
    assert caught.value.__cause__.host == SOCKETS
