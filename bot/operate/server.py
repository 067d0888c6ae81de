"""The HTTP listeners: what is served where, and what a client may cost."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from aiohttp import web

from bot.errors import StartError

BODY_LIMIT = 1024 * 1024
"""Bytes; Slack's own payloads are a few kilobytes."""
HEADERS_LIMIT = 64
"""Slack sends about ten, proxies add a few."""
IDLE = 75
"""Seconds after which a connection without a whole request is closed; longer than proxies keep theirs."""
LINGER = 1
"""Seconds in which the rest of a refused body is read and thrown away, so that the refusal arrives."""


async def listen(
    parts: AsyncExitStack, routes: Sequence[web.RouteDef], *, host: str, port: int, settle: float
) -> int:
    """Serve until `parts` are closed, then let requests end for `settle` seconds; returns the port.

    Raises `StartError`.
    """
    app = web.Application(client_max_size=BODY_LIMIT)
    app.add_routes(routes)
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=settle,
        keepalive_timeout=IDLE,
        lingering_time=LINGER,
        max_headers=HEADERS_LIMIT,
    )
    await runner.setup()
    parts.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise StartError(
            f"{host}:{port} cannot be listened on: {error.strerror}. Check HOST, PORT and METRICS_PORT."
        ) from error
    return int(runner.addresses[0][1])
