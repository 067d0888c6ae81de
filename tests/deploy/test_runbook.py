"""The runbook: what it sends people to is there, and its SQL does what it says."""

import re
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import pytest

from tests.deploy.promql import ROOT
from tests.jobs.killed import database_url
from tests.stages import stage
from tests.story import Story

__all__ = ["database_url"]

RUNBOOK = (ROOT / "docs/runbook.md").read_text()
PAGES = "".join((ROOT / f"docs/{name}.md").read_text() for name in ("metrics", "operations", "settings"))
OF_SLACK = {
    "channel_not_found",
    "is_archived",
    "missing_scope",
    "not_allowed_token_type",
    "operation_timeout",
}
OTHERS = {"max_connections", "messages_tab_disabled", "pg_stat_activity"}
PERSON = "U0LEAD"


def test_names_exist() -> None:
    """A metric, an event of the log, a reason or a setting that it names is on the page about these."""
    named = set(re.findall(r"`([a-z]+(?:_[a-z]+)+|[A-Z]+(?:_[A-Z]+)+)[=`]", RUNBOOK)) - OF_SLACK - OTHERS
    assert len(named) > 30
    assert sorted(name for name in named if name not in PAGES) == []


@pytest.mark.slow
@pytest.mark.process
async def test_forget(database_url: str) -> None:
    """What a person submitted, and what went wrong for them, is gone, and what others did is not."""
    async with stage(database_url=database_url) as scene:
        good, bad = Story(scene), Story(scene)
        await good.ended((await good.submit())[0])
        scene.kore.fault("server_error")
        await bad.ended((await bad.submit())[0])
    assert PERSON in _content(database_url)

    (sql,) = re.findall(r"```sql\n(.*?)```", RUNBOOK, re.DOTALL)
    _carry_out(database_url, sql.replace("U0123ABCD", "U0OTHER"))
    assert PERSON in _content(database_url)
    _carry_out(database_url, sql.replace("U0123ABCD", PERSON))

    assert PERSON not in _content(database_url)


def _carry_out(store: str, sql: str) -> None:
    if store.startswith("sqlite"):
        with closing(sqlite3.connect(store.removeprefix("sqlite:///"), isolation_level=None)) as connection:
            connection.executescript(sql)
        return
    command = ["psql", "--quiet", "--set=ON_ERROR_STOP=1", store]
    subprocess.run(command, input=f"SET search_path TO dbos;\n{sql}", text=True, check=True)  # noqa: S603


def _content(store: str) -> str:
    """Return all that there is of a store, also what is deleted but still in the file."""
    if store.startswith("sqlite"):
        path = Path(store.removeprefix("sqlite:///"))
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes().decode(errors="replace")
    dumped = subprocess.run(["pg_dump", "--data-only", store], capture_output=True, text=True, check=True)  # noqa: S603, S607
    return dumped.stdout
