"""A SQLite store: whether this user can open and write it, it is new enough, and has space left."""

import os
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from bot.jobs.causes import CHECK_URL
from bot.jobs.engine import is_too_old
from bot.operate.doctor.report import Report

STORE = "Store"
VERSION = "Store: version"
SPACE = "Store: free space"

ENOUGH = 200 * 1024 * 1024
"""Bytes; a job takes some kilobytes, and is kept for KEEP_DAYS."""
SIDE_FILES = ("-wal", "-shm", ".lock")
"""Suffixes of the files next to it, as SQLite and the bot name them."""


def examine_sqlite(report: Report, path: Path, *, timeout: float) -> None:
    """Check the file without changing it."""
    path = path.resolve()
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
    if not report.skipped(SPACE, needs=STORE):
        _space(report, shutil.disk_usage(path.parent).free)


def _problem_of(path: Path, timeout: float) -> str | None:
    """Return why a SQLite file can't be used; a bot running on it is no reason."""
    if not path.parent.is_dir():
        return f"the folder {path.parent} doesn't exist"
    if problem := _closed(path):
        return problem
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path, timeout=timeout)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        return f"{path} can't be written ({error})"
    return None


def _closed(path: Path) -> str | None:
    """Name the first file this user can't write, such as one left by a bot that another user started."""
    side_files = [Path(f"{path}{ending}") for ending in SIDE_FILES]
    for each in (path.parent, path, *side_files):
        if each.exists() and not os.access(each, os.R_OK | os.W_OK):
            return f"this user can't write {each}, which belongs to {_owner(each)}"
    return None


def _owner(path: Path) -> str:
    try:
        return path.owner()
    except KeyError:  # a user from another machine or container
        return f"user {path.stat().st_uid}"


def _space(report: Report, free: int) -> None:
    found = f"{free // 1024**2} MiB"
    if free < ENOUGH:
        advice = f"Free up space, or lower KEEP_DAYS. At least {ENOUGH // 1024**2} MiB should be free."
        report.bad(SPACE, found, advice)
    else:
        report.good(SPACE, found)
