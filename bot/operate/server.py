"""The HTTP listeners: what is served where, and how much a client may cost."""

from collections.abc import Sequence
from contextlib import AsyncExitStack

from aiohttp import web

from bot.errors import StartError
from bot.slack.http_adapter import BODY_LIMIT
from bot.timing import Timing

HEADERS_LIMIT = 64
"""Slack sends about ten, proxies add a few."""
READ_AHEAD = 16 * 1024
"""Bytes of a body buffered before we know whether it is wanted: few of Slack's are longer."""


async def listen(
    parts: AsyncExitStack, routes: Sequence[web.RouteDef], *, host: str, port: int, timing: Timing
) -> int:
    """Serve until `parts` is closed, then drain the requests under way; return the port.

    Raises `StartError`.
    """
    app = web.Application(client_max_size=BODY_LIMIT)
    app.add_routes(routes)
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=timing.drain_timeout,
        keepalive_timeout=timing.idle_connection_timeout,
        lingering_time=timing.refused_body_timeout,
        max_headers=HEADERS_LIMIT,
        read_bufsize=READ_AHEAD,
        auto_decompress=False,  # Slack compresses nothing, so a small body stays small
    )
    await runner.setup()
    parts.push_async_callback(runner.cleanup)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        raise StartError(
            f"{host}:{port} isn't available ({error.strerror}). Check HOST, PORT and METRICS_PORT."
        ) from error
    return int(runner.addresses[0][1])
