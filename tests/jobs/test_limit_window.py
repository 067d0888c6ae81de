"""The account's limit in real time, on SQLite: no minute holds more calls than the account may make."""

import asyncio
from dataclasses import replace

import pytest

from bot.timing import Timing
from sandbox.slack.people import Person
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST

LIMIT = 3
ROUNDING = 1
"""Seconds: on Python 3.11 SQLite notes the start of a call in whole ones."""
SHORT = replace(QUICK, rate_limit_period=6, call_start_timeout=0.25, connect_timeout=0.5)


def safe_window(timing: Timing) -> float:
    """Return the seconds of real time in which no more calls than the limit may arrive.

    A call arrives some time after its start, which is what the limit counts.
    """
    return timing.rate_limit_period - ROUNDING - timing.call_start_timeout - timing.connect_timeout


def busiest(moments: list[float], seconds: float) -> int:
    """Count the calls of the window that has most of them."""
    return max(sum(begin <= moment < begin + seconds for moment in moments) for begin in moments)


@pytest.mark.slow
async def test_window_of_calls() -> None:
    """More forms at once than the limit allows: the one over it waits for the next window, and no longer."""
    async with stage(rate_per_minute=FAST, kore_rate_per_minute=LIMIT, timing=SHORT) as scene:
        lead = Person(scene.slack, "U0LEAD")
        forms = []
        for number in range(LIMIT + 1):
            await lead.command(f"Renewals {number}")
            forms.append(await lead.view())
        await asyncio.gather(*(lead.submit(form, {"description": "For July."}) for form in forms))
        await scene.kore.until(lambda: len(scene.kore.lists) > LIMIT)
        moments = [call.at for call in scene.kore.calls]

    assert busiest(moments, safe_window(SHORT)) == LIMIT


def test_margin_of_minute() -> None:
    """By default that window is a whole minute, and hardly more: nobody waits for longer than need be."""
    assert 60 <= safe_window(Timing()) < 61
