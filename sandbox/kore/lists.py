"""The contact lists of the local Kore.ai and what the seven operations do to them.

Vendor pages followed: "Create contact list v2", "Get all contact lists v2", "Get contact list details v2",
"Update contact list v2", "Delete contact list v2", "Add contacts".
"""

from __future__ import annotations

import math
import uuid
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sandbox.kore.answers import Answer, flat, success
from sandbox.kore.contacts import PHONE, Contacts, Row, length, row_problem, short_id

if TYPE_CHECKING:
    from collections.abc import Callable

NAME_MAX = 48  # UTF-16 units: how the vendor counts is not documented, this is the strictest reading
DESCRIPTION_MAX = 256  # the same
SOURCE = "passiveApi"
PAGE_SIZE = 50

_MAPPING = ("firstName", "lastName", "phoneNumber", "timeZone", "uniqueId", "contactPriority")
# "Get all contact lists v2": the items lack isActive, createdBy and createdAt, among others.
_LISTED = (
    *("_id", "name", "description", "totalRecordCount", "status", "mapping", "isListInUse", "listType"),
    *("campaignInUse", "source", "apiConfigurations", "files", "updatedAt"),
)

ContactList = dict[str, object]


class Invalid(ValueError):
    """The request does not pass validation; says why."""


class ContactLists:
    """The lists by `_id` in order of creation, each as "Get contact list details v2" answers it.

    Each operation answers, or raises Invalid.
    """

    def __init__(self, *, owner: str, clock: Callable[[], float]) -> None:
        self.lists: dict[str, ContactList] = {}
        self.contacts = Contacts(clock=clock)
        self._user = f"u-{uuid.uuid5(uuid.NAMESPACE_OID, owner)}"
        self._clock = clock

    def create(self, body: object) -> Answer:
        """Create contact list v2; names need not be unique (not documented, so the harder case)."""
        created = self._new_list(_draft(body))
        list_id = str(created["_id"])
        self.lists[list_id] = created
        return success(deepcopy(created), f"Contact list {created['name']} created successfully")

    def get_all(self) -> Answer:
        """Get all contact lists v2: a plain array of shortened lists, no paging."""
        return success([deepcopy({key: one[key] for key in _LISTED}) for one in self.lists.values()])

    def get(self, list_id: str) -> Answer:
        """Get contact list details v2; what an unknown id gets is not documented."""
        return success(deepcopy(self._find(list_id)))

    def update(self, list_id: str, body: object) -> Answer:
        """Update contact list v2: `data.body` holds what was changed, not the list.

        Which fields `data.body` holds is not documented in full; here it is what was sent and `updatedAt`.
        """
        found = self._find(list_id)
        change = _change(body) | {"updatedAt": self._now()}
        found |= change
        data = {"contactListId": list_id, "body": change}
        return success(data, f"Contact list {found['name']} updated successfully")

    def delete(self, list_id: str) -> Answer:
        """Delete contact list v2, unless a campaign uses the list (the console's rule)."""
        found = self._find(list_id)
        if found["isListInUse"]:
            return flat("Error", f"Contact list {found['name']} is in use by a campaign")
        del self.lists[list_id]
        return success(found, f"Contact list {found['name']} deleted successfully")

    def get_contacts(self, list_id: str) -> Answer:
        """Get contacts of a list: the first page; the paging parameters are not documented."""
        self._find(list_id)
        there = self.contacts.of(list_id)
        results = [
            {"_id": one.id, "createdAt": _told(one.at), "updatedAt": _told(one.at), PHONE: one.sent[PHONE]}
            for one in there[:PAGE_SIZE]
        ]
        pages = {"hasMore": len(there) > PAGE_SIZE, "totalPages": math.ceil(len(there) / PAGE_SIZE)}
        return success(
            {"results": results, "skip": 0, "limit": PAGE_SIZE, **pages, "totalResults": len(there)}
        )

    def add_contacts(self, body: object, *, part: float = 1) -> Answer:
        """Add contacts: by the list's name (the oldest of that name), answered before anything is added.

        `part` of the rows is added: the first ones.
        """
        name, rows = _contacts(body)
        found = next((one for one in self.lists.values() if one["name"] == name), None)
        if found is None:
            raise Invalid("there is no contact list of that name")
        self.contacts.send(str(found["_id"]), rows[: math.ceil(len(rows) * part)])
        self.settle()
        return Answer(200, {"message": "Adding contacts to public list is in progress"})

    def settle(self, *, at_once: bool = False) -> None:
        """Count the contacts that got to their lists meanwhile, or let all get there at once."""
        for list_id, new in self.contacts.settle(self.lists, at_once=at_once).items():
            found = self.lists[list_id]
            records = int(str(found["totalRecordCount"])) + len(new)
            found |= {"totalRecordCount": records, "updatedAt": _told(new[-1].at)}

    def _find(self, list_id: str) -> ContactList:
        if list_id not in self.lists:
            raise Invalid("there is no such contact list")
        return self.lists[list_id]

    def _new_list(self, body: dict[str, object]) -> ContactList:
        now = self._now()
        allow_duplicates = body.get("allowDuplicates", False)
        return {
            "isActive": True,
            "name": body["name"],
            "description": body["description"],
            "totalRecordCount": 0,
            "status": "Ready",
            "createdBy": self._user,
            "updatedBy": self._user,
            "mapping": {key: key for key in _MAPPING},
            "isListInUse": False,
            "listType": "call",
            "isGlobalDNC": False,
            "isDefault": False,
            "campaignInUse": [],
            "source": body["source"],
            # "removeDuplicates" is made up: the vendor shows only the other value.
            "apiConfigurations": {
                "dataSyncMode": "allowDuplicates" if allow_duplicates else "removeDuplicates"
            },
            "columns": [],
            "files": [],
            "createdAt": now,
            "updatedAt": now,
            "_id": f"cl-{short_id()}",
            "allowDuplicates": allow_duplicates,
        }

    def _now(self) -> str:
        return _told(self._clock())


def _told(moment: float) -> str:
    written = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


def _draft(body: object) -> dict[str, object]:
    draft = _object(body, required={"name", "description", "source"}, optional={"allowDuplicates"})
    if draft["source"] != SOURCE:
        raise Invalid(f"source must be {SOURCE}")
    if not isinstance(draft.get("allowDuplicates", False), bool):
        raise Invalid("allowDuplicates must be a boolean")
    return _with_fitting_texts(draft)


def _change(body: object) -> dict[str, object]:
    return _with_fitting_texts(_object(body, required=set(), optional={"name", "description"}))


def _contacts(body: object) -> tuple[object, list[Row]]:
    """Return the list's name and the rows."""
    wanted = _object(body, required={"contact_list_name", "data"}, optional=set())
    rows = wanted["data"]
    if not (isinstance(rows, list) and rows):
        raise Invalid("data must be a filled array")
    if problem := next(filter(None, map(row_problem, rows)), ""):
        raise Invalid(problem)
    return wanted["contact_list_name"], rows


def _object(body: object, *, required: set[str], optional: set[str]) -> dict[str, object]:
    if not isinstance(body, dict):
        raise Invalid("the body must be a JSON object")
    missing, unknown = required - body.keys(), body.keys() - required - optional
    if missing or unknown:
        raise Invalid(f"missing: {sorted(missing)}, unknown: {sorted(unknown)}")
    return body


def _with_fitting_texts(body: dict[str, object]) -> dict[str, object]:
    for key, longest in (("name", NAME_MAX), ("description", DESCRIPTION_MAX)):
        if key in body and not _fits(body[key], longest):
            raise Invalid(f"{key} must be a string of 1 to {longest} characters")
    return body


def _fits(value: object, longest: int) -> bool:
    return isinstance(value, str) and 0 < length(value) <= longest
