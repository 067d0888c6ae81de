"""The nouns that the whole bot shares. Pure: no I/O.

What is saved in the store is pydantic, so that a job that one version saved is read by the next: new fields
get defaults, and no field changes its meaning.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import JobError
from bot.kore.models import ContactList

NAME_LIMIT = 48
DESCRIPTION_LIMIT = 256


def length(text: str) -> int:
    """Count characters as UTF-16 units: the strictest way in which Slack or Kore.ai may count.

    Neither documents how it counts; what fits by this measure fits by any.
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """Shorten text to `limit` UTF-16 units without splitting a character."""
    while length(text) > limit:
        text = text[: limit if len(text) > limit else -1]
    return text


class Saved(BaseModel):
    """What stands in the store. A field that a newer version added is passed over by an older one."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class ContactListDraft(Saved):
    """A contact list as a person describes it, ready to be sent."""

    name: str
    description: str
    allow_duplicates: bool = False


class Origin(Saved):
    """Where a submission came from, and where its result goes."""

    user_id: str
    channel_id: str
    """The conversation that gets the summary."""
    view_id: str
    """The form, which shows the result while it is open."""
    response_url: str | None = Field(default=None, repr=False)
    """A way into that conversation without being its member: 5 uses in 30 minutes. A secret."""


class Submission(Saved):
    """A valid form, as it is saved before Slack is answered. `key` names it for ever."""

    key: str
    draft: ContactListDraft
    origin: Origin
    attempt: int = 1
    """How many times this form was filled in: *Try again* in an open form keeps its view id."""
    instead_of: str = ""
    """The key of the one that failed, if *Try again* or *Create anyway* brought this form."""
    reference: str = ""
    """Under which the log has everything about it, from the command to the summary."""
    submitted_at: float
    """Seconds since the epoch."""

    def asks_for_the_same(self, other: "Submission") -> bool:
        """Tell whether another one wants the same list, told in the same place."""
        mine, theirs = (self.draft, self.origin.channel_id), (other.draft, other.origin.channel_id)
        return self is other or mine == theirs


class Created(Saved):
    """The list exists."""

    kind: Literal["created"] = "created"
    contact_list: ContactList


class Failed(Saved):
    """The list does not exist, or may not. `error` is a class name of `bot.errors`."""

    kind: Literal["failed"] = "failed"
    error: str
    sentence: str
    maybe_created: bool
    never_taken: bool = False
    retry_after: float | None = None
    """Seconds after which the API wants to be asked again."""
    for_operator: bool = False
    """Whether only whoever runs the bot can mend it."""
    reference: str | None = None
    posted_at: float | None = None
    """When the POST began whose outcome is unclear: what *Check again* must know."""

    @classmethod
    def because(
        cls, error: JobError, *, reference: str | None = None, posted_at: float | None = None
    ) -> "Failed":
        """Keep what people need of an error; its own text stays in the log."""
        return cls(
            error=type(error).__name__,
            sentence=error.user_message,
            maybe_created=error.maybe_created,
            never_taken=error.never_taken,
            retry_after=error.retry_after,
            for_operator=error.for_operator,
            reference=reference,
            posted_at=posted_at,
        )


Outcome = Annotated[Created | Failed, Field(discriminator="kind")]


class Way(StrEnum):
    """How a message reached people."""

    CHANNEL = "channel"
    RESPONSE_URL = "response_url"
    DIRECT_MESSAGE = "direct_message"
    FORM = "form"
    UNCERTAIN = "uncertain"
    """Slack gave no clear answer; it is not sent again, because it may be there."""
    LATER = "later"
    """Slack cannot be reached, or asked to wait: certainly not sent, and to be tried again."""
    NONE = "none"


class Telling(Saved):
    """An outcome on its way to the people who must hear of it."""

    submission: Submission
    outcome: Outcome
    went: dict[str, Way] = {}
    """Who was told already, and how."""
    tries: int = 0


class Told(Saved):
    """How a submission ended, and who was told how."""

    outcome: Outcome
    went: dict[str, Way] = {}

    @property
    def summary_went(self) -> Way:
        """Where the channel's message went."""
        return self.went.get("channel", Way.NONE)
