"""Delivering one message by the first of its routes that works; a Slack that fails never fails the job."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import structlog

from bot.errors import SlackAppRefused, SlackRefused, SlackUnavailable, SlackUncertain
from bot.models import Route
from bot.observe.metrics import Metrics
from bot.slack.client import PostedMessage
from bot.timing import Timing

log = structlog.get_logger(__name__)

Ladder = dict[Route, Callable[[], Awaitable[object]]]
"""Routes that one message may take, the best first."""


class Delivered(NamedTuple):
    """How one message fared; a job records it, and reads it back as a list."""

    route: Route
    retry_after: float = 0
    """Seconds for which Slack wants to be left alone, if it was deferred and Slack named them."""
    refusal: str = ""
    """Slack's code for why the first route was closed."""
    channel_id: str = ""
    """Where it is, if it is a message that can be changed."""
    ts: str = ""


async def deliver(
    what: str, ladder: Ladder, metrics: Metrics, *, repeat_after: float | None = None
) -> Delivered:
    """Send one message by the first route that works."""
    return noted(what, await first_that_works(what, ladder, repeat_after=repeat_after), metrics)


async def first_that_works(what: str, ladder: Ladder, *, repeat_after: float | None = None) -> Delivered:
    """Try the routes in order; stop at the first that worked.

    Stop too at one that may have, unless it is for one person, who rather reads it twice than not at all: the
    others are tried, and if Slack says clearly of none that it worked, all of them again `repeat_after`
    seconds later. Where Slack refuses the whole app, only a response_url is left, which needs no token; what
    that does not reach is deferred.
    """
    route, refusal, is_unclear = Route.NOWHERE, "", False
    for each, send in ladder.items():
        if route is Route.DEFERRED and each is not Route.RESPONSE_URL:
            continue
        try:
            posted = await send()
        except SlackAppRefused as error:
            log.warning("delivery_deferred", what=what, route=each, error=error.code)
            route = Route.DEFERRED
        except SlackRefused as error:
            log.info("not_delivered", what=what, route=each, error=error.code)
            refusal = refusal or error.code
        except SlackUnavailable as error:
            log.warning("delivery_deferred", what=what, route=each, error=error.code)
            return Delivered(Route.DEFERRED, error.retry_after or 0, refusal)
        except SlackUncertain as error:
            log.warning("delivery_unconfirmed", what=what, route=each, error=error.code)
            if repeat_after is None:
                return Delivered(Route.UNCONFIRMED, 0, refusal)
            is_unclear = True
        else:
            where = (posted.channel_id, posted.ts) if isinstance(posted, PostedMessage) else ()
            return Delivered(each, 0, refusal, *where)
    if is_unclear:
        return Delivered(Route.DEFERRED, repeat_after or 0, refusal)
    return Delivered(route, 0, refusal)


def noted(what: str, found: Delivered, metrics: Metrics) -> Delivered:
    """Note in the metrics and in the log how one message fared."""
    metrics.deliveries.labels(found.route).inc()
    if found.route not in {Route.NOWHERE, Route.DEFERRED}:
        log.debug("delivered", what=what, route=found.route)
    return found


async def settled(acknowledged_at: float, timing: Timing) -> None:
    """Wait until a view that was acknowledged is surely in its place."""
    settles_in = acknowledged_at + timing.view_settles - time.time()
    await asyncio.sleep(min(timing.view_settles, max(0, settles_in)))  # more only if clocks are apart
