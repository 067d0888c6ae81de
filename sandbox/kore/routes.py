"""Which operation a request is, and whether it has that operation's form. Pure: no I/O, no clock.

Paths and methods as on the vendor's contact-list pages v2, and v1.1 of "Add contacts".
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.kore.answers import Answer, page, wrong_method
from sandbox.kore.lists import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

_JSON_BODY = {"create", "update", "add_contacts"}
_LISTS = r"/campaign/api/v2/public/(?P<path_id>[^/]+)/campaign/contactList"
_ONE_LIST = rf"{_LISTS}/(?!(?:createContactList|getAllListDetails)$)(?P<list_id>[^/]+)"


@dataclass(frozen=True)
class Route:
    """One operation's method and path, a pattern with the groups `path_id` and perhaps `list_id`."""

    operation: str
    method: str
    path: str


ROUTES = (
    Route("create", "POST", rf"{_LISTS}/createContactList"),
    Route("list", "POST", rf"{_LISTS}/getAllListDetails"),
    Route("get", "GET", _ONE_LIST),
    Route("update", "PUT", _ONE_LIST),
    Route("delete", "DELETE", _ONE_LIST),
    Route("contacts", "GET", rf"{_ONE_LIST}/getAllContacts"),
    Route("add_contacts", "POST", r"/api/1\.1/public/(?P<path_id>[^/]+)/campaign/contactList/addContacts"),
)
OPERATIONS = tuple(route.operation for route in ROUTES)


def find_route(method: str, path: str) -> tuple[Route | None, Mapping[str, str], Answer]:
    """Return the route and the ids in the path; if there is no route, the answer is a 404 or a 405."""
    stray = page(404, "Not Found")
    for route in ROUTES:
        match = re.fullmatch(route.path, path)
        if match and route.method == method:
            return route, match.groupdict(), stray
        if match:
            stray = wrong_method(f"{method} on {path}")
    return None, {}, stray


def check_request(operation: str, request: web.Request, body: object) -> None:
    """Raise Invalid for a wrong content type, a stray body, or a list without `type=call`."""
    if operation in _JSON_BODY:
        if request.content_type != "application/json":
            raise Invalid("Content-Type must be application/json")
    elif body is not None:
        raise Invalid("this operation takes no body")
    if operation == "list" and request.query.getall("type", []) != ["call"]:
        raise Invalid("the query must have type=call")


def read_body(raw: bytes) -> object:
    """Return the JSON value, or the text if it is not JSON, or None if there is none."""
    if not raw:
        return None
    try:
        return json.loads(raw)
    except ValueError:
        return raw.decode(errors="replace")
