"""Delivering one message by the first of its routes that works; a failing Slack never fails the job."""

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

REPEAT_AFTER = 60
"""Seconds before notifying a person again if Slack, perhaps just slow, may have delivered the message."""
Routes = dict[Route, Callable[[], Awaitable[object]]]
"""The routes a message may take, best first."""


class Delivered(NamedTuple):
    """What became of a message; a job records it, and reads it back as a list."""

    route: Route
    retry_after: float = 0
    """Seconds that Slack asked us to wait, if the message was deferred and Slack said so."""
    refusal: str = ""
    """Slack's error code for the first route that was refused."""
    channel_id: str = ""
    """Where the message is, if it can be updated."""
    ts: str = ""


async def deliver(what: str, routes: Routes, metrics: Metrics, *, repeats: bool = False) -> Delivered:
    """Send a message by the first route that works."""
    return counted(what, await first_that_works(what, routes, repeats=repeats), metrics)


async def first_that_works(what: str, routes: Routes, *, repeats: bool = False) -> Delivered:
    """Try the routes in order, and stop at the first one that works. Otherwise, Slack's answer decides.

    - It refuses the message: the next route is tried.
    - It refuses the whole app: only a response_url is left, which needs no token. If that doesn't work
      either, the message is deferred.
    - It can't be reached, or asks us to wait: the message is deferred.
    - Its answer is unclear: others may have read the message, so no other route is tried. For a single
      person, reading it twice is better than not at all: if it `repeats`, the next routes are tried, and if
      none of them works for certain, all of them again later.
    """
    refusal, is_app_refused, is_uncertain = "", False, False
    for route, send in routes.items():
        if is_app_refused and route is not Route.RESPONSE_URL:
            continue
        match await _attempt(what, route, send):
            case Delivered() as found:
                return found._replace(refusal=refusal)
            case SlackUnavailable() as error:
                return Delivered(Route.DEFERRED, error.retry_after or 0, refusal)
            case SlackUncertain() if not repeats:
                return Delivered(Route.UNCONFIRMED, 0, refusal)
            case SlackUncertain():
                is_uncertain = True
            case SlackAppRefused():
                is_app_refused = True
            case refused:
                refusal = refusal or refused.code
    if is_uncertain:
        return Delivered(Route.DEFERRED, REPEAT_AFTER, refusal)
    return Delivered(Route.DEFERRED if is_app_refused else Route.NOWHERE, 0, refusal)


def counted(what: str, found: Delivered, metrics: Metrics) -> Delivered:
    """Record in the metrics and the log what became of a message."""
    metrics.deliveries.labels(found.route).inc()
    if found.route not in {Route.NOWHERE, Route.DEFERRED}:
        log.debug("delivered", what=what, route=found.route)
    return found


async def settled(acknowledged_at: float, timing: Timing) -> None:
    """Wait until Slack must have applied an acknowledged view."""
    settles_in = acknowledged_at + timing.view_settles - time.time()
    await asyncio.sleep(min(timing.view_settles, max(0, settles_in)))  # longer only if clocks disagree


async def _attempt(
    what: str, route: Route, send: Callable[[], Awaitable[object]]
) -> Delivered | SlackUnavailable | SlackUncertain | SlackRefused:
    """Try one route; return, and log, why it didn't work."""
    try:
        posted = await send()
    except (SlackAppRefused, SlackUnavailable) as error:
        log.warning("delivery_deferred", what=what, route=route, error=error.code)
        return error
    except SlackUncertain as error:
        log.warning("delivery_unconfirmed", what=what, route=route, error=error.code)
        return error
    except SlackRefused as error:
        log.info("not_delivered", what=what, route=route, error=error.code)
        return error
    if isinstance(posted, PostedMessage):
        return Delivered(route, channel_id=posted.channel_id, ts=posted.ts)
    return Delivered(route)
