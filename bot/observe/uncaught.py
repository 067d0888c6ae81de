"""What Python itself would print outside the log: library warnings and uncaught errors.

Each becomes a log line, so that whatever reads the log finds nothing else in it.
"""

import sys
import threading
import warnings
from types import TracebackType

import structlog

log = structlog.get_logger(__name__)


def log_uncaught() -> None:
    """Log warnings and uncaught errors from now on, in the whole process."""
    warnings.showwarning = _warned  # type: ignore[assignment]  # a library's source line is of no use here
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _thread_ended


def _warned(message: Warning | str, category: type[Warning], *_: object) -> None:
    log.warning("library_warning", kind=category.__name__, text=str(message))


def _uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    log.error("error_uncaught", where="main", exc_info=(kind, error, traceback))


def _unraisable(found: "sys.UnraisableHookArgs") -> None:
    error = found.exc_value
    log.error("error_uncaught", where=found.err_msg or "cleanup", exc_info=error)


def _thread_ended(found: threading.ExceptHookArgs) -> None:
    where = found.thread.name if found.thread else "thread"
    log.error("error_uncaught", where=where, exc_info=found.exc_value)
