"""A rival: the same by aiohttp alone, with Slack's signature checked: as little as can be between the two."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Coroutine
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
from aiohttp import web

from benchmarks.same_work import PORT, SECRET, SLACK, TOKEN, create, creating, filled_form, problems

TOO_OLD = 300
SESSION = web.AppKey("session", aiohttp.ClientSession)
tasks: set[asyncio.Task[None]] = set()


async def received(request: web.Request) -> web.Response:
    """Answer one request of Slack."""
    body = await request.read()
    if not is_signed(request, body):
        return web.Response(status=401)
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    session = request.app[SESSION]
    if "command" in fields:
        start(open_view(session, fields))
        return web.Response()
    return submitted(session, json.loads(fields["payload"]))


def is_signed(request: web.Request, body: bytes) -> bool:
    """Check Slack's signature and the age of the request."""
    stamp = request.headers.get("X-Slack-Request-Timestamp", "0")
    if abs(time.time() - int(stamp)) > TOO_OLD:
        return False
    digest = hmac.new(SECRET.encode(), b"v0:%s:%s" % (stamp.encode(), body), hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"v0={digest}", request.headers.get("X-Slack-Signature", ""))


def submitted(session: aiohttp.ClientSession, payload: dict[str, Any]) -> web.Response:
    """Check, and acknowledge with "Creating…"; the rest goes on behind it."""
    values = payload["view"]["state"]["values"]
    name, description = (values[block]["input"]["value"] or "" for block in ("name", "description"))
    if found := problems(name, description):
        return web.json_response({"response_action": "errors", "errors": found})
    start(make_list(session, name, description, values, payload["user"]["id"]))
    return web.json_response({"response_action": "update", "view": creating(name)})


async def open_view(session: aiohttp.ClientSession, fields: dict[str, str]) -> None:
    """Open the form."""
    view = filled_form(fields["text"], fields["channel_id"], fields["response_url"])
    await slack(session, "views.open", {"trigger_id": fields["trigger_id"], "view": view})


async def make_list(
    session: aiohttp.ClientSession, name: str, description: str, values: dict[str, Any], user_id: str
) -> None:
    """Create the list, and post its summary."""
    allow = bool(values["duplicates"]["input"]["selected_options"])
    summary = await create(session, name, description, allow=allow)
    channel = values["conversation"]["input"]["selected_conversation"] or user_id
    await slack(session, "chat.postMessage", {"channel": channel, **summary})


async def slack(session: aiohttp.ClientSession, method: str, arguments: dict[str, Any]) -> None:
    """Call a method of the Web API."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with session.post(f"{SLACK}{method}", headers=headers, json=arguments) as response:
        if not (await response.json())["ok"]:
            raise RuntimeError(method)


def start(work: Coroutine[object, object, None]) -> None:
    """Do something behind the acknowledgement."""
    task = asyncio.create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def one_session(app: web.Application) -> AsyncIterator[None]:
    """Keep one session for all calls."""
    async with aiohttp.ClientSession() as session:
        app[SESSION] = session
        yield


if __name__ == "__main__":
    application = web.Application()
    application.cleanup_ctx.append(one_session)
    application.router.add_post("/slack/events", received)
    web.run_app(application, host="127.0.0.1", port=PORT, print=None)
