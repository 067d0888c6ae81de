"""The error tree: the drawing is true, and each sentence says the right thing about the list."""

import re

import pytest

from bot import errors
from bot.errors import BotError, JobError, SettingsError, SlackError, WrongList


def classes(base: type[BotError] = BotError) -> list[type[BotError]]:
    """List the tree from its root, in the order in which it is drawn."""
    return [base, *(each for child in base.__subclasses__() for each in classes(child))]


def leaves() -> list[type[JobError]]:
    """List what a job can end with."""
    return [
        each for each in classes() if issubclass(each, JobError) and each not in {JobError, errors.KoreError}
    ]


def in_adding() -> list[type[JobError | WrongList]]:
    """List what the adding of contacts can end with: all but what only the look-up of a new list finds."""
    wrong = [each for each in classes() if issubclass(each, WrongList) and each is not WrongList]
    return [*wrong, *(each for each in leaves() if each not in {errors.Alike, errors.Unconfirmed})]


def drawn() -> dict[str, str]:
    """Read the drawing in the docstring: each class and the one it hangs under."""
    parents: dict[str, str] = {}
    path: list[tuple[int, str]] = []
    for line in str(errors.__doc__).splitlines():
        found = re.match(r"(?P<branch>(?: *[│├└─])* *)(?P<name>[A-Z]\w+)(?: {2,}.*)?$", line)
        if found is None:
            continue
        depth = len(found["branch"])
        path = [*(each for each in path if each[0] < depth), (depth, found["name"])]
        parents[found["name"]] = path[-2][1] if len(path) > 1 else ""
    return parents


def test_the_drawing_is_the_tree() -> None:
    """Every class hangs where the docstring draws it, and none is missing."""
    tree = {each.__name__: "" if each is BotError else each.__bases__[0].__name__ for each in classes()}
    assert drawn() == tree


@pytest.mark.parametrize(
    ("mark", "attribute"), [("maybe created", "maybe_created"), ("not accepted", "not_accepted")]
)
def test_the_drawing_marks_what_may_have_been_taken(mark: str, attribute: str) -> None:
    """The column on the right of the drawing is what the classes say."""
    marked = set(re.findall(rf"─ (\w+) .*{mark}$", str(errors.__doc__), re.MULTILINE))
    true = {each.__name__ for each in leaves() if getattr(each, attribute)}
    assert marked == true != set()


@pytest.mark.parametrize("error", leaves(), ids=lambda error: error.__name__)
def test_what_was_never_taken_was_not_created(error: type[JobError]) -> None:
    """Only what certainly did not happen may be sent again by itself."""
    assert not (error.not_accepted and error.maybe_created)


@pytest.mark.parametrize("error", leaves(), ids=lambda error: error.__name__)
def test_the_sentence_agrees_with_the_certainty(error: type[JobError]) -> None:
    """A person reads "nothing was created" exactly when that is certain, else that I can't tell."""
    sentence = error.user_message()
    assert ("nothing was created" in sentence.lower()) is not error.maybe_created
    assert ("can't tell whether" in sentence) is error.maybe_created
    assert error.maybe_created or "Look for it" not in sentence


@pytest.mark.parametrize("error", leaves(), ids=lambda error: error.__name__)
def test_the_sentence_is_for_people(error: type[JobError]) -> None:
    """It is whole sentences, says what to do next, and shows nothing of the error's own text.

    After an unclear answer the bot itself does the next thing: it looks.
    What only an operator can mend is followed by whom to tell.
    """
    assert error.user_message().endswith(".")
    told_next = re.search(r"\b(try|check again)\b", error.user_message(), re.IGNORECASE)
    assert error.maybe_created or error.needs_operator or told_next
    assert "4002" not in error("401: code 4002").user_message()


@pytest.mark.parametrize("error", in_adding(), ids=lambda error: error.__name__)
def test_contacts_sentence(error: type[JobError | WrongList]) -> None:
    """Whatever ends the adding of contacts says of them, in its own words, whether they may have arrived."""
    sentence = error.contacts_message()
    maybe_added = getattr(error, "maybe_created", False)
    assert sentence.endswith(".")
    assert ("so these contacts weren't added." in " ".join(sentence.split())) is not maybe_added
    assert sentence.endswith("so I can't tell whether these contacts arrived.") is maybe_added
    assert sentence.count("contacts") < 3
    assert "creat" not in sentence


def test_settings_errors_list_every_problem() -> None:
    """Each problem stands on its own line, and is there for the command line to print."""
    error = SettingsError(["PORT must be a number", "KORE_STREAM_ID is missing"])
    assert error.problems == ["PORT must be a number", "KORE_STREAM_ID is missing"]
    assert str(error).splitlines() == error.problems


@pytest.mark.parametrize("kind", [errors.SlackRefused, errors.SlackUncertain])
def test_slack_errors_carry_their_code(kind: type[SlackError]) -> None:
    """Handlers decide by Slack's error code."""
    error = kind("not_in_channel")
    assert error.code == "not_in_channel"
    assert str(error) == "not_in_channel"
