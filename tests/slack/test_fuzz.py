"""The door against whatever may be sent: thousands of payloads, signed and not, through the real handlers."""

import hashlib
import hmac
import inspect
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import pytest
import structlog
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import KoreInvalid, SlackRefused
from bot.kore.listing import Listing
from bot.listeners import register
from bot.observe.metrics import Metrics
from bot.parts import Parts
from bot.settings import Settings
from bot.slack.client import Identity
from bot.slack.payloads import (
    Action,
    BlockActions,
    Command,
    FromPerson,
    InputState,
    MessageShortcut,
    Person,
    SharedFile,
    ViewPayload,
    ViewState,
    ViewSubmission,
)
from bot.views import contacts, form, state
from bot.views.blocks import INPUT
from tests.quick import QUICK

SIGNING_SECRET = "made-up-signing-secret"
IDENTITY = Identity(
    bot_id="B1", bot_user_id="U0BOT", name="bot", team_id="T1", scopes=frozenset({"files:write"})
)
MANY = 10**9
OF_THE_STORE = ("Records", "Enqueuer", "Pace", "RateLimitSlots", "Claims", "Jobs", "ImportRecords", "Imports")
"""What the engine keeps and runs."""


class Outside:
    """Stands in for Slack, the store and Kore.ai: whatever is asked of it is a call outward."""

    def __init__(self, name: str = "", calls: list[str] | None = None) -> None:
        self.name, self.calls = name, [] if calls is None else calls

    def __getattr__(self, name: str) -> "Outside":
        return Outside(name, self.calls)

    async def __call__(self, *_: object, **__: object) -> None:
        """Note the call."""
        self.calls.append(self.name)

    def expect_work(self) -> None:
        """Be no call outward."""

    async def listings(self) -> tuple[Listing, ...]:
        """Know of no list."""
        self.calls.append("listings")
        return ()

    async def info(self, *_: object) -> NoReturn:
        """Know of no file."""
        self.calls.append("info")
        raise SlackRefused("file_not_found")

    async def details(self, _: str) -> NoReturn:
        """Know of no list in full either."""
        self.calls.append("details")
        raise KoreInvalid


def listened_to() -> dict[str, list[str]]:
    """List the ids that the bot listens to, by their kind: "action", "view", "shortcut" and so on."""
    ids: dict[str, list[str]] = defaultdict(list)

    class Bolt:
        def __getattr__(self, kind: str) -> Any:  # noqa: ANN401 - any method at all
            def listen(to: str, **_: object) -> Callable[[object], object]:
                ids[kind].append(to)
                return lambda listener: listener

            return listen

    app, *listening = inspect.signature(register).parameters
    register(**dict.fromkeys(listening, Outside()), **{app: Bolt()})  # type: ignore[arg-type]  # stand in for them
    return ids


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
LISTENED = listened_to()
FIELDS = [form.NAME, form.DESCRIPTION, form.DUPLICATES, form.CHANNEL]
FIELDS += [contacts.LIST, contacts.FILE, contacts.COUNTRY]
CARRIED = st.text(max_size=20) | st.one_of(
    *(
        st.from_type(kind).map(lambda each: each.write())
        for kind in (
            *(state.FormContext, state.FormValues, state.ShareContext, state.FillContext, state.Page),
            *(state.LookupRequest, state.DecisionRequest, state.StopRequest),
        )
    )
)
"""What a view or a button may hold that the bot, perhaps of another version, has put there."""
MINA = st.builds(Person, id=st.just("U0LEAD"), team_id=st.just("T1"))
HELD = st.builds(
    InputState,
    selected_options=st.sampled_from([[], [{"value": form.ALLOW}]]),
    files=st.lists(st.builds(SharedFile), max_size=2),
)
FILLED = st.dictionaries(st.sampled_from(FIELDS), st.fixed_dictionaries({INPUT: HELD}))
MODAL = st.builds(
    ViewPayload,
    type=st.sampled_from(["modal", "home"]),
    callback_id=st.sampled_from(LISTENED["view"]),
    private_metadata=CARRIED,
    state=st.builds(ViewState, values=FILLED),
)
PRESSED = st.builds(
    Action, type=st.just("button"), action_id=st.sampled_from(LISTENED["action"]), value=st.none() | CARRIED
)
TYPED = st.sampled_from(["", "help", "list", "list ", "show ", "add "]).flatmap(
    lambda verb: st.text(max_size=60).map(lambda words: verb + words)
)
DONE = (
    st.builds(Command, command=st.just("/contactlist"), text=TYPED, team_id=st.just("T1"))
    | st.builds(
        MessageShortcut,
        type=st.just("message_action"),
        user=MINA,
        callback_id=st.sampled_from(LISTENED["shortcut"]),
    )
    | st.builds(ViewSubmission, type=st.just("view_submission"), user=MINA, view=MODAL)
    | st.builds(
        BlockActions,
        type=st.just("block_actions"),
        user=MINA,
        view=st.none() | MODAL,
        actions=st.lists(PRESSED, min_size=1, max_size=1),
    )
)
"""What people can do, with whatever the bot may have put there and they may have typed."""
FORGED = st.fixed_dictionaries(
    {},
    optional={
        "X-Slack-Signature": st.from_regex(r"\Av0=[0-9a-f]{0,64}\Z") | st.from_regex(r"\A[!-~]{0,80}\Z"),
        "X-Slack-Request-Timestamp": st.integers().map(str)
        | st.just("now")
        | st.from_regex(r"\A[!-~]{0,20}\Z"),
    },
)


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
    """The real door, Bolt, gate and handlers: all parts of a bot, with nothing behind them."""

    def __init__(self, configured: Settings, outside: Any) -> None:  # noqa: ANN401 - stands in for anything
        self.outside = outside
        self.parts = Parts(
            settings=configured,
            timing=QUICK,
            metrics=Metrics(),
            slack=outside,
            identity=IDENTITY,
            kore=outside,
            store=outside,
            sockets=outside,
        )

    async def hand_in(self, body: bytes, headers: dict[str, str]) -> int:
        """Hand a request in, wait for what follows from it, and return the status."""
        answer = await self.parts.adapter.handle_http(Parcel(body, headers))  # type: ignore[arg-type]  # all that it reads
        await self.parts.tasks.drain(seconds=1)
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


@pytest.mark.timeout(600)  # thousands of requests in CI
@settings(settings.get_profile("adapter"), max_examples=settings.get_profile("adapter").max_examples // 4)
@given(done=DONE)
async def test_whatever_people_do_has_an_answer(scene: Scene, logged: Counter[str], done: FromPerson) -> None:
    """Each listener acknowledges it, and nothing that follows fails."""
    as_json = done.model_dump_json(exclude_none=True)
    body = urlencode(json.loads(as_json) if isinstance(done, Command) else {"payload": as_json}).encode()

    assert await scene.hand_in(body, signed(body)) == 200
    assert not {"task_failed", "handler_failed"} & set(logged)


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
def scene(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Build the scene from a configuration that points nowhere."""
    outside = Outside()
    for part in OF_THE_STORE:
        monkeypatch.setattr(f"bot.parts.{part}", lambda *_, **__: outside)
    return Scene(settings.model_copy(update={"submissions_per_minute": MANY}), outside)
