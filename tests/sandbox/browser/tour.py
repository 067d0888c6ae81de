"""A tour of every view and message of the bot on the page, station by station."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

from sandbox.page.server import Page as Sandbox
from tests.sandbox.browser.acts import close, create, fill_in, message, opened, type_command

MANY = 50
"""Calls that go wrong until the tour goes on."""


@dataclass(frozen=True)
class Tour:
    """One person's way past everything; each part is an iterator over the names of its stations."""

    page: Page
    sandbox: Sandbox

    @property
    def form(self) -> Locator:
        """Return the modal on top."""
        return self.page.get_by_role("dialog")

    async def creating(self) -> AsyncIterator[str]:
        """See help, the form, its errors, the warning, waiting, and the list."""
        await self.page.locator("#message").fill("/con")
        yield "command"
        await type_command(self.page, "help")
        await message(self.page, "Create a list with this name").last.wait_for()
        yield "help"
        await self.type("List of renewals")
        await self.form.get_by_text("Looking for a list instead?").wait_for()
        yield "form-other-reading"
        await self.close()
        form = await fill_in(self.page, "July renewals")
        yield "form"
        await form.get_by_label("Description").fill(" ")
        await self.press("Create list")
        await form.get_by_text("Add a description").wait_for()
        yield "form-error"
        self.fault("slow", "create", seconds=30)
        await form.get_by_label("Description").fill("Whose contract ends in July. We call to renew it.")
        await self.press("Create list")
        await self.titled("Creating…")
        yield "creating"
        await self.titled("Contact list created")
        yield "created"
        await self.close()
        await message(self.page, "July renewals").last.get_by_role("button", name="Details").wait_for()
        yield "summary"
        await create(self.page, "July Renewals")
        await form.get_by_text("This name is taken").wait_for()
        yield "taken-name"
        await self.press("Show")
        await self.form.get_by_text("Show all fields").wait_for()
        yield "taken-name-shown"
        await self.page.keyboard.press("Escape")
        await form.get_by_text("This name is taken").wait_for()
        await self.close()
        self.fault("rate_limited", "create", times=MANY)
        await create(self.page, "Winback August")
        await form.get_by_text("isn't accepting requests right now").wait_for()
        yield "waiting"
        self.sandbox.ends.kore.clear_faults()
        await self.titled("Contact list created")
        await self.close()

    async def failing(self) -> AsyncIterator[str]:
        """See what goes wrong, in the form, in the messages and in the Home tab."""
        self.fault("invalid", "create")
        await create(self.page, "Refused 1")
        await self.titled("Couldn't create list")
        yield "failed"
        await self.close()
        self.fault("limit_reached", "create")
        await create(self.page, "Refused 2")
        await self.titled("Couldn't create list")
        yield "failed-with-kores-words"
        await self.close()
        self.fault("unauthorized", "create", times=2)
        await create(self.page, "Refused 3")
        await self.titled("Couldn't create list")
        yield "failed-for-operator"
        await self.close()
        self.sandbox.ends.kore.clear_faults()
        self.fault("drop_before_commit", "create")
        self.fault("slow", "list", times=MANY, seconds=3)
        await create(self.page, "Lost in July")
        await self.form.get_by_text("Checking, 1 of 4").wait_for()
        yield "checking"
        self.sandbox.ends.kore.clear_faults()
        await self.titled("Couldn't confirm")
        yield "unconfirmed"
        self.fault("slow", "list", seconds=3)
        await self.press("Check again")
        await self.titled("Checking…")
        yield "checking-again"
        await self.titled("Couldn't confirm")
        yield "unconfirmed-again"
        await self.close()
        async for station in self._alike():
            yield station
        async for station in self._told_privately():
            yield station

    async def _alike(self) -> AsyncIterator[str]:
        self.fault("drop_after_commit", "create")
        self.fault("moments_missing", "get", times=MANY)
        self.fault("moments_missing", "list", times=MANY)
        await create(self.page, "Perhaps mine")
        await self.titled("Is this your list?")
        yield "alike"
        self.sandbox.ends.kore.clear_faults()
        await self.close()

    async def _told_privately(self) -> AsyncIterator[str]:
        self.fault("drop_before_commit", "create")
        await create(self.page, "Lost again")
        await self.close()
        await self.go("D0LEAD")
        await self.page.get_by_role("tab", name="Messages").click()
        told = message(self.page, "Lost again").last
        await told.get_by_role("button", name="Check again").wait_for()
        yield "message-unconfirmed"
        self.fault("slow", "list", seconds=3)
        await told.get_by_role("button", name="Check again").click()
        await told.get_by_text("Checking Kore.ai again").wait_for()
        yield "message-checking"
        await told.get_by_text("Last checked").wait_for()
        yield "message-checked"
        await self.page.get_by_role("tab", name="Home").click()
        await self.page.get_by_text("Lost again").first.wait_for()
        yield "home-with-trouble"
        await self.page.get_by_text("Lost again").first.scroll_into_view_if_needed()
        yield "home-trouble"
        await self.go("C0CAMPAIGN")

    async def browsing(self) -> AsyncIterator[str]:
        """See lists, one list, its id, and its way to a channel."""
        kore = self.sandbox.ends.kore
        for number in range(1, 12):
            kore.put(f"Campaign {number}", description=f"The {number}. wave of calls.")
        kore.put("Campaign 11", description="A second list of that name.")
        await self.fresh()
        await type_command(self.page, "list")
        listed = message(self.page, "Contact lists (1–5 of").last
        await listed.wait_for()
        yield "list"
        await listed.get_by_role("button", name="More actions").first.click()
        yield "list-menu"
        await self.page.get_by_role("menuitem", name="Show ID").click()
        await self.titled("List ID")
        yield "list-id"
        await self.close()
        await listed.get_by_role("button", name="Next").click()
        await message(self.page, "Contact lists (6–10 of").last.wait_for()
        yield "list-next"
        await type_command(self.page, "list zzz")
        await message(self.page, "No lists match").last.wait_for()
        yield "list-none"
        await self.type("show Campaign 10")
        await self.form.get_by_role("button", name="Show all fields").wait_for()
        yield "details"
        await self.press("Show all fields")
        await self.form.get_by_text("Data sync mode").wait_for()
        yield "details-all"
        await self.press("Post to channel")
        await self.titled("Post to channel")
        yield "post-form"
        await self.press("Post")
        await self.titled("Posted")
        yield "posted"
        await self.close()
        await message(self.page, "Shared by").last.wait_for()
        yield "shared"
        await self.type("show Campaign 11")
        await self.titled("Which one?")
        yield "which-one"
        await self.close()
        await self.type("show zzz")
        await self.titled("No such list")
        yield "no-such-list"
        await self.close()

    async def adding(self) -> AsyncIterator[str]:
        """See a file of contacts on its way into a list."""
        await create(self.page, "Callbacks in July")
        await self.titled("Contact list created")
        await self.press("Add contacts")
        await self.titled("Add contacts")
        yield "file-form"
        await self.choose("renewals.csv")
        await self.press("Preview")
        await self.form.get_by_role("button", name="Change columns").wait_for()
        yield "preview"
        await self.press("Choose another file")
        await self.choose("callbacks.csv")
        await self.press("Preview")
        await self.form.get_by_role("button", name="Change columns").wait_for()
        yield "preview-problems"
        await self.press("Change columns")
        await self.form.get_by_role("button", name="Preview").wait_for()
        yield "columns"
        await self.press("Preview")
        await self.form.get_by_role("button", name="Change columns").wait_for()
        await self.form.locator("footer").get_by_role("button", name="Add ").click()
        await self.form.get_by_text("You can close this window").wait_for()
        yield "adding"
        await self.titled("Contacts added")
        yield "added"
        await close(self.form)
        await self.page.get_by_text("1 reply").wait_for()
        yield "summary-with-contacts"

    async def at_home(self) -> AsyncIterator[str]:
        """See the Home tab: at first, with a search, and of a person who has no access."""
        self.sandbox.ends.kore.put("Callbacks", description="For those who asked for a call.")
        await self.fresh()
        await self.go("D0AGENT", person="U0AGENT")
        await self.page.get_by_text("Welcome!").wait_for()
        yield "home-first"
        await self.page.get_by_label("Search").fill("zzz")
        await self.page.get_by_label("Search").press("Enter")
        await self.page.get_by_text("No lists match").wait_for()
        yield "home-none"
        await self.press("Show all lists", within=self.page.locator("body"))
        await expect(self.page.get_by_role("button", name="Show all lists")).to_be_hidden()
        yield "home"
        await self.go("D0GUEST", person="U0GUEST")
        await self.page.get_by_text("You don't have access").first.wait_for()
        yield "home-refused"
        await self.go("C0CAMPAIGN", person="U0GUEST")
        await type_command(self.page, "mine")
        await message(self.page, "You don't have access").last.wait_for()
        yield "refused"
        await self.page.get_by_role("button", name="Shortcuts").click()
        await self.page.get_by_role("menuitem", name="Create contact list").click()
        await self.titled("Contact Lists")
        yield "refused-shortcut"
        await self.close()
        await self.go("C0CAMPAIGN")

    async def type(self, words: str) -> None:
        """Type a command that opens a modal."""
        await opened(self.form, lambda: type_command(self.page, words))

    async def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press a button of the modal."""
        await (within or self.form).get_by_role("button", name=name, exact=True).first.click()

    async def choose(self, name: str) -> None:
        """Choose one of the example files."""
        await self.form.get_by_role("button", name="Try an example").click()
        await self.page.get_by_role("menuitem", name=name).click()
        await self.form.get_by_role("button", name=f"Remove {name}").wait_for()

    async def titled(self, title: str) -> None:
        """Wait until the modal has a title."""
        await self.form.get_by_role("heading", name=title, exact=True).wait_for()

    async def close(self) -> None:
        """Close the modal, and wait until it is gone: until then the page takes nothing."""
        await self.page.keyboard.press("Escape")
        await expect(self.form).to_be_hidden()

    async def go(self, channel: str, *, person: str = "U0LEAD") -> None:
        """Look at a channel as a person."""
        await self.page.goto("about:blank")
        await self.page.goto(f"{self.sandbox.url}#{person}/{channel}")
        await self.page.wait_for_selector("body[data-ready]")

    async def fresh(self) -> None:
        """Have the bot read the lists anew: a process that has just begun knows none."""
        await self.sandbox.bot.end()
        await self.sandbox.acts.start_bot()

    def fault(self, name: str, operation: str, *, times: int = 1, seconds: float = 2) -> None:
        """Let the next calls of an operation go wrong."""
        self.sandbox.ends.kore.fault(name, operation=operation, times=times, seconds=seconds)
