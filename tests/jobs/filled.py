"""A list that a test fills: made in a form, with a file that the lead has uploaded."""

import csv
import io
import time
from dataclasses import dataclass
from typing import Self

from bot.contact_file import ReadOptions
from bot.contact_import import ContactImport, Rows
from bot.contacts.file import read_file
from bot.jobs.contract import import_call_id, import_id, import_notification_id
from bot.jobs.import_workflows import Imports
from bot.jobs.notifying import ImportNotification
from bot.models import Origin
from sandbox.slack.files import upload
from sandbox.slack.workspace import File, View
from tests.story import CAMPAIGNS, Story

NAMES = ("Ada", "Grace", "Edsger", "Barbara", "Donald", "Margaret", "Alan")
CHUNK = 2


def phones(count: int) -> list[str]:
    """Return phone numbers as they are sent."""
    return [f"+4930901820{number:02}" for number in range(count)]


def file_of(count: int) -> bytes:
    """Write a file with that many contacts."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["First name", "Phone"])
    rows.writerows([NAMES[number % len(NAMES)], phone] for number, phone in enumerate(phones(count)))
    return text.getvalue().encode()


@dataclass
class Filled:
    """The list, the view in which its import was confirmed, and the import."""

    story: Story
    view: View
    list_id: str
    file: File
    importing: ContactImport

    @classmethod
    async def of(cls, story: Story, count: int = 5, *, channel: str = CAMPAIGNS) -> Self:
        """Make a list, and all that its import needs; two contacts go in a call."""
        view, _ = await story.submit(duplicates=["allow"])
        await story.told(CAMPAIGNS)
        await story.ended(view)
        ids = [key for key, each in story.scene.kore.lists.items() if each["name"] == story.name]
        file = upload(story.scene.slack.workspace, "U0LEAD", "people.csv", file_of(count), in_form=True)
        read = read_file(file.content, file.name, ReadOptions(), {})
        importing = ContactImport(
            key=f"{view.id}-import",
            origin=Origin(user_id="U0LEAD", channel_id=channel, view_id=view.id),
            list_id=ids[0],
            list_name=story.name,
            rows=Rows(
                file_id=file.id, options=ReadOptions(), digest=read.preview.digest, count=read.preview.ready
            ),
            chunk_size=CHUNK,
            reference="f00d",
            confirmed_at=time.time(),
        )
        return cls(story, view, ids[0], file, importing)

    @property
    def there(self) -> list[object]:
        """The phone numbers in the list, in the order in which they got there."""
        return [each["phoneNumber"] for each in self.story.scene.kore.contacts(self.list_id)]

    @property
    def sent(self) -> int:
        """How many calls have tried to add contacts to this list."""
        calls = self.story.scene.kore.calls
        return sum(
            call.operation == "add_contacts"
            and isinstance(call.body, dict)
            and call.body.get("contact_list_name") == self.story.name
            for call in calls
        )

    async def start(self) -> bool:
        """Start the import as the flow does."""
        return await Imports.running.start(self.importing)

    async def waiting(self) -> ImportNotification:
        """Return what the person was asked to decide."""
        numbers = range(3, 20)
        an_import = import_id(self.list_id, 1, self.importing.key)
        jobs = [import_notification_id(import_call_id(an_import, number)) for number in numbers]
        found = [each for job in jobs if (each := await Imports.running.undecided(job))]
        return found[-1]

    async def ended(self, *titles: str) -> str:
        """Wait until the view shows an end, or one of some titles, and return what it says."""
        wanted = titles or ("Contacts added", "Contacts sent", "No contacts added", "Stopped partway")
        await self.story.lead.until(lambda: self.view.title in wanted)
        return self.view.text
