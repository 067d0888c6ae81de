"""Whether a host can be reached at all: its name, its certificate, any kind of answer."""

from collections.abc import Mapping
from typing import NamedTuple

import aiohttp
from yarl import URL

from bot.errors import Problem
from bot.unreachable import why_unreachable


class Reached(NamedTuple):
    """The headers of an answer, or why there was none."""

    headers: Mapping[str, str]
    problem: Problem | None = None


async def reach(session: aiohttp.ClientSession, url: str, *, setting: str) -> Reached:
    """Send a GET without credentials to a host; `setting` names the setting it comes from."""
    try:
        async with session.get(url, allow_redirects=False) as answer:
            return Reached(answer.headers)
    except (aiohttp.ClientError, TimeoutError) as error:
        return Reached({}, why_unreachable(error, URL(url).host or url, setting=setting))
