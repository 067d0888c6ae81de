"""Whether a host can be reached at all: its name, its certificate, an answer of any kind."""

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp
from yarl import URL


class Unreachable(Exception):
    """Why not: a sentence about the host."""


@dataclass(frozen=True)
class Reached:
    """What answered."""

    status: int
    headers: Mapping[str, str]


async def reach(session: aiohttp.ClientSession, url: str) -> Reached:
    """Send a GET without any credentials; raises `Unreachable`."""
    host = URL(url).host
    try:
        async with session.get(url, allow_redirects=False) as answer:
            return Reached(answer.status, answer.headers)
    except aiohttp.ClientConnectorDNSError as error:
        raise Unreachable(f"the name {host} isn't found") from error
    except aiohttp.ClientProxyConnectionError as error:
        raise Unreachable("the proxy doesn't accept connections") from error
    except aiohttp.ClientHttpProxyError as error:
        raise Unreachable(f"the proxy doesn't let the bot reach {host} ({error.status})") from error
    except aiohttp.ClientSSLError as error:
        raise Unreachable(f"{host} has no TLS certificate this machine trusts") from error
    except aiohttp.ClientConnectorError as error:
        raise Unreachable(f"{host} doesn't accept connections") from error
    except TimeoutError as error:
        raise Unreachable(f"{host} didn't answer within {session.timeout.total:g} s") from error
    except aiohttp.ClientError as error:
        raise Unreachable(f"{host} broke the connection") from error
