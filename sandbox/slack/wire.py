"""HTTP as the local Slack speaks it: arguments are read, answers are sent, half of one at need."""

import json
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from sandbox.slack.traffic import Answer

_KINDS = {"<": "text/html", "{": "application/json", "[": "application/json"}
"""What a scripted body is, by its first character."""
_NESTED = ("view", "blocks", "metadata", "attachments", "files")


def response(answer: Answer, scopes: Iterable[str]) -> web.Response:
    """Send an answer; each names the scopes of the token."""
    headers = {"x-oauth-scopes": ",".join(sorted(scopes))}
    if answer.retry_after is not None:
        headers["Retry-After"] = str(answer.retry_after)
    status = answer.status or 500
    if answer.leads_to is not None:
        return web.Response(status=status, headers={**headers, "Location": answer.leads_to})
    if answer.file is not None:
        headers["Content-Type"] = answer.content_type
        return web.Response(status=status, body=answer.file, headers=headers)
    if isinstance(answer.body, str):
        kind = _KINDS.get(answer.body[:1], "text/plain")
        return web.Response(status=status, text=answer.body, content_type=kind, headers=headers)
    return web.json_response(answer.body, status=status, headers=headers)


async def half(request: web.Request, answer: Answer) -> web.StreamResponse:
    """Send half of a file, and break off."""
    content = answer.file or b""
    response = web.StreamResponse(headers={"Content-Length": str(len(content))})
    await response.prepare(request)
    await response.write(content[: len(content) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def bearer(request: web.Request) -> str:
    """Read the token of a request, if its header has one."""
    return request.headers.get("Authorization", "").removeprefix("Bearer ")


async def arguments_of(request: web.Request) -> tuple[dict[str, Any], str | None]:
    """Read the arguments from the query and a JSON or form body, with the name of the error if that fails."""
    arguments: dict[str, Any] = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = json.loads(await request.text())
        except ValueError:
            return arguments, "invalid_json"
        return (arguments | body, None) if isinstance(body, dict) else (arguments, "json_not_object")
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    return _unnested(arguments | form)


def _unnested(arguments: dict[str, Any]) -> tuple[dict[str, Any], str | None]:
    for name in _NESTED:
        if isinstance(arguments.get(name), str):
            try:
                arguments[name] = json.loads(arguments[name])
            except ValueError:
                return arguments, "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
    return arguments, None
