"""What was submitted lately and how it ended, read from the store."""

import asyncio

import structlog
from dbos import DBOS

from bot.engine import EngineError
from bot.home_view import Ending
from bot.jobs import CALL_KORE, TELL
from bot.models import Created, Submission, Telling
from bot.resolution import Call

__all__ = ["read_endings"]

READ = 40
"""Jobs of each kind that are read: several may belong to one submission."""
WITHIN = 1.5
"""Seconds in which the store must answer."""
_UNDER_WAY = ["ENQUEUED", "PENDING", "DELAYED"]

log = structlog.get_logger(__name__)


async def read_endings() -> tuple[Ending, ...] | None:
    """Read what was submitted lately, the newest first; None if the store does not answer."""
    try:
        async with asyncio.timeout(WITHIN):
            ended = await DBOS.list_workflows_async(name=TELL, sort_desc=True, limit=READ, load_output=False)
            calls = await DBOS.list_workflows_async(
                name=CALL_KORE, status=_UNDER_WAY, sort_desc=True, limit=READ, load_output=False
            )
    except (TimeoutError, *EngineError) as error:
        log.warning("endings_not_read", error=type(error).__name__)
        return None
    under_way = [Call.model_validate(each.input["args"][0]).submission for each in calls if each.input]
    tellings = [Telling.model_validate(each.input["args"][0]) for each in ended if each.input]
    return endings_of(under_way, tellings)


def endings_of(under_way: list[Submission], tellings: list[Telling]) -> tuple[Ending, ...]:
    """Tell each submission once: as created if it ever was, else as under way, else as it ended last.

    Both are given with the newest first.
    """
    found: dict[str, Ending] = {}
    for telling in tellings:
        if isinstance(telling.outcome, Created):
            found.setdefault(telling.submission.key, Ending(telling.submission, telling.outcome))
    for submission in under_way:
        found.setdefault(submission.key, Ending(submission))
    for telling in tellings:
        found.setdefault(telling.submission.key, Ending(telling.submission, telling.outcome))
    return tuple(sorted(found.values(), key=lambda each: each.submission.submitted_at, reverse=True))
