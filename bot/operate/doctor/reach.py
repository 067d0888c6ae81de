"""Whether a host can be reached at all: its name, its certificate, an answer of any kind."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL

from bot.unreachable import why_unreachable


@dataclass(frozen=True)
class Reached:
    """What answered."""

    status: int
    headers: Mapping[str, str]


async def reach(session: aiohttp.ClientSession, url: str) -> Reached:
    """Send a GET without any credentials; raises `Unreachable`."""
    try:
        async with session.get(url, allow_redirects=False) as answer:
            return Reached(answer.status, answer.headers)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise why_unreachable(error, URL(url).host or url) or error from error
