"""Replies to a person who did something in Slack: a view that opens or changes, or a private message."""

import structlog

from bot.errors import SlackError, SlackUnavailable
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.slack.payloads import BlockActions, FromPerson
from bot.views.blocks import Json

log = structlog.get_logger(__name__)


class Replies:
    """Answers where the person is. A Slack that fails ends in the log, and in no error."""

    def __init__(self, slack: SlackClient, metrics: Metrics) -> None:
        self._slack = slack
        self._metrics = metrics

    async def tell(self, received: FromPerson, message: Json) -> None:
        """Tell the person privately: where they are, if that is known, else by direct message."""
        try:
            if received.response_url:
                beside = {**message, "replace_original": False}  # what was pressed may be of use again
                await self._slack.respond(received.response_url, beside, in_channel=False)
            else:
                await self._slack.post_message(received.user_id, message)
        except SlackError as error:
            log.warning("person_not_notified", user=received.user_id, error=error.code)

    async def open_view(self, received: FromPerson, view: Json, *, sorry: Json) -> str | None:
        """Open a modal, over the one in which a button was pressed; else say `sorry`.

        Returns its id, or None when Slack did not open it.
        """
        is_over_another = isinstance(received, BlockActions) and received.form is not None
        open_view = self._slack.push_view if is_over_another else self._slack.open_view
        try:
            with self._metrics.form_open_seconds.time():
                return await open_view(received.trigger_id, view)
        except SlackError as error:
            log.warning("view_not_opened", error=error.code)
            await self.tell(received, sorry)
            return None

    async def update_view(self, view_id: str, view: Json) -> None:
        """Replace a modal, unless it was closed."""
        try:
            await self._slack.update_view(view_id, view)
        except SlackError as error:
            log.info("view_not_updated", error=error.code)

    async def answer(self, pressed: BlockActions, view: Json, message: Json) -> None:
        """Answer a button in its modal; by message where there is none or Slack cannot be reached."""
        if pressed.form is None:
            await self.tell(pressed, message)
            return
        try:
            await self._slack.update_view(pressed.form.id, view)
        except SlackUnavailable as error:
            log.warning("view_not_updated", error=error.code)
            await self.tell(pressed, message)
        except SlackError as error:  # as when it was closed
            log.info("view_not_updated", error=error.code)
