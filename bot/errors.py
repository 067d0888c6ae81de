"""The one error tree. Each class holds what the person reads and whether the list may exist.

BotError
 ├─ SettingsError                 the configuration cannot be used (every problem at once)
 ├─ StartError                    a token or a server refused us at start
 ├─ NotThereYet                   something that the start waits for is away
 ├─ UnreadablePayload             a signed request that is not a payload we know
 ├─ StoreUnavailable              the submission could not be saved in time
 ├─ SlackError                    a call to Slack failed
 │   ├─ SlackRefused              Slack said no, with an error code
 │   │   └─ SlackAppRefused       whatever the app asks, for now: a token or a scope, a limit of the workspace
 │   ├─ SlackUnavailable          certainly not done, and to be tried later: no connection, rate limit
 │   ├─ SlackUncertain            Slack may have done it: no answer, or an answer that says nothing
 │   └─ FileNotReadable           a file that the bot cannot read, with the reason as its code
 ├─ NoSlotInTime                  the rate limit left no slot in time; nothing was asked
 ├─ TooManyLookups                a person has used up their lookups; nothing was asked
 ├─ ListsIncomplete               some of the lists are missing in the answer
 ├─ UnreadableFile                a file holds no contacts that can be read
 ├─ WrongList                     contacts must not go into this list; nothing was sent
 │   ├─ ListGone                  it was deleted since
 │   ├─ ListRenamed               it has another name since
 │   ├─ NameShared                another list has its name
 │   ├─ NamesUnread               whether another list has its name is not known
 │   ├─ ListFilledElsewhere       it is not one that the API fills
 │   └─ DoNotCallList             it holds people who must not be called
 └─ JobError                      the contact list was not created, or perhaps it was
     ├─ Cancelled                 the operator took it out of the queue
     ├─ InternalError             a fault of ours; carries a reference to the log    maybe created
     ├─ Interrupted               the bot stopped before it noted the answer         maybe created
     ├─ SlotExpired               the bot was too late to make the call              not accepted
     └─ KoreError                 Kore.ai did not confirm the list
         ├─ KoreUnreachable       name not found; connection, TLS or proxy refused   not accepted
         ├─ KoreRateLimited       429, or the vendor's rate-limit sentence           not accepted
         ├─ KoreUnauthorized      401, 403: credentials refused
         │   ├─ KoreInvalidToken
         │   └─ KoreScopeMissing
         ├─ KoreBlocked           403, 406, 451 of something on the way, as a firewall
         ├─ KoreInvalid           400, 412, 413, 422: the values were refused
         ├─ KoreWrongAddress      3xx, 404, 405 …: something else answers at that address
         │   └─ KoreNotFound      404 by the API itself: it does not know the stream or the list
         ├─ KoreRejected          a business failure: `status` is not "success"
         │   └─ KoreNameTaken     the same, because of the name
         ├─ KoreTimedOut          no answer in time                                  maybe created
         ├─ KoreConnectionLost    the connection broke after it was opened           maybe created
         ├─ KoreUnavailable       5xx                                                maybe created
         ├─ KoreUnreadable        2xx, but not the answer that the API documents     maybe created
         ├─ Alike                 an unclear answer, and a list that may be the one  maybe created
         └─ Unconfirmed           an unclear answer, and no lookup found it          maybe created
"""

from typing import ClassVar, NamedTuple

VENDOR_MESSAGE_LIMIT = 300
"""Characters of Kore.ai's own sentence that are kept."""
NOT_CREATED, CREATED_MAYBE = "nothing was created", "I can't tell whether the list was created"
NOT_ADDED, ADDED_MAYBE = "these contacts weren't added", "I can't tell whether these contacts arrived"
REST_NOT_ADDED = "the rest wasn't added"
"""Partway, in place of `NOT_ADDED`."""


class BotError(Exception):
    """Anything that this bot raises on purpose."""


class SettingsError(BotError):
    """The configuration cannot be used; `problems` names each variable, never its value."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Problem(NamedTuple):
    """Why a server can't be used, in words that the start, the log and the doctor share."""

    found: str
    """A sentence without its full stop."""
    advice: str
    may_pass: bool = True
    """Whether it may pass by itself, so that a start waits for it."""
    by_name: bool = False
    """Whether the server's name isn't found."""

    def as_error(self, *, seconds: float | None = None) -> "StartError | NotThereYet":
        """Return what ends a start or delays it; `seconds` as `NotThereYet` has them."""
        return NotThereYet(self, seconds) if self.may_pass else StartError(self.sentence)

    @property
    def sentence(self) -> str:
        """Both in one line."""
        return f"{self.found}. {self.advice}"


class StartError(BotError):
    """The bot cannot start; the text is a sentence for the operator."""


class NotThereYet(BotError):
    """Something that the start needs is away; `seconds`: when to ask it again, if it has said so."""

    def __init__(self, problem: Problem, seconds: float | None) -> None:
        super().__init__(problem.sentence)
        self.problem, self.seconds = problem, seconds


class UnreadablePayload(BotError):
    """A request was signed by Slack but is none of the payloads that this bot reads."""


class StoreUnavailable(BotError):
    """The submission could not be saved in time; pressing the button again is safe."""


class SlackError(BotError):
    """A call to Slack failed; `code` is Slack's error code or a word of ours."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class SlackRefused(SlackError):
    """Slack did not do it, and said why."""


class SlackAppRefused(SlackRefused):
    """Slack refuses the whole app: no message is at fault, and later the same one may go."""


class SlackUnavailable(SlackError):
    """Slack certainly did not do it, and may do it later; after `retry_after` seconds, if that is known."""

    def __init__(self, code: str, *, retry_after: float | None = None) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class SlackUncertain(SlackError):
    """Slack may have done it anyway."""


class FileNotReadable(SlackError):
    """The bot cannot read a file, and trying again would not help.

    `code` says why: `no_access` (the app lacks files:read, or was not installed again since it asks for it),
    `not_shared` (it is in a place that the app does not see, or another company's), `elsewhere` (its content
    is not in Slack), `deleted` or `too_large`.
    """


class NoSlotInTime(BotError):
    """The rate limit left no slot in time for a person who browses; nothing was asked."""


class TooManyLookups(BotError):
    """Nothing was asked, because a person has used up their lookups; the text is a sentence for them."""


class ListsIncomplete(BotError):
    """`count` of the lists could not be read, or were held back."""

    def __init__(self, count: int) -> None:
        super().__init__(str(count))
        self.count = count


class UnreadableFile(BotError):
    """A file has no contacts that can be read, or too many; `sentence` says to the person what to do next."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class WrongList(BotError):
    """Contacts must not go into this list, because it decides who is called; nothing was sent."""

    contacts_sentence: ClassVar[str]
    """With `{outcome}` for what that means for the contacts."""

    @classmethod
    def contacts_message(cls) -> str:
        """Say why, and what to do next."""
        return cls.contacts_sentence.format(outcome=NOT_ADDED)


class ListGone(WrongList):
    """Kore.ai does not know the list any more."""

    contacts_sentence = (
        "This list isn't in Kore.ai anymore, so {outcome}. Choose another list, or make a new one."
    )


class ListRenamed(WrongList):
    """The list has another name by now, and another list may get the old one."""

    contacts_sentence = "This list was renamed in Kore.ai, so {outcome}. Open it again under its new name."


class NameShared(WrongList):
    """Another list's name looks the same, and Kore.ai adds contacts by name alone."""

    contacts_sentence = (
        "Another list has this name too, and Kore.ai can't tell them apart, so {outcome}. Rename one of them "
        "in Kore.ai, then try again."
    )


class NamesUnread(WrongList):
    """Some names could not be read, this list's own or others: the name may be shared."""

    contacts_sentence = (
        "I couldn't read the names of all lists, and another one might have this name, so {outcome}. Try "
        "again later."
    )


class ListFilledElsewhere(WrongList):
    """The list's source is known and is not the API."""

    contacts_sentence = (
        "This list isn't filled through Kore.ai's API but in its console, so {outcome}. Choose another list, "
        "or make a new one."
    )


class DoNotCallList(WrongList):
    """A part of the global Do-Not-Call list."""

    contacts_sentence = "This is a Do-Not-Call list, so {outcome}. Choose another list, or make a new one."


class JobError(BotError):
    """A contact list was not created, or it is not known whether it was.

    The text of the error is for the log; people read `user_message`, or `contacts_message` of an import.
    """

    sentence: ClassVar[str]
    """What happened and what to do next, with `{outcome}` for whether the list was created."""
    contacts_sentence: ClassVar[str] = ""
    """The same for an import of contacts, where it differs."""
    maybe_created: ClassVar[bool] = False
    not_accepted: ClassVar[bool] = False
    """Certainly not accepted, and worth the same request again: the bot retries it itself."""
    needs_operator: ClassVar[bool] = False
    """Only the operator can mend it: it would happen again and again."""
    retry_after: float | None = None
    """Seconds after which the API wants to be asked again."""
    vendor_message: str = ""
    """Kore.ai's own sentence, which may quote what people typed: never logged."""
    reference: str | None = None
    """Under which the log has a fault of ours."""

    @classmethod
    def user_message(cls) -> str:
        """Say what happened, whether the list was created, and what to do next."""
        return cls.sentence.format(outcome=CREATED_MAYBE if cls.maybe_created else NOT_CREATED)

    @classmethod
    def contacts_message(cls) -> str:
        """Say the same of contacts."""
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
    """The bot stopped after the request may have left, and before its answer was noted."""

    sentence = "I was restarted while Kore.ai was working on it, so {outcome}."
    maybe_created = True


class SlotExpired(JobError):
    """It was too late after the slot for the rate limit to count the request, which was not sent."""

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
    """Kore.ai did not confirm the list.

    The text holds the HTTP status and Kore.ai's codes, and nothing that anyone wrote: it may be logged.
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
    """401 or 403: client id, client secret, stream id or account id were refused."""

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
    """403, 406 or 451 in another form than the API's own: something on the way to it, as a firewall."""

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
    """A redirect, 404, 405 or the like: what answers there is not the contact-list API."""

    sentence = "Kore.ai's contact lists can't be found at the address I use, so {outcome}."
    contacts_sentence = "Kore.ai doesn't offer adding contacts at the address I use, so {outcome}."
    needs_operator = True


class KoreNotFound(KoreWrongAddress):
    """404 in the API's own form: it does not know what the address names."""

    sentence = "Kore.ai doesn't know the account this app is set up for, so {outcome}."
    contacts_sentence = "Kore.ai doesn't know this list or the account this app is set up for, so {outcome}."


class KoreRejected(KoreError):
    """The API answered in its own form that it did not create the list."""

    sentence = "Kore.ai didn't accept this list, so {outcome}. Change what it asks for, then try again."
    contacts_sentence = (
        "Kore.ai refused to add to this list, so {outcome}. Change what it asks for, then try again."
    )


class KoreNameTaken(KoreRejected):
    """The API answered that there is a list of this name."""

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
    """5xx: something failed there, perhaps after the list was made."""

    sentence = "Something failed in Kore.ai, so {outcome}."
    maybe_created = True


class KoreUnreadable(KoreError):
    """A success status whose body is not the documented answer."""

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
    """The answer was unclear, and no lookup found the list: what people read of it says why."""

    sentence = "Kore.ai didn't confirm your list, so {outcome}."
    maybe_created = True


REFUSALS = (KoreInvalid, KoreWrongAddress, KoreRejected)
"""How Kore.ai says that it does not have what was asked for."""
