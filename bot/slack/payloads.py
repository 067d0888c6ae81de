"""What Slack sends, as types; `bot.slack.reading` makes them. Pure: no I/O.

Only the fields that the bot uses are kept, so nothing odd in a payload travels further than this module.
Source: https://docs.slack.dev/interactivity/ (slash commands, shortcuts, view submissions, block actions),
https://docs.slack.dev/apis/events-api/ (events).
"""

from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator


class _Theirs(BaseModel):
    """What Slack sends; a field that is null is absent, such as the `team_id` of some events."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, fields: object) -> object:
        if not isinstance(fields, dict):
            return fields
        return {name: value for name, value in fields.items() if value is not None}


class Who(NamedTuple):
    """A person, and the workspace and organisation that they are of, as far as Slack names them."""

    user_id: str
    teams: frozenset[str] = frozenset()

    @classmethod
    def of(cls, user_id: str, *teams: str) -> "Who":
        """Leave out what is not named."""
        return cls(user_id, frozenset(filter(None, teams)))


class Reference(_Theirs):
    """Something that is named by its id: a user, a team, a channel."""

    id: str


class Person(Reference):
    """A person; in a channel shared by Slack Connect they may be of another workspace than the bot."""

    team_id: str = ""


class _Interaction(_Theirs):
    """What every interaction says of the person."""

    user: Person
    team: Reference | None = None
    enterprise: Reference | None = None
    api_app_id: str = ""
    response_url: str | None = None
    """A way to answer in the channel; a shortcut and a form's submission have none."""

    @property
    def user_id(self) -> str:
        """Who it was."""
        return self.user.id

    @property
    def who(self) -> Who:
        """Who it was, and of which workspace and organisation; `team` may be null, as in one of all."""
        team_id = self.user.team_id or (self.team.id if self.team else "")
        return Who.of(self.user.id, team_id, self.enterprise.id if self.enterprise else "")

    @property
    def channel_id(self) -> str | None:
        """The channel in which it was; None where there is none."""
        return None


class Command(_Theirs):
    """A slash command; `text` is what was typed behind it, with `&`, `<` and `>` escaped."""

    command: str
    text: str = ""
    user_id: str
    channel_id: str
    trigger_id: str
    response_url: str
    team_id: str = ""
    enterprise_id: str = ""
    api_app_id: str = ""

    @property
    def who(self) -> Who:
        """Who typed it, and of which workspace and organisation."""
        return Who.of(self.user_id, self.team_id, self.enterprise_id)


class Shortcut(_Interaction):
    """A global shortcut; it names no channel."""

    type: Literal["shortcut"]
    callback_id: str
    trigger_id: str


class Option(_Theirs):
    """A line of a menu; `value` is what the bot put into it."""

    value: str


class SharedFile(_Theirs):
    """A file as a payload names it: minutes old, or a stub in a channel that two companies share.

    Source: https://docs.slack.dev/reference/objects/file-object
    """

    id: str
    name: str = ""


class SharedMessage(_Theirs):
    """A message that a person chose; its text is not kept."""

    files: list[SharedFile] = []


class MessageShortcut(_Interaction):
    """A shortcut in the menu of a message."""

    type: Literal["message_action"]
    callback_id: str
    trigger_id: str
    channel: Reference
    message: SharedMessage

    @property
    def channel_id(self) -> str | None:
        """The channel of the message; None in a direct message."""
        return None if self.channel.id.startswith("D") else self.channel.id

    @property
    def files(self) -> list[SharedFile]:
        """The files of the message."""
        return self.message.files


class AppHomeOpened(_Theirs):
    """A person looks at the app: at its tab "home", or at its messages."""

    type: Literal["app_home_opened"]
    user: str
    user_team: str = ""
    tab: str = "home"
    view: dict[str, object] | None = None
    """What is shown there; None if nothing ever was."""

    def who(self, *teams: str) -> Who:
        """Return the person; `teams` are of the event, and hold unless it names the person's own."""
        return Who.of(self.user, *([self.user_team] if self.user_team else teams))


class OtherEvent(_Theirs):
    """An event that the bot did not ask for."""

    type: str


class Authorization(_Theirs):
    """An installation of the app that an event is for."""

    team_id: str = ""
    enterprise_id: str = ""


class EventCallback(_Theirs):
    """Something happened that the app is subscribed to (Events API)."""

    type: Literal["event_callback"]
    team_id: str = ""
    enterprise_id: str = ""
    api_app_id: str = ""
    authorizations: list[Authorization] = []
    event: Annotated[AppHomeOpened | OtherEvent, Field(union_mode="left_to_right")]


class UrlVerification(_Theirs):
    """Slack asks whether this is the address that events go to; the answer is the challenge itself."""

    type: Literal["url_verification"]
    challenge: str


class AppRateLimited(_Theirs):
    """Slack holds back events for a minute, because there were too many."""

    type: Literal["app_rate_limited"]


class InputState(_Theirs):
    """What one input holds; which field is filled depends on its type."""

    value: str | None = None
    selected_conversation: str | None = None
    selected_options: list[dict[str, object]] = []
    selected_option: Option | None = None
    files: list[SharedFile] = []


class ViewState(_Theirs):
    """What all inputs hold, by block_id, then action_id."""

    values: dict[str, dict[str, InputState]] = {}


class ViewPayload(_Theirs):
    """A modal, or the App Home."""

    id: str
    type: str = "modal"
    callback_id: str = ""
    private_metadata: str = ""
    app_installed_team_id: str = ""
    """The workspace in which the app is that made the view."""
    hash: str = ""
    """Names the state that the person saw: each change of the view has another."""
    state: ViewState = ViewState()

    @property
    def first_input(self) -> str | None:
        """The block_id under which an error about the whole form can stand; None if it has no input."""
        return next(iter(self.state.values), None)

    def input(self, block_id: str) -> InputState:
        """Return what the one input of a block holds."""
        return next(iter(self.state.values.get(block_id, {}).values()), InputState())


class ResponseUrl(_Theirs):
    """A way to post into the conversation that was chosen in a form."""

    channel_id: str
    response_url: str


class ViewSubmission(_Interaction):
    """A form's submit button was pressed."""

    type: Literal["view_submission"]
    trigger_id: str = ""
    view: ViewPayload
    response_urls: list[ResponseUrl] = []


class Action(_Theirs):
    """A button that was pressed, an option that was chosen, or a text that was entered."""

    type: str
    action_id: str
    value: str | None = None
    selected_option: Option | None = None


class BlockActions(_Interaction):
    """An element was used, in a form or the App Home (`view`) or in a message (`response_url`)."""

    type: Literal["block_actions"]
    trigger_id: str
    channel: Reference | None = None
    view: ViewPayload | None = None
    actions: Annotated[list[Action], Field(min_length=1)]

    @property
    def channel_id(self) -> str | None:
        """The channel in which it was used; None in a direct message."""
        return self.channel.id if self.channel and not self.channel.id.startswith("D") else None

    @property
    def form(self) -> ViewPayload | None:
        """The modal that it was used in; None in a message, and in the App Home, which is no modal."""
        return self.view if self.view and self.view.type == "modal" else None

    @property
    def in_home(self) -> bool:
        """Whether it was used in the App Home."""
        return self.view is not None and self.view.type == "home"


def _kind(payload: object) -> str | None:
    if not isinstance(payload, dict):
        return None
    return "command" if "command" in payload else payload.get("type")


Payload = Annotated[
    Annotated[Command, Tag("command")]
    | Annotated[Shortcut, Tag("shortcut")]
    | Annotated[MessageShortcut, Tag("message_action")]
    | Annotated[ViewSubmission, Tag("view_submission")]
    | Annotated[BlockActions, Tag("block_actions")]
    | Annotated[EventCallback, Tag("event_callback")]
    | Annotated[UrlVerification, Tag("url_verification")]
    | Annotated[AppRateLimited, Tag("app_rate_limited")],
    Discriminator(_kind),
]
FromPerson: TypeAlias = Command | Shortcut | MessageShortcut | ViewSubmission | BlockActions
"""What a person did, who can be answered."""
Handled: TypeAlias = FromPerson | EventCallback
"""What some listener handles."""
OfSlack: TypeAlias = UrlVerification | AppRateLimited
"""What Slack asks or says to the app itself."""
AnyPayload: TypeAlias = Handled | OfSlack
