"""The clients for Slack and Kore.ai that the settings describe, through a proxy if there is one."""

from collections.abc import Sequence
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # typeshed lacks it

import aiohttp
from yarl import URL

from bot.kore.client import Credentials, KoreClient, Observe, tracing_connections
from bot.kore.protocol import Account
from bot.observe.redaction import Redactor
from bot.settings import KoreSettings, Settings
from bot.slack.client import SlackClient
from bot.slack.failures import no_redirects
from bot.timing import Timing


def slack_session(settings: Settings, timing: Timing) -> aiohttp.ClientSession:
    """Open the session for Slack inside the running loop; the caller closes it."""
    timeout = aiohttp.ClientTimeout(total=max(timing.slack_timeout, timing.view_timeout))
    return _session(proxy_for(settings.slack_api_url, settings), timeout, no_redirects)


def slack_client(session: aiohttp.ClientSession, settings: Settings, timing: Timing) -> SlackClient:
    """Build the client for Slack's Web API that the settings describe."""
    token = settings.slack_bot_token.get_secret_value()
    return SlackClient(session, token=token, api_url=settings.slack_api_url, timing=timing)


def kore_session(settings: KoreSettings, timing: Timing) -> aiohttp.ClientSession:
    """Open the session for Kore.ai inside the running loop; the caller closes it.

    Every request gets its own connection: a load balancer that silently dropped a kept-alive one would turn a
    request that never arrived into an uncertain outcome.
    """
    timeout = aiohttp.ClientTimeout(total=settings.kore_timeout, connect=timing.connect_timeout)
    proxy = proxy_for(settings.kore_host, settings)
    return _session(proxy, timeout, traces=[tracing_connections()], force_close=True)


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
            hide=Redactor([settings.kore_client_secret.get_secret_value()]).rendered,
        ),
        observe=observe,
    )


def proxy_for(url: str | URL, settings: KoreSettings) -> URL | None:
    """Return the proxy for a URL, if it needs one.

    Plain HTTP is only spoken on this machine and needs none, and neither do the hosts in NO_PROXY.
    """
    if settings.https_proxy is None:
        return None
    url = URL(url)
    if url.scheme != "https" or proxy_bypass_environment(url.host or "", {"no": settings.no_proxy or ""}):
        return None
    return URL(settings.https_proxy.get_secret_value())


def _session(
    proxy: URL | None,
    timeout: aiohttp.ClientTimeout,
    *middlewares: aiohttp.ClientMiddlewareType,
    traces: Sequence[aiohttp.TraceConfig] = (),
    force_close: bool = False,
) -> aiohttp.ClientSession:
    """Open a session that goes through one proxy, if any.

    aiohttp's own support for environment proxies (`trust_env`) isn't used: it would also send passwords from
    a `.netrc` to Slack and Kore.ai.
    """
    return aiohttp.ClientSession(
        proxy=proxy,
        middlewares=middlewares,
        trace_configs=list(traces),
        timeout=timeout,
        cookie_jar=aiohttp.DummyCookieJar(),
        # without a limit of its own, or a burst would queue behind a hundred connections
        connector=aiohttp.TCPConnector(limit=0, force_close=force_close),
    )
