"""Where the contacts of an import come from, while files come and go."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.contacts.source import Source
from bot.errors import UnreadableFile
from bot.jobs.import_workflows import Imports
from sandbox.demo import Stage
from tests.jobs.filled import Filled
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as running:
        yield running


@pytest.fixture
def source() -> Source:
    """Return a source of its own that forgets each file at once."""
    bots = Imports.running.calls.read_chunk.__self__  # type: ignore[attr-defined]
    return Source(files=bots.files, contact="x", timing=replace(QUICK, rows_kept=0))


async def test_chunk_is_kept(story: Story, source: Source) -> None:
    """A chunk that came too late for its slot is there for the next one; what follows is read again."""
    filled = await Filled.of(story)
    first = await source.chunk(filled.importing, 0)
    filled.file.is_deleted = True

    assert await source.chunk(filled.importing, 0) is first
    with pytest.raises(UnreadableFile):
        await source.chunk(filled.importing, 1)


async def test_forgotten(story: Story, source: Source) -> None:
    """Nothing of an import that has ended is kept."""
    filled = await Filled.of(story)
    await source.chunk(filled.importing, 0)
    source.forget(filled.importing)
    filled.file.is_deleted = True

    with pytest.raises(UnreadableFile):
        await source.chunk(filled.importing, 0)
