"""A rival: the same command and form by Bolt for Python as its guide writes it, with its default settings.

Source: https://docs.slack.dev/tools/bolt-python/concepts/async and …/concepts/opening-modals. Only the
address of Slack differs, which is that of the remote ends here.
"""

from typing import Any

import aiohttp
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from benchmarks.same_work import PORT, SECRET, SLACK, TOKEN, create, creating, filled_form, problems

app = AsyncApp(
    token=TOKEN, signing_secret=SECRET, client=AsyncWebClient(token=TOKEN, base_url=SLACK) if SLACK else None
)
sessions: list[aiohttp.ClientSession] = []
"""One session for all calls to Kore.ai, as aiohttp's guide asks; made inside the running loop."""


@app.command("/contactlist")
async def open_view(ack: AsyncAck, body: dict[str, Any], client: AsyncWebClient) -> None:
    """Acknowledge, then open the form."""
    await ack()
    await client.views_open(
        trigger_id=body["trigger_id"],
        view=filled_form(body["text"], body["channel_id"], body["response_url"]),
    )


@app.view("contact_list_form")
async def submitted(
    ack: AsyncAck, body: dict[str, Any], view: dict[str, Any], client: AsyncWebClient
) -> None:
    """Check, acknowledge with "Creating…", create the list, post its summary."""
    values = view["state"]["values"]
    name, description = (values[block]["input"]["value"] or "" for block in ("name", "description"))
    if found := problems(name, description):
        await ack(response_action="errors", errors=found)
        return
    await ack(response_action="update", view=creating(name))
    if not sessions:
        sessions.append(aiohttp.ClientSession())
    allow = bool(values["duplicates"]["input"]["selected_options"])
    summary = await create(sessions[0], name, description, allow=allow)
    channel = values["conversation"]["input"]["selected_conversation"] or body["user"]["id"]
    await client.chat_postMessage(channel=channel, **summary)


if __name__ == "__main__":
    app.start(port=PORT, host="127.0.0.1")
