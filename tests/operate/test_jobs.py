"""`jobs`: what is open, failed or uncertain in a store that a bot is using, on both stores."""

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS
from pydantic import SecretStr

from bot import cli
from bot.errors import StartError
from bot.jobs.cancelling import canceller
from bot.jobs.contract import CALL_KORE, OPEN
from bot.jobs.resolution import Call
from bot.jobs.workflows import Jobs
from bot.operate.jobs import command
from bot.operate.jobs.command import cancel_job, list_jobs, show_job
from bot.operate.jobs.recheck import recheck_jobs
from bot.operate.terminal import Ended
from bot.settings import Settings
from bot.timing import Timing
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import View
from tests.postgresql import new_database
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, Story

pytestmark = pytest.mark.slow  # new tables in PostgreSQL take seconds

PAUSE = 3600
"""Seconds in which a job that waits to be sent again does not begin."""
SOON = replace(QUICK, adoption_poll=0.1)
"""A bot that soon finds what was cancelled."""


@pytest.fixture(params=["sqlite", "postgresql"])
def changes(request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Return the settings for each store; that of SQLite is made by the stage."""
    if request.param == "sqlite":
        yield {}
        return
    with new_database() as url:
        yield {"database_url": url}


async def listed(scene: Stage) -> list[dict[str, Any]]:
    """Return what `jobs list --json` prints."""
    status, text = await list_jobs(scene.settings, as_json=True)
    assert status == 0
    found: list[dict[str, Any]] = json.loads(text)["jobs"]
    return found


async def shown(scene: Stage, code: str) -> str:
    """Return what `jobs show` prints."""
    status, text = await show_job(scene.settings, code, as_json=False)
    assert status == 0, text
    return text


@asynccontextmanager
async def waiting(scene: Stage) -> AsyncIterator[tuple[Story, View]]:
    """Have a submission that Kore.ai did not accept, and that waits for its next try."""
    story = Story(scene)
    scene.kore.fault("rate_limited", retry_after=PAUSE // 2)
    view, _ = await story.submit()
    await story.lead.until(lambda: "isn't accepting requests" in view.text)
    await until_state(scene, view, "waiting")
    yield story, view


async def until_state(scene: Stage, view: View, state: str) -> None:
    """Wait until a submission stands there."""
    async with asyncio.timeout(30):
        while [each["state"] for each in await listed(scene) if each["job"] == view.id] != [state]:  # noqa: ASYNC110 - the same
            await asyncio.sleep(0.05)


async def test_list_and_show(changes: dict[str, Any]) -> None:
    """What needs somebody is listed, and each code leads to what happened to it, without any secret."""
    async with stage(**changes) as scene:
        created, uncertain, failed = Story(scene), Story(scene), Story(scene)
        view, _ = await created.submit()
        await created.ended(view)
        scene.kore.fault("server_error")
        doubtful, _ = await uncertain.submit()
        await uncertain.ended(doubtful)
        scene.kore.fault("unauthorized")
        refused, _ = await failed.submit()
        await failed.ended(refused)
        async with waiting(scene) as (open_one, open_view):
            for job, state in ((open_view, "waiting"), (refused, "failed"), (doubtful, "uncertain")):
                await until_state(scene, job, state)
            found = {each["job"]: each for each in await listed(scene)}
            assert set(found) == {doubtful.id, refused.id, open_view.id}
            assert found[refused.id]["error"] == "KoreUnauthorized"
            assert {each["user"] for each in found.values()} == {"U0LEAD"}

            table = (await list_jobs(scene.settings, as_json=False)).text
            assert table.splitlines()[1].split()[:2] == [found[open_view.id]["code"], "waiting"]
            assert open_one.name in table
            assert created.name not in table

            told = await shown(scene, found[doubtful.id]["code"])
            assert f"{uncertain.name}: uncertain\n" in told
            assert "Submitted by U0LEAD, for C0CAMPAIGN." in told
            assert "Create: KoreUnavailable after" in told
            assert "It may have been created." in told
            assert "Lookup: 0 of that name found." in told
            assert "Ended: uncertain (Unconfirmed): " in told
            assert told.endswith("The person: shown in the form.")

            told = await shown(scene, open_view.id)
            assert "KoreRateLimited after" in told
            assert "Not accepted, so nothing was created." in told
            assert told.endswith("Create: waits until then.")

            told = await shown(scene, view.id)
            assert "Kore.ai created cl-" in told
            assert "The summary: posted in the channel." in told

            story = json.loads((await show_job(scene.settings, refused.id, as_json=True)).text)["jobs"][0]
            assert "credentials" in story["outcome"]
            assert story["events"][0]["event"].startswith("Submitted")
            everything = table + told + json.dumps(found) + json.dumps(story)
            secrets = ["response/", scene.settings.slack_bot_token.get_secret_value()]
            assert [each for each in secrets if each in everything] == []


async def test_cancelled(changes: dict[str, Any]) -> None:
    """What waits is cancelled, its person is told, and nothing is sent any more; once is enough."""
    async with stage(timing=SOON, **changes) as scene, waiting(scene) as (story, view):
        code = (await listed(scene))[0]["code"]

        ended = await cancel_job(scene.settings, code)

        assert ended == Ended(0, f"Cancelled: {story.name}. The bot tells U0LEAD, and nothing more is sent.")
        assert "cancelled it before it reached Kore.ai, so nothing was created" in await story.ended(view)
        assert len(story.calls) == 1
        again = await cancel_job(scene.settings, code)
        assert again == Ended(1, f"{story.name} was already cancelled.")
        await until_well(scene)
        assert "Cancelled." in await shown(scene, code)


async def test_not_cancelled(changes: dict[str, Any]) -> None:
    """What is being sent is left alone, also when another process has put it back into the queue."""
    async with stage(kore_timeout=40, **changes) as scene:
        story = Story(scene)
        scene.kore.fault("slow", seconds=30)
        view, _ = await story.submit()
        await scene.kore.until(lambda: bool(story.calls))
        await until_state(scene, view, "running")
        assert "is being sent right now" in (await cancel_job(scene.settings, view.id)).text
        assert "sent by " in await shown(scene, view.id)

        await DBOS.resume_workflows_async([view.id], queue_name="nobody-asks-here")

        await until_state(scene, view, "waiting")
        ended = await cancel_job(scene.settings, view.id)
        assert ended.status == 1
        assert ended.text.startswith(f"{story.name} was started a moment ago, so it may have been sent.")
        assert await DBOS.list_workflows_async(workflow_ids=[view.id], status=OPEN)
        await DBOS.cancel_workflow_async(view.id)


async def test_race(changes: dict[str, Any]) -> None:
    """Of a cancel and a start at the same moment one wins: cancelled is never sent, sent never cancelled."""
    async with stage(timing=SOON, **changes) as scene:
        stories = [Story(scene) for _ in range(6)]
        forms = [await story.form() for story in stories]
        for story, form in zip(stories, forms, strict=True):
            sending = asyncio.create_task(story.lead.submit(form, {"description": "x"}))
            with canceller(scene.settings, Timing()) as store:
                submission = None
                while submission is None:
                    submission = await Jobs.running.records.submission_of(form.id)
                is_cancelled = await store.cancel(form.id)
            await sending
            told = await story.ended(form)
            assert ("cancelled it" in told) is is_cancelled
            assert len(story.calls) <= (0 if is_cancelled else 1)


async def test_deliveries() -> None:
    """Who was told which way, and what waits for Slack."""
    timing = replace(QUICK, notify_delays=(0.5,) * 9)
    async with stage(notify_channel="C0GENERAL", timing=timing) as scene:
        story = Story(scene)
        scene.slack.fault("chat.postMessage", Fault(retry_after=60), times=1)
        view, _ = await story.submit()
        async with asyncio.timeout(30):
            while "try 2" not in (told := await shown(scene, view.id)):  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.05)
        assert "The summary: not delivered yet, because Slack doesn't accept it." in told
        assert "The copy for NOTIFY_CHANNEL: posted in the channel." in told
        assert told.endswith("Slack is tried again then (try 2).")
        await until_state(scene, view, "notifying")

        await story.told(CAMPAIGNS)

        await until_well(scene)
        assert "The summary: posted in the channel." in await shown(scene, view.id)
        assert (await cancel_job(scene.settings, view.id)).text.endswith("so there is nothing to cancel.")


async def until_well(scene: Stage) -> None:
    """Wait until nothing is open, failed or uncertain."""
    async with asyncio.timeout(30):
        while await listed(scene):  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.05)


async def test_other_kind() -> None:
    """A job that this version can't read is listed and told plainly, and not cancelled."""
    async with stage() as scene:
        payload = {"request": {"key": "V77", "reference": "cd34", "origin": {"user_id": "U7"}}}
        await Jobs.running.enqueuer.enqueue(
            "from_the_future", payload, job_id="V77/1", queue="nobody-asks-here"
        )
        await Jobs.running.enqueuer.enqueue(CALL_KORE, {}, job_id="V78", queue="nobody-asks-here")
        found = {each["job"]: (each["kind"], each["state"]) for each in await listed(scene)}
        assert found == {"V77/1": ("from_the_future", "waiting"), "V78": (CALL_KORE, "waiting")}
        assert "Job V77/1 (from_the_future): ENQUEUED." in await shown(scene, "V77/1")
        assert await cancel_job(scene.settings, "V78") == Ended(
            1, "V78 was saved by another version of the bot, so it can't be cancelled here."
        )


async def test_no_such_code() -> None:
    """A code that is not in the store is said to stand in the log."""
    async with stage() as scene:
        assert (await list_jobs(scene.settings, as_json=False)).text == command.NOTHING
        for ended in (
            await show_job(scene.settings, "ab\x1b12", as_json=False),
            await cancel_job(scene.settings, "ab\x1b12"),
        ):
            assert ended.status == 1
            assert ended.text.startswith("No job has the code ab 12. ")
        assert (await show_job(scene.settings, "ab12", as_json=True)) == Ended(1, '{\n  "jobs": []\n}')


async def test_no_store(settings: Settings, tmp_path: Path) -> None:
    """A store that is not there is not made, and that is said in a sentence."""
    missing = tmp_path / "contactlist.db"
    mine = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{missing}")})
    for ended in (
        await list_jobs(mine, as_json=False),
        await show_job(mine, "ab12", as_json=False),
        await cancel_job(mine, "ab12"),
    ):
        assert ended.status == 1
        assert ended.text.startswith("The store can't be read (")
    assert json.loads((await list_jobs(mine, as_json=True)).text)["error"].startswith("The store can't")
    assert not missing.exists()


async def test_nothing_changed() -> None:
    """Looking changes no byte of a store that nobody uses."""
    async with stage() as scene:
        story = Story(scene)
        view, _ = await story.submit()
        await story.ended(view)
        settings, path = scene.settings, Path(scene.settings.database_url.get_secret_value()[10:])
        with closing(sqlite3.connect(path)) as connection:
            copy = path.with_name("copy.db")
            connection.execute("VACUUM INTO ?", [str(copy)])
        before = copy.read_bytes()
        mine = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{copy}")})
        assert (await show_job(mine, view.id, as_json=False)).status == 0
        assert copy.read_bytes() == before


async def test_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What was asked for goes to standard output, and so does JSON; what went wrong to standard error."""
    async with stage() as scene:
        story = Story(scene)
        view, _ = await story.submit()
        await story.ended(view)
        await until_well(scene)
        for name, value in scene.settings.model_dump(exclude_none=True).items():
            text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
            monkeypatch.setenv(name.upper(), "" if isinstance(value, frozenset) else text)
        capsys.readouterr()

        assert (await ran("list"), *capsys.readouterr()) == (0, f"{command.NOTHING}\n", "")
        assert await ran("show", view.id) == 0
        assert capsys.readouterr().out.startswith(f"{story.name}: created\n")
        assert await ran("show", "none", "--json") == 1
        assert json.loads(capsys.readouterr().out) == {"jobs": []}
        assert await ran("cancel", view.id) == 1
        told = capsys.readouterr()
        assert (told.out, told.err) == ("", f"{story.name} has ended, so there is nothing to cancel.\n")
        assert await ran("recheck") == 1
        assert "Another process uses this store." in capsys.readouterr().err


async def ran(*arguments: str) -> int:
    """Run the command beside the bot, and return its exit status."""
    try:
        await asyncio.to_thread(cli.main, ["jobs", *arguments])
    except SystemExit as ended:
        return int(str(ended.code))
    return 0


async def test_recheck(changes: dict[str, Any]) -> None:
    """What is open in a restored store may have been sent since: it is looked up, and not sent again."""
    async with stage(**changes) as scene, waiting(scene) as (sent_since, view):
        scene.kore.put(sent_since.name, sent_since.description)
        submission = await Jobs.running.records.submission_of(view.id)
        assert submission
        with canceller(scene.settings, QUICK) as store:
            for _ in range(2):
                await store.look_up_instead(Call(submission=submission, number=1, tries=1))

        assert "Is this your list?" in await sent_since.ended(view)
        assert len(sent_since.calls) == 1


async def test_recheck_command(settings: Settings, tmp_path: Path) -> None:
    """The command works where no bot runs, and says how many there were; what was claimed is left alone."""
    copy = tmp_path / "restored.db"
    async with stage(kore_timeout=40) as scene, waiting(scene) as (_, view):
        scene.kore.fault("slow", seconds=30)
        under_way = Story(scene)
        claimed, _ = await under_way.submit()
        await scene.kore.until(lambda: len(under_way.calls) == 1)
        path = scene.settings.database_url.get_secret_value()[10:]
        with pytest.raises(StartError, match="Another process"):
            await recheck_jobs(scene.settings)
        with closing(sqlite3.connect(path)) as running, closing(sqlite3.connect(copy)) as backup:
            running.backup(backup)
        await DBOS.cancel_workflow_async(claimed.id)
    restored = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{copy}")})
    assert await recheck_jobs(restored) == Ended(
        0, "Jobs to be looked up or ended instead of sent: 1. Left as they are: 1."
    )
    assert await recheck_jobs(restored) == Ended(
        0, "Jobs to be looked up or ended instead of sent: 0. Left as they are: 2."
    )
    with closing(sqlite3.connect(copy)) as backup:  # the call before, as if it were about to enqueue that one
        backup.execute("UPDATE workflow_status SET status = 'PENDING' WHERE workflow_uuid = ?", [view.id])
        backup.commit()
    assert (await recheck_jobs(restored)).text.startswith("Jobs to be looked up or ended instead of sent: 1.")
    away = settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path}/none.db")})
    assert (await recheck_jobs(away)).status == 1
