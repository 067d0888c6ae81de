"""Into the store: what is saved at the same moment shares one commit.

A save waits only for the commit before it, however many people press at once, and tells whether it was the
first under its id.

Source: https://docs.dbos.dev/python/reference/client
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dbos import DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions
from dbos import error as dbos_error
from sqlalchemy import Engine

from bot.jobs.engine import JOB_VERSION, NAME, SAVE_WITHIN

TOGETHER = 100
"""Jobs in one commit."""

Json = dict[str, Any]


@dataclass(frozen=True)
class _Saving:
    options: EnqueueOptions
    saved: Json | str
    is_first: asyncio.Future[bool]


class Intake:
    """Saves jobs for the engine; `database` is open to the engine's own store."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._client = DBOSClient(
            system_database_engine=database,
            serializer=DBOSPortableJSONSerializer(),
            application_name=NAME,
            lazy=True,
            retry_connection_errors=False,
        )
        self._arrived: list[_Saving] = []
        self._committing: asyncio.Task[None] | None = None
        self._commits: set[asyncio.Task[None]] = set()

    async def save(
        self,
        workflow: str,
        *,
        queue: str,
        under: str,
        saved: Json | str,
        priority: int = 0,
        pause: float = 0,
    ) -> bool:
        """Save a job under an id for ever, to begin after `pause` seconds; tells whether it is the first one.

        Raises `EngineError`. Whoever stops waiting may have saved it all the same: saving again is safe.
        """
        options: EnqueueOptions = {
            "workflow_name": workflow,
            "queue_name": queue,
            "workflow_id": under,
            "workflow_id_reuse_policy": "reject",
            "app_version": JOB_VERSION,
        }
        if priority:
            options["priority"] = priority
        if pause:
            options["delay_seconds"] = pause
        saving = _Saving(options, saved, asyncio.get_running_loop().create_future())
        self._arrived.append(saving)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        return await saving.is_first

    def close(self) -> None:
        """Let go of the database."""
        self._client.destroy()
        self._database.dispose()

    async def _commit_all(self) -> None:
        """Commit until nothing is left; a commit that hangs does not keep the next ones waiting."""
        while self._arrived:
            together, self._arrived = self._arrived[:TOGETHER], self._arrived[TOGETHER:]
            still_wanted = [each for each in together if not each.is_first.done()]
            commit = asyncio.create_task(self._commit(still_wanted))
            self._commits.add(commit)
            commit.add_done_callback(self._commits.discard)
            await asyncio.wait({commit}, timeout=SAVE_WITHIN)
        self._committing = None

    async def _commit(self, together: Sequence[_Saving]) -> None:
        try:
            firsts = await asyncio.to_thread(self._write, together)
        except Exception as error:  # noqa: BLE001 - it is raised again by each who waits
            for each in together:
                if not each.is_first.done():
                    each.is_first.set_exception(error)
        else:
            for each, is_first in zip(together, firsts, strict=True):
                if not each.is_first.done():
                    each.is_first.set_result(is_first)

    def _write(self, together: Sequence[_Saving]) -> list[bool]:
        firsts = []
        with self._database.begin() as connection:
            for each in together:
                try:
                    self._client.enqueue_in_transaction(connection, each.options, each.saved)
                    firsts.append(True)
                except dbos_error.DBOSWorkflowIDInUseError:
                    firsts.append(False)
        return firsts
