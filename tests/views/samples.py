"""A submission, what Kore.ai answers to it, and hostile texts: what the tests of views are made of."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from bot.errors import (
    JobError,
    KoreError,
)
from bot.kore.models import ContactList, ContactListDraft
from bot.models import Notification, Origin, Outcome, Route, Submission
from bot.views.app_info import AppInfo
from sandbox.slack.mrkdwn import unescape
from sandbox.slack.workspace import Workspace

CREATED_AT = datetime(2025, 12, 5, 9, 22, 51, tzinfo=UTC)
DATE = f"date:{int(CREATED_AT.timestamp())}"
MENTION = "user:U0LEAD"
PLACE = "channel:C0CAMPAIGN"
FULL: dict[str, object] = {
    "_id": "cl-67a405c-ae3b-4a42-8cd2-5dcd69900001",
    "name": "Renewal Due 1- July 2025",
    "description": "Services expiring in July 2025.",
    "status": "Ready",
    "totalRecordCount": 0,
    "listType": "call",
    "source": "passiveApi",
    "allowDuplicates": True,
    "createdAt": "2025-12-05T09:22:51.001Z",
}
APP = AppInfo(contact="the help desk", bot_name="contactlists")
HOSTILE = [
    "<!channel> <!here>",
    "@here @everyone @mina.okafor",
    "<https://evil.example|x> https://evil.example http://evil.example/a?b=c",
    "kore.ai mailto:a@kore.ai a@kore.ai",
    "*bold* _italic_ ~gone~",
    "`code` ```block```",
    "<@U0LEAD> <#C0CAMPAIGN> <!subteam^S0LEADS>",
    "#general #campaigns",
    "> quoted\n> again",
    "&lt;!channel&gt; &amp;lt;",
    "<!date^1764926571^{date}^https://evil.example|x>",
    "\u2028<!channel>\u202eabc",
]
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=400)
HOSTILE_TEXT = st.builds("{}{}{}".format, ANY, st.sampled_from(HOSTILE), ANY) | st.sampled_from(HOSTILE)
FILLED = HOSTILE_TEXT.filter(bool)
KORES = st.fixed_dictionaries(
    {"_id": FILLED},
    optional={
        "name": HOSTILE_TEXT,
        "description": HOSTILE_TEXT,
        "status": HOSTILE_TEXT,
        "totalRecordCount": st.integers(),
        "listType": HOSTILE_TEXT,
        "source": HOSTILE_TEXT,
        "allowDuplicates": st.booleans(),
        "createdAt": st.datetimes(
            min_value=datetime(1970, 1, 2),  # noqa: DTZ001 - the strategy adds the zone
            max_value=datetime(9999, 1, 1),  # noqa: DTZ001
            timezones=st.just(UTC),
        ),
    },
)


def submission(
    name: str = "Renewal Due 1- July 2025",
    description: str = "Services expiring in July 2025.",
    *,
    channel_id: str = "C0CAMPAIGN",
    allow_duplicates: bool = True,
    attempt: int = 1,
) -> Submission:
    """Build what was submitted."""
    return Submission(
        key="V1",
        draft=ContactListDraft(name=name, description=description, allow_duplicates=allow_duplicates),
        origin=Origin(user_id="U0LEAD", channel_id=channel_id, view_id="V1"),
        attempt=attempt,
        submitted_at=0,
    )


def contact_list(**changed: object) -> ContactList:
    """Build what Kore.ai answered."""
    return ContactList.model_validate(FULL | changed)


def read(message_or_view: dict[str, Any]) -> str:
    """Show it as a person in the workspace reads it."""
    return Workspace().read(message_or_view)


def fallback(message: dict[str, object]) -> str:
    """Read the top-level text as a screen reader would, without what makes it inert."""
    return unescape(str(message["text"])).replace("\N{WORD JOINER}", "")


def failures() -> list[type[JobError]]:
    """List every way for a job to fail."""

    def below(kind: type[JobError]) -> list[type[JobError]]:
        return [kind, *(each for child in kind.__subclasses__() for each in below(child))]

    return [each for each in below(JobError) if each not in {JobError, KoreError}]


def buttons(message_or_view: dict[str, Any]) -> list[dict[str, Any]]:
    """Find the buttons."""
    actions = [block for block in message_or_view["blocks"] if block["type"] == "actions"]
    return [element for block in actions for element in block["elements"]]


def button(message_or_view: dict[str, Any]) -> dict[str, Any]:
    """Find the one button."""
    (found,) = buttons(message_or_view)
    return found


def ended(
    submission: Submission, outcome: Outcome, route: Route, *, reply_to: str | None = None
) -> Notification:
    """Return how a submission ended, of which the channel heard by that route."""
    return Notification(
        submission=submission, outcome=outcome, delivered={"channel": route}, reply_to=reply_to
    )
