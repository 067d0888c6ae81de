"""A Slack bot that creates Kore.ai contact lists: never lost, never twice.

`/contactlist NAME` → the form (`views.form`) → its submission, saved before Slack is answered (`contactlist`)
→ one job for each call to Kore.ai (`jobs.workflows`), and what follows from its answer (`jobs.resolution`)
→ the summary in the channel, the result in the form, trouble to the person (`notify`).

`app` puts it together, `cli` starts it.
"""

__version__ = "0.1.0"
