"""How the app speaks to people, as far as a rule can hold it: no word of ours for machines, whom to ask."""

import ast
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

import bot
from bot.errors import JobError
from bot.models import Failed, Route
from bot.operate.manifest import manifest
from bot.views import progress, sentences
from tests.views.samples import APP, ended, failures, fallback, read, submission

PACKAGE = Path(bot.__file__).parent
SPOKEN = [
    *sorted((PACKAGE / "views").glob("*.py")),
    *sorted((PACKAGE / "contacts").glob("*.py")),
    PACKAGE / "errors.py",
    *(PACKAGE / "jobs" / name for name in ("import_calls.py", "import_resolution.py", "resolution.py")),
]
"""All that people in Slack read is written here; `operate` speaks to operators."""
AVOIDED = {
    "may not": "also means “might not”: isn't allowed",
    "just now": "right now",
    "once more": "again",
    "all the same": "anyway",
    "after all": "say what happened",
    "whoever": "name who",
    "somebody": "name who",
    "anew": "again",
    "takes": "accepts",
    "gives": "returns",
    "does it": "say what",
    "the bot": "I",
    "the bot's": "my",
    "conversation": "channel",
    r"press(?! Enter)": "select",
    "everybody": "everyone",
    "cannot": "can't",
    "could not": "couldn't",
    "did not": "didn't",
    "does not": "doesn't",
    "is not": "isn't",
    "will not": "won't",
    "store": "of no interest to people",
    "operator": "name who",
}
FOR_MACHINES = re.compile(
    r"\b[A-Z]+_[A-Z_]+\b|\b(?:HTTP|HTTPS|JWT|JSON|Socket Mode|DBOS|SQLite|PostgreSQL)\b"
)
ASKS = re.compile(r"\b(?:ask|needs? to fix|this code)\b", re.IGNORECASE)
FILLED_IN = re.compile(r"…|\{contact\}")


def written(path: Path) -> Iterator[str]:
    """Read the sentences of a module: its texts of several words, with an ellipsis for what is filled in."""
    tree = ast.parse(path.read_text())
    said = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    inner = [part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values]
    for node in ast.walk(tree):
        if node in said or node in inner:
            continue
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "…" for each in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@cache
def spoken() -> list[str]:
    """List every sentence that people in Slack can read."""
    app = yaml.safe_load(manifest())
    about, features = app["display_information"], app["features"]
    return [
        about["description"],
        about["long_description"],
        *(each["description"] for each in (*features["slash_commands"], *features["shortcuts"])),
        *(text for path in SPOKEN for text in written(path) if " " in text.strip()),
    ]


def refusals() -> list[Callable[..., object]]:
    """List the functions that are told whom to name."""
    told = [each for _, each in inspect.getmembers(sentences, inspect.isfunction)]
    return [
        each
        for each in told
        if each.__module__ == sentences.__name__
        and "contact" in inspect.signature(each).parameters
        and not each.__name__.startswith("_")
    ]


def test_all_is_collected() -> None:
    """A plain constant, one that is filled in, an error's sentence and the manifest's are checked."""
    found = spoken()
    assert len(found) > 150
    assert sentences.NOT_SAVED.partition("Create list")[0] in " ".join(found)
    assert all(kind.sentence in found for kind in failures())


@pytest.mark.parametrize("word", AVOIDED)
def test_avoided_words(word: str) -> None:
    """Nobody in Slack reads a word that sounds like a specification."""
    found = [text for text in spoken() if re.search(rf"\b{word}\b", text, re.IGNORECASE)]
    assert found == [], f"better: {AVOIDED[word]}"


def test_no_machine_words() -> None:
    """Names of settings, protocols and stores are for the log and for the self-check."""
    assert [text for text in spoken() if FOR_MACHINES.search(text)] == []


def test_whom_to_ask_is_named() -> None:
    """A sentence that asks for another person has a place for their name, and nobody else's name in it."""
    asking = [text for text in spoken() if ASKS.search(text)]
    assert len(asking) > 4
    assert [text for text in asking if not FILLED_IN.search(text)] == []


@pytest.mark.parametrize("tell", refusals(), ids=lambda tell: tell.__name__)
@pytest.mark.parametrize(("contact", "named"), [("the help desk", "the help desk"), ("U0BOSS", "<@U0BOSS>")])
def test_contact_is_named(tell: Callable[..., object], contact: str, named: str) -> None:
    """By the words of ADMIN_CONTACT, or as a mention; a form's error can't show one and says who it is."""
    in_form = tell.__name__.endswith(("in_form", "there"))
    given = {"contact": contact, "reference": "1a2b3c4d"}
    told = tell(**{name: given[name] for name in inspect.signature(tell).parameters if name in given})
    assert (sentences.ADMIN if in_form and contact.startswith("U") else named) in str(told)


@pytest.mark.parametrize("kind", failures(), ids=lambda kind: kind.__name__)
def test_every_failure_names_them(kind: type[JobError]) -> None:
    """In the form, in the message and in its fallback; with nothing to press where only they can help."""
    mine = submission().model_copy(update={"reference": "1a2b3c4d"})
    failed = Failed.because(kind())
    message = progress.failure(mine, failed, APP)
    view = progress.result_view(ended(mine, failed, Route.NOWHERE), APP)
    for told in (read(message), fallback(message), read(view)):
        assert re.search(r"the help desk .*this code: 1a2b3c4d", told)
    assert ("[ Try again ]" in read(view)) is not kind.needs_operator


def test_one_exclamation_mark() -> None:
    """A year has one."""
    assert sum(text.count("!") for text in spoken()) <= 1
