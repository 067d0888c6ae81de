"""Credentials that Kore.ai refuses are an operator's business, before a person has to hear of it."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.errors import KoreScopeMissing, NoSlotInTime
from bot.models import Snapshot
from bot.observe.metrics import Metrics
from bot.operate.credentials import KoreCredentials
from sandbox.demo import Stage
from tests.quick import QUICK
from tests.stages import stage
from tests.story import Story

SOON = replace(QUICK, kore_check_after=0.2, kore_check_poll=0.2, lists_retry_after=0, call_start_timeout=5)


async def warnings(scene: Stage, *expected: str) -> None:
    """Wait until `/readyz` has these warnings, and is ready all the time."""
    url = f"http://127.0.0.1:{scene.bot.port}/readyz"
    async with aiohttp.ClientSession() as session:
        while True:
            async with session.get(url) as answer:
                assert answer.status == 200
                if (await answer.json()).get("warnings", []) == [*expected]:
                    return


async def called(scene: Stage, *, times: int) -> None:
    """Wait until Kore.ai was asked so often."""
    while len(scene.kore.calls) < times:  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.02)


@pytest.mark.slow
async def test_refused_at_start() -> None:
    """Nobody has done anything, and the operator knows: one line, a figure, and `/readyz` in its body."""
    with capture_logs() as logged:
        async with stage(timing=SOON, kore_client_secret="wrong" * 16) as scene:
            await warnings(scene, "kore_credentials")
            assert {call.operation for call in scene.kore.calls} == {"list"}
            await called(scene, times=3)
    lines = [each["event"] for each in logged if each["event"].startswith("kore_credentials")]
    assert lines == ["kore_credentials_refused"]


@pytest.mark.slow
async def test_good_ones_cost_one_call() -> None:
    """Once it is known that they are good, nothing more is asked, and the first call was counted."""
    async with stage(timing=SOON) as scene:
        await called(scene, times=1)
        story = Story(scene)
        view, _ = await story.submit()
        await story.ended(view)
        await warnings(scene)
        assert [call.operation for call in scene.kore.calls] == ["list", "create"]


@pytest.mark.slow
async def test_accepted_again() -> None:
    """What is mended at Kore.ai is noticed without a restart."""
    with capture_logs() as logged:
        async with stage(timing=SOON) as scene:
            scene.kore.fault("unauthorized", operation="list")
            await warnings(scene, "kore_credentials")
            await warnings(scene)
    lines = [each["event"] for each in logged if each["event"].startswith("kore_credentials")]
    assert lines == ["kore_credentials_refused", "kore_credentials_accepted"]


async def test_what_an_answer_says() -> None:
    """401 is a refusal, a success is none, and anything else says nothing."""
    metrics = Metrics()
    credentials = KoreCredentials(metrics)
    said = []
    for status in ("429", "401", "500", "KoreTimedOut", "200", "404"):
        credentials.heard("list", status, 0.1)
        shown = metrics.registry.get_sample_value("contactlist_kore_credentials_ok")
        assert shown == (not credentials.are_refused)
        said.append(credentials.are_refused)
    assert said == [False, True, True, True, False, False]


@pytest.mark.parametrize(
    ("trouble", "refused"),
    [(KoreScopeMissing("HTTP 403"), True), (NoSlotInTime("busy"), False), (None, False)],
)
async def test_what_the_check_says(trouble: KoreScopeMissing | NoSlotInTime | None, *, refused: bool) -> None:
    """A refusal under another status counts too; a call that could not be made says nothing."""
    credentials = KoreCredentials(Metrics())

    async def read() -> Snapshot[object]:
        return Snapshot(None, 0.0, trouble)

    await credentials.check(read)
    assert credentials.are_refused is refused
