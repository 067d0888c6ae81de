"""Logs without secrets, and metrics.

The rule: redaction stands behind everything that is written, in the formatter of the one handler, so that no
caller and no library can go around it.
"""

import json
import logging
import re
import sys
from collections.abc import Iterable

import structlog
from prometheus_client import CollectorRegistry, Counter
from pydantic import SecretStr
from sqlalchemy import make_url

from bot.settings import Settings

__all__ = ["Metrics", "Redacted", "configure_logging", "library_logger"]

HIDDEN = "[hidden]"
SHORTEST = 4
"""Characters of a secret that is worth hiding: a shorter one stands in every second word."""
_SHAPES = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+"  # Slack's tokens
    r"|eyJ[\w-]+\.[\w-]+\.[\w-]+"  # a JWT
    r"|https?://[^\s\"']*/(?:commands|actions|app|response)/[^\s\"']+"  # a response_url
)
_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.format_exc_info,
]


def library_logger(name: str) -> logging.Logger:
    """Give a library its logger; below WARNING they print payloads, with `response_url` and `trigger_id`."""
    logger = logging.getLogger(name)
    logger.setLevel(logging.ERROR if name == "slack_bolt" else logging.WARNING)
    return logger


class Redacted(structlog.stdlib.ProcessorFormatter):
    """Renders a log line, then hides every known secret and everything that has the shape of one."""

    def __init__(self, *, secrets: Iterable[str], renderer: structlog.typing.Processor) -> None:
        super().__init__(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
        written = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        known = "|".join(re.escape(form) for form in sorted(written, key=len, reverse=True))
        self._secrets = re.compile(f"{known}|{_SHAPES.pattern}" if known else _SHAPES.pattern)

    def format(self, record: logging.LogRecord) -> str:
        """Render and redact one line."""
        return self._secrets.sub(HIDDEN, super().format(record))


def configure_logging(settings: Settings) -> None:
    """Send every log of this process to standard error, as JSON or as readable lines."""
    as_json = settings.log_format == "json" or (settings.log_format is None and not sys.stderr.isatty())
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler()
    handler.setFormatter(Redacted(secrets=_secrets(settings), renderer=renderer))
    logging.basicConfig(handlers=[handler], level=settings.log_level, force=True)
    logging.raiseExceptions = False  # a line that cannot be formatted would be printed as it is
    for name in ("aiohttp.access", "asyncio", "dbos", "slack_bolt", "slack_sdk"):
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


def _secrets(settings: Settings) -> list[str]:
    """List every secret of the configuration."""
    values = [getattr(settings, name) for name in type(settings).model_fields]
    secrets = [value.get_secret_value() for value in values if isinstance(value, SecretStr)]
    password = make_url(settings.database_url.get_secret_value()).password
    return [*secrets, str(password)] if password else secrets


def _forms(secret: str) -> set[str]:
    """List how a secret may be written in a line: as it is, in JSON, as Python shows it."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    }


class Metrics:
    """What `/metrics` tells, by Prometheus' naming rules."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = self._counter("requests", "Requests from Slack, by kind.", "kind")
        self.refusals = self._counter("refusals", "Requests that were refused, by reason.", "reason")
        self.jobs = self._counter("jobs", "Submissions that ended, by outcome.", "outcome")
        self.deliveries = self._counter("deliveries", "Results delivered, by way.", "way")

    def _counter(self, name: str, meaning: str, label: str) -> Counter:
        return Counter(f"contactlist_{name}", meaning, [label], registry=self.registry)
