"""What there is in the local Slack workspace: people, channels, messages and open forms. No I/O."""

import asyncio
import itertools
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.inputs import Values, input_blocks, state_values
from sandbox.slack.render import as_text

TEAM_ID = "T0SANDBOX"
TEAM_DOMAIN = "sandbox"
BOT_USER_ID = "U0BOT"
BOT_ID = "B0BOT"
APP_ID = "A0SANDBOX"


class RefusalError(Exception):
    """Slack's `{"ok": false, "error": …}`; `details` holds what else stands in the answer."""

    def __init__(self, error: str, **details: object) -> None:
        super().__init__(error)
        self.error = error
        self.details = details


@dataclass(frozen=True)
class User:
    """A person in the workspace: `name` is the handle, `real_name` what people read."""

    id: str
    name: str
    real_name: str
    is_deactivated: bool = False
    team_id: str = TEAM_ID
    """Another one's for a person of another company, in a channel that is shared by Slack Connect."""
    enterprise_id: str | None = None
    """The organisation of their workspace, if it is of one."""


@dataclass
class File:
    """A file that somebody uploaded; the app's own is reserved, then filled, then complete."""

    id: str
    name: str
    user_id: str
    created: int
    content: bytes = field(repr=False)
    title: str = ""
    is_for_app: bool = False
    """Whether the app may see it wherever it stands: it is the app's own, or of one of its forms."""
    shared_in: set[str] = field(default_factory=set)
    """Ids of channels."""
    is_deleted: bool = False
    length: int = 0
    """Bytes that were promised."""
    ticket: str = ""
    """With which the address ends that takes them, until it is used."""
    is_filled: bool = False
    is_complete: bool = True


@dataclass
class Message:
    """One message as it stands now; `author` is "bot" or a user id, `payload` the arguments as received."""

    ts: str
    channel_id: str
    author: str
    text: str
    blocks: list[dict[str, Any]]
    payload: dict[str, Any]
    ephemeral_to: str | None
    via: str
    metadata: dict[str, Any] | None = None
    thread_ts: str | None = None
    """The message that it is a reply to."""
    files: list[File] = field(default_factory=list)
    deleted: bool = False
    edits: int = 0
    values: Values = field(default_factory=dict)


@dataclass
class Channel:
    """A place for messages: `kind` is "public", "private", "im" or "mpim"; `members` are user ids."""

    id: str
    name: str
    kind: str
    members: set[str]
    is_archived: bool = False
    messages: list[Message] = field(default_factory=list)

    def is_seen_by(self, user_id: str) -> bool:
        """Return whether the channel exists for this user at all."""
        return self.kind == "public" or user_id in self.members

    def wire_name(self) -> str:
        """Give the name that payloads carry, which for private places is a placeholder."""
        return {"im": "directmessage", "private": "privategroup"}.get(self.kind, self.name)


@dataclass
class View:
    """One modal or App Home of one person; `payload` is the view as the app last set it, ids filled in."""

    id: str
    hash: str
    user_id: str
    payload: dict[str, Any]
    workspace: "Workspace" = field(repr=False)
    values: Values = field(default_factory=dict)
    state: str = "open"
    errors: dict[str, str] = field(default_factory=dict)
    alert: str | None = None
    channel_id: str | None = None
    root_id: str = ""
    previous_id: str | None = None

    @property
    def kind(self) -> str:
        """Its type: "modal" or "home"."""
        return str(self.payload["type"])

    @property
    def title(self) -> str:
        """The title as shown; an App Home has none but the tab's."""
        return str(self.payload["title"]["text"]) if self.kind == "modal" else "Home"

    @property
    def callback_id(self) -> str:
        """The app's name for the form."""
        return str(self.payload.get("callback_id", ""))

    @property
    def private_metadata(self) -> str:
        """The text that the app keeps in the form, unseen by the person."""
        return str(self.payload.get("private_metadata", ""))

    @property
    def inputs(self) -> dict[str, dict[str, Any]]:
        """The input blocks, by block_id."""
        return input_blocks(self.payload)

    @property
    def text(self) -> str:
        """The form as a person reads it now, with what was typed and what Slack complains about."""
        state = {"values": state_values(self.payload, self.values, self.workspace.named_file)}
        shown = self.workspace.read({**self.payload, "state": state, "errors": self.errors})
        return f"{shown}\n! {self.alert}" if self.alert else shown


class Workspace:
    """Everything that a person or the bot can look at, and a bell that rings at each change."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.team_id = TEAM_ID
        self.enterprise_id: str | None = None
        self.bot_user_id, self.bot_id, self.app_id = BOT_USER_ID, BOT_ID, APP_ID
        self.people = {user.id: user for user in _people()}
        self.channels = {channel.id: channel for channel in _channels()}
        self.user_groups = {"S0LEADS": ["U0LEAD"]}
        self.views: dict[str, View] = {}
        self.homes: dict[str, View] = {}
        self.files: dict[str, File] = {}
        self.file_trap = ""
        """What is wrong with every file, as `sandbox.slack.files.TRAPS` has it."""
        self.files_url = "https://files.slack.com"
        """Where files are, which in the sandbox is its own server."""
        self.scopes: frozenset[str] = frozenset()
        """What the bot token may do."""
        self.seen: defaultdict[str, set[str]] = defaultdict(set)
        """Ids of views and messages that each person was already shown."""
        self.clock = clock
        self.listeners: set[Callable[[], None]] = set()
        self._numbers = itertools.count(1)
        self._bell = asyncio.Event()

    def number(self) -> int:
        """Count upwards, for ids that never repeat."""
        return next(self._numbers)

    def timestamp(self) -> str:
        """Make a message's `ts`: epoch seconds, and six digits that make it unique."""
        return f"{int(self.clock())}.{self.number():06d}"

    def changed(self) -> None:
        """Ring: each `until` checks its condition again, and the listeners are called."""
        bell, self._bell = self._bell, asyncio.Event()
        bell.set()
        for listener in self.listeners:
            listener()

    async def until(self, condition: Callable[[], bool], *, timeout: float, what: str) -> None:  # noqa: ASYNC109
        """Wait until a condition holds, looking again after each change, for at most `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                while not condition():
                    await self._bell.wait()
        except TimeoutError:
            if not condition():
                raise TimeoutError(f"after {timeout} s there was still no {what}\n{self.summary()}") from None

    def names(self) -> dict[str, str]:
        """Map user ids to the names that people read."""
        return {user.id: user.real_name for user in self.people.values()}

    def read(self, message_or_view: dict[str, Any]) -> str:
        """Show a message's payload or a view as a person in this workspace reads it."""
        channels = {channel.id: channel.name for channel in self.channels.values()}
        return as_text(message_or_view, people=self.names(), channels=channels)

    def named_file(self, file_id: str) -> dict[str, Any]:
        """Say of a file what a person sees of it."""
        file = self.files[file_id]
        return {"id": file.id, "name": file.name, "size": len(file.content)}

    def summary(self) -> str:
        """Describe what is there, for the text of a failure."""
        forms = [f"{view.state} form of {view.user_id}: {view.title}" for view in self.views.values()]
        homes = [f"home of {user_id}: {view.text[:80]}" for user_id, view in self.homes.items()]
        said = [
            f"#{channel.name} ({one.via}): {one.text[:80]}"
            for channel in self.channels.values()
            for one in channel.messages
        ]
        return "\n".join(["There is:", *forms, *homes, *said])

    def direct_channel(self, user_id: str) -> Channel:
        """Find or open the direct messages between the bot and a person."""
        channel_id = f"D{user_id[1:]}"
        if channel_id not in self.channels:
            members = {user_id, BOT_USER_ID}
            self.channels[channel_id] = Channel(channel_id, self.people[user_id].name, "im", members)
        return self.channels[channel_id]

    def stack(self, view: View) -> list[View]:
        """List the open views over the same root, the lowest first."""
        return [one for one in self.views.values() if one.root_id == view.root_id and one.state == "open"]


def _people() -> Iterator[User]:
    yield User(BOT_USER_ID, "contactlists", "Contact Lists")
    yield User("U0LEAD", "mina.okafor", "Mina Okafor")
    yield User("U0AGENT", "jonas.weber", "Jonas Weber")
    yield User("U0GUEST", "sam.rivers", "Sam Rivers")


def _channels() -> Iterator[Channel]:
    everyone = {"U0LEAD", "U0AGENT", "U0GUEST"}
    yield Channel("C0CAMPAIGN", "campaigns", "public", everyone | {BOT_USER_ID})
    yield Channel("C0GENERAL", "general", "public", set(everyone))
    yield Channel("C0PRIVATE", "private-plans", "private", {"U0LEAD", "U0AGENT"})
    yield Channel("C0ARCHIVE", "old-campaigns", "public", everyone | {BOT_USER_ID}, is_archived=True)
    yield Channel("D0PEERS", "mina.okafor, jonas.weber", "im", {"U0LEAD", "U0AGENT"})
