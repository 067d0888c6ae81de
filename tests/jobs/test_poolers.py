"""Behind a pooler, and with few connections: every submission is saved, and its list created."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import make_url

from tests.postgresql import SERVER, needed, pgbouncer
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

FEW = 5
"""Connections that the pool may hold."""
PEOPLE = 16

pytestmark = [pytest.mark.timeout(90), pytest.mark.slow]


@pytest_asyncio.fixture
async def database() -> AsyncIterator[str]:
    """Make a database, and a role that may hold few connections to it; returns its URL."""
    name = f"pooled_{uuid.uuid4().hex[:12]}"
    try:
        server = await psycopg.AsyncConnection.connect(SERVER, autocommit=True, connect_timeout=2)
    except psycopg.OperationalError:
        needed("no PostgreSQL server at TEST_DATABASE_URL")
    async with server:
        await server.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{name}' CONNECTION LIMIT {FEW + 1}")
        await server.execute(f"CREATE DATABASE {name} OWNER {name}")
        yield (
            make_url(SERVER)
            .set(username=name, password=name, database=name)
            .render_as_string(hide_password=False)
        )
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.execute(f"DROP ROLE {name}")


@pytest.fixture
def pooled(database: str, unused_tcp_port: int) -> Iterator[str]:
    """Run PgBouncer in transaction mode before the database; returns the URL of the way through it."""
    with pgbouncer(database, port=unused_tcp_port, default_pool_size=FEW) as url:
        yield url


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
