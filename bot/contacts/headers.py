"""What people call the fields of a contact, in five languages, and what other columns are sent as. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from bot.contact_file import FIELDS, KEEP, LEAVE_OUT, PHONE
from bot.contacts.sheet import letter

REPORT_HEADERS = ("Row in the file", "Problem")
"""The columns that the report puts before the file's own; left out when the corrected report comes back."""
SHOWN_LENGTH = 100
"""Characters of a header shown to people."""
KEY_LENGTH = 60
"""Characters of a header used as the name of a contact's field."""

_NAMES = {
    "firstName": """
        first name; first; given name; forename; fname; contact first name
        Vorname; Rufname
        prénom
        nombre; nombres; primer nombre; nombre de pila
        nome; primeiro nome; nome próprio
    """,
    "lastName": """
        last name; last; surname; family name; lname; contact last name
        Nachname; Familienname; Zuname
        nom; nom de famille
        apellido; apellidos; primer apellido
        sobrenome; apelido; último nome
    """,
    "phoneNumber": """
        phone number; phone; phone no; phone num; phone 1; phone 1 value; primary phone; phones; E.164
        telephone; telephone number; tel; tel no; home phone; work phone; business phone
        mobile; mobile number; mobile no; mobile phone; mobile phone number; cell; cell number; cell phone
        cell phone number; cellphone; contact number; contact phone; contact phone number; MSISDN; WhatsApp
        WhatsApp number; customer phone; customer phone number
        Telefon; Telefonnummer; Telefonnr; Telefon Nr; Telefon 1; Telnr; Tel Nr; Rufnummer; Festnetz
        Handy; Handynummer; Handynr; Handy Nr; Mobil; Mobilnummer; Mobilnr; Mobiltelefon; Mobiltelefonnummer
        Mobilfunk; Mobilfunknummer; Telefon mobil; Telefon privat; Telefon geschäftlich
        téléphone; numéro de téléphone; n° de téléphone; n° tél; tél mobile; téléphone mobile
        téléphone portable; téléphone fixe; portable; numéro de portable; numéro de mobile; num tél
        teléfono; número de teléfono; n° de teléfono; nº teléfono; teléfono móvil; teléfono celular; móvil
        celular; número de celular; número de móvil; número celular
        telefone; número de telefone; nº de telefone; telefone celular; telefone móvel; telemóvel
        número de telemóvel; número do telefone; fone
    """,
    "timeZone": """
        time zone; tz; time zone id; time zone name; IANA time zone; contact time zone
        Zeitzone
        fuseau horaire; fuseau
        zona horaria; huso horario
        fuso horário; fuso
    """,
    "uniqueId": """
        unique id; id; uid; uuid; guid; unique identifier; contact id; customer id; customer number
        customer no
        client id; external id; record id; person id; member id; lead id
        eindeutige ID; Kundennummer; Kundennr; Kunden Nr; Kunden ID; Kundenid; Kontakt ID
        identifiant; identifiant unique; id client; numéro client; numéro de client; n° client
        id cliente; id de cliente; número de cliente; código de cliente; identificador; identificador único
        id único; id do cliente; número do cliente; código do cliente
    """,
    "contactPriority": """
        contact priority; priority; prio
        Priorität; Prioritaet; Kontaktpriorität
        priorité
        prioridad
        prioridade
    """,
}
_SURNAMES = ("name", "names")
"""Last names, if there is a column of first names and none of last names."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f.$\s]+")
"""Characters that not every database accepts in a field's name."""


def normalized(header: str) -> str:
    """Return only the letters and digits, without accents or case."""
    plain = unicodedata.normalize("NFKD", header).casefold()
    return "".join(each for each in plain if each.isalnum())


_FIELD_OF = {
    normalized(name): field
    for field, names in _NAMES.items()
    for name in (field, *re.split(r"[;\n]", names))
    if normalized(name)
}


def field_of(header: str) -> str | None:
    """Return the field that is known by this name."""
    return _FIELD_OF.get(normalized(header))


def mapping(headers: Sequence[str]) -> list[str]:
    """Return what each column is: a field goes to the column of its exact name, else the first that fits."""
    if len(headers) == 1:
        return [PHONE]
    columns = {field: _column(headers, field) for field in FIELDS}
    if columns["firstName"] is not None and columns["lastName"] is None:
        columns["lastName"] = next(
            (i for i, each in enumerate(headers) if normalized(each) in _SURNAMES), None
        )
    fields = [KEEP] * len(headers)
    for field, column in columns.items():
        if column is not None:
            fields[column] = field
    if tuple(headers[:2]) == REPORT_HEADERS:
        fields[:2] = [LEAVE_OUT] * 2
    return fields


def as_chosen(chosen: Iterable[str], count: int) -> list[str]:
    """Return what a person chose for each column; a field chosen twice goes to the first column."""
    fields = list(chosen)[:count]
    fields += [LEAVE_OUT] * (count - len(fields))
    return [KEEP if each in FIELDS and each in fields[:i] else each for i, each in enumerate(fields)]


def keys(headers: Sequence[str], fields: Sequence[str], *, left: int = 0) -> list[str]:
    """Return the name each column is sent under: its field, or a unique name made from its header."""
    found: list[str] = []
    used = {field.casefold() for field in FIELDS}
    for index, (header, field) in enumerate(zip(headers, fields, strict=True)):
        key = _unique(_key(header, left + index), used) if field == KEEP else field
        used.add(key.casefold())
        found.append(key)
    return found


def shown(header: str, index: int) -> str:
    """Return the name of a column as people see it."""
    return " ".join(header.split())[:SHOWN_LENGTH] or f"Column {letter(index)}"


def _column(headers: Sequence[str], field: str) -> int | None:
    if field in headers:
        return headers.index(field)
    return next((i for i, each in enumerate(headers) if field_of(each) == field), None)


def _key(header: str, index: int) -> str:
    return _UNFIT.sub(" ", header).strip()[:KEY_LENGTH].strip() or f"Column {letter(index)}"


def _unique(key: str, used: set[str]) -> str:
    count, name = 1, key
    while name.casefold() in used:
        count += 1
        name = f"{key} {count}"
    return name
