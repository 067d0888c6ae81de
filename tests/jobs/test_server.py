"""A PostgreSQL server as many processes share it: one that freezes, and a failover."""

import os
import socket
from collections.abc import Iterator

import psycopg
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from bot.errors import NotThereYet
from bot.jobs.engine import ask_store, open_store
from bot.settings import Settings
from tests.jobs.killed import postgresql_url

__all__ = ["postgresql_url"]

LOCKED = text("SELECT pg_advisory_xact_lock(1)")


@pytest.fixture
def store(settings: Settings, postgresql_url: str) -> Iterator[Engine]:
    """Open a store on a server."""
    opened = open_store(settings.model_copy(update={"database_url": SecretStr(postgresql_url)}))
    yield opened
    opened.dispose()


@pytest.mark.slow
def test_frozen_in_transaction(store: Engine) -> None:
    """Others get what it has locked soon after, and it learns that its transaction has come to nothing."""
    with store.connect() as frozen, store.connect() as other:
        frozen.execute(LOCKED)

        other.execute(LOCKED)

        with pytest.raises(DBAPIError, match="idle-in-transaction timeout"):
            frozen.execute(LOCKED)
    with store.begin() as again:
        again.execute(LOCKED)


def test_gone_while_asked(store: Engine) -> None:
    """A server that is gone with its machine is noticed within seconds, also while it is to answer."""
    with store.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver
        with socket.socket(fileno=os.dup(driver.pgconn.socket)) as line:
            kept = [
                line.getsockopt(socket.IPPROTO_TCP, each)
                for each in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_USER_TIMEOUT)
            ]

    assert kept == [5, 2, 3000]


async def test_standby(store: Engine, postgresql_url: str) -> None:
    """What can't be written to is not connected to, so that the primary is, once the name leads there."""
    with psycopg.connect(postgresql_url, autocommit=True) as server:
        turn = f"ALTER DATABASE {server.info.dbname} SET default_transaction_read_only ="
        server.execute(f"{turn} on".encode())
        with pytest.raises(NotThereYet, match="the server is a standby"):
            await ask_store(store)

        server.execute("SET default_transaction_read_only = off")
        server.execute(f"{turn} off".encode())

        await ask_store(store)
