"""Saving: what comes together shares a commit, and nothing that hangs keeps the next ones waiting."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from dbos import DBOS
from sqlalchemy.exc import OperationalError

from bot.jobs import intake
from bot.jobs.engine import NOTIFICATIONS, store_engine
from bot.jobs.intake import Intake
from bot.jobs.records import RECORD
from sandbox.demo import Stage, stage

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot, whose store is written to."""
    async with stage() as running:
        yield running


@pytest.fixture
def saving(scene: Stage) -> Iterator[Intake]:
    """Return another intake of the same store."""
    opened = Intake(store_engine(scene.settings))
    yield opened
    opened.close()


def record(saving: Intake, under: str) -> asyncio.Task[bool]:
    """Save a record under an id."""
    return asyncio.create_task(saving.save(RECORD, queue=NOTIFICATIONS, under=under, saved="x"))


async def test_what_comes_together_shares_a_commit(saving: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred saves at once are few commits, and each is told whether it was the first under its id."""
    commits = []
    write = saving._write  # noqa: SLF001 - the seam

    def counted(together: list[intake._Saving]) -> list[bool]:
        commits.append(len(together))
        return write(together)

    monkeypatch.setattr(saving, "_write", counted)
    firsts = await asyncio.gather(*(record(saving, f"together/{number // 2}") for number in range(100)))
    assert firsts == [True, False] * 50
    assert len(commits) <= 2
    assert len(await DBOS.list_workflows_async(workflow_id_prefix="together/")) == 50


async def test_a_commit_that_hangs_holds_up_nobody_else(
    saving: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next save goes past it; and when it ends after all, it has saved."""
    monkeypatch.setattr(intake, "SAVE_WITHIN", 0.05)
    write, hangs = saving._write, threading.Event()  # noqa: SLF001 - the seam

    def hanging(together: list[intake._Saving]) -> list[bool]:
        if together[0].options["workflow_id"] == "hangs":
            hangs.wait(5)
        return write(together)

    monkeypatch.setattr(saving, "_write", hanging)
    first = record(saving, "hangs")
    await asyncio.sleep(0)
    assert await record(saving, "goes past")
    assert not first.done()
    hangs.set()
    assert await first


async def test_what_nobody_waits_for_any_more_is_not_saved(
    saving: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person who was told to press again is not surprised by a save that comes later."""
    write, hangs = saving._write, threading.Event()  # noqa: SLF001 - the seam

    def hanging(together: list[intake._Saving]) -> list[bool]:
        hangs.wait(5)
        return write(together)

    monkeypatch.setattr(saving, "_write", hanging)
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
    saving: Intake, monkeypatch: pytest.MonkeyPatch, *, gives_up: bool
) -> None:
    """Each hears of it, whoever else has stopped waiting."""
    hangs = threading.Event()

    def full(_: object) -> list[bool]:
        hangs.wait(5)
        raise OperationalError("insert", {}, Exception("disk full"))

    monkeypatch.setattr(saving, "_write", full)
    both = record(saving, "full/1"), record(saving, "full/2")
    await asyncio.sleep(0.05)
    if gives_up:
        both[0].cancel()
    hangs.set()
    with pytest.raises(OperationalError):
        await both[1]


async def test_a_commit_whose_waiter_left_is_kept(saving: Intake, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot be taken back: pressing again finds it."""
    write, hangs = saving._write, threading.Event()  # noqa: SLF001 - the seam

    def hanging(together: list[intake._Saving]) -> list[bool]:
        hangs.wait(5)
        return write(together)

    monkeypatch.setattr(saving, "_write", hanging)
    left = record(saving, "left")
    await asyncio.sleep(0.05)
    left.cancel()
    hangs.set()
    assert not await record(saving, "left")


async def test_a_file_that_stays_locked_is_told(scene: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A save takes the file as soon as it is free, and does not wait for ever if it is not."""
    monkeypatch.setattr("bot.jobs.engine.SAVE_WITHIN", 0.02)
    first, second = store_engine(scene.settings), store_engine(scene.settings)
    with first.begin(), pytest.raises(OperationalError, match="locked"), second.begin():
        pytest.fail("two write at the same time")
    with second.begin() as connection:
        assert connection.in_transaction()
    for each in (first, second):
        each.dispose()
