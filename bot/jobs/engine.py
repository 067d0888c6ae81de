"""The durable engine: DBOS on SQLite or PostgreSQL, configured, launched, asked and stopped in one place.

Source: https://docs.dbos.dev/python/reference/configuration
"""

import asyncio
import fcntl
import logging
import socket
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, StepOptions
from dbos import error as dbos_error
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from bot.errors import StartError, StoreUnavailable
from bot.settings import Settings

NAME = "contactlist-bot"
"""Whose jobs these are, in a store that others may use too."""

CALLS = "kore-calls"
"""The queue of calls to Kore.ai, one job each. Its name is in the store: renaming it strands its jobs."""
NOTIFICATIONS = "tellings"
"""The queue of results that could not be told at once."""

LAST = 2
"""The priority of whoever may wait in the queue of calls; a smaller number goes first."""
WORKERS = 12
"""Jobs that one process runs at a time; with 8 it idles until the next look into the queue, and with
16 acknowledgements came later while PostgreSQL took the jobs."""
POLLING = 0.045
"""Seconds between two looks into the queue of calls: somebody waits for each."""
NOTIFICATIONS_POLLING = 0.5
"""Seconds between two looks into the queue of what is told later."""
SAVE_WITHIN = 1.5
"""Seconds for which Slack's answer may wait for the store; Slack itself waits three."""
LOOK_AGAIN = 0.001
"""Seconds between two looks whether the file is free, for whom Slack's answer waits."""
MINUTE = 60 + 5
"""Seconds in which no more calls are started than the account may make in a minute: a call leaves up to a
second after its start, or four with connecting, and SQLite notes the start in whole seconds."""
GRACE = 12
"""Seconds for which running jobs may finish at shutdown."""
JOB_VERSION = "1"
"""Jobs that another version saved are picked up as long as this stays; it changes with the steps of a job."""

UNUSABLE = "The store cannot be used: check DATABASE_URL, and that it can be written."

EngineError = (dbos_error.DBOSException, SQLAlchemyError, OSError)
"""What a store that is away, full, locked or read-only raises."""

P = ParamSpec("P")
R = TypeVar("R")


async def recorded(
    name: str, work: Callable[P, Coroutine[object, object, R]], *args: P.args, **kwargs: P.kwargs
) -> R:
    """Do something whose answer is recorded: after a crash it is read back, and not done again.

    `name` is in the store: renaming it would break the jobs under way.
    """
    return await DBOS.run_step_async(StepOptions(name=name), work, *args, **kwargs)


async def within(seconds: float, work: Coroutine[object, object, R]) -> R:
    """Ask the store; what it raises, or its silence, is `StoreUnavailable`."""
    try:
        async with asyncio.timeout(seconds):
            return await work
    except (TimeoutError, *EngineError) as error:
        raise StoreUnavailable(type(error).__name__) from error


@contextmanager
def sole_use(settings: Settings) -> Iterator[None]:
    """Keep a second process away from a SQLite store: it would take our running jobs for left ones.

    Raises `StartError`.
    """
    if not settings.on_sqlite:
        yield
        return
    path = make_url(settings.database_url.get_secret_value()).database
    try:
        with Path(f"{path}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError as error:
        raise StartError(
            "Another process uses this store. Stop it first; for several processes set DATABASE_URL to a "
            "PostgreSQL server."
        ) from error
    except OSError as error:
        raise StartError(UNUSABLE) from error


def configure_engine(settings: Settings) -> None:
    """Set DBOS up, ready for workflows to be registered; raises `StartError`."""
    url = settings.database_url.get_secret_value()
    config: DBOSConfig = {
        "name": NAME,
        "system_database_url": url,
        "application_version": JOB_VERSION,
        "executor_id": f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}",  # of this process alone
        "serializer": DBOSPortableJSONSerializer(),  # the default, pickle, runs what it reads
        "log_level": logging.getLevelName(logging.WARNING),
    }
    if settings.on_sqlite:
        _make_sqlite_fast(url)
        config["sys_db_pool_size"] = 2
        config["db_engine_kwargs"] = {"pool_pre_ping": False}  # a file does not hang up
    DBOS(config=config)
    if settings.role == "web":
        DBOS.listen_queues([])


def store_engine(settings: Settings) -> Engine:
    """Open the store beside DBOS, for one writer."""
    url = make_url(settings.database_url.get_secret_value())
    if not settings.on_sqlite:
        patience = {"connect_timeout": 2, "tcp_user_timeout": 3000}  # seconds, milliseconds
        url = url.set(drivername="postgresql+psycopg")
        return create_engine(url, pool_pre_ping=True, connect_args=patience)
    engine = create_engine(url)
    event.listen(engine, "connect", _leave_transactions_to_us)
    event.listen(engine, "begin", _write_next)
    return engine


async def launch_engine(settings: Settings) -> None:
    """Start the queue; what an earlier process left goes on. Raises `StartError`."""
    try:
        DBOS.launch()  # inside the running loop, so that the jobs run on it
        await DBOS.register_queue_async(
            CALLS,
            worker_concurrency=WORKERS,
            polling_interval_sec=POLLING,
            limiter={"limit": settings.kore_rate_per_minute, "period": MINUTE},
        )
        await DBOS.register_queue_async(
            NOTIFICATIONS, worker_concurrency=WORKERS, polling_interval_sec=NOTIFICATIONS_POLLING
        )
    except EngineError as error:
        raise StartError(UNUSABLE) from error


async def close_engine() -> None:
    """Let running jobs finish, and leave the rest to the store."""
    loop = asyncio.get_running_loop()
    threads = ThreadPoolExecutor()
    await loop.run_in_executor(
        threads, partial(DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=GRACE)
    )
    loop.set_default_executor(threads)  # DBOS had put its own there, which has ended with it


async def store_answers() -> bool:
    """Tell whether the store can be read."""
    try:
        await DBOS.list_workflows_async(limit=1)
    except EngineError:
        return False
    return True


def is_too_old(sqlite: tuple[int, ...], *, python: tuple[int | str, ...]) -> bool:
    """Tell whether the engine lacks a clock: from Python 3.12 on it asks SQLite for fractions of seconds."""
    return python >= (3, 12) and sqlite < (3, 42)


def _leave_transactions_to_us(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None
    connection.execute("PRAGMA busy_timeout=0")


def _write_next(connection: Connection) -> None:
    """Begin as soon as the file is free: SQLite itself would look more and more seldom, while jobs write."""
    until = time.monotonic() + SAVE_WITHIN
    while True:
        try:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(LOOK_AGAIN)
        else:
            return


def _make_sqlite_fast(url: str) -> None:
    """Switch the file to write-ahead logging: readers and the one writer no longer wait for each other."""
    if is_too_old(sqlite3.sqlite_version_info, python=sys.version_info):
        raise StartError(
            f"SQLite {sqlite3.sqlite_version} is too old for this Python: install SQLite 3.42 or newer, use "
            "Python 3.11, or set DATABASE_URL to a PostgreSQL server."
        )
    try:
        with sqlite3.connect(make_url(url).database or "") as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
    except sqlite3.Error as error:
        raise StartError(UNUSABLE) from error
