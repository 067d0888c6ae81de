"""*Post to channel*: share a list with others, once however often the form is sent."""

import time
from dataclasses import dataclass, field

from slack_bolt.async_app import AsyncAck, AsyncBoltContext

from bot.access.gate import Gate
from bot.browsing.finding import Finder
from bot.errors import StoreUnavailable
from bot.jobs.claims import Claims
from bot.models import BoundedDict
from bot.notify.delivering import settled
from bot.notify.person import Replies
from bot.notify.routes import Delivery
from bot.slack.http_adapter import OUTCOME
from bot.slack.payloads import ViewSubmission
from bot.tasks import Tasks
from bot.timing import Timing
from bot.views import details as views
from bot.views import sentences
from bot.views.app_info import AppInfo
from bot.views.form import CHANNEL, chosen_channel, response_url_for
from bot.views.state import ShareContext

CACHE_SIZE = 1000
"""Forms remembered."""


@dataclass(frozen=True, kw_only=True)
class Posting:
    """Posting a list to a channel: the listener for the form, and what follows."""

    finder: Finder
    delivery: Delivery
    gate: Gate
    claims: Claims
    replies: Replies
    tasks: Tasks
    timing: Timing
    app: AppInfo
    _unclaimed: BoundedDict[str, None] = field(init=False, default_factory=lambda: BoundedDict(CACHE_SIZE))
    """Forms that posted nothing, but whose claim may have been saved after we gave up on it."""

    async def submitted(self, ack: AsyncAck, received: ViewSubmission, context: AsyncBoltContext) -> None:
        """*Post*: check the channel, say so, and post."""
        sharing = ShareContext.read(received.view.private_metadata)
        channel_id = chosen_channel(received.view, sharing)
        if not channel_id:
            await ack(response_action="errors", errors={CHANNEL: views.CHOOSE})
        elif refused := self.gate.refuses_form(received.who, channel_id, key=received.view.id):
            context[OUTCOME] = "refused"
            await ack(response_action="errors", errors={CHANNEL: refused.sentence})
        elif (is_first := await self._claim(received.view.id)) is None:
            context[OUTCOME] = "not_saved"
            await ack(response_action="errors", errors={CHANNEL: sentences.NOT_CLAIMED})
        elif is_first:
            response_url = response_url_for(received, channel_id, sharing)
            self.tasks.start(self._post(received, sharing, channel_id, response_url))
            await ack(response_action="update", view=views.posting_view())
        else:
            await ack(response_action="update", view=views.posted_before_view(channel_id))

    async def _post(
        self, payload: ViewSubmission, sharing: ShareContext, channel_id: str, response_url: str | None
    ) -> None:
        """Post a list for everyone in the channel, and say in the modal how that went."""
        acknowledged_at = time.time()
        snapshot = await self.finder.details(
            payload.user_id, sharing.list_id, patience=self.timing.lists_timeout
        )
        contact_list = self.finder.best(snapshot, sharing.list_id)
        view = views.unknown_view(snapshot, self.app)
        if contact_list:
            message = views.shared_message(payload.user_id, contact_list, self.app)
            found = await self.delivery.share(channel_id, message, response_url=response_url)
            advice = sentences.advice_for(channel_id, found.refusal, bot_name=self.app.bot_name)
            view = views.posted_view(channel_id, found.route, advice=advice)
        await settled(acknowledged_at, self.timing)
        await self.replies.update_view(payload, payload.view.id, view, views.as_message(view))

    async def _claim(self, view_id: str) -> bool | None:
        """Return whether a form is the first with its id to post; None if the store doesn't answer."""
        try:
            is_first = await self.claims.claim_post(view_id)
        except StoreUnavailable:
            self._unclaimed[view_id] = None
            return None
        if view_id in self._unclaimed:
            del self._unclaimed[view_id]
            return True
        return is_first
