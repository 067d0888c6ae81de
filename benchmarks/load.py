"""The load: people who type and press, as many at a time as asked, through kept connections."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.durability import Trouble
from benchmarks.remote import Remote
from benchmarks.servers import Server
from benchmarks.slack_requests import Press
from benchmarks.wire import Answer, Connection, connect

HTTP_OK = 200
PATIENCE = 30
"""Seconds after which something that was waited for will not come."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A command: its ack, and when its form was open."""

    ack: Answer
    form_at: float

    @property
    def form_milliseconds(self) -> float:
        """From the command to its form."""
        return (self.form_at - self.ack.asked_at) * 1000


@dataclass(frozen=True)
class Rate:
    """What came out of a closed loop."""

    per_second: float
    server_cpu: float
    """Milliseconds of the server's CPU for each."""
    server_share: float
    """How much of its core the server used, 0 to 1: well below 1 something else was at work there."""
    load_share: float
    """How much of its core the load side used, 0 to 1: near 1 it would have been the limit."""


@dataclass
class Load:
    """Everybody who uses one server."""

    server: Server
    remote: Remote
    idle: list[Connection] = field(default_factory=list)

    async def open(self, connections: int) -> None:
        """Open connections before they are needed."""
        while len(self.idle) < connections:
            self.idle.append(await connect(self.server.port))

    async def command(self, press: Press) -> Typed:
        """Type the command; wait for its ack and its form."""
        form = self.remote.form(press.number)
        ack = await self._ask(press)
        return Typed(ack, await form)

    async def submit(self, press: Press) -> Answer:
        """Press *Create list*; wait for the ack, which must turn the form to "Creating…"."""
        answer = await self._ask(press)
        if b'"update"' not in answer.body:
            raise Trouble(f"{self.server.name} did not take a submission: {answer.body[:500]!r}")
        return answer

    async def summary(self, press: Press) -> float:
        """Press *Create list*; the milliseconds until the summary came to the channel."""
        post = self.remote.post(press.number)
        answer = await self.submit(press)
        return (await post - answer.asked_at) * 1000

    async def closely(
        self, presses: Sequence[Press], one: Callable[[Press], Awaitable[object]], *, people: int
    ) -> None:
        """Do all of them, so many at a time."""
        left = iter(presses)

        async def person() -> None:
            for press in left:
                await one(press)

        await _all(person() for _ in range(people))

    async def rate(
        self,
        presses: Sequence[Press],
        one: Callable[[Press], Awaitable[object]],
        *,
        people: int,
        seconds: float,
    ) -> Rate:
        """Do as many as can be done in a time."""
        left, done = iter(presses), 0
        await self.open(people)
        cpu, own_cpu, begin = self.server.cpu(), time.process_time(), time.perf_counter()
        end = begin + seconds

        async def person() -> None:
            nonlocal done
            for press in left:
                await one(press)
                if time.perf_counter() > end:
                    return
                done += 1

        async with asyncio.TaskGroup() as group:
            group.create_task(_all(person() for _ in range(people)))
            await asyncio.sleep(seconds)
            took, own = time.perf_counter() - begin, time.process_time() - own_cpu
            used = self.server.cpu() - cpu
        if next(left, None) is None:
            raise Trouble(
                f"{self.server.name} was faster than the {len(presses)} requests that were made for it"
            )
        return Rate(done / seconds, used * 1000 / max(done, 1), used / took, own / took)

    async def evenly(self, presses: Sequence[Press], *, seconds: float) -> list[Typed]:
        """Type commands at an even pace, whether or not those before were answered."""
        loop = asyncio.get_running_loop()
        begin, pace = loop.time(), seconds / len(presses)

        async def person(number: int, press: Press) -> Typed:
            await asyncio.sleep(begin + number * pace - loop.time())
            return await self.command(press)

        async with asyncio.timeout(PATIENCE):
            return list(await asyncio.gather(*(person(*each) for each in enumerate(presses))))

    async def _ask(self, press: Press) -> Answer:
        connection = self.idle.pop() if self.idle else await connect(self.server.port)
        answer = await connection.ask(press.request)
        self.idle.append(connection)
        if answer.status != HTTP_OK:
            raise Trouble(f"{self.server.name} answered {answer.status}: {answer.body[:500]!r}")
        return answer


async def _all(people: Iterable[Awaitable[None]]) -> None:
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*people)
