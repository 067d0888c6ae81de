"""A start while Slack, the store or names are away: it listens, says what it waits for, and goes on."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import psycopg
import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

from bot.app import Application
from bot.errors import StartError
from bot.settings import Settings
from bot.timing import Timing
from sandbox.ends import Ends, both_ends
from sandbox.slack.traffic import Fault
from tests.postgresql import SERVER, new_database
from tests.quick import QUICK

SOON = replace(QUICK, reconnect_delays=(0.05,), min_retry_wait=0, retry_jitter=0)
NOWHERE = "postgresql://bot:hush@127.0.0.1:9/contacts"


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    """Run a local Slack and a local Kore.ai."""
    async with both_ends() as running:
        yield running


@pytest.fixture
def port() -> int:
    """Return a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def application(ends: Ends, folder: Path, timing: Timing = SOON, **changes: object) -> Application:
    """Return a bot between them that has not started."""
    values = {name.lower(): value for name, value in ends.environment.items()}
    store = f"sqlite:///{folder / 'contactlist.db'}"
    return Application(Settings.model_validate({**values, "database_url": store, **changes}), timing=timing)


async def readyz(port: int) -> tuple[int, Any]:
    """Ask whether it is ready."""
    url = f"http://127.0.0.1:{port}/readyz"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.json()


async def waits_for(bot: Application, port: int, *expected: str) -> None:
    """Start a bot until it says that it waits for these, then stop it."""
    async with starting(bot):
        await becomes(port, {"ready": False, "reasons": ["starting", *expected]})


async def becomes(port: int, expected: dict[str, object]) -> None:
    """Wait until it says so."""
    async with asyncio.timeout(30):
        while True:
            try:
                if (await readyz(port))[1] == expected:
                    return
            except aiohttp.ClientConnectorError:
                pass  # it does not listen yet
            await asyncio.sleep(0.02)


@asynccontextmanager
async def starting(bot: Application) -> AsyncIterator[asyncio.Task[Application]]:
    """Start a bot beside the test, and stop it."""
    task = asyncio.create_task(bot.__aenter__())
    yield task
    task.cancel()
    (ended,) = await asyncio.gather(task, return_exceptions=True)
    if ended is bot:
        await bot.__aexit__()


async def test_slack_away(ends: Ends, tmp_path: Path, port: int) -> None:
    """Slack fails for a while: the bot asks again, and then it serves."""
    ends.slack.fault("auth.test", Fault(status=503), times=1000)
    bot = application(ends, tmp_path, port=port)
    async with starting(bot) as task:
        await becomes(port, {"ready": False, "reasons": ["starting", "slack"]})
        assert not task.done()
        ends.slack.clear_faults()
        await task
        assert await readyz(port) == (200, {"ready": True, "reasons": []})


@pytest.mark.slow
async def test_no_time_named(ends: Ends, tmp_path: Path) -> None:
    """A rate limit that names no time is waited for as long as such a limit lasts."""
    ends.slack.fault("auth.test", Fault(error="ratelimited"))
    patient = replace(SOON, rate_limited_wait=0.31)
    with capture_logs() as logged:
        async with application(ends, tmp_path, patient):
            pass
    delays = [each["seconds"] for each in logged if each["event"] == "start_delayed"]
    assert delays == [0.3]


@pytest.mark.slow
async def test_names_away(ends: Ends, tmp_path: Path, port: int) -> None:
    """Without DNS it is said that the names are missing."""
    bot = application(ends, tmp_path, port=port, slack_api_url="https://slack.invalid/api/")
    await waits_for(bot, port, "slack", "dns")


async def test_names_of_the_store_away(ends: Ends, tmp_path: Path, port: int) -> None:
    """The store's name may be missing as well."""
    bot = application(ends, tmp_path, port=port, database_url="postgresql://db.invalid/contacts")
    await waits_for(bot, port, "store", "dns")


async def test_both_away(ends: Ends, tmp_path: Path, port: int) -> None:
    """Everything that is away is named at once, and no secret in the log."""
    ends.slack.fault("auth.test", Fault(drop=True), times=1000)
    bot = application(ends, tmp_path, port=port, database_url=NOWHERE)
    with capture_logs() as logged:
        await waits_for(bot, port, "slack", "store")
    delays = [each for each in logged if each["event"] == "start_delayed"]
    assert {each["waits_for"] for each in delays} == {"slack", "store"}
    assert all(0 <= each["seconds"] <= 0.1 for each in delays)
    assert "hush" not in str(delays)
    problem = "PostgreSQL can't be used: nothing listens there. Start the server, or correct host and port"
    assert any(each["problem"].startswith(problem) for each in delays)


@pytest.mark.slow
async def test_store_comes(ends: Ends, tmp_path: Path, port: int) -> None:
    """A PostgreSQL database that lets nobody in at first is asked again, and then it saves."""
    with new_database() as database, psycopg.connect(SERVER, autocommit=True) as server:
        allow = f"ALTER DATABASE {make_url(database).database} ALLOW_CONNECTIONS"
        server.execute(f"{allow} false".encode())
        bot = application(ends, tmp_path, port=port, database_url=database)
        async with starting(bot) as task:
            await becomes(port, {"ready": False, "reasons": ["starting", "store"]})
            server.execute(f"{allow} true".encode())
            await task
            assert await readyz(port) == (200, {"ready": True, "reasons": []})


@pytest.mark.parametrize(
    "database_url",
    [
        "postgresql://bot@127.0.0.1:9/contacts?sslmode=odd",
        "postgresql://bot@127.0.0.1:9/contacts?nothing=like_this",
    ],
)
async def test_wrong_store(ends: Ends, tmp_path: Path, database_url: str) -> None:
    """What waiting would not cure ends the start, although Slack is away."""
    ends.slack.fault("auth.test", Fault(drop=True), times=1000)
    with pytest.raises(StartError, match=r"an option that doesn't exist: (?:sslmode|nothing)"):
        await application(ends, tmp_path, database_url=database_url).__aenter__()


async def test_no_such_database(ends: Ends, tmp_path: Path) -> None:
    """A server that is there and says no is no server that is away."""
    with new_database() as database:
        url = make_url(database).set(database="nothing_like_this").render_as_string(hide_password=False)
        with pytest.raises(StartError, match="there is no database nothing_like_this"):
            await application(ends, tmp_path, database_url=url).__aenter__()


async def test_wrong_token(ends: Ends, tmp_path: Path) -> None:
    """A token that Slack refuses ends the start, although the store is away."""
    began = time.monotonic()
    with pytest.raises(StartError, match="Slack refused SLACK_BOT_TOKEN"):
        await application(ends, tmp_path, database_url=NOWHERE, slack_bot_token="xoxb-wrong").__aenter__()
    assert time.monotonic() - began < 5
