"""Permission as listener middleware: it runs before every listener that needs access."""

from collections.abc import Awaitable, Callable

from slack_bolt.async_app import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.response import BoltResponse

from bot.access.gate import Gate
from bot.notify.person import Replies
from bot.slack.http_adapter import OUTCOME
from bot.slack.payloads import BlockActions, Command, MessageShortcut, Shortcut
from bot.tasks import Tasks


class Permission:
    """Lets through the people the gate allows, and refuses everyone else privately."""

    def __init__(self, gate: Gate, replies: Replies, tasks: Tasks) -> None:
        self._gate = gate
        self._replies = replies
        self._tasks = tasks

    async def check(
        self,
        ack: AsyncAck,
        received: Command | Shortcut | MessageShortcut | BlockActions,
        context: AsyncBoltContext,
        next_: Callable[[], Awaitable[None]],
    ) -> BoltResponse | None:
        """Go on to the listener, or answer in its place.

        Returns what `ack` returns; otherwise Bolt would try the next listener.
        """
        refused = self._gate.refuses(received.who, received.channel_id)
        if refused is None:
            await next_()
            return None
        context[OUTCOME] = "refused"
        if isinstance(received, Command):
            return await ack(refused)
        self._tasks.start(self._replies.reply(received, refused))
        return await ack()
