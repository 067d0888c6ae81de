"""What the two rivals do between Slack and Kore.ai: the same form, the same checks, the same call, a summary.

The values come from the environment, as in this bot; nothing is saved and no limit is kept.
"""

import json
import os
import time
import uuid
from typing import Any

import aiohttp
import jwt

PORT = int(os.environ.get("PORT", "3000"))
TOKEN = os.environ.get("SLACK_BOT_TOKEN", "")
SECRET = os.environ.get("SLACK_SIGNING_SECRET", "")
SLACK = os.environ.get("SLACK_API_URL", "https://slack.com/api/")
FORM = json.loads(os.environ.get("FORM", "{}"))
"""The form of the bot that is measured, so that everybody sends the same bytes."""
NAME_LIMIT, DESCRIPTION_LIMIT = 48, 256

Json = dict[str, Any]


def filled_form(name: str, channel_id: str, response_url: str) -> Json:
    """Fill the name into the form."""
    first, *others = FORM["blocks"]
    return {
        **FORM,
        "private_metadata": json.dumps({"channel_id": channel_id, "response_url": response_url}),
        "blocks": [{**first, "element": {**first["element"], "initial_value": name[:NAME_LIMIT]}}, *others],
    }


def problems(name: str, description: str) -> dict[str, str]:
    """Check what was typed; a sentence for each input that must be changed."""
    found = {}
    if not 0 < len(name) <= NAME_LIMIT:
        found["name"] = f"Give the list a name of at most {NAME_LIMIT} characters."
    if not 0 < len(description) <= DESCRIPTION_LIMIT:
        found["description"] = f"Describe the list in at most {DESCRIPTION_LIMIT} characters."
    return found


def creating(name: str) -> Json:
    """Build what the form turns to."""
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "Creating…"},
        "close": {"type": "plain_text", "text": "Close"},
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": f"Creating {name} in Kore.ai."}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "The result comes to the channel."}]},
        ],
    }


async def create(session: aiohttp.ClientSession, name: str, description: str, *, allow: bool) -> Json:
    """Create the list in Kore.ai; the arguments of its summary."""
    stream, account = os.environ["KORE_STREAM_ID"], os.environ["KORE_ACCOUNT_ID"]
    url = f"{os.environ['KORE_HOST']}/campaign/api/v2/public/{stream}/campaign/contactList/createContactList"
    body = {"name": name, "description": description, "source": "passiveApi", "allowDuplicates": allow}
    headers = {"auth": _token(), "iid": stream, "accountId": account}
    async with session.post(url, params={"accountId": account}, headers=headers, json=body) as response:
        return _summary((await response.json())["data"])


def _token() -> str:
    now = int(time.time())
    claims = {
        "appId": os.environ["KORE_CLIENT_ID"],
        "sub": "rival",
        "iat": now,
        "exp": now + 300,
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode(claims, os.environ["KORE_CLIENT_SECRET"], algorithm="HS256")


def _summary(created: Json) -> Json:
    facts = {
        "ID": created["_id"],
        "Status": created["status"],
        "Records": created["totalRecordCount"],
        "List type": created["listType"],
        "Source": created["source"],
        "Created": created["createdAt"],
    }
    text = f"The contact list {created['name']} was created."
    lines = "\n".join(f"{label}: {value}" for label, value in facts.items())
    return {
        "text": text,
        "blocks": [
            {"type": "section", "text": {"type": "plain_text", "text": text}},
            {"type": "section", "text": {"type": "plain_text", "text": created["description"]}},
            {"type": "section", "text": {"type": "plain_text", "text": lines}},
        ],
    }
