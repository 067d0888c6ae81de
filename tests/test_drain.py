"""How the bot stops: whoever watches is answered to the end, and who is in the middle is not cut off."""

import asyncio
from dataclasses import replace

import aiohttp
import pytest

from bot import app
from bot.app import Application
from bot.jobs.engine import close_engine
from bot.jobs.workflows import Jobs
from bot.models import Submission
from sandbox.demo import Stage
from sandbox.slack.people import Person
from sandbox.slack.workspace import View
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = pytest.mark.slow

WATCHED = ("/healthz", "/readyz", "/metrics")
DRAINING = '{"ready": false, "reasons": ["draining"]}'


async def get(scene: Stage, path: str) -> tuple[int, str]:
    """Ask one address."""
    url = f"http://127.0.0.1:{scene.bot.port}{path}"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.text()


async def knock(scene: Stage) -> tuple[int, str | None]:
    """Send what nobody has signed; returns the status, and what becomes of the connection."""
    url = f"http://127.0.0.1:{scene.bot.port}/slack/events"
    async with aiohttp.ClientSession() as session, session.post(url, data=b"anything") as answer:
        return answer.status, answer.headers.get("Connection")


def stop(scene: Stage) -> asyncio.Task[None]:
    """Begin to stop the bot."""
    return asyncio.create_task(scene.bot.__aexit__())


class Slow:
    """A store that takes as long as a test wants to save a submission."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked, self.go = asyncio.Event(), asyncio.Event()
        save = Jobs.save

        async def saved_late(jobs: Jobs, submission: Submission) -> Submission:
            self.asked.set()
            await self.go.wait()
            return await save(jobs, submission)

        monkeypatch.setattr(Jobs, "save", saved_late)


async def submitted(scene: Stage, slow: Slow) -> tuple[View, asyncio.Task[object]]:
    """Press *Create list*, and wait until the bot is in the middle of it."""
    story = Story(scene)
    view = await story.form()
    pressed: asyncio.Task[object] = asyncio.create_task(story.lead.submit(view, {"description": "x"}))
    await slow.asked.wait()
    return view, pressed


async def test_whoever_watches_is_answered_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a job ends, and when the engine has: alive, not ready, and counting; then nobody listens."""
    last: dict[str, tuple[int, str]] = {}

    async def closed_and_watched(*, grace: float) -> None:
        await close_engine(grace=grace)
        last.update({path: await get(scene, path) for path in WATCHED})

    monkeypatch.setattr(app, "close_engine", closed_and_watched)
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, jobs_grace=5)) as scene:
        scene.kore.fault("slow", seconds=1)
        story = Story(scene)
        view, _ = await story.submit()
        await scene.kore.until(lambda: bool(scene.kore.lists))
        stopping = stop(scene)
        assert await get(scene, "/readyz") == (503, DRAINING)
        assert await get(scene, "/healthz") == (200, "ok")
        assert view.title == "Creating…"
        await stopping
        assert last["/readyz"] == (503, DRAINING)
        assert [last[path][0] for path in ("/healthz", "/metrics")] == [200, 200]
        assert 'contactlist_jobs_total{outcome="created"} 1.0' in last["/metrics"][1]
        assert view.title == "Contact list created"
        with pytest.raises(aiohttp.ClientConnectorError):
            await get(scene, "/healthz")


async def test_who_is_inside_is_answered_and_who_comes_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """The submission under way is saved, for the next start; a new request is refused unread, and counted."""
    slow = Slow(monkeypatch)
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        view, pressed = await submitted(scene, slow)
        stopping = stop(scene)
        assert await get(scene, "/readyz") == (503, DRAINING)
        assert await knock(scene) == (503, "close")
        told = (await get(scene, "/metrics"))[1]
        assert 'contactlist_refusals_total{reason="draining"} 1.0' in told
        slow.go.set()
        await pressed
        assert (view.alert, view.errors) == (None, {})
        assert view.title in {"Creating…", "Contact list created"}
        await stopping
        ends = {"Contact list created", "Couldn't confirm"}  # the job's call may just have been cut off
        async with Application(scene.settings, timing=QUICK):
            await Person(scene.slack, "U0LEAD").until(lambda: view.title in ends)


async def test_who_stays_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot stops all the same; the person reads that it did not work, and may press again."""
    slow = Slow(monkeypatch)
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, drain_timeout=0.1)) as scene:
        view, pressed = await submitted(scene, slow)
        await stop(scene)
        assert await pressed
        assert view.alert


async def test_requests_are_taken_until_those_in_front_have_heard() -> None:
    """For some seconds the bot is not ready, and answers as ever: nobody sees "dispatch failed"."""
    async with stage(rate_per_minute=FAST, timing=replace(QUICK, hand_over=0.5)) as scene:
        handing_over = asyncio.create_task(scene.bot.hand_over())
        await asyncio.sleep(0)
        assert await get(scene, "/readyz") == (503, DRAINING)
        assert await knock(scene) == (401, "close")
        assert (await Story(scene).form()).state == "open"
        assert not handing_over.done()
        await handing_over


async def test_a_bot_that_opens_its_sockets_itself_hands_nothing_over() -> None:
    """In Socket Mode nobody in front has to hear of it."""
    async with stage(socket_mode=True) as scene, asyncio.timeout(1):
        await scene.bot.hand_over()
        assert await get(scene, "/readyz") == (503, DRAINING)
