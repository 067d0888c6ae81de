"""Adding contacts, as people do it: from each way in to the contacts in the list."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.views.card import ADD_CONTACTS
from bot.views.contacts import ADD_FROM_FILE, CHOOSE_FILE, SHOW_PREVIEW
from bot.views.preview import CHANGE_COLUMNS, SEND_PROBLEMS
from bot.views.rows import MENU
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.contacts.adding import Adding
from tests.jobs.filled import file_of, phones
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story, opened_home

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process, pytest.mark.timeout(60)]

PROBLEMS = b"Name,Phone\nAda,+493090182001\nGrace,12\nEdsger,+493090182003\nBarbara,+493090182001\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that sends two contacts in a call."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK, contacts_per_call=2) as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def adding(story: Story) -> Adding:
    """Return a story whose list exists."""
    return await Adding(story).created()


class TestWaysIn:
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

        await adding.until("There's no file in that message.")


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

        await adding.story.lead.choose(home, MENU, f"add:{adding.list_id}")
        adding.view = await adding.story.lead.view()
        await adding.until("To ")
        await adding.chosen()

        assert "5 rows: 5 ready" in await adding.until("ready")


class TestForm:
    """What may be wrong in the form."""

    @pytest.mark.parametrize(("typed", "is_known"), [("DE", True), ("+49", True), ("xx", False)])
    async def test_country(self, adding: Adding, typed: str, *, is_known: bool) -> None:
        """Two letters or a dialing code."""
        await adding.opened()

        await adding.chosen(b"Phone\n030 901820\n", country=typed)

        assert ("country" in adding.view.errors) is not is_known
        if is_known:
            assert "1 row: 1 ready" in await adding.until("ready")

    async def test_no_country(self, adding: Adding) -> None:
        """Without one, a number without + is a problem that says so, and there is nothing to add."""
        shown = await adding.previewed(b"Phone\n030 901820\n")

        assert "0 ready, 1 problem" in shown
        assert "None of the rows can be added as they are." in shown


class TestPreview:
    """What is in the file."""

    async def test_problems(self, adding: Adding) -> None:
        """What won't be added and why; what repeats; where each column goes, with a masked example."""
        shown = await adding.previewed(PROBLEMS)

        assert "4 rows: 2 ready, 1 problem, 1 repeated in the file" in shown
        assert "Row 3:" in shown
        assert "Phone → Phone number (+49•••01)" in shown
        assert "Grace" not in shown
        assert "Add 2 contacts" in shown

    async def test_report(self, adding: Adding) -> None:
        """The problem rows come as a file, to the person alone."""
        await adding.previewed(PROBLEMS)

        await adding.story.lead.press(adding.view, SEND_PROBLEMS)

        await adding.until("I sent you the problem rows in a direct message.")
        sent = [each for each in adding.story.lead.sees("DM") if each.files][-1].files[0]
        assert sent.name == "problem-rows.csv"
        assert b"Grace" in sent.content

    async def test_columns(self, adding: Adding) -> None:
        """Another column has the phone numbers; the other one is left out."""
        await adding.previewed(b"Mobile,Landline\n+491701234567,+493090182001\n")

        await adding.story.lead.press(adding.view, CHANGE_COLUMNS)
        await adding.until("Match the columns")
        await adding.story.lead.submit(adding.view, {"column-0": "leave_out", "column-1": "phoneNumber"})
        await adding.until("ready")
        await adding.confirmed()

        assert adding.there == ["+493090182001"]

    @pytest.mark.parametrize(
        ("choices", "wrong"),
        [
            ({"column-0": "leave_out", "column-1": "keep"}, "column-0"),
            ({"column-0": "phoneNumber", "column-1": "phoneNumber"}, "column-1"),
        ],
        ids=["no phone", "two phones"],
    )
    async def test_wrong_columns(self, adding: Adding, choices: dict[str, str], wrong: str) -> None:
        """One column has the phone numbers, and no more than one."""
        await adding.previewed(b"Mobile,Landline\n+491701234567,+493090182001\n")
        await adding.story.lead.press(adding.view, CHANGE_COLUMNS)
        await adding.until("Match the columns")

        await adding.story.lead.submit(adding.view, choices)

        assert list(adding.view.errors) == [wrong]

    async def test_in_use(self, adding: Adding) -> None:
        """A campaign uses the list: people may be called."""
        adding.story.scene.kore.lists[adding.list_id]["campaignInUse"] = [{"id": "cd-1", "name": "Spring"}]

        assert "people you add might be called right away" in await adding.previewed()


class TestTrouble:
    """What goes wrong on the way, and how it goes on."""

    async def test_deleted(self, adding: Adding) -> None:
        """The file is gone: another one may be chosen for the same list."""
        await adding.previewed()
        file = [*adding.story.scene.slack.workspace.files.values()][-1]
        file.is_deleted = True

        await adding.story.lead.press(adding.view, CHOOSE_FILE)
        await adding.until("CSV or Excel file")
        await adding.chosen(file_of(4))

        assert "4 rows: 4 ready" in await adding.until("ready")

    @pytest.mark.parametrize(
        ("trap", "code", "sentence"),
        [
            ("login_page", "no_access", "I'm not allowed to read files here yet."),
            ("login_redirect", "no_access", "I'm not allowed to read files here yet."),
            ("not_shared", "not_shared", "I can't see that file."),
            ("not_visible", "not_shared", "I can't see that file."),
            ("elsewhere", "elsewhere", "That file isn't stored in Slack."),
            ("deleted", "deleted", "That file was deleted."),
            ("gone", "deleted", "That file was deleted."),
        ],
    )
    async def test_not_fetched(self, adding: Adding, trap: str, code: str, sentence: str) -> None:
        """Each reason is told by its own sentence and in the log; once it is mended, it goes on."""
        await adding.opened()
        adding.story.scene.slack.workspace.file_trap = trap

        with capture_logs() as lines:
            await adding.chosen()
            await adding.until(sentence)
        adding.story.scene.slack.clear_faults()
        await adding.story.lead.press(adding.view, SHOW_PREVIEW)

        assert [each["error"] for each in lines if each["event"] == "file_not_fetched"] == [code]
        assert "5 rows: 5 ready" in await adding.until("ready")

    async def test_stub(self, adding: Adding) -> None:
        """A file of which the form knows nothing but its id is read like any other."""
        adding.story.scene.slack.workspace.file_trap = "stub"

        assert "5 rows: 5 ready" in await adding.previewed()

    async def test_not_readable(self, adding: Adding) -> None:
        """What is no Excel file."""
        await adding.opened()

        await adding.chosen(b"nothing", "people.xlsx")

        await adding.until("Choose another file")

    async def test_slack_away(self, adding: Adding) -> None:
        """Slack does not tell what the file is; a moment later it does."""
        await adding.opened()
        adding.story.scene.slack.fault("files.info", Fault(status=500))

        await adding.chosen()
        await adding.until("Slack didn't send me the file.")
        await adding.story.lead.press(adding.view, SHOW_PREVIEW)

        assert "5 rows: 5 ready" in await adding.until("ready")

    async def test_shared_name(self, adding: Adding) -> None:
        """Another list got the name, which is all that Kore.ai goes by."""
        await adding.previewed()
        adding.story.scene.kore.put(adding.story.name.upper())

        assert "Another list has this name too" in await adding.confirmed()

    async def test_deleted_list(self, adding: Adding) -> None:
        """The list is deleted after the preview: nothing is sent."""
        await adding.previewed()
        del adding.story.scene.kore.lists[adding.list_id]

        assert "This list isn't in Kore.ai anymore" in await adding.confirmed()
