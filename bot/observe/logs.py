"""Logs without secrets, each line with the reference of the request it belongs to.

The rule: everything that is written passes through redaction, in the formatter of the only handler, so that
no caller and no library can bypass it. Library output below WARNING (payloads) is dropped there too.
"""

import logging
import re
import sys
from collections.abc import Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit

import structlog
from pydantic import SecretStr
from sqlalchemy import make_url
from yarl import URL

from bot.contact_import import ContactImport
from bot.models import Submission
from bot.observe.bounded import Bounded
from bot.observe.redaction import Redactor, private
from bot.settings import Settings

_DELIMITERS = re.compile("[/@#?:&]")
MIN_PART = 6
"""Minimum length of a part of a secret to hide: shorter ones are words and years."""
_STEERING = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Characters that a terminal obeys instead of showing, or that would break a line in two."""
_TRACEBACKS = {"exception", "stack"}
"""Fields that have many lines, which are our own."""
_LIBRARIES = ("aiohttp", "asyncio", "dbos", "slack_bolt", "slack_sdk", "sqlalchemy")
_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def new_reference() -> str:
    """Create the short id that every log line about one request carries."""
    return token_hex(4)


def reference() -> str:
    """Return the reference of the current request or job, or create one."""
    return str(structlog.contextvars.get_contextvars().get("reference") or new_reference())


@contextmanager
def about(submission: Submission) -> Iterator[None]:
    """Bind a submission to every line logged in the meantime, and hide its private texts."""
    mine = (submission.draft.description, submission.origin.response_url)
    hidden = [each for each in mine if each and each not in submission.draft.name]
    names = {"job": submission.key, "reference": submission.reference}
    with structlog.contextvars.bound_contextvars(**names), private(*hidden):
        yield


@contextmanager
def about_import(importing: ContactImport) -> Iterator[None]:
    """Bind an import to every line logged in the meantime, and hide its private texts."""
    names = {"job": importing.key, "reference": importing.reference}
    url = importing.origin.response_url
    with structlog.contextvars.bound_contextvars(**names), private(*([url] if url else [])):
        yield


def library_logger(name: str) -> logging.Logger:
    """Return a library's logger; below WARNING it would print payloads, `response_url`s and `trigger_id`s."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR if name == "slack_bolt" else logging.WARNING)
    return logger


class Lines:
    """Renders readable lines, with anything that would control a terminal escaped; JSON needs no escaping."""

    def __init__(self, *, colors: bool) -> None:
        self._render = structlog.dev.ConsoleRenderer(colors=colors)

    def __call__(self, logger: Any, name: str, fields: MutableMapping[str, Any]) -> str:  # noqa: ANN401 - structlog's own
        """Render one line."""
        return self._render(logger, name, {str(_visible(key)): _field(key, fields[key]) for key in fields})


def _field(name: str, value: object) -> object:
    """Write a value in one line, or a traceback in several that can't be mistaken for log lines."""
    if name in _TRACEBACKS and isinstance(value, str):
        return "\n  ".join(str(_visible(line)) for line in value.split("\n"))
    return _visible(value)


def _visible(value: object) -> object:
    if not isinstance(value, str):
        return value
    return _STEERING.sub(lambda found: found[0].encode("unicode_escape").decode(), value)


class Redacted(structlog.stdlib.ProcessorFormatter):
    """Hides every secret in the fields of a line, renders it, and searches the whole line again."""

    def __init__(self, *, secrets: Iterable[str], renderer: structlog.typing.Processor) -> None:
        self._redactor = Redactor(secrets)
        super().__init__(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, self._hide, renderer],
        )

    def format(self, record: logging.LogRecord) -> str:
        """Render and redact one line."""
        return self._redactor.rendered(super().format(record))

    def _hide(self, _: object, __: str, fields: MutableMapping[str, Any]) -> dict[str, Any]:
        return {name: self._redactor.field(name, each) for name, each in fields.items()}


class _Quiet(logging.Filter):
    """Drops library output below WARNING, whatever level their loggers have."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to write a line."""
        ours = hasattr(record, "_logger")  # structlog's mark
        return ours or record.levelno >= logging.WARNING


def is_json(log_format: str | None) -> bool:
    """Return whether the log is JSON in this format; by default it is, unless it goes to a terminal."""
    return log_format == "json" or (log_format is None and not _is_terminal())


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def configure_logging(settings: Settings) -> None:
    """Send all of this process's logs to standard error, if it is open, as JSON or as readable lines."""
    configure(as_json=is_json(settings.log_format), level=settings.log_level, secrets=secrets_of(settings))


def configure(*, as_json: bool, level: str = "INFO", secrets: Iterable[str] = ()) -> None:
    """Configure logging without settings, so that problems with the settings can be reported."""
    lines = Lines(colors=_is_terminal())
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer() if as_json else lines
    handler: logging.Handler = logging.NullHandler() if sys.stderr is None else logging.StreamHandler()
    handler.setFormatter(Redacted(secrets=secrets, renderer=renderer))
    handler.addFilter(_Quiet())
    handler.addFilter(Bounded())
    logging.basicConfig(handlers=[handler], level=level, force=True)
    logging.raiseExceptions = False  # a line that can't be formatted would be printed as is
    for name in _LIBRARIES:
        library_logger(name)
    dbos = logging.getLogger("dbos")
    dbos.handlers, dbos.propagate = [handler], False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def secrets_of(settings: Settings) -> list[str]:
    """List every secret in the settings, and the parts a URL parser would cut it into."""
    values = [getattr(settings, name) for name in type(settings).model_fields]
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    database = settings.database_url.get_secret_value()
    url = make_url(database)
    passwords = [url.password, *url.normalized_query.get("password", ()), urlsplit(database).password]
    if settings.https_proxy:
        proxy = URL(settings.https_proxy.get_secret_value())
        passwords += [proxy.password, proxy.raw_password]
    hidden = [*(each for each in secrets if "://" not in each), *filter(None, passwords)]
    parts = {part for each in hidden for part in _DELIMITERS.split(each) if len(part) >= MIN_PART}
    return [*secrets, *hidden, *parts]
