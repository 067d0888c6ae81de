"""The durable engine: DBOS on SQLite or PostgreSQL, configured, launched, queried and stopped in one place.

The engine and the saves that people wait for share one connection pool: with two pools under one connection
limit, one would starve the other.

Source: https://docs.dbos.dev/python/reference/configuration
"""

import asyncio
import fcntl
import logging
import os
import socket
import sqlite3
import sys
import time
import uuid
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import structlog
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer
from dbos import error as dbos_error
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from bot.errors import StartError, StoreUnavailable
from bot.jobs.causes import why_not
from bot.jobs.contract import APPLICATION, JOB_VERSION
from bot.observe.metrics import Metrics
from bot.settings import Settings
from bot.timing import Timing

SQLITE_CONNECTIONS = 1
"""With two, writers wait for each other in SQLite's own way, longer and longer: the slowest acknowledgements
while jobs drain took 152 ms instead of 56 (p99).
"""
POSTGRESQL = {
    "connect_timeout": 2,
    "tcp_user_timeout": 3000,  # milliseconds before giving up on a connection that doesn't respond
    "keepalives_idle": 5,  # seconds of waiting for an answer before probing the server
    "keepalives_interval": 2,  # seconds between probes; the default is 75
    "prepare_threshold": None,  # a pooler in transaction mode loses prepared statements
}
WRITABLE = {"target_session_attrs": "read-write"}
"""After a failover, the host name may lead to a standby for a while; the pool would stay there for good."""
IDLE_IN_TRANSACTION = 5
"""Seconds after which the server ends an idle transaction. Its process is frozen, or gone with its machine,
and its locks keep all other processes from the queue. Our transactions take milliseconds.
"""

CAUSE_LIMIT = 200
"""Characters logged of a store's message."""

EngineError = (dbos_error.DBOSException, SQLAlchemyError, OSError)
"""What a store raises when it is unavailable, full, locked or read-only; a timeout is an `OSError` too."""

log = structlog.get_logger(__name__)


@asynccontextmanager
async def answered_within(seconds: float) -> AsyncIterator[None]:
    """Query the store within `seconds`; log any error or timeout, and raise it as `StoreUnavailable`."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except EngineError as error:
        cause = cause_of(error)
        log.warning("store_unavailable", error=cause)
        raise StoreUnavailable(cause) from error


def ago(seconds: float) -> str:
    """Return the time that many seconds ago, as the engine's filters take it."""
    return datetime.fromtimestamp(time.time() - seconds, UTC).isoformat()


def cause_of(error: BaseException) -> str:
    """Describe a store's error by its type and the first line of its own words, without values."""
    own = error.orig if isinstance(error, DBAPIError) and error.orig else error
    words = str(own).partition("\n")[0][:CAUSE_LIMIT]
    return f"{type(own).__name__}: {words}" if words else type(own).__name__


@contextmanager
def sole_use(settings: Settings) -> Iterator[None]:
    """Keep a second process away from a SQLite store: it would adopt our running jobs.

    Raises `StartError`.
    """
    if not settings.on_sqlite:
        yield
        return
    # resolved, because another path, such as a link, may lead to the same file
    path = settings.store_file.resolve()
    try:
        with open(f"{path}.lock", "a", opener=_private) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with open(path, "a", opener=_private) as store:  # SQLite gives its other files the same mode
                _keep_private(lock.name, store.name, f"{path}-wal", f"{path}-shm", f"{path}-journal")
            yield
    except BlockingIOError as error:
        raise StartError(
            "Another process uses this store. Stop it first, or set DATABASE_URL to a PostgreSQL server "
            "to run several."
        ) from error
    except OSError as error:
        raise unusable(error) from error


def open_store(settings: Settings) -> Engine:
    """Create the only connection pool; raises `StartError`."""
    if not settings.on_sqlite:
        server = create_engine(
            settings.store_url,
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_pre_ping=True,
            connect_args=POSTGRESQL | WRITABLE,
        )
        event.listen(server, "connect", _limit_idle_transactions)
        return server
    _switch_to_wal(settings.store_file)
    store = create_engine(settings.store_url, pool_size=SQLITE_CONNECTIONS, max_overflow=0)
    event.listen(store, "connect", _lock_at_begin)
    return store


async def ask_store(store: Engine) -> None:
    """Connect once; raises `NotThereYet`, or `StartError` if waiting wouldn't help."""
    try:
        await asyncio.to_thread(_connect, store)
    except EngineError as error:
        if store.dialect.name != "postgresql":
            raise unusable(error) from error
        raise why_not(cause_of(error)).as_error() from error


def unusable(error: Exception) -> StartError:
    """Return the error that tells the operator that the store can't be used, and why."""
    return StartError(
        f"The store can't be used ({cause_of(error)}). Check DATABASE_URL and that the bot can write there."
    )


def _connect(store: Engine) -> None:
    store.connect().close()


def watch_connections(store: Engine, metrics: Metrics) -> None:
    """Have the metrics show how many of the pool's connections are in use, open and idle, and free."""
    pool = store.pool
    assert isinstance(pool, QueuePool)  # noqa: S101 - both kinds of store have one
    metrics.store_connections.labels("in_use").set_function(pool.checkedout)
    metrics.store_connections.labels("idle").set_function(pool.checkedin)
    metrics.store_connections.labels("free").set_function(lambda: pool.size() - pool.checkedout())


def client_of(store: Engine) -> DBOSClient:
    """Return a client that reads and saves jobs in a store, even if the engine runs elsewhere."""
    return DBOSClient(
        system_database_engine=store,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
        retry_connection_errors=False,
    )


def configure_engine(settings: Settings, store: Engine, timing: Timing) -> None:
    """Set up DBOS on the store."""
    DBOS(
        config={
            "name": APPLICATION,
            "system_database_url": settings.database_url.get_secret_value(),
            "system_database_engine": store,
            "application_version": JOB_VERSION,
            "executor_id": f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}",  # unique to this process
            "use_listen_notify": False,  # nothing here waits for events, and it would take up a connection
            "serializer": DBOSPortableJSONSerializer(),  # the default, pickle, runs what it reads
            "log_level": logging.getLevelName(logging.WARNING),
            "notification_listener_polling_interval_sec": timing.engine_poll,
        }
    )
    if settings.role == "web":
        DBOS.listen_queues([])


async def launch_engine(*first: Callable[[], Coroutine[object, object, None]]) -> None:
    """Start the engine, then run each of `first` in order. Raises `StartError`."""
    try:
        DBOS.launch()  # inside the running loop, so that the jobs run on it
        for each in first:
            await each()
    except EngineError as error:
        raise unusable(error) from error


async def close_engine(*, grace: float) -> None:
    """Let running jobs finish for `grace` seconds, and leave the rest to the store."""
    loop = asyncio.get_running_loop()
    threads = ThreadPoolExecutor()
    await loop.run_in_executor(threads, partial(DBOS.destroy, workflow_completion_timeout_sec=int(grace)))
    loop.set_default_executor(threads)  # DBOS had set its own, which ended with it


def is_too_old(sqlite: tuple[int, ...], *, python: tuple[int | str, ...]) -> bool:
    """Return whether SQLite is too old: from Python 3.12 on, the engine asks it for fractional seconds."""
    return python >= (3, 12) and sqlite < (3, 42)


def _private(path: str, flags: int) -> int:
    """Open a file that no other user can read: it holds what people typed, and URLs that post to channels."""
    return os.open(path, flags, mode=0o600)


def _keep_private(*paths: str) -> None:
    """Make files private that an earlier version, or a copy, left readable to other users."""
    for path in paths:
        with suppress(FileNotFoundError, PermissionError):  # another user's file that we can write to
            Path(path).chmod(0o600)


def _limit_idle_transactions(connection: DBAPIConnection, _: object) -> None:
    """Keep idle processes from holding locks, as the engine does in a pool of its own."""
    connection.cursor().execute(f"SET idle_in_transaction_session_timeout = '{IDLE_IN_TRANSACTION}s'")
    connection.commit()  # the pool's rollback would undo it


def _lock_at_begin(connection: sqlite3.Connection, _: object) -> None:
    """Let writers queue instead of failing halfway, as the engine does in a pool of its own."""
    connection.isolation_level = "IMMEDIATE"
    connection.execute("PRAGMA busy_timeout=30000")
    connection.execute("PRAGMA foreign_keys=ON")


def _switch_to_wal(path: Path) -> None:
    """Switch the file to write-ahead logging, so that readers and the one writer don't wait for each other.

    Raises `StartError`.
    """
    if is_too_old(sqlite3.sqlite_version_info, python=sys.version_info):
        raise StartError(
            f"SQLite {sqlite3.sqlite_version} is too old for this Python. Install SQLite 3.42 or newer, use "
            "Python 3.11, or set DATABASE_URL to a PostgreSQL server."
        )
    try:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
    except sqlite3.Error as error:
        raise unusable(error) from error
