"""Imports under way: a job for each call to Kore.ai, and one to end the wait for a decision.

An import's first call is saved with the number after that of the last import into the same list. So saving it
decides who may fill a list: two imports can't have the same number.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import ClassVar

from dbos import DBOS

from bot.contact_import import ContactImport, Unsure
from bot.errors import StoreUnavailable
from bot.jobs.contract import (
    ASK_KORE,
    CLAIM_CALL,
    DAY,
    EXPIRE_IMPORT,
    IMPORT_CALL,
    NOTIFICATIONS,
    RECORD,
    SHOW_PROGRESS,
    Json,
    import_call_id,
    import_expiry_id,
    import_id,
    import_notification_id,
    import_number,
    import_stop_id,
)
from bot.jobs.engine import answered_within
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.import_calls import ImportCalls
from bot.jobs.import_records import ImportRecords
from bot.jobs.import_resolution import (
    Decision,
    ImportCall,
    ImportNext,
    after_failure,
    cancelled,
    decided,
    expired,
    next_after,
    read_answer,
)
from bot.jobs.notifying import ImportNotification, run_notify_import
from bot.jobs.pace import Pace
from bot.jobs.runs import run_begins, until_abandoned
from bot.jobs.steps import enqueue, enqueue_call, read_job_payload, read_job_steps, recorded, start
from bot.notify.import_delivery import ImportDelivery
from bot.observe.logs import about_import
from bot.timing import Timing


@dataclass(kw_only=True)
class Imports:
    """Starts imports, makes their calls, and takes decisions about them."""

    running: ClassVar["Imports"]

    calls: ImportCalls
    delivery: ImportDelivery
    """Shows an import's progress."""
    enqueuer: Enqueuer
    records: ImportRecords
    pace: Pace
    rate_per_minute: int
    keep_days: int
    timing: Timing

    async def start(self, importing: ContactImport) -> bool:
        """Save an import durably; the same key is the same import, however often it is saved.

        Returns whether it was saved; it isn't while another import into the list is under way. Raises
        `StoreUnavailable`, in which case it may have been saved; saving again is safe.
        """
        async with answered_within(self.timing.save_timeout):
            before = await self.records.into(importing.list_id)
            if any(each.importing.key == importing.key for each in before):
                return True
            if before and await self.records.is_under_way(before[0].id):
                return False
            number = 1 + max((import_number(each.job_id) for each in before), default=0)
            an_import = import_id(importing.list_id, number, importing.key)
            call = ImportCall(importing=importing, id=an_import)
            self.pace.expect_work()
            if await self.enqueuer.save_call(call):
                return True
            # another import was first, or this is a second press
            first = await read_job_payload(call.job_id)
            return first is not None and ImportCall.model_validate(first).importing.key == importing.key

    async def show_again(self, importing: ContactImport) -> None:
        """Show the end, or the question, again, in case our own acknowledgement has covered it.

        That happens after a second confirmation, and when saving took so long that the import may have ended
        before its form was acknowledged.
        """
        await asyncio.sleep(self.timing.ack_settles)
        try:
            async with answered_within(self.timing.save_timeout):
                payload = await self.records.notification_of(importing)
                if payload is None:
                    return
                notification = ImportNotification.model_validate(payload)
                call = notification.call
                if await read_job_payload(import_call_id(call.id, call.number + 1)):
                    return  # the question was answered, and the import goes on
        except StoreUnavailable:
            return  # the job itself shows how it ends
        job_id = import_notification_id(call.job_id)
        await self.delivery.show_again(call.importing, notification.outcome, job_id=job_id)

    async def undecided(self, job_id: str) -> ImportNotification | None:
        """Read what a person was asked to decide; None if it is no longer in the store, or wasn't a question.

        Raises `StoreUnavailable`.
        """
        async with answered_within(self.timing.save_timeout):
            payload = await read_job_payload(job_id)
        notification = ImportNotification.model_validate(payload) if payload else None
        return notification if notification and isinstance(notification.outcome, Unsure) else None

    async def decide(self, doubted: ImportCall, decision: Decision) -> bool:
        """Continue after a call that ended in doubt; return whether this decision came first.

        Raises `StoreUnavailable`.
        """
        call = decided(doubted, decision, timing=self.timing)
        async with answered_within(self.timing.save_timeout):
            self.pace.expect_work()
            return await self.enqueuer.save_call(call)

    async def under_way(self, list_id: str) -> ImportCall | None:
        """Return the first call of the unfinished import into a list, if any. Raises `StoreUnavailable`."""
        async with answered_within(self.timing.save_timeout):
            newest = next(iter(await self.records.into(list_id)), None)
            return newest if newest and await self.records.is_under_way(newest.id) else None

    async def stop(self, first: ImportCall) -> None:
        """Stop an import before its next chunk. Raises `StoreUnavailable`."""
        key, job_id = first.importing.key, import_stop_id(first.id)
        async with answered_within(self.timing.save_timeout):
            await self.enqueuer.enqueue(
                RECORD, key, job_id=job_id, queue=NOTIFICATIONS, delay=self.keep_days * DAY
            )

    async def resume(self, payload: Json, job_id: str) -> None:
        """Continue after a call whose job broke in the engine; safe to repeat."""
        call, steps = ImportCall.model_validate(payload), await read_job_steps(job_id)
        if ASK_KORE in steps:
            following = self._next(call, steps[ASK_KORE])
        else:
            following = after_failure(call, now=time.time(), timing=self.timing)
        if isinstance(following, ImportCall):  # it may have broken while showing progress
            following = following.after(self.timing.view_lingers)
        await self._go_on(call, following)

    async def end_cancelled(self, payload: Json, job_id: str) -> None:
        """End an import whose next call was cancelled before it was made; resume after any other call."""
        if await read_job_payload(import_notification_id(job_id)):
            return  # it has ended
        if CLAIM_CALL not in await read_job_steps(job_id):
            call = ImportCall.model_validate(payload)
            await self._go_on(call, cancelled(call))
        else:
            await self.resume(payload, job_id)

    async def expire_again(self, payload: Json, _: str) -> None:
        """Continue after a job that broke while ending a wait; safe to repeat."""
        await self.decide(ImportCall.model_validate(payload), Decision.EXPIRE)

    async def call(self, call: ImportCall) -> None:
        """Make one call at most once, then enqueue the next, or notify people how the import ended."""
        with about_import(call.importing):
            if call.operation == "expire":
                await self._go_on(call, expired(call))
                return
            noted = await self.calls.once(call)
            following = self._next(call, noted)
            if call.operation == "add" and isinstance(following, ImportCall) and following.tally.sent:
                following = await self._show_progress(following)
            await self._go_on(call, following)

    def _next(self, call: ImportCall, noted: Json) -> ImportNext:
        return next_after(call, read_answer(noted), now=noted["at"], timing=self.timing)

    async def _show_progress(self, following: ImportCall) -> ImportCall:
        """Show the progress, before the call whose result will replace it is saved.

        This is recorded, so that a run after a crash, when the import may have ended, doesn't show it again.
        """
        show, sent = self.delivery.show_progress, following.tally.sent
        async with until_abandoned():
            is_settled = await recorded(SHOW_PROGRESS, show, following.importing, sent=sent)
        # Slack may still show it, so the result has to come later
        return following if is_settled else following.after(self.timing.view_lingers)

    async def _go_on(self, call: ImportCall, following: ImportNext) -> None:
        """Enqueue the next call, or start to notify people; a doubt also gets a timeout."""
        if isinstance(following, ImportCall):
            await enqueue_call(run_import_call, self._spaced(following))
            return
        notification = ImportNotification(call=call, outcome=following)
        if isinstance(following, Unsure):
            job_id, delay = import_expiry_id(call.id, call.number), self.timing.decision_timeout
            await enqueue(run_expiry, call, job_id=job_id, queue=NOTIFICATIONS, delay=delay)
        job_id = import_notification_id(call.job_id)
        await start(run_notify_import, notification, job_id=job_id)

    def _spaced(self, call: ImportCall) -> ImportCall:
        """Leave a slot free between the calls of all imports, so that other calls don't wait longer."""
        slots = call.imports * self.timing.rate_limit_period / self.rate_per_minute
        return call.after(round(slots, 1))


@DBOS.workflow(name=IMPORT_CALL)
async def run_import_call(payload: Json) -> None:
    """Make a call to Kore.ai for an import."""
    run_begins(Imports.running.timing)
    await Imports.running.call(ImportCall.model_validate(payload))


@DBOS.workflow(name=EXPIRE_IMPORT)
async def run_expiry(payload: Json) -> None:
    """End an import's wait for a decision."""
    await Imports.running.decide(ImportCall.model_validate(payload), Decision.EXPIRE)
