"""The two kinds of short-lived permission that Slack hands out: trigger ids and response URLs. No I/O."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from sandbox.slack.workspace import Message, RefusalError

TRIGGER_SECONDS = 3
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


@dataclass
class Trigger:
    """A permission to show one form: whose, from which channel or view, until when (by the clock)."""

    user_id: str
    channel_id: str | None
    view_id: str | None
    expires: float
    used: bool = False


@dataclass
class ResponsePermit:
    """A permission to answer in one channel, where `message` is the one whose button was pressed."""

    user_id: str
    channel_id: str
    message: Message | None
    expires: float
    uses: int = 0


class Triggers:
    """Issue and redeem trigger ids: 3 s, one use (docs.slack.dev/interactivity/handling-user-interaction)."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, Trigger] = {}

    def issue(self, user_id: str, *, channel_id: str | None = None, view_id: str | None = None) -> str:
        """Make a trigger id for what a person just did."""
        name = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**9)}.{secrets.token_hex(16)}"
        self._issued[name] = Trigger(user_id, channel_id, view_id, self._clock() + TRIGGER_SECONDS)
        return name

    def redeem(self, name: object) -> Trigger:
        """Use a trigger id up, or raise the refusal that Slack gives."""
        trigger = self._issued.get(name) if isinstance(name, str) else None
        if trigger is None:
            raise RefusalError("invalid_trigger_id")
        if trigger.used:
            raise RefusalError("exchanged_trigger_id")
        if self._clock() > trigger.expires:
            raise RefusalError("expired_trigger_id")
        trigger.used = True
        return trigger


class ResponsePermits:
    """Issue and count response URLs: 5 uses in 30 minutes.

    Follows docs.slack.dev/interactivity/handling-user-interaction. What Slack answers after that is not
    documented: `used_url` and `expired_url` with 404 are this sandbox's choice, as is that a refused body
    costs a use.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._issued: dict[str, ResponsePermit] = {}

    def issue(self, user_id: str, channel_id: str, message: Message | None = None) -> str:
        """Make the token that a response URL ends with."""
        token = secrets.token_urlsafe(24)
        self._issued[token] = ResponsePermit(user_id, channel_id, message, self._clock() + RESPONSE_SECONDS)
        return token

    def use(self, token: str) -> ResponsePermit:
        """Count one use, or raise the refusal."""
        permit = self._issued.get(token)
        if permit is None:
            raise RefusalError("invalid_url")
        if self._clock() > permit.expires:
            raise RefusalError("expired_url")
        if permit.uses >= RESPONSE_USES:
            raise RefusalError("used_url")
        permit.uses += 1
        return permit
