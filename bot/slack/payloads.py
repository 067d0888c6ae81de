"""What Slack sends, as types; `bot.slack.reading` creates them. Pure: no I/O.

Only the fields the bot uses are kept, so nothing odd in a payload travels further than this module.

Source: https://docs.slack.dev/interactivity/ (slash commands, shortcuts, view submissions, block actions),
https://docs.slack.dev/apis/events-api/ (events).
"""

from typing import Annotated, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator


class _Theirs(BaseModel):
    """What Slack sends; a null field counts as absent, such as the `team_id` of some events."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, fields: object) -> object:
        if not isinstance(fields, dict):
            return fields
        return {name: value for name, value in fields.items() if value is not None}


class Who(NamedTuple):
    """A person, with their workspace and organisation as far as Slack names them."""

    user_id: str
    teams: frozenset[str] = frozenset()

    @classmethod
    def of(cls, user_id: str, *teams: str) -> "Who":
        """Leave out teams that aren't named."""
        return cls(user_id, frozenset(filter(None, teams)))


class Reference(_Theirs):
    """Something identified by its id: a user, a team, a channel."""

    id: str


class Person(Reference):
    """A person; in a channel shared through Slack Connect they may be from another workspace."""

    team_id: str = ""


class _Interaction(_Theirs):
    """What every interaction says about the person."""

    user: Person
    team: Reference | None = None
    enterprise: Reference | None = None
    api_app_id: str = ""
    response_url: str | None = None
    """Answers in the channel; a shortcut and a form's submission have none."""

    @property
    def user_id(self) -> str:
        """The person's user id."""
        return self.user.id

    @property
    def who(self) -> Who:
        """The person, with their workspace and organisation; `team` may be null if installed org-wide."""
        team_id = self.user.team_id or (self.team.id if self.team else "")
        return Who.of(self.user.id, team_id, self.enterprise.id if self.enterprise else "")

    @property
    def channel_id(self) -> str | None:
        """The channel it happened in, if any."""
        return None


class Command(_Theirs):
    """A slash command; `text` is what was typed after it, with `&`, `<` and `>` escaped."""

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
        """The person who typed it, with their workspace and organisation."""
        return Who.of(self.user_id, self.team_id, self.enterprise_id)


class Shortcut(_Interaction):
    """A global shortcut; it names no channel."""

    type: Literal["shortcut"]
    callback_id: str
    trigger_id: str


class Option(_Theirs):
    """A menu option; `value` was set by the bot."""

    value: str


class SharedFile(_Theirs):
    """A file as named in a payload: minutes old, or a stub in a channel that two companies share.

    Source: https://docs.slack.dev/reference/objects/file-object
    """

    id: str
    name: str = ""


class SharedMessage(_Theirs):
    """A message a person chose; its text isn't kept."""

    files: list[SharedFile] = []


class MessageShortcut(_Interaction):
    """A shortcut in a message's menu."""

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
    """A person opened the app: its tab "home", or its messages."""

    type: Literal["app_home_opened"]
    user: str
    user_team: str = ""
    tab: str = "home"
    view: dict[str, object] | None = None
    """What is shown there; None if nothing has ever been."""

    def who(self, *teams: str) -> Who:
        """Return the person; `teams` are the event's, used unless it names the person's own."""
        return Who.of(self.user, *([self.user_team] if self.user_team else teams))


class OtherEvent(_Theirs):
    """An event the bot didn't ask for."""

    type: str


class Authorization(_Theirs):
    """An installation of the app that an event is meant for."""

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
    """Slack checks that this is the URL for events; the answer is the challenge itself."""

    type: Literal["url_verification"]
    challenge: str


class AppRateLimited(_Theirs):
    """Slack is holding back events for a minute, because there were too many."""

    type: Literal["app_rate_limited"]


class InputState(_Theirs):
    """The contents of one input; which field is filled depends on its type."""

    value: str | None = None
    selected_conversation: str | None = None
    selected_options: list[dict[str, object]] = []
    selected_option: Option | None = None
    files: list[SharedFile] = []


class ViewState(_Theirs):
    """The contents of all inputs, by block_id, then action_id."""

    values: dict[str, dict[str, InputState]] = {}


class ViewPayload(_Theirs):
    """A modal, or the App Home."""

    id: str
    type: str = "modal"
    callback_id: str = ""
    private_metadata: str = ""
    app_installed_team_id: str = ""
    """The workspace where the app that created the view is installed."""
    hash: str = ""
    """Identifies the state the person saw: it changes with every update of the view."""
    state: ViewState = ViewState()

    @property
    def first_input(self) -> str | None:
        """The block_id where an error about the whole form can go; None if it has no input."""
        return next(iter(self.state.values), None)

    def input(self, block_id: str) -> InputState:
        """Return the contents of a block's only input."""
        return next(iter(self.state.values.get(block_id, {}).values()), InputState())


class ResponseUrl(_Theirs):
    """Posts to the channel that was chosen in a form."""

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
        """The channel it was used in; None in a direct message."""
        return self.channel.id if self.channel and not self.channel.id.startswith("D") else None

    @property
    def form(self) -> ViewPayload | None:
        """The modal it was used in; None in a message or the App Home, which isn't a modal."""
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
"""Something a person did, and can be answered about."""
Handled: TypeAlias = FromPerson | EventCallback
"""What listeners handle."""
OfSlack: TypeAlias = UrlVerification | AppRateLimited
"""What Slack asks or tells the app itself."""
AnyPayload: TypeAlias = Handled | OfSlack
