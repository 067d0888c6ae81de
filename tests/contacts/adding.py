"""What tests do to fill a list, as a person does it in Slack."""

from dataclasses import dataclass, field

from sandbox.slack.delivery import Ack
from sandbox.slack.workspace import View
from tests.jobs.filled import file_of
from tests.story import CAMPAIGNS, Story


@dataclass
class Adding:
    """A story whose list exists, and the view that leads through adding."""

    story: Story
    view: View = field(init=False)
    list_id: str = ""

    async def created(self) -> "Adding":
        """Create the list, and let its summary come."""
        result, _ = await self.story.submit(duplicates=["allow"])
        await self.story.told(CAMPAIGNS)
        await self.story.ended(result)
        self.story.lead.close(result)
        kore = self.story.scene.kore
        (self.list_id,) = [key for key, each in kore.lists.items() if each["name"] == self.story.name]
        return self

    async def opened(self) -> View:
        """Type the command, and wait for the form that asks for a file."""
        await self.story.lead.command(f"add {self.story.name}")
        self.view = await self.story.lead.view()
        await self.until("To ")
        return self.view

    async def chosen(
        self, content: bytes | None = None, name: str = "people.csv", *, country: str = ""
    ) -> Ack:
        """Choose a file, and press *Preview*."""
        self.story.lead.attach(self.view, "file", name, file_of(5) if content is None else content)
        return await self.story.lead.submit(self.view, {"country": country or None})

    async def previewed(self, content: bytes | None = None, name: str = "people.csv", **more: str) -> str:
        """Go on to the preview, and return what it says."""
        await self.opened()
        ack = await self.chosen(content, name, **more)
        assert (ack.status, self.view.errors) == (200, {})
        return await self.until("ready")

    async def until(self, text: str) -> str:
        """Wait until the view says something, and return all that it says."""
        await self.story.lead.until(lambda: text in self.view.text)
        return self.view.text

    async def confirmed(self) -> str:
        """Press *Add N contacts*, and wait for the end."""
        await self.story.lead.submit(self.view)
        await self.story.lead.until(
            lambda: (
                self.view.title in {"Contacts added", "Contacts sent", "No contacts added", "Stopped partway"}
            )
        )
        return self.view.text

    @property
    def there(self) -> list[object]:
        """The phone numbers in the list, in the order in which they got there."""
        return [each["phoneNumber"] for each in self.story.scene.kore.contacts(self.list_id)]
