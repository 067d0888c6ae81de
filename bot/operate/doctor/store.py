"""The store: can be opened and written, is new enough, and has space left."""

import asyncio
import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from bot.jobs.engine import is_too_old
from bot.operate.doctor.report import Report
from bot.settings import Settings
from bot.timing import Timing

STORE = "Store"
VERSION = "Store: version"
CONNECTIONS = "Store: connections"
SPACE = "Store: free space"

ENOUGH = 200 * 1024 * 1024
"""Bytes: a job takes some kilobytes, and is kept for KEEP_DAYS."""
ALLOWED = """
SELECT least(nullif(rolconnlimit, -1), nullif(datconnlimit, -1),
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int)
FROM pg_roles, pg_database WHERE rolname = current_user AND datname = current_database()
"""
"""How many connections the server lets this user have to this database, by whichever limit is the lowest."""
CHECK_URL = "Check DATABASE_URL and that the bot's user can write there."


async def examine_store(report: Report, settings: Settings, timing: Timing) -> None:
    """Check the store without changing it."""
    url, timeout = settings.database_url.get_secret_value(), timing.doctor_timeout
    if settings.on_sqlite:
        await asyncio.to_thread(_sqlite, report, url, timeout=timeout)
    else:
        pool_size = settings.database_pool_size
        await asyncio.to_thread(_postgresql, report, url, pool_size, timeout=timeout)


def _sqlite(report: Report, url: str, *, timeout: float) -> None:
    path = Path(make_url(url).database or "").resolve()
    if problem := _problem_of(path, timeout):
        report.bad(STORE, problem, CHECK_URL)
    else:
        report.good(STORE, f"{path} can be written" if path.exists() else f"{path} can be made")
    version = sqlite3.sqlite_version
    if is_too_old(sqlite3.sqlite_version_info, python=sys.version_info):
        advice = "Install SQLite 3.42 or newer, use Python 3.11, or set DATABASE_URL to PostgreSQL."
        report.bad(VERSION, f"SQLite {version} is too old for this Python", advice)
    else:
        report.good(VERSION, f"SQLite {version}")
    if report.may(SPACE, needs=STORE):
        _space(report, shutil.disk_usage(path.parent).free)


def _problem_of(path: Path, timeout: float) -> str | None:
    """Return why a SQLite file cannot be used; a bot that runs on it is no reason."""
    if not path.parent.is_dir():
        return f"the folder {path.parent} doesn't exist"
    if not os.access(path.parent, os.W_OK):
        return f"the folder {path.parent} can't be written"
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=timeout)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        return f"{path} can't be written ({error})"
    return None


def _space(report: Report, free: int) -> None:
    found = f"{free // 1024**2} MiB"
    if free < ENOUGH:
        advice = f"Free up space, or lower KEEP_DAYS. At least {ENOUGH // 1024**2} MiB should be free."
        report.bad(SPACE, found, advice)
    else:
        report.good(SPACE, found)


def _postgresql(report: Report, url: str, pool_size: int, *, timeout: float) -> None:
    address = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(address, connect_args={"connect_timeout": int(timeout)})
    try:
        with engine.connect() as connection:
            examine_connection(report, connection, wanted=pool_size)
    except SQLAlchemyError as error:
        report.bad(STORE, f"PostgreSQL can't be used ({type(error).__name__})", CHECK_URL)
        report.may(VERSION, needs=STORE)
        report.may(CONNECTIONS, needs=STORE)
    finally:
        engine.dispose()
    report.not_checked(SPACE, "not checked: the server's own disk")


def examine_connection(report: Report, connection: Connection, *, wanted: int) -> None:
    """Check an open PostgreSQL connection, of which a process may hold `wanted`; raises `SQLAlchemyError`."""
    read_only = connection.execute(text("SHOW transaction_read_only")).scalar_one()
    may_create = connection.execute(
        text("SELECT has_database_privilege(current_database(), 'CREATE')")
    ).scalar_one()
    version = connection.execute(text("SHOW server_version")).scalar_one()
    if read_only == "on":
        report.bad(STORE, "PostgreSQL is read-only here", "Set DATABASE_URL to the primary server.")
    elif not may_create:
        report.bad(STORE, "this PostgreSQL user can't create a schema", "Grant it CREATE on the database.")
    else:
        report.good(STORE, "PostgreSQL can be written")
    report.good(VERSION, f"PostgreSQL {version}")
    _connections(report, connection, wanted)


def _connections(report: Report, connection: Connection, wanted: int) -> None:
    """Compare what a process may hold with what this user may: the pool opens them when they are needed."""
    limit = connection.execute(text(ALLOWED)).scalar_one()
    found = f"a process holds up to {wanted}, and the server lets this user have {limit}"
    if wanted > limit:
        report.bad(CONNECTIONS, found, f"Set DATABASE_POOL_SIZE to {limit} or less.")
    else:
        report.good(CONNECTIONS, found)
