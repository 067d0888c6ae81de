"""Socket Mode of the local Slack."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.delivery import over_socket
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.sockets import SocketFault, Sockets
from tests.sandbox.stub_bot import APP, Clock, Json


@pytest.fixture
async def socket(slack: LocalSlack) -> AsyncIterator[SocketModeClient]:
    """Connect slack_sdk's client, which acks whatever comes with `socket.reply`."""
    client = SocketModeClient(APP, web_client=AsyncWebClient(base_url=slack.api_url), ping_interval=0.1)
    seen: list[SocketModeRequest] = []

    async def listen(receiver: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        seen.append(request)
        payload = {"text": "hi"} if request.type == "slash_commands" else None
        await receiver.send_socket_mode_response(SocketModeResponse(request.envelope_id, payload))

    client.socket_mode_request_listeners.append(listen)
    await client.connect()  # type: ignore[no-untyped-call] # the SDK leaves it without types
    yield client
    await client.close()  # type: ignore[no-untyped-call] # the same
    await client.aiohttp_client_session.close()


async def test_socket_mode_carries_commands_and_interaction(
    slack: LocalSlack, socket: SocketModeClient
) -> None:
    """The ack's payload is what an HTTP answer's body is."""
    person = Person(slack, "U0LEAD")
    await person.until(lambda: slack.sockets == 1)
    ack = await person.command("x")
    assert (ack.status, ack.body, ack.error) == (200, {"text": "hi"}, None)
    assert (await person.message("C0CAMPAIGN")).text == "hi"
    ack = await person.shortcut("create")
    assert (ack.body, ack.error) == ("", None)
    assert [one.what for one in slack.traffic][1:] == ["socket slash_commands", "socket interactive"]
    assert await socket.is_connected()


async def test_a_client_comes_again_when_it_is_told_to(slack: LocalSlack, socket: SocketModeClient) -> None:
    """With a new ticket."""
    person = Person(slack, "U0LEAD")
    await person.until(lambda: slack.sockets == 1)
    await slack.disconnect_sockets()
    await person.until(lambda: slack.sockets == 1)
    assert (await person.command("x")).error is None
    assert [one.what for one in slack.traffic].count("apps.connections.open") >= 2
    assert socket.wss_uri is not None


async def _address(slack: LocalSlack) -> str:
    answer = await AsyncWebClient(base_url=slack.api_url).apps_connections_open(app_token=APP)
    return str(answer["url"])


async def _connect(slack: LocalSlack, session: aiohttp.ClientSession) -> aiohttp.ClientWebSocketResponse:
    return await session.ws_connect(await _address(slack))


async def _refusal(session: aiohttp.ClientSession, url: str) -> int:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await session.ws_connect(url)
    return caught.value.status


async def test_one_connection(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """An address is good for one connection, which begins with a hello."""
    url = await _address(slack)
    first = await session.ws_connect(url)
    hello = await first.receive_json()
    assert (hello["type"], hello["connection_info"]["app_id"]) == ("hello", "A0SANDBOX")
    assert await _refusal(session, url) == 408


async def test_thirty_seconds(slack: LocalSlack, session: aiohttp.ClientSession, clock: Clock) -> None:
    """An address is good for thirty seconds."""
    url, late = await _address(slack), await _address(slack)
    clock.now += 29
    assert (await (await session.ws_connect(url)).receive_json())["type"] == "hello"
    clock.now += 1
    assert await _refusal(session, late) == 408


async def test_refused_upgrade(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """A refused upgrade spends the address too; cleared faults meet nobody."""
    url = await _address(slack)
    slack.socket_fault(SocketFault(status=503, retry_after=3))
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await session.ws_connect(url)
    assert caught.value.status == 503
    assert caught.value.headers is not None
    assert caught.value.headers["Retry-After"] == "3"
    assert await _refusal(session, url) == 408
    slack.socket_fault(SocketFault(status=409))
    assert await _refusal(session, await _address(slack)) == 409
    slack.socket_fault(SocketFault(drop=True))
    with pytest.raises(aiohttp.ClientError):  # aiohttp may try the same address again, which is spent
        await _connect(slack, session)
    slack.socket_fault(SocketFault(status=503))
    slack.clear_faults()
    assert (await (await _connect(slack, session)).receive_json())["type"] == "hello"


async def test_short_life(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """A connection can end right after its hello, with a reason or without."""
    slack.socket_fault(SocketFault(disconnect="too_many_websockets"))
    slack.socket_fault(SocketFault(close=True))
    told = await _connect(slack, session)
    assert (await told.receive_json())["type"] == "hello"
    assert await told.receive_json() == {"type": "disconnect", "reason": "too_many_websockets"}
    closed = await _connect(slack, session)
    assert (await closed.receive_json())["type"] == "hello"
    for socket in (told, closed):
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
    assert slack.sockets == 0


async def test_silence(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """Before its hello a connection gets nothing; a half-open one answers no ping."""
    slack.socket_fault(SocketFault(silent=True))
    await _connect(slack, session)
    assert (await Person(slack, "U0LEAD").shortcut("x")).error == "dispatch_failed"
    slack.socket_fault(SocketFault(half_open=True))
    socket = await session.ws_connect(await _address(slack), autoping=False)
    assert (await socket.receive_json())["type"] == "hello"
    await socket.ping()
    pressing = asyncio.create_task(Person(slack, "U0LEAD").shortcut("x"))
    await socket.send_json({"envelope_id": (await socket.receive_json())["envelope_id"]})
    assert (await pressing).error is None  # by now a ping would have been answered
    await slack.disconnect_sockets(reason="warning")
    assert await socket.receive_json() == {"type": "disconnect", "reason": "warning"}
    assert slack.sockets == 1


async def test_host_away(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """Without its host no connection stays and none is made; later there are some at the same address."""
    socket = await _connect(slack, session)
    await socket.receive_json()
    await slack.take_socket_host_away()
    assert (await socket.receive()).type in {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED}
    url = await _address(slack)
    with pytest.raises(aiohttp.ClientConnectorError):
        await session.ws_connect(url)
    assert slack.sockets == 0
    await slack.bring_socket_host_back()
    assert (await (await session.ws_connect(url)).receive_json())["type"] == "hello"


async def test_ten_connections_take_turns(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """The eleventh is sent away."""
    sockets = [await _connect(slack, session) for _ in range(10)]
    for one in sockets:
        assert (await one.receive_json())["type"] == "hello"
    last = await _connect(slack, session)
    assert await last.receive_json() == {"type": "disconnect", "reason": "too_many_websockets"}
    slack.ack_seconds = 0.01
    for one in sockets[:2]:
        ack = await Person(slack, "U0LEAD").command("x")
        assert ack.error == "operation_timeout"
        envelope = await one.receive_json()
        assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
        assert envelope["payload"]["command"] == "/contactlist"
    await slack.disconnect_sockets(count=9)
    assert slack.sockets == 1


async def test_a_strange_ack_is_no_ack(slack: LocalSlack, session: aiohttp.ClientSession) -> None:
    """Bad JSON, an unknown envelope and a late ack change nothing."""
    socket = await _connect(slack, session)
    await socket.receive_json()
    slack.ack_seconds = 0.05
    pressing = asyncio.create_task(Person(slack, "U0LEAD").shortcut("x"))
    envelope = await socket.receive_json()
    for strange in ("{", "[]", '{"envelope_id": "other"}'):
        await socket.send_str(strange)
    await socket.send_bytes(b"{}")
    assert (await pressing).error == "operation_timeout"
    await socket.send_json({"envelope_id": envelope["envelope_id"]})
    pressing = asyncio.create_task(Person(slack, "U0LEAD").shortcut("x"))
    envelope = await socket.receive_json()
    for _ in range(2):
        await socket.send_json({"envelope_id": envelope["envelope_id"]})
    assert (await pressing).error is None


async def test_a_connection_that_breaks_off_is_not_waited_for(
    slack: LocalSlack, session: aiohttp.ClientSession
) -> None:
    """The socket leaves the list as soon as it closes."""
    socket = await _connect(slack, session)
    person = Person(slack, "U0LEAD")
    await person.until(lambda: slack.sockets == 1)
    await socket.close()
    await person.until(lambda: slack.sockets == 0)
    assert (await person.shortcut("x")).error == "dispatch_failed"


async def test_a_connection_that_breaks_mid_sentence_is_a_failed_dispatch() -> None:
    """Forced here: a real one closes before or after, hardly ever during the send."""

    class Broken(Sockets):
        def __len__(self) -> int:
            return 1

        async def send(self, kind: str, payload: Json, timeout: float) -> Json:  # noqa: ASYNC109 - as in Sockets
            raise ConnectionResetError(kind, payload, timeout)

    ack = await over_socket(Broken("A0", lambda: None, time.time), "interactive", {}, 1)
    assert (ack.status, ack.error) == (0, "dispatch_failed")
