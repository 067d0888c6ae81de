"""The one error tree. Each class holds what the person reads and whether the list may exist.

BotError
 ├─ SettingsError                 the configuration can't be used (every problem at once)
 ├─ StartError                    a token or a server refused us at startup
 ├─ NotThereYet                   something needed at startup is unavailable
 ├─ UnreadablePayload             a signed request that isn't a payload we know
 ├─ StoreUnavailable              the store failed or didn't answer in time
 ├─ SlackError                    a call to Slack failed
 │   ├─ SlackRefused              Slack said no, with an error code
 │   │   └─ SlackAppRefused       any request of the app's, for now: a token or a scope, a workspace limit
 │   ├─ SlackUnavailable          certainly not done, try again later: no connection, rate limit
 │   ├─ SlackUncertain            Slack may have done it: no answer, or an answer that says nothing
 │   └─ FileNotReadable           a file that the bot can't read, with the reason as its code
 ├─ NoSlotInTime                  the rate limit left no slot in time; no call was made
 ├─ TooManyLookups                a person has used up their lookups; no call was made
 ├─ ListsIncomplete               some lists are missing from the answer
 ├─ UnreadableFile                a file has no readable contacts, or too many
 ├─ WrongList                     contacts must not go into this list; nothing was sent
 │   ├─ ListGone                  it has been deleted
 │   ├─ ListRenamed               it has been renamed
 │   ├─ NameShared                another list has its name
 │   ├─ NamesUnread               whether another list has its name isn't known
 │   ├─ ListFilledElsewhere       it isn't filled through the API
 │   └─ DoNotCallList             it holds people who must not be called
 └─ JobError                      the contact list wasn't created, or may have been
     ├─ Cancelled                 the operator cancelled it
     ├─ InternalError             our own fault; carries a reference to the log      maybe created
     ├─ Interrupted               the bot stopped before noting the answer           maybe created
     ├─ SlotExpired               the bot was too late to make the call              not accepted
     └─ KoreError                 Kore.ai didn't confirm the list
         ├─ KoreUnreachable       name not found; connection, TLS or proxy refused   not accepted
         ├─ KoreRateLimited       429, or the vendor's rate-limit sentence           not accepted
         ├─ KoreUnauthorized      401, 403: credentials refused
         │   ├─ KoreInvalidToken
         │   └─ KoreScopeMissing
         ├─ KoreBlocked           403, 406, 451 from something on the way, such as a firewall
         ├─ KoreInvalid           400, 412, 413, 422: the values were refused
         ├─ KoreWrongAddress      3xx, 404, 405 …: something else answers at that address
         │   └─ KoreNotFound      404 from the API itself: it doesn't know the stream or the list
         ├─ KoreRejected          a business failure: `status` isn't "success"
         │   └─ KoreNameTaken     the same, because of the name
         ├─ KoreTimedOut          no answer in time                                  maybe created
         ├─ KoreConnectionLost    the connection broke after it was opened           maybe created
         ├─ KoreUnavailable       5xx                                                maybe created
         ├─ KoreUnreadable        2xx, but not the answer the API documents          maybe created
         ├─ Alike                 an unclear answer, and a list that may be the one  maybe created
         └─ Unconfirmed           an unclear answer, and no lookup found it          maybe created
"""

from typing import ClassVar, NamedTuple

VENDOR_MESSAGE_LIMIT = 300
"""Characters kept of Kore.ai's own sentence."""
NOT_CREATED, CREATED_MAYBE = "nothing was created", "I can't tell whether the list was created"
NOT_ADDED, ADDED_MAYBE = "these contacts weren't added", "I can't tell whether these contacts arrived"
REST_NOT_ADDED = "the rest wasn't added"
"""Replaces `NOT_ADDED` partway through an import."""


class BotError(Exception):
    """Anything this bot raises on purpose."""


class SettingsError(BotError):
    """The configuration can't be used; `problems` names each variable, never its value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Problem(NamedTuple):
    """Why a server can't be used, in words shared by the start, the log and the doctor."""

    found: str
    """A sentence without the full stop."""
    advice: str
    may_pass: bool = True
    """Whether it may pass by itself, so that startup waits for it."""
    by_name: bool = False
    """Whether the server's name can't be resolved."""

    def as_error(self, *, seconds: float | None = None) -> "StartError | NotThereYet":
        """Return the error that ends or delays startup; `seconds` is as in `NotThereYet`."""
        return NotThereYet(self, seconds) if self.may_pass else StartError(self.sentence)

    @property
    def sentence(self) -> str:
        """Both parts in one line."""
        return f"{self.found}. {self.advice}"


class StartError(BotError):
    """The bot can't start; the text is a sentence for the operator."""


class NotThereYet(BotError):
    """Something needed at startup is unavailable; `seconds`: when to ask again, if it said so."""

    def __init__(self, problem: Problem, seconds: float | None) -> None:
        super().__init__(problem.sentence)
        self.problem, self.seconds = problem, seconds


class UnreadablePayload(BotError):
    """A request was signed by Slack but isn't a payload that this bot reads."""


class StoreUnavailable(BotError):
    """The store failed or didn't answer in time; pressing the button again is safe."""


class SlackError(BotError):
    """A call to Slack failed; `code` is Slack's error code or one of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SlackRefused(SlackError):
    """Slack refused, and said why."""


class SlackAppRefused(SlackRefused):
    """Slack refuses the whole app: no single message is at fault, and the same one may succeed later."""


class SlackUnavailable(SlackError):
    """Slack certainly didn't do it, but may do it later: after `retry_after` seconds, if known."""

    def __init__(self, code: str, *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class SlackUncertain(SlackError):
    """Slack may have done it anyway."""


class FileNotReadable(SlackError):
    """The bot can't read a file, and trying again wouldn't help.

    `code` says why: `no_access` (the app lacks files:read, or hasn't been reinstalled since it was added),
    `not_shared` (the file is somewhere the app can't see, or another company's), `elsewhere` (its content
    isn't in Slack), `deleted` or `too_large`.
    """


class NoSlotInTime(BotError):
    """The rate limit left no slot in time for a person who browses; no call was made."""


class TooManyLookups(BotError):
    """A person has used up their lookups, so no call was made; the text is a sentence for them."""


class ListsIncomplete(BotError):
    """`count` lists could not be read, or were held back."""

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


class UnreadableFile(BotError):
    """A file has no readable contacts, or too many; `sentence` tells the person what to do next."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class WrongList(BotError):
    """Contacts must not go into this list, because its contents decide who is called; nothing was sent."""

    contacts_sentence: ClassVar[str]
    """What is wrong, with `{outcome}` for what that means for the contacts."""

    @classmethod
    def contacts_message(cls) -> str:
        """Say why, and what to do next."""
        return cls.contacts_sentence.format(outcome=NOT_ADDED)


class ListGone(WrongList):
    """Kore.ai no longer knows the list."""

    contacts_sentence = (
        "This list isn't in Kore.ai anymore, so {outcome}. Choose another list, or make a new one."
    )


class ListRenamed(WrongList):
    """The list has been renamed, and another list may get its old name."""

    contacts_sentence = "This list was renamed in Kore.ai, so {outcome}. Open it again under its new name."


class NameShared(WrongList):
    """Another list's name looks the same, and Kore.ai adds contacts by name alone."""

    contacts_sentence = (
        "Another list has this name too, and Kore.ai can't tell them apart, so {outcome}. Rename one of them "
        "in Kore.ai, then try again."
    )


class NamesUnread(WrongList):
    """Some names, this list's own or others, could not be read: the name may be shared."""

    contacts_sentence = (
        "I couldn't read the names of all lists, and another one might have this name, so {outcome}. Try "
        "again later."
    )


class ListFilledElsewhere(WrongList):
    """The list's source is known, and isn't the API."""

    contacts_sentence = (
        "This list isn't filled through Kore.ai's API but in its console, so {outcome}. Choose another list, "
        "or make a new one."
    )


class DoNotCallList(WrongList):
    """The list is part of the global Do-Not-Call list."""

    contacts_sentence = "This is a Do-Not-Call list, so {outcome}. Choose another list, or make a new one."


class JobError(BotError):
    """A contact list was not created, or it isn't known whether it was.

    The text of the error is for the log; people read `user_message`, or `contacts_message` for an import.
    """

    sentence: ClassVar[str]
    """What happened and what to do next, with `{outcome}` for whether the list was created."""
    contacts_sentence: ClassVar[str] = ""
    """The same for an import of contacts, if different."""
    maybe_created: ClassVar[bool] = False
    not_accepted: ClassVar[bool] = False
    """Certainly not accepted, and worth sending again unchanged: the bot retries on its own."""
    needs_operator: ClassVar[bool] = False
    """Only the operator can fix it; until then it would keep happening."""
    retry_after: float | None = None
    """Seconds to wait before asking the API again, if it said so."""
    vendor_message: str = ""
    """Kore.ai's own sentence, which may quote what people typed; never logged."""
    reference: str | None = None
    """The reference under which the log has a fault of ours."""

    @classmethod
    def user_message(cls) -> str:
        """Say what happened, whether the list was created, and what to do next."""
        return cls.sentence.format(outcome=CREATED_MAYBE if cls.maybe_created else NOT_CREATED)

    @classmethod
    def contacts_message(cls) -> str:
        """Say the same for contacts."""
        sentence = cls.contacts_sentence or cls.sentence
        return sentence.format(outcome=ADDED_MAYBE if cls.maybe_created else NOT_ADDED)


class InternalError(JobError):
    """A fault of ours. The text is the reference under which the log has the traceback."""

    sentence = "Something went wrong on my side, so {outcome}."
    maybe_created = True

    def __init__(self, reference: str = "") -> None:
        super().__init__(reference)
        self.reference = reference or None


class Interrupted(JobError):
    """The bot stopped after the request may have been sent, and before its answer was noted."""

    sentence = "I was restarted while Kore.ai was working on it, so {outcome}."
    maybe_created = True


class SlotExpired(JobError):
    """The bot was too late: the rate limit might no longer have counted the call, so it wasn't sent."""

    sentence = "I was too busy to send this to Kore.ai, though I kept trying, so {outcome}. Try again later."
    not_accepted = True


class Cancelled(JobError):
    """The operator cancelled it before Kore.ai had accepted anything."""

    sentence = (
        "The people who run this app cancelled it before it reached Kore.ai, so {outcome}. Try again if you "
        "still need it."
    )
    contacts_sentence = (
        "The people who run this app cancelled this, so {outcome}. Check with them before you try again."
    )


class KoreError(JobError):
    """Kore.ai didn't confirm the list.

    The text holds the HTTP status and Kore.ai's codes, and nothing that anyone wrote, so it may be logged.
    """

    def __init__(self, text: str = "", *, vendor_message: str = "", retry_after: float | None = None) -> None:
        super().__init__(text)
        self.vendor_message = vendor_message[:VENDOR_MESSAGE_LIMIT]
        self.retry_after = retry_after


class KoreUnreachable(KoreError):
    """The request was never sent: name not found; connection, TLS or proxy refused."""

    sentence = "I couldn't reach Kore.ai, though I kept trying, so {outcome}. Try again later."
    not_accepted = True


class KoreRateLimited(KoreError):
    """429, or the vendor's rate-limit sentence under any status: certainly not accepted."""

    sentence = "Your account's Kore.ai requests were used up for too long, so {outcome}. Try again later."
    not_accepted = True


class KoreUnauthorized(KoreError):
    """401 or 403: the client id, client secret, stream id or account id was refused."""

    sentence = "Kore.ai rejected this app's credentials, so {outcome}."
    needs_operator = True


class KoreInvalidToken(KoreUnauthorized):
    """401 with a complaint about the JWT itself."""

    sentence = "Kore.ai rejected this app's sign-in, so {outcome}."


class KoreScopeMissing(KoreUnauthorized):
    """401 with a complaint about the scope."""

    sentence = "This app isn't allowed to create contact lists in Kore.ai, so {outcome}."
    contacts_sentence = "This app isn't allowed to add contacts in Kore.ai, so {outcome}."


class KoreBlocked(KoreError):
    """403, 406 or 451 not in the API's own form: from something on the way, such as a firewall."""

    sentence = (
        "Something on the way to Kore.ai blocked this request, so {outcome}. It may be the words. Change the "
        "name or the description and try again."
    )
    contacts_sentence = (
        "Something on the way to Kore.ai blocked this request, so {outcome}. It may be words in the file. "
        "Change them, then try again."
    )


class KoreInvalid(KoreError):
    """400, 412, 413 or 422: the API refused the values."""

    sentence = "Kore.ai didn't accept the name or the description, so {outcome}. Change them, then try again."
    contacts_sentence = "Kore.ai didn't accept these rows, so {outcome}. Check the file, then try again."


class KoreWrongAddress(KoreError):
    """A redirect, 404, 405 or the like: whatever answers there isn't the contact-list API."""

    sentence = "Kore.ai's contact lists can't be found at the address I use, so {outcome}."
    contacts_sentence = "Kore.ai doesn't offer adding contacts at the address I use, so {outcome}."
    needs_operator = True


class KoreNotFound(KoreWrongAddress):
    """404 in the API's own form: it doesn't know what the address names."""

    sentence = "Kore.ai doesn't know the account this app is set up for, so {outcome}."
    contacts_sentence = "Kore.ai doesn't know this list or the account this app is set up for, so {outcome}."


class KoreRejected(KoreError):
    """The API answered in its own form that it didn't create the list."""

    sentence = "Kore.ai didn't accept this list, so {outcome}. Change what it asks for, then try again."
    contacts_sentence = (
        "Kore.ai refused to add to this list, so {outcome}. Change what it asks for, then try again."
    )


class KoreNameTaken(KoreRejected):
    """The API answered that a list with this name exists."""

    sentence = "Kore.ai already has a list with this name, so {outcome}. Choose another name, then try again."


class KoreTimedOut(KoreError):
    """No complete answer within KORE_TIMEOUT seconds."""

    sentence = "Kore.ai didn't respond, so {outcome}."
    maybe_created = True


class KoreConnectionLost(KoreError):
    """The connection broke after it was opened."""

    sentence = "The connection to Kore.ai broke, so {outcome}."
    maybe_created = True


class KoreUnavailable(KoreError):
    """5xx: something failed at Kore.ai, perhaps after the list was created."""

    sentence = "Something failed in Kore.ai, so {outcome}."
    maybe_created = True


class KoreUnreadable(KoreError):
    """A success status with a body that isn't the documented answer."""

    sentence = "Kore.ai sent an answer I can't read, so {outcome}."
    maybe_created = True


class Alike(KoreError):
    """The answer was unclear, and a lookup found a list that may be the one: the person decides."""

    sentence = (
        "Kore.ai didn't confirm your list, so I can't tell whether it was created. If this is the one, "
        "select *That's it*. If not, *Create anyway* brings the form back – you might end up with two."
    )
    maybe_created = True


class Unconfirmed(KoreError):
    """The answer was unclear, and no lookup found the list; the sentence that people read says why."""

    sentence = "Kore.ai didn't confirm your list, so {outcome}."
    maybe_created = True


REFUSALS = (KoreInvalid, KoreWrongAddress, KoreRejected)
"""How Kore.ai says that it doesn't have what was asked for."""
