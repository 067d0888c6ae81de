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

REPEAT_AFTER = 60
"""Seconds before a person is told again whom Slack may have reached: it may work slowly, and say nothing."""
Routes = dict[Route, Callable[[], Awaitable[object]]]
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


async def deliver(what: str, routes: Routes, metrics: Metrics, *, repeats: bool = False) -> Delivered:
    """Send one message by the first route that works."""
    return counted(what, await first_that_works(what, routes, repeats=repeats), metrics)


async def first_that_works(what: str, routes: Routes, *, repeats: bool = False) -> Delivered:
    """Try the routes in order, and stop at the first that worked. Else Slack's answer decides.

    - It refuses the message: the next route is tried.
    - It refuses the whole app: only a response_url is left, which needs no token. Without one that works, the
      message is deferred.
    - It can't be reached, or wants to be left alone: the message is deferred.
    - Its answer is unclear: others may have read the message, so no other route is tried. One person rather
      reads it twice than not at all: if it `repeats`, the next routes are tried, and if none of them worked
      for certain, all of them again later.
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
    """Note in the metrics and in the log how one message fared."""
    metrics.deliveries.labels(found.route).inc()
    if found.route not in {Route.NOWHERE, Route.DEFERRED}:
        log.debug("delivered", what=what, route=found.route)
    return found


async def settled(acknowledged_at: float, timing: Timing) -> None:
    """Wait until a view that was acknowledged is surely in its place."""
    settles_in = acknowledged_at + timing.view_settles - time.time()
    await asyncio.sleep(min(timing.view_settles, max(0, settles_in)))  # more only if clocks are apart


async def _attempt(
    what: str, route: Route, send: Callable[[], Awaitable[object]]
) -> Delivered | SlackUnavailable | SlackUncertain | SlackRefused:
    """Try one route; returns, and logs, why it did not work."""
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
