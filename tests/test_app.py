"""Assembly and life cycle: what stops the bot at start, what it tells while it runs, how it ends."""

import asyncio
import json
import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from dbos import DBOS
from sqlalchemy import make_url
from structlog.testing import capture_logs

from bot import __version__
from bot.app import Application
from bot.errors import StartError
from bot.jobs import engine
from bot.jobs.contract import CALL_KORE
from bot.settings import Settings
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from tests.quick import QUICK
from tests.stages import stage


def local_slack() -> LocalSlack:
    """Return the Slack that `settings_for` names."""
    return LocalSlack(signing_secret="made-up", bot_token="xoxb-right", app_token="xapp-right")


def settings_for(slack: LocalSlack, folder: Path, **changes: object) -> Settings:
    """Return settings whose Slack is this one."""
    return Settings.model_validate(
        {
            "slack_bot_token": "xoxb-right",
            "slack_signing_secret": "made-up",
            "slack_api_url": slack.api_url,
            "host": "127.0.0.1",
            "port": 0,
            "kore_stream_id": "st-made-up",
            "kore_account_id": "0123456789abcdef01234567",
            "kore_client_id": "cs-made-up",
            "kore_client_secret": "made-up",
            "database_url": f"sqlite:///{folder / 'contactlist.db'}",
            **changes,
        }
    )


@pytest.mark.parametrize("where", ["missing/folder/contactlist.db", "."])
async def test_a_store_that_cannot_be_written_stops_the_bot(tmp_path: Path, where: str) -> None:
    """A folder that is not there, or a path that is no file, is a sentence about DATABASE_URL."""
    async with local_slack() as slack:
        settings = settings_for(slack, tmp_path, database_url=f"sqlite:///{tmp_path / where}")
        with pytest.raises(StartError, match="DATABASE_URL"):
            await Application(settings, timing=QUICK).__aenter__()


@pytest.mark.slow
async def test_a_second_process_on_a_sqlite_store_stops() -> None:
    """Two processes on one file would take each other's running jobs for left ones."""
    async with stage() as scene:
        second = Application(scene.settings, timing=QUICK)
        with pytest.raises(StartError, match="Another process uses this store"):
            await second.__aenter__()


async def test_an_engine_that_does_not_launch_stops_the_bot(tmp_path: Path) -> None:
    """A store in which the engine can't set itself up is a sentence about DATABASE_URL."""
    with closing(sqlite3.connect(tmp_path / "contactlist.db")) as connection:
        connection.execute("CREATE TABLE dbos_migrations (of_another_program)")
    async with local_slack() as slack:
        with pytest.raises(StartError, match=r"no such column.*DATABASE_URL"):
            await Application(settings_for(slack, tmp_path), timing=QUICK).__aenter__()


async def test_an_old_sqlite_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On Python 3.12 and later the engine needs a newer SQLite than some systems have."""
    monkeypatch.setattr("bot.jobs.engine.is_too_old", lambda *_, **__: True)
    async with local_slack() as slack:
        with pytest.raises(StartError, match=r"too old for this Python.*3\.42"):
            await Application(settings_for(slack, tmp_path), timing=QUICK).__aenter__()


@pytest.mark.parametrize(
    ("sqlite", "python", "expected"),
    [((3, 40, 1), (3, 12, 0), True), ((3, 42, 0), (3, 12, 0), False), ((3, 40, 1), (3, 11, 9), False)],
)
def test_which_sqliteis_too_old(sqlite: tuple[int, ...], python: tuple[int, ...], expected: bool) -> None:  # noqa: FBT001
    """Only the newer Pythons need the newer SQLite."""
    assert engine.is_too_old(sqlite, python=python) is expected


async def test_a_taken_port_stops_the_bot(tmp_path: Path) -> None:
    """Somebody else on the port is a sentence about PORT."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with local_slack() as slack:
            with pytest.raises(StartError, match=f"127.0.0.1:{port} .*PORT"):
                await Application(settings_for(slack, tmp_path, port=port), timing=QUICK).__aenter__()


async def test_a_worker_takes_no_requests_of_slack(tmp_path: Path) -> None:
    """With ROLE=worker there is health, and nothing else to talk to."""
    async with local_slack() as slack:
        settings = settings_for(slack, tmp_path).model_copy(update={"role": "worker"})
        async with Application(settings, timing=QUICK) as bot, aiohttp.ClientSession() as session:
            async with session.post(f"http://127.0.0.1:{bot.port}/slack/events") as answer:
                assert answer.status == 404
            async with session.get(f"http://127.0.0.1:{bot.port}/readyz") as answer:
                assert answer.status == 200


@pytest.mark.slow
async def test_a_web_process_makes_no_calls(tmp_path: Path) -> None:
    """With ROLE=web a submission is saved and acknowledged, and waits for a worker."""
    async with local_slack() as slack:
        settings = settings_for(slack, tmp_path, kore_host="http://127.0.0.1:9")
        async with Application(settings.model_copy(update={"role": "web"}), timing=QUICK) as bot:
            slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            lead = Person(slack, "U0LEAD")
            await lead.command("for a worker")
            view = await lead.view()
            await lead.submit(view, {"description": "x"})
            assert view.title == "Creating…"
            await asyncio.sleep(0.5)  # nothing may happen: there is no event for that
            (job,) = await DBOS.list_workflows_async(name=CALL_KORE)
            assert job.status == "ENQUEUED"


async def test_only_a_sqlite_store_is_for_one_process(tmp_path: Path) -> None:
    """PostgreSQL is shared, so nothing is locked there."""
    async with local_slack() as slack:
        settings = settings_for(slack, tmp_path, database_url="postgresql://somewhere/contacts")
    with engine.sole_use(settings), engine.sole_use(settings):
        pass


@pytest.mark.slow
@pytest.mark.parametrize("what", ["auth.test", "usergroups.users.list"])
async def test_slack_is_asked_again_and_again(what: str) -> None:
    """Whether the token is good, and who is in the groups, is known before anybody asks."""
    timing = replace(QUICK, token_poll=0.05, usergroups_poll=0.05)
    async with stage(timing=timing, allowed_usergroups="S0LEADS") as scene:
        asked = [each.what for each in scene.slack.traffic].count(what)
        await scene.slack.workspace.until(
            lambda: [each.what for each in scene.slack.traffic].count(what) > asked + 1, timeout=5, what=what
        )


@pytest.mark.slow
async def test_health_readiness_and_metrics_are_told() -> None:
    """The three addresses that an operator watches answer, in their documented forms."""
    async with stage() as scene, aiohttp.ClientSession(f"http://127.0.0.1:{scene.bot.port}") as session:
        async with session.get("/healthz") as answer:
            assert (answer.status, await answer.text()) == (200, "ok")
        async with session.get("/readyz") as answer:
            assert (answer.status, await answer.json()) == (200, {"ready": True, "reasons": []})
        async with session.get("/metrics") as answer:
            assert "contactlist_requests_total" in await answer.text()


async def test_the_start_says_what_started(tmp_path: Path) -> None:
    """One line says which version serves whom and from which store; ids that look wrong are named before."""
    async with local_slack() as slack:
        settings = settings_for(slack, tmp_path, kore_stream_id="Renewals", allowed_users="U0LEAD,U0lead")
        with capture_logs() as logged:
            async with Application(settings, timing=QUICK):
                pass
    unusual = [each["problem"] for each in logged if each["event"] == "setting_unusual"]
    assert unusual == [
        "KORE_STREAM_ID usually is st-…",
        "ALLOWED_USERS usually has only capital letters and digits",
    ]
    (ready,) = [each for each in logged if each["event"] == "ready"]
    said = {name: ready[name] for name in ("mode", "role", "store", "access", "version")}
    assert said == {
        "mode": "http",
        "role": "all",
        "store": "sqlite",
        "access": "2 users can use it",
        "version": __version__,
    }


@pytest.mark.slow
async def test_oauth_variables_of_another_app_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """SLACK_CLIENT_ID in the environment would switch plain Bolt to OAuth; here the command works."""
    monkeypatch.setenv("SLACK_CLIENT_ID", "1.2")
    monkeypatch.setenv("SLACK_CLIENT_SECRET", "made-up")
    async with stage() as scene:
        lead = Person(scene.slack, "U0LEAD")
        await lead.command("still here")
        assert "still here" in (await lead.view()).text


@pytest.mark.slow
async def test_the_form_waits_for_no_call() -> None:
    """The first call after a command is views.open: no auth.test, no look-up before it."""
    async with stage() as scene:
        lead = Person(scene.slack, "U0LEAD")
        before = len(scene.slack.traffic)
        await lead.command("fast")
        await lead.view()
        await lead.command("help")  # by its answer the call for the form is on record
        calls = [each.what for each in scene.slack.traffic[before:] if each.sender == "bot"]
        assert calls == ["views.open"]


@pytest.mark.slow
async def test_what_is_saved_is_json() -> None:
    """Whoever can write the store cannot make the bot run code: nothing in it is a pickle."""
    async with stage() as scene:
        lead = Person(scene.slack, "U0LEAD")
        await lead.command("saved")
        view = await lead.view()
        await lead.submit(view, {"description": "x"})
        await lead.until(lambda: view.title == "Contact list created")
        path = make_url(scene.settings.database_url.get_secret_value()).database or ""
        with closing(sqlite3.connect(path)) as connection:
            rows = connection.execute("SELECT inputs FROM workflow_input").fetchall()
            rows += connection.execute("SELECT output FROM operation_outputs WHERE output > ''").fetchall()
    assert len(rows) >= 3
    assert all(isinstance(json.loads(saved), dict | list | str | type(None)) for (saved,) in rows)
