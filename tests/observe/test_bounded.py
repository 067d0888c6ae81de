"""What comes again and again is written a few times, and no more."""

import io
import logging
from contextlib import redirect_stderr

import aiohttp
import pytest

from bot.observe.bounded import LINES, PERIOD, Bounded
from bot.observe.logs import configure_logging
from sandbox.demo import stage
from tests.quick import QUICK

MANY = 3 * LINES


@pytest.mark.slow
async def test_refusals() -> None:
    """Refusals of one kind leave a few lines, others have theirs, and the metrics count all."""
    written = io.StringIO()
    with redirect_stderr(written):
        async with stage(timing=QUICK, before=configure_logging, log_format="json") as scene:
            url = f"http://127.0.0.1:{scene.bot.port}"
            async with aiohttp.ClientSession() as session:
                for _ in range(MANY):
                    async with session.post(f"{url}/slack/events", data=b"x") as answer:
                        assert answer.status == 401
                async with session.post(f"{url}/slack/events", data=io.BytesIO(b"x" * 2**21)) as answer:
                    assert answer.status == 413
                async with session.get(f"{url}/metrics") as answer:
                    counted = await answer.text()

    assert written.getvalue().count("bad_signature") == LINES
    assert written.getvalue().count("too_large") == 1
    assert f'contactlist_refusals_total{{reason="bad_signature"}} {MANY}.0' in counted


@pytest.mark.parametrize(
    ("logger", "text"),
    [
        ("asyncio", "socket.accept() out of system resource\nsocket: <asyncio.TransportSocket fd=6>"),
        ("aiohttp.server", "Error handling request from %s"),
        ("dbos", "Exception encountered in queue thread for kore-calls: too many connections"),
        ("dbos", "Exception polling schedules: Traceback (most recent call last):"),
        ("dbos", "Database connection failed: (psycopg.OperationalError) connection failed"),
    ],
)
def test_libraries(logger: str, text: str) -> None:
    """Connections that cannot be accepted, what is not HTTP, and each poll of a store that is away."""
    bounded = Bounded()

    def write(*, at: float, what: str = text) -> bool:
        return bounded.filter(logging.makeLogRecord({"name": logger, "msg": what, "created": at}))

    assert [write(at=0) for _ in range(MANY)].count(True) == LINES
    assert write(at=0, what="Task exception was never retrieved")
    assert write(at=PERIOD)
