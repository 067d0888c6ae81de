"""What is sent to Kore.ai and what it answers. Pure: no I/O.

Source: Kore.ai, "Create contact list v2", request and response fields.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, ValidationError, WrapValidator
from pydantic.alias_generators import to_camel

T = TypeVar("T")
NAME_LIMIT = 48
DESCRIPTION_LIMIT = 256

_UNSENDABLE = re.compile(r"[\x00\ud800-\udfff]")
_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)


def _or_none(value: Any, read: Callable[[Any], T]) -> T | None:  # noqa: ANN401 - the edge: any JSON value
    try:
        return read(value)
    except ValidationError:
        return None


def _sendable(text: str) -> str:
    """Refuse text that neither Slack nor the store takes."""
    if _UNSENDABLE.search(text):
        raise ValueError("holds a NUL or half a character")
    return text


def _in_a_calendar(moment: datetime) -> datetime:
    """Read a time without a zone as UTC; refuse one that Slack cannot show."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _EARLIEST <= moment <= _LATEST:
        raise ValueError("is no date of a contact list")
    return moment


Text = Annotated[str, AfterValidator(_sendable)]
Moment = Annotated[datetime, AfterValidator(_in_a_calendar)]
Lenient = Annotated[T | None, WrapValidator(_or_none)]
"""A field whose odd value reads as None: the list exists anyway, which is what counts."""


class _Theirs(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        alias_generator=to_camel,
        populate_by_name=True,
    )


class ApiConfigurations(_Theirs):
    """How contacts get into the list."""

    data_sync_mode: Lenient[Text] = None


class ContactList(_Theirs):
    """A contact list. Only the id is sure to be there; every other field is None where it is not given."""

    id: Annotated[Text, Field(alias="_id", min_length=1)]
    """Opaque; not a UUID."""
    name: Lenient[Text] = None
    description: Lenient[Text] = None
    is_active: Lenient[bool] = None
    total_record_count: Lenient[int] = None
    """Contacts in the list now."""
    status: Lenient[Text] = None
    created_by: Lenient[Text] = None
    updated_by: Lenient[Text] = None
    mapping: Lenient[dict[Text, Text]] = None
    """Which field of a contact fills which field of the campaign."""
    is_list_in_use: Lenient[bool] = None
    campaign_in_use: Lenient[list[Text]] = None
    """Ids of the campaigns that use the list."""
    list_type: Lenient[Text] = None
    """`call` for voice campaigns."""
    is_global_dnc: Annotated[Lenient[bool], Field(alias="isGlobalDNC")] = None
    """Part of the global Do-Not-Call list."""
    is_default: Lenient[bool] = None
    source: Lenient[Text] = None
    api_configurations: Lenient[ApiConfigurations] = None
    columns: Lenient[list[JsonValue]] = None
    files: Lenient[list[JsonValue]] = None
    created_at: Lenient[Moment] = None
    updated_at: Lenient[Moment] = None
    allow_duplicates: Lenient[bool] = None


class ContactListDraft(_Theirs):
    """A contact list as a person describes it, ready to be sent.

    Each field is one of `ContactList` too, and is sent under the same name: by it the list is recognised.
    """

    name: str
    description: str
    allow_duplicates: bool = False
