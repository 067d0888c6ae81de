"""Bolt's app, as used by the HTTP adapter and Socket Mode."""

from collections.abc import Awaitable, Callable
from functools import partial

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.observe.logs import library_logger
from bot.slack.client import Identity
from bot.slack.payloads import Handled
from bot.slack.reading import installed_in

log = structlog.get_logger(__name__)


def bolt_app(
    identity: Identity, *, token: str, api_url: str, on_error: Callable[..., Awaitable[BoltResponse]]
) -> AsyncApp:
    """Create Bolt's app for one workspace, without any listeners yet.

    The HTTP adapter has already checked signatures (see docs/decisions/adapter-before-bolt.md). We asked who
    we are at startup, so Bolt never calls `auth.test` while Slack waits.
    """
    authorized = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.team_id,
        bot_id=identity.bot_id,
        bot_user_id=identity.bot_user_id,
        bot_token=token,
    )

    async def authorize() -> AuthorizeResult:
        return authorized

    app = AsyncApp(
        name="contactlist-bot",
        logger=library_logger("slack_bolt"),
        client=AsyncWebClient(base_url=api_url),
        authorize=authorize,
        process_before_response=True,
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )
    app.error(on_error)
    app.use(partial(_for_us_alone, identity))
    return app


def is_for(identity: Identity, payload: Handled) -> bool:
    """Return whether a payload is for this app, and for where it is installed; it may name neither."""
    if identity.app_id and payload.api_app_id and payload.api_app_id != identity.app_id:
        return False
    installed = installed_in(payload)
    return identity.spans_organisation or not installed or bool(installed & identity.teams)


async def _for_us_alone(
    identity: Identity, received: Handled, next_: Callable[[], Awaitable[None]]
) -> BoltResponse | None:
    """Refuse payloads for another app, or for this one in another workspace: our token is no good there."""
    if is_for(identity, received):
        await next_()
        return None
    log.warning("request_refused", reason="not_for_us", app=received.api_app_id, status=403)
    return BoltResponse(status=403)
