"""The clients for Slack and Kore.ai that the settings describe, by way of a proxy where there is one."""

from collections.abc import Coroutine
from typing import Any
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed lacks it

import aiohttp
import orjson
from yarl import URL

from bot.kore.client import Credentials, KoreClient, Observe
from bot.kore.protocol import Account
from bot.settings import KoreSettings
from bot.slack.client import no_redirects

WITHIN = 5
"""Seconds for a whole call that names no time of its own."""


def open_session(settings: KoreSettings) -> aiohttp.ClientSession:
    """Open a session inside the running loop; the caller closes it.

    aiohttp's own way to the proxies of the environment (`trust_env`) is not taken: it would also send
    passwords of a `.netrc` to Slack and Kore.ai.
    """
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=WITHIN),
        cookie_jar=aiohttp.DummyCookieJar(),
        json_serialize_bytes=orjson.dumps,
        connector=_Connector(settings),
        middlewares=(no_redirects,),
    )


def kore_client(
    session: aiohttp.ClientSession, settings: KoreSettings, *, observe: Observe | None = None
) -> KoreClient:
    """Build the client for Kore.ai that the settings describe."""
    return KoreClient(
        session,
        host=settings.kore_host,
        account=Account(
            stream_id=settings.kore_stream_id,
            account_id=settings.kore_account_id,
            iid=settings.kore_iid or settings.kore_stream_id,
        ),
        credentials=Credentials(
            client_id=settings.kore_client_id,
            client_secret=settings.kore_client_secret.get_secret_value(),
            algorithm=settings.kore_jwt_algorithm,
        ),
        timeout=settings.kore_timeout,
        observe=observe,
    )


def proxy_for(url: str | URL, settings: KoreSettings) -> URL | None:
    """Tell which proxy a URL is reached by.

    Plain HTTP is spoken on this machine alone, and needs none; no more do the hosts of NO_PROXY.
    """
    if settings.https_proxy is None:
        return None
    url = URL(url)
    if url.scheme != "https" or proxy_bypass_environment(url.host or "", {"no": settings.no_proxy or ""}):
        return None
    return URL(settings.https_proxy.get_secret_value())


class _Connector(aiohttp.TCPConnector):
    """Connects each request by the proxy that it needs."""

    def __init__(self, settings: KoreSettings) -> None:
        super().__init__(limit=0)  # else a crowd waits for a hundred connections
        self._settings = settings

    def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: list[aiohttp.tracing.Trace],
        timeout: aiohttp.ClientTimeout,
    ) -> Coroutine[Any, Any, aiohttp.connector.Connection]:
        """Connect; it is the base that waits."""
        if proxy := proxy_for(req.url, self._settings):
            user = proxy.user and aiohttp.encode_basic_auth(proxy.user, proxy.password or "")
            headers = {"Proxy-Authorization": user} if user else None
            req.update_proxy(proxy.with_user(None), None, headers)
        return super().connect(req, traces, timeout)
