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
"""Characters kept in it of each text from Kore.ai."""
_SUMMARIZED = {
    *("name", "status", "total_record_count", "allow_duplicates", "list_type", "source", "created_at")
}


class Carried(Saved):
    """What travels in a view's `private_metadata` or in a button's `value`."""

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Read it back; if that fails, as with another version, it is as if nothing had been carried."""
        try:
            return cls.model_validate_json(text or "{}")
        except ValidationError:
            return cls()

    def write(self) -> str:
        """Write it for Slack to carry."""
        return self.model_dump_json(exclude_none=True)


class ChannelContext(Carried):
    """Where a form was requested."""

    channel_id: str | None = None
    """Where the command was typed; None for a shortcut, which has no channel."""
    response_url: str | None = None


class FormContext(ChannelContext):
    """What the form of a new list remembers but doesn't show."""

    attempt: int = 1
    retry_of: str = ""
    """The key of the failed submission, if *Try again* or *Create anyway* opened the form."""
    reference: str = ""
    """The reference for everything in the log that follows from the person's action."""
    warned: tuple[str, ...] = ()
    """Keys of the taken names that the form has warned about."""

    @property
    def is_from_command(self) -> bool:
        """Whether a command opened the form, and not a shortcut or *Try again*."""
        return self.channel_id is not None and self.attempt == 1


class ShareContext(ChannelContext):
    """What the form of *Post to channel*, and the views that lead to it, remember: which list."""

    list_id: str = ""
    over_form: bool = False
    """Whether the list is shown on top of the form of a new one, which the person will go back to."""


class FormValues(Carried, ContactListDraft):
    """What a form is filled with when it opens: a draft that may be incomplete; *Try again* carries it."""

    name: str = ""
    description: str = ""
    channel_id: str | None = None
    attempt: int = 1
    retry_of: str = ""
    was_cut: bool = False
    lacks_mention: bool = False
    user_id: str = ""
    """The user whose submission *Try again* brings back."""
    other: str = ""
    """What may have been meant instead of a new list, as it would be typed."""

    @classmethod
    def named(cls, typed: str, *, other: str = "", lacks_mention: bool = False) -> Self:
        """Fill in a name, cut to the length the API accepts."""
        name = cut(typed, NAME_LIMIT).strip()
        return cls(name=name, was_cut=name != typed, other=other, lacks_mention=lacks_mention)


class LookupRequest(Carried):
    """The unconfirmed submission to look up again; *Check again* carries it."""

    key: str = ""
    posted: PostBegun | None = None


class ConfirmRequest(Carried):
    """The list that a submission is said to have created; *That's it* carries what its summary shows."""

    key: str = ""
    contact_list: ContactList | None = None

    @classmethod
    def of(cls, key: str, contact_list: ContactList) -> Self:
        """Carry what fits; the description isn't needed, as it is the submission's own."""
        fields = contact_list.model_dump(include=_SUMMARIZED)
        short = {
            name: cut(each, TEXT_LIMIT) if isinstance(each, str) else each for name, each in fields.items()
        }
        request = cls(key=key, contact_list=ContactList(id=contact_list.id, **short))
        if length(request.write()) <= VALUE_LIMIT:
            return request
        return cls(key=key, contact_list=ContactList(id=contact_list.id))


class DecisionRequest(Carried):
    """The import that waits for a decision; its buttons carry it."""

    job_id: str = ""
    """The job that asked for the decision."""


class StopRequest(Carried):
    """The import to stop; *Stop* carries it."""

    list_id: str = ""
    key: str = ""


class FillContext(Carried):
    """The list to fill and the file to fill it from, as far as they are chosen and previewed."""

    list_id: str = ""
    list_name: str = ""
    channel_id: str | None = None
    """Where it was requested; None if that isn't a channel."""
    reference: str = ""
    file_id: str = ""
    country: str = ""
    """As typed."""
    options: ReadOptions = ReadOptions()
    digest: str = ""
    """The digest of the contacts in the preview."""
    ready: int = 0


class Page(Carried):
    """The part of the lists a person is looking at; the buttons below it carry it."""

    words: str = ""
    number: int = 0
