"""Seeing what exists: pages of lists, one list in full, posting it, and a warning of a name that is taken."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from bot.browsing import posting
from sandbox.demo import Stage
from sandbox.slack.forms import CannotSubmit
from sandbox.slack.people import Person
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import Message, View
from tests.quick import QUICK
from tests.stages import stage

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAMPAIGNS = "C0CAMPAIGN"
FAST = 60_000
MENU = "list_menu"
NEVER_FRESH = replace(QUICK, lists_fresh_for=0, lists_retry_after=0, lists_timeout=8)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene() -> AsyncIterator[Stage]:
    """Run the bot."""
    async with stage(rate_per_minute=FAST, timing=NEVER_FRESH) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(scene: Stage) -> None:
    """Begin with an empty account that is read anew each time, and nobody in a hurry."""
    scene.kore.lists.clear()
    scene.kore.clear_faults()
    scene.slack.clear_faults()
    scene.slack.workspace.views.clear()
    for channel in scene.slack.workspace.channels.values():
        channel.messages.clear()


@pytest.fixture
def lead(scene: Stage) -> Person:
    """Return the person who looks."""
    return Person(scene.slack, "U0LEAD")


async def listed(lead: Person, words: str = "") -> Message:
    """Type `/contactlist list` and return the private answer."""
    await lead.command(f"list {words}".strip(), channel=CAMPAIGNS)
    answer = await lead.message(CAMPAIGNS)
    assert answer.ephemeral_to == "U0LEAD"
    return answer


def read(scene: Stage, message: Message) -> str:
    """Return a message as people read it."""
    return scene.slack.workspace.read({"blocks": message.blocks, "text": message.text})


async def test_an_empty_account_says_what_to_do(lead: Person) -> None:
    """There is nothing to list yet."""
    assert (
        "Type `/contactlist` and a name to create the first one"
        in (await listed(lead)).blocks[0]["text"]["text"]
    )


async def test_lists_come_five_a_page_newest_first(scene: Stage, lead: Person) -> None:
    """Next and Previous turn the page where it is."""
    for day in range(1, 14):
        scene.kore.put(f"List of day {day:02}", updatedAt=f"2025-12-{day:02}T09:22:51.001Z")
    answer = await listed(lead)
    text = read(scene, answer)
    assert "Contact lists (1–5 of 13)" in text
    assert [line for line in text.splitlines() if line.startswith("List of day")] == [
        f"List of day {day:02}" for day in range(13, 8, -1)
    ]
    assert "ready · 0 contacts" in text
    assert "Updated a moment ago" in text
    assert "[ Previous ]" not in text
    await lead.press(answer, "lists_next")
    await lead.until(lambda: "(6–10 of 13)" in read(scene, answer))
    await lead.press(answer, "lists_next")
    await lead.until(lambda: "(11–13 of 13)" in read(scene, answer))
    assert "[ Next ]" not in read(scene, answer)
    await lead.press(answer, "lists_previous")
    await lead.until(lambda: "(6–10 of 13)" in read(scene, answer))


async def test_words_filter_case_and_accents_aside(scene: Stage, lead: Person) -> None:
    """Every word must stand in the name, the description or the id."""
    scene.kore.put("Éclair VIP", "For München")
    scene.kore.put("Eclair", "For Berlin")
    text = read(scene, await listed(lead, "munchen ECLAIR"))
    assert "1 contact list with “munchen ECLAIR”" in text
    assert "Éclair VIP" in text
    nothing = read(scene, await listed(lead, "nowhere"))
    assert "No lists match “nowhere”" in nothing


async def test_show_without_a_name_is_a_list(scene: Stage, lead: Person) -> None:
    """Somebody who does not know the name gets all of them."""
    scene.kore.put("Renewals")
    await lead.command("show")
    assert "Renewals" in read(scene, await lead.message(CAMPAIGNS))


async def test_a_name_may_begin_with_a_capital_list(lead: Person) -> None:
    """“List of …” opens the form: names begin so too."""
    await lead.command("List of renewals")
    form = await lead.view()
    assert "List of renewals" in form.text
    lead.close(form)


async def test_a_failing_api_is_said_with_what_is_known(scene: Stage, lead: Person) -> None:
    """What was read before is shown with its age, and why it is not newer."""
    scene.kore.put("Renewals")
    await listed(lead)
    scene.kore.fault("rate_limited", operation="list")
    text = read(scene, await listed(lead))
    assert "Renewals" in text
    assert "Your account has used up its Kore.ai requests for this minute" in text


async def shown(lead: Person, what: str) -> View:
    """Type `/contactlist show` and wait for what the modal turns to."""
    await lead.command(f"show {what}")
    view = await lead.view()
    await lead.until(lambda: "Asking Kore.ai" not in view.text)
    return view


MAIN_FACTS = (
    "Renewals\nMade in the console.",
    "Contacts: 12",
    "Duplicates: not allowed",
    "Status: ready",
    "Created: ",
)


async def test_one_list_is_shown_in_full(scene: Stage, lead: Person) -> None:
    """By name or by id: what matters, and with *Show all fields* every documented one."""
    list_id = scene.kore.put(
        "Renewals",
        isListInUse=True,
        campaignInUse=[f"ca-{number}" for number in range(25)],
        totalRecordCount=12,
    )
    for what in ("renewals", list_id, "RENEW"):
        view = await shown(lead, what)
        for fact in MAIN_FACTS:
            assert fact in view.text
        assert f"ID: {list_id}" in view.text
        assert "List type" not in view.text
        await lead.press(view, "show_all_fields")
        await lead.until(lambda: "List type" in view.text)  # noqa: B023 - awaited here
        assert "[ Show all fields ]" not in view.text
        for fact in (
            *MAIN_FACTS,
            "List type: call",
            "Source: passiveApi",
            "Active: yes",
            "In use: yes",
            "ca-19 and 5 more",
            "Global Do-Not-Call list: no",
            "Default list: no",
            "Data sync mode: removeDuplicates",
            "firstName → firstName",
            "Columns: 0",
            "Files: 0",
            "Created by (Kore.ai): u-",
            "Updated by (Kore.ai): u-",
            "Updated: ",
        ):
            assert fact in view.text
        lead.close(view)


async def test_several_lists_of_a_name_are_a_choice(scene: Stage, lead: Person) -> None:
    """The menu of each leads to it, and it is laid over the choice."""
    scene.kore.put("Renewals", "The first.")
    scene.kore.put("Renewals", "The second.")
    choice = await shown(lead, "renewals")
    assert "2 lists match" in choice.text
    await lead.press(choice, "show_list", block_id="list-0")
    await lead.until(lambda: "The second." in choice.text)
    assert choice.title == "Contact list"


@pytest.mark.parametrize(
    ("what", "asked"), [("nowhere", 0), ("no where", 0), ("..", 0), ("cl-1/..", 0), ("cl-nowhere", 1)]
)
async def test_what_there_is_not_is_said(scene: Stage, lead: Person, what: str, asked: int) -> None:
    """What looks like an id may be one that is not known yet, so Kore.ai is asked for that alone."""
    scene.kore.put("Renewals")
    before = len(scene.kore.calls)
    assert f"No list has the name or ID “{what}”." in (await shown(lead, what)).text
    asks = [each for each in scene.kore.calls[before:] if each.operation == "get" and what in each.path]
    assert len(asks) == asked


async def test_a_list_that_is_not_listed_is_asked_for_by_its_id(scene: Stage, lead: Person) -> None:
    """An id is enough."""
    list_id = scene.kore.put("Renewals")
    scene.kore.fault("server_error", operation="list")
    view = await shown(lead, list_id)
    assert "Renewals" in view.text


async def test_details_that_fail_leave_what_the_list_of_lists_says(scene: Stage, lead: Person) -> None:
    """Something is better than nothing, and it says so."""
    scene.kore.put("Renewals", totalRecordCount=77)
    scene.kore.fault("server_error", operation="get")
    view = await shown(lead, "renewals")
    assert "Contacts: 77" in view.text
    assert "These aren't all the details. Kore.ai sent an answer I can't use" in view.text


async def test_a_modal_that_does_not_open_is_explained(scene: Stage, lead: Person) -> None:
    """A trigger lives three seconds; the answer says what to type again."""
    scene.slack.fault("views.open", Fault(error="expired_trigger_id"))
    await lead.command("show renewals")
    assert "/contactlist show renewals" in (await lead.message(CAMPAIGNS)).text
    scene.kore.put("Renewals")
    answer = await listed(lead)
    scene.slack.fault("views.open", Fault(error="expired_trigger_id"))
    await lead.choose(answer, MENU, answer.blocks[1]["accessory"]["options"][0]["value"])
    assert "Slack couldn't open that. Try again." in (await lead.message(CAMPAIGNS)).text


async def test_an_id_can_be_copied(scene: Stage, lead: Person) -> None:
    """The menu shows it alone."""
    list_id = scene.kore.put("Renewals")
    await lead.choose(await listed(lead), MENU, f"id:{list_id}")
    view = await lead.view()
    assert view.title == "List ID"
    assert list_id in view.text


async def test_a_list_is_posted_from_its_row(scene: Stage, lead: Person) -> None:
    """The form offers the conversation in which somebody looked; the summary is for all there."""
    list_id = scene.kore.put("Renewals")
    await lead.choose(await listed(lead), MENU, f"post:{list_id}")
    form = await lead.view()
    assert "#campaigns" in form.text
    await lead.submit(form)
    posted = await lead.message(CAMPAIGNS)
    assert posted.ephemeral_to is None
    assert "Shared by @Mina Okafor" in read(scene, posted)
    await lead.until(lambda: "I posted the list in #campaigns." in form.text)


async def test_a_list_is_posted_from_its_details(scene: Stage, lead: Person) -> None:
    """Also where the bot is no member, by the way in that the form brings."""
    scene.kore.put("Renewals")
    details = await shown(lead, "renewals")
    await lead.press(details, "post_list")
    form = await lead.view()
    assert form.previous_id == details.id
    scene.slack.fault("chat.postMessage", Fault(error="not_in_channel"))
    await lead.submit(form, {"conversation": "C0GENERAL"})
    await lead.until(lambda: "I posted the list in #general." in form.text)
    assert scene.slack.workspace.channels["C0GENERAL"].messages[-1].via == "response_url"


async def test_a_place_must_be_chosen(scene: Stage, lead: Person) -> None:
    """The Home tab is in no conversation, so the form offers none by itself."""
    list_id = scene.kore.put("Renewals")
    await listed(lead)
    await lead.open_home()
    home = await lead.home()
    await lead.until(lambda: f"post:{list_id}" in str(home.payload))
    await lead.choose(home, MENU, f"post:{list_id}")
    form = await lead.view()
    await lead.submit(form, {"conversation": None}, unchecked=True)
    assert form.errors["conversation"] == "Choose where to post it."


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(error="ratelimited", retry_after=60), "Slack isn't accepting messages right now."),
        (Fault(status=500), "Slack didn't confirm the message"),
    ],
)
async def test_a_post_that_fails_is_said(scene: Stage, lead: Person, fault: Fault, said: str) -> None:
    """The form says whether to post it again."""
    list_id = scene.kore.put("Renewals")
    await lead.choose(await listed(lead), MENU, f"post:{list_id}")
    form = await lead.view()
    scene.slack.fault("chat.postMessage", fault)
    await lead.submit(form)
    await lead.until(lambda: said in form.text)


async def test_a_fault_of_ours_is_said_under_the_place(
    scene: Stage, lead: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is the only field which this form has."""
    list_id = scene.kore.put("Renewals")
    await lead.choose(await listed(lead), MENU, f"post:{list_id}")
    form = await lead.view()
    monkeypatch.setattr(posting, "response_url_for", lambda *_: 1 / 0)
    ack = await lead.submit(form)
    assert ack.error is None
    assert "Something went wrong partway" in form.errors["conversation"]


async def test_a_place_that_takes_nothing_is_said(scene: Stage, lead: Person) -> None:
    """Neither the channel nor the response_url took it."""
    list_id = scene.kore.put("Renewals")
    await lead.choose(await listed(lead), MENU, f"post:{list_id}")
    form = await lead.view()
    scene.slack.fault("chat.postMessage", Fault(error="not_in_channel"))
    scene.slack.fault("response_url", Fault(status=404))
    await lead.submit(form)
    await lead.until(lambda: "I couldn't post in #campaigns." in form.text)


async def test_a_list_that_is_gone_is_not_posted(scene: Stage, lead: Person) -> None:
    """It was deleted after the row was shown, and nothing more is known of it."""
    list_id = scene.kore.put("Renewals")
    answer = await listed(lead)
    scene.kore.lists.clear()
    await listed(lead)
    await lead.choose(answer, MENU, f"post:{list_id}")
    form = await lead.view()
    await lead.submit(form)
    await lead.until(lambda: "Kore.ai didn't return this list" in form.text)


async def test_a_modal_that_was_closed_is_quiet(scene: Stage, lead: Person) -> None:
    """Nobody looks any more."""
    scene.kore.put("Renewals")
    scene.kore.fault("slow", operation="list", seconds=0.3)
    await lead.command("show renewals")
    lead.close(await lead.view())
    await lead.until(lambda: any(each.what == "views.update" for each in scene.slack.traffic))


async def test_an_answer_that_slack_does_not_take_is_logged(scene: Stage, lead: Person) -> None:
    """The bot goes on."""
    scene.slack.fault("response_url", Fault(status=404))
    await lead.command("list")
    await lead.until(
        lambda: any(each.what == "response_url" and each.status == 404 for each in scene.slack.traffic)
    )
    await listed(lead)


async def test_a_form_warns_once_of_a_name_that_is_taken(scene: Stage, lead: Person) -> None:
    """The same press again creates the list all the same."""
    scene.kore.put("Renewals")
    await listed(lead)
    await lead.command("RENEWALS")
    form = await lead.view()
    await lead.submit(form, {"description": "x"})
    assert "This name is taken: Renewals (0 contacts, updated" in form.text
    assert "select Create list again" in form.text
    await lead.submit(form)
    await lead.until(lambda: form.title == "Contact list created")
    assert [one["name"] for one in scene.kore.lists.values()] == ["Renewals", "RENEWALS"]


async def test_another_name_is_warned_of_too(scene: Stage, lead: Person) -> None:
    """The warning is for a name, not for a form; a name that nobody has needs none."""
    scene.kore.put("Renewals")
    scene.kore.put("Winbacks")
    await listed(lead)
    await lead.command("Renewals")
    form = await lead.view()
    await lead.submit(form, {"description": "x"})
    await lead.submit(form, {"name": "Winbacks"})
    assert "This name is taken: Winbacks" in form.text
    await lead.submit(form, {"name": "Renewals"})
    assert form.title == "Creating…", "it was warned of that before"
    await lead.until(lambda: form.title == "Contact list created")


async def test_a_second_press_of_what_is_saved_is_not_warned(scene: Stage, lead: Person) -> None:
    """Its own list is known by then."""
    await lead.command("Nobody had this")
    form = await lead.view()
    await lead.submit(form, {"description": "x"})
    home = await lead.home()
    await lead.until(lambda: "✅ Nobody had this" in home.text)
    payload = next(
        each.request for each in scene.slack.traffic[::-1] if each.request.get("type") == "view_submission"
    )
    ack = await scene.slack.deliver("interactive", payload)
    assert isinstance(ack.body, dict)
    assert ack.body["response_action"] == "update"


async def test_a_bad_press_is_out_of_reach(lead: Person) -> None:
    """There is no menu in an empty account."""
    with pytest.raises(CannotSubmit):
        await lead.choose(await listed(lead), MENU, "details:x")
