"""The vocabulary shared by the whole bot. Pure: no I/O.

Whatever is saved in the store is a pydantic model, so that a job saved by one version can be read by the
next: new fields get defaults, and no field changes its meaning.
"""

from collections import OrderedDict
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from bot.errors import BotError, JobError, NoSlotInTime
from bot.kore.models import ContactList, ContactListDraft

K = TypeVar("K")
V = TypeVar("V")
T_co = TypeVar("T_co", covariant=True)


class Saved(BaseModel):
    """Data that is saved and read back. An older version ignores a field that a newer one added."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    def replace(self, **changes: object) -> Self:
        """Return a copy with other values, validated as `model_copy` wouldn't: each must fit a field."""
        return self.model_validate({**dict(self), **changes}, extra="forbid")


class Origin(Saved):
    """Where a submission came from, and where its result goes."""

    user_id: str
    channel_id: str
    """The channel that gets the summary."""
    view_id: str
    """The form, which shows the result while it is open."""
    response_url: str | None = Field(default=None, repr=False)
    """Posts to that channel without being a member: 5 uses in 30 minutes. A secret."""


class Submission(Saved):
    """A valid form, saved before Slack is answered. `key` identifies it for good."""

    key: str
    draft: ContactListDraft
    origin: Origin
    attempt: int = 1
    """How many times this form was filled in: *Try again* in an open form keeps its view id."""
    retry_of: str = ""
    """The key of the failed submission, if *Try again* or *Create anyway* opened this form."""
    reference: str = ""
    """The reference for everything about it in the log, from the command to the summary."""
    submitted_at: float
    """Seconds since the epoch."""
    known: tuple[str, ...] = ()
    """Ids of lists with this name that were known before: none of them can be the new one."""

    def is_same_request(self, other: "Submission") -> bool:
        """Return whether another submission asks for the same list, posted to the same channel."""
        mine, theirs = (self.draft, self.origin.channel_id), (other.draft, other.origin.channel_id)
        return self is other or mine == theirs


class Created(Saved):
    """The list exists."""

    kind: Literal["created"] = "created"
    contact_list: ContactList


class PostBegun(Saved):
    """When a POST with an unclear outcome began: what a lookup must know."""

    at: float
    """In seconds since the epoch, by one of our clocks."""
    on: str = ""
    """The machine whose clock it was."""
    at_theirs: float | None = None
    """The same by Kore.ai's clock, at the earliest; None if no answer had shown it."""


class Trouble(Saved):
    """Why a call failed, as far as people need to know. `error` is a class name from `bot.errors`."""

    error: str
    sentence: str
    vendor_message: str = ""
    """Kore.ai's own words."""
    maybe_created: bool = False
    """Whether it may have been done anyway."""
    not_accepted: bool = False
    """Whether it was certainly not done, and may succeed later."""
    retry_after: float | None = None
    """Seconds to wait before asking the API again, if it said so."""
    needs_operator: bool = False
    """Whether only the operator can fix it."""
    reference: str | None = None

    @classmethod
    def because(cls, error: JobError, reference: str | None = None) -> Self:
        """Keep what people need to know about an error; its own text stays in the log."""
        return cls(
            error=type(error).__name__,
            sentence=cls.sentence_of(error),
            vendor_message=error.vendor_message,
            maybe_created=error.maybe_created,
            not_accepted=error.not_accepted,
            retry_after=error.retry_after,
            needs_operator=error.needs_operator,
            reference=reference or error.reference,
        )

    @staticmethod
    def sentence_of(error: JobError) -> str:
        """Return what people read about an error."""
        return error.user_message()


class Failed(Trouble):
    """The list doesn't exist, or may not exist."""

    kind: Literal["failed"] = "failed"
    posted: PostBegun | None = None
    """What *Check again* needs to know, if checking can help."""
    alike: ContactList | None = None
    """A list that may be the one: the person decides."""
    checked_at: float | None = None
    """When the last lookup ended, in seconds since the epoch."""


Outcome = Annotated[Created | Failed, Field(discriminator="kind")]


class Route(StrEnum):
    """How a message reached people."""

    CHANNEL = "channel"
    RESPONSE_URL = "response_url"
    DIRECT_MESSAGE = "direct_message"
    FORM = "form"
    UNCONFIRMED = "unconfirmed"
    """Slack gave no clear answer; the message isn't sent again, because it may be there."""
    DEFERRED = "deferred"
    """Slack couldn't be reached, or asked us to wait: certainly not sent, and to be tried again."""
    NOWHERE = "nowhere"


class Notification(Saved):
    """How a submission ended: on its way to the people who must hear about it, and once they all have."""

    submission: Submission
    outcome: Outcome
    delivered: dict[str, Route] = {}
    """Who has been notified, and by which route."""
    tries: int = 0
    failed_before: bool = False
    """Whether the person was notified of a failure and has pressed *Check again* or *That's it* since."""
    reply_to: str | None = Field(default=None, repr=False)
    """Changes the message in which *Check again* or *That's it* was pressed. A secret."""
    summary_channel: str = ""
    """Where the channel's message is, if Slack said so; it is updated when contacts are added."""
    summary_ts: str = ""

    @property
    def summary_route(self) -> Route:
        """The route of the channel's message."""
        return self.delivered.get("channel", Route.NOWHERE)


@dataclass(frozen=True)
class Snapshot(Generic[T_co]):
    """What can be shown: `value` was read `age` seconds ago; `trouble` is why it isn't newer."""

    value: T_co | None
    age: float = 0.0
    trouble: BotError | None = None

    @property
    def is_stale(self) -> bool:
        """Whether a newer value may still come by itself."""
        return isinstance(self.trouble, NoSlotInTime)


class BoundedDict(OrderedDict[K, V]):
    """The latest entries; beyond `limit` the oldest is dropped, and setting a key makes it the newest."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._limit:
            self.popitem(last=False)
