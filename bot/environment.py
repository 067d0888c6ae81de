"""Where settings come from: the environment, and a file `.env`. Nothing else reads either.

Anything that could go wrong silently is reported as a problem: a misspelt name would leave its setting at the
default, which for an allow-list lets everyone in. Names used by other programs are fine.
"""

import difflib
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from dotenv.parser import Binding, parse_stream

from bot.errors import SettingsError

FILE = ".env"
CUTOFF = 0.85
"""How similar a name must be to pass as a misspelling of ours: a typo or two, or a different ending."""
_OTHERS = {"DATABASE_USER", "HTTP_PROXY", "LOG_FORMATTER", "SLACK_API_TOKEN"}
"""Names used by other programs that resemble ours."""
_SERVICE_LINKS = ("tcp://", "udp://", "sctp://")
"""Prefixes of addresses that Kubernetes puts into each container: a service `metrics` sets METRICS_PORT."""
_QUOTES = ('""', "''", "“”", "„“")


class Environment(NamedTuple):
    """The values found, by setting name in lower case, and what is wrong with them."""

    values: Mapping[str, str]
    problems: list[str]


def read_environment(settings: Collection[str]) -> Environment:
    """Read the values of these settings, named in capitals; the environment takes precedence over the file.

    An empty value counts as none. Raises `SettingsError` if there is a file but it can't be read.
    """
    bindings = _read_file(Path(FILE))
    file = _named((each.key, each.value) for each in bindings)
    environment = _named(os.environ.items())
    values = {name: value for name, value in (file | environment).items() if name in settings}
    problems = [
        *_misspelt(file, f"in {FILE}", settings, values),
        *_misspelt(_with_our_prefixes(environment, settings), "in the environment", settings, values),
        *_unclear_lines(bindings, settings),
        *_quoted(values),
    ]
    return Environment({name.lower(): value for name, value in values.items()}, problems)


def read_one(setting: str) -> str:
    """Read one setting when the rest may be unusable; if the file is, from the environment alone."""
    try:
        return read_environment([setting]).values.get(setting.lower(), "")
    except SettingsError:
        return os.environ.get(setting, "")


def _read_file(path: Path) -> list[Binding]:
    """Read the lines of a file; `${…}` is taken literally, as it may be part of a password."""
    try:
        with path.open(encoding="utf-8") as file:
            return list(parse_stream(file))
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise SettingsError([f"{FILE} can't be read: save it as UTF-8"]) from None
    except OSError as error:
        raise SettingsError([f"{FILE} can't be read: {error.strerror}"]) from None


def _named(found: Iterable[tuple[str | None, str | None]]) -> dict[str, str]:
    """Keep the names that have a value, in capitals."""
    return {
        name.upper(): value for name, value in found if name and value and not _is_service_link(name, value)
    }


def _is_service_link(name: str, value: str) -> bool:
    return name.endswith("_PORT") and value.startswith(_SERVICE_LINKS)


def _with_our_prefixes(environment: Mapping[str, str], settings: Collection[str]) -> dict[str, str]:
    """Keep names with a prefix of our settings: the environment holds much that isn't ours."""
    prefixes = ("ALLOW_", *{f"{name.split('_')[0]}_" for name in settings if "_" in name})
    return {name: value for name, value in environment.items() if name.startswith(prefixes)}


def _misspelt(
    names: Collection[str], where: str, settings: Collection[str], values: Mapping[str, str]
) -> Iterator[str]:
    """Report names that resemble a setting without a value; if it has one, the other may be an old value."""
    for name in names:
        if name in settings or name in _OTHERS:
            continue
        for meant in difflib.get_close_matches(name, settings, n=1, cutoff=CUTOFF):
            if meant not in values:
                yield f"{name} ({where}) isn't a setting: did you mean {meant}?"


def _unclear_lines(bindings: Iterable[Binding], settings: Collection[str]) -> Iterator[str]:
    """Report lines that can't be read, or that contradict an earlier line."""
    before: dict[str, str | None] = {}
    for each in bindings:
        name = (each.key or "").upper()
        if each.error:
            yield f"{FILE}, line {each.original.line}, can't be read: write NAME=value"
        elif name in settings and before.setdefault(name, each.value) != each.value:
            yield f"{name} has two values in {FILE}: leave one out"


def _quoted(values: Mapping[str, str]) -> Iterator[str]:
    """Report values that still have quotes around them, as after `docker --env-file`."""
    for name, value in values.items():
        if len(value) > 1 and value[0] + value[-1] in _QUOTES:
            yield f"{name} has quotes around its value: leave them out"
