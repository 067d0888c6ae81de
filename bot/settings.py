"""The whole configuration: typed and frozen; every problem is reported at once, and never with its value."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError
from sqlalchemy import URL, make_url

from bot import addresses
from bot.countries import NOT_A_COUNTRY, region_of
from bot.environment import read_environment, read_one
from bot.errors import SettingsError

_OF_ANOTHER = "of_another_setting"


def _not_blank(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("is missing")
    return secret


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    ids = frozenset(filter(None, re.split(r"[,;\s]+", value)))
    if value.strip() and not ids:
        raise ValueError("has no ids in it: leave it empty to limit nothing")
    return ids


def _ids(*starts: str, what: str) -> AfterValidator:
    """Reject names: Slack sends ids, so a name would match nothing."""

    def check(value: frozenset[str] | str) -> object:
        ids = [value] if isinstance(value, str) else value
        if not all(each.startswith(starts) for each in ids):
            raise ValueError(f"must be {what}, not names")
        return value

    return AfterValidator(check)


def _prefix(prefix: str) -> AfterValidator:
    def check(token: SecretStr) -> SecretStr:
        if token and not token.get_secret_value().startswith(prefix):
            raise ValueError(f"must start with {prefix}")
        return token

    return AfterValidator(check)


def _country(value: str) -> str:
    region = region_of(value)
    if region is None:
        raise ValueError(NOT_A_COUNTRY)
    return region


def _api_url(value: str) -> str:
    return addresses.safe_url(value).rstrip("/") + "/"


def _console_url(value: str) -> str:
    if not (value.startswith("https://") and "{id}" in value):
        raise ValueError("must be an https address with {id} in it")
    return value


def _secret(check: Callable[[str], str]) -> AfterValidator:
    return AfterValidator(lambda secret: SecretStr(check(secret.get_secret_value().strip())))


Ids = Annotated[frozenset[str], BeforeValidator(_split)]
Required = Annotated[str, Field(min_length=1)]
RequiredSecret = Annotated[SecretStr, AfterValidator(_not_blank)]
LOWER = BeforeValidator(lambda value: value and str(value).lower())
UPPER = BeforeValidator(lambda value: value and str(value).upper())
"""Words accepted in any case."""


class _Base(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        str_strip_whitespace=True,
        hide_input_in_errors=True,
        validate_default=True,
    )


T = TypeVar("T", bound=_Base)


class _SlackSettings(_Base):
    slack_bot_token: Annotated[RequiredSecret, _prefix("xoxb-")]
    slack_app_token: Annotated[SecretStr, _prefix("xapp-")] | None = None
    slack_signing_secret: SecretStr | None = None
    slack_mode: Annotated[Literal["http", "socket"] | None, LOWER] = None
    slack_api_url: Annotated[str, AfterValidator(_api_url)] = "https://slack.com/api/"
    host: str = "0.0.0.0"  # noqa: S104 - a container's port is reached from outside it
    port: int = Field(default=3000, ge=0, le=65535)
    metrics_port: int | None = Field(default=None, ge=0, le=65535)


class KoreSettings(_Base):
    """What calls to Kore.ai need, which is all that the commands without Slack need."""

    kore_host: Annotated[str, AfterValidator(addresses.host_url)] = "https://platform.kore.ai"
    kore_stream_id: Required
    kore_account_id: Required
    kore_client_id: Required
    kore_client_secret: RequiredSecret
    kore_iid: str | None = None
    kore_jwt_algorithm: Annotated[Literal["HS256", "HS512"], UPPER] = "HS256"
    kore_timeout: float = Field(default=15, gt=0, le=40)
    https_proxy: Annotated[SecretStr, _secret(addresses.proxy_url)] | None = None
    no_proxy: str | None = None
    contacts_per_call: int = Field(default=200, ge=1, le=1000)
    default_country: Annotated[str, AfterValidator(_country)] | None = None


class Settings(KoreSettings, _SlackSettings):
    """What docs/settings.md describes, under the same names in lower case.

    The order matters: a validator only sees the fields above its own.
    """

    kore_rate_per_minute: int = Field(default=60, ge=1)
    database_url: Annotated[SecretStr, _secret(addresses.database_url)] = SecretStr(
        "sqlite:///contactlist.db"
    )
    database_pool_size: int = Field(default=10, ge=2, le=100)
    role: Annotated[Literal["all", "web", "worker"], LOWER] = "all"
    keep_days: int = Field(default=30, ge=1)
    add_contacts: Annotated[Literal["on", "off"], LOWER] = "on"
    allowed_teams: Annotated[Ids, _ids("T", "E", what="workspace or organisation ids (T…, E…)")] = frozenset()
    allowed_users: Annotated[Ids, _ids("U", "W", what="user ids (U…)")] = frozenset()
    allowed_usergroups: Annotated[Ids, _ids("S", what="user group ids (S…)")] = frozenset()
    allowed_channels: Annotated[Ids, _ids("C", "G", "D", what="channel ids (C…)")] = frozenset()
    admin_contact: str = Field(default="your workspace admin", min_length=1, max_length=200)
    submissions_per_minute: int = Field(default=10, ge=1)
    open_jobs_limit: int = Field(default=1000, ge=1)
    notify_channel: Annotated[str, _ids("C", "G", "D", what="a channel id (C…)")] | None = None
    kore_console_url: Annotated[str, AfterValidator(_console_url)] | None = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], UPPER] = "INFO"
    log_format: Annotated[Literal["console", "json"] | None, LOWER] = None

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is reached through WebSockets that the bot opens."""
        return self.slack_mode == "socket"

    @property
    def on_sqlite(self) -> bool:
        """Whether the store is a file for this process alone."""
        return self.database_url.get_secret_value().startswith("sqlite")

    @property
    def store_url(self) -> URL:
        """The store's URL, with the driver that reaches it."""
        url = make_url(self.database_url.get_secret_value())
        return url if self.on_sqlite else url.set(drivername="postgresql+psycopg")

    @property
    def store_file(self) -> Path:
        """The file of a SQLite store."""
        return Path(self.store_url.database or "")

    @property
    def store_kind(self) -> str:
        """The kind of store, for people."""
        return "sqlite" if self.on_sqlite else "postgresql"

    @field_validator("slack_mode")
    @classmethod
    def _mode_has_what_it_needs(cls, mode: str | None, info: ValidationInfo) -> str:
        if "slack_app_token" not in info.data:  # it was invalid, which is reported already
            return mode or "socket"
        app_token, secret = info.data["slack_app_token"], info.data["slack_signing_secret"]
        has_secret = bool(secret and secret.get_secret_value().strip())
        if mode == "http" and not has_secret:
            raise _missing("SLACK_SIGNING_SECRET", "HTTP mode needs it")
        if mode == "socket" and not app_token:
            raise _missing("SLACK_APP_TOKEN", "Socket Mode needs it")
        if not (app_token or has_secret):
            raise _missing("SLACK_APP_TOKEN", "Socket Mode needs it (HTTP mode: SLACK_SIGNING_SECRET)")
        return mode or ("socket" if app_token else "http")

    @field_validator("role")
    @classmethod
    def _roles_share_a_server(cls, role: str, info: ValidationInfo) -> str:
        url = info.data.get("database_url")
        if role != "all" and url and url.get_secret_value().startswith("sqlite"):
            raise ValueError(f"is {role}, which needs a DATABASE_URL that starts with postgresql://")
        return role


def read_settings() -> Settings:
    """Read the environment and `.env`; raises `SettingsError` with every problem."""
    return _read(Settings)


def read_kore_settings() -> KoreSettings:
    """Read what the commands without Slack need; raises `SettingsError` with every problem."""
    return _read(KoreSettings)


def log_format() -> str | None:
    """Read the log format when the settings as a whole can't be used."""
    return read_one("LOG_FORMAT").strip().lower() or None


def _read(kind: type[T]) -> T:
    given = read_environment([name.upper() for name in kind.model_fields])
    problems = given.problems
    try:
        settings = kind.model_validate(given.values)
    except ValidationError as error:
        problems = [*problems, *_problems(error)]
    if problems:
        raise SettingsError(problems) from None
    return settings


def _missing(name: str, why: str) -> PydanticCustomError:
    """Report a setting other than the one being validated."""
    return PydanticCustomError(_OF_ANOTHER, "{problem}", {"problem": f"{name} is missing: {why}"})


def _problems(error: ValidationError) -> Iterator[str]:
    for each in error.errors():
        name, kind, message = str(each["loc"][0]).upper(), each["type"], each["msg"]
        if kind == _OF_ANOTHER:
            yield message
        elif kind in {"missing", "string_too_short"}:
            yield f"{name} is missing"
        else:
            said = message.removeprefix("Value error, ").replace("Input should be", "must be")
            yield f"{name} {said.split(', unable')[0]}"
