"""What a person can do on the page, in Slack, to Kore.ai and to the bot, act by act."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from sandbox.ends import Ends
from sandbox.page.state import COMMANDS
from sandbox.process import BotProcess, DidNotStart
from sandbox.slack.delivery import Ack
from sandbox.slack.files import TRAPS
from sandbox.slack.forms import CannotSubmit
from sandbox.slack.inputs import Value
from sandbox.slack.messages import write
from sandbox.slack.payloads import escaped
from sandbox.slack.people import Person
from sandbox.slack.workspace import Message, View

SLACKBOT = "USLACKBOT"
NO_COMMAND = (
    "{0} is not a valid command. In Slack, all messages that start with the “/” character are interpreted as "
    "slash commands. If you are trying to send a message and not run a command, try preceding the “/” with "
    "an empty space."
)
FAILED = "{0} failed with the error “{1}”"
NO_ANSWER = "Contact Lists didn't answer. Slack says “{0}”. Is the bot running?"
FAULTS_WITHDRAWN = "Nothing was sent to Kore.ai, so the fault is switched off again."
NOT_STARTED = "The bot didn't start. Its log says why."

Act: TypeAlias = Mapping[str, Any]


class UnreadableAct(Exception):
    """The page asked for something that there is not."""


@dataclass(frozen=True)
class Acts:
    """The acts by name, on one workspace with its Kore.ai and its bot."""

    ends: Ends
    bot: BotProcess

    async def carry_out(self, person_id: object, act: Act) -> str | None:
        """Do what a person did; what comes back is told to them. Raises `UnreadableAct`."""
        acts: dict[object, Callable[[Person, Act], Awaitable[str | None]]] = {
            "type": self._type,
            "shortcut": self._shortcut,
            "submit": self._submit,
            "press": self._press,
            "choose": self._choose,
            "enter": self._enter,
            "home": self._home,
            "close": self._close,
            "detach": self._detach,
            "message_shortcut": self._message_shortcut,
            "file_trap": self._file_trap,
            "fault": self._fault,
            "clear_faults": self._clear_faults,
            "kill": self._kill,
            "start": self._start,
        }
        try:
            person = Person(self.ends.slack, str(person_id))
            return await acts[act["act"]](person, act)
        except CannotSubmit as reason:
            return str(reason)
        except (KeyError, TypeError, ValueError) as error:
            raise UnreadableAct(str(error)) from error

    def upload(self, person_id: object, where: Act, name: str, content: bytes) -> str | None:
        """Take a file into a form (`view`, `block_id`) or a message (`channel`, `text`)."""
        try:
            person = Person(self.ends.slack, str(person_id))
            if "view" in where:
                person.attach(self._view(person, where), where["block_id"], name, content)
            else:
                person.write(where["channel"], where.get("text", "").strip(), {name: content})
        except CannotSubmit as reason:
            return str(reason)
        except KeyError as error:
            raise UnreadableAct(str(error)) from error
        return None

    async def start_bot(self) -> None:
        """Start the bot and let Slack reach it; raises `DidNotStart`."""
        await self.bot.start()
        self.ends.slack.request_url = f"http://127.0.0.1:{self.bot.port}/slack/events"

    def write(self, author: str, channel_id: str, text: str, *, only_to: str | None = None) -> None:
        """Put a message of a person or of Slack itself into a channel; the bot does not hear of it."""
        space = self.ends.slack.workspace
        if not text or (author in space.people and author not in space.channels[channel_id].members):
            raise KeyError(channel_id)
        write(space, author, space.channels[channel_id], escaped(space, text), only_to=only_to)

    async def _type(self, person: Person, act: Act) -> str | None:
        text, channel = str(act["text"]), str(act["channel"])
        if not text.startswith("/"):
            self.write(person.user.id, channel, text.strip())
            return None
        command, _, rest = text.partition(" ")
        if command not in {each["name"] for each in COMMANDS}:
            self.write(SLACKBOT, channel, NO_COMMAND.format(command), only_to=person.user.id)
            return None
        ack = await person.command(rest.strip(), channel=channel, command=command)
        if ack.error:
            self.write(SLACKBOT, channel, FAILED.format(command, ack.error), only_to=person.user.id)
        return None

    async def _shortcut(self, person: Person, act: Act) -> str | None:
        return _complaint(await person.shortcut(str(act["callback_id"])))

    async def _submit(self, person: Person, act: Act) -> str | None:
        view = self._view(person, act)
        form = view.payload.get("callback_id")
        await person.submit(view, _values(act))
        is_refused = view.state == "open" and view.payload.get("callback_id") == form
        if is_refused and self.ends.kore.faults_waiting:
            self.ends.kore.clear_faults()
            return FAULTS_WITHDRAWN
        return None  # what went wrong stands in the form

    async def _press(self, person: Person, act: Act) -> str | None:
        where, names = self._where(person, act), _element(act)
        return _complaint(await person.press(where, **names))

    async def _choose(self, person: Person, act: Act) -> str | None:
        where, names = self._where(person, act), _element(act)
        return _complaint(await person.choose(where, value=str(act["value"]), **names))

    async def _enter(self, person: Person, act: Act) -> str | None:
        view = self._view(person, act)
        return _complaint(await person.enter(view, str(act["block_id"]), str(act["value"])))

    async def _home(self, person: Person, _: Act) -> None:
        await person.open_home()  # an event: Slack tells nobody when the app does not answer it

    async def _close(self, person: Person, act: Act) -> None:
        person.close(self._view(person, act))

    async def _detach(self, person: Person, act: Act) -> None:
        """Take a file out of a form again."""
        view, block_id = self._view(person, act), str(act["block_id"])
        files = view.values[block_id, view.inputs[block_id]["element"]["action_id"]]
        person.fill(view, {block_id: [each for each in files or [] if each != act["file"]]})

    async def _message_shortcut(self, person: Person, act: Act) -> str | None:
        return _complaint(await person.message_shortcut(self._message(act), str(act["callback_id"])))

    async def _file_trap(self, _: Person, act: Act) -> None:
        """Have something wrong with all files, or nothing."""
        if act["name"] not in {"", *TRAPS}:
            raise KeyError(act["name"])
        self.ends.slack.workspace.file_trap = act["name"]
        self.ends.slack.workspace.changed()

    async def _fault(self, _: Person, act: Act) -> None:
        self.ends.kore.fault(str(act["name"]), operation=str(act["operation"]), times=int(act["times"]))

    async def _clear_faults(self, _: Person, __: Act) -> None:
        self.ends.kore.clear_faults()

    async def _kill(self, _: Person, __: Act) -> None:
        await self.bot.end(signal.SIGKILL)

    async def _start(self, _: Person, __: Act) -> str | None:
        try:
            await self.start_bot()
        except DidNotStart:
            return NOT_STARTED
        return None

    def _where(self, person: Person, act: Act) -> View | Message:
        """Find what a button stands in; a form takes what was typed by then."""
        if "view" not in act:
            return self._message(act)
        view = self._view(person, act)
        person.fill(view, _values(act))
        return view

    def _view(self, person: Person, act: Act) -> View:
        space = self.ends.slack.workspace
        view = {**space.views, **{home.id: home for home in space.homes.values()}}[act["view"]]
        if view.user_id != person.user.id:
            raise KeyError(act["view"])
        return view

    def _message(self, act: Act) -> Message:
        channel = self.ends.slack.workspace.channels[act["channel"]]
        found = [one for one in channel.messages if one.ts == act["ts"]]
        if not found:
            raise KeyError(act["ts"])
        return found[0]


def _complaint(ack: Ack) -> str | None:
    return NO_ANSWER.format(ack.error) if ack.error else None


def _element(act: Act) -> dict[str, str]:
    return {name: str(act[name]) for name in ("action_id", "block_id")}


def _values(act: Act) -> dict[str, Value]:
    return {str(block_id): value for block_id, value in dict(act.get("values") or {}).items()}
