"""Where a result goes when the usual ways are closed, against the local Slack."""

import time
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.kore.models import ContactList, ContactListDraft
from bot.models import Created, Origin, Route, Submission
from bot.notify.routes import RESPONSE_URL_LIVES, Delivery
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.views.app_info import AppInfo
from sandbox.slack.people import Person
from sandbox.slack.server import LocalSlack
from tests.quick import QUICK
from tests.views.samples import ended

CREATED = Created(contact_list=ContactList(id="cl-1", name="Renewal"))


@pytest.fixture
async def slack() -> AsyncIterator[LocalSlack]:
    """Run a local Slack."""
    async with LocalSlack(signing_secret="s", bot_token="xoxb-1", app_token="xapp-1") as running:
        yield running


@pytest.fixture
async def delivery(slack: LocalSlack) -> AsyncIterator[Delivery]:
    """Return a delivery into it."""
    async with aiohttp.ClientSession() as session:
        client = SlackClient(session, token="xoxb-1", api_url=slack.api_url)
        app = AppInfo(contact="your workspace admin", bot_name="contact-lists")
        yield Delivery(client, app=app, notify_channel=None, metrics=Metrics(), timing=QUICK)


def submitted(*, age: float, response_url: str | None = None) -> Submission:
    """Make a submission of so many seconds ago, whose form is closed."""
    return Submission(
        key="V1",
        draft=ContactListDraft(name="Renewal", description="For July"),
        origin=Origin(user_id="U0LEAD", channel_id="C0PRIVATE", view_id="V1", response_url=response_url),
        submitted_at=time.time() - age,
    )


@pytest.mark.parametrize(
    ("age", "route"), [(0, Route.RESPONSE_URL), (RESPONSE_URL_LIVES + 60, Route.DIRECT_MESSAGE)]
)
async def test_a_response_url_is_used_while_it_lives(
    slack: LocalSlack, delivery: Delivery, age: float, route: Route
) -> None:
    """A summary that comes after half an hour does not try an address that has ended."""
    url = slack.response_url("U0LEAD", "C0PRIVATE")
    assert (await delivery.announce(submitted(age=age, response_url=url), CREATED)).route is route
    assert any(exchange.what == "response_url" for exchange in slack.traffic) == (route is Route.RESPONSE_URL)


async def test_a_person_is_written_to_when_it_is_known_where_the_summary_went(
    slack: LocalSlack, delivery: Delivery
) -> None:
    """The form is closed and the summary waits: what the person reads waits too, and is then sent once."""
    assert (
        await delivery.notify_person(ended(submitted(age=60), CREATED, Route.DEFERRED))
    ).route is Route.DEFERRED
    assert not Person(slack, "U0LEAD").sees("DM")
    assert (
        await delivery.notify_person(ended(submitted(age=60), CREATED, Route.NOWHERE))
    ).route is Route.DIRECT_MESSAGE
    assert len(Person(slack, "U0LEAD").sees("DM")) == 1


async def test_a_clock_that_was_set_back_holds_up_no_result(delivery: Delivery) -> None:
    """By our clock the form was submitted an hour from now."""
    assert (await delivery.show(ended(submitted(age=-3600), CREATED, Route.CHANNEL))).route is Route.NOWHERE
