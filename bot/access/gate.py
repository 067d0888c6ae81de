"""The gate: one check for each entry point and button, answered with a sentence for the person."""

from typing import NamedTuple

import structlog

from bot.access.allow_lists import AllowLists
from bot.access.limits import Excess, Limits
from bot.observe.metrics import Metrics
from bot.slack.payloads import Who
from bot.views import sentences

log = structlog.get_logger(__name__)


class FormRefusal(NamedTuple):
    """Why a form is not accepted."""

    sentence: str
    is_about_channel: bool = False
    """Whether another channel would be accepted; if so, the sentence goes under the channel input."""


class Gate:
    """Who may use the bot, where, and how much. Nothing here awaits, so no acknowledgement is held up."""

    def __init__(self, access: AllowLists, limits: Limits, *, contact: str, metrics: Metrics) -> None:
        """`contact` is who to ask for access: a user id, or words."""
        self._access = access
        self._limits = limits
        self._contact = contact
        self._metrics = metrics

    def knows(self, user_id: str) -> bool:
        """Return whether a person may use the bot, where nothing else is known of them."""
        return self._access.allows_user(user_id)

    def refuses(self, who: Who, channel_id: str | None = None) -> str | None:
        """Return the sentence for a person who may not do this, or not in this channel; else None."""
        if self._is_stranger(who, channel_id):
            return sentences.not_allowed(self._contact)
        if self._is_elsewhere(who, channel_id):
            return sentences.not_allowed_here(self._contact)
        return None

    def refuses_form(
        self, who: Who, channel_id: str | None, *, key: str, opens_job: bool = False
    ) -> FormRefusal | None:
        """Return why a person can't submit a form, to this channel or this often; else None.

        `key` identifies the form, which counts once however often it is sent. `opens_job`: it creates a list.
        """
        if self._is_stranger(who, channel_id):
            return FormRefusal(sentences.not_allowed_in_form(self._contact))
        if self._is_elsewhere(who, channel_id):
            return FormRefusal(sentences.not_allowed_there(self._contact), is_about_channel=True)
        excess = self._limits.take(who.user_id, key, opens_job=opens_job)
        if excess is None:
            return None
        self._note(excess, who.user_id, channel_id)
        return FormRefusal(self._too_many(excess))

    def refuses_other(self, user_id: str, *, owner: str) -> str | None:
        """Return the sentence for a person who pressed a button on someone else's submission; else None."""
        if owner in {"", user_id}:
            return None
        self._note("not_their_submission", user_id, None)
        return sentences.NOT_YOURS

    def refuses_lookup(self, user_id: str) -> str | None:
        """Return the sentence for a person whose browsing has cost too many calls; else None."""
        if self._limits.allows_lookup(user_id):
            return None
        self._note("too_many_lookups", user_id, None)
        return sentences.too_many_lookups(self._limits.lookups_per_minute)

    def _is_stranger(self, who: Who, channel_id: str | None) -> bool:
        """Return whether a person has no access to the bot at all, and log why if so."""
        if not self._access.allows_team(who.teams):
            self._note("team_not_allowed", who.user_id, channel_id)
            return True
        if not self._access.allows_user(who.user_id):
            self._note("user_not_allowed", who.user_id, channel_id)
            return True
        return False

    def _is_elsewhere(self, who: Who, channel_id: str | None) -> bool:
        """Return whether the bot isn't allowed in a channel, and log it if so."""
        if channel_id is None or self._access.allows_channel(channel_id):
            return False
        self._note("channel_not_allowed", who.user_id, channel_id)
        return True

    def _too_many(self, excess: Excess) -> str:
        if excess == "too_many_submissions":
            return sentences.too_many_submissions(self._limits.per_minute)
        if excess == "too_many_forms":
            return sentences.too_many_forms(self._limits.per_minute)
        return sentences.TOO_MANY_OPEN_JOBS

    def _note(self, reason: str, user_id: str, channel_id: str | None) -> None:
        self._metrics.refusals.labels(reason).inc()
        log.warning("access_denied", reason=reason, user=user_id, channel=channel_id)
