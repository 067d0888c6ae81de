"""Imports under `kill -9`: no contact lost, none sent twice, everyone told, on both stores.

The person does what the bot's own words advise: where it can't tell, they look at the list in Kore.ai, and
have the rows sent again only if they are not there. `--rounds 25` kills the bot 25 times a store.
"""

import asyncio
import random
import re
import signal
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import pytest

from bot.views.importing import LEAVE_ROWS_OUT, SEND_ROWS_AGAIN
from sandbox.kore.server import Call
from sandbox.slack.workspace import Message, View
from tests.jobs.filled import file_of, phones
from tests.jobs.killed import Scene, database_url, postgresql_url, scene_for

__all__ = ["database_url", "postgresql_url"]

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

FAULTS = (
    *("slow", "drop_before_commit", "drop_after_commit", "server_error_after_commit"),
    *("rate_limited", "timeout_after_commit", "timeout"),
)
PREVIEW, WAITING = "Check the contacts", "Did these arrive?"
ENDS = ("Contacts added", "Contacts sent")
ASKED = re.compile(r"rows (\d+)–(\d+) of the file")


@dataclass
class Import:
    """A list of its own that the person fills, and the view that leads through that."""

    scene: Scene
    contacts: int
    list_id: str = ""
    name: str = field(default_factory=lambda: f"Renewals {uuid4().hex[:12]}")
    view: View = field(init=False)
    sent_again: int = 0

    async def previewed(self) -> "Import":
        """Go on to the preview of a file."""
        self.list_id = self.scene.kore.put(self.name, allowDuplicates=True)
        lead, view = self.scene.lead, None
        while view is None:
            await lead.command(f"add {self.list_id}")
            with suppress(TimeoutError):
                view = await lead.view(timeout=2)
        self.view = view
        await lead.until(lambda: "file" in view.inputs, timeout=90)
        lead.attach(view, "file", "people.csv", file_of(self.contacts))
        await lead.submit(view)
        await lead.until(lambda: view.title == PREVIEW, timeout=90)
        return self

    @property
    def there(self) -> list[object]:
        """The phone numbers in the list."""
        return [each["phoneNumber"] for each in self.scene.kore.contacts(self.list_id)]

    @property
    def calls(self) -> list[Call]:
        """The calls that may have added contacts to the list."""
        return [
            call
            for call in self.scene.kore.calls
            if call.operation == "add_contacts"
            and isinstance(call.body, dict)
            and call.body.get("contact_list_name") == self.name
            and call.fault != "rate_limited"
        ]

    @property
    def messages(self) -> list[Message]:
        """What the person got about it as direct messages."""
        return [each for each in self.scene.lead.sees("DM") if self.name in each.text]

    @property
    def has_ended(self) -> bool:
        """Whether the person has been told how it ended."""
        return self.view.title in ENDS or any(re.search("Added|I sent", each.text) for each in self.messages)

    @property
    def question(self) -> View | Message | None:
        """Where the person is asked what to do: in the view, or if they closed it, in a message."""
        if self.view.state == "open":
            return self.view if self.view.title in {PREVIEW, WAITING} else None
        return next((each for each in self.messages[::-1] if ASKED.search(each.text)), None)

    async def go_on(self) -> None:
        """Do what is asked for: press again after Slack showed trouble, or decide about some rows."""
        asked = self.question
        if self.view.alert and asked is self.view:
            await self.scene.lead.submit(self.view, unchecked=True)
        elif asked and (found := ASKED.search(asked.text)):
            rows = phones(self.contacts)[int(found[1]) - 2 : int(found[2]) - 1]
            have_arrived = set(rows) <= set(self.there)
            self.sent_again += not have_arrived
            await self.scene.lead.press(asked, LEAVE_ROWS_OUT if have_arrived else SEND_ROWS_AGAIN)

    def close(self) -> None:
        """Close the view, unless there is still something to press in it again."""
        if self.view.title != PREVIEW:
            self.scene.lead.close(self.view)


async def end_of(imports: list[Import]) -> None:
    """Do what is asked for until everybody was told how it ended."""
    lead = imports[0].scene.lead
    while not all(each.has_ended for each in imports):
        for each in imports:
            await each.go_on()
        await asyncio.sleep(1)  # or the bot, pressed hundreds of times about the same rows, gets nowhere
        await lead.until(
            lambda: any(each.question for each in imports) or all(each.has_ended for each in imports),
            timeout=90,
        )


async def test_kill_9_in_the_middle(database_url: str, request: pytest.FixtureRequest) -> None:
    """Killed at random, with Kore.ai failing before and after its commit: every contact once, all told."""
    dice = random.Random(20261128)  # noqa: S311 - repeatable, not secret
    imports: list[Import] = []
    async with scene_for(database_url) as scene:
        bot = scene.bot(CONTACTS_PER_CALL="2")
        for _ in range(request.config.getoption("--rounds")):
            await scene.start(bot)
            for each in imports:
                await each.go_on()
            new = [await Import(scene, dice.randint(5, 11)).previewed() for _ in range(dice.randint(1, 2))]
            imports += new
            for fault in dice.sample(FAULTS, dice.randint(0, 2)):
                scene.kore.fault(fault, operation="add_contacts", seconds=0.3)
            pressed = asyncio.gather(*(scene.lead.submit(each.view) for each in new))
            await asyncio.sleep(dice.uniform(0, 2))
            await bot.end(signal.SIGKILL)
            await pressed
            for each in dice.sample(imports, len(imports) // 3):
                each.close()
        await scene.start(bot)
        await end_of(imports)
        assert await bot.end(signal.SIGTERM) == 0
    assert {
        each.name: each.there for each in imports if sorted(map(str, each.there)) != phones(each.contacts)
    } == {}
    assert [each.name for each in imports if len(each.calls) > -(-each.contacts // 2) + each.sent_again] == []
    told = [each.text for each in scene.lead.sees("C0CAMPAIGN")]
    assert [each.name for each in imports if not any(each.name in text for text in told)] == []


async def test_a_replica_that_dies_for_good(postgresql_url: str) -> None:
    """Two processes on one PostgreSQL; one is killed in the middle; the other ends what it began."""
    async with scene_for(postgresql_url) as scene:
        dying, living = (scene.bot(CONTACTS_PER_CALL="2") for _ in range(2))
        await asyncio.gather(living.start(), scene.start(dying))
        imports = [await Import(scene, 9).previewed() for _ in range(3)]
        scene.kore.fault("slow", operation="add_contacts", times=9, seconds=1)
        await asyncio.gather(*(scene.lead.submit(each.view) for each in imports))
        await scene.kore.until(lambda: all(each.calls for each in imports))
        await dying.end(signal.SIGKILL)
        scene.slack.request_url = f"http://127.0.0.1:{living.port}/slack/events"
        await end_of(imports)
        assert await living.end(signal.SIGTERM) == 0
    assert [each.name for each in imports if sorted(map(str, each.there)) != phones(9)] == []
    assert [each.name for each in imports if len(each.calls) > 5 + each.sent_again] == []
