"""Imports in a restored backup: what was open may have been sent since, so nothing more of it is sent."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from dbos import DBOS
from pydantic import SecretStr

from bot.jobs.cancelling import canceller
from bot.jobs.contract import IMPORT_CALL, NOTIFICATIONS, import_call_id
from bot.jobs.import_resolution import ImportCall, restored
from bot.jobs.import_workflows import Imports
from bot.jobs.steps import payload_of
from bot.operate.jobs.recheck import RECHECKED, recheck_jobs
from bot.settings import Settings
from sandbox.demo import Stage
from tests.jobs.filled import Filled, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, Story

pytestmark = pytest.mark.process

PAUSE = 3600
"""Seconds in which a call that waits to be made again does not begin."""
PATIENT = replace(QUICK, retry_for=2 * PAUSE)


async def halfway(story: Story) -> tuple[Filled, ImportCall]:
    """Start an import whose second chunk waits to be sent again, and return the call that does that."""
    filled = await Filled.of(story)
    story.scene.kore.fault("created_201", operation="add_contacts")
    story.scene.kore.fault("rate_limited", operation="add_contacts", retry_after=PAUSE)
    await filled.start()
    async with asyncio.timeout(10):
        while not (waiting := [call for call in await delayed() if call.chunk == 1 and call.tries]):  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.05)
    return filled, waiting[0]


async def delayed() -> list[ImportCall]:
    """Return the calls that wait for their time."""
    jobs = await DBOS.list_workflows_async(name=IMPORT_CALL, status="DELAYED")
    return [ImportCall.model_validate(payload_of(job)) for job in jobs]


async def test_ended(tmp_path: Path) -> None:
    """The person is told that nobody knows about the rest; the command counts it."""
    async with stage(timing=PATIENT, contacts_per_call=2) as scene:
        filled, call = await halfway(Story(scene))
        backup = backed_up(scene, tmp_path)

        outcome = restored(call)
        assert outcome
        with canceller(scene.settings, QUICK) as store:
            for _ in range(2):
                await store.end_import(call, outcome)
        shown = await filled.ended()

        assert "I was restored from a backup" in shown
        assert "I can't tell which of the contacts were sent." in shown
        assert "the rest" not in shown
        assert "row" not in shown
        heard = [filled.story.read(each) for each in filled.story.lead.sees(CAMPAIGNS)]
        assert [each for each in heard if "contacts to" in each] == []
        assert filled.there == phones(2)
        assert await Imports.running.start(filled.importing.model_copy(update={"key": "another"}))
    assert (await recheck_jobs(backup)).text.startswith("Jobs to be looked up or ended instead of sent: 1.")
    assert (await recheck_jobs(backup)).text.startswith("Jobs to be looked up or ended instead of sent: 0.")


async def test_all_sent(tmp_path: Path) -> None:
    """Where only the count is left, it goes on: that sends nothing. The last call counts, not one before."""
    async with stage(timing=PATIENT, contacts_per_call=2) as scene:
        _, call = await halfway(Story(scene))
        sent = call.tally.model_copy(update={"sent": 5})
        last = call.model_copy(update={"tally": sent, "number": call.number + 1})
        job_id = import_call_id(last.id, last.number)
        payload = last.model_dump(mode="json")
        await Imports.running.enqueuer.enqueue(
            IMPORT_CALL, payload, job_id=job_id, queue=NOTIFICATIONS, delay=PAUSE
        )
        settings = backed_up(scene, tmp_path)
    assert (await recheck_jobs(settings)).text == RECHECKED.format(rechecked=0, left=1)


def backed_up(scene: Stage, folder: Path) -> Settings:
    """Copy the store while it is in use, and return the settings with the copy."""
    copy = folder / "restored.db"
    path = scene.settings.database_url.get_secret_value().removeprefix("sqlite:///")
    with closing(sqlite3.connect(path)) as running, closing(sqlite3.connect(copy)) as backup:
        running.backup(backup)
    return scene.settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{copy}")})
