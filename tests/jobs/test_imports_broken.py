"""Imports whose store, slot or Slack fails in the middle: nothing is sent twice, and everyone hears."""

import asyncio
import errno
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from itertools import count

import pytest
import pytest_asyncio
from dbos import DBOS

from bot.contact_file import Chunk
from bot.contact_import import ContactImport
from bot.jobs import import_calls, import_workflows
from bot.jobs.at_most_once import Claim, claim_call
from bot.jobs.contract import (
    ASK_KORE,
    CALLS,
    CLAIM_CALL,
    NOTIFICATIONS,
    NOTIFY_IMPORT,
    SHOW_PROGRESS,
    import_call_id,
    import_id,
    import_notification_id,
)
from bot.jobs.import_resolution import ImportCall, cancelled
from bot.jobs.import_workflows import Imports
from bot.jobs.notifying import ImportNotification
from bot.jobs.steps import read_job_payload
from bot.jobs.workflows import Jobs
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.jobs.broken import Broken
from tests.jobs.filled import Filled, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


@pytest.mark.parametrize("after", [True, False], ids=["noted", "not noted"])
async def test_chunk_not_noted(story: Story, monkeypatch: pytest.MonkeyPatch, *, after: bool) -> None:
    """The disk was full when the answer to the first chunk was noted, or before it left: the count tells."""
    filled = await Filled.of(story)
    broken = Broken(monkeypatch, ASK_KORE, at=3, after=after)

    await filled.start()
    await broken.noticed(filled.list_id)
    await filled.story.lead.until(lambda: filled.view.title in {"Contacts added", "Did these arrive?"})

    if after:
        assert (filled.there, filled.sent) == (phones(5), 3)
    else:
        assert filled.sent == 0
        assert "They're the next rows of the file (2 contacts)." in filled.view.text


async def test_count_not_noted(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk was full when the last answer was noted: the person hears how the import ended."""
    filled = await Filled.of(story)
    broken = Broken(monkeypatch, ASK_KORE, at=6)

    await filled.start()
    await broken.noticed(filled.list_id)

    assert "Added 5 contacts" in await filled.ended()
    assert filled.sent == 3


async def test_broken_at_the_end(story: Story) -> None:
    """The last job broke once it had saved how the import ended: to go on after it adds no call."""
    filled = await Filled.of(story)
    await filled.start()
    await filled.ended()
    an_import = import_id(filled.list_id, 1, filled.importing.key)
    numbers = [each for each in range(20) if await told_after(import_call_id(an_import, each))]
    last = import_call_id(an_import, numbers[-1])

    await Imports.running.resume(await read_job_payload(last), last)

    assert await DBOS.get_workflow_status_async(import_call_id(an_import, numbers[-1] + 1)) is None


async def told_after(job_id: str) -> bool:
    """Return whether people were told how an import ended after this call."""
    return await read_job_payload(import_notification_id(job_id)) is not None


async def test_progress_not_noted(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk was full when it was noted that the view said how far it is: what follows waits."""
    filled = await Filled.of(story)
    broken = Broken(monkeypatch, SHOW_PROGRESS)

    await filled.start()
    await broken.noticed(filled.list_id)

    assert "Added 5 contacts" in await filled.ended()
    an_import = import_id(filled.list_id, 1, filled.importing.key)
    following = await read_job_payload(import_call_id(an_import, 3))
    assert following["pause"] == QUICK.view_lingers


async def test_run_again_after_the_end(story: Story) -> None:
    """A process died after it had saved the next call: run again, its job shows no progress over the end."""
    filled = await Filled.of(story)
    await filled.start()
    await filled.ended()
    chunk = import_call_id(import_id(filled.list_id, 1, filled.importing.key), 2)

    await has_run_again(story.scene, chunk)

    assert filled.view.title == "Contacts added"


async def has_run_again(scene: Stage, job_id: str) -> None:
    """Have a job adopted that has ended, but for the note of that."""
    path = scene.settings.database_url.get_secret_value().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("UPDATE workflow_status SET status = 'PENDING' WHERE workflow_uuid = ?", (job_id,))
    await DBOS.resume_workflow_async(job_id, queue_name=CALLS)
    async with asyncio.timeout(30):
        while not await DBOS.list_workflows_async(workflow_ids=[job_id], status="SUCCESS"):  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_telling_not_noted(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk was full when it was noted that the channel was told: the person hears, the channel once."""
    filled = await Filled.of(story)
    summary = await story.told(CAMPAIGNS)
    broken = Broken(monkeypatch, "notify_channel")

    await filled.start()
    await broken.noticed(filled.list_id)

    assert "Added 5 contacts" in await filled.ended()
    assert len([each for each in story.lead.sees(CAMPAIGNS) if each.thread_ts == summary.ts]) == 1


async def test_expiry_again(story: Story) -> None:
    """The end of the waiting, which broke, is carried on."""
    filled = await Filled.of(story)
    story.scene.kore.fault("drop_before_commit", operation="add_contacts")
    await filled.start()
    await filled.ended("Did these arrive?")
    waiting = await filled.waiting()

    payload = waiting.call.model_dump(mode="json")
    await Imports.running.expire_again(payload, "expire/x")

    assert "got no answer for a day" in await filled.ended()


async def test_cut_off_while_reading(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run before was cut off while it looked the list up: that is done again, and nothing else."""
    filled = await Filled.of(story)
    runs = 0

    async def of_another_run() -> Claim:
        nonlocal runs
        runs += 1
        return replace(await claim_call(), is_mine=runs > 1)

    monkeypatch.setattr(import_calls, "claim_call", of_another_run)
    await filled.start()

    assert "Added 5 contacts" in await filled.ended()
    assert (filled.there, filled.sent) == (phones(5), 3)


async def test_over_before(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """A claimed call was cancelled, and how the import ended is saved already: it does not go on."""
    filled = await Filled.of(story)
    an_import = import_id(filled.list_id, 1, filled.importing.key)
    call = ImportCall(importing=filled.importing, id=an_import)
    job_id = call.job_id
    notification = ImportNotification(call=call, outcome=cancelled(call)).model_dump(mode="json")
    await Imports.running.enqueuer.enqueue(
        NOTIFY_IMPORT,
        notification,
        job_id=import_notification_id(job_id),
        queue=NOTIFICATIONS,
        delay=3_600,
    )

    async def of_another_run(_: str) -> dict[str, object]:
        return {CLAIM_CALL: {}}

    monkeypatch.setattr(import_workflows, "read_job_steps", of_another_run)
    await Imports.running.end_cancelled(call.model_dump(mode="json"), job_id)

    assert await DBOS.get_workflow_status_async(import_call_id(call.id, call.number + 1)) is None


@pytest.mark.parametrize("operation", ["find", "add"])
async def test_late_slot(story: Story, monkeypatch: pytest.MonkeyPatch, operation: str) -> None:
    """A call that would leave long after its start is left to a later job: the limit counts starts."""
    filled = await Filled.of(story)
    late = replace(QUICK, call_start_timeout=-1)
    if operation == "find":
        monkeypatch.setattr(Imports.running.calls, "timing", late)
    else:
        real = Imports.running.calls.read_chunk

        async def read(*args: object) -> object:
            monkeypatch.setattr(Imports.running.calls, "timing", late)
            return await real(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(Imports.running.calls, "read_chunk", read)

    await filled.start()
    await asyncio.sleep(0.3)  # nothing may happen: there is no event for that
    assert filled.sent == 0
    monkeypatch.undo()

    await filled.ended()
    assert (filled.there, filled.sent) == (phones(5), 3)


async def test_slack_away(story: Story) -> None:
    """Slack takes no message for a while: everyone hears later, once."""
    filled = await Filled.of(story)
    summary = await story.told(CAMPAIGNS)
    story.lead.close(filled.view)
    for _ in range(3):
        story.scene.slack.fault("chat.postMessage", Fault(retry_after=30))

    await filled.start()

    def in_thread() -> int:
        return len([each for each in story.lead.sees(CAMPAIGNS) if each.thread_ts == summary.ts])

    await story.lead.until(
        lambda: in_thread() > 0 and any("Added 5" in each.text for each in story.lead.sees("DM"))
    )
    assert in_thread() == 1


async def test_summary_not_changed(story: Story) -> None:
    """Slack refuses to change the summary: its thread hears all the same."""
    filled = await Filled.of(story)
    summary = await story.told(CAMPAIGNS)
    story.scene.slack.fault("chat.update", Fault(error="cant_update_message"))

    await filled.start()
    await filled.ended()

    assert [each for each in story.lead.sees(CAMPAIGNS) if each.thread_ts == summary.ts]
    assert summary.edits == 0


@pytest.mark.usefixtures("scene")
async def test_silent_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store does not say what else is under way, one import is; and nothing else is believed."""
    records = Imports.running.records
    monkeypatch.setattr(records, "_timeout", 0)

    assert await records.outcomes_into("cl-1", since=60) is None

    assert await records.count_open() == 1
    assert not await records.is_stopped("an-import")

    claims = Jobs.running.claims
    monkeypatch.setattr(claims, "_timeout", 0)

    assert await claims.creation_of("cl-1") is None
    assert await claims.made_by("cl-1") is None


async def test_no_process(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine has no room for the process that reads the file: nothing was sent, so nobody is asked."""
    filled = await Filled.of(story)
    calls = Imports.running.calls
    tries = count()

    async def once_without_room(importing: ContactImport, number: int) -> Chunk:
        if next(tries) == 0:
            raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")
        return await calls.read_chunk(importing, number)

    monkeypatch.setattr(Imports.running, "calls", replace(calls, read_chunk=once_without_room))

    await filled.start()

    assert "Added 5 contacts" in await filled.ended("Contacts added", "Did these arrive?")
    assert filled.sent == 3


async def test_raced(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people press at the same moment, one of them twice: one import begins."""
    filled = await Filled.of(story)
    second = filled.importing.model_copy(update={"key": "another"})
    records, all_have_read = Imports.running.records, asyncio.Barrier(3)
    read = records.into

    async def read_together(list_id: str) -> list[ImportCall]:
        before = await read(list_id)
        await all_have_read.wait()
        return before

    with monkeypatch.context() as patched:
        patched.setattr(records, "into", read_together)
        presses = filled.start(), filled.start(), Imports.running.start(second)
        *first, other = await asyncio.gather(*presses)

    assert first == [not other] * 2
    assert len(await records.into(filled.list_id)) == 1
    await filled.ended()


async def test_expired(story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody decides in time, which is short here: the import ends by itself."""
    filled = await Filled.of(story)
    monkeypatch.setattr(Imports.running, "timing", replace(QUICK, decision_timeout=0.1))
    story.scene.kore.fault("drop_before_commit", operation="add_contacts")

    await filled.start()

    assert "got no answer for a day" in await filled.ended()
