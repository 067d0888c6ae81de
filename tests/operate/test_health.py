"""Health and metrics: the truth, quickly, and nothing for an attacker; and what a client may cost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import replace

import aiohttp
import pytest
import pytest_asyncio
from dbos import DBOS
from sqlalchemy import make_url
from structlog.testing import capture_logs

from bot.observe.metrics import Metrics
from bot.operate.health import Health
from bot.operate.startup import Awaited
from bot.timing import Timing
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot whose metrics have a port of their own."""
    async with stage(rate_per_minute=FAST, metrics_port=0, timing=QUICK) as running:
        yield running


def unasked(scene: Stage, timing: Timing, *, can_save: Callable[[], Awaitable[bool]] | None = None) -> Health:
    """Return a health of the same bot that was never asked."""
    slack = scene.bot.health._slack  # noqa: SLF001 - the bot's own client
    can_save = can_save or scene.bot.health._can_save  # noqa: SLF001 - as above
    assert can_save
    health = Health(slack, timing, Metrics(), awaited=Awaited(timing))
    health.started(can_save)
    return health


async def get(port: int, path: str) -> tuple[int, str]:
    """Ask one address."""
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{port}{path}") as answer,
    ):
        return answer.status, await answer.text()


async def test_a_token_that_was_revoked_is_no_longer_ready(scene: Stage) -> None:
    """Slack is asked beside the requests; when the token is good again, so is the bot."""
    health = scene.bot.health
    scene.slack.fault("auth.test", Fault(error="token_revoked"))
    await health.ask_slack()
    assert await get(scene.bot.port, "/readyz") == (503, '{"ready": false, "reasons": ["slack"]}')
    assert (await get(scene.bot.port, "/healthz"))[0] == 200
    await health.ask_slack()
    assert (await get(scene.bot.port, "/readyz"))[0] == 200


async def test_a_slack_that_is_away_says_nothing_about_the_token(scene: Stage) -> None:
    """An outage of Slack does not take the bot out of service: nothing else could serve either."""
    scene.slack.fault("auth.test", Fault(drop=True))
    await scene.bot.health.ask_slack()
    assert (await get(scene.bot.port, "/readyz"))[0] == 200


async def test_no_request_asks_slack(scene: Stage) -> None:
    """What was found out in the background answers them all."""
    traffic = len(scene.slack.traffic)
    await get(scene.bot.port, "/readyz")
    assert len(scene.slack.traffic) == traffic


async def test_a_store_that_hangs_is_not_waited_for(scene: Stage) -> None:
    """Not ready is an answer, no answer is none."""

    async def hanging() -> bool:
        await asyncio.Event().wait()
        raise AssertionError

    hurried = replace(QUICK, store_timeout=0.01)
    assert await unasked(scene, hurried, can_save=hanging).reasons() == ["store"]


async def test_store_only_reads(scene: Stage) -> None:
    """A store that answers and takes nothing is not ready: a save is what people wait for."""
    path = str(make_url(scene.settings.database_url.get_secret_value()).database)
    with closing(sqlite3.connect(path)) as store:
        store.execute(
            "CREATE TRIGGER full BEFORE INSERT ON workflow_status "
            "BEGIN SELECT RAISE(FAIL, 'disk is full'); END"
        )
        store.commit()
        with capture_logs() as logged:
            assert await unasked(scene, QUICK).reasons() == ["store"]
        story = Story(scene)
        view, _ = await story.submit()
        assert "Saving took too long" in view.errors["name"] or "could not save" in view.errors["name"]
        store.execute("DROP TRIGGER full")
        store.commit()
    assert [each["error"] for each in logged if each["event"] == "store_does_not_save"] == [
        "IntegrityError: disk is full"
    ]
    counted = await get(scene.bot.metrics_port, "/metrics")
    assert 'outcome="not_saved"} 1.0' in counted[1]
    assert await unasked(scene, QUICK).reasons() == []
    assert not await DBOS.list_workflows_async(workflow_id_prefix="probe-")


async def test_many_who_ask_at_once_cost_the_store_one_question(scene: Stage) -> None:
    """Nobody can keep the store busy through an address that needs no password."""
    asked = []

    async def answers() -> bool:
        asked.append(1)
        return True

    health = unasked(scene, replace(QUICK, store_poll=60), can_save=answers)
    assert await asyncio.gather(*(health.reasons() for _ in range(20))) == [[]] * 20
    assert len(asked) == 1


async def test_the_metrics_have_a_port_of_their_own(scene: Stage) -> None:
    """With METRICS_PORT they are there, and nowhere else."""
    assert (await get(scene.bot.port, "/metrics"))[0] == 404
    status, told = await get(scene.bot.metrics_port, "/metrics")
    assert status == 200
    assert "contactlist_open_jobs" in told
    for path in ("/healthz", "/readyz", "/slack/events"):
        assert (await get(scene.bot.metrics_port, path))[0] == 404


async def raw(scene: Stage, *parts: bytes) -> bytes:
    """Send bytes as they are, and read until the bot closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", scene.bot.port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await reader.read()
    writer.close()
    return answer


async def test_too_many_headers_are_refused(scene: Stage) -> None:
    """A request with hundreds of headers is not even read."""
    headers = b"".join(b"X-%d: 1\r\n" % number for number in range(200))
    answer = await raw(scene, b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + headers + b"\r\n")
    assert answer.split()[1] == b"400"
