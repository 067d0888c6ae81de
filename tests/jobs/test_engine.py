"""The store: one pool of connections for the engine and for what people wait to have saved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dbos import DBOS
from pydantic import SecretStr
from sqlalchemy import Engine, create_engine, event

from bot.errors import StartError
from bot.jobs.contract import NOTIFICATIONS, RECORD
from bot.jobs.engine import ask_store, close_engine, configure_engine, launch_engine, open_store
from bot.jobs.enqueuing import Enqueuer
from bot.settings import Settings
from tests.quick import QUICK


@pytest.fixture
def on_sqlite(settings: Settings, tmp_path: Path) -> Settings:
    """Return settings with a store of their own."""
    return settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path / 'jobs.db'}")})


@pytest.fixture
def on_postgresql(settings: Settings) -> Settings:
    """Return settings whose server is not there: nothing connects before it is asked to."""
    return settings.model_copy(update={"database_url": SecretStr("postgresql://bot@127.0.0.1:9/lists")})


@pytest.fixture
def store(on_sqlite: Settings) -> Iterator[Engine]:
    """Open a store."""
    opened = open_store(on_sqlite)
    yield opened
    opened.dispose()


async def test_one_pool(on_sqlite: Settings, store: Engine) -> None:
    """What the engine reads and what is saved beside it goes through the connections of one pool."""
    taken: list[str] = []
    event.listen(store, "checkout", lambda *_: taken.append("taken"))

    async def declare_nothing() -> None:
        pass

    configure_engine(on_sqlite, store, QUICK)
    await launch_engine(declare_nothing)
    try:
        taken.clear()
        assert await DBOS.list_workflows_async(limit=1) == []
        assert taken
        taken.clear()
        await Enqueuer(store, timing=QUICK).enqueue(RECORD, "x", job_id="x", queue=NOTIFICATIONS, delay=60)
        assert taken
    finally:
        await close_engine(grace=0)


def test_pool_sizes(store: Engine, on_postgresql: Settings) -> None:
    """SQLite's writers wait in line for one connection; on PostgreSQL a setting says how many there are."""
    server = open_store(on_postgresql)
    sizes = [int(each.pool.size()) for each in (store, server)]  # type: ignore[attr-defined]  # a QueuePool has it
    assert sizes == [1, on_postgresql.database_pool_size]


def test_no_prepared_statements(on_postgresql: Settings) -> None:
    """A pooler in transaction mode gives each transaction another connection, which would not know them."""
    asked: dict[str, Any] = {}

    class Enough(Exception):
        """The arguments are known."""

    def connect(*arguments: Any) -> None:  # noqa: ANN401 - SQLAlchemy's own
        asked.update(arguments[-1])
        raise Enough

    server = open_store(on_postgresql)
    event.listen(server, "do_connect", connect)
    with pytest.raises(Enough):
        server.connect()
    assert asked["prepare_threshold"] is None


async def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    """Waiting would not cure it, so the start ends."""
    with pytest.raises(StartError, match=r"The store can't be used"):
        await ask_store(create_engine(f"sqlite:///{tmp_path}/no-such-folder/jobs.db"))
