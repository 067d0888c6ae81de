"""Looking for cycles: between requests, and not so late that memory grows."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest

from bot import garbage
from bot.demo import stage
from bot.sandbox.slack import Fault

Collecting = Callable[[Callable[[], bool]], None]


class Thing:
    """Something that holds itself, so that only the collector finds it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
async def collecting(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collecting]:
    """Collect at short intervals, and leave the collector as it was."""
    monkeypatch.setattr(garbage, "EVERY", 0.001)
    threshold, begun = gc.get_threshold(), list[asyncio.Task[None]]()

    def begin(is_quiet: Callable[[], bool]) -> None:
        begun.append(asyncio.create_task(garbage.collect_between_requests(is_quiet)))

    yield begin
    for task in begun:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    gc.set_threshold(*threshold)
    gc.unfreeze()


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds of which no event tells."""
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.001)


async def collected(thing: weakref.ref[Thing]) -> None:
    """Wait until it is gone."""
    await until(lambda: thing() is None)


async def test_a_cycle_goes_while_nobody_waits(collecting: Collecting) -> None:
    """What only the collector can find is found in a quiet moment."""
    collecting(lambda: True)
    await asyncio.sleep(0)
    await collected(weakref.ref(Thing()))


async def test_whoever_waits_is_not_held_up(collecting: Collecting, monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody waits the look is left out, and it comes once nobody does."""
    monkeypatch.setattr(garbage, "PATIENCE", 1_000_000)
    asked = 0
    quiet = asyncio.Event()

    def is_quiet() -> bool:
        nonlocal asked
        asked += 1
        return quiet.is_set()

    collecting(is_quiet)
    await asyncio.sleep(0)
    thing = weakref.ref(Thing())
    await until(lambda: asked >= 20)
    assert thing()
    quiet.set()
    await collected(thing)


async def test_somebody_always_waits(collecting: Collecting) -> None:
    """Patience ends: memory must not grow for as long as the load lasts."""
    collecting(lambda: False)
    await asyncio.sleep(0)
    await collected(weakref.ref(Thing()))


async def test_now_and_then_everything_is_looked_at(
    collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lived for a while, and was moved among the old objects, is found too."""
    monkeypatch.setattr(garbage, "OLD", 3)
    collecting(lambda: True)
    await asyncio.sleep(0)
    old = Thing()
    gc.collect(0)
    gc.collect(1)
    thing = weakref.ref(old)
    del old
    await collected(thing)


async def test_everything_is_looked_at_under_a_steady_load_too(
    collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the looks that are left out fall, old objects get their turn."""
    monkeypatch.setattr(garbage, "OLD", 4)
    monkeypatch.setattr(garbage, "PATIENCE", 1)
    quiet = iter([True])  # once, and then never again: each second look is taken, which is never the fourth
    collecting(lambda: next(quiet, False))
    await asyncio.sleep(0)
    old = Thing()
    gc.collect(1)
    thing = weakref.ref(old)
    del old
    await collected(thing)


async def test_the_bot_is_not_quiet_while_a_form_opens() -> None:
    """Whoever was acknowledged still waits for the form."""
    async with stage() as scene:
        assert scene.bot.is_quiet()
        scene.slack.fault("views.open", Fault(delay=0.3))
        lead = scene.slack.person("U0LEAD")
        await lead.command("Renewal")
        assert not scene.bot.is_quiet()
        await lead.view()
        await until(scene.bot.is_quiet)
