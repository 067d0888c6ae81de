"""The durable jobs of a submission, one for each call to Kore.ai; `notifying` is where they end.

A job makes its call at most once, notes the answer, and leaves what follows (see `resolution`) to the next
job. So no job waits, each is done quickly, and one that was cut off is rerun by whichever process finds it,
without repeating its call.

The engine knows a workflow by its function, as soon as its module is imported. So workflows are functions,
which use the parts of the running bot (`Jobs.running`): one of the engine's configured instances couldn't be
replaced, and in the tests one bot follows another within a process.
"""

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from dbos import DBOS

from bot.errors import Cancelled, JobError, StoreUnavailable
from bot.jobs.at_most_once import MACHINE, Claim, claim_call, tried
from bot.jobs.claims import Claims
from bot.jobs.contract import (
    ASK_KORE,
    CALL_KORE,
    CHECK_OWNER,
    CLAIM_CALL,
    NOTIFICATIONS,
    NOTIFY,
    SHOW_CHECKING,
    SHOW_KNOWN,
    SHOW_WAITING,
    Json,
    created_id,
    failed_id,
)
from bot.jobs.engine import answered_within
from bot.jobs.enqueuing import Enqueuer
from bot.jobs.notifying import run_notify
from bot.jobs.pace import Pace
from bot.jobs.records import Records
from bot.jobs.resolution import (
    Call,
    CallAnswer,
    Found,
    Next,
    after_failure,
    listed,
    lookup_again,
    lookup_later,
    next_after,
    not_ours,
    read_answer,
)
from bot.jobs.runs import run_begins, until_abandoned
from bot.jobs.steps import enqueue_call, read_job_payload, read_job_steps, recorded, start
from bot.kore.client import KoreClient
from bot.kore.models import ContactList
from bot.models import Created, Failed, Notification, Outcome, PostBegun, Route, Submission
from bot.notify.delivering import Delivered
from bot.notify.routes import Delivery
from bot.observe.logs import about
from bot.timing import Timing


@dataclass(kw_only=True)
class Jobs:
    """Starts a submission's jobs, makes their calls, and decides what follows."""

    running: ClassVar["Jobs"]

    kore: KoreClient
    delivery: Delivery
    enqueuer: Enqueuer
    records: Records
    claims: Claims
    pace: Pace
    timing: Timing

    async def save(self, submission: Submission) -> Submission:
        """Save a submission durably; the same key is the same job, however often it is saved.

        Returns what is saved under the key: this submission, or an earlier one, which holds. Raises
        `StoreUnavailable`, in which case it may have been saved; saving again is safe.
        """
        async with answered_within(self.timing.save_timeout):
            self.pace.expect_work()
            if await self.enqueuer.save_call(Call(submission=submission)):
                return submission
            return await self.records.submission_of(submission.key) or submission

    async def show_again(self, submission: Submission) -> None:
        """Show the result again, in case our own acknowledgement has covered it.

        That happens after a second press of the button, and when saving took so long that the job may have
        ended before its submission was acknowledged.
        """
        await asyncio.sleep(self.timing.ack_settles)
        try:
            notification = await self.records.notification_of(submission.key)
        except StoreUnavailable:
            return  # the job itself shows how it ends
        if notification:
            await self.delivery.show(notification)

    async def lookup_again(
        self, submission: Submission, posted: PostBegun | None, *, press: str, reply_to: str | None = None
    ) -> None:
        """Look up the list of an unconfirmed submission again; `press` identifies the press of the button.

        `reply_to` changes the message in which it was pressed. Raises `StoreUnavailable`.
        """
        call = lookup_again(submission, posted, press=press, reply_to=reply_to, timing=self.timing)
        async with answered_within(self.timing.save_timeout):
            self.pace.expect_work()
            await self.enqueuer.save_call(call)

    async def confirm(
        self, submission: Submission, contact_list: ContactList, *, reply_to: str | None = None
    ) -> bool:
        """Accept a list as the one that was created, as the person says, and notify people as usual.

        Returns whether the list was free: another submission may own it. Raises `StoreUnavailable`.
        """
        async with answered_within(self.timing.save_timeout):
            if not await self.claims.try_claim(contact_list.id, submission.key):
                return False
            created = Created(contact_list=contact_list)
            notification = Notification(
                submission=submission, outcome=created, failed_before=True, reply_to=reply_to
            )
            await self.enqueuer.enqueue(
                NOTIFY,
                notification.model_dump(mode="json"),
                job_id=created_id(submission.key),
                queue=NOTIFICATIONS,
                delay=self.timing.ack_settles,
            )
        self.pace.expect_work()
        return True

    async def resume(self, payload: Json, job_id: str) -> None:
        """Continue after a call whose job broke in the engine; safe to repeat."""
        call, steps = Call.model_validate(payload), await read_job_steps(job_id)
        is_known = ASK_KORE in steps and call.operation == "create"
        following = self._next(call, steps[ASK_KORE]) if is_known else after_failure(call, timing=self.timing)
        if isinstance(following, Call):  # it may have broken while showing what it waits for
            following = following.after(self.timing.view_lingers)
        if not await self.records.is_notified(call.submission.key):
            await self._go_on(call, following)

    async def end_cancelled(self, payload: Json, job_id: str) -> None:
        """Notify people of a list that was cancelled before it was sent; resume after any other call."""
        call = Call.model_validate(payload)
        if await read_job_payload(call.replace(number=call.number + 1).job_id):
            return  # a lookup has replaced it
        if call.operation == "create" and CLAIM_CALL not in await read_job_steps(job_id):
            await self._go_on(call, Failed.because(Cancelled()))
        else:
            await self.resume(payload, job_id)

    async def call(self, call: Call) -> None:
        """Make one call at most once, then enqueue the next, or notify people how the submission ended."""
        with about(call.submission):
            noted = await recorded(ASK_KORE, self._ask, call, await claim_call())
            following = await self._if_ours(call, self._next(call, noted))
            if isinstance(following, Call):
                await self._go_on(call, await self._shown(call, following))
            elif call.operation == "create":
                await self._go_on(call, following)
            elif not await self._is_known(call):
                await self._go_on(call, _checked(following, at=noted["at"]))

    async def _shown(self, call: Call, following: Call) -> Call:
        """Show in the form what comes next, before the call whose result will replace it is saved.

        This is recorded, so that a run after a crash, when that call may have ended, doesn't show it again.
        """
        if following.operation == "create":
            is_settled = await self._show_waiting(following)
        elif following.lookups > call.lookups:
            following = following.replace(shown=await self._show_checking(following))
            is_settled = following.shown is not None
        else:
            return following
        # Slack may still show it, so the result has to come later
        return following if is_settled else following.after(self.timing.view_lingers)

    async def _show_waiting(self, following: Call) -> bool:
        """Say that the POST comes later; return False if Slack may still show that."""
        async with until_abandoned():
            found = await recorded(SHOW_WAITING, self.delivery.show_waiting, following.submission)
        return Delivered(*found).route != Route.UNCONFIRMED

    async def _show_checking(self, following: Call) -> str | None:
        """Say which lookup is next; return the hash of that view, or None if unknown."""
        show, submission, number = self.delivery.show_checking, following.submission, following.lookups
        of = len(self.timing.lookup_delays)
        async with until_abandoned():
            return await recorded(SHOW_CHECKING, show, submission, number, of, replacing=following.shown)

    async def _ask(self, call: Call, claim: Claim) -> Json:
        """Make the call, unless another run of this job may have, and note Kore.ai's answer."""
        answer = await tried(self._request(call, claim), operation=call.operation)
        if isinstance(answer, JobError):
            answer = Failed.because(answer)
        return claim.note(answer, clock_ahead=self._clock_ahead(claim.on))

    async def _request(self, call: Call, claim: Claim) -> CallAnswer:
        claim.check(self.timing.call_start_timeout)
        if call.operation == "create":
            created = await self.kore.create(call.submission.draft)
            await self.claims.claim(created.id, call.submission.key)
            return Created(contact_list=created)
        if call.operation == "list":
            return listed(await self.kore.alike(call.submission.draft.name))
        found = await self.kore.details(call.candidates[0])
        owner = await self.claims.owner_of(found.id)
        return Found(
            contact_list=found,
            clock_ahead=self._clock_ahead(call.posted.on if call.posted else ""),
            is_anothers=owner not in {None, call.submission.key},
        )

    def _clock_ahead(self, machine: str) -> float | None:
        """Return the seconds by which Kore.ai's clock is ahead of a machine's, if that is this machine."""
        return self.kore.clock_ahead() if machine == MACHINE else None

    def _next(self, call: Call, noted: Json) -> Next:
        """Decide what comes after an answer that was noted."""
        if call.operation == "create":
            call = call.replace(posted=_posted(noted))
        return next_after(call, read_answer(noted), now=noted["at"], timing=self.timing)

    async def _if_ours(self, call: Call, found: Next) -> Next:
        """Leave a list that a lookup found to the submission that owns it: the same words may come twice."""
        if call.operation == "create" or not isinstance(found, Created):
            return found
        list_id = found.contact_list.id
        is_ours = await recorded(CHECK_OWNER, self.claims.try_claim_found, list_id, call)
        if is_ours is None:
            return lookup_later(call, timing=self.timing)
        return found if is_ours else not_ours(call, list_id, timing=self.timing)

    async def _is_known(self, call: Call) -> bool:
        """Show what another lookup found meanwhile, if it did: that is the outcome. Return whether it did."""
        return await recorded(SHOW_KNOWN, self._show_known, call.submission, call.reply_to)

    async def _show_known(self, submission: Submission, reply_to: str | None) -> bool:
        try:
            known = await self.records.success_of(submission.key)
            if known is None:
                return await self.records.is_notified(submission.key)
        except StoreUnavailable:
            return False
        await self.delivery.show(known, reply_to=reply_to)
        return True

    async def _go_on(self, call: Call, following: Next) -> None:
        """Enqueue the next call, or start to notify people; once per list, however often it is found."""
        if isinstance(following, Call):
            await enqueue_call(run_call, following)
            return
        is_created = isinstance(following, Created)
        job_id = created_id(call.submission.key) if is_created else failed_id(call.job_id)
        notification = Notification(
            submission=call.submission,
            outcome=following,
            failed_before=bool(call.press),
            reply_to=call.reply_to,
        )
        await start(run_notify, notification, job_id=job_id)


def _checked(outcome: Outcome, *, at: float) -> Outcome:
    """Add the time of the last lookup to a failure."""
    return outcome.replace(checked_at=at) if isinstance(outcome, Failed) else outcome


def _posted(noted: Json) -> PostBegun:
    """Read when a POST began."""
    at, ahead = noted["asked_at"], noted["clock_ahead"]
    theirs = None if ahead is None else at + ahead
    return PostBegun(at=at, on=noted["asked_on"], at_theirs=theirs)


@DBOS.workflow(name=CALL_KORE)
async def run_call(payload: Json) -> None:
    """Make a call to Kore.ai."""
    run_begins(Jobs.running.timing)
    await Jobs.running.call(Call.model_validate(payload))
