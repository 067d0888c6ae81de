"""Contacts are in memory, in Slack's file and in Kore.ai, and nowhere else: a whole DEBUG run is searched."""

import csv
import io
import re
from pathlib import Path

import aiohttp
import pytest

from bot.views.importing import CHECK_ROWS, LEAVE_ROWS_OUT, SEND_ROWS_AGAIN
from bot.views.preview import CHANGE_COLUMNS, SEND_PROBLEMS
from sandbox.demo import Stage
from tests.contacts.adding import Adding
from tests.observe.loud import loud, written
from tests.quick import QUICK
from tests.stages import stage
from tests.story import FAST, Story

__all__ = ["written"]

pytestmark = [pytest.mark.process, pytest.mark.slow, pytest.mark.timeout(90)]

PEOPLE = [
    ("Zebulon", "Quillfeather", "+493090182071", "zq-0815@quill.example"),
    ("Xanthippe", "Öztürkoğlu", "+493090182072", "xo-4711@quill.example"),
    ("Wolfram", "Yggdrasil", "+493090182073", "wy-2342@quill.example"),
    ("Valeria", "Uxbridge", "+493090182074", "vu-9001@quill.example"),
    ("Thaddeus", "Squillace", "+493090182075", "ts-6502@quill.example"),
]
PROBLEMS = [
    ("Ruprecht", "Pfefferkuchen", "070-4911", "rp-8080@quill.example"),
    ("Ottokar", "Nachtigall", "=1+493090182079", "on-6800@quill.example"),
    ("Melusine", "Lindwurm", "+493090182071", "ml-1541@quill.example"),
]
ENDS = {"Contacts added", "Contacts sent", "No contacts added", "Stopped partway"}
WAITS = "Did these arrive?"


def file() -> bytes:
    """Write the file of all these people."""
    text = io.StringIO()
    csv.writer(text).writerows([("First name", "Last name", "Phone", "Mail"), *PEOPLE, *PROBLEMS])
    return text.getvalue().encode()


def secrets() -> set[str]:
    """Return all that is of a contact, as it may be written."""
    values = {value for person in [*PEOPLE, *PROBLEMS] for value in person}
    digits = {re.sub(r"\D", "", value)[-8:] for value in values if value[-4:].isdigit()}
    return {form for value in values for form in (value, ascii(value)[1:-1])} | digits


async def imported(scene: Stage, *faults: str) -> Adding:
    """Add all that can be added, with faults of Kore.ai's on the way, and decide each time in another way."""
    adding = await Adding(Story(scene)).created()
    await adding.previewed(file())
    await adding.story.lead.press(adding.view, SEND_PROBLEMS)
    await adding.until("I sent you the problem rows")
    await adding.story.lead.press(adding.view, CHANGE_COLUMNS)
    await adding.story.lead.until(lambda: "column-3" in adding.view.inputs)
    await adding.story.lead.submit(adding.view, {"column-3": "keep"})
    await adding.until("ready")
    for fault in faults:
        scene.kore.fault(fault, operation="add_contacts")
    await adding.story.lead.submit(adding.view)
    for decision in (CHECK_ROWS, SEND_ROWS_AGAIN, LEAVE_ROWS_OUT):
        await adding.story.lead.until(lambda: adding.view.title in {*ENDS, WAITS})
        if adding.view.title == WAITS:
            await adding.story.lead.press(adding.view, decision)
            await adding.story.lead.until(lambda: adding.view.title != WAITS)
    await adding.story.lead.until(lambda: adding.view.title in ENDS)
    return adding


def digests(stored: bytes) -> set[str]:
    """Return the digests of contacts in a store: by that of a single one, anyone could find its number."""
    found = set(re.findall(r'"digest":"([0-9a-f]{64})"', stored.decode(errors="ignore")))
    assert found
    return found


def told_by_slack(scene: Stage) -> str:
    """Return all that the bot sent to Slack, but for the file of problem rows."""
    return str([each.request for each in scene.slack.traffic if not each.what.startswith("files.upload")])


async def test_no_contact_is_written(written: io.StringIO, capfd: pytest.CaptureFixture[str]) -> None:
    """In no log line, metric, message, view, button and job there is more of a contact than its mask."""
    changes = {"contacts_per_call": 2, "log_level": "DEBUG", "log_format": "json", "kore_timeout": 0.5}
    async with stage(rate_per_minute=FAST, before=loud(written), timing=QUICK, **changes) as scene:
        done = await imported(scene)
        for faults in (["invalid"], ["unauthorized"], ["html_ok", "server_error", "drop_before_commit"]):
            await imported(scene, *faults)
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{scene.bot.port}/metrics") as answer,
        ):
            metrics = await answer.text()
        path = Path(scene.settings.database_url.get_secret_value().removeprefix("sqlite:///"))
        stored = b"".join(each.read_bytes() for each in path.parent.iterdir())
        slack = told_by_slack(scene)
        arrived = str(scene.kore.contacts(done.list_id))
    log = "".join([written.getvalue(), *capfd.readouterr()])

    assert [each for each in secrets() if each in log] == []
    assert [each for each in digests(stored) if each[:8] in log] == []
    assert [each for each in secrets() if each in metrics] == []
    assert [each for each in secrets() if each in slack] == []
    assert [each for each in secrets() if each.encode() in stored] == []
    assert [each for person in PEOPLE for each in person if each not in arrived] == []
    assert "+49•••71" in slack
    assert "contactlist_contacts_total" in metrics
    assert done.list_id.encode() in stored
    for event in ("import_confirmed", "import_ended", "kore_failed", "rows_decided"):
        assert event in log
