"""What goes wrong between the form and the confirmed import, and how it goes on."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from bot.contacts import flow
from bot.views import contacts as views
from bot.views.contacts import CHOOSE_FILE, SHOW_PREVIEW
from sandbox.demo import Stage
from sandbox.slack.traffic import Fault
from tests.contacts.adding import Adding
from tests.jobs.filled import file_of
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.process]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run a bot that sends two contacts in a call."""
    async with stage(rate_per_minute=FAST, kore_timeout=0.5, timing=QUICK, contacts_per_call=2) as running:
        yield running


class TestFaultOfOurs:
    """A bug behind a form is a sentence that the person sees, and the log has its code."""

    async def test_in_the_form(self, adding: Adding, monkeypatch: pytest.MonkeyPatch) -> None:
        """It stands under the first field, and the file stays chosen."""
        await adding.opened()
        monkeypatch.setattr(views, "read_file_form", lambda _: 1 / 0)

        with capture_logs() as lines:
            ack = await adding.chosen()

        (code,) = [each["reference"] for each in lines if each["event"] == "handler_failed"]
        assert ack.error is None
        assert list(adding.view.errors) == ["file"]
        assert adding.view.errors["file"].endswith(f"this code: {code}.")

    async def test_without_a_field(self, adding: Adding, monkeypatch: pytest.MonkeyPatch) -> None:
        """A preview has no field, so the sentence takes its place."""
        await adding.previewed()
        monkeypatch.setattr(flow, "_import_of", lambda *_, **__: 1 / 0)

        ack = await adding.story.lead.submit(adding.view)

        assert ack.error is None
        assert "Something went wrong partway." in adding.view.text


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
