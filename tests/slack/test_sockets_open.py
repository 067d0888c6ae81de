"""How the connections of Socket Mode are opened, replaced and closed."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.app import Application
from bot.observe.metrics import Metrics
from bot.settings import Settings
from bot.slack.client import SlackClient
from bot.slack.http_adapter import Acknowledgement
from bot.slack.open_sockets import OpenSockets
from bot.slack.socket_mode import SocketMode
from bot.tasks import Tasks
from bot.timing import Timing
from sandbox.ends import Ends, both_ends
from sandbox.slack.delivery import Ack
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.sockets import SocketFault
from sandbox.slack.traffic import Fault
from tests.quick import QUICK
from tests.stages import stage

ADDRESS = "apps.connections.open"
SOON = replace(QUICK, reconnect_delays=(0.05,), socket_hello_timeout=0.2)

pytestmark = pytest.mark.slow


def calls(slack: LocalSlack) -> list[float]:
    """Return when Slack was asked for an address."""
    return [each.at for each in slack.traffic if each.what == ADDRESS]


async def until(slack: LocalSlack, holds: Callable[[], bool]) -> None:
    """Wait until something is so that Slack sees."""
    await slack.workspace.until(holds, timeout=8, what="connection")


async def get(port: int, path: str) -> tuple[int, Any]:
    """Ask one address of the bot."""
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await (answer.json() if path == "/readyz" else answer.text())


async def becomes(port: int, expected: dict[str, object]) -> None:
    """Wait until `/readyz` says so."""
    async with asyncio.timeout(30):
        while (await get(port, "/readyz"))[1] != expected:  # noqa: ASYNC110 - there is no event for that
            await asyncio.sleep(0.02)


@pytest.fixture
async def ends() -> AsyncIterator[Ends]:
    """Run a local Slack and a local Kore.ai."""
    async with both_ends(socket_mode=True) as running:
        yield running


def application(ends: Ends, folder: Path, timing: Timing = SOON, **changes: object) -> Application:
    """Return a bot between them that has not started."""
    values = {name.lower(): value for name, value in ends.environment.items()}
    store = f"sqlite:///{folder / 'contactlist.db'}"
    return Application(Settings.model_validate({**values, "database_url": store, **changes}), timing=timing)


@pytest.mark.parametrize(
    "fault",
    [SocketFault(status=409), SocketFault(silent=True), SocketFault(drop=True)],
)
async def test_ready_with_one(ends: Ends, tmp_path: Path, fault: SocketFault) -> None:
    """One of two connections is refused at start: the bot is ready with the other one."""
    timing = replace(SOON, reconnect_delays=(60,), socket_missing_after=0.1)
    ends.slack.socket_fault(fault)
    async with application(ends, tmp_path, timing) as bot:
        await Person(ends.slack, "U0LEAD").command("x")
        assert "Name: x" in (await Person(ends.slack, "U0LEAD").view()).text
        await becomes(bot.port, {"ready": True, "reasons": [], "warnings": ["socket_missing"]})
        assert (await get(bot.port, "/readyz"))[0] == 200


async def test_missing_one_returns(ends: Ends, tmp_path: Path) -> None:
    """`/readyz` names a connection that is missing for long, until it is there."""
    for fault in (SocketFault(), *[SocketFault(status=503)] * 1000):
        ends.slack.socket_fault(fault)
    async with application(ends, tmp_path, replace(SOON, socket_missing_after=0.2)) as bot:
        await becomes(bot.port, {"ready": True, "reasons": [], "warnings": ["socket_missing"]})
        assert "contactlist_open_sockets 1.0" in (await get(bot.port, "/metrics"))[1]
        ends.slack.clear_faults()
        await becomes(bot.port, {"ready": True, "reasons": []})
        assert "contactlist_open_sockets 2.0" in (await get(bot.port, "/metrics"))[1]


@pytest.fixture
def port() -> int:
    """Return a port that is free."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


async def test_listens_first(ends: Ends, tmp_path: Path, port: int) -> None:
    """While the socket host is away at start the bot lives, and says what it waits for; then it is ready."""
    await ends.slack.take_socket_host_away()
    bot = application(ends, tmp_path, port=port)
    starting = asyncio.create_task(bot.__aenter__())
    await until(ends.slack, lambda: len(calls(ends.slack)) > 4)
    assert (await get(port, "/healthz"))[0] == 200
    assert await get(port, "/readyz") == (503, {"ready": False, "reasons": ["socket"]})
    assert not starting.done()
    await ends.slack.bring_socket_host_back()
    await starting
    assert (await get(port, "/readyz"))[0] == 200
    await bot.__aexit__()


async def test_rate_limit_at_start(ends: Ends, tmp_path: Path, port: int) -> None:
    """A start that Slack puts off waits as told: alive, not ready, open for nobody; then it goes on."""
    for method in ("auth.test", ADDRESS):
        ends.slack.fault(method, Fault(retry_after=1))
    bot = application(ends, tmp_path, replace(SOON, max_retry_wait=0.5), port=port)
    starting = asyncio.create_task(bot.__aenter__())
    await until(ends.slack, lambda: bool(ends.slack.traffic))
    assert (await get(port, "/healthz"))[0] == 200
    assert await get(port, "/readyz") == (503, {"ready": False, "reasons": ["starting", "slack"]})
    url = f"http://127.0.0.1:{port}/slack/events"
    async with aiohttp.ClientSession() as session, session.post(url, data=b"x") as answer:
        assert (answer.status, await answer.text()) == (503, "starting")
    await starting
    first, second, third, fourth, *_ = [each.at for each in ends.slack.traffic]
    assert second - first >= 1
    assert fourth - third >= 1
    await bot.__aexit__()


async def test_stop_while_starting(ends: Ends, tmp_path: Path) -> None:
    """A bot that waits for its first connection can be stopped."""
    await ends.slack.take_socket_host_away()
    starting = asyncio.create_task(application(ends, tmp_path).__aenter__())
    await until(ends.slack, lambda: len(calls(ends.slack)) > 2)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    assert starting.cancelled()
    asked = len(calls(ends.slack))
    await asyncio.sleep(0.2)  # several tries long
    assert len(calls(ends.slack)) == asked


@pytest.mark.parametrize("silent", [True, False])
async def test_stop_while_reconnecting(ends: Ends, tmp_path: Path, silent: bool) -> None:  # noqa: FBT001
    """A bot that stops in the middle of a try, or in a pause, opens nothing more and leaves nothing open."""
    timing = replace(SOON, socket_hello_timeout=60, reconnect_delays=(60,))
    bot = await application(ends, tmp_path, timing).__aenter__()
    await until(ends.slack, lambda: ends.slack.sockets == 2)
    if silent:
        ends.slack.socket_fault(SocketFault(silent=True), times=2)
    else:
        await ends.slack.take_socket_host_away()
    await ends.slack.disconnect_sockets()
    asked = len(calls(ends.slack))
    async with asyncio.timeout(30):
        await bot.__aexit__()
    assert ends.slack.sockets == 0
    assert len(calls(ends.slack)) <= asked + 2


async def test_pauses_grow() -> None:
    """Told to go right after each hello, each connection waits longer before the next."""
    delays = (0.1, 0.3, 0.6)
    async with stage(socket_mode=True, timing=replace(SOON, reconnect_delays=delays)) as scene:
        await until(scene.slack, lambda: scene.slack.sockets == 2)
        scene.slack.socket_fault(SocketFault(disconnect="too_many_websockets"), times=100)
        before = len(calls(scene.slack))
        await scene.slack.disconnect_sockets()
        await until(scene.slack, lambda: len(calls(scene.slack)) >= before + 8)
        first, *_, last = calls(scene.slack)[before : before + 8]
    assert last - first >= (delays[1] + delays[2]) / 2


async def test_after_a_long_life(ends: Ends) -> None:
    """A connection that lasted is replaced at once, whatever the pauses are."""
    async with connected(ends, replace(SOON, socket_settles=0, reconnect_delays=(60,))) as running:
        await ends.slack.disconnect_sockets(reason="warning")
        await until(ends.slack, lambda: ends.slack.sockets == 4)
        assert running.sockets.is_connected


async def test_told_to_wait() -> None:
    """What Slack tells one connection holds for both: nobody asks before that."""
    async with stage(socket_mode=True, timing=SOON) as scene:
        await until(scene.slack, lambda: scene.slack.sockets == 2)
        scene.slack.fault(ADDRESS, Fault(retry_after=1))
        before = len(calls(scene.slack))
        await scene.slack.disconnect_sockets(1)
        await until(scene.slack, lambda: len(calls(scene.slack)) == before + 1)
        await scene.slack.disconnect_sockets(1)
        await until(scene.slack, lambda: len(calls(scene.slack)) == before + 3)
        told, *later = calls(scene.slack)[before:]
    assert min(later) - told >= 1


class Desk:
    """Stands in for the adapter: answers when it may."""

    def __init__(self) -> None:
        self.asked, self.may = asyncio.Event(), asyncio.Event()

    async def dispatch(self, _: dict[str, object]) -> Acknowledgement:
        """Answer one payload."""
        self.asked.set()
        await self.may.wait()
        return Acknowledgement(status=200, body={"text": "hi"})


class Connected:
    """Socket Mode alone, without a bot behind it."""

    def __init__(self, slack: LocalSlack, api: SlackClient, token: str, timing: Timing) -> None:
        self.slack, self.desk, self.tasks = slack, Desk(), Tasks()
        self.sockets = OpenSockets(Metrics(), timing)
        adapter: Any = self.desk
        self.mode = SocketMode(
            adapter, slack=api, sockets=self.sockets, app_token=token, tasks=self.tasks, timing=timing
        )

    def press(self) -> asyncio.Task[Ack]:
        """Have Slack send something over one connection."""
        return asyncio.create_task(self.slack.deliver("interactive", {"type": "shortcut"}))


@asynccontextmanager
async def connected(ends: Ends, timing: Timing = SOON) -> AsyncIterator[Connected]:
    """Open the connections."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
        api = SlackClient(session, token="xoxb-1", api_url=ends.slack.api_url, timing=timing)
        running = Connected(ends.slack, api, ends.environment["SLACK_APP_TOKEN"], timing)
        running.mode.start()
        await until(ends.slack, lambda: ends.slack.sockets == 2)
        yield running
        await running.mode.close()
        await running.tasks.drain(seconds=1)


async def test_answer_of_a_closed_connection(ends: Ends) -> None:
    """An answer whose connection closed meanwhile goes over the other one."""
    async with connected(ends, replace(SOON, reconnect_delays=(60,))) as running:
        pressed = running.press()
        await running.desk.asked.wait()
        await ends.slack.disconnect_sockets(1)
        await until(ends.slack, lambda: ends.slack.sockets == 1)
        running.desk.may.set()
        assert (await pressed).body == {"text": "hi"}


async def test_answer_without_a_connection(ends: Ends) -> None:
    """Nobody can be answered over no connection, and nothing breaks."""
    async with connected(ends, replace(SOON, reconnect_delays=(60,))) as running:
        pressed = running.press()
        await running.desk.asked.wait()
        await ends.slack.disconnect_sockets()
        ends.slack.ack_seconds = 0.5
        running.desk.may.set()
        await running.tasks.drain(seconds=1)
        assert not running.sockets.is_connected
        assert (await pressed).error == "operation_timeout"


async def test_leaves_by_itself(ends: Ends) -> None:
    """A connection that Slack asked to renew, and does not close, is left after a while."""
    async with connected(ends, replace(SOON, socket_linger=0.3)) as running:
        await ends.slack.disconnect_sockets(reason="warning")
        await until(ends.slack, lambda: ends.slack.sockets == 4)
        running.desk.may.set()
        assert [(await running.press()).error for _ in range(4)] == [None] * 4
        await ends.slack.disconnect_sockets(2, reason="warning")
        await until(ends.slack, lambda: ends.slack.sockets == 2)


async def test_outlives_calls(ends: Ends) -> None:
    """A connection lasts longer than any call may take."""
    async with connected(ends) as running:
        before = len(calls(ends.slack))
        await asyncio.sleep(0.8)  # the session's total is 0.5
        running.desk.may.set()
        assert [(await running.press()).error for _ in range(2)] == [None] * 2
        assert len(calls(ends.slack)) == before


async def test_fault_of_ours(ends: Ends, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error that nobody foresaw ends no connection for good."""
    ask, errors = SlackClient.socket_address, [RuntimeError("ours"), RuntimeError("ours")]

    async def broken(client: SlackClient, app_token: str) -> str:
        if errors:
            raise errors.pop()
        return await ask(client, app_token)

    monkeypatch.setattr(SlackClient, "socket_address", broken)
    async with connected(ends):
        assert errors == []
