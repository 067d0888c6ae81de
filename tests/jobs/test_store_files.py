"""The files of the SQLite store: nobody else reads them, and one process uses them, by whatever path."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.errors import StartError
from bot.jobs.engine import open_store, sole_use
from bot.settings import Settings


def at(settings: Settings, path: Path) -> Settings:
    """Return settings with a store at a path."""
    return settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{path}")})


def modes(folder: Path) -> dict[str, int]:
    """Return the rights on each file."""
    return {each.name: each.stat().st_mode & 0o777 for each in folder.iterdir()}


def test_private(settings: Settings, tmp_path: Path) -> None:
    """The store, its journal and its lock are readable for their owner alone, whatever the umask says."""
    mine = at(settings, tmp_path / "jobs.db")
    before = os.umask(0)
    try:
        with sole_use(mine):
            store = open_store(mine)
            with store.begin() as connection:
                connection.exec_driver_sql("CREATE TABLE x (y)")
                names = {"jobs.db", "jobs.db.lock", "jobs.db-wal", "jobs.db-shm"}
                assert modes(tmp_path) == dict.fromkeys(names, 0o600)
            store.dispose()
    finally:
        os.umask(before)


def test_made_private(settings: Settings, tmp_path: Path) -> None:
    """A store that an earlier version, or a copy, left open to others is closed to them."""
    names = ("jobs.db", "jobs.db.lock", "jobs.db-wal", "jobs.db-shm")
    for name in names:  # a process that was killed leaves the last two
        (tmp_path / name).touch(mode=0o644)
    with sole_use(at(settings, tmp_path / "jobs.db")):
        assert modes(tmp_path) == dict.fromkeys(names, 0o600)


def test_one_by_any_path(settings: Settings, tmp_path: Path) -> None:
    """A link to the store, or to its folder, leads to the same lock."""
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "link.db").symlink_to(folder / "jobs.db")
    (tmp_path / "other").symlink_to(folder)
    with sole_use(at(settings, folder / "jobs.db")):
        for path in (tmp_path / "link.db", tmp_path / "other" / "jobs.db"):
            with pytest.raises(StartError, match="Another process"), sole_use(at(settings, path)):
                pass


def test_no_database(settings: Settings, tmp_path: Path) -> None:
    """A file that is something else is not taken for a store."""
    (tmp_path / "jobs.db").write_text("Something else. " * 100)
    with pytest.raises(StartError, match="can't be used"):
        open_store(at(settings, tmp_path / "jobs.db"))
