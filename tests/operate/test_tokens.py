"""Why the bot can't start with this Slack, or waits for it: each reason has its sentence, the doctor's."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from structlog.testing import capture_logs

from bot.app import Application
from bot.errors import StartError
from bot.operate.doctor.examine import examine_settings
from bot.operate.doctor.report import Status
from bot.settings import Settings
from bot.timing import Timing
from sandbox.ends import Ends, both_ends
from sandbox.slack.traffic import Fault

QUICK = Timing(min_retry_wait=0, retry_jitter=0, slack_timeout=1, reconnect_delays=(0.01,))


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    """Run a local Slack and a local Kore.ai."""
    async with both_ends(socket_mode=True) as running:
        yield running


class Start:
    """A start that fails, or waits."""

    def __init__(self, ends: Ends, folder: Path) -> None:
        self.slack = ends.slack
        values = {name.lower(): value for name, value in ends.environment.items()}
        self.settings = {**values, "database_url": f"sqlite:///{folder / 'contactlist.db'}"}

    async def sentence(self, settings: Settings) -> str:
        """Start, and return what is said instead."""
        with pytest.raises(StartError) as caught:
            await Application(settings, timing=QUICK).__aenter__()
        return str(caught.value)

    async def delay(self, settings: Settings) -> str:
        """Start, and return why that waits."""
        with capture_logs() as logged:
            starting = asyncio.create_task(Application(settings, timing=QUICK).__aenter__())
            while not (delays := [each for each in logged if each["event"] == "start_delayed"]):
                await asyncio.sleep(0.01)
                assert not starting.done()
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
        assert delays[0]["waits_for"] == "slack"
        return str(delays[0]["problem"])

    async def fails(self, *expected: str, **changes: object) -> None:
        """Start; the sentence has what is expected, no secret, and what the doctor says about the same."""
        settings = Settings.model_validate({**self.settings, **changes})
        await self._check(await self.sentence(settings), expected, settings)

    async def waits(self, *expected: str, **changes: object) -> None:
        """Start; the reason why it goes on trying is as `fails` has it."""
        settings = Settings.model_validate({**self.settings, **changes})
        await self._check(await self.delay(settings), expected, settings)

    async def _check(self, sentence: str, expected: Iterable[str], settings: Settings) -> None:
        assert [each for each in expected if each not in sentence] == []
        assert [each for each in ("xoxb-", "xapp-", "hush") if each in sentence] == []
        found = [each for each in (await examine_settings(settings)).checks if each.status is Status.BAD]
        assert f"{found[0].found}. {found[0].advice}" == sentence


@pytest.fixture
def start(ends: Ends, tmp_path: Path) -> Start:
    """Return a start that nothing is wrong with so far."""
    return Start(ends, tmp_path)


async def test_name_not_found(start: Start) -> None:
    """The name is in the sentence, and where to look."""
    words = "The name slack.example isn't found", "DNS", "SLACK_API_URL"
    await start.waits(*words, slack_api_url="https://slack.example/api/")


async def test_refused(start: Start) -> None:
    """Nobody listens there."""
    words = "no connection to 127.0.0.1 (connection refused)", "firewall", "SLACK_API_URL"
    await start.waits(*words, slack_api_url="http://127.0.0.1:9/api/")


async def test_untrusted_tls(start: Start) -> None:
    """A certificate of an authority that this machine does not know: as of a company's firewall."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with AsyncExitStack() as parts:
        runner = web.AppRunner(web.Application(), access_log=None)
        await runner.setup()
        parts.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        await start.fails(
            "This machine doesn't trust the TLS certificate of 127.0.0.1 (unable to get local issuer",
            "SSL_CERT_FILE",
            slack_api_url=f"https://127.0.0.1:{runner.addresses[0][1]}/api/",
        )


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (b"407 Proxy Authentication Required", "let the bot through to slack.example (407)"),
        (b"403 Forbidden", "let the bot through to slack.example (403)"),
    ],
)
async def test_proxy_refuses(start: Start, status: bytes, words: str) -> None:
    """The proxy is named, and not Slack."""

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 " + status + b"\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        proxy = f"http://joe:hush@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await start.fails(
            words,
            "user name and the password",
            slack_api_url="https://slack.example/api/",
            https_proxy=proxy,
        )


async def test_proxy_away(start: Start) -> None:
    """A proxy that takes no connection."""
    await start.waits(
        "There's no connection to the proxy (connection refused)",
        "Check HTTPS_PROXY.",
        slack_api_url="https://slack.example/api/",
        https_proxy="http://joe:hush@127.0.0.1:9",
    )


@pytest.mark.parametrize(
    ("method", "token"), [("auth.test", "SLACK_BOT_TOKEN"), ("apps.connections.open", "SLACK_APP_TOKEN")]
)
@pytest.mark.parametrize("code", ["invalid_auth", "account_inactive", "token_revoked"])
async def test_refused_token(start: Start, method: str, token: str, code: str) -> None:
    """The setting is named, and never its value."""
    start.slack.fault(method, Fault(error=code), times=2)
    await start.fails(f"Slack refused {token} ({code})", f"Copy {token} again")


async def test_poor_app_token(start: Start) -> None:
    """Copying a token again gives it no scope."""
    start.slack.fault("apps.connections.open", Fault(error="missing_scope"), times=2)
    await start.fails("Slack refused SLACK_APP_TOKEN (missing_scope)", "connections:write")


async def test_wrong_tokens(start: Start) -> None:
    """As Slack itself refuses them."""
    await start.fails("Slack refused SLACK_BOT_TOKEN (invalid_auth)", slack_bot_token="xoxb-wrong")
    await start.fails("Slack refused SLACK_APP_TOKEN (invalid_auth)", slack_app_token="xapp-wrong")


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(drop=True), "The connection to 127.0.0.1 failed"),
        (Fault(status=503), "There was no usable answer from 127.0.0.1 (http_503)"),
        (Fault(status=302), "There was no usable answer from 127.0.0.1 (http_302)"),
        (Fault(body="<html>"), "There was no usable answer from 127.0.0.1 (http_200)"),
        (Fault(body="maintenance"), "There was no usable answer from 127.0.0.1 (no_answer)"),
        (Fault(error="fatal_error"), "There was no usable answer from 127.0.0.1 (fatal_error)"),
    ],
)
@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_odd_answers(start: Start, method: str, fault: Fault, words: str) -> None:
    """No answer of Slack's: the sentence says what came in its place."""
    start.slack.fault(method, fault, times=100)
    await start.waits(words)


@pytest.mark.slow
async def test_silence(start: Start) -> None:
    """Connections are taken, and nobody says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        there = f"http://127.0.0.1:{server.getsockname()[1]}/api/"
        settings = Settings.model_validate({**start.settings, "slack_api_url": there})
        assert "There was no answer from 127.0.0.1 in time." in await start.delay(settings)
