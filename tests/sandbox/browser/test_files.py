"""Files on the page, by keyboard and by mouse: chosen, dropped, taken out, sent, downloaded."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from sandbox.page.server import Page as Sandbox
from sandbox.slack import messages
from sandbox.slack.views import open_view
from sandbox.slack.workspace import View
from tests.sandbox.browser.acts import check, close, create, look, message, opened

FORM: dict[str, Any] = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "A form for files"},
    "submit": {"type": "plain_text", "text": "Read"},
    "blocks": [
        {"type": "alert", "level": level, "text": {"type": "mrkdwn", "text": f"*{level}* news"}}
        for level in ("default", "info", "warning", "error", "success")
    ]
    + [
        {
            "type": "input",
            "block_id": "note",
            "optional": True,
            "label": {"type": "plain_text", "text": "Note"},
            "element": {"type": "plain_text_input", "action_id": "input"},
        },
        {
            "type": "input",
            "block_id": "file",
            "label": {"type": "plain_text", "text": "The file"},
            "hint": {"type": "plain_text", "text": "CSV or Excel"},
            "element": {
                "type": "file_input",
                "action_id": "input",
                "filetypes": ["csv", "xlsx"],
                "max_files": 1,
            },
        },
    ],
}
DROP = """node => {
    const dropped = new DataTransfer();
    dropped.items.add(new File(["Phone"], "dropped.csv"));
    for (const kind of ["dragover", "drop"])
        node.dispatchEvent(new DragEvent(kind, {dataTransfer: dropped, bubbles: true, cancelable: true}));
}"""

pytestmark = pytest.mark.asyncio(loop_scope="module")


def form_for_files(sandbox: Sandbox) -> View:
    """Open a form that asks for a file."""
    slack = sandbox.ends.slack
    trigger = slack.triggers.redeem(slack.triggers.issue("U0LEAD", channel_id="C0CAMPAIGN"))
    return open_view(slack.workspace, trigger, FORM)


def chosen(view: View) -> list[str]:
    """List the names of the files in the form."""
    ids = view.values["file", "input"] or []
    return [view.workspace.files[each].name for each in ids]


async def test_chosen_by_keyboard(page: Page, sandbox: Sandbox) -> None:
    """An example, from the menu; the focus is on what takes it out again, then back on what asks for one."""
    view = form_for_files(sandbox)
    form = page.get_by_role("dialog", name="A form for files")
    await form.get_by_label("Note").fill("kept")
    await page.keyboard.press("Tab")
    await expect(form.get_by_label("The file")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    remove = form.get_by_role("button", name="Remove winback.xlsx")
    await expect(remove).to_be_focused()
    await expect(form.locator(".file-card")).to_contain_text("Excel Spreadsheet · 2.1 kB")
    assert chosen(view) == ["winback.xlsx"]
    await expect(form.get_by_label("Note")).to_have_value("kept")
    await page.keyboard.press("Enter")
    await expect(form.get_by_label("The file")).to_be_focused()
    assert chosen(view) == []


async def test_uploaded_and_refused(page: Page, sandbox: Sandbox, tmp_path: Path) -> None:
    """One of one's own; of another kind, empty, or none at all, it is told at the field."""
    view = form_for_files(sandbox)
    form = page.get_by_role("dialog", name="A form for files")
    field = form.get_by_label("The file")
    for name, content, problem in (
        ("a.pdf", b"x", "a.pdf isn't a file of the right kind (csv, xlsx)."),
        ("a.csv", b"", "a.csv is empty."),
        ("b.csv", b"x" * (10 * 1024 * 1024 + 1), "b.csv is larger than 10 MB."),
    ):
        (tmp_path / name).write_bytes(content)
        await field.set_input_files(tmp_path / name)
        await expect(form.get_by_text(problem)).to_be_visible()
    await form.get_by_role("button", name="Read").click()
    await expect(form.get_by_text("Please complete this required field.")).to_be_visible()
    await expect(field).to_be_focused()
    (tmp_path / "a.csv").write_bytes(b"Phone")
    await field.set_input_files(tmp_path / "a.csv")
    await expect(form.get_by_role("button", name="Remove a.csv")).to_be_visible()
    await expect(form.locator(".field-error", has_text="Please")).to_have_count(0)
    assert chosen(view) == ["a.csv"]


async def test_dropped(page: Page, sandbox: Sandbox) -> None:
    """Onto the field of a form, and onto the message box."""
    view = form_for_files(sandbox)
    form = page.get_by_role("dialog", name="A form for files")
    await form.locator(".drop").evaluate(DROP)
    await expect(form.get_by_role("button", name="Remove dropped.csv")).to_be_visible()
    assert chosen(view) == ["dropped.csv"]
    await page.keyboard.press("Escape")
    await expect(form).to_be_hidden()
    await page.locator(".composer").evaluate(DROP)
    await page.get_by_role("button", name="Remove dropped.csv").click()
    await expect(page.get_by_role("button", name="Send")).to_be_disabled()


async def sent(page: Page) -> Locator:
    """Send an example with a text, and return its message."""
    await page.get_by_role("button", name="Attach a file").click()
    await page.get_by_role("menuitem", name="kunden.csv").click()
    await expect(page.get_by_role("button", name="Remove kunden.csv")).to_be_visible()
    await page.locator("#message").fill("our customers")
    await page.keyboard.press("Enter")
    return message(page, "our customers").last


async def test_sent_and_downloaded(page: Page) -> None:
    """In a message, from which everybody has it as it was."""
    card = (await sent(page)).locator(".file-card")
    await expect(card).to_contain_text("CSV · 690 bytes")
    async with page.expect_download() as started:
        await card.get_by_role("link", name="Download kunden.csv").click()
    download = await started.value
    assert download.suggested_filename == "kunden.csv"
    with (await download.path()).open("rb") as saved:
        assert saved.read(16) == b"Vorname;Nachname"


async def test_a_list_is_filled(page: Page, name: str) -> None:
    """From the menu of a message, by keyboard, to the number of contacts and the thread in the channel."""
    form = await create(page, name)
    await close(form)
    shown = await sent(page)
    menu = shown.get_by_role("button", name="Message actions")

    async def choose() -> None:
        await menu.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menuitem")).to_be_focused()
        await check(page)
        await page.keyboard.press("Enter")

    await opened(form.get_by_label("Contact list"), choose)
    await form.get_by_label("Contact list").select_option(name)
    await form.get_by_label("Country").fill("DE")
    await form.get_by_role("button", name="Preview").click()
    await form.get_by_role("button", name="Add 20 contacts").click()
    await expect(form.get_by_role("heading", name="Contacts added")).to_be_visible()
    await close(form)
    summary = page.locator("#messages > li > article").filter(has_text=name)
    await expect(summary).to_contain_text("20 contacts · duplicates not allowed")
    await expect(summary.get_by_role("region", name="Thread, 1 reply")).to_contain_text("added 20 contacts")
    listed = page.locator(".lists li").filter(has_text=name)
    await expect(listed).to_contain_text("20 contacts")


async def test_a_draft_keeps_its_file(page: Page) -> None:
    """In its own channel; a file alone can be sent."""
    await page.get_by_role("button", name="Attach a file").click()
    await page.get_by_role("menuitem", name="callbacks.csv").click()
    remove = page.get_by_role("button", name="Remove callbacks.csv")
    await expect(remove).to_be_visible()
    await page.get_by_role("link", name="general").click()
    await expect(remove).to_be_hidden()
    await page.get_by_role("link", name="campaigns").click()
    await expect(remove).to_be_visible()
    await page.get_by_role("button", name="Send").click()
    await expect(message(page, "callbacks.csv").last).to_be_visible()
    await expect(remove).to_be_hidden()


async def test_a_thread_under_its_message(page: Page, sandbox: Sandbox) -> None:
    """A reply stands there, and a message that is changed is drawn as it is now."""
    space = sandbox.ends.slack.workspace
    say = {"channel": "C0CAMPAIGN", "text": "A summary"}
    summary = messages.post(space, say, to_any_public=True)
    reply = messages.post(space, {**say, "text": "Half", "thread_ts": summary.ts}, to_any_public=True)
    thread = message(page, "A summary").first.get_by_role("region", name="Thread, 1 reply")
    await expect(thread).to_contain_text("Half")
    messages.rewrite(space, reply, {"text": "All of them"})
    await expect(thread).to_contain_text("All of them")
    messages.post(space, {**say, "text": "Done", "thread_ts": summary.ts}, to_any_public=True)
    await expect(message(page, "A summary").first).to_contain_text("2 replies")
    messages.delete(space, summary)
    await expect(page.locator("#messages > li > article").filter(has_text="Done")).to_be_visible()


async def test_a_deleted_file_is_told(page: Page, sandbox: Sandbox) -> None:
    """There is nothing to download."""
    shown = await sent(page)
    await expect(shown).to_be_visible()
    for file in sandbox.ends.slack.workspace.files.values():
        file.is_deleted = True
    sandbox.ends.slack.workspace.changed()
    await expect(shown).to_contain_text("This file was deleted.")
    await expect(shown.get_by_role("link", name="Download")).to_have_count(0)


async def test_files_fail_as_chosen(page: Page, sandbox: Sandbox) -> None:
    """Backstage has what can be wrong with files."""
    await page.get_by_label("What is wrong with them").select_option("The download breaks off")
    space = sandbox.ends.slack.workspace
    await space.until(lambda: space.file_trap == "cut_off", timeout=20, what="trap")
    await page.get_by_label("What is wrong with them").select_option("Nothing – the bot can read them")
    await space.until(lambda: not space.file_trap, timeout=20, what="trap")


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_no_barrier(context: BrowserContext, sandbox: Sandbox, colours: str) -> None:
    """Nothing serious is found in a message with a file, the menu, the form; wide and at 375 pixels."""
    page = await look(context, sandbox)
    await page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
    await sent(page)
    for size in ({"width": 1280, "height": 800}, {"width": 375, "height": 700}):
        await page.set_viewport_size(size)  # type: ignore[arg-type]
        if size["width"] == 375:
            await page.get_by_role("button", name="Close backstage").click()
        await page.get_by_role("button", name="Attach a file").click()
        await check(page)
        await page.keyboard.press("Escape")
        form_for_files(sandbox)
        form = page.get_by_role("dialog", name="A form for files")
        for text in ("default news", "info news", "warning news", "error news", "success news"):
            await expect(form.get_by_text(text)).to_be_visible()
        await form.get_by_role("button", name="Try an example").click()
        await check(page)
        await page.get_by_role("menuitem", name="renewals.csv").click()
        await expect(form.get_by_role("button", name="Remove renewals.csv")).to_be_focused()
        await check(page)
        await page.keyboard.press("Escape")
        await expect(form).to_be_hidden()
