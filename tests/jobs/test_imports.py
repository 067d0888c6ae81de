"""Imports, as people and Kore.ai see them: every contact once, whatever goes wrong, and everyone hears."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.jobs.import_resolution import Decision
from bot.jobs.import_workflows import Imports
from bot.views.importing import CHECK_ROWS, LEAVE_ROWS_OUT, SEND_ROWS_AGAIN
from sandbox.demo import Stage
from sandbox.slack.payloads import interaction, pressed
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from tests.jobs.filled import Filled, file_of, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, GENERAL, Story

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that loses its patience with Kore.ai soon."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK) as running:
        yield running


class TestWhole:
    """An import in which nothing goes wrong."""

    async def test_filled(self, story: Story) -> None:
        """All contacts are in the list in their order, and the person reads Kore.ai's own count."""
        filled = await Filled.of(story)

        assert await filled.start()

        assert "Added 5 contacts. The list has 5 contacts now" in await filled.ended()
        assert (filled.there, filled.sent) == (phones(5), 3)

    async def test_summary(self, story: Story) -> None:
        """The channel hears once, in the thread of the summary, whose card has the new count."""
        filled = await Filled.of(story)
        summary = await story.told(CAMPAIGNS)

        await filled.start()
        await filled.ended()

        (told,) = [each for each in story.lead.sees(CAMPAIGNS) if each.thread_ts == summary.ts]
        assert told.text == f"<@U0LEAD> added 5 contacts to {story.name}. It has 5 contacts now."
        assert "5 contacts" in story.read(summary)
        assert summary.edits == 1

    async def test_no_summary(self, story: Story) -> None:
        """Of a list that was not made here, the channel hears by a message of its own."""
        filled = await Filled.of(story)
        list_id = story.scene.kore.put(f"{story.name} by hand")
        changes = {"list_id": list_id, "list_name": f"{story.name} by hand"}
        filled.importing = filled.importing.model_copy(
            update={**changes, "origin": filled.importing.origin.model_copy(update={"channel_id": GENERAL})}
        )

        await filled.start()
        await filled.ended()

        assert "added 5 contacts" in (await story.told(GENERAL)).text

    async def test_nowhere(self, story: Story) -> None:
        """Started where there is no channel, of a list that was not made here: the person alone hears."""
        filled = await Filled.of(story, channel="")
        list_id = story.scene.kore.put(f"{story.name} by hand")
        filled.importing = filled.importing.model_copy(
            update={"list_id": list_id, "list_name": f"{story.name} by hand"}
        )

        await filled.start()

        assert "Added 5 contacts" in await filled.ended()

    async def test_closed_view(self, story: Story) -> None:
        """A person who closed the view hears by direct message."""
        filled = await Filled.of(story)
        story.lead.close(filled.view)

        await filled.start()

        assert "Added 5 contacts" in (await story.told("DM")).text


class TestOnce:
    """No contact twice."""

    async def test_pressed_twice(self, story: Story) -> None:
        """The same press again is the same import, also when it has ended."""
        filled = await Filled.of(story)

        assert await filled.start()
        assert await filled.start()
        await filled.ended()
        assert await filled.start()

        assert (filled.there, filled.sent) == (phones(5), 3)

    async def test_second_import(self, story: Story) -> None:
        """Another import into the list is refused while the first one is under way, and not later."""
        filled = await Filled.of(story)
        second = filled.importing.model_copy(update={"key": "another"})
        story.scene.kore.fault("slow", operation="list", seconds=0.3)

        await filled.start()
        assert not await Imports.running.start(second)
        await filled.ended()
        assert await Imports.running.start(second)
        await story.scene.kore.until(lambda: filled.sent == 6)

    @pytest.mark.parametrize(
        "fault", ["rate_limited", "rate_limited_text", "firewall"], ids=["429", "sentence", "403"]
    )
    async def test_not_accepted(self, story: Story, fault: str) -> None:
        """What Kore.ai certainly did not accept is sent again, or the import stops."""
        filled = await Filled.of(story)
        story.scene.kore.fault(fault, operation="add_contacts")

        await filled.start()
        shown = await filled.ended()

        assert filled.there == (phones(5) if "Added" in shown else [])

    @pytest.mark.parametrize("fault", ["server_error_after_commit", "drop_after_commit", "html_ok", "empty"])
    async def test_arrived(self, story: Story, fault: str) -> None:
        """An unclear answer, and the count has risen: the rest follows."""
        filled = await Filled.of(story)
        story.scene.kore.fault(fault, operation="add_contacts")

        await filled.start()

        assert "Added 5 contacts" in await filled.ended()
        assert (filled.there, filled.sent) == (phones(5), 3)

    async def test_late(self, story: Story) -> None:
        """Contacts get into the list some time after they were accepted."""
        filled = await Filled.of(story)
        story.scene.kore.adding_takes = 0.05
        try:
            await filled.start()
            assert "Added 5 contacts" in await filled.ended()
        finally:
            story.scene.kore.adding_takes = 0

    async def test_accepted_and_lost(self, story: Story) -> None:
        """Kore.ai accepted a chunk and lost it: the end says that it is not confirmed."""
        filled = await Filled.of(story)
        story.scene.kore.fault("accepted_and_lost", operation="add_contacts")

        await filled.start()

        shown = await filled.ended()
        assert "I sent 5 contacts, but I can't confirm that all of them arrived." in shown
        assert "The list had 0 contacts and has 3 now." in shown


class TestDoubt:
    """A chunk of which nobody knows whether it arrived: the person decides."""

    async def doubt(self, story: Story, fault: str = "drop_before_commit") -> Filled:
        """Start an import whose first chunk ends in doubt."""
        filled = await Filled.of(story)
        story.scene.kore.fault(fault, operation="add_contacts")
        await filled.start()
        shown = await filled.ended("Did these arrive?")
        assert "They're rows 2–3 of the file (2 contacts)." in shown
        assert filled.sent == 1
        return filled

    async def test_send_again(self, story: Story) -> None:
        """They go again, and then the rest; no count proves that all is well any more."""
        filled = await self.doubt(story)

        await story.lead.press(filled.view, SEND_ROWS_AGAIN)

        assert "I sent 5 contacts" in await filled.ended()
        assert filled.there == phones(5)

    async def test_skip(self, story: Story) -> None:
        """The rest goes without them."""
        filled = await self.doubt(story)

        await story.lead.press(filled.view, LEAVE_ROWS_OUT)

        assert "Kore.ai didn't answer clearly for 2 of them." in await filled.ended()
        assert filled.there == phones(5)[2:]

    async def test_check_again(self, story: Story) -> None:
        """They have arrived meanwhile: the rest follows, and the count proves it."""
        filled = await Filled.of(story)
        story.scene.kore.adding_takes = 60
        story.scene.kore.fault("server_error_after_commit", operation="add_contacts")
        await filled.start()
        await filled.ended("Did these arrive?")
        story.scene.kore.adding_takes = 0
        story.scene.kore.settle()

        await story.lead.press(filled.view, CHECK_ROWS)

        assert "Added 5 contacts" in await filled.ended()
        assert (filled.there, filled.sent) == (phones(5), 3)

    async def test_anothers_press(self, story: Story) -> None:
        """Nobody else decides about them, whatever they send; the person still can."""
        filled = await self.doubt(story)
        slack, agent = story.scene.slack, Person(story.scene.slack, "U0AGENT")
        (block,) = [each for each in filled.view.payload["blocks"] if each["type"] == "actions"]
        button = next(each for each in block["elements"] if each["action_id"] == SEND_ROWS_AGAIN)
        actions = [pressed(button, block["block_id"], slack.workspace.timestamp())]
        keys = {"trigger_id": slack.triggers.issue("U0AGENT"), "actions": actions}

        await slack.deliver("interactive", interaction(slack.workspace, agent.user, "block_actions", **keys))

        assert "Only the person who started this" in (await agent.view()).text
        assert (filled.view.title, filled.sent) == ("Did these arrive?", 1)
        await story.lead.press(filled.view, LEAVE_ROWS_OUT)
        await filled.ended()
        assert filled.there == phones(5)[2:]

    async def test_first_press_holds(self, story: Story) -> None:
        """Of two decisions about the same rows one holds."""
        filled = await self.doubt(story)
        waiting = await filled.waiting()

        assert await Imports.running.decide(waiting.call, Decision.LEAVE_OUT)
        assert not await Imports.running.decide(waiting.call, Decision.SEND_AGAIN)

        await filled.ended()
        assert filled.there == phones(5)[2:]


class TestStopped:
    """An import that goes no further; nobody is called by mistake."""

    async def test_changed_file(self, story: Story) -> None:
        """The file is another one since the preview: nothing of it is sent."""
        filled = await Filled.of(story)
        filled.file.content = file_of(6)

        await filled.start()

        assert "The file has changed since you saw the preview" in await filled.ended()
        assert filled.sent == 0

    async def test_deleted_file(self, story: Story) -> None:
        """The file is gone."""
        filled = await Filled.of(story)
        filled.file.is_deleted = True

        await filled.start()

        assert "That file was deleted. Upload it again." in await filled.ended()

    async def test_slack_away(self, story: Story) -> None:
        """Slack does not say what the file is for a while: the import waits."""
        filled = await Filled.of(story)
        for _ in range(3):
            story.scene.slack.fault("files.info", Fault(status=500))

        await filled.start()

        assert "Added 5 contacts" in await filled.ended()

    async def test_renamed(self, story: Story) -> None:
        """The list has another name by now."""
        filled = await Filled.of(story)
        story.scene.kore.lists[filled.list_id]["name"] = "Another name"

        await filled.start()

        assert "This list was renamed in Kore.ai" in await filled.ended()
        assert filled.sent == 0

    async def test_refused_halfway(self, story: Story) -> None:
        """Kore.ai refuses the second chunk: the person reads how far it came, and what Kore.ai said."""
        filled = await Filled.of(story)
        story.scene.kore.fault("created_201", operation="add_contacts")
        story.scene.kore.fault("invalid", operation="add_contacts")

        await filled.start()
        shown = await filled.ended()

        assert "2 of 5 contacts were sent, up to row 3." in shown
        assert filled.there == phones(2)

    async def test_nobody_decides(self, story: Story) -> None:
        """A day later, here at once, an import that waits for a decision ends."""
        filled = await TestDoubt().doubt(story)
        waiting = await filled.waiting()

        await Imports.running.decide(waiting.call, Decision.EXPIRE)

        assert "got no answer for a day" in await filled.ended()
        assert "I can't tell whether 2 of them arrived." in filled.view.text
