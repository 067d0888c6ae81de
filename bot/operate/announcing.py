"""What a starting bot says about itself, in the log and in the metrics."""

import platform

import structlog

from bot import __version__
from bot.access.allow_lists import audience
from bot.observe.metrics import Metrics
from bot.operate.unusual_ids import unusual_ids
from bot.settings import Settings

log = structlog.get_logger(__name__)


def show_build(metrics: Metrics, settings: Settings) -> None:
    """Show which version runs, how, and with which kind of store."""
    metrics.build_info.labels(
        version=__version__,
        python=platform.python_version(),
        mode=settings.slack_mode,
        role=settings.role,
        store=settings.store_kind,
    ).set(1)


def say_ready(settings: Settings, *, port: int) -> None:
    """Log the same, who can use the bot, and anything unusual about the settings."""
    for unusual in unusual_ids(settings):
        log.warning("setting_unusual", problem=unusual)
    log.info(
        "ready",
        port=port,
        mode=settings.slack_mode,
        role=settings.role,
        store=settings.store_kind,
        access=audience(settings),
        version=__version__,
    )
