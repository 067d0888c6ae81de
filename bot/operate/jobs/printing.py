"""How requests are printed: a table, the whole story of one, or JSON. Pure: no I/O."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from bot.operate.jobs.events import events, in_words
from bot.operate.jobs.stories import Story
from bot.operate.terminal import in_one_line

MAX_SHOWN = 100
"""Lines of `list`; JSON has all of them."""
WIDEST = 48


def table(found: Sequence[Story]) -> str:
    """Format one line for each story, up to `MAX_SHOWN`."""
    head = ("CODE", "STATE", "SINCE (UTC)", "LIST", "USER", "CHANNEL")
    rows = [head, *map(_row, found[:MAX_SHOWN])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    more = [f"… and {len(found) - MAX_SHOWN} more; --json has all."] if len(found) > MAX_SHOWN else []
    return "\n".join([*lines, *more, "", "`contactlist-bot jobs show CODE` says what happened."])


def written(story: Story) -> str:
    """Format one story, with one event per line."""
    head = [
        f"{story.name or story.kind}: {story.state}",
        f"code {story.code or '-'}, job {story.job}",
        "",
        *(f"{_time(each.at)}  {each.what}" for each in events(story)),
    ]
    return "\n".join(map(in_one_line, head))


def in_json(found: Iterable[Story], *, with_events: bool = False) -> str:
    """Format stories for programs."""
    jobs = [_facts(each) | ({"events": _events(each)} if with_events else {}) for each in found]
    return json.dumps({"jobs": jobs}, indent=2)


def _row(story: Story) -> tuple[str, ...]:
    name = story.name or f"({story.kind})"
    cells = (
        story.code or story.job,
        story.state,
        _time(story.changed_at),
        name,
        story.user or "-",
        story.channel or "-",
    )
    return tuple(in_one_line(each)[:WIDEST] for each in cells)


def _facts(story: Story) -> dict[str, object]:
    return {
        "code": story.code,
        "job": story.job,
        "kind": story.kind,
        "state": story.state,
        "name": story.name,
        "user": story.user,
        "channel": story.channel,
        "began_at": _time(story.began_at),
        "changed_at": _time(story.changed_at),
        "error": story.error,
        "outcome": in_words(story.outcome) if story.outcome else "",
    }


def _events(story: Story) -> list[dict[str, str]]:
    return [{"at": _time(each.at), "event": each.what} for each in events(story)]


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
