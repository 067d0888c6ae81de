"""Our own faults: the waiting person reads a sentence with a reference, the log has the traceback."""

from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.notify.person import Replies
from bot.observe.logs import reference
from bot.observe.metrics import Metrics
from bot.slack.http_adapter import OUTCOME, handled
from bot.slack.payloads import Command, EventCallback, Handled, ViewPayload, ViewSubmission
from bot.tasks import Tasks
from bot.views import sentences
from bot.views.blocks import Json, as_view
from bot.views.form import FORM

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Faults:
    """Handles unexpected errors."""

    replies: Replies
    tasks: Tasks
    contact: str
    """Who to ask: a user id, or words."""

    async def in_listener(
        self, error: Exception, received: Handled, context: AsyncBoltContext
    ) -> BoltResponse:
        """Answer in place of a listener: with a sentence, never a 5xx.

        Slack shows the answer to a command or a form; after a button or a shortcut, the person gets a
        message.
        """
        context[OUTCOME] = "failed"
        mine = reference()
        log.error("handler_failed", reference=mine, exc_info=error)
        if isinstance(received, ViewSubmission):
            return BoltResponse(status=200, body=self._for_form(received.view, mine))
        answer = sentences.broke(mine, self.contact)
        if isinstance(received, Command):
            return BoltResponse(status=200, body=answer)
        if not isinstance(received, EventCallback):  # nobody waits for the answer to an event
            self.tasks.start(self.replies.reply(received, answer))
        return BoltResponse(status=200, body="")

    def _for_form(self, form: ViewPayload, mine: str) -> Json:
        """Answer under the form's first input, which keeps what was typed, or replace a form without any."""
        if form.first_input is None:
            said = sentences.broke_off(mine, self.contact)
            return {"response_action": "update", "view": as_view({"text": said})}
        said = sentences.broke_off(mine, self.contact, in_form=True)
        if form.callback_id == FORM:
            said = sentences.broke_in_form(mine, self.contact)
        return {"response_action": "errors", "errors": {form.first_input: said}}


async def notify_of_broken_work(
    error: Exception, *, replies: Replies, metrics: Metrics, contact: str
) -> None:
    """Apologise to the person whose background work broke."""
    mine = reference()
    log.error("task_failed", reference=mine, exc_info=error)
    metrics.requests.labels("work", "failed").inc()
    received = handled.get()
    if received and not isinstance(received, EventCallback):  # otherwise nobody is waiting for it
        await replies.reply(received, sentences.broke_off(mine, contact))
