"""The promises under `kill -9`: the real bot as a process, killed at random moments, on both stores.

`--rounds 25` kills it 25 times a store.
"""

import asyncio
import random
import signal
from pathlib import Path

import pytest
from sqlalchemy import make_url

from tests.jobs.killed import Wire, database_url, postgresql_url, scene_for

__all__ = ["database_url", "postgresql_url"]

pytestmark = [pytest.mark.process, pytest.mark.timeout(600)]


@pytest.mark.chaos
async def test_kill_9_at_random_loses_nothing_and_repeats_no_post(
    database_url: str, request: pytest.FixtureRequest
) -> None:
    """0 lost, 0 repeated POSTs, everyone told, with Kore.ai failing before and after its commit as well."""
    dice = random.Random(20261123)  # noqa: S311 - repeatable, not secret
    async with scene_for(database_url) as scene:
        bot = scene.bot()
        for _ in range(request.config.getoption("--rounds")):
            await scene.start(bot)
            views = [await scene.form() for _ in range(dice.randint(1, 3))]
            fault = dice.choice([None, None, "slow", "drop_before_commit", "drop_after_commit"])
            if fault:
                scene.kore.fault(fault, seconds=0.3)
            pressed = asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
            await asyncio.sleep(dice.uniform(0, 0.5))
            await bot.end(signal.SIGKILL)
            await pressed
        await scene.start(bot)
        for name, view in scene.forms.items():
            if view.alert and view.title == "New contact list" and not scene.heard(name):
                await scene.lead.submit(view)  # Slack showed trouble: the person presses once more
        await scene.everybody_heard()
        assert await bot.end(signal.SIGTERM) == 0
    assert {name: scene.posts(name) for name in scene.forms if scene.posts(name) > 1} == {}
    told = [each.text for each in scene.lead.sees("C0CAMPAIGN")]
    made = [str(each["name"]) for each in scene.kore.lists.values()]
    assert len(made) == len(set(made))
    assert [name for name in made if not any(name in text for text in told)] == []


@pytest.mark.chaos
async def test_a_replica_that_dies_for_good_is_succeeded(postgresql_url: str) -> None:
    """Two processes on one PostgreSQL; one is killed in the middle; the other ends what it began."""
    async with scene_for(postgresql_url) as scene:
        dying, living = scene.bot(), scene.bot()
        await asyncio.gather(living.start(), scene.start(dying))
        scene.kore.fault("slow", times=6, seconds=1)
        views = [await scene.form() for _ in range(6)]
        await asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
        await scene.kore.until(lambda: scene.count("create") >= 3)
        await dying.end(signal.SIGKILL)
        await scene.everybody_heard()
        assert await living.end(signal.SIGTERM) == 0
    assert all(scene.posts(name) <= 1 for name in scene.forms)


@pytest.mark.chaos
async def test_a_store_that_is_away_for_a_while(postgresql_url: str) -> None:
    """The submission is refused within two seconds; with the server back the same press works, by itself."""
    server = make_url(postgresql_url)
    wire = Wire(server.host or "127.0.0.1", server.port or 5432)
    await wire.mend()
    url = server.set(host="127.0.0.1", port=wire.here).render_as_string(hide_password=False)
    async with scene_for(url) as scene:
        bot = scene.bot()
        await scene.start(bot)
        scene.kore.fault("slow", seconds=1)
        under_way, refused = await scene.form(), await scene.form()
        await scene.lead.submit(under_way, {"description": "x"})
        await scene.kore.until(lambda: scene.count("create") == 1)
        await wire.cut()
        ack = await scene.lead.submit(refused, {"description": "x"})
        assert ack.seconds < 2
        assert "Saving took too long" in refused.errors["name"]
        await asyncio.sleep(5)
        await wire.mend()
        for _ in range(30):
            await scene.lead.submit(refused, unchecked=True)
            if refused.title != "New contact list":
                break
        await scene.everybody_heard()
        assert await bot.end(signal.SIGTERM) == 0
        await wire.cut()
    assert [scene.posts(name) for name in scene.forms] == [1, 1]


@pytest.mark.chaos
async def test_a_distant_store(postgresql_url: str) -> None:
    """Each answer of the store takes 50 ms, and a crowd's calls still leave while their slots hold."""
    server = make_url(postgresql_url)
    wire = Wire(server.host or "127.0.0.1", server.port or 5432, delay=0.025)
    await wire.mend()
    distant = server.set(host="127.0.0.1", port=wire.here).render_as_string(hide_password=False)
    async with scene_for(postgresql_url) as scene:
        bot = scene.bot()
        await bot.start()  # makes the tables, which takes long from afar
        await bot.end(signal.SIGTERM)
        bot = scene.bot(DATABASE_URL=distant)
        await scene.start(bot)
        views = [await scene.form() for _ in range(12)]
        await asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
        await scene.everybody_heard()
        assert [line for line in bot.log if "SlotExpired" in line] == []
        assert await bot.end(signal.SIGTERM) == 0
        await wire.cut()
    assert [scene.posts(name) for name in scene.forms] == [1] * 12


@pytest.mark.chaos
async def test_roles_split_the_work(postgresql_url: str) -> None:
    """A web process takes the submission, a worker makes the list; who browses waits for a worker's turn."""
    async with scene_for(postgresql_url) as scene:
        scene.kore.put("Older")  # the newer one may not be there yet when the form has the lists read
        web = scene.bot(ROLE="web")
        await scene.start(web)
        view = await scene.form()
        await scene.lead.submit(view, {"description": "x"})
        await asyncio.sleep(1)  # nothing may happen: there is no event for that
        assert not scene.kore.calls
        worker = scene.bot(ROLE="worker")
        await worker.start()
        await scene.everybody_heard()
        await scene.lead.command("list", channel="C0GENERAL")
        await scene.lead.until(lambda: any("Older" in each.text for each in scene.lead.sees("C0GENERAL")))
        assert await web.end(signal.SIGTERM) == 0
        assert await worker.end(signal.SIGTERM) == 0


async def test_a_job_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    """Killed in the middle of the POST: the next process finds the list, and tells."""
    async with scene_for(f"sqlite:///{tmp_path / 'contactlist.db'}") as scene:
        bot = scene.bot()
        await scene.start(bot)
        scene.kore.fault("slow", seconds=1)
        view = await scene.form()
        await scene.lead.submit(view, {"description": "x"})
        await scene.kore.until(lambda: scene.count("create") == 1)
        await bot.end(signal.SIGKILL)
        await scene.start(bot)
        await scene.lead.until(lambda: view.title == "Contact list created")
        assert await bot.end(signal.SIGTERM) == 0
    assert [scene.posts(name) for name in scene.forms] == [1]


@pytest.mark.chaos
async def test_a_look_that_was_cut_off_does_not_count(tmp_path: Path) -> None:
    """Killed within more looks than are made in all: the list is found all the same, and told."""
    async with scene_for(f"sqlite:///{tmp_path / 'contactlist.db'}") as scene:
        bot = scene.bot()
        await scene.start(bot)
        scene.kore.fault("drop_after_commit")
        scene.kore.fault("slow", operation="get", times=6, seconds=60)
        view = await scene.form()
        await scene.lead.submit(view, {"description": "x"})
        for lookups in range(1, 7):
            await scene.kore.until(lambda: scene.count("get") == lookups)  # noqa: B023 - called within the turn
            await bot.end(signal.SIGKILL)
            await scene.start(bot)
        await scene.lead.until(lambda: view.title == "Contact list created")
        assert await bot.end(signal.SIGTERM) == 0
    assert [scene.posts(name) for name in scene.forms] == [1]


@pytest.mark.chaos
async def test_sigterm_ends_in_order_and_leaves_the_rest_to_the_store(database_url: str) -> None:
    """What is under way is finished, what waits is still there for the next process; exit status 0."""
    async with scene_for(database_url) as scene:
        bot = scene.bot()
        await scene.start(bot)
        scene.kore.fault("slow", times=12, seconds=1)
        views = [await scene.form() for _ in range(12)]
        await asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
        await scene.kore.until(lambda: scene.count("create") >= 2)
        assert await bot.end(signal.SIGTERM) == 0
        await scene.start(bot)
        await scene.everybody_heard()
        await bot.end(signal.SIGTERM)
    assert [scene.posts(name) for name in scene.forms] == [1] * 12


@pytest.mark.chaos
@pytest.mark.parametrize("replicas", [1, 2])
async def test_no_window_holds_more_calls_than_the_limit(postgresql_url: str, replicas: int) -> None:
    """70 submissions at once, 30 calls allowed in four seconds: every window is kept, nobody is refused."""
    limit, window = 30, 4.0
    async with scene_for(postgresql_url) as scene:
        bots = [scene.bot(minute=window + 1, KORE_RATE_PER_MINUTE=str(limit)) for _ in range(replicas)]
        await asyncio.gather(*(scene.start(bot) for bot in bots))
        views = [await scene.form() for _ in range(70)]
        scene.kore.fault("drop_after_commit", times=3)  # look-ups count as well
        await asyncio.gather(*(scene.lead.submit(view, {"description": "x"}) for view in views))
        await scene.everybody_heard()
        for bot in bots:
            await bot.end(signal.SIGTERM)
    times = sorted(call.at for call in scene.kore.calls)
    assert len(times) >= 76
    assert all(last - first > window for first, last in zip(times, times[limit:], strict=False))
