"""`jobs` and imports: what became of each chunk, an end before the next one, and safety after a restore."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from bot.contact_import import Added, Stopped, Unsure
from bot.jobs.contract import EXPIRE_IMPORT, IMPORT_CALL, NOTIFY_IMPORT
from bot.jobs.import_resolution import ImportCall, InspectionExpired, NotDone
from bot.jobs.notifying import ImportNotification
from bot.jobs.stored import Step, StoredJob
from bot.operate.jobs.command import cancel_job, list_jobs, show_job
from bot.operate.jobs.events import events, in_words
from bot.operate.jobs.stories import State, stories
from bot.operate.terminal import Ended
from sandbox.demo import Stage
from tests.jobs.filled import Filled, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import Story

pytestmark = pytest.mark.process


@pytest_asyncio.fixture
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(kore_timeout=0.5, timing=QUICK) as running:
        yield running


async def shown(scene: Stage, filled: Filled) -> str:
    """Return what `jobs show` prints of an import."""
    return (await show_job(scene.settings, filled.importing.key, as_json=False)).text


async def listed(scene: Stage) -> dict[str, Any]:
    """Return the one line of `jobs list`."""
    (found,) = json.loads((await list_jobs(scene.settings, as_json=True)).text)["jobs"]
    assert (found["kind"], found["user"]) == ("contacts", "U0LEAD")
    return dict(found)


async def until(scene: Stage, filled: Filled, state: str) -> None:
    """Wait until an import stands there: its view may say so a moment before."""
    while (await shown(scene, filled)).splitlines()[0] != f"{filled.story.name}: {state}":  # noqa: ASYNC110 - the store tells nobody
        await asyncio.sleep(0.05)


async def test_added(scene: Stage) -> None:
    """Each call is told, in order; the code leads to it, and no contact is shown."""
    filled = await Filled.of(Story(scene))
    await filled.start()
    await filled.ended()
    await until(scene, filled, "added")

    told = await shown(scene, filled)
    assert (await show_job(scene.settings, "f00d", as_json=False)).text == told
    lines = [line.split("Z  ")[1] for line in told.splitlines()[3:]]
    late = "SlotExpired. Nothing was sent."  # where the machine is busy
    assert [line for line in lines if not line.endswith(late)] == [
        "Submitted by U0LEAD, for C0CAMPAIGN.",
        "Find: 1 with that name, 0 not read.",
        "Inspect: the list holds 0 contacts.",
        "Add: Kore.ai accepted contacts 1 to 2, up to row 3 of the file.",
        "Add: Kore.ai accepted contacts 3 to 4, up to row 5 of the file.",
        "Add: Kore.ai accepted contacts 5 to 5, up to row 6 of the file.",
        "Count: the list holds 5 contacts.",
        "Ended: 5 contacts sent; the list holds 5",
        "The summary: posted in the channel.",
    ]
    assert not any(phone in told for phone in phones(5))
    assert "has ended" in (await cancel_job(scene.settings, filled.importing.key)).text


async def test_unsure(scene: Stage) -> None:
    """What nobody can know is uncertain, while the person decides."""
    filled = await Filled.of(Story(scene))
    scene.kore.fault("added_in_part", operation="add_contacts")
    await filled.start()
    await filled.ended("Did these arrive?", "Couldn't confirm")

    await until(scene, filled, "uncertain")
    assert (await listed(scene))["state"] == "uncertain"
    told = await shown(scene, filled)
    assert "Add: KoreUnavailable. They may have arrived. Kore.ai said: “" in told
    assert "Ended: uncertain whether rows 2 to 3 arrived, and the person decides:" in told
    assert told.endswith("Stops then, unless the person decides before.")
    assert "has ended" in (await cancel_job(scene.settings, filled.importing.key)).text


async def test_decided(scene: Stage) -> None:
    """The wait ends in the future, whenever it was saved; after the decision it is told no more."""
    filled = await Filled.of(Story(scene))
    doubted, following = (
        call_of(filled, number=3, operation="add"),
        call_of(filled, number=4, operation="count"),
    )
    asked = ImportNotification(
        call=doubted, outcome=Unsure(sentence="Hm.", first_row=2, last_row=3, contacts=2)
    )
    plain = StoredJob(id="3", name=IMPORT_CALL, status="SUCCESS", payload=doubted, output=None, made_at=1)
    expiry = replace(plain, id="e", name=EXPIRE_IMPORT, status="DELAYED", made_at=2, due_at=90_000)
    waiting = [plain, expiry, replace(plain, id="n", name=NOTIFY_IMPORT, payload=asked, made_at=3)]

    (story,) = stories(waiting)

    assert [each.what.split()[0] for each in events(story)] == ["Submitted", "Ended:", "Stops"]
    (story,) = stories([*waiting, replace(plain, id="4", payload=following, status="PENDING", made_at=4)])
    assert [each.what.split()[0] for each in events(story)] == ["Submitted", "Ended:", "Count:"]


async def test_failed(scene: Stage) -> None:
    """An import that Kore.ai refused is listed with its error."""
    filled = await Filled.of(Story(scene))
    scene.kore.fault("unauthorized", operation="add_contacts")
    await filled.start()
    await filled.ended()

    await until(scene, filled, "failed")
    found = await listed(scene)
    assert (found["state"], found["error"]) == ("failed", "KoreUnauthorized")
    assert found["outcome"].endswith("0 contacts sent, 0 uncertain")


async def test_cancelled(scene: Stage) -> None:
    """The rest of an import is cancelled before it is sent, and the person hears how far it came."""
    filled = await Filled.of(Story(scene))
    scene.kore.fault("slow", operation="add_contacts", seconds=0)
    scene.kore.fault("rate_limited", operation="add_contacts", retry_after=60)
    await filled.start()
    await filled.story.scene.kore.until(lambda: filled.sent == 2)
    while (await listed(scene))["state"] != "waiting":
        pass

    assert await cancel_job(scene.settings, filled.importing.key) == Ended(
        0, f"Cancelled: {filled.story.name}. The bot tells U0LEAD, and nothing more is sent."
    )

    assert "cancelled this, so the rest wasn't added" in await filled.ended()
    assert (filled.there, filled.sent) == (phones(2), 2)
    assert "was already cancelled" in (await cancel_job(scene.settings, filled.importing.key)).text


def call_of(filled: Filled, **changes: Any) -> ImportCall:  # noqa: ANN401 - any field
    """Return a call of an import."""
    return ImportCall(importing=filled.importing, id="import/x/1").model_copy(update=changes)


async def test_seldom(scene: Stage) -> None:
    """States and answers that are over in a moment, or hardly ever come."""
    filled = await Filled.of(Story(scene))
    doubted = call_of(filled, operation="count", doubt=NotDone(error="KoreTimedOut", sentence="Hm."))
    plain = StoredJob(id="i", name=IMPORT_CALL, status="PENDING", payload=doubted, output=None, made_at=1)
    (story,) = stories([plain])
    assert story.state is State.LOOKING_UP
    assert events(story)[-1].what == "Count: started by , nothing sent yet."
    added = Added(sent=5)
    notifying = ImportNotification(call=doubted, outcome=added)
    (story,) = stories([StoredJob(**{**vars(plain), "name": NOTIFY_IMPORT, "payload": notifying})])
    assert story.state is State.NOTIFYING
    assert in_words(added) == "5 contacts sent, not confirmed"
    unsure = Unsure(sentence="Hm.", first_row=2, last_row=3, contacts=2)
    assert in_words(unsure) == "uncertain whether rows 2 to 3 arrived, and the person decides: Hm."

    for uncertain, state in ((0, State.CANCELLED), (2, State.UNCERTAIN)):
        stopped = Stopped(sent=2, uncertain=uncertain, error="Stopped", sentence="You stopped this import.")
        payload = ImportNotification(call=doubted, outcome=stopped)
        told = {**vars(plain), "name": NOTIFY_IMPORT, "payload": payload, "status": "SUCCESS"}
        assert [each.state for each in stories([StoredJob(**told)])] == [state]

    claim = Step(name="claim_call", output={"at": 1}, ended_at=1)
    (story,) = stories([StoredJob(**{**vars(plain), "steps": (claim,)})])
    assert events(story)[-1].what == "Count: sent by , and no answer noted so far."
    for answer, words in (
        (InspectionExpired(), "Count: the list was inspected too long ago, and is inspected again."),
        (NotDone(error="KoreUnreachable", sentence="x"), "Count: KoreUnreachable."),
    ):
        ask = Step(name="ask_kore", output={"answer": answer.model_dump()}, ended_at=1)
        (story,) = stories([StoredJob(**{**vars(plain), "steps": (claim, ask)})])
        assert events(story)[-1].what == words
