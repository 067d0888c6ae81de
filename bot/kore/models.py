"""What is sent to Kore.ai and what it returns. Pure: no I/O.

Source: Kore.ai, "Create contact list v2", request and response fields.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

T = TypeVar("T")
NAME_LIMIT = 48
DESCRIPTION_LIMIT = 256

ID_LIMIT = 200
TEXT_LIMIT = 1_000
"""Characters kept of a text."""
PARTS_LIMIT = 200
"""Fields, columns, files or campaigns kept per list, and characters kept of each name."""
RECORDS_LIMIT = 10**12

_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)
_JS_ZONE = re.compile(r"\b(?:GMT|UTC)(?=[+-]\d{4}\b)")


def seconds_of(moment: datetime) -> float:
    """Return a time in seconds since the epoch; without a zone, it is taken as UTC."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def mail_date(text: str) -> datetime | None:
    """Read a date in the format of mail and HTTP; None for anything else."""
    try:
        return parsedate_to_datetime(text[:TEXT_LIMIT])
    except (ValueError, OverflowError, TypeError, IndexError):  # the library's own ways to say no
        return None


def _or_none(value: Any, read: Callable[[Any], T]) -> T | None:  # noqa: ANN401 - the edge: any JSON value
    try:
        return read(value)
    except ValidationError:
        return None


def _cut(text: str) -> str:
    return text[:TEXT_LIMIT]


def _cut_id(list_id: str) -> str:
    """Shorten an id that is too long to be of use, marking the cut with an ellipsis."""
    return list_id if len(list_id) <= ID_LIMIT else f"{list_id[: ID_LIMIT - 1]}…"


def _standard(value: object) -> object:
    """Read dates in the formats of JavaScript and mail, which pydantic doesn't know."""
    if not isinstance(value, str) or value[:1].isdigit():
        return value
    return mail_date(_JS_ZONE.sub("", value)) or value


def _in_a_calendar(moment: datetime) -> datetime:
    """Reject a date that Slack can't show."""
    if not _EARLIEST.timestamp() <= seconds_of(moment) <= _LATEST.timestamp():
        raise ValueError("is no date of a contact list")
    return moment


def _first_parts(value: object) -> object:
    """Keep the first `PARTS_LIMIT` parts, and only the name of each."""
    if isinstance(value, list):
        return [_name_of(part) for part in value[:PARTS_LIMIT]]
    if isinstance(value, dict):
        return {_short(name): _short(each) for name, each in [*value.items()][:PARTS_LIMIT]}
    return value


def _name_of(part: object) -> object:
    """Return the name of a campaign, column or file, which may be a text, or an object with a name or id."""
    if isinstance(part, dict):
        part = part.get("name") or part.get("id") or part.get("_id") or ""
    return _short(part)


def _short(value: object) -> object:
    return value[:PARTS_LIMIT] if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(_cut)]
PartNames = Annotated[list[str], BeforeValidator(_first_parts)]
Moment = Annotated[datetime, BeforeValidator(_standard), AfterValidator(_in_a_calendar)]
"""Without a zone, it is in one that Kore.ai did not name."""
Lenient = Annotated[T | None, WrapValidator(_or_none)]
"""A field that reads as None if its value is odd: what counts is that the list exists."""


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
    """A contact list. Only the id is sure to be there; any other field is None if not given."""

    id: Annotated[str, Field(alias="_id", min_length=1, coerce_numbers_to_str=True), AfterValidator(_cut_id)]
    """Opaque; not a UUID. Some answers call it `id`."""
    name: Lenient[Text] = None
    description: Lenient[Text] = None
    is_active: Lenient[bool] = None
    total_record_count: Lenient[Annotated[int, Field(ge=0, le=RECORDS_LIMIT)]] = None
    """Contacts in the list now."""
    status: Lenient[Text] = None
    created_by: Lenient[Text] = None
    updated_by: Lenient[Text] = None
    mapping: Lenient[Annotated[dict[str, str], BeforeValidator(_first_parts)]] = None
    """Maps a contact's fields to the campaign's."""
    is_list_in_use: Lenient[bool] = None
    campaign_in_use: Lenient[PartNames] = None
    """Names or ids of the campaigns that use the list."""
    list_type: Lenient[Text] = None
    """`call` for voice campaigns."""
    is_global_dnc: Annotated[Lenient[bool], Field(alias="isGlobalDNC")] = None
    """Part of the global Do-Not-Call list."""
    is_default: Lenient[bool] = None
    source: Lenient[Text] = None
    api_configurations: Lenient[ApiConfigurations] = None
    columns: Lenient[PartNames] = None
    files: Lenient[PartNames] = None
    created_at: Lenient[Moment] = None
    updated_at: Lenient[Moment] = None
    allow_duplicates: Lenient[bool] = None

    @property
    def in_use(self) -> bool | None:
        """Whether a campaign uses the list, by two fields that don't always agree; None if unknown."""
        return True if self.campaign_in_use else self.is_list_in_use


class ContactListDraft(_Theirs):
    """A contact list as a person describes it, ready to be sent.

    Each field also exists in `ContactList`, and is sent under the same name: this is how the list is
    recognised.
    """

    name: str
    description: str
    allow_duplicates: bool = False
