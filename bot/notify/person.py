"""Replies to a person who did something in Slack: opening or updating a view, or a private message."""

from collections.abc import Awaitable, Callable, Iterator
from functools import partial

import structlog

from bot.errors import SlackError, SlackRefused, SlackUncertain
from bot.models import BoundedDict
from bot.observe.metrics import Metrics
from bot.slack.client import SlackClient
from bot.slack.payloads import BlockActions, FromPerson, Shortcut
from bot.views.blocks import REPLACES, Json, as_view
from bot.views.sentences import MODAL_DID_NOT_OPEN, NOT_SHOWN, STACK_IS_FULL, DidNotOpen

EXCHANGED = "exchanged_trigger_id"
"""Slack's code for refusing a second view for one trigger: the first one is open."""
STACK_LIMIT = "push_limit_reached"
"""Slack's code for refusing to push a view over two others."""
PASSED = {"not_found", "hash_conflict"}
"""Slack's codes for refusing to replace a view that the person closed, or that changed since they pressed."""
CACHE_SIZE = 1000
"""Triggers remembered as already used to open a view."""

log = structlog.get_logger(__name__)


class Replies:
    """Answers where the person is. If Slack fails, that is logged, and never raised."""

    def __init__(self, slack: SlackClient, metrics: Metrics) -> None:
        self._slack = slack
        self._metrics = metrics
        self._triggers = BoundedDict[str, None](CACHE_SIZE)

    async def reply(self, received: FromPerson, message: Json | str, *, instead: bool = False) -> None:
        """Reply privately: where they are, if that is known and works, else by direct message.

        Anything done in a modal, in the App Home or through a shortcut is answered in a modal of its own.
        With `instead`, the message whose button was pressed is replaced; otherwise it stays, as it may be
        useful again.
        """
        message = {"text": message} if isinstance(message, str) else message
        for send in self._routes(received, message, instead=instead):
            try:
                await send()
            except SlackError as error:  # a second copy does no harm, but silence would
                log.warning("person_not_notified", user=received.user_id, error=error.code)
            else:
                return

    async def open_view(
        self, received: FromPerson, view: Json, *, sorry: DidNotOpen = MODAL_DID_NOT_OPEN
    ) -> str | None:
        """Open a modal, on top of the one in which a button was pressed; if that fails, say `sorry`.

        Returns its id, or None if Slack didn't open it, or already did for the same trigger: Slack may
        deliver one action twice.
        """
        is_repeated = received.trigger_id in self._triggers
        self._triggers[received.trigger_id] = None
        try:
            with self._metrics.form_open_seconds.time():
                return await self._open(received)(received.trigger_id, view)
        except SlackError as error:
            if is_repeated or error.code == EXCHANGED:
                log.info("view_opened_before", error=error.code)
                return None
            log.warning("view_not_opened", error=error.code)
            sorry = STACK_IS_FULL if error.code == STACK_LIMIT else sorry
            await self.reply(received, sorry.message(unclear=isinstance(error, SlackUncertain)))
            return None

    async def update_view(
        self, received: FromPerson, view_id: str, view: Json, message: Json | None = None
    ) -> None:
        """Replace a modal; if that fails, reply with a message, unless the person has closed it."""
        try:
            await self._slack.update_view(view_id, view)
        except SlackError as error:
            log.info("view_not_updated", error=error.code)
            if not _has_passed(error):
                await self.reply(received, message or NOT_SHOWN)

    async def answer(self, pressed: BlockActions, view: Json, message: Json | str | None = None) -> None:
        """Answer a button in its modal, or by `message` in place of its message.

        The modal is only replaced if it hasn't changed since the button was pressed: a late answer would
        cover what came in the meantime, such as how an import ended. If Slack doesn't replace it, the person
        gets `message`, or else what to do.
        """
        if pressed.form is None:
            await self.reply(pressed, message or MODAL_DID_NOT_OPEN.message(), instead=True)
            return
        try:
            await self._slack.update_view(pressed.form.id, view, replacing=pressed.form.hash)
        except SlackError as error:
            log.info("view_not_updated", error=error.code)
            if not _has_passed(error):
                unclear = isinstance(error, SlackUncertain)
                await self.reply(pressed, message or MODAL_DID_NOT_OPEN.message(unclear=unclear))

    def _open(self, received: FromPerson) -> Callable[[str, Json], Awaitable[str]]:
        """Return the call that opens a modal: on top of the one whose button was pressed, or on its own."""
        is_over_another = isinstance(received, BlockActions) and received.form is not None
        return self._slack.push_view if is_over_another else self._slack.open_view

    def _routes(
        self, received: FromPerson, message: Json, *, instead: bool
    ) -> Iterator[Callable[[], Awaitable[object]]]:
        if received.response_url:
            there = {**message, **REPLACES} if instead else {**message, "replace_original": False}
            yield partial(self._slack.respond, received.response_url, there)
        elif isinstance(received, BlockActions | Shortcut) and received.trigger_id not in self._triggers:
            yield partial(self._open(received), received.trigger_id, as_view(message))
        yield partial(self._slack.post_message, received.user_id, message)


def _has_passed(error: SlackError) -> bool:
    return isinstance(error, SlackRefused) and error.code in PASSED
