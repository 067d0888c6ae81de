"""Slack's requests as bytes, signed and numbered, made before the clock starts: commands and submissions."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlencode

from bot.views.blocks import INPUT
from bot.views.form import DESCRIPTION, contact_list_form
from bot.views.state import FormContext, FormValues
from sandbox.slack.delivery import form_body, signed_headers
from sandbox.slack.payloads import interaction, slash_command
from sandbox.slack.tickets import Trigger
from sandbox.slack.views import open_view, view_answer
from sandbox.slack.workspace import Workspace

SECRET = "made-up-signing-secret"  # noqa: S105 - of the remote ends in this process
TOKEN = "xoxb-made-up"  # noqa: S105 - the same
PERSON, CHANNEL = "U0LEAD", "C0CAMPAIGN"
ABOUT = "Customers whose service ends in July 2025."
_PLACEHOLDER = "bench-00000000"


@dataclass(frozen=True, slots=True)
class Press:
    """One thing that a person does: its number, and the request that tells of it."""

    number: int
    request: bytes


def form() -> dict[str, Any]:
    """Build the form of this bot, which all that are compared open."""
    context = FormContext(channel_id=CHANNEL, response_url="https://hooks.slack.com/commands/T0/1/a")
    return contact_list_form(FormValues(name=_PLACEHOLDER), context)


class Requests:
    """Makes the requests; no number comes twice."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._command, self._submission = _command(), _submission()

    def commands(self, wanted: int) -> list[Press]:
        """Type `/contactlist NAME` so many times."""
        return list(self._presses(wanted, self._command))

    def submissions(self, wanted: int) -> list[Press]:
        """Press *Create list* in so many forms."""
        return list(self._presses(wanted, self._submission))

    def _presses(self, wanted: int, body: bytes) -> Iterator[Press]:
        now = int(time.time())
        for _ in range(wanted):
            number = next(self._numbers)
            name = b"bench-%08d" % number
            filled = body.replace(_PLACEHOLDER.encode(), name).replace(b"V00000000", b"V%08d" % number)
            yield Press(number, _request(filled, now))


def _request(body: bytes, now: int) -> bytes:
    headers = {
        "Host": "127.0.0.1",
        "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        "Accept": "application/json,*/*",
        "Content-Length": len(body),
        **signed_headers(SECRET, body, now),
    }
    lines = ["POST /slack/events HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _command() -> bytes:
    space = Workspace()
    fields = slash_command(
        space, space.people[PERSON], space.channels[CHANNEL], "/contactlist", f"Renewal Due {_PLACEHOLDER}"
    )
    more = {
        "response_url": "https://hooks.slack.com/commands/T0/1/a",
        "trigger_id": f"13345224609.738474920.{_PLACEHOLDER}",
    }
    return urlencode({**fields, **more}).encode()


def _submission() -> bytes:
    space = Workspace()
    view = open_view(space, Trigger(PERSON, CHANNEL, None, expires=0), form())
    view.id = view.root_id = "V00000000"
    view.values[DESCRIPTION, INPUT] = ABOUT
    payload = interaction(
        space,
        space.people[PERSON],
        "view_submission",
        trigger_id="13345224609.738474920.8088930838d88f008e0",
        view=view_answer(view),
        response_urls=[],
    )
    return form_body("interactive", payload)
