"""What a person decides about an import: to stop it, or what to do about rows that may have arrived."""

from dataclasses import dataclass

import structlog
from slack_bolt.async_app import AsyncAck

from bot.access.gate import Gate
from bot.errors import StoreUnavailable
from bot.jobs.import_resolution import Decision
from bot.jobs.import_workflows import Imports
from bot.jobs.notifying import ImportNotification
from bot.notify.person import Replies
from bot.observe.logs import about_import
from bot.slack.payloads import BlockActions
from bot.tasks import Tasks
from bot.views import importing as views
from bot.views import sentences
from bot.views.blocks import as_view
from bot.views.state import DecisionRequest, StopRequest

DECISIONS = {
    views.CHECK_ROWS: Decision.CHECK,
    views.SEND_ROWS_AGAIN: Decision.SEND_AGAIN,
    views.LEAVE_ROWS_OUT: Decision.LEAVE_OUT,
}

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Decisions:
    """Deciding on an import: the listeners for its buttons, and what follows."""

    gate: Gate
    imports: Imports
    replies: Replies
    tasks: Tasks

    async def pressed_decision(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Check again*, *Send again* or *Skip*: the first press decides."""
        self.tasks.start(self._decide(received, DECISIONS[received.actions[0].action_id]))
        await ack()

    async def pressed_stop(self, ack: AsyncAck, received: BlockActions) -> None:
        """*Stop*: send no more."""
        self.tasks.start(self._stop(received))
        await ack()

    async def _stop(self, pressed: BlockActions) -> None:
        request = StopRequest.read(pressed.actions[0].value)
        try:
            first = await self.imports.under_way(request.list_id)
            if first is None or first.importing.key != request.key:
                ended = as_view({"text": views.ENDED_BEFORE})
                await self.replies.answer(pressed, ended, views.ENDED_BEFORE)
                return
            await self.imports.stop(first)
        except StoreUnavailable:
            await self.replies.reply(pressed, sentences.PRESS_AGAIN)
            return
        with about_import(first.importing):
            log.info("import_stopped", user=pressed.user_id)
        view = views.adding_view(first.importing, doing=views.STOPPING, can_stop=False)
        await self.replies.answer(pressed, view, views.STOPPING)

    async def _decide(self, pressed: BlockActions, decision: Decision) -> None:
        request = DecisionRequest.read(pressed.actions[0].value)
        try:
            waiting = await self.imports.undecided(request.job_id)
            if waiting is None:
                await self.replies.reply(pressed, views.DECIDED_TOO_LATE)
            elif refused := self.gate.refuses_other(
                pressed.user_id, owner=waiting.call.importing.origin.user_id
            ):
                await self.replies.reply(pressed, refused)
            else:
                await self._go_on(pressed, waiting, decision)
        except StoreUnavailable:
            await self.replies.reply(pressed, sentences.PRESS_AGAIN)

    async def _go_on(self, pressed: BlockActions, waiting: ImportNotification, decision: Decision) -> None:
        importing = waiting.call.importing
        with about_import(importing):
            if not await self.imports.decide(waiting.call, decision):
                await self.replies.reply(pressed, views.DECIDED_BEFORE)
                return
            log.info("rows_decided", user=pressed.user_id, decision=decision)
            doing = views.DOING[pressed.actions[0].action_id]
            view = views.adding_view(importing, doing=doing)
            await self.replies.answer(pressed, view, {"text": doing, "blocks": []})
