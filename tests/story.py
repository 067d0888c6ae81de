"""A test's own list in a workspace that other tests use too: typed, submitted, heard of."""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from sandbox.demo import Stage
from sandbox.kore.server import Call
from sandbox.slack.delivery import Ack
from sandbox.slack.people import Person
from sandbox.slack.workspace import Message, View

CAMPAIGNS = "C0CAMPAIGN"
GENERAL = "C0GENERAL"
PRIVATE = "C0PRIVATE"
PLACEHOLDER = re.compile(r"{[a-z_]+}")
FAST = 60_000
"""An account limit that no test meets by accident."""


@dataclass
class Story:
    """One test's own list, told by its name, in a workspace that other tests use too."""

    scene: Stage
    name: str = field(default_factory=lambda: f"Renewals {uuid4().hex[:12]}")
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

    @property
    def unfilled(self) -> list[str]:
        """Return the placeholders that someone was shown in place of what belongs there."""
        space = self.scene.slack.workspace
        shown = [each.text for each in [*space.views.values(), *space.homes.values()]]
        shown += [self.read(message) for channel in space.channels.values() for message in channel.messages]
        return [found for text in shown for found in PLACEHOLDER.findall(text)]

    async def form(self, *, channel: str = CAMPAIGNS) -> View:
        """Type the command and return the form that opens."""
        await self.lead.command(self.name, channel=channel)
        return await self.lead.view()

    async def submit(self, *, channel: str = CAMPAIGNS, **values: str | list[str] | None) -> tuple[View, Ack]:
        """Type the command, fill in the form, press the button; again if the form warns of the same name."""
        view = await self.form(channel=channel)
        ack = await self.lead.submit(view, {"description": self.description, **values})
        if "This name is taken" in view.text:
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
        under_way = {"New contact list", "Creating…", "Checking…"}
        await self.lead.until(lambda: view.title not in under_way)
        return view.text

    def read(self, message: Message) -> str:
        """Return a message as people read it, its fallback text included."""
        return f"{self.scene.slack.workspace.read(message.payload)}\n{message.text}"


async def opened_home(person: Person, text: str) -> View:
    """Look at the home until it says so; a look may get what was read for one before it."""
    ack = await person.open_home()
    assert (ack.status, ack.error) == (200, None)
    view = await person.home()
    for _ in range(3):
        with suppress(TimeoutError):
            await person.until(lambda: text in view.text, timeout=2)
            break
        await person.open_home()
    assert text in view.text
    return view
