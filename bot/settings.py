"""The whole configuration: typed, frozen, every problem reported at once and never with its value."""

import re
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

from bot.addresses import host_url, proxy_url, safe_url, store_url
from bot.environment import read_environment, read_one
from bot.errors import SettingsError


def _not_blank(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value().strip():
        raise ValueError("is missing")
    return secret


_IDS: dict[str, tuple[tuple[str, ...], str]] = {
    "allowed_teams": (("T", "E"), "workspace or organisation ids (T…, E…)"),
    "allowed_users": (("U", "W"), "user ids (U…)"),
    "allowed_usergroups": (("S",), "user group ids (S…)"),
    "allowed_channels": (("C", "G", "D"), "channel ids (C…)"),
    "notify_channel": (("C", "G", "D"), "a channel id (C…)"),
}
_OF_ANOTHER = "of_another_setting"

Ids = frozenset[str]
Required = Annotated[str, Field(min_length=1)]
RequiredSecret = Annotated[SecretStr, AfterValidator(_not_blank)]
LOWER = BeforeValidator(lambda value: value and str(value).lower())
UPPER = BeforeValidator(lambda value: value and str(value).upper())
"""Words that are taken in any case."""


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
    slack_bot_token: RequiredSecret
    slack_app_token: SecretStr | None = None
    slack_signing_secret: SecretStr | None = None
    slack_mode: Annotated[Literal["http", "socket"] | None, LOWER] = None
    slack_api_url: str = "https://slack.com/api/"
    host: str = "0.0.0.0"  # noqa: S104 - a container's port is reached from outside it
    port: int = Field(default=3000, ge=0, le=65535)
    metrics_port: int | None = Field(default=None, ge=0, le=65535)


class KoreSettings(_Base):
    """What the calls to Kore.ai need, and the commands that do without Slack need no more."""

    kore_host: str = "https://platform.kore.ai"
    kore_stream_id: Required
    kore_account_id: Required
    kore_client_id: Required
    kore_client_secret: RequiredSecret
    kore_iid: str | None = None
    kore_jwt_algorithm: Annotated[Literal["HS256", "HS512"], UPPER] = "HS256"
    kore_timeout: float = Field(default=15, gt=0, le=40)
    https_proxy: SecretStr | None = None
    no_proxy: str | None = None
    contacts_per_call: int = Field(default=200, ge=1, le=1000)
    default_country: str | None = None

    @field_validator("kore_host")
    @classmethod
    def _kore_is_reached_safely(cls, host: str) -> str:
        return host_url(host)

    @field_validator("https_proxy")
    @classmethod
    def _proxy_is_understood(cls, proxy: SecretStr | None) -> SecretStr | None:
        return proxy and SecretStr(proxy_url(proxy.get_secret_value().strip()))

    @field_validator("default_country")
    @classmethod
    def _country_is_a_code(cls, value: str | None) -> str | None:
        if value and not re.fullmatch(r"[A-Za-z]{2}", value):
            raise ValueError("must be the two letters of a country, such as DE")
        return value and value.upper()


class Settings(KoreSettings, _SlackSettings):
    """What docs/settings.md describes, by the same names in lower case.

    The order matters: a validator sees the fields above its own.
    """

    kore_rate_per_minute: int = Field(default=60, ge=1)
    database_url: SecretStr = SecretStr("sqlite:///contactlist.db")
    database_pool_size: int = Field(default=10, ge=2, le=100)
    role: Annotated[Literal["all", "web", "worker"], LOWER] = "all"
    keep_days: int = Field(default=30, ge=1)
    add_contacts: Annotated[Literal["on", "off"], LOWER] = "on"
    allowed_teams: Ids = frozenset()
    allowed_users: Ids = frozenset()
    allowed_usergroups: Ids = frozenset()
    allowed_channels: Ids = frozenset()
    admin_contact: str = Field(default="your workspace admin", min_length=1, max_length=200)
    submissions_per_minute: int = Field(default=10, ge=1)
    open_jobs_limit: int = Field(default=1000, ge=1)
    notify_channel: str | None = None
    kore_console_url: str | None = None
    log_level: Annotated[Literal["DEBUG", "INFO", "WARNING", "ERROR"], UPPER] = "INFO"
    log_format: Annotated[Literal["console", "json"] | None, LOWER] = None

    @property
    def socket_mode(self) -> bool:
        """Whether Slack is reached through a WebSocket that the bot opens."""
        return self.slack_mode == "socket"

    @property
    def on_sqlite(self) -> bool:
        """Whether the store is a file of this process alone."""
        return self.database_url.get_secret_value().startswith("sqlite")

    @property
    def store_kind(self) -> str:
        """Which kind of store it is, for people."""
        return "sqlite" if self.on_sqlite else "postgresql"

    @field_validator("slack_bot_token", "slack_app_token")
    @classmethod
    def _token_has_its_prefix(cls, token: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        prefix = "xoxb-" if info.field_name == "slack_bot_token" else "xapp-"
        if token and not token.get_secret_value().startswith(prefix):
            raise ValueError(f"must start with {prefix}")
        return token

    @field_validator("slack_mode")
    @classmethod
    def _mode_has_what_it_needs(cls, mode: str | None, info: ValidationInfo) -> str:
        if "slack_app_token" not in info.data:  # it was wrong, and that is reported
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

    @field_validator("slack_api_url")
    @classmethod
    def _slack_is_reached_safely(cls, url: str) -> str:
        return safe_url(url).rstrip("/") + "/"

    @field_validator("database_url")
    @classmethod
    def _store_is_known(cls, url: SecretStr) -> SecretStr:
        return SecretStr(store_url(url.get_secret_value()))

    @field_validator("role")
    @classmethod
    def _roles_share_a_server(cls, role: str, info: ValidationInfo) -> str:
        url = info.data.get("database_url")
        if role != "all" and url and url.get_secret_value().startswith("sqlite"):
            raise ValueError(f"is {role}, which needs a DATABASE_URL that starts with postgresql://")
        return role

    @field_validator("kore_console_url")
    @classmethod
    def _console_url_names_the_list(cls, value: str | None) -> str | None:
        if value is not None and not (value.startswith("https://") and "{id}" in value):
            raise ValueError("must be an https address with {id} in it")
        return value

    @field_validator(
        "allowed_teams", "allowed_users", "allowed_usergroups", "allowed_channels", "notify_channel"
    )
    @classmethod
    def _ids_are_no_names(cls, value: frozenset[str] | str | None, info: ValidationInfo) -> object:
        ids = [value] if isinstance(value, str) else value or []
        starts, what = _IDS[str(info.field_name)]
        if not all(each.startswith(starts) for each in ids):
            raise ValueError(f"must be {what}, not names")
        return value

    @field_validator(
        "allowed_teams", "allowed_users", "allowed_usergroups", "allowed_channels", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            ids = frozenset(filter(None, re.split(r"[,;\s]+", value)))
            if value.strip() and not ids:
                raise ValueError("has no ids in it: leave it empty to limit nothing")
            return ids
        return value


def read_settings() -> Settings:
    """Read the environment and `.env`; raises `SettingsError` with every problem."""
    return _read(Settings)


def read_kore_settings() -> KoreSettings:
    """Read what `create` needs from the same places; raises `SettingsError` with every problem."""
    return _read(KoreSettings)


def log_format() -> str | None:
    """Read how the log is to look, where the settings as a whole can't be used."""
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
    """Report another setting than the one that is validated."""
    return PydanticCustomError(_OF_ANOTHER, "{problem}", {"problem": f"{name} is missing: {why}"})


def _problems(error: ValidationError) -> list[str]:
    return [_problem(each["type"], str(each["loc"][0]).upper(), each["msg"]) for each in error.errors()]


def _problem(kind: str, name: str, message: str) -> str:
    return message if kind == _OF_ANOTHER else f"{name} {_sentence(kind, message)}"


def _sentence(kind: str, message: str) -> str:
    if kind in {"missing", "string_too_short"}:
        return "is missing"
    return message.removeprefix("Value error, ").replace("Input should be", "must be").split(", unable")[0]
