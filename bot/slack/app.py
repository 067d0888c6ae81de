"""Bolt, as far as it is used: acknowledgements, and an answer when a handler breaks."""

from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from bot.observe.logs import library_logger
from bot.settings import Settings
from bot.slack.router import Router


def dispatcher(
    router: Router, settings: Settings, *, on_error: Callable[..., Awaitable[BoltResponse]]
) -> AsyncApp:
    """Make Bolt's app, in which the router answers before everything else: the door checked signatures."""
    app = _App(
        name="contactlist-bot",
        logger=library_logger("slack_bolt"),
        client=AsyncWebClient(settings.slack_bot_token.get_secret_value(), base_url=settings.slack_api_url),
        signing_secret="",
        before_authorize=router,
        request_verification_enabled=False,
        ssl_check_enabled=False,
    )
    app.error(on_error)
    return app


class _App(AsyncApp):
    def _init_context(self, req: AsyncBoltRequest) -> None:
        """Lay nothing out: a Web API client for each request, which nobody asks for, took 6 % of its time."""
