"""Pure building blocks for saying what a JSON value may look like, in the words of Slack's own refusals.

A check takes a value and the JSON pointer it stands at, and yields one sentence for each problem. Characters
are counted as UTF-16 code units: how Slack counts is not documented, and this is the strictest reading.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias

Check: TypeAlias = Callable[[object, str], Iterator[str]]


def units(text: str) -> int:
    """Count the UTF-16 code units of a text: 1 for most characters, 2 for most emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def problem(sentence: str, path: str) -> str:
    """Word one problem as `response_metadata.messages` does."""
    return f"[ERROR] {sentence} [json-pointer:{path}]"


def string(maximum: int, minimum: int = 1) -> Check:
    """Allow a text of `minimum` to `maximum` UTF-16 units without NUL or half a surrogate pair."""

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must provide a string", path)
            return
        if units(value) > maximum:
            yield problem(f"must be less than {maximum + 1} characters", path)
        if units(value) < minimum:
            yield problem(f"must be more than {minimum - 1} characters", path)
        if any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in value):
            yield problem("invalid characters", path)

    return check


def visible(maximum: int) -> Check:
    """Allow a text that shows something: not empty, and not white space alone."""
    inner = string(maximum)

    def check(value: object, path: str) -> Iterator[str]:
        yield from inner(value, path)
        if isinstance(value, str) and value and not value.strip():
            yield problem("must be more than 0 characters", path)

    return check


def boolean(value: object, path: str) -> Iterator[str]:
    """Allow true and false alone."""
    if not isinstance(value, bool):
        yield problem("must be a boolean", path)


def number(low: int, high: int) -> Check:
    """Allow a whole number from `low` to `high`."""

    def check(value: object, path: str) -> Iterator[str]:
        if isinstance(value, bool) or not isinstance(value, int):
            yield problem("must be an integer", path)
        elif not low <= value <= high:
            yield problem(f"must be between {low} and {high}", path)

    return check


def one_of(*allowed: str) -> Check:
    """Allow one of these words."""

    def check(value: object, path: str) -> Iterator[str]:
        if value not in allowed:
            yield problem(f"must be one of: {', '.join(allowed)}", path)

    return check


def each(item: Check, maximum: int, minimum: int = 1) -> Check:
    """Allow a list of `minimum` to `maximum` such items."""

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must be an array", path)
            return
        if len(value) > maximum:
            yield problem(f"no more than {maximum} items allowed", path)
        if len(value) < minimum:
            yield problem(f"no less than {minimum} items allowed", path)
        for index, entry in enumerate(value):
            yield from item(entry, f"{path}/{index}")

    return check


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Allow an object with these fields and no others."""
    fields = {**required, **(optional or {})}

    def check(value: object, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must be an object", path)
            return
        for name in required:
            if name not in value:
                yield problem(f"missing required field: {name}", path)
        for name, entry in value.items():
            if name in fields:
                yield from fields[name](entry, f"{path}/{name}")
            elif name != "type":
                yield problem(f"invalid additional property: {name}", path)

    return check


def typed(kinds: Mapping[str, Check]) -> Check:
    """Allow an object whose `type` is one of these, shaped as that type asks."""

    def check(value: object, path: str) -> Iterator[str]:
        kind = value.get("type") if isinstance(value, dict) else None
        if not isinstance(value, dict):
            yield problem("must be an object", path)
        elif kind is None:
            yield problem("missing required field: type", path)
        elif not isinstance(kind, str) or kind not in kinds:
            yield problem(f"unsupported type: {kind}", f"{path}/type")
        else:
            yield from kinds[kind](value, path)

    return check


def both(first: Check, second: Check) -> Check:
    """Ask for the shape first, and for what its fields mean to each other once the shape is right."""

    def check(value: object, path: str) -> Iterator[str]:
        found = list(first(value, path))
        yield from found or second(value, path)

    return check
