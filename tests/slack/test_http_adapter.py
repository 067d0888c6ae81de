"""The door: what comes in without a good signature or in no readable form, over real HTTP."""

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from io import BytesIO
from urllib.parse import quote, urlencode

import aiohttp
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from sandbox.demo import Stage
from tests.quick import QUICK
from tests.stages import stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET_WORDS = "nobody-may-log-this"
COMMAND = urlencode({"command": "/contactlist", "text": f"help {SECRET_WORDS}"})


def signed(scene: Stage, body: bytes, *, age: float = 0) -> dict[str, str]:
    """Sign a body as Slack does, `age` seconds ago."""
    secret = scene.settings.slack_signing_secret
    timestamp = str(int(time.time() - age))
    key = secret.get_secret_value().encode() if secret else b"anything"
    digest = hmac.new(key, f"v0:{timestamp}:".encode() + body, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest}",
        "Content-Type": "application/x-www-form-urlencoded",
    }


async def post(scene: Stage, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
    """Send a request to the bot; its status and its text."""
    url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=BytesIO(body), headers=headers) as answer,
    ):
        return answer.status, await answer.text()


def interaction(payload: object) -> bytes:
    """Wrap a payload as Slack's interactivity requests do."""
    return urlencode({"payload": json.dumps(payload)}).encode()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run the bot in HTTP mode."""
    async with stage() as running:
        yield running


def user() -> dict[str, str]:
    """Return somebody, as payloads name them."""
    return {"id": "U0LEAD"}


UNREADABLE = {
    "empty": b"",
    "blank": b" ",
    "no payload": b"text=x",
    "empty payload": b"payload=",
    "no JSON": b"payload=%7Bnope",
    "a list": interaction([1, 2]),
    "a string": interaction("x"),
    "null": interaction(None),
    "nothing in it": interaction({}),
    "unknown type": interaction({"type": "message_action", "user": user()}),
    "type of odd type": interaction({"type": {"a": 1}}),
    "no view": interaction({"type": "view_submission", "user": user()}),
    "user is a text": interaction({"type": "view_submission", "user": "U0LEAD", "view": {"id": "V1"}}),
    "no actions": interaction({"type": "block_actions", "user": user(), "trigger_id": "1", "actions": []}),
    "command without a person": urlencode({"command": "/contactlist", "text": "x"}).encode(),
    "no UTF-8": b"command=%ff%fe",
    "deep": b"payload=" + b"[" * 100_000,
    "JSON body": b'{"type": "event_callback"}',
    "multipart": b"--x\r\nContent-Disposition: form-data; name=payload\r\n\r\n{}\r\n--x--",
}


@pytest.mark.parametrize("kind", UNREADABLE)
async def test_what_cannot_be_read_is_400(scene: Stage, kind: str) -> None:
    """A signed request that is no payload of ours is refused, never a 5xx."""
    body = UNREADABLE[kind]
    assert (await post(scene, body, signed(scene, body)))[0] == 400


def event(**fields: object) -> bytes:
    """Wrap an event as the Events API does."""
    return json.dumps({"type": "event_callback", "team_id": "T0SANDBOX", "event": fields}).encode()


def signed_json(scene: Stage, body: bytes, **headers: str) -> dict[str, str]:
    """Sign a JSON body."""
    return {**signed(scene, body), "Content-Type": "application/json; charset=utf-8", **headers}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nope",
        b"[1]",
        b"[" * 100_000,
        event(),
        b'{"type": "event_callback"}',
        b'{"type": "url_verification"}',
    ],
    ids=range(7),
)
async def test_an_event_that_cannot_be_read_is_400(scene: Stage, body: bytes) -> None:
    """JSON is for events; one that is none is refused like any other body."""
    assert (await post(scene, body, signed_json(scene, body)))[0] == 400


async def test_slack_may_ask_whether_the_address_is_ours(scene: Stage) -> None:
    """The challenge comes back, but only to whoever signs."""
    body = json.dumps({"type": "url_verification", "challenge": "abc", "token": "x"}).encode()
    status, text = await post(scene, body, signed_json(scene, body))
    assert (status, json.loads(text)) == (200, {"challenge": "abc"})
    assert (await post(scene, body, signed_json(scene, body + b" ")))[0] == 401


@pytest.mark.parametrize("body", [b"ssl_check=1&token=abc", b"token=a%20b&ssl_check=1"])
async def test_certificate_check(scene: Stage, body: bytes) -> None:
    """Slack checks the certificate without a signature, and is answered."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    assert await post(scene, body, headers) == (200, "")
    assert await post(scene, body, signed(scene, body)) == (200, "")


@pytest.mark.parametrize(
    "body",
    [
        b"ssl_check=1",
        b"ssl_check=0&token=abc",
        b"ssl_check=1&token=abc&command=%2Fcontactlist",
        b"ssl_check=1&ssl_check=1",
        b"ssl_check=1&payload={}",
        b"ssl_check=1&token=\xff",
        b'{"ssl_check": 1, "token": "abc"}',
    ],
)
async def test_no_certificate_check(scene: Stage, body: bytes) -> None:
    """Anything else without a signature stays out."""
    assert (await post(scene, body, {"Content-Type": "application/x-www-form-urlencoded"}))[0] == 401


@pytest.mark.parametrize(
    "fields",
    [
        {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1518467820, "api_app_id": "A1"},
        {"type": "event_callback", "team_id": None, "event": {"type": "app_home_opened", "user": "U0LEAD"}},
        {"type": "event_callback", "team_id": None, "event": {"type": "user_change", "user": None}},
        {"type": "event_callback", "team_id": None, "authorizations": None, "event": {"type": "x"}},
    ],
    ids=range(4),
)
async def test_event_without_team(scene: Stage, fields: dict[str, object]) -> None:
    """What Slack tells of itself, and an event that names no team, are taken."""
    body = json.dumps(fields).encode()

    assert await post(scene, body, signed_json(scene, body)) == (200, "")


@pytest.mark.parametrize("retry", [None, "1"])
async def test_an_event_is_always_taken(scene: Stage, retry: str | None) -> None:
    """An unknown event, and one that comes again, are answered 200, or Slack would send them once more."""
    more = {"X-Slack-Retry-Num": retry, "X-Slack-Retry-Reason": "http_timeout"} if retry else {}
    for body in (
        event(type="user_change", user={"id": "U0LEAD"}),
        event(type="app_home_opened", user="U0LEAD", channel="D0LEAD", tab="messages"),
        event(type="app_home_opened", user={"id": "of another shape"}),
    ):
        assert await post(scene, body, signed_json(scene, body, **more)) == (200, "")


@pytest.mark.parametrize(
    "change",
    [
        {"X-Slack-Signature": None},
        {"X-Slack-Request-Timestamp": None},
        {"X-Slack-Signature": ""},
        {"X-Slack-Signature": "v0=abc"},
        {"X-Slack-Signature": "v0=\u00e9\u00e9"},
        {"X-Slack-Request-Timestamp": "soon"},
        {"X-Slack-Request-Timestamp": "1.5"},
        {"X-Slack-Request-Timestamp": "-1"},
        {"X-Slack-Request-Timestamp": "9" * 5000},
        {"X-Slack-Request-Timestamp": "\u0661\u0662"},
    ],
    ids=str,
)
async def test_a_bad_signature_is_401(scene: Stage, change: dict[str, str | None]) -> None:
    """A missing, malformed or wrong signature or time stamp is refused before anything is read."""
    body = COMMAND.encode()
    headers = {**signed(scene, body), **change}
    status, _ = await post(scene, body, {name: value for name, value in headers.items() if value is not None})
    assert status == 401


@pytest.mark.parametrize("age", [301, 86_400, -301])
async def test_an_old_or_future_request_is_401(scene: Stage, age: float) -> None:
    """A recorded request cannot be replayed after five minutes."""
    body = COMMAND.encode()
    assert (await post(scene, body, signed(scene, body, age=age)))[0] == 401


async def test_a_changed_body_is_401(scene: Stage) -> None:
    """The signature holds for one body."""
    headers = signed(scene, COMMAND.encode())
    assert (await post(scene, COMMAND.encode() + b"x", headers))[0] == 401


async def test_five_mebibytes_are_413(scene: Stage) -> None:
    """A body over the limit is refused, signed or not."""
    body = b"x" * 5 * 1024 * 1024
    assert (await post(scene, body, signed(scene, body)))[0] == 413


async def test_another_path_is_404(scene: Stage) -> None:
    """There is nothing else to be found."""
    url = f"http://127.0.0.1:{scene.bot.port}/slack/other"
    async with aiohttp.ClientSession() as session, session.post(url) as answer:
        assert answer.status == 404


async def test_an_action_that_nobody_handles_is_404(scene: Stage) -> None:
    """A button that this version does not know is no error of the server."""
    action = {"type": "button", "action_id": "of_another_version"}
    payload = {"type": "block_actions", "user": user(), "trigger_id": "1", "actions": [action]}
    body = interaction(payload)
    assert (await post(scene, body, signed(scene, body)))[0] == 404


async def test_a_signed_command_is_answered(scene: Stage) -> None:
    """The counter-check: the same helper, rightly used, gets in."""
    fields = {"user_id": "U0LEAD", "channel_id": "C0CAMPAIGN", "trigger_id": "1", "response_url": "https://x"}
    body = f"{COMMAND}&{urlencode(fields)}".replace("text=help+", "text=help&x=").encode()
    status, text = await post(scene, body, signed(scene, body))
    assert status == 200
    assert "/contactlist and a name" in json.loads(text)["text"]


async def test_refusals_are_counted_and_no_body_is_logged(
    scene: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """Every refusal has its metric by reason, and none of what was sent is in a log."""
    caplog.set_level(logging.DEBUG)
    body = interaction({"type": SECRET_WORDS, "note": SECRET_WORDS})
    with capture_logs() as logged:
        await post(scene, body, signed(scene, body))
        await post(scene, COMMAND.encode(), {})
        await post(scene, b"x" * 2_000_000, {})
    refused = [each for each in logged if each["event"] == "request_refused"]
    assert [each["reason"] for each in refused] == ["unreadable", "bad_signature", "too_large"]
    assert SECRET_WORDS not in f"{logged}{caplog.text}"
    url = f"http://127.0.0.1:{scene.bot.port}/metrics"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        metrics = await answer.text()
    for reason in ("unreadable", "bad_signature", "too_large"):
        assert f'contactlist_refusals_total{{reason="{reason}"}}' in metrics


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.binary(max_size=400) | st.text(max_size=200).map(lambda text: f"payload={quote(text)}".encode())
)
async def test_no_signed_body_makes_a_server_error(scene: Stage, body: bytes) -> None:
    """Whatever the bytes, the answer over HTTP is never a 5xx; the door itself is tried harder elsewhere."""
    assert (await post(scene, body, signed(scene, body)))[0] < 500


@pytest.mark.slow
async def test_slow_body() -> None:
    """A body of which a byte comes now and then gets 408, and the connection is closed."""
    async with stage(timing=replace(QUICK, body_timeout=0.1)) as scene:
        reader, writer = await asyncio.open_connection("127.0.0.1", scene.bot.port)
        writer.write(b"POST /slack/events HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\na")
        answer = await reader.read()
        writer.close()

        assert answer.startswith(b"HTTP/1.1 408 ")
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{scene.bot.port}/metrics") as told,
        ):
            assert 'contactlist_refusals_total{reason="too_slow"} 1.0' in await told.text()
