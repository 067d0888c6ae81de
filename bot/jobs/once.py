"""Calling Kore.ai at most once in a job, whatever crashes.

The run that a job's first step names may call; another run of it, after a crash, finds that name and knows
that a call may have left.
"""

import socket
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import BaseModel

from bot.errors import InternalError, Interrupted, JobError, SlotExpired
from bot.jobs.contract import ASK_KORE, CLAIM_CALL, Json
from bot.jobs.steps import recorded
from bot.observe.logs import reference

MACHINE = socket.gethostname()
"""Whose clock says when a call began."""

A = TypeVar("A", bound=BaseModel)
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Which run of a job may call, since when, by which machine's clock."""

    by: str
    at: float
    on: str
    is_mine: bool
    began: float
    """By the monotonic clock of this run."""

    def check_in_time(self, timeout: float) -> None:
        """Raise `SlotExpired` if the job began so long ago that the rate limit might not count its call."""
        if time.monotonic() - self.began > timeout:
            raise SlotExpired


async def claimed() -> Claim:
    """Claim the call of this job for this run of it; the first claim holds."""
    execution, began = uuid.uuid4().hex, time.monotonic()

    async def claim() -> Json:
        return {"by": execution, "at": time.time(), "on": MACHINE}

    noted = await recorded(CLAIM_CALL, claim)
    return Claim(**noted, is_mine=noted["by"] == execution, began=began)


async def asked(
    claim: Claim,
    ask: Callable[[], Awaitable[A]],
    *,
    failed: Callable[[JobError, str | None], A],
    operation: str,
    known: Callable[[], Json] = dict,
) -> Json:
    """Ask Kore.ai if the claim is this run's, and note the answer, with what is `known` by then.

    `failed` makes an answer of an error, and of the reference under which the log has one of ours.
    """

    async def answer() -> A:
        if not claim.is_mine:
            return failed(Interrupted(), None)
        try:
            return await ask()
        except JobError as error:
            log.warning("kore_failed", operation=operation, error=type(error).__name__, answer=str(error))
            return failed(error, None)
        except Exception:  # the job boundary: the person hears of our own faults too
            mine = reference()
            log.exception("job_failed", operation=operation, reference=mine)
            return failed(InternalError(mine), mine)

    async def note() -> Json:
        noted = (await answer()).model_dump(mode="json")
        return {"answer": noted, "asked_at": claim.at, "asked_on": claim.on, **known(), "at": time.time()}

    return await recorded(ASK_KORE, note)
