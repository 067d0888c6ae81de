"""What a person in Slack can do: type a command, fill a form, press a button, look at a channel or a home."""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.slack.delivery import Ack
from sandbox.slack.files import upload
from sandbox.slack.forms import CannotSubmit, attach, check_submittable, type_into
from sandbox.slack.inputs import Value, elements, impossible
from sandbox.slack.messages import answer_in, write
from sandbox.slack.payloads import (
    app_home_opened,
    chosen_message,
    escaped,
    interaction,
    place,
    pressed,
    slash_command,
)
from sandbox.slack.server import LocalSlack
from sandbox.slack.views import TROUBLE, answer_submission, close_view, view_answer
from sandbox.slack.workspace import Channel, File, Message, RefusalError, View

ON_ENTER = "on_enter_pressed"


class Person:
    """A person in the workspace; which forms and messages they were already shown, the workspace knows."""

    def __init__(self, slack: LocalSlack, user_id: str) -> None:
        self._slack = slack
        self._space = slack.workspace
        self.user = slack.workspace.people[user_id]
        self._seen = slack.workspace.seen[user_id]

    async def command(
        self, text: str = "", *, channel: str = "C0CAMPAIGN", command: str = "/contactlist"
    ) -> Ack:
        """Type a slash command in a channel ("DM": the one with the bot); the ack's text is posted there."""
        place = self._channel(channel)
        if place.is_archived or self.user.id not in place.members:
            raise CannotSubmit(
                f"nobody but a member types in a channel, and not in an archived one: {channel}"
            )
        payload = slash_command(self._space, self.user, place, command, text)
        payload["response_url"] = self._slack.response_url(self.user.id, place.id)
        payload["trigger_id"] = self._slack.triggers.issue(self.user.id, channel_id=place.id)
        ack = await self._slack.deliver("slash_commands", payload)
        return ack if ack.error else self._show_answer(place, ack)

    async def shortcut(self, callback_id: str) -> Ack:
        """Choose a global shortcut: its payload names no channel and has no response_url."""
        trigger_id = self._slack.triggers.issue(self.user.id)
        ts = self._space.timestamp()
        payload = interaction(
            self._space,
            self.user,
            "shortcut",
            callback_id=callback_id,
            trigger_id=trigger_id,
            action_ts=ts,
        )
        return await self._slack.deliver("interactive", payload)

    async def message_shortcut(self, message: Message, callback_id: str) -> Ack:
        """Choose a shortcut in the menu of a message."""
        if message not in self.sees(message.channel_id):
            raise CannotSubmit(f"{self.user.name} does not see that message")
        keys = {
            "trigger_id": self._slack.triggers.issue(self.user.id, channel_id=message.channel_id),
            "response_url": self._slack.response_url(self.user.id, message.channel_id),
        }
        payload = chosen_message(self._space, self.user, callback_id, message, **keys)
        return await self._slack.deliver("interactive", payload)

    def write(self, channel: str, text: str, files: Mapping[str, bytes] | None = None) -> Message:
        """Write a message into a channel, with files by their names; the bot does not hear of it."""
        place = self._channel(channel)
        if self.user.id not in place.members or not (text or files):
            raise CannotSubmit(f"{self.user.name} cannot write that into {channel}")
        kept = [upload(self._space, self.user.id, *each) for each in (files or {}).items()]
        return write(self._space, self.user.id, place, escaped(self._space, text), kept)

    def attach(self, view: View, block_id: str, name: str, content: bytes) -> File:
        """Upload a file into a form, which is done before the form is submitted."""
        file = attach(view, self.user, block_id, name, content)
        self._space.changed()
        return file

    def fill(self, view: View, values: Mapping[str, Value], *, unchecked: bool = False) -> None:
        """Type into a form without submitting it; `values` by block_id, None clears."""
        for block_id, value in values.items():
            type_into(view, self.user, block_id, value, unchecked=unchecked)
        self._space.changed()

    async def submit(
        self, view: View, values: Mapping[str, Value] | None = None, *, unchecked: bool = False
    ) -> Ack:
        """Fill in a form and press its submit button, then let the ack do what it does to the form.

        `values` by block_id: a text for plain_text_input, an id for conversations_select, an option's value
        for radio buttons and menus, a list of option values for checkboxes, None to clear; files are attached
        before. `unchecked` leaves out what Slack's client checks, and so also stands for a second press that
        was already on its way.
        """
        self.fill(view, values or {}, unchecked=unchecked)
        if not unchecked:
            check_submittable(view, self.user)
        view.errors, view.alert = {}, None
        ack = await self._slack.deliver("interactive", self._submission(view))
        if view.state == "open":
            self._apply(view, ack)
        return ack

    async def press(self, where: View | Message, action_id: str, *, block_id: str | None = None) -> Ack:
        """Press a button in a form, an App Home or a message; one that is not there raises CannotSubmit.

        `block_id` tells buttons apart that have one action_id; without it the first of them is pressed.
        """
        found, button = self._element(where, action_id, block_id, ("button",))
        return await self._act(where, found, button)

    async def choose(
        self, where: View | Message, action_id: str, value: str, *, block_id: str | None = None
    ) -> Ack:
        """Choose an option of an overflow menu or a static_select, by its value, as `press` does."""
        found, menu = self._element(where, action_id, block_id, ("overflow", "static_select"))
        options = [option for option in menu["options"] if option["value"] == value]
        if not options:
            raise CannotSubmit(f"{action_id}: {impossible(menu, value)}")
        if menu["type"] == "static_select":
            where.values[found, action_id] = value
            self._space.changed()
        return await self._act(where, found, menu, selected_option=options[0])

    async def enter(self, view: View, block_id: str, text: str) -> Ack:
        """Type into a `dispatch_action` input and press Enter, which tells the bot at once."""
        self.fill(view, {block_id: text})
        block = view.inputs[block_id]
        element = block["element"]
        asked = element.get("dispatch_action_config", {}).get("trigger_actions_on", [ON_ENTER])
        if not block.get("dispatch_action") or ON_ENTER not in asked:
            raise CannotSubmit(f"{block_id}: nothing happens when Enter is pressed there")
        found, element = self._element(view, element["action_id"], block_id, ("plain_text_input",))
        return await self._act(view, found, element, value=text or None)

    async def open_home(self, *, tab: str = "home") -> Ack:
        """Look at the bot's App Home, or at its tab "messages": Slack tells the bot by an event."""
        channel = self._space.direct_channel(self.user.id)
        return await self._slack.deliver("events_api", app_home_opened(self._space, self.user, channel, tab))

    async def home(self, *, timeout: float = 40) -> View:  # noqa: ASYNC109
        """Wait until there is an App Home for this person, and return it."""
        homes = self._space.homes
        await self._wait(lambda: self.user.id in homes, timeout, f"App Home for {self.user.name}")
        return homes[self.user.id]

    def close(self, view: View) -> None:
        """Close a form without submitting it; `view_closed` is not sent (the sandbox does not know it)."""
        close_view(self._space, view)

    def sees(self, channel: str) -> list[Message]:
        """List the messages that this person can read in a channel, the oldest first."""
        found = self._channel(channel)
        if not found.is_seen_by(self.user.id):
            raise CannotSubmit(f"{self.user.name} cannot look into {channel}")
        return [one for one in found.messages if not one.deleted and one.ephemeral_to in {None, self.user.id}]

    async def view(self, *, timeout: float = 40) -> View:  # noqa: ASYNC109
        """Wait for the next form that was opened for this person."""

        def unmet() -> list[View]:
            mine = [one for one in self._space.views.values() if one.user_id == self.user.id]
            return [one for one in mine if one.id not in self._seen]

        await self._wait(lambda: bool(unmet()), timeout, f"new form for {self.user.name}")
        view = unmet()[0]
        self._seen.add(view.id)
        return view

    async def message(self, channel: str, *, timeout: float = 40) -> Message:  # noqa: ASYNC109
        """Wait for the next message that this person can read in a channel."""

        def unmet() -> list[Message]:
            return [one for one in self.sees(channel) if one.ts not in self._seen]

        await self._wait(lambda: bool(unmet()), timeout, f"new message for {self.user.name} in {channel}")
        message = unmet()[0]
        self._seen.add(message.ts)
        return message

    async def until(self, condition: Callable[[], bool], *, timeout: float = 40) -> None:  # noqa: ASYNC109
        """Wait until a condition on what is in the workspace holds, looking again after each change there."""
        await self._wait(condition, timeout, "such state of the workspace")

    async def _wait(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        await self._space.until(condition, timeout=seconds, what=what)

    def _channel(self, name: str) -> Channel:
        if name == "DM":
            return self._space.direct_channel(self.user.id)
        return self._space.channels[name]

    def _show_answer(self, channel: Channel, ack: Ack) -> Ack:
        body = {"text": ack.body} if isinstance(ack.body, str) else ack.body
        if not body.get("text") and not body.get("blocks"):
            return ack
        try:
            answer_in(self._space, channel, self.user.id, body, "ack")
        except RefusalError as refusal:
            return Ack(ack.status, ack.seconds, ack.body, refusal.error)
        return ack

    def _submission(self, view: View) -> dict[str, Any]:
        trigger_id = self._slack.triggers.issue(self.user.id, channel_id=view.channel_id, view_id=view.id)
        return interaction(
            self._space,
            self.user,
            "view_submission",
            trigger_id=trigger_id,
            view=view_answer(view),
            response_urls=self._response_urls(view),
        )

    def _response_urls(self, view: View) -> list[dict[str, str]]:
        urls = []
        for block_id, block in view.inputs.items():
            element = block["element"]
            ids = {"block_id": block_id, "action_id": element["action_id"]}
            chosen = view.values.get((block_id, element["action_id"]))
            if element.get("response_url_enabled") and isinstance(chosen, str) and chosen:
                url = self._slack.response_url(self.user.id, chosen)
                urls.append({**ids, "channel_id": chosen, "response_url": url})
        return urls

    def _apply(self, view: View, ack: Ack) -> None:
        fine = ack.error is None
        try:
            if fine:
                answer_submission(self._space, view, ack.body)
        except RefusalError:
            fine = False
        if not fine:
            view.alert = TROUBLE
            self._space.changed()

    async def _act(
        self, where: View | Message, block_id: str, element: dict[str, Any], **what: object
    ) -> Ack:
        fields: dict[str, Any] = place(self._space, where)
        issue = self._slack.triggers.issue
        if isinstance(where, View):
            fields["trigger_id"] = issue(self.user.id, channel_id=where.channel_id, view_id=where.id)
        else:
            fields["trigger_id"] = issue(self.user.id, channel_id=where.channel_id)
            fields["response_url"] = self._slack.response_url(self.user.id, where.channel_id, where)
        action = pressed(element, block_id, self._space.timestamp(), **what)
        payload = interaction(self._space, self.user, "block_actions", actions=[action], **fields)
        return await self._slack.deliver("interactive", payload)

    def _element(
        self, where: View | Message, action_id: str, block_id: str | None, kinds: tuple[str, ...]
    ) -> tuple[str, dict[str, Any]]:
        if isinstance(where, View):
            there = where.state == "open" and where.user_id == self.user.id
            blocks = where.payload["blocks"]
        else:
            there, blocks = where in self.sees(where.channel_id), where.blocks
        for block in blocks if there else []:
            for element in elements(block) if block_id in {None, block["block_id"]} else []:
                if element.get("type") in kinds and element["action_id"] == action_id:
                    return block["block_id"], element
        raise CannotSubmit(f"{self.user.name} sees no {' or '.join(kinds)} {action_id!r} there")
