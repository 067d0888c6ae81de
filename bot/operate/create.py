"""One contact list from the command line, without Slack: `python -m bot create`.

It uses the same rules and the same client as the form, and sends one POST at most. It doesn't wait for a
slot: the bot's rate limit doesn't know about it.
"""

from bot.clients import kore_client, kore_session
from bot.errors import KoreError, KoreRateLimited, KoreUnreachable
from bot.kore.models import ContactList, ContactListDraft
from bot.operate.terminal import Ended, ExitStatus, ended, without_controls
from bot.settings import KoreSettings
from bot.timing import Timing
from bot.views.form import draft_problems

UNREACHABLE = (
    "Kore.ai can't be reached, so nothing was sent. Check KORE_HOST and the network, then try again."
)
RATE_LIMITED = "The account's Kore.ai requests are used up, so nothing was sent. Try again in a minute."
CHECK_FIRST = "Look for it in Kore.ai before you try again, or you might end up with two."
RUN_DOCTOR = "Run `python -m bot doctor` to see what to fix."
ENDINGS = {ExitStatus.DONE: "created", ExitStatus.NOT_DONE: "not_created"}
"""What JSON says instead."""


async def create(settings: KoreSettings, draft: ContactListDraft, *, as_json: bool) -> Ended:
    """Create a list, sending the POST at most once."""
    if problems := draft_problems(draft):
        lines = [f"--{name.replace('_', '-')}: {sentence}" for name, sentence in problems.items()]
        return _ended(ExitStatus.UNUSABLE, "\n".join(["Nothing was created.", *lines]), as_json=as_json)
    timing = Timing()
    async with kore_session(settings, timing) as session:
        try:
            created = await kore_client(session, settings).create(draft)
        except KoreError as error:
            status = ExitStatus.UNCERTAIN if error.maybe_created else ExitStatus.NOT_DONE
            return _ended(status, _sentence(error), as_json=as_json, error=type(error).__name__)
    return _ended(ExitStatus.DONE, f"Created: {created.id}", as_json=as_json, created=created)


def _sentence(error: KoreError) -> str:
    if sentence := not_now(error):
        return sentence
    advice = [
        CHECK_FIRST if error.maybe_created else "",
        RUN_DOCTOR if error.needs_operator else "",
    ]
    return with_what_helps(error.user_message(), error.vendor_message, *advice)


def not_now(error: Exception) -> str:
    """Return why nothing can be sent right now, if that is all: a terminal command doesn't retry."""
    if isinstance(error, KoreUnreachable):
        return UNREACHABLE
    return RATE_LIMITED if isinstance(error, KoreRateLimited) else ""


def with_what_helps(sentence: str, vendor_message: str, *advice: str) -> str:
    """Add what Kore.ai said about it, and what to do."""
    said = without_controls(vendor_message)
    return " ".join(filter(None, [sentence, f"Kore.ai said: “{said}”" if said else "", *advice]))


def _ended(
    status: ExitStatus,
    sentence: str,
    *,
    as_json: bool,
    error: str | None = None,
    created: ContactList | None = None,
) -> Ended:
    in_json = created and created.model_dump(mode="json", by_alias=True, exclude_none=True)
    return ended(status, sentence, as_json=as_json, endings=ENDINGS, error=error, contact_list=in_json)
