"""Saving: what comes together shares a commit, and nothing that hangs keeps the next ones waiting."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from dbos import DBOS
from sqlalchemy.exc import OperationalError

from bot.jobs import enqueuing
from bot.jobs.contract import NOTIFICATIONS, RECORD
from bot.jobs.engine import open_store
from bot.jobs.enqueuing import Enqueuer
from sandbox.demo import Stage
from tests.quick import QUICK
from tests.stages import stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot, whose store is written to."""
    async with stage(timing=QUICK) as running:
        yield running


@pytest.fixture
def saving(scene: Stage) -> Iterator[Enqueuer]:
    """Return another enqueuer of the same store."""
    store = open_store(scene.settings)
    yield Enqueuer(store, timing=QUICK)
    store.dispose()


def record(saving: Enqueuer, job_id: str) -> asyncio.Task[bool]:
    """Save a record under an id."""
    return asyncio.create_task(saving.enqueue(RECORD, "x", job_id=job_id, queue=NOTIFICATIONS))


async def test_what_comes_together_shares_a_commit(saving: Enqueuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred saves at once are few commits, and each is told whether it was the first under its id."""
    commits = []
    commit = saving._commit  # noqa: SLF001 - the seam

    def counted(batch: list[enqueuing._Job]) -> list[bool]:
        commits.append(len(batch))
        return commit(batch)

    monkeypatch.setattr(saving, "_commit", counted)
    firsts = await asyncio.gather(*(record(saving, f"together/{number // 2}") for number in range(100)))
    assert firsts == [True, False] * 50
    assert len(commits) <= 2
    assert len(await DBOS.list_workflows_async(workflow_id_prefix="together/")) == 50


async def test_a_commit_that_hangs_holds_up_nobody_else(
    saving: Enqueuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next save goes past it; and when it ends after all, it has saved."""
    monkeypatch.setattr(saving, "_timeout", 0.5)
    commit, hangs = saving._commit, threading.Event()  # noqa: SLF001 - the seam

    def hanging(batch: list[enqueuing._Job]) -> list[bool]:
        if batch[0].options["workflow_id"] == "hangs":
            hangs.wait(5)
        return commit(batch)

    monkeypatch.setattr(saving, "_commit", hanging)
    first = record(saving, "hangs")
    await asyncio.sleep(0)
    assert await record(saving, "goes past")
    with pytest.raises(TimeoutError):
        await first
    hangs.set()
    async with asyncio.timeout(30):
        while not await DBOS.list_workflows_async(workflow_ids=["hangs"]):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)


async def test_what_nobody_waits_for_any_more_is_not_saved(
    saving: Enqueuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who was told to press again is not surprised by a save that comes later."""
    commit, hangs = saving._commit, threading.Event()  # noqa: SLF001 - the seam

    def hanging(batch: list[enqueuing._Job]) -> list[bool]:
        hangs.wait(5)
        return commit(batch)

    monkeypatch.setattr(saving, "_commit", hanging)
    first, given_up = record(saving, "waited for"), record(saving, "given up")
    await asyncio.sleep(0)
    late = record(saving, "late")
    await asyncio.sleep(0)
    late.cancel()
    hangs.set()
    assert await first
    assert await given_up
    while saving._committing:  # noqa: ASYNC110, SLF001 - no event tells
        await asyncio.sleep(0.01)
    assert not await DBOS.list_workflows_async(workflow_ids=["late"])


@pytest.mark.parametrize("gives_up", [False, True])
async def test_a_failed_commit_is_told_to_all_who_wait(
    saving: Enqueuer, monkeypatch: pytest.MonkeyPatch, *, gives_up: bool
) -> None:
    """Each hears of it, whoever else has stopped waiting."""
    hangs = threading.Event()

    def full(_: object) -> list[bool]:
        hangs.wait(5)
        raise OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(saving, "_commit", full)
    both = record(saving, "full/1"), record(saving, "full/2")
    await asyncio.sleep(0.05)
    if gives_up:
        both[0].cancel()
    hangs.set()
    with pytest.raises(OperationalError):
        await both[1]


async def test_a_commit_whose_waiter_left_is_kept(saving: Enqueuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be taken back: pressing again finds it."""
    commit, hangs = saving._commit, threading.Event()  # noqa: SLF001 - the seam

    def hanging(batch: list[enqueuing._Job]) -> list[bool]:
        hangs.wait(5)
        return commit(batch)

    monkeypatch.setattr(saving, "_commit", hanging)
    left = record(saving, "left")
    await asyncio.sleep(0.05)
    left.cancel()
    hangs.set()
    assert not await record(saving, "left")
