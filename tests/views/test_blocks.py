"""Text that is not mrkdwn shows as it is, wherever a view has it."""

import pytest

from bot.views.blocks import Json, button, header, input_block, literal_section, option

NAME = "Winback :tada: \u202eylluF *July*"


@pytest.mark.parametrize(
    "block",
    [
        header(NAME),
        literal_section(NAME),
        button("press", NAME)["text"],
        option("value", NAME)["text"],
        option("value", "Name", description=NAME)["description"],
        input_block("column", NAME, {})["label"],
        input_block("column", "Name", {}, hint=NAME)["hint"],
    ],
)
def test_as_it_is(block: Json) -> None:
    """The name of a list or of a column is no emoji and turns no line, also as an option or a label."""
    text = block["text"] if isinstance(block["text"], dict) else block
    assert (text["type"], text["emoji"]) == ("plain_text", False)
    assert text["text"] == "Winback :tada: ylluF *July*"
