"""What the tests of whole stories share: the real bot between the sandbox's two servers."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
import pytest_asyncio
import structlog
from dbos import DBOS
from hypothesis import HealthCheck
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from bot.jobs.contract import CALL_KORE, NOTIFY, OPEN, SLOT
from bot.settings import Settings
from sandbox.demo import Stage, stage
from sandbox.kore.server import Call
from sandbox.slack.delivery import Ack
from sandbox.slack.people import Person
from sandbox.slack.workspace import Message, View
from tests.quick import QUICK

for _name in [each for each in os.environ if each.lower().endswith("_proxy")]:
    del os.environ[_name]  # nothing here is behind the proxy that this machine may have

CAMPAIGNS = "C0CAMPAIGN"
GENERAL = "C0GENERAL"
PRIVATE = "C0PRIVATE"
FAST = 60_000
"""An account limit that no test meets by accident."""
PLAIN_LOGS: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
]
"""How tests write what the bot logs: structlog's own way draws tracebacks for seconds, while Slack waits."""
structlog.configure(processors=PLAIN_LOGS)

settings_of_hypothesis.register_profile(
    "adapter",
    max_examples=int(os.environ.get("CASES", "10000" if "CI" in os.environ else "400")) // 2,  # of each kind
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--rounds`: how often the chaos tests kill the bot."""
    parser.addoption("--rounds", type=int, default=5, help="how often the chaos tests kill the bot")


@pytest.hookimpl(trylast=True)  # Hypothesis wants none of its work done earlier
def pytest_sessionstart(session: pytest.Session) -> None:
    """Have Hypothesis make its table of characters once, before the workers start and no test's time counts.

    A new checkout has none; each worker would make it, within a test, for longer than a test may take.
    """
    if not hasattr(session.config, "workerinput"):
        st.text().validate()


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """Undo what a test's `configure_logging` does to the whole process."""
    root, dbos = logging.getLogger(), logging.getLogger("dbos")
    before = root.handlers[:], root.level, dbos.handlers[:]
    yield
    root.handlers[:], level, dbos.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.configure(processors=PLAIN_LOGS)


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=["http", "socket"])
async def scene(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """Run the bot for one module of tests, once in each mode."""
    async with stage(socket_mode=request.param == "socket", rate_per_minute=FAST, timing=QUICK) as running:
        yield running


@dataclass
class Story:
    """One test's own list, told by its name, in a workspace that other tests use too."""

    scene: Stage
    name: str = field(default_factory=lambda: f"List {uuid4().hex[:12]}")
    description: str = "For the renewal calls."

    @property
    def lead(self) -> Person:
        """Return the person who uses the bot."""
        return Person(self.scene.slack, "U0LEAD")

    @property
    def calls(self) -> list[Call]:
        """Return the create calls for this list."""
        return [
            call
            for call in self.scene.kore.calls
            if call.operation == "create"
            and isinstance(call.body, dict)
            and call.body.get("name") == self.name
        ]

    async def form(self, *, channel: str = CAMPAIGNS) -> View:
        """Type the command and return the form that opens."""
        await self.lead.command(self.name, channel=channel)
        return await self.lead.view()

    async def submit(self, *, channel: str = CAMPAIGNS, **values: str | list[str] | None) -> tuple[View, Ack]:
        """Type the command, fill in the form, press the button; again if the form warns of the same name."""
        view = await self.form(channel=channel)
        ack = await self.lead.submit(view, {"description": self.description, **values})
        if "There is a list of this name already" in view.errors.get("name", ""):
            ack = await self.lead.submit(view)
        return view, ack

    async def told(self, channel: str, *, person: Person | None = None, count: int = 1) -> Message:
        """Wait for a message about this list that the person can read there; the newest of `count`."""
        reader = person or self.lead

        def about_this() -> list[Message]:
            return [message for message in reader.sees(channel) if self.name in self.read(message)]

        await reader.until(lambda: len(about_this()) >= count)
        return about_this()[-1]

    async def ended(self, view: View) -> str:
        """Wait until the form shows how it ended, and return what it says."""
        await self.lead.until(lambda: view.title not in {"New contact list", "Creating…"})
        return view.text

    def read(self, message: Message) -> str:
        """Return a message as people read it, its fallback text included."""
        return f"{self.scene.slack.workspace.read(message.payload)}\n{message.text}"


@pytest_asyncio.fixture(loop_scope="module")
async def story(scene: Stage) -> AsyncIterator[Story]:
    """Tell a story with a list of its own, up to the end of its jobs."""
    yield Story(scene)
    scene.kore.clear_faults()
    scene.slack.clear_faults()
    async with asyncio.timeout(8):
        await nothing_open()


async def nothing_open() -> None:
    """Wait until no job is open; a claim is one that waits for days."""
    jobs = [CALL_KORE, NOTIFY, SLOT]
    while await DBOS.list_workflows_async(name=jobs, status=list(OPEN)):  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(0.02)


@pytest.fixture
def settings() -> Settings:
    """Return a complete configuration that points nowhere."""
    return Settings.explicit(
        slack_bot_token="xoxb-made-up",
        slack_signing_secret="made-up-signing-secret",
        kore_stream_id="st-made-up",
        kore_account_id="0123456789abcdef01234567",
        kore_client_id="cs-made-up",
        kore_client_secret="made-up-client-secret",
    )
