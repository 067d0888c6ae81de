"""Turning a row into the contact to send. Pure: no I/O."""

import json
from collections.abc import Mapping

from bot.contact_file import LEAVE_OUT, PHONE
from bot.contacts.phones import MISSING, Phone, phone_number
from bot.contacts.sheet import BadValue
from bot.contacts.table import Table
from bot.contacts.values import checked, time_zone, whole_number

MOVED = "The row has more values than the header. A quotation mark or a delimiter might be wrong."

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class ContactReader:
    """Reads the rows of one table; `zones` maps lower-case time zone names to their proper form."""

    def __init__(self, table: Table, country: str, zones: Mapping[str, str]) -> None:
        self._width = table.width
        self._country = country
        self._zones = zones
        columns = zip(table.fields, table.keys, table.letters, strict=True)
        self._sent = [(i, *column) for i, column in enumerate(columns) if column[0] not in {LEAVE_OUT, PHONE}]
        self._phone = table.fields.index(PHONE) if PHONE in table.fields else None

    def read(self, cells: list[str]) -> tuple[Phone, bytes]:
        """Return the number and the encoded contact; raises `BadValue` if the row isn't one."""
        if any(cells[self._width :]):
            raise BadValue(MOVED)
        phone = self._phone_of(cells)
        contact: dict[str, str | int] = {PHONE: phone.e164}
        for index, field, key, letter in self._sent:
            value = cells[index] if index < len(cells) else ""
            if value:
                contact[key] = self._value(field, checked(value, letter))
        return phone, _ENCODER.encode(contact).encode()

    def _phone_of(self, cells: list[str]) -> Phone:
        if self._phone is None or self._phone >= len(cells):
            raise BadValue(MISSING)
        return phone_number(cells[self._phone], self._country)

    def _value(self, field: str, value: str) -> str | int:
        if field == "timeZone":
            return time_zone(value, self._zones)
        return whole_number(value) if field == "contactPriority" else value
