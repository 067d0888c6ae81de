"""Somebody who did something in Slack, and how a word in private reaches them."""

from dataclasses import dataclass
from typing import Self

import structlog

from bot.errors import SlackError
from bot.slack.client import SlackClient
from bot.slack.payloads import BlockActions, Command, Shortcut, ViewSubmission
from bot.views.blocks import Json

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Person:
    """Somebody to be told something: where they are, by `response_url`, if that is known."""

    user_id: str
    response_url: str | None = None

    @classmethod
    def of(cls, received: Command | Shortcut | BlockActions | ViewSubmission) -> Self:
        """Name who did this."""
        if isinstance(received, Command):
            return cls(received.user_id, received.response_url)
        if isinstance(received, BlockActions):
            return cls(received.user.id, received.response_url)
        return cls(received.user.id)

    async def hear(self, slack: SlackClient, message: Json) -> None:
        """Tell them something, else by direct message; when Slack does not, the log says so."""
        try:
            if self.response_url:
                beside = {**message, "replace_original": False}  # what was pressed may be of use again
                await slack.respond(self.response_url, beside, in_channel=False)
            else:
                await slack.post_message(self.user_id, message)
        except SlackError as error:
            log.warning("person_not_notified", user=self.user_id, error=error.code)
