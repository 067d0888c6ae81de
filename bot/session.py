"""The HTTP session through which the bot calls Slack and Kore.ai, by way of a proxy where there is one."""

from urllib.request import getproxies

import aiohttp
import orjson

__all__ = ["open_session"]

WITHIN = 5
"""Seconds for a whole call that names no time of its own."""


def open_session() -> aiohttp.ClientSession:
    """Open a session inside the running loop; the caller closes it.

    The variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY are followed. Where no proxy is named aiohttp is not
    made to look for one: it would do so for each request, in another thread.
    """
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=WITHIN),
        cookie_jar=aiohttp.DummyCookieJar(),
        json_serialize_bytes=orjson.dumps,
        connector=aiohttp.TCPConnector(limit=0),  # else a crowd waits for a hundred connections
        trust_env=not getproxies().keys().isdisjoint({"http", "https"}),
    )
