"""What a view or a button carries until Slack sends it back. Pure: no I/O."""

from typing import Self

from pydantic import ValidationError

from bot.contact_file import ReadOptions
from bot.kore.models import NAME_LIMIT, ContactList, ContactListDraft
from bot.models import PostBegun, Saved
from bot.views.text import cut, length

VALUE_LIMIT = 2_000
"""Characters of a button's value."""
TEXT_LIMIT = 60
"""Characters of a text of Kore.ai's in there."""
_SUMMARIZED = {
    *("name", "status", "total_record_count", "allow_duplicates", "list_type", "source", "created_at")
}


class Carried(Saved):
    """What travels in a view's `private_metadata` or in a button's `value`."""

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Read it back; what cannot be read, as from another version, is as if nothing had been carried."""
        try:
            return cls.model_validate_json(text or "{}")
        except ValidationError:
            return cls()

    def write(self) -> str:
        """Write it for Slack to carry."""
        return self.model_dump_json(exclude_none=True)


class ChannelContext(Carried):
    """Where a form was asked for."""

    channel_id: str | None = None
    """Where the command was typed; None for a shortcut, which has no channel."""
    response_url: str | None = None


class FormContext(ChannelContext):
    """What the form of a new list remembers and does not show."""

    attempt: int = 1
    retry_of: str = ""
    """The key of the submission that failed, if *Try again* or *Create anyway* brought the form."""
    reference: str = ""
    """Under which the log has all that follows from what the person did."""
    warned: tuple[str, ...] = ()
    """Keys of the taken names that the form has warned of."""

    @property
    def is_from_command(self) -> bool:
        """Whether a command brought the form, and not a shortcut or *Try again*."""
        return self.channel_id is not None and self.attempt == 1


class ShareContext(ChannelContext):
    """What the form of *Post to channel* remembers, and the views that lead to it: which list."""

    list_id: str = ""
    over_form: bool = False
    """Whether the list is shown over the form of a new one, which is to be gone back to."""


class FormValues(Carried, ContactListDraft):
    """What a form is filled with when it opens: a draft that may be unfinished; *Try again* carries it."""

    name: str = ""
    description: str = ""
    channel_id: str | None = None
    attempt: int = 1
    retry_of: str = ""
    was_cut: bool = False
    lacks_mention: bool = False
    user_id: str = ""
    """Whose submission it was that *Try again* brings back."""
    other: str = ""
    """What may have been meant in place of a new list, as it is to be typed."""

    @classmethod
    def named(cls, typed: str, *, other: str = "", lacks_mention: bool = False) -> Self:
        """Fill in a name, cut to what the API takes."""
        name = cut(typed, NAME_LIMIT).strip()
        return cls(name=name, was_cut=name != typed, other=other, lacks_mention=lacks_mention)


class LookupRequest(Carried):
    """Which unconfirmed submission to look for again; *Check again* carries it."""

    key: str = ""
    posted: PostBegun | None = None


class ConfirmRequest(Carried):
    """Which list a submission is said to have made; *That's it* carries what its summary shows."""

    key: str = ""
    contact_list: ContactList | None = None

    @classmethod
    def of(cls, key: str, contact_list: ContactList) -> Self:
        """Carry what fits; the description is the submission's own."""
        fields = contact_list.model_dump(include=_SUMMARIZED)
        short = {
            name: cut(each, TEXT_LIMIT) if isinstance(each, str) else each for name, each in fields.items()
        }
        request = cls(key=key, contact_list=ContactList(id=contact_list.id, **short))
        if length(request.write()) <= VALUE_LIMIT:
            return request
        return cls(key=key, contact_list=ContactList(id=contact_list.id))


class DecisionRequest(Carried):
    """Which import waits for a decision; its buttons carry it."""

    job_id: str = ""
    """The job that asked for it."""


class StopRequest(Carried):
    """Which import to stop; *Stop* carries it."""

    list_id: str = ""
    key: str = ""


class FillContext(Carried):
    """Which list is to be filled from which file, as far as that is chosen and seen."""

    list_id: str = ""
    list_name: str = ""
    channel_id: str | None = None
    """Where it was asked for; None where that is no channel."""
    reference: str = ""
    file_id: str = ""
    country: str = ""
    """As it was typed."""
    options: ReadOptions = ReadOptions()
    digest: str = ""
    """Of the contacts that the preview has shown."""
    ready: int = 0


class Page(Carried):
    """Which part of the lists a person looks at; the buttons under it carry it."""

    words: str = ""
    number: int = 0
