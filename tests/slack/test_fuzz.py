"""The door against whatever may be sent: thousands of payloads, signed and not, through the real handlers."""

import hashlib
import hmac
import json
import time
from collections import Counter
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.access.allow_lists import AllowLists
from bot.access.gate import Gate
from bot.access.limits import Limits
from bot.access.permission import Permission
from bot.browsing.catalog import Catalog
from bot.browsing.finding import Finder
from bot.browsing.home import HomeTab
from bot.browsing.lists import Browsing
from bot.browsing.posting import Posting
from bot.browsing.taken_names import TakenNames
from bot.contactlist import ContactListFlow
from bot.errors import KoreInvalid
from bot.kore.listing import Listing
from bot.listeners import Listeners
from bot.notify.faults import Faults, notify_of_broken_work
from bot.notify.person import Replies
from bot.notify.routes import Delivery
from bot.observe.metrics import Metrics
from bot.settings import Settings
from bot.slack.app import bolt_app
from bot.slack.client import Identity
from bot.slack.http_adapter import HttpAdapter
from bot.submissions import Submissions
from bot.tasks import Tasks
from bot.timing import Timing
from bot.views.app_info import AppInfo
from tests.quick import QUICK

SIGNING_SECRET = "made-up-signing-secret"
IDS = st.sampled_from(
    [
        "U0LEAD",
        "C0CAMPAIGN",
        "",
        "V1",
        "1.2.3",
        "contact_list_form",
        "try_again",
        "check_again",
        "card_details",
        "show_list",
        "help_list",
    ]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | IDS
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)
"""Any JSON value."""


def either(usual: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """Mostly what Slack would send, and now and then anything else."""
    return usual | usual | usual | JSON


USER = either(st.fixed_dictionaries({"id": either(IDS)}))
INPUTS = st.dictionaries(
    st.sampled_from(["name", "description", "duplicates", "conversation"]),
    either(
        st.fixed_dictionaries(
            {}, optional={"value": either(st.text(max_size=60)), "selected_conversation": either(IDS)}
        ).map(lambda state: {"input": state})
    ),
)
VIEW = either(
    st.fixed_dictionaries(
        {"id": either(IDS), "callback_id": either(st.just("contact_list_form"))},
        optional={
            "private_metadata": either(st.text(max_size=40)),
            "state": either(INPUTS.map(lambda values: {"values": values})),
        },
    )
)
ACTION = either(
    st.fixed_dictionaries(
        {"type": st.just("button"), "action_id": either(IDS)},
        optional={"value": either(st.text(max_size=40))},
    )
)
INTERACTIONS = st.fixed_dictionaries(
    {"type": either(st.sampled_from(["shortcut", "view_submission", "block_actions"])), "user": USER},
    optional={
        "callback_id": either(st.just("create_contact_list")),
        "trigger_id": either(IDS),
        "view": VIEW,
        "actions": either(st.lists(ACTION, min_size=1, max_size=2)),
        "response_urls": JSON,
    },
).map(lambda payload: urlencode({"payload": json.dumps(payload)}).encode())
COMMANDS = st.fixed_dictionaries(
    {"command": st.sampled_from(["/contactlist", "/other", ""]), "text": st.text(max_size=60)},
    optional={
        "user_id": IDS,
        "channel_id": IDS,
        "trigger_id": IDS,
        "response_url": st.just("http://127.0.0.1:9/r"),
    },
).map(lambda fields: urlencode(fields, errors="surrogatepass").encode())
EVENTS = st.fixed_dictionaries(
    {"type": either(st.sampled_from(["event_callback", "url_verification"]))},
    optional={
        "challenge": either(st.text(max_size=40)),
        "event": either(
            st.fixed_dictionaries(
                {"type": either(st.just("app_home_opened"))},
                optional={"user": either(IDS), "tab": either(st.sampled_from(["home", "messages"]))},
            )
        ),
    },
).map(lambda event: json.dumps(event).encode())
BODIES = (
    st.binary(max_size=400)
    | EVENTS
    | st.text(max_size=200).map(lambda text: f"payload={quote(text)}".encode())
    | INTERACTIONS
    | COMMANDS
)
FORGED = st.fixed_dictionaries(
    {},
    optional={
        "X-Slack-Signature": st.from_regex(r"\Av0=[0-9a-f]{0,64}\Z") | st.from_regex(r"\A[!-~]{0,80}\Z"),
        "X-Slack-Request-Timestamp": st.integers().map(str)
        | st.just("now")
        | st.from_regex(r"\A[!-~]{0,20}\Z"),
    },
)


class Outside:
    """Stands in for Slack, the store and Kore.ai: whatever is asked of it is a call outward."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method at all
        async def called(*_: object, **__: object) -> None:
            self.calls.append(name)

        return called

    def expect_work(self) -> None:
        """Be no call outward."""

    def watch(self, _: object) -> None:
        """Note a form that waits."""
        self.calls.append("watch")

    async def listings(self) -> tuple[Listing, ...]:
        """Know of no list."""
        self.calls.append("listings")
        return ()

    async def details(self, _: str) -> NoReturn:
        """Know of no list in full either."""
        self.calls.append("details")
        raise KoreInvalid


@dataclass
class Parcel:
    """As much of a request as the door looks at."""

    body: bytes
    headers: dict[str, str]

    @property
    def content_type(self) -> str:
        """Tell which of the two ways of reading is asked for."""
        return "application/json" if self.body[:1] == b"{" else "application/x-www-form-urlencoded"

    @property
    def content_length(self) -> int:
        """Tell how long it is."""
        return len(self.body)

    def __setitem__(self, name: object, value: object) -> None:
        """Let the door mark it."""

    async def read(self) -> bytes:
        """Give the body."""
        return self.body


class Scene:
    """The real door, Bolt, gate and handlers, with nothing behind them."""

    def __init__(self, configured: Settings) -> None:
        self.outside, metrics = Outside(), Metrics()
        self.tasks = Tasks(on_error=self._work_failed)
        outside: Any = self.outside
        access = AllowLists(configured, outside.members, own_teams=frozenset({"T1"}))
        limits = Limits(per_minute=10, open_jobs=10**9)
        gate = Gate(access, limits, contact="somebody", metrics=metrics)
        catalog = Catalog(outside, outside, outside.queue, timing=Timing())
        app_info = AppInfo(contact="your workspace admin")
        finder = Finder(catalog=catalog, gate=gate, timing=QUICK, app=app_info)
        self.replies = Replies(outside, metrics)
        home_tab = HomeTab(
            slack=outside,
            gate=gate,
            replies=self.replies,
            tasks=self.tasks,
            catalog=catalog,
            timing=QUICK,
            app=app_info,
        )
        delivery = Delivery(outside, app=app_info, notify_channel=None, metrics=metrics, timing=Timing())
        browsing = Browsing(
            claims=outside,
            replies=self.replies,
            tasks=self.tasks,
            catalog=catalog,
            finder=finder,
            home_tab=home_tab,
            timing=Timing(),
            app=app_info,
            add_contacts=outside,
        )
        posting = Posting(
            finder=finder,
            delivery=outside,
            gate=gate,
            claims=outside,
            replies=self.replies,
            tasks=self.tasks,
            timing=Timing(),
            app=app_info,
        )
        submissions = Submissions(
            gate=gate,
            taken_names=TakenNames(catalog, outside, outside, Timing()),
            jobs=outside,
            records=outside,
            waiting_forms=outside,
            tasks=self.tasks,
        )
        flow = ContactListFlow(
            gate=gate,
            submissions=submissions,
            replies=self.replies,
            delivery=delivery,
            browsing=browsing,
            entry_points=outside,
            catalog=catalog,
            pace=outside,
            tasks=self.tasks,
            app=app_info,
        )
        faults = Faults(self.replies, self.tasks, "your workspace admin")
        identity = Identity(bot_id="B1", bot_user_id="U0BOT", name="bot", team_id="T1", scopes=frozenset())
        app = bolt_app(
            identity, token="xoxb-1", api_url=configured.slack_api_url, on_error=faults.in_listener
        )
        Listeners(
            permission=Permission(gate, self.replies, self.tasks),
            flow=flow,
            browsing=browsing,
            home_tab=home_tab,
            posting=posting,
            entry_points=outside,
            contacts=outside,
            decisions=outside,
        ).register(app)
        self.adapter = HttpAdapter(app, signing_secret=SIGNING_SECRET, metrics=metrics, timing=Timing())
        self.metrics = metrics

    async def _work_failed(self, error: Exception) -> None:
        await notify_of_broken_work(
            error, replies=self.replies, metrics=self.metrics, contact="your workspace admin"
        )

    async def hand_in(self, body: bytes, headers: dict[str, str]) -> int:
        """Hand a request in, wait for what follows from it, and return the status."""
        answer = await self.adapter.handle_http(Parcel(body, headers))  # type: ignore[arg-type]  # all that it reads
        await self.tasks.drain(seconds=1)
        return answer.status


@pytest.fixture
def logged() -> Iterator[Counter[str]]:
    """Count the events of the log, and write none: ten thousand refusals are enough to read about once."""
    events: Counter[str] = Counter()

    def count(_: object, __: str, fields: MutableMapping[str, Any]) -> NoReturn:
        events[fields["event"]] += 1
        raise structlog.DropEvent

    structlog.configure(processors=[count])
    yield events
    structlog.reset_defaults()


def signed(body: bytes) -> dict[str, str]:
    """Sign a body as Slack does."""
    timestamp = str(int(time.time()))
    digest = hmac.new(SIGNING_SECRET.encode(), f"v0:{timestamp}:".encode() + body, hashlib.sha256)
    return {
        "X-Slack-Request-Timestamp": timestamp,
        "X-Slack-Signature": f"v0={digest.hexdigest()}",
    }


@pytest.mark.timeout(600)  # thousands of requests in CI
@settings(settings.get_profile("adapter"))
@given(body=BODIES)
async def test_whatever_is_signed_has_an_answer(scene: Scene, logged: Counter[str], body: bytes) -> None:
    """Never a 5xx, no exception that gets out, and no work behind the answer that fails."""
    assert await scene.hand_in(body, signed(body)) < 500
    assert "task_failed" not in logged


@pytest.mark.usefixtures("logged")
@pytest.mark.timeout(600)  # thousands of requests in CI
@settings(settings.get_profile("adapter"))
@given(body=BODIES, headers=FORGED)
async def test_without_a_signature_nothing_goes_out(
    scene: Scene, body: bytes, headers: dict[str, str]
) -> None:
    """Whatever is sent without Slack's signature is 401, and no call follows from it: to nobody."""
    before = len(scene.outside.calls)
    assert await scene.hand_in(body, headers) == 401
    assert len(scene.outside.calls) == before


@pytest.mark.usefixtures("logged")
async def test_a_signed_command_goes_out(scene: Scene) -> None:
    """The counter-check: the same scene lets a right request through, and counts its call."""
    fields = {"command": "/contactlist", "user_id": "U1", "channel_id": "C1", "trigger_id": "1.2.3"}
    body = urlencode({**fields, "response_url": "https://hooks.example/x"}).encode()
    assert await scene.hand_in(body, signed(body)) == 200
    assert "open_view" in scene.outside.calls


@pytest.fixture
def scene(settings: Settings) -> Scene:
    """Build the scene from a configuration that points nowhere."""
    return Scene(settings)
