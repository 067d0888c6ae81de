"""What people call the fields of a contact."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contact_file import FIELDS, KEEP, LEAVE_OUT
from bot.contacts.headers import KEY_LENGTH, REPORT_HEADERS, as_chosen, keys, mapping, shown

LANGUAGES = {
    "ours": FIELDS,
    "English": ("First name", "Last Name", "Mobile phone", "Time zone", "Customer ID", "Priority"),
    "German": ("Vorname", "Nachname", "Telefon-Nr.", "Zeitzone", "Kunden-Nr.", "Priorität"),
    "French": ("Prénom", "Nom", "N° de téléphone", "Fuseau horaire", "Identifiant", "Priorité"),
    "Spanish": ("Nombre", "Apellidos", "Teléfono móvil", "Zona horaria", "ID cliente", "Prioridad"),
    "Portuguese": ("Nome", "Sobrenome", "Telemóvel", "Fuso horário", "Código do cliente", "Prioridade"),
    "by a machine": ("first_name", "LASTNAME", "phone-number", "time_zone", "unique.id", "contact_priority"),
    "Google": ("Given Name", "Family Name", "Phone 1 - Value", "TZ", "UID", "Prio"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_five_languages(language: str) -> None:
    """Each field is found by its usual names, in any order and any case."""
    names = LANGUAGES[language]
    assert mapping(names) == list(FIELDS)
    assert mapping([name.upper() for name in reversed(names)]) == list(reversed(FIELDS))


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        (["anything"], ["phoneNumber"]),
        (["Phone", "City"], ["phoneNumber", KEEP]),
        (["Phone", "Mobile"], ["phoneNumber", KEEP]),
        (["phone", "phoneNumber"], [KEEP, "phoneNumber"]),
        (["Phone", "phone"], ["phoneNumber", KEEP]),
        (["Vorname", "Name", "Tel"], ["firstName", "lastName", "phoneNumber"]),
        (["Name", "Tel"], [KEEP, "phoneNumber"]),
        (["Name", "Vorname", "Nachname"], [KEEP, "firstName", "lastName"]),
        (["Vorname", "City"], ["firstName", KEEP]),
        ([*REPORT_HEADERS, "Phone"], [LEAVE_OUT, LEAVE_OUT, "phoneNumber"]),
        (["", ""], [KEEP, KEEP]),
    ],
)
def test_mapping(headers: list[str], fields: list[str]) -> None:
    """The first column of a name is the field, and the others are kept."""
    assert mapping(headers) == fields


@pytest.mark.parametrize(
    ("chosen", "fields"),
    [
        (["phoneNumber", KEEP, LEAVE_OUT], ["phoneNumber", KEEP, LEAVE_OUT]),
        (["phoneNumber", "phoneNumber", KEEP], ["phoneNumber", KEEP, KEEP]),
        (["phoneNumber"], ["phoneNumber", LEAVE_OUT, LEAVE_OUT]),
        ([KEEP, KEEP, KEEP, "phoneNumber"], [KEEP, KEEP, KEEP]),
    ],
)
def test_options(chosen: list[str], fields: list[str]) -> None:
    """What was chosen holds; a field is sent once, and what nobody chose isn't sent."""
    assert as_chosen(chosen, 3) == fields


@pytest.mark.parametrize(
    ("headers", "names"),
    [
        (["City", "city", "City 2"], ["City", "city 2", "City 2 2"]),
        (["firstName", "FIRSTNAME"], ["firstName 2", "FIRSTNAME 3"]),
        (["", " ", "$."], ["Column A", "Column B", "Column C"]),
        (["Tel.", "$set", "a.b\n c", "\0x"], ["Tel", "set", "a b c", "x"]),
        (["x" * 200, "x" * 201], ["x" * KEY_LENGTH, "x" * KEY_LENGTH + " 2"]),
    ],
)
def test_keys(headers: list[str], names: list[str]) -> None:
    """Other columns are sent under a clean name that is theirs alone, and never a field's."""
    assert keys(headers, [KEEP] * len(headers)) == names


def test_keys_of_fields() -> None:
    """A field has its own name, and what is left out takes none from another column."""
    fields = ["phoneNumber", LEAVE_OUT, KEEP]
    assert keys(["Tel", "City", "City"], fields) == ["phoneNumber", LEAVE_OUT, "City"]


@given(st.lists(st.text(max_size=80), min_size=1, max_size=20))
def test_any_headers(headers: list[str]) -> None:
    """No two columns are sent under one name, and each has one."""
    names = keys(headers, mapping(headers))
    assert len({name.casefold() for name in names if name}) == len([name for name in names if name])
    assert all(names) or tuple(headers[:2]) == REPORT_HEADERS


@pytest.mark.parametrize(
    ("index", "name"), [(0, "Column A"), (25, "Column Z"), (26, "Column AA"), (701, "Column ZZ")]
)
def test_shown(index: int, name: str) -> None:
    """A column without a header is called as spreadsheets call it."""
    assert shown("", index) == name
    assert shown("City", index) == "City"
    assert shown("City\n of " + "x" * 200, index) == "City of " + "x" * 92
