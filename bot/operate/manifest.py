"""The manifest that creates the Slack app, for Socket Mode or for request URLs. Pure: no I/O.

`manifest.yml` is what `manifest()` returns; a test compares them.
Source: https://docs.slack.dev/reference/app-manifest
"""

import json
import re

APP_NAME = "Contact Lists"
EVENTS_PATH = "/slack/events"
NAME_LIMIT = 35
"""Characters; source: the manifest's reference, "display_information.name"."""

_ADDRESS = "{address}"
"""Lines with this are for HTTP mode only."""
_MANIFEST = """\
# The Slack app, as `python -m bot manifest` prints it; with --url it is for HTTP mode.
display_information:
  name: {name}
  description: Create Kore.ai contact lists from Slack, fill them, and share them with your team.
  long_description: >-
    Type /contactlist and a name to create a contact list for your voice campaigns. Describe it in the form
    that opens, choose the channel to post its summary in, and the list is in Kore.ai seconds later. Then add
    contacts from a CSV or Excel file: you see what's in it before anything is sent. If something goes wrong,
    only you hear about it, and you keep what you typed. Type /contactlist list to find the lists you have, or
    open the Home tab to see them next to your latest requests.
  background_color: "#1d3557"
features:
  app_home:
    home_tab_enabled: true
    messages_tab_enabled: true # or the bot's direct messages fail
    messages_tab_read_only_enabled: true # it doesn't read messages
  bot_user:
    display_name: {display_name}
    always_online: true
  slash_commands:
    - command: /contactlist
      url: {address}
      description: Create a contact list in Kore.ai, or find one
      usage_hint: "[name of the new list], add [name], list [words], show [name or ID] or help"
      should_escape: true
  shortcuts:
    - name: Create contact list
      type: global
      callback_id: create_contact_list
      description: Opens the same form as /contactlist
    - name: Add contacts from file
      type: message
      callback_id: add_contacts_from_file
      description: Fills a contact list from a file in the message
oauth_config:
  scopes:
    bot:
      - commands # /contactlist and the shortcuts
      - chat:write # summaries, and direct messages to people
      - chat:write.public # summaries in public channels that the bot is not in
      - files:read # files of contacts that people choose, in a form or on a message
      - files:write # rows with problems, as a file that only the person gets
      - usergroups:read # who is in ALLOWED_USERGROUPS
      - users:read # which app the bot is; and for doctor, who is in ALLOWED_USERS
    bot_optional: # the app can be installed without these
      - files:write
      - users:read
settings:
  event_subscriptions:
    request_url: {address}
    bot_events:
      - app_home_opened # the Home tab is filled when a person opens it
  interactivity:
    is_enabled: true
    request_url: {address}
  org_deploy_enabled: false
  socket_mode_enabled: {socket_mode}
  token_rotation_enabled: false # it can't be switched off again
"""

SCOPES, OPTIONAL_SCOPES = (
    frozenset(re.findall(r"^      - ([\w:.]+)", part, re.MULTILINE))
    for part in _MANIFEST.partition("settings:")[0].split("bot_optional:")
)
"""The bot token's scopes, and those among them that it can do without."""


def manifest(*, url: str | None = None, name: str = APP_NAME) -> str:
    """Return the manifest as YAML: for Socket Mode, or for requests to `url`, the bot's https address.

    Raises `ValueError` with a sentence.
    """
    if not 1 <= len(name.strip()) <= NAME_LIMIT or not name.isprintable():
        raise ValueError(f"The name must have 1 to {NAME_LIMIT} characters on one line.")
    if url is not None and not re.fullmatch(r"https://[\w.\-]+(:\d+)?(/[\w.~/\-]*)?", url, re.ASCII):
        raise ValueError("The URL must be an https address without ? and #, such as https://bot.example.com.")
    lines = [line for line in _MANIFEST.splitlines(keepends=True) if url or _ADDRESS not in line]
    return "".join(lines).format(
        name=json.dumps(name.strip(), ensure_ascii=False),
        display_name=_display_name(name),
        address=(url or "").rstrip("/").removesuffix(EVENTS_PATH) + EVENTS_PATH,
        socket_mode=json.dumps(url is None),
    )


def _display_name(name: str) -> str:
    """Return a name in characters that people can mention: a-z, 0-9, hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "contact-lists"
