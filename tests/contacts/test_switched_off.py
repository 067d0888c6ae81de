"""ADD_CONTACTS=off: nothing offers to add contacts, and what was posted before says why it does nothing."""

import pytest

from bot.app import Application
from bot.views import rows
from bot.views.contacts import ADD_FROM_FILE, SWITCHED_OFF
from tests.contacts.adding import Adding
from tests.jobs.filled import file_of
from tests.quick import QUICK
from tests.stages import stage
from tests.story import CAMPAIGNS, FAST, Story

pytestmark = pytest.mark.process


async def test_switched_off() -> None:
    """No button, no verb, no line of help; the shortcut of the menu, which Slack still shows, says so."""
    async with stage(rate_per_minute=FAST, timing=QUICK, add_contacts="off") as scene:
        story = Story(scene)
        result, _ = await story.submit()
        summary = await story.told(CAMPAIGNS)
        await story.ended(result)
        assert "Add contacts" not in result.text + story.read(summary)

        await story.lead.command("help")
        assert "from a file" not in story.read(story.lead.sees(CAMPAIGNS)[-1])

        await story.lead.command("add July")
        form = await story.lead.view()
        assert form.text.startswith("New contact list")
        assert "Name: add July" in form.text

        message = story.lead.write(CAMPAIGNS, "For tomorrow", {"people.csv": file_of(3)})
        await story.lead.message_shortcut(message, ADD_FROM_FILE)
        await story.lead.until(lambda: any(SWITCHED_OFF in each.text for each in story.lead.sees(CAMPAIGNS)))


async def test_older_messages_and_forms() -> None:
    """What was shown before it was switched off says so: a row's menu, a form with a file, a preview."""
    async with stage(rate_per_minute=FAST, timing=QUICK) as scene:
        adding = await Adding(Story(scene)).created()
        lead = adding.story.lead
        await lead.command("list")
        await lead.until(lambda: "1 contact list:" in lead.sees(CAMPAIGNS)[-1].text)
        listed = lead.sees(CAMPAIGNS)[-1]
        await adding.previewed()
        preview = adding.view
        form = await adding.opened()
        lead.attach(form, "file", "people.csv", file_of(5))

        await scene.bot.__aexit__()
        settings = scene.settings.model_copy(update={"add_contacts": "off"})
        async with Application(settings, timing=QUICK) as bot:
            scene.slack.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            await lead.submit(form)
            await lead.submit(preview)
            await lead.choose(listed, rows.MENU, f"{rows.ADD}:{adding.list_id}")
            await lead.until(lambda: any(SWITCHED_OFF in each.text for each in lead.sees(CAMPAIGNS)))

        assert form.errors == {"file": SWITCHED_OFF}
        assert SWITCHED_OFF in preview.text
        assert adding.there == []
