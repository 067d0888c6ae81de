"""An answer that quotes what a person typed: none of it is in the text of the error, which is logged."""

import base64
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from bot.errors import KoreError
from bot.kore.protocol import Answer, error_for, read_contact_list
from tests.kore.answers import answered

DESCRIPTION = "For Zoë's renewal calls, nobody else's"
FORMS = {
    "as it is": DESCRIPTION,
    "URL-encoded": quote(DESCRIPTION),
    "as a form": quote_plus(DESCRIPTION),
    "capitals": DESCRIPTION.upper(),
    "base64": base64.b64encode(DESCRIPTION.encode()).decode(),
    "cut": DESCRIPTION[:12],
    "reversed": DESCRIPTION[::-1],
}
SHAPES: dict[str, Callable[[str], object]] = {
    "errors": lambda text: {"errors": [{"msg": text, "code": text}]},
    "message": lambda text: {"status": text, "message": text},
    "key": lambda text: {"errors": [{text: text, "message": text}]},
    "data": lambda text: {"status": "success", "data": [text]},
}


@pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 412, 429, 500])
@pytest.mark.parametrize("shape", [*SHAPES, "text"])
def test_nothing_quoted(status: int, shape: str) -> None:
    """Status and codes are enough to look it up."""
    said = set()
    for text in FORMS.values():
        answer = answered(status, json.dumps(SHAPES[shape](text)) if shape in SHAPES else text)
        with pytest.raises(KoreError) as caught:
            raise error_for(answer) or _unread(answer)
        said.add(str(caught.value))

    assert said in ({f"HTTP {status}"}, {f"HTTP {status}, no JSON object"})


def _unread(answer: Answer) -> KoreError:
    """Return the error of a success that is none."""
    with pytest.raises(KoreError) as caught:
        read_contact_list(answer)
    return caught.value
