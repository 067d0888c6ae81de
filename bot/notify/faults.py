"""Faults of ours: whoever waits hears a sentence with a reference, under which the log has the traceback."""

from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.notify.person import Person
from bot.observe.logs import reference
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.slack.payloads import Command, EventCallback, Handled, ViewSubmission
from bot.slack.router import handled
from bot.tasks import Tasks
from bot.views import sentences
from bot.views.details import POST_FORM
from bot.views.form import CHANNEL, NAME

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Faults:
    """What is done about an error that nobody expected."""

    slack: SlackClient
    tasks: Tasks
    metrics: Metrics

    async def in_handler(
        self, error: Exception, received: Handled, context: AsyncBoltContext
    ) -> BoltResponse:
        """Answer for a handler: with a sentence, never a 5xx.

        Slack shows what answers a command or a form; for a button or a shortcut the person is written to.
        """
        context["failed"] = True
        mine = reference()
        log.error("handler_failed", reference=mine, exc_info=error)
        sentence = sentences.broke(mine)
        if isinstance(received, ViewSubmission):
            if received.view.callback_id == POST_FORM:
                errors = {CHANNEL: sentences.broke_off(mine)}
            else:
                errors = {NAME: sentences.broke_in_form(mine)}
            return BoltResponse(status=200, body={"response_action": "errors", "errors": errors})
        if isinstance(received, Command):
            return BoltResponse(status=200, body={"text": sentence})
        if not isinstance(received, EventCallback):  # else nobody waits for an answer
            self.tasks.start(Person.of(received).hear(self.slack, {"text": sentence}))
        return BoltResponse(status=200, body="")

    async def in_work(self, error: Exception) -> None:
        """Tell whoever began the work behind an answer; nobody waits for what the bot began by itself."""
        mine = reference()
        log.error("task_failed", reference=mine, exc_info=error)
        self.metrics.requests.labels("work", "failed").inc()
        received = handled.get()
        if received and not isinstance(received, EventCallback):
            await Person.of(received).hear(self.slack, {"text": sentences.broke_off(mine)})
