"""A submitted form on its way into the store, and *Check again* for one whose outcome is unclear."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import structlog

from bot.access.gate import Gate
from bot.browsing.taken_names import TakenNames
from bot.errors import StoreUnavailable
from bot.jobs.records import Records
from bot.jobs.workflows import Jobs
from bot.models import Notification, Submission
from bot.notify.queue_positions import WaitingForms
from bot.observe.logs import about
from bot.slack.payloads import Who
from bot.tasks import Tasks
from bot.views import sentences
from bot.views.blocks import Problems
from bot.views.form import CHANNEL, NAME
from bot.views.state import ConfirmRequest, LookupRequest
from bot.views.taken_name import TakenName

SLOW_SAVE = 0.2
"""Seconds of saving after which the job may end before its submission is acknowledged."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class NotAccepted:
    """Why a form is not accepted."""

    errors: Problems
    outcome: Literal["rejected", "refused", "not_saved"]
    """Rejected for its fields, refused for who, where or how often, or not saved; as in the metrics."""


@dataclass(frozen=True)
class Accepted:
    """What is saved under a form's key: the first submission with that key."""

    submission: Submission
    changed: bool
    """Whether the form was edited since, too late."""


@dataclass(frozen=True, kw_only=True)
class Submissions:
    """Accepts forms: allowed, within limits, the name not taken, saved. Nothing here waits for Slack."""

    gate: Gate
    taken_names: TakenNames
    jobs: Jobs
    records: Records
    waiting_forms: WaitingForms
    tasks: Tasks

    async def accept(
        self, submission: Submission | Problems, who: Who, *, warned: Sequence[str] = ()
    ) -> Accepted | TakenName | NotAccepted:
        """Check and save a person's form after it was read.

        The same form is accepted once, however often it is sent. A person is warned once about a taken name:
        `warned` has the keys of the names they were warned about.
        """
        if not isinstance(submission, Submission):
            return NotAccepted(submission, "rejected")
        channel_id = submission.origin.channel_id
        if refused := self.gate.refuses_form(who, channel_id, key=submission.key, opens_job=True):
            block_id = CHANNEL if refused.is_about_channel else NAME
            return NotAccepted({block_id: refused.sentence}, "refused")
        try:
            with about(submission):
                if taken := await self.taken_names.find(submission, warned=warned):
                    return taken
                return await self._save(self.taken_names.noted_in(submission))
        except StoreUnavailable:
            return NotAccepted({NAME: sentences.NOT_SAVED}, "not_saved")

    async def check_again(
        self, request: LookupRequest, *, user_id: str, reply_to: str | None
    ) -> Submission | Notification | str:
        """Save a lookup for a list that may exist, and return its submission.

        If the list is known to exist by now, return its notification; if nothing can be looked up, a sentence
        for the person. `reply_to` changes the message in which the button was pressed, if it was in one.
        """
        try:
            submission = await self._unsettled(request.key, user_id)
            if not isinstance(submission, Submission):
                return submission
            if refused := self.gate.refuses_lookup(user_id):
                return refused
            # A second press within that time is the same lookup, which waits that long before it starts.
            press = f"again-{int(time.time() / (self.jobs.timing.ack_settles or 1))}"
            with about(submission):
                await self.jobs.lookup_again(submission, request.posted, press=press, reply_to=reply_to)
        except StoreUnavailable:
            return sentences.NOT_CHECKED
        return submission

    async def confirm(
        self, request: ConfirmRequest, *, user_id: str, reply_to: str | None
    ) -> Submission | Notification | str:
        """Accept a list as the one that was created; return the same as `check_again`."""
        if request.contact_list is None:
            return sentences.TOO_LONG_AGO
        try:
            submission = await self._unsettled(request.key, user_id)
            if not isinstance(submission, Submission):
                return submission
            with about(submission):
                if not await self.jobs.confirm(submission, request.contact_list, reply_to=reply_to):
                    return sentences.ANOTHERS_LIST
        except StoreUnavailable:
            return sentences.CONFIRM_NOT_SAVED
        return submission

    async def _unsettled(self, key: str, user_id: str) -> Submission | Notification | str:
        """Read a submission whose outcome is unclear, if it is the person's own, and still unclear."""
        submission = await self.records.submission_of(key)
        if submission is None:
            return sentences.TOO_LONG_AGO
        if refused := self.gate.refuses_other(user_id, owner=submission.origin.user_id):
            return refused
        return await self.records.success_of(key) or submission

    async def _save(self, submission: Submission) -> Accepted:
        began = time.monotonic()
        saved = await self.jobs.save(submission)
        log.info("submission_saved", user=submission.origin.user_id)
        changed = not saved.is_same_request(submission)
        self.waiting_forms.watch(saved, changed=changed)
        if saved is not submission or time.monotonic() - began > SLOW_SAVE:
            # the form may show the result already, and the acknowledgement would cover it with *Creating…*
            self.tasks.start(self.jobs.show_again(saved))
        return Accepted(saved, changed)
