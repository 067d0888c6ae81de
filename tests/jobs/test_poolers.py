"""Behind a pooler, and with few connections: every submission is saved, and its list created."""

import asyncio
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import create_engine, make_url

from bot.operate.doctor.report import Report
from bot.operate.doctor.store import examine_connection
from tests.postgresql import SERVER
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

FEW = 5
"""Connections that the pool may hold."""
PEOPLE = 38

pytestmark = [pytest.mark.timeout(90), pytest.mark.slow]


def needed(reason: str) -> None:
    """Skip a test for want of something, but never in CI."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)


@pytest_asyncio.fixture
async def database() -> AsyncIterator[str]:
    """Make a database, and a role that may hold few connections to it; returns its URL."""
    name = f"pooled_{uuid.uuid4().hex[:12]}"
    try:
        server = await psycopg.AsyncConnection.connect(SERVER, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        needed("no PostgreSQL server at TEST_DATABASE_URL")
    async with server:
        await server.execute(f"CREATE ROLE {name} LOGIN CONNECTION LIMIT {FEW + 1}")
        await server.execute(f"CREATE DATABASE {name} OWNER {name}")
        yield make_url(SERVER).set(username=name, password=None, database=name).render_as_string()
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.execute(f"DROP ROLE {name}")


@pytest.fixture
def pooled(database: str, unused_tcp_port: int) -> Iterator[str]:
    """Run PgBouncer in transaction mode before the database; returns the URL of the way through it."""
    pgbouncer = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if pgbouncer is None:
        needed("no pgbouncer here: install Debian's package pgbouncer")
    url = make_url(database)
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    users = folder / "users.txt"
    users.write_text(f'"{url.username}" ""\n')
    configuration = folder / "pgbouncer.ini"
    configuration.write_text(
        f"[databases]\n{url.database} = host={url.host} port={url.port}\n[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {unused_tcp_port}\nunix_socket_dir =\n"
        f"auth_type = trust\nauth_file = {users}\npool_mode = transaction\ndefault_pool_size = {FEW}\n"
    )
    user = {"user": "nobody"} if os.geteuid() == 0 else {}  # it refuses to run as root
    with subprocess.Popen(  # noqa: S603 - found on the path
        [str(pgbouncer), str(configuration)],
        stderr=subprocess.DEVNULL,
        **user,  # type: ignore[call-overload]
    ) as running:
        yield url.set(port=unused_tcp_port).render_as_string()
        running.terminate()
    shutil.rmtree(folder)


async def all_created(database_url: str, **settings: Any) -> None:  # noqa: ANN401 - any of the bot's
    """Let many people submit a form at the same time; each list is created, and each hears of it."""
    async with stage(rate_per_minute=FAST, timing=QUICK, database_url=database_url, **settings) as scene:
        stories = [Story(scene) for _ in range(PEOPLE)]
        forms = [await story.form() for story in stories]
        acks = await asyncio.gather(
            *(
                story.lead.submit(form, {"description": "x"})
                for story, form in zip(stories, forms, strict=True)
            )
        )
        assert [ack.error for ack in acks if ack.error] == []
        assert [form.errors for form in forms if form.errors] == []
        channel = scene.slack.workspace.channels[CAMPAIGNS]
        await scene.slack.workspace.until(
            lambda: len([one for one in channel.messages if one.author == "bot"]) >= PEOPLE,
            timeout=60,
            what="summary for each",
        )
        for story in stories:
            await story.told(CAMPAIGNS)
        assert sorted(str(each["name"]) for each in scene.kore.lists.values()) == sorted(
            story.name for story in stories
        )


@pytest.mark.parametrize("settings", [{"database_pool_size": FEW}, {"database_pool_size": 2}], ids=str)
async def test_few_connections(database: str, settings: dict[str, int]) -> None:
    """A role that may hold six connections: a pool of five does, and one of two."""
    await all_created(database, **settings)


@pytest.mark.process
async def test_transaction_pooler(pooled: str) -> None:
    """Behind a pooler each transaction may have another connection."""
    await all_created(pooled)


@pytest.mark.parametrize(("of_database", "allowed"), [(-1, FEW + 1), (3, 3)])
async def test_doctor_counts(database: str, of_database: int, allowed: int) -> None:
    """The self-check compares the pool with the lowest limit, of the user or of the database."""
    name = make_url(database).database
    async with await psycopg.AsyncConnection.connect(SERVER, autocommit=True) as server:
        await server.execute(f"ALTER DATABASE {name} CONNECTION LIMIT {of_database}")
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"))
    report = Report()
    with engine.connect() as connection:
        examine_connection(report, connection, wanted=allowed + 1)
    engine.dispose()

    assert report.checks[-1].advice == f"Set DATABASE_POOL_SIZE to {allowed} or less."
