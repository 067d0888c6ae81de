"""A Slack bot that creates Kore.ai contact lists: never lost, never twice.

`/contactlist NAME` → the form (`forms`) → its submission, saved before Slack is answered (`contactlist`)
→ one job for each call to Kore.ai (`jobs`), and what follows from its answer (`resolution`)
→ the summary in the channel, the result in the form, trouble to the person (`delivery`, `messages`).

`app` puts it together, `cli` starts it, `demo` plays it against the sandbox's Slack and Kore.ai.
"""

__version__ = "0.1.0"
