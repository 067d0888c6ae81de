"""Each way that a result may take, against the local Slack: what is read there, and what is not tried."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.errors import KoreInvalid
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Failed, Origin, Route, Submission
from bot.notify.delivering import REPEAT_AFTER
from bot.notify.routes import RESPONSE_URL_LIVES, Delivery
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.timing import Timing
from bot.views import progress
from bot.views.app_info import AppInfo
from bot.views.blocks import Json
from bot.views.sentences import advice_for
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from sandbox.slack.tickets import RESPONSE_SECONDS
from sandbox.slack.traffic import Fault
from sandbox.slack.workspace import View
from tests.story import CAMPAIGNS, GENERAL, PRIVATE
from tests.views.samples import ended

LIST = ContactList(id="cl-1", name="Renewal")
CREATED = Created(contact_list=LIST)
FAILED = Failed.because(KoreInvalid())
TIMING = Timing(view_settles=0.5)
BOT = "contact-lists"
APP = AppInfo(contact="your workspace admin", bot_name=BOT)
WAIT = Fault(retry_after=60)
SILENCE = Fault(drop=True)
REFUSAL = Fault(error="restricted_action")
REVOKED = Fault(error="token_revoked")


@dataclass(frozen=True)
class Office:
    """A local Slack, and what was counted of what was delivered there."""

    slack: LocalSlack
    client: SlackClient
    metrics: Metrics

    def delivery(self, *, notify_channel: str | None = None, timing: Timing = TIMING) -> Delivery:
        """Make a delivery; the same office may have several."""
        return Delivery(
            self.client, app=APP, notify_channel=notify_channel, metrics=self.metrics, timing=timing
        )

    @property
    def lead(self) -> Person:
        """Return the person who submitted."""
        return Person(self.slack, "U0LEAD")

    def texts(self, where: str) -> list[str]:
        """Read what stands in a channel."""
        return [message.text for message in self.lead.sees(where)]

    def counted(self) -> dict[str, float]:
        """Read how often each route was taken."""
        counts = {
            route.value: self.metrics.registry.get_sample_value(
                "contactlist_deliveries_total", {"route": route}
            )
            for route in Route
        }
        return {route: count for route, count in counts.items() if count}

    async def form(self) -> View:
        """Open the form of a submission that was just acknowledged."""
        trigger_id = self.slack.triggers.issue("U0LEAD")
        view_id = await self.client.open_view(trigger_id, progress.creating_view(submitted()))
        return self.slack.workspace.views[view_id]


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """Run a local Slack with a delivery into it."""
    async with (
        LocalSlack(signing_secret="s", bot_token="xoxb-1", app_token="xapp-1") as slack,
        aiohttp.ClientSession() as session,
    ):
        client = SlackClient(session, token="xoxb-1", api_url=slack.api_url, timing=TIMING)
        yield Office(slack, client, Metrics())


def submitted(
    *,
    channel: str = CAMPAIGNS,
    view: View | None = None,
    age: float = 60,
    attempt: int = 1,
    response_url: str | None = None,
) -> Submission:
    """Make a submission of a minute ago, whose form is closed unless there is a view."""
    origin = Origin(
        user_id="U0LEAD",
        channel_id=channel,
        view_id=view.id if view else "V-closed",
        response_url=response_url,
    )
    return Submission(
        key="V1",
        draft=ContactListDraft(name="Renewal", description="For July"),
        origin=origin,
        attempt=attempt,
        submitted_at=time.time() - age,
    )


def text_of(message: Json) -> str:
    """Return the fallback text of a message."""
    return str(message["text"])


class TestSummary:
    """The channel's message about a new list."""

    async def test_channel(self, office: Office) -> None:
        """Where the bot may post, everybody reads it in the channel, and nothing else is sent."""
        submission = submitted()

        with capture_logs() as logged:
            announced = await office.delivery().announce(submission, CREATED)

        (message,) = office.lead.sees(CAMPAIGNS)
        assert announced == (Route.CHANNEL, 0, "", CAMPAIGNS, message.ts)
        assert office.texts(CAMPAIGNS) == [text_of(progress.summary(submission, LIST, APP))]
        assert len(office.slack.traffic) == 1
        assert office.counted() == {"channel": 1}
        assert [(each["event"], each["what"], each["route"]) for each in logged] == [
            ("delivered", "summary", "channel")
        ]

    async def test_response_url(self, office: Office) -> None:
        """Where it is no member, everybody there reads it through the person's own way in."""
        url = office.slack.response_url("U0LEAD", PRIVATE)
        submission = submitted(channel=PRIVATE, response_url=url)

        with capture_logs() as logged:
            assert (await office.delivery().announce(submission, CREATED)).route is Route.RESPONSE_URL

        (message,) = office.lead.sees(PRIVATE)
        assert (message.text, message.ephemeral_to) == (
            text_of(progress.summary(submission, LIST, APP)),
            None,
        )
        assert office.counted() == {"response_url": 1}
        assert [(each["event"], each["what"], each["route"]) for each in logged] == [
            ("not_delivered", "summary", "channel"),
            ("delivered", "summary", "response_url"),
        ]
        assert logged[0]["error"] == "channel_not_found"

    async def test_direct_message(self, office: Office) -> None:
        """Without that way the person gets it, with what to type to let the bot in."""
        submission = submitted(channel=PRIVATE)

        assert (await office.delivery().announce(submission, CREATED)).route is Route.DIRECT_MESSAGE

        expected = progress.summary_for_the_person(submission, LIST, APP, refusal="channel_not_found")
        assert office.texts("DM") == [text_of(expected)]
        assert f"/invite @{BOT}" in office.texts("DM")[0]

    async def test_nowhere(self, office: Office) -> None:
        """Slack refuses every way: nothing claims to have been delivered."""
        office.slack.fault("chat.postMessage", REFUSAL, times=2)

        with capture_logs() as logged:
            assert (await office.delivery().announce(submitted(), CREATED)).route is Route.NOWHERE

        assert office.counted() == {"nowhere": 1}
        assert [(each["event"], each["what"], each["route"], each["error"]) for each in logged] == [
            ("not_delivered", "summary", "channel", "restricted_action"),
            ("not_delivered", "summary", "direct_message", "restricted_action"),
        ]

    @pytest.mark.parametrize(
        ("fault", "route", "event", "error"),
        [
            (WAIT, Route.DEFERRED, "delivery_deferred", "ratelimited"),
            (SILENCE, Route.UNCONFIRMED, "delivery_unconfirmed", "no_answer"),
        ],
    )
    async def test_no_second_way(
        self, office: Office, fault: Fault, route: Route, event: str, error: str
    ) -> None:
        """What waits is sent later, and what may be there is not sent again: no other way is tried."""
        url = office.slack.response_url("U0LEAD", CAMPAIGNS)
        office.slack.fault("chat.postMessage", fault)

        with capture_logs() as logged:
            assert (await office.delivery().announce(submitted(response_url=url), CREATED)).route is route

        assert len(office.slack.traffic) == 1
        assert office.counted() == {route.value: 1}
        line = next(each for each in logged if each["event"] == event)
        assert (line["what"], line["route"], line["error"], line["log_level"]) == (
            "summary",
            "channel",
            error,
            "warning",
        )
        assert ("delivered" in [each["event"] for each in logged]) == (route is Route.UNCONFIRMED)


class TestSecondChannel:
    """The channel that hears of every new list."""

    @pytest.mark.parametrize(("channel", "expected"), [(None, False), (CAMPAIGNS, False), (GENERAL, True)])
    async def test_whether(self, office: Office, channel: str | None, *, expected: bool) -> None:
        """There is none, or it is the list's own channel, or it hears as well."""
        assert office.delivery(notify_channel=channel).has_second_channel(submitted()) is expected

    async def test_hears(self, office: Office) -> None:
        """It gets the same summary, and the list's own channel gets nothing by that."""
        submission = submitted()
        with capture_logs() as logged:
            assert (
                await office.delivery(notify_channel=GENERAL).copy_to_notify_channel(submission, CREATED)
            ).route is Route.CHANNEL
        assert office.texts(GENERAL) == [text_of(progress.summary(submission, LIST, APP))]
        assert office.texts(CAMPAIGNS) == []
        assert [each["what"] for each in logged] == ["notice"]


class TestShare:
    """What a person wants others to see."""

    async def test_channel(self, office: Office) -> None:
        """It is posted where they chose."""
        with capture_logs() as logged:
            route = (await office.delivery().share(CAMPAIGNS, {"text": "look"}, response_url=None)).route
        assert (route, office.texts(CAMPAIGNS)) == (Route.CHANNEL, ["look"])
        assert [each["what"] for each in logged] == ["list"]

    @pytest.mark.parametrize(("has_url", "expected"), [(True, Route.RESPONSE_URL), (False, Route.NOWHERE)])
    async def test_no_member(self, office: Office, *, has_url: bool, expected: Route) -> None:
        """Where the bot is no member, the person's own way in is taken, and all there see it."""
        url = office.slack.response_url("U0LEAD", PRIVATE) if has_url else None
        assert (await office.delivery().share(PRIVATE, {"text": "look"}, response_url=url)).route is expected
        seen = [(each.text, each.ephemeral_to) for each in office.lead.sees(PRIVATE)]
        assert seen == ([("look", None)] if has_url else [])


class TestReasons:
    """What a delivery tells beside the route: why the first one was closed, and how long to wait."""

    async def test_first_refusal(self, office: Office) -> None:
        """Two routes are closed: the reason of the first is what a person can do something about."""
        url = office.slack.response_url("U0LEAD", PRIVATE)
        office.slack.fault("response_url", Fault(status=404, body="used_url"))
        shared = await office.delivery().share(PRIVATE, {"text": "look"}, response_url=url)
        assert shared[:3] == (Route.NOWHERE, 0, "channel_not_found")

    @pytest.mark.parametrize(
        ("fault", "expected"),
        [
            (Fault(), (Route.RESPONSE_URL, 0, "channel_not_found")),
            (WAIT, (Route.DEFERRED, 60, "channel_not_found")),
            (SILENCE, (Route.UNCONFIRMED, 0, "channel_not_found")),
        ],
        ids=["delivered", "to wait", "silence"],
    )
    async def test_refusal_then(
        self, office: Office, fault: Fault, expected: tuple[Route, float, str]
    ) -> None:
        """It is not forgotten, however the second route ends."""
        url = office.slack.response_url("U0LEAD", PRIVATE)
        office.slack.fault("response_url", fault)
        shared = await office.delivery().share(PRIVATE, {"text": "look"}, response_url=url)
        assert shared[:3] == expected

    async def test_unnamed_wait(self, office: Office) -> None:
        """Slack wants to be left alone, and does not say for how long."""
        office.slack.fault("chat.postMessage", Fault(error="ratelimited"))
        shared = await office.delivery().share(CAMPAIGNS, {"text": "look"}, response_url=None)
        assert shared[:3] == (Route.DEFERRED, 0, "")

    async def test_silence_is_not_repeated(self, office: Office) -> None:
        """What others may have read is not sent another way."""
        url = office.slack.response_url("U0LEAD", CAMPAIGNS)
        office.slack.fault("chat.postMessage", SILENCE)
        shared = await office.delivery().share(CAMPAIGNS, {"text": "look"}, response_url=url)
        assert (shared.route, office.texts(CAMPAIGNS)) == (Route.UNCONFIRMED, [])

    def test_advice(self) -> None:
        """A channel that the bot is not in: how to invite it, by its name."""
        assert f"/invite @{BOT}" in advice_for(CAMPAIGNS, "not_in_channel", bot_name=BOT)


class TestAppRefused:
    """Slack refuses the whole app: its token was revoked, or lacks a scope."""

    async def test_response_url_is_left(self, office: Office) -> None:
        """It needs no token: everybody in the channel still reads the summary."""
        url = office.slack.response_url("U0LEAD", CAMPAIGNS)
        office.slack.fault("chat.postMessage", REVOKED)
        announced = await office.delivery().announce(submitted(response_url=url), CREATED)
        assert announced.route is Route.RESPONSE_URL
        assert len(office.texts(CAMPAIGNS)) == 1

    async def test_later(self, office: Office) -> None:
        """Without one the summary waits, and the person is not written to with the same token."""
        office.slack.fault("chat.postMessage", REVOKED)

        with capture_logs() as logged:
            announced = await office.delivery().announce(submitted(), CREATED)

        assert announced[:3] == (Route.DEFERRED, 0, "")
        assert len(office.slack.traffic) == 1
        assert [(each["event"], each["what"], each["route"], each["error"]) for each in logged] == [
            ("delivery_deferred", "summary", "channel", "token_revoked")
        ]

    @pytest.mark.parametrize(
        ("fault", "expected"), [(Fault(), Route.RESPONSE_URL), (SILENCE, Route.DEFERRED)]
    )
    async def test_person(self, office: Office, fault: Fault, expected: Route) -> None:
        """The form is not turned, no message is written; what may have come by the address comes again."""
        url = office.slack.response_url("U0LEAD", CAMPAIGNS)
        office.slack.fault("views.update", REVOKED)
        office.slack.fault("response_url", fault)
        submission = submitted(view=await office.form(), response_url=url)

        notified = await office.delivery().notify_person(ended(submission, FAILED, Route.NOWHERE))

        assert notified.route is expected
        assert [each.what for each in office.slack.traffic] == ["views.open", "views.update", "response_url"]


class TestForm:
    """The form of the submission."""

    async def test_waiting(self, office: Office) -> None:
        """It says that the bot waits for Kore.ai."""
        view = await office.form()
        submission = submitted(view=view)
        with capture_logs() as logged:
            assert (await office.delivery().show_waiting(submission)).route is Route.FORM
        assert progress.WAITING in view.text
        assert [each["what"] for each in logged] == ["waiting"]

    async def test_result(self, office: Office) -> None:
        """It turns to the result, and says where the summary went."""
        view = await office.form()
        submission = submitted(view=view)
        with capture_logs() as logged:
            shown = (await office.delivery().show(ended(submission, CREATED, Route.DIRECT_MESSAGE))).route
        expected = progress.result_view(ended(submission, CREATED, Route.DIRECT_MESSAGE), APP)
        assert shown is Route.FORM
        assert view.text == office.slack.workspace.read(expected)
        assert [each["what"] for each in logged] == ["form"]

    @pytest.mark.parametrize(
        ("age", "least", "most"),
        [(0, 0.45, 2), (0.4, 0.02, 0.4), (60, 0, 0.4), (-3600, 0.45, 2)],
        ids=["just acknowledged", "a moment ago", "long ago", "by a clock that was set back"],
    )
    @pytest.mark.slow
    async def test_settling(self, office: Office, age: float, least: float, most: float) -> None:
        """A result waits for the acknowledgement, which would else be put over it, and for no longer."""
        view = await office.form()
        submission = submitted(view=view, age=age)
        began = time.monotonic()

        await office.delivery().show(ended(submission, CREATED, Route.CHANNEL))

        updated = office.slack.traffic[-1]
        assert updated.what == "views.update"
        assert least <= time.monotonic() - began < most

    async def test_reopened(self, office: Office) -> None:
        """A form that is filled in again shows no result of an earlier attempt; its own it does."""
        view, delivery = await office.form(), office.delivery()
        delivery.form_reopened(view.id, 2)

        for attempt, route in ((1, Route.NOWHERE), (2, Route.FORM)):
            submission = submitted(view=view, attempt=attempt)
            assert (await delivery.show(ended(submission, CREATED, Route.CHANNEL))).route is route
            assert (view.title == "Creating…") is (route is Route.NOWHERE)

    async def test_result_pressed(self, office: Office) -> None:
        """A button in a result was pressed, so the view shows results again; one that always did goes on."""
        view, delivery = await office.form(), office.delivery()
        delivery.form_reopened(view.id, 2)

        delivery.shows_result(view.id)
        delivery.shows_result("V-never-reopened")

        submission = submitted(view=view)
        assert (await delivery.show(ended(submission, CREATED, Route.CHANNEL))).route is Route.FORM


class TestChecking:
    """The form says which lookup is next."""

    @pytest.mark.parametrize("is_named", [True, False])
    async def test_shown(self, office: Office, *, is_named: bool) -> None:
        """It names the lookup, and the state that the next one may replace is returned."""
        view = await office.form()
        replacing = view.hash if is_named else None

        shown = await office.delivery().show_checking(submitted(view=view), 2, 4, replacing=replacing)

        assert "Checking, 2 of 4…" in view.text
        assert shown == view.hash

    async def test_changed_meanwhile(self, office: Office) -> None:
        """It lies over no result: what has changed since is left alone."""
        view = await office.form()
        before = view.hash
        await office.delivery().show(ended(submitted(view=view), CREATED, Route.CHANNEL))

        with capture_logs() as logged:
            shown = await office.delivery().show_checking(submitted(view=view), 2, 4, replacing=before)

        assert (shown, view.title) == ("", "Contact list created")
        assert [(each["event"], each["error"]) for each in logged] == [("lookup_not_shown", "hash_conflict")]

    async def test_silence(self, office: Office) -> None:
        """Slack may have shown it, and nobody knows which state that is."""
        view = await office.form()
        office.slack.fault("views.update", SILENCE)
        assert await office.delivery().show_checking(submitted(view=view), 1, 4, replacing=None) is None

    async def test_too_slow(self, office: Office) -> None:
        """The same where Slack takes too long: the lookup does not wait for it."""
        view = await office.form()
        office.slack.fault("views.update", Fault(delay=1))
        hasty = replace(TIMING, slack_timeout=0.05)

        with capture_logs() as logged:
            delivery = office.delivery(timing=hasty)
            assert await delivery.show_checking(submitted(view=view), 1, 4, replacing=None) is None

        assert [(each["event"], each["error"]) for each in logged] == [("lookup_not_shown", "TimeoutError")]

    async def test_settled(self, office: Office) -> None:
        """It waits for the acknowledgement, which would else be put over it."""
        submission, began = submitted(view=await office.form(), age=0.4), time.time()
        await office.delivery().show_checking(submission, 1, 4, replacing=None)
        assert office.slack.traffic[-1].at - began > 0.05


class TestPressed:
    """A button in a message was pressed: the result comes there."""

    @pytest.mark.parametrize("outcome", [CREATED, FAILED])
    @pytest.mark.parametrize("by", ["show", "notify_person"])
    async def test_replaced(self, office: Office, by: str, outcome: Created | Failed) -> None:
        """The message turns to the result, and nothing new is written."""
        submission = submitted()
        await office.client.post_message(CAMPAIGNS, {"text": "Couldn't confirm"})
        (message,) = office.lead.sees(CAMPAIGNS)
        url = office.slack.response_url("U0LEAD", CAMPAIGNS, message)
        delivery, gone = office.delivery(), Route.NOWHERE

        if by == "show":
            told = await delivery.show(ended(submission, outcome, gone), reply_to=url)
        else:
            told = await delivery.notify_person(ended(submission, outcome, gone, reply_to=url))

        expected = progress.result_message(ended(submission, outcome, gone), APP)
        assert told.route is Route.RESPONSE_URL
        assert office.texts(CAMPAIGNS) == [text_of(expected)]
        assert office.texts("DM") == []

    async def test_for_them_alone(self, office: Office) -> None:
        """The message is gone: what comes in its place is for the person who pressed."""
        url = office.slack.response_url("U0LEAD", CAMPAIGNS)
        await office.delivery().show(ended(submitted(), FAILED, Route.NOWHERE), reply_to=url)
        (message,) = office.lead.sees(CAMPAIGNS)
        assert message.ephemeral_to == "U0LEAD"


def test_response_url_lives() -> None:
    """The bot believes in an address for as long as Slack keeps it."""
    assert RESPONSE_URL_LIVES == RESPONSE_SECONDS


class TestPerson:
    """What the person hears: in the form while it is open, else by message."""

    @pytest.mark.parametrize("outcome", [CREATED, FAILED])
    async def test_open_form(self, office: Office, outcome: Created | Failed) -> None:
        """An open form is enough."""
        submission = submitted(view=await office.form())
        route = (await office.delivery().notify_person(ended(submission, outcome, Route.UNCONFIRMED))).route
        assert (route, office.texts("DM")) == (Route.FORM, [])

    async def test_silent_form(self, office: Office) -> None:
        """A form that may not have turned: the person rather reads it twice than not at all."""
        view = await office.form()
        office.slack.fault("views.update", SILENCE)
        notified = await office.delivery().notify_person(ended(submitted(view=view), FAILED, Route.NOWHERE))
        assert (notified.route, len(office.texts("DM"))) == (Route.DIRECT_MESSAGE, 1)

    async def test_silent_form_alone(self, office: Office) -> None:
        """Where nothing else reaches the person, they are told again after a while."""
        view = await office.form()
        office.slack.fault("views.update", SILENCE)
        office.slack.fault("chat.postMessage", REFUSAL)
        notified = await office.delivery().notify_person(ended(submitted(view=view), FAILED, Route.NOWHERE))
        assert notified[:3] == (Route.DEFERRED, REPEAT_AFTER, REFUSAL.error)

    async def test_form_later(self, office: Office) -> None:
        """A form that Slack takes no result for at this moment gets it later, and nothing is written."""
        view = await office.form()
        office.slack.fault("views.update", WAIT)
        route = (
            await office.delivery().notify_person(ended(submitted(view=view), FAILED, Route.NOWHERE))
        ).route
        assert (route, office.texts("DM")) == (Route.DEFERRED, [])

    @pytest.mark.parametrize("route", [Route.CHANNEL, Route.RESPONSE_URL, Route.DIRECT_MESSAGE])
    async def test_success_heard(self, office: Office, route: Route) -> None:
        """Who closed the form after all has heard of the list where it was announced."""
        assert (
            await office.delivery().notify_person(ended(submitted(), CREATED, route))
        ).route is Route.NOWHERE
        assert office.texts("DM") == []

    @pytest.mark.parametrize("route", [Route.UNCONFIRMED, Route.NOWHERE])
    async def test_success_unheard(self, office: Office, route: Route) -> None:
        """Who closed the form gets the summary that others may lack, and reads which of the two it is."""
        submission = submitted()

        assert (
            await office.delivery().notify_person(ended(submission, CREATED, route))
        ).route is Route.DIRECT_MESSAGE

        expected = progress.summary_for_the_person(
            submission, LIST, APP, perhaps_posted=route is Route.UNCONFIRMED
        )
        assert office.texts("DM") == [text_of(expected)]

    async def test_trouble(self, office: Office) -> None:
        """Trouble is written to the person, and to nobody else."""
        submission = submitted()
        with capture_logs() as logged:
            route = (await office.delivery().notify_person(ended(submission, FAILED, Route.NOWHERE))).route
        assert route is Route.DIRECT_MESSAGE
        assert office.texts("DM") == [text_of(progress.failure(submission, FAILED, APP))]
        assert office.texts(CAMPAIGNS) == []
        assert {each["what"] for each in logged} == {"person"}

    async def test_trouble_without_messages(self, office: Office) -> None:
        """Who takes no messages reads it where the command was typed, alone."""
        url = office.slack.response_url("U0LEAD", CAMPAIGNS)
        office.slack.fault("chat.postMessage", Fault(error="messages_tab_disabled"))
        submission = submitted(response_url=url)

        route = (await office.delivery().notify_person(ended(submission, FAILED, Route.NOWHERE))).route

        (message,) = office.lead.sees(CAMPAIGNS)
        assert (route, message.ephemeral_to) == (Route.RESPONSE_URL, "U0LEAD")
        assert message.text == text_of(progress.failure(submission, FAILED, APP))
