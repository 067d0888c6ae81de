"""The client of Slack: what it sends, and what becomes of each answer."""

from dataclasses import replace

import pytest
from slack_sdk.models.views import View

from bot.errors import SlackError, SlackRefused, SlackUnavailable, SlackUncertain
from bot.slack.client import Identity, SlackClient
from bot.timing import Timing
from sandbox.slack.server import DEFAULT_SCOPES, LocalSlack
from sandbox.slack.traffic import Fault
from tests.slack.calls import (
    APP,
    CALLS,
    FORM,
    MESSAGE,
    Call,
    connected,
    failure,
    gateway,
    open_view,
    post,
    posted,
    sent,
)


class TestSuccess:
    """What works."""

    async def test_who_we_are(self, client: SlackClient) -> None:
        """The bot learns its ids and its name, which people type behind /invite."""
        assert await client.identify() == Identity(
            bot_id="B0BOT",
            bot_user_id="U0BOT",
            name="contactlists",
            team_id="T0SANDBOX",
            scopes=DEFAULT_SCOPES,
        )

    async def test_a_form_is_opened_and_updated(self, slack: LocalSlack, client: SlackClient) -> None:
        """A trigger opens the form once, and the open form can be turned into another."""
        trigger = slack.triggers.issue("U0LEAD", channel_id="C0CAMPAIGN")
        await client.open_view(trigger, FORM)
        (view,) = slack.workspace.views.values()
        await client.update_view(
            view.id, View(type="modal", title="Done", close="Close", blocks=FORM["blocks"][-1:]).to_dict()
        )
        assert view.title == "Done"

    async def test_a_form_that_changed_meanwhile_is_not_replaced(
        self, slack: LocalSlack, client: SlackClient
    ) -> None:
        """An update can ask that the form is still as the bot last left it."""
        await client.open_view(slack.triggers.issue("U0LEAD", channel_id="C0CAMPAIGN"), FORM)
        (view,) = slack.workspace.views.values()
        first = await client.update_view(view.id, FORM)
        second = await client.update_view(view.id, FORM, replacing=first)
        assert second == view.hash != first
        error = await failure(client.update_view(view.id, FORM, replacing=first))
        assert isinstance(error, SlackRefused)
        assert error.code == "hash_conflict"

    async def test_a_message_is_posted_to_a_channel_and_to_a_person(
        self, slack: LocalSlack, client: SlackClient
    ) -> None:
        """A user id reaches the direct messages of that person."""
        await client.post_message("C0CAMPAIGN", MESSAGE)
        await client.post_message("U0LEAD", {"text": "For you"})
        assert posted(slack) == ["A new list"]
        assert [each.text for each in slack.workspace.channels["D0LEAD"].messages] == ["For you"]

    async def test_a_message_is_changed(self, slack: LocalSlack, client: SlackClient) -> None:
        """Slack tells where a message stands, also one that went to a person; there it is changed."""
        in_channel = await client.post_message("C0CAMPAIGN", MESSAGE)
        direct = await client.post_message("U0LEAD", MESSAGE)

        assert in_channel is not None
        assert direct is not None
        await client.update_message(in_channel, {"text": "An older list"})
        await client.update_message(direct, {"text": "Still for you"})

        assert posted(slack) == ["An older list"]
        assert [each.text for each in slack.workspace.channels["D0LEAD"].messages] == ["Still for you"]

    async def test_a_place_that_is_not_told(self, slack: LocalSlack, client: SlackClient) -> None:
        """The message is there: only its place is not known."""
        slack.fault("chat.postMessage", Fault(body='{"ok": true}'))

        assert await client.post_message("C0CAMPAIGN", MESSAGE) is None

    @pytest.mark.parametrize(("in_channel", "seen_by"), [(True, None), (False, "U0LEAD")])
    async def test_a_response_url_reaches_everybody_or_one(
        self, slack: LocalSlack, client: SlackClient, *, in_channel: bool, seen_by: str | None
    ) -> None:
        """The same address serves for the channel's summary and for a word to the person."""
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        await client.respond(url, MESSAGE, in_channel=in_channel)
        (message,) = slack.workspace.channels["C0CAMPAIGN"].messages
        assert (message.text, message.ephemeral_to) == ("A new list", seen_by)

    async def test_the_members_of_a_user_group(self, client: SlackClient) -> None:
        """The allow-list of a group is its user ids."""
        assert await client.members("S0LEADS") == frozenset({"U0LEAD"})

    async def test_a_good_app_token_passes(self, client: SlackClient) -> None:
        """A good app token gets the address of a socket."""
        assert (await client.socket_address(APP)).startswith("ws://127.0.0.1:")


class TestRefusals:
    """Slack said no: it is certain, and its code is there to decide by."""

    async def test_a_wrong_bot_token(self, slack: LocalSlack) -> None:
        """A bad token is found out at start."""
        async with connected(slack.api_url, token="xoxb-other") as stranger:
            error = await failure(stranger.identify())
        assert isinstance(error, SlackRefused)
        assert error.code == "invalid_auth"

    async def test_a_wrong_app_token(self, client: SlackClient) -> None:
        """So is a bad app token, which Socket Mode itself would try for ever."""
        error = await failure(client.socket_address("xapp-other"))
        assert isinstance(error, SlackRefused)
        assert error.code == "invalid_auth"

    @pytest.mark.parametrize(
        ("channel", "code"), [("C0PRIVATE", "channel_not_found"), ("C0ARCHIVE", "is_archived")]
    )
    async def test_a_channel_out_of_reach(self, client: SlackClient, channel: str, code: str) -> None:
        """The next route is tried by these codes."""
        error = await failure(client.post_message(channel, MESSAGE))
        assert isinstance(error, SlackRefused)
        assert error.code == code

    @pytest.mark.parametrize(
        ("call", "code"),
        [
            (lambda client: client.open_view("stale", FORM), "invalid_trigger_id"),
            (lambda client: client.update_view("V0GONE", FORM), "not_found"),
            (lambda client: client.members("S0NOBODY"), "no_such_subteam"),
        ],
        ids=["trigger", "closed form", "user group"],
    )
    async def test_what_is_not_there(self, client: SlackClient, call: Call, code: str) -> None:
        """A stale trigger, a closed form and an unknown group are told by their codes."""
        error = await failure(call(client))
        assert isinstance(error, SlackRefused)
        assert error.code == code

    @pytest.mark.parametrize("method", CALLS)
    async def test_any_code_of_slacks(self, slack: LocalSlack, client: SlackClient, method: str) -> None:
        """A refusal with a code that nobody foresaw is a refusal."""
        slack.fault(method, Fault(error="something_new"))
        error = await failure(CALLS[method](client))
        assert isinstance(error, SlackRefused)
        assert error.code == "something_new"
        assert sent(slack, method) == 1

    async def test_a_used_up_response_url(self, slack: LocalSlack, client: SlackClient) -> None:
        """After its five uses a response_url is certain to be of no use."""
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        for _ in range(5):
            await client.respond(url, MESSAGE, in_channel=True)
        error = await failure(client.respond(url, MESSAGE, in_channel=True))
        assert isinstance(error, SlackRefused)
        assert error.code == "response_url_404"
        assert len(posted(slack)) == 5

    async def test_a_response_url_that_says_no_with_200(self, slack: LocalSlack, client: SlackClient) -> None:
        """Nobody documents it, and whoever counted it as delivered would lose a summary."""
        slack.fault("response_url", Fault(error="something_new"))
        url = slack.response_url("U0LEAD", "C0CAMPAIGN")
        error = await failure(client.respond(url, MESSAGE, in_channel=True))
        assert isinstance(error, SlackRefused)
        assert error.code == "something_new"
        assert not posted(slack)


async def test_no_redirect_is_followed() -> None:
    """A gateway's login page is no answer of Slack's, and nothing is posted twice on the way there."""
    async with gateway(302, "", "text/html", Location="/login") as url, connected(url) as client:
        for call in (post(client), client.respond(f"{url}commands/1", MESSAGE, in_channel=True)):
            error = await failure(call)
            assert isinstance(error, SlackUncertain)
            assert error.code == "http_302"


async def test_an_answer_without_what_was_asked_for() -> None:
    """A form may be open whose id the answer does not tell; somebody may be active, or not."""
    body = '{"ok":true,"view":[],"user":"U0LEAD"}'
    async with gateway(200, body, "application/json") as url, connected(url) as client:
        for call in (open_view(client), client.is_active("U0LEAD"), client.identify()):
            assert isinstance(await failure(call), SlackUncertain)


async def test_half_a_surrogate_pair_in_an_answer() -> None:
    """Slack gives back what somebody typed, which may be no whole character."""
    body = r'{"ok":true,"view":{"id":"V1","title":"\ud83d"}}'
    async with gateway(200, body, "application/json") as url, connected(url) as client:
        assert await client.open_view("1.2.3", FORM) == "V1"


async def test_a_response_url_that_is_none(client: SlackClient) -> None:
    """An address that names no host is an error like others."""
    error = await failure(client.respond("https://a..b/commands/1", MESSAGE, in_channel=True))
    assert isinstance(error, SlackError)


@pytest.mark.parametrize(
    "url",
    [
        "https://hooks.slack.com.evil.example/commands/1",
        "http://hooks.slack.com/commands/1",
        "https://hooks.slack.com:8443/commands/1",
        "https://me@hooks.slack.com/commands/1",
        "https://slack.com/commands/1",
        "http://127.0.0.1/commands/1",
        "commands/1",
        "",
    ],
)
async def test_foreign_response_url(url: str) -> None:
    """An address in a payload that is not at hooks.slack.com is called under no name."""
    async with connected("https://slack.com/api/", timing=Timing(min_retry_wait=60)) as client:
        error = await failure(client.respond(url, MESSAGE, in_channel=False))
    assert isinstance(error, SlackRefused)
    assert error.code == "not_a_response_url"


@pytest.mark.parametrize("content_type", ["text/plain", "text/html", "application/json"])
@pytest.mark.parametrize("status", [200, 503])
async def test_a_text_from_a_gateway_is_no_answer(content_type: str, status: int) -> None:
    """An answer that is not Slack's leaves it open whether the message is there."""
    async with gateway(status, "upstream connect error", content_type) as url, connected(url) as client:
        with pytest.raises(SlackUncertain):
            await client.post_message("C0CAMPAIGN", MESSAGE)


@pytest.mark.parametrize(
    ("status", "kind"), [(500, SlackUncertain), (429, SlackUnavailable), (404, SlackRefused)]
)
async def test_each_answer_of_a_response_url(
    slack: LocalSlack, client: SlackClient, status: int, kind: type[SlackError]
) -> None:
    """A failing server may have posted, a rate limit passes, a used-up address is final."""
    wait = 60 if status == 429 else None
    slack.fault("response_url", Fault(status=status, retry_after=wait, body="no"))
    with pytest.raises(kind):
        await client.respond(slack.response_url("U0LEAD", "C0CAMPAIGN"), MESSAGE, in_channel=True)


async def test_unknown_app(slack: LocalSlack, client: SlackClient) -> None:
    """Which app a token is of is not always told; then nothing is compared with it."""
    identity = replace(await client.identify(), app_id="", scopes=frozenset({"users:read"}))
    slack.fault("bots.info", Fault(error="bot_not_found"))
    assert await client.app_id_of(identity) == ""
