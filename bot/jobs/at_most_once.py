"""Calling Kore.ai at most once in a job, whatever crashes.

Only the run named by a job's first step may call; another run of the job, after a crash, finds that name and
knows that a call may have been sent.
"""

import socket
import time
import uuid
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

import structlog
from pydantic import BaseModel

from bot.errors import InternalError, Interrupted, JobError, SlotExpired
from bot.jobs.contract import CLAIM_CALL, Json
from bot.jobs.steps import recorded
from bot.observe.logs import reference

MACHINE = socket.gethostname()
"""The machine whose clock timed the call."""

A = TypeVar("A")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """Which run of a job may call, since when, and by which machine's clock."""

    at: float
    on: str
    is_mine: bool
    began: float
    """On this run's monotonic clock."""

    def check(self, timeout: float) -> None:
        """Check, right before a call, that it may be made.

        Raises `Interrupted` if another run of the job may have made it, and `SlotExpired` if the job began so
        long ago that the rate limit might not count it.
        """
        if not self.is_mine:
            raise Interrupted
        if time.monotonic() - self.began > timeout:
            raise SlotExpired

    def note(self, answer: BaseModel, **known: float | None) -> Json:
        """Note the call's answer, when it was made and answered, and what else is known by then."""
        noted = answer.model_dump(mode="json")
        return {"answer": noted, "asked_at": self.at, "asked_on": self.on, **known, "at": time.time()}


async def claim_call() -> Claim:
    """Claim this job's call for this run; the first claim holds."""
    execution, began = uuid.uuid4().hex, time.monotonic()

    async def claim() -> Json:
        return {"by": execution, "at": time.time(), "on": MACHINE}

    noted = await recorded(CLAIM_CALL, claim)
    return Claim(at=noted["at"], on=noted["on"], is_mine=noted["by"] == execution, began=began)


async def tried(call: Awaitable[A], *, operation: str) -> A | JobError:
    """Make a call; return its answer, or the reason why it failed, which is logged."""
    try:
        return await call
    except Interrupted as error:
        return error
    except JobError as error:
        log.warning("kore_failed", operation=operation, error=type(error).__name__, answer=str(error))
        return error
    except Exception:  # the job boundary: the person hears about our own faults too
        mine = reference()
        log.exception("job_failed", operation=operation, reference=mine)
        return InternalError(mine)
