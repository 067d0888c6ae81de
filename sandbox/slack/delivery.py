"""How Slack reaches the bot: a signed POST, or an envelope over a socket; and what came back within 3 s.

Follows docs.slack.dev/authentication/verifying-requests-from-slack.
"""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import aiohttp

from sandbox.slack.sockets import Sockets
from sandbox.slack.traffic import HTTP_OK, Body

ACK_SECONDS = 3.0
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


@dataclass(frozen=True)
class Ack:
    """What the bot answered, in how many seconds; `error` is what Slack would tell the person.

    `operation_timeout` after 3 s without an answer (`status` 0), `dispatch_failed` when the bot could not be
    reached (`status` 0) or answered anything but 200.
    """

    status: int
    seconds: float
    body: Body
    error: str | None


def signed_headers(
    signing_secret: str, body: bytes, timestamp: int, content_type: str = FORM
) -> dict[str, str]:
    """Sign a body as Slack does: HMAC-SHA256 over `v0:timestamp:body`."""
    base = b"v0:%d:%b" % (timestamp, body)
    signature = hmac.new(signing_secret.encode(), base, hashlib.sha256).hexdigest()
    return {
        "X-Slack-Request-Timestamp": str(timestamp),
        "X-Slack-Signature": f"v0={signature}",
        "Content-Type": content_type,
    }


async def over_socket(sockets: Sockets, kind: str, payload: dict[str, Any], limit: float) -> Ack:
    """Send one envelope; a silent socket ends in `operation_timeout`, none at all in `dispatch_failed`."""
    if not len(sockets):
        return Ack(0, 0, "", "dispatch_failed")
    started = time.perf_counter()
    try:
        body = await sockets.send(kind, payload, limit)
    except TimeoutError:
        return Ack(0, time.perf_counter() - started, "", "operation_timeout")
    except ConnectionError:
        return Ack(0, time.perf_counter() - started, "", "dispatch_failed")
    return Ack(HTTP_OK, time.perf_counter() - started, body or "", None)


async def over_http(
    session: aiohttp.ClientSession,
    url: str,
    body: bytes,
    sign: Callable[[bytes], dict[str, str]],
    limit: float,
) -> Ack:
    """Send one signed POST and read the answer, in `limit` seconds all together."""
    started = time.perf_counter()
    try:
        async with asyncio.timeout(limit), session.post(url, data=body, headers=sign(body)) as response:
            text = await response.text(errors="replace")
    except TimeoutError:
        return Ack(0, time.perf_counter() - started, "", "operation_timeout")
    except aiohttp.ClientError:
        return Ack(0, time.perf_counter() - started, "", "dispatch_failed")
    error = None if response.status == HTTP_OK else "dispatch_failed"
    return Ack(response.status, time.perf_counter() - started, _parsed(text), error)


def http_body(kind: str, payload: dict[str, Any]) -> tuple[bytes, str]:
    """Encode a payload, and name its content type: an event is JSON, all else a form."""
    if kind == "events_api":
        return json.dumps(payload).encode(), JSON
    return form_body(kind, payload), FORM


def form_body(kind: str, payload: dict[str, Any]) -> bytes:
    """Encode a slash command as its fields, an interaction as one `payload` field of JSON."""
    return urlencode(payload if kind == "slash_commands" else {"payload": json.dumps(payload)}).encode()


def path_of(url: str) -> str:
    """Name a request by its path, for the list of what went over the wire."""
    return f"POST {urlsplit(url).path}"


def _parsed(text: str) -> Body:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, dict) else text
