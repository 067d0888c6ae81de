"""The ways to a file of contacts: each leads to the same form, and from it to the contacts in the list."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.views.card import ADD_CONTACTS
from bot.views.contacts import ADD_FROM_FILE
from bot.views.rows import MENU
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.contacts.adding import Adding
from tests.jobs.filled import file_of, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story, opened_home

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that sends two contacts in a call."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK, contacts_per_call=2) as running:
        yield running


class TestEntryPoints:
    """Each leads to the same form."""

    async def test_command(self, adding: Adding) -> None:
        """`/contactlist add NAME`: the whole story, to the last contact."""
        shown = await adding.previewed()

        assert "5 rows: 5 ready" in shown
        assert "Added 5 contacts. The list has 5 contacts now" in await adding.confirmed()
        assert adding.there == phones(5)

    async def test_summary(self, adding: Adding) -> None:
        """*Add contacts*, under the summary."""
        summary = await adding.story.told(CAMPAIGNS)

        await adding.story.lead.press(summary, ADD_CONTACTS)
        adding.view = await adding.story.lead.view()

        assert f"To {adding.story.name} (0 contacts now)" in await adding.until("To ")

    async def test_menu(self, adding: Adding) -> None:
        """*Add contacts*, in the menu of a row."""
        await adding.story.lead.command(f"list {adding.story.name}")
        page = await adding.story.told(CAMPAIGNS, count=2)

        await adding.story.lead.choose(page, MENU, f"add:{adding.list_id}")
        adding.view = await adding.story.lead.view()

        assert adding.story.name in await adding.until("To ")

    async def test_details(self, adding: Adding) -> None:
        """*Add contacts*, under the details: over them."""
        await adding.story.lead.command(f"show {adding.story.name}")
        details = await adding.story.lead.view()
        await adding.story.lead.until(lambda: "Add contacts" in details.text)

        await adding.story.lead.press(details, ADD_CONTACTS)
        adding.view = await adding.story.lead.view()

        assert adding.story.name in await adding.until("To ")

    async def test_several(self, story: Story) -> None:
        """Words that fit several lists: one is chosen."""
        for each in ("north", "south"):
            await Adding(Story(story.scene, f"{story.name} {each}")).created()
        adding = Adding(story)

        await story.lead.command(f"add {story.name}")
        adding.view = await story.lead.view()
        await adding.until("2 lists match")
        await story.lead.press(adding.view, ADD_CONTACTS)
        adding.view = await story.lead.view()

        assert f"To {story.name}" in await adding.until("To ")

    async def test_nowhere(self, story: Story) -> None:
        """A name that no list has."""
        adding = Adding(story)

        await story.lead.command(f"add {story.name}")
        adding.view = await story.lead.view()

        await adding.until("No list has the name")

    async def test_message(self, adding: Adding) -> None:
        """*Add contacts from file*, on a message that has one: the list is chosen."""
        message = adding.story.lead.write(CAMPAIGNS, "For tomorrow", {"people.csv": file_of(3)})

        await adding.story.lead.message_shortcut(message, ADD_FROM_FILE)
        adding.view = await adding.story.lead.view()
        await adding.until("From people.csv")
        await adding.story.lead.submit(adding.view, {"list": adding.list_id})

        assert "3 rows: 3 ready" in await adding.until("ready")
        assert "Added 3 contacts" in await adding.confirmed()

    async def test_message_of_several(self, adding: Adding) -> None:
        """Of several files in a message the one that has contacts by its name."""
        files = {"photo.png": b"PNG", "people.csv": file_of(3), "more.csv": file_of(1)}
        message = adding.story.lead.write(CAMPAIGNS, "", files)

        await adding.story.lead.message_shortcut(message, ADD_FROM_FILE)
        adding.view = await adding.story.lead.view()

        await adding.until("From people.csv")

    async def test_message_without_file(self, adding: Adding) -> None:
        """The same on a message without one."""
        message = adding.story.lead.write(CAMPAIGNS, "Just words")

        await adding.story.lead.message_shortcut(message, ADD_FROM_FILE)
        adding.view = await adding.story.lead.view()

        await adding.until("There's no file in that message. Choose Add contacts from file on a message")


class TestNotOpened:
    """Slack does not open the form, or there is no such list."""

    @pytest.mark.parametrize("way", ["command", "button", "shortcut"])
    async def test_view_refused(self, adding: Adding, way: str) -> None:
        """The person reads what to do again."""
        lead, slack = adding.story.lead, adding.story.scene.slack
        summary = await adding.story.told(CAMPAIGNS)
        message = lead.write(CAMPAIGNS, "For tomorrow", {"people.csv": file_of(3)})
        before = len(lead.sees(CAMPAIGNS))
        slack.fault("views.open", Fault(error="expired_trigger_id"))

        if way == "command":
            await lead.command(f"add {adding.story.name}")
        elif way == "button":
            await lead.press(summary, ADD_CONTACTS)
        else:
            await lead.message_shortcut(message, ADD_FROM_FILE)

        await lead.until(lambda: len(lead.sees(CAMPAIGNS)) > before)
        assert "Slack couldn't open" in lead.sees(CAMPAIGNS)[-1].text

    async def test_unknown_id(self, story: Story) -> None:
        """An id that Kore.ai does not know."""
        adding = Adding(story)

        await story.lead.command("add cl-made-up-9")
        adding.view = await story.lead.view()

        await adding.until("This list isn't in Kore.ai anymore")

    async def test_filled_elsewhere(self, story: Story) -> None:
        """A list that the API does not fill, by its id: the preview says so."""
        list_id = story.scene.kore.put(f"{story.name} drive", source="localDrive")
        adding = Adding(story)

        await story.lead.command(f"add {list_id}")
        adding.view = await story.lead.view()
        await adding.until("To ")
        await adding.chosen()

        await adding.until("isn't filled through Kore.ai's API")

    async def test_gone_meanwhile(self, adding: Adding) -> None:
        """The list is deleted between its choice from the menu and the preview."""
        message = adding.story.lead.write(CAMPAIGNS, "For tomorrow", {"people.csv": file_of(3)})
        await adding.story.lead.message_shortcut(message, ADD_FROM_FILE)
        adding.view = await adding.story.lead.view()
        await adding.until("From people.csv")
        del adding.story.scene.kore.lists[adding.list_id]

        await adding.story.lead.submit(adding.view, {"list": adding.list_id})

        await adding.until("This list isn't in Kore.ai anymore")

    async def test_home(self, adding: Adding) -> None:
        """From the Home tab, where there is no channel."""
        home = await opened_home(adding.story.lead, adding.story.name)
        await adding.story.lead.until(lambda: f"add:{adding.list_id}" in str(home.payload))  # in its menu

        await adding.story.lead.choose(home, MENU, f"add:{adding.list_id}")
        adding.view = await adding.story.lead.view()
        await adding.until("To ")
        await adding.chosen()

        assert "5 rows: 5 ready" in await adding.until("ready")
