"""Files of contacts to try the demo with; their numbers are kept for fiction, so nobody is called. No I/O."""

import io
import itertools
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from xml.sax.saxutils import escape

Row = Sequence[str | int]

FIRST_NAMES = ("Ada", "Ben", "Chloé", "Dev", "Elif", "Femi", "Grace", "Hugo", "Ines", "Jun", "Kofi")
LAST_NAMES = ("Abara", "Becker", "Costa", "Dahl", "Evans", "Fischer", "Gupta", "Haddad", "Ito")
AREA_CODES = (202, 206, 212, 303, 305, 312, 404, 415, 503, 602, 617, 702, 713)
"""In each of which 555-0100 to 555-0199 ring nowhere."""
MANY = 1204

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_WORKBOOK = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        'spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-'
        'officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_SHEET}" xmlns:r="{_DOCUMENT}"><sheets>'
        '<sheet name="Contacts" sheetId="1" r:id="r1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="r1" '
        f'Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
"""All of a workbook but its sheet."""


@dataclass(frozen=True)
class Example:
    """A file, and what there is to see in it."""

    name: str
    note: str
    build: Callable[[], bytes]


def names() -> Iterator[tuple[str, str]]:
    """Go through the names of people, without an end."""
    return itertools.cycle((first, last) for last in LAST_NAMES for first in FIRST_NAMES)


def american() -> Iterator[str]:
    """Go through the numbers of fiction in the United States."""
    return (f"+1 {area} 555 01{last:02}" for last in range(100) for area in AREA_CODES)


def _renewals() -> bytes:
    people = itertools.islice(zip(names(), american(), strict=False), MANY)
    rows = [
        (first, last, phone, "America/New_York", f"K-{number:05}")
        for number, ((first, last), phone) in enumerate(people, 1)
    ]
    return _csv([("First name", "Last name", "Phone number", "Time zone", "Customer ID"), *rows]).encode()


def _winback() -> bytes:
    people = itertools.islice(names(), 60)
    rows = [
        (first, last, f"+44 20 7946 0{number:03}", number % 3 + 1)
        for number, (first, last) in enumerate(people)
    ]
    return _xlsx([("Name", "Surname", "Mobile", "Priority"), *rows])


def _problems() -> bytes:
    good = [
        (first, phone, "")
        for (first, _), phone in zip(names(), itertools.islice(american(), 18), strict=False)
    ]
    odd = [
        ("Twice", "+1 (202) 555-0100", "the first number again"),
        ("Empty", "", "no number"),
        ("Short", "+49 30", "too short"),
        ("Words", "call me", "no number at all"),
        ("Excel", "4.91511E+12", "spoilt by Excel"),
        ("Local", "0171 3920001", "no country"),
        ("Long", "+1 202 555 0100 99 88 77 66", "too long"),
        ("=1+1", "+1 206 555 0199", "a formula, as far as Excel is concerned"),
    ]
    return _csv([("First name", "Phone", "Remark"), *good, *odd]).encode()


def _customers() -> bytes:
    people = [("Jörg", "Müller"), ("Änne", "Weiß"), ("Bärbel", "Schröder"), ("Götz", "Großmann")]
    rows = [
        (first, last, f"030 23125 {number:03}", "Köln") for number, (first, last) in enumerate(people * 5)
    ]
    return _csv([("Vorname", "Nachname", "Telefon", "Ort"), *rows], ";").encode("cp1252")


EXAMPLES = {
    each.name: each
    for each in (
        Example("renewals.csv", f"{MANY:,} contacts, all of them good", cache(_renewals)),
        Example("winback.xlsx", "Excel, 60 contacts from the United Kingdom", cache(_winback)),
        Example("callbacks.csv", "26 rows, and some of them are trouble", cache(_problems)),
        Example(
            "kunden.csv", "From Germany: semicolons, umlauts, numbers without a country", cache(_customers)
        ),
    )
}


def _csv(rows: Iterable[Row], comma: str = ",") -> str:
    return "".join(comma.join(map(str, row)) + "\r\n" for row in rows)


def _xlsx(rows: Iterable[Row]) -> bytes:
    cells = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    sheet = f'<worksheet xmlns="{_SHEET}"><sheetData>{cells}</sheetData></worksheet>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        for path, content in {**_WORKBOOK, "xl/worksheets/sheet1.xml": sheet}.items():
            book.writestr(path, f'<?xml version="1.0" encoding="UTF-8"?>{content}')
    return packed.getvalue()


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
