"""Telling people how a submission ended: each of them once, and later whom Slack could not reach.

Within a job each is recorded, so that a run after a crash tells only those who were not told yet; the last
one by the end of the job, which follows at once.
"""

import time
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import structlog
from dbos import DBOS, SetEnqueueOptions, SetWorkflowID

from bot.jobs.engine import TELLINGS, recorded
from bot.models import Created, Failed, Telling, Told, Way
from bot.notify.routes import Delivery
from bot.observe.logs import about
from bot.observe.metrics import Metrics

TELL = "tell"
TELLS = "tell_"
"""How the names of the steps begin that tell somebody."""
TELL_AGAIN = (5, 15, 60, 300, 900, 1800, 3600, 3600, 3600)
"""Seconds before people are told again whom Slack could not reach."""

log = structlog.get_logger(__name__)

Json = dict[str, Any]
Work = Callable[[], Coroutine[object, object, Way]]


class Teller:
    """Make one between `configure_engine` and `launch_engine`."""

    def __init__(self, delivery: Delivery, metrics: Metrics) -> None:
        self._delivery = delivery
        self._metrics = metrics
        self.when_ended: Callable[[Telling], None] = lambda _: None
        """What this process does when everybody was told how a submission ended."""

        @DBOS.workflow(name=TELL)
        async def tell(saved: Json) -> Json:
            return (await self.tell(Telling.model_validate(saved))).model_dump(mode="json")

        self._workflow: Callable[[Json], Coroutine[object, object, Json]] = tell

    async def tell(self, telling: Telling) -> Told:
        """Tell everybody who was not told yet, as a part of the job that runs."""
        submission, outcome, went = telling.submission, telling.outcome, dict(telling.went)

        async def tell(whom: str, work: Work, *, is_last: bool = False) -> None:
            if went.get(whom, Way.LATER) is Way.LATER:
                went[whom] = Way(await (work() if is_last else recorded(f"{TELLS}{whom}", work)))

        with about(submission):
            if isinstance(outcome, Created):
                await tell("channel", partial(self._delivery.announce, submission, outcome))
                if self._delivery.has_second_channel(submission):
                    await tell("second_channel", partial(self._delivery.notify, submission, outcome))
            if went.get("person") is Way.FORM and went.get("channel") is not telling.went.get("channel"):
                went["person"] = Way.LATER  # the form says that the summary is still to come
            shown = partial(self._delivery.tell_person, submission, outcome, went.get("channel", Way.NONE))
            await tell("person", shown, is_last=True)
            if Way.LATER in went.values():
                await self._tell_later(telling, went)
            else:
                self._audit(telling, went)
        return Told(outcome=outcome, went=went)

    async def start(self, telling: Telling, *, under: str) -> None:
        """Begin to tell in a job of its own; the same id is told once."""
        with SetWorkflowID(under):
            await DBOS.start_workflow_async(self._workflow, telling.model_dump(mode="json"))

    async def enqueue(self, telling: Telling, *, under: str, pause: float) -> None:
        """Tell after so many seconds; the same id is told once."""
        with SetWorkflowID(under), SetEnqueueOptions(delay_seconds=pause or None):
            await DBOS.enqueue_workflow_async(TELLINGS, self._workflow, telling.model_dump(mode="json"))

    async def _tell_later(self, telling: Telling, went: dict[str, Way]) -> None:
        if telling.tries == len(TELL_AGAIN):
            log.error("not_everybody_told", went=went)
            self._audit(telling, went)
            return
        again = telling.model_copy(update={"tries": telling.tries + 1, "went": went})
        await self.enqueue(again, under=f"{DBOS.workflow_id}/+", pause=TELL_AGAIN[telling.tries])

    def _audit(self, telling: Telling, went: dict[str, Way]) -> None:
        submission, outcome = telling.submission, telling.outcome
        seconds = time.time() - submission.submitted_at
        unclear = isinstance(outcome, Failed) and outcome.maybe_created
        ending = "unconfirmed" if unclear else outcome.kind
        self._metrics.jobs.labels(ending).inc()
        self._metrics.submit_to_told_seconds.observe(seconds)
        log.info(
            "submission_ended",
            user=submission.origin.user_id,
            channel=submission.origin.channel_id,
            name=submission.draft.name,
            outcome=ending,
            contact_list=outcome.contact_list.id if isinstance(outcome, Created) else None,
            error=outcome.error if isinstance(outcome, Failed) else None,
            told=went,
            seconds=round(seconds, 3),
        )
        self.when_ended(telling)
