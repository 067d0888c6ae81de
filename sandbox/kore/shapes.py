"""What may happen to a right answer on its way: text kept otherwise, other forms, odd bytes, great size.

None of it is documented; each was seen in the field, at this vendor or another. Pure: no I/O, no clock.
"""

from __future__ import annotations

import gzip
import html
import json
import unicodedata
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.kore.answers import Answer

ContactList = dict[str, object]

MEGABYTE = 1024 * 1024
LONG = 9 * MEGABYTE  # more than anybody should read of one list
BOMB = 64 * MEGABYTE  # which 64 KB of gzip hold
LONG_ID = 60_000


def each_list(change: Callable[[ContactList], ContactList]) -> Callable[[Answer], Answer]:
    """Change every list in an answer, be it one or many."""

    def shape(answer: Answer) -> Answer:
        data = _body(answer).get("data")
        if isinstance(data, list):
            return _with(answer, data=[change(one) for one in data])
        return _with(answer, data=change(data)) if isinstance(data, dict) else answer

    return shape


def each_text(change: Callable[[str], str]) -> Callable[[Answer], Answer]:
    """Change how name and description are told, as if they had been kept so."""

    def told(one: ContactList) -> ContactList:
        return one | {key: change(str(one[key])) for key in ("name", "description") if key in one}

    return each_list(told)


def each_moment(change: Callable[[datetime], str | None]) -> Callable[[Answer], Answer]:
    """Tell moments otherwise, or (None) not at all."""

    def told(one: ContactList) -> ContactList:
        moments = {
            key: change(datetime.fromisoformat(str(one[key])))
            for key in ("createdAt", "updatedAt")
            if key in one
        }
        kept = {key: each for key, each in one.items() if key not in moments}
        return kept | {key: each for key, each in moments.items() if each is not None}

    return each_list(told)


def escaped(text: str) -> str:
    """Escape as for HTML."""
    return html.escape(text)


def crlf(text: str) -> str:
    """Break lines as Windows does."""
    return text.replace("\n", "\r\n")


def decomposed(text: str) -> str:
    """Part accents from their letters."""
    return unicodedata.normalize("NFD", text)


def joined(text: str) -> str:
    """Leave one blank where there were several."""
    return " ".join(text.split())


def js_date(moment: datetime) -> str:
    """Write a moment as JavaScript's `String(new Date())`."""
    return f"{moment:%a %b %d %Y %H:%M:%S} GMT+0000 (Coordinated Universal Time)"


def local_time(moment: datetime) -> str:
    """Write a moment without saying in which zone."""
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}"[:-3]


def from_elsewhere(one: ContactList) -> ContactList:
    """Name another source than was sent."""
    return one | {"source": "passiveApiIntegration"}


def plain_id(one: ContactList) -> ContactList:
    """Call the id `id`."""
    return {"id" if key == "_id" else key: each for key, each in one.items()}


def half_signs(one: ContactList) -> ContactList:
    """Put half a character and a NUL into every kind of field."""
    half = "\ud83d\0"
    return one | {
        "columns": [half],
        "files": [{half: half}],
        "mapping": {half: half},
        "createdBy": half,
        "listType": f"call{half}",
    }


def long_id(one: ContactList) -> ContactList:
    """Give it an id that is long, and looks like the beginning of a token again and again."""
    return one | {"_id": "cl-" + "eyJ" * (LONG_ID // 3)}


def results(answer: Answer) -> Answer:
    """Put the rows into `data.results`, as "Get contacts of a list" has them."""
    rows = _body(answer).get("data")
    return (
        _with(answer, data={"results": rows, "skip": 0, "hasMore": False})
        if isinstance(rows, list)
        else answer
    )


def more_results(answer: Answer) -> Answer:
    """Put the first half of the rows there, and say that there are more."""
    rows = _body(answer).get("data")
    if not isinstance(rows, list):
        return answer
    return _with(answer, data={"results": rows[: len(rows) // 2], "hasMore": True, "totalResults": len(rows)})


def no_data(answer: Answer) -> Answer:
    """Answer `"data": null`."""
    return _with(answer, data=None)


def odd_rows(answer: Answer) -> Answer:
    """Add rows that cannot be read."""
    rows = _body(answer).get("data")
    return _with(answer, data=[*rows, None, {"name": "No id"}]) if isinstance(rows, list) else answer


def capital(answer: Answer) -> Answer:
    """Answer `"status": "Success"`."""
    return _with(answer, status="Success")


def byte_order_mark(answer: Answer) -> Answer:
    """Begin with a byte order mark."""
    return replace(answer, raw=b"\xef\xbb\xbf" + _text(answer).encode())


def latin_1(answer: Answer) -> Answer:
    """Write the text in ISO-8859-1, and say so."""
    raw = _text(answer).encode("iso-8859-1", "replace")
    return replace(answer, raw=raw, content_type="application/json;charset=ISO-8859-1")


def utf_16(answer: Answer) -> Answer:
    """Write the text in UTF-16, and do not say so."""
    return replace(answer, raw=_text(answer).encode("utf-16"))


def long_header(answer: Answer) -> Answer:
    """Send a header of 9 KB, as a gateway that explains itself does."""
    return replace(answer, headers={**answer.headers, "Content-Security-Policy": "x" * 9_000})


def bomb(answer: Answer) -> Answer:
    """Send a few kilobytes that unpack to very many."""
    return replace(answer, raw=_packed(), headers={**answer.headers, "Content-Encoding": "gzip"})


def long_text(answer: Answer) -> Answer:
    """Say more than anybody wants to read before that it was a success."""
    return replace(answer, raw=json.dumps({"padding": "x" * LONG, **_body(answer)}).encode())


@cache
def _packed() -> bytes:
    return gzip.compress(b'{"message": "' + b" " * BOMB)


def _body(answer: Answer) -> dict[str, object]:
    return answer.body if isinstance(answer.body, dict) else {}


def _with(answer: Answer, **changes: object) -> Answer:
    return replace(answer, body=_body(answer) | changes)


def _text(answer: Answer) -> str:
    return json.dumps(answer.body, ensure_ascii=False)
