"""The preview of a file: what warns before people are called."""

import re
from dataclasses import replace

import pytest

from bot.contact_file import KEEP, Column, Preview
from bot.kore.models import ContactList
from bot.slack.payloads import SharedFile, ViewPayload
from bot.views.contacts import NO_FILE, NO_LIST, NO_LISTS, list_form, read_file_form
from bot.views.preview import IN_USE, USE_UNKNOWN, preview_view
from bot.views.state import FillContext
from sandbox.slack.blockkit import view_problems
from tests.views.samples import read


def preview(ready: int = 2) -> Preview:
    """Return a preview of a file with one column."""
    columns = (Column(header="Phone", field="phoneNumber", example="+49•••67"),)
    return Preview(
        columns=columns,
        rows_total=2,
        ready=ready,
        problem_count=2 - ready,
        problems=(),
        repeated=0,
        notes=(),
        digest="d",
    )


@pytest.mark.parametrize(
    ("details", "warning"),
    [
        (ContactList(id="cl-1", is_list_in_use=True), IN_USE),
        (ContactList(id="cl-1", is_list_in_use=False, campaign_in_use=["Spring"]), IN_USE),
        (ContactList(id="cl-1", is_list_in_use=False), USE_UNKNOWN),
        (ContactList(id="cl-1", campaign_in_use=[]), ""),
        (ContactList(id="cl-1"), USE_UNKNOWN),
        (None, USE_UNKNOWN),
    ],
    ids=["flag", "named", "flag alone", "none named", "not told", "not read"],
)
def test_use(details: ContactList | None, warning: str) -> None:
    """A campaign may call the people right away, or nobody knows whether one may."""
    view = preview_view(FillContext(list_name="July"), preview(), details, can_send_file=True)

    shown = read(view)
    assert view_problems(view) == []
    assert [each for each in (IN_USE, USE_UNKNOWN) if each in shown] == [warning][: bool(warning)]


@pytest.mark.parametrize("quoted", ["<!channel> *b* <https://evil.example|here>", "L" * 5_000])
def test_notes(quoted: str) -> None:
    """What a note quotes of the file is alive in no way, and never too long for Slack."""
    told = replace(preview(), notes=(f"I read only the sheet “{quoted}”.",))

    view = preview_view(FillContext(list_name="July"), told, None, can_send_file=True)

    assert view_problems(view) == []
    (note,) = [
        element for each in view["blocks"] if each["type"] == "context" for element in each["elements"]
    ]
    assert note["type"] == "plain_text"
    assert quoted[:100] in note["text"]


def test_nobody_ready() -> None:
    """Where nobody would be called, nothing warns."""
    shown = read(preview_view(FillContext(list_name="July"), preview(0), None, can_send_file=True))

    assert USE_UNKNOWN not in shown


def test_many_columns() -> None:
    """As many columns are told as fit, and how many more there are."""
    columns = tuple(
        Column(header=f"Header {number} " + "x" * 50, field=KEEP, example="") for number in range(150)
    )
    many = replace(preview(), columns=columns)

    view = preview_view(FillContext(list_name="July"), many, None, can_send_file=True)

    assert view_problems(view) == []
    assert re.search(r"and \d+ more", read(view))


def test_no_lists() -> None:
    """A file for which there is no list."""
    file = SharedFile(id="F1", name="people.csv")

    assert NO_LISTS in read(list_form(FillContext(file_id="F1"), file, ()))


def test_nothing_chosen() -> None:
    """A form in which neither a list nor a file was chosen."""
    assert read_file_form(ViewPayload(id="V1")) == {"list": NO_LIST, "file": NO_FILE}
