"""Bolt, as far as it is used: it finds the handler for each payload."""

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import Settings
from bot.slack.client import Identity
from bot.telemetry import library_logger

__all__ = ["dispatcher"]


def dispatcher(identity: Identity, settings: Settings) -> AsyncApp:
    """Make Bolt's app: only its dispatch; the door checked signatures, and who we are is known already."""
    ourselves = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.team_id,
        bot_id=identity.bot_id,
        bot_user_id=identity.bot_user_id,
        bot_token=settings.slack_bot_token.get_secret_value(),
    )

    async def authorize() -> AuthorizeResult:
        return ourselves

    return AsyncApp(
        name="contactlist-bot",
        logger=library_logger("slack_bolt"),
        client=AsyncWebClient(base_url=settings.slack_api_url),
        authorize=authorize,
        signing_secret="",
        process_before_response=True,  # an acknowledgement leaves at once, not at the next look every 10 ms
        request_verification_enabled=False,
        ignoring_self_events_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
    )
