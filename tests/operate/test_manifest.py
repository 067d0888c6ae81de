"""manifest.yml: what Slack's own schema lets through, and would only fail in a workspace."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from slack_sdk.web.async_client import AsyncWebClient

from bot.browsing.home import HOME_OPENED
from bot.contactlist import SHORTCUT
from bot.operate.manifest import OPTIONAL_SCOPES, manifest
from bot.operate.manifest import SCOPES as SCOPES_ASKED
from bot.views.app_info import AppInfo
from bot.views.command import COMMAND, help_message
from bot.views.contacts import ADD_FROM_FILE, SHORTCUT_NAME

ROOT = Path(__file__).parent.parent.parent
MANIFEST: dict[str, Any] = yaml.safe_load((ROOT / "manifest.yml").read_text())
FEATURES: dict[str, Any] = MANIFEST["features"]

SCOPES: dict[str, set[str]] = {
    "apps.connections.open": set(),  # asked with the app token, whose scope is not in the manifest
    "auth.test": set(),
    "bots.info": {"users:read"},
    "chat.getPermalink": set(),
    "chat.postMessage": {"chat:write", "chat:write.public"},  # a person's id needs no more than a channel's
    "chat.update": {"chat:write"},
    "files.completeUploadExternal": {"files:write"},
    "files.getUploadURLExternal": {"files:write"},
    "files.info": {"files:read"},
    "usergroups.users.list": {"usergroups:read"},
    "users.info": {"users:read"},
    "views.open": set(),
    "views.publish": set(),
    "views.push": set(),
    "views.update": set(),
}
"""What each Web API method asks of a bot token. Source: https://docs.slack.dev/reference/methods"""

LENGTHS = {
    "display_information.name": (1, 35),
    "display_information.description": (1, 140),
    "display_information.long_description": (175, 4000),
    "features.bot_user.display_name": (1, 80),
    "features.slash_commands.0.command": (2, 32),
    "features.slash_commands.0.description": (1, 2000),
    "features.slash_commands.0.usage_hint": (1, 1000),
    "features.shortcuts.0.name": (1, 24),
    "features.shortcuts.0.callback_id": (1, 255),
    "features.shortcuts.0.description": (1, 150),
    "features.shortcuts.1.name": (1, 24),
    "features.shortcuts.1.callback_id": (1, 255),
    "features.shortcuts.1.description": (1, 150),
}
"""Characters, at least and at most. Source: https://docs.slack.dev/reference/app-manifest"""


def test_slack_can_reach_the_bot() -> None:
    """Commands and buttons arrive: through Socket Mode, as the manifest stands."""
    assert MANIFEST["settings"]["socket_mode_enabled"] is True
    assert _unreachable(MANIFEST) == []


def test_the_file_is_what_the_command_prints() -> None:
    """Nobody edits manifest.yml by hand."""
    assert (ROOT / "manifest.yml").read_text() == manifest()


@pytest.mark.parametrize(
    "url",
    [
        "https://bot.example.com",
        "https://bot.example.com/",
        "https://bot.example.com:8443/team/a",
        "https://bot.example.com/slack/events",
    ],
)
def test_http_mode_leaves_nothing_out(url: str) -> None:
    """With a URL, commands and buttons arrive by https, and nothing else changes."""
    http_mode = yaml.safe_load(manifest(url=url))
    assert _unreachable(http_mode) == []
    address = http_mode["settings"]["interactivity"]["request_url"]
    assert address == url.rstrip("/").removesuffix("/slack/events") + "/slack/events"
    command = {"url": address}
    changes = {
        "event_subscriptions": {"request_url": address},
        "interactivity": {"request_url": address},
        "socket_mode_enabled": False,
    }
    assert http_mode == _changed(MANIFEST, {"features": {"slash_commands": [command]}, "settings": changes})


@pytest.mark.parametrize(
    "url",
    ["http://bot.example.com", "bot.example.com", "https://", "https://a b", "https://a/?x", "https://a\n"],
)
def test_an_address_that_slack_would_not_take_is_refused(url: str) -> None:
    """The mistake is told here, not by Slack later."""
    with pytest.raises(ValueError, match="https address"):
        manifest(url=url)


@pytest.mark.parametrize(
    ("name", "mentioned"), [('My "Lists": {x} # é', "my-lists-x"), ("Списки", "contact-lists")]
)
def test_another_name(name: str, mentioned: str) -> None:
    """Any printable name is only a name; people mention what Slack takes of it."""
    named = yaml.safe_load(manifest(name=name))
    assert named["display_information"]["name"] == name
    assert named["features"]["bot_user"]["display_name"] == mentioned


@pytest.mark.parametrize("name", ["", " ", "x" * 36, "two\nlines"])
def test_a_name_that_slack_would_not_take_is_refused(name: str) -> None:
    """Slack takes 35 characters on one line."""
    with pytest.raises(ValueError, match="35 characters"):
        manifest(name=name)


@pytest.mark.parametrize(
    "interactivity", [{}, {"request_url": "http://bot.example.com/slack/events"}], ids=["none", "plain http"]
)
def test_a_missing_or_plain_address_would_be_noticed(interactivity: dict[str, str]) -> None:
    """Without Socket Mode every address is needed, and must be https."""
    settings = {"socket_mode_enabled": False, "interactivity": interactivity}
    assert _unreachable(_changed(MANIFEST, {"settings": settings})) == [
        "/contactlist",
        "interactivity",
        "events",
    ]


def test_every_called_method_has_its_scopes_here() -> None:
    """The table above names the Web API methods that the bot calls, and no others."""
    assert {_plain(method) for method in _called_methods()} == {_plain(method) for method in SCOPES}


def test_the_scopes_are_those_that_the_code_needs() -> None:
    """The bot asks for what its calls, its command and its shortcut need, and for nothing else."""
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert sorted(scopes["bot"]) == sorted({"commands"}.union(*SCOPES.values()))
    assert set(scopes) == {"bot", "bot_optional"}


def test_what_may_be_left_out_is_asked_for_as_well() -> None:
    """Slack wants an optional scope in both lists; the doctor knows them apart."""
    scopes = MANIFEST["oauth_config"]["scopes"]
    assert scopes["bot_optional"] == sorted(OPTIONAL_SCOPES) == ["files:write", "users:read"]
    assert sorted(scopes["bot"]) == sorted(SCOPES_ASKED)
    assert OPTIONAL_SCOPES < SCOPES_ASKED


def test_the_command_is_the_one_that_the_code_answers() -> None:
    """Name, hint and description are there, and Slack escapes what was typed."""
    (command,) = FEATURES["slash_commands"]
    assert command["command"] == COMMAND
    assert command["usage_hint"].strip()
    assert command["description"].strip()
    assert command["should_escape"] is True


def test_the_shortcut_is_the_one_that_the_code_answers() -> None:
    """Its callback id is the code's, and its name is the one that the help text gives."""
    shortcut, _ = FEATURES["shortcuts"]
    assert shortcut["callback_id"] == SHORTCUT
    assert shortcut["type"] == "global"
    assert f"*{shortcut['name']}*" in str(help_message(AppInfo(contact="x"))["blocks"])


def test_the_shortcut_of_a_message_is_the_one_that_the_code_answers() -> None:
    """It stands in the menu of a message, under the name that the bot gives when it did not open."""
    _, shortcut = FEATURES["shortcuts"]
    assert shortcut["callback_id"] == ADD_FROM_FILE
    assert shortcut["type"] == "message"
    assert shortcut["name"] == SHORTCUT_NAME


def test_people_can_get_direct_messages_and_press_buttons() -> None:
    """The messages tab is on, or direct messages fail; interactivity is on, or buttons do."""
    assert FEATURES["app_home"]["messages_tab_enabled"] is True
    assert MANIFEST["settings"]["interactivity"]["is_enabled"] is True


def test_people_have_a_home_of_the_app() -> None:
    """The Home tab is on, and the bot hears when it is opened."""
    assert FEATURES["app_home"]["home_tab_enabled"] is True
    assert MANIFEST["settings"]["event_subscriptions"]["bot_events"] == [HOME_OPENED]


def test_tokens_are_not_rotated() -> None:
    """Rotation cannot be switched off again, and the bot does not renew tokens."""
    assert MANIFEST["settings"]["token_rotation_enabled"] is False


def test_the_display_name_can_be_mentioned() -> None:
    """The bot's display name has only the characters that Slack takes there."""
    assert re.fullmatch(r"[a-z0-9._-]+", FEATURES["bot_user"]["display_name"])


@pytest.mark.parametrize(("where", "limits"), LENGTHS.items(), ids=LENGTHS)
def test_every_text_has_a_length_that_slack_takes(where: str, limits: tuple[int, int]) -> None:
    """No text of the manifest is too short or too long."""
    text: Any = MANIFEST
    for key in where.split("."):
        text = text[int(key) if key.isdigit() else key]
    assert limits[0] <= len(text) <= limits[1]


def _unreachable(manifest: dict[str, Any]) -> list[str]:
    """Name what Slack could not deliver: without Socket Mode, whatever has no https address."""
    if manifest["settings"]["socket_mode_enabled"]:
        return []
    addresses = {each["command"]: each.get("url") for each in manifest["features"]["slash_commands"]}
    addresses["interactivity"] = manifest["settings"]["interactivity"].get("request_url")
    addresses["events"] = manifest["settings"]["event_subscriptions"].get("request_url")
    return [what for what, url in addresses.items() if not str(url).startswith("https://")]


def _changed(old: Any, new: Any) -> Any:  # noqa: ANN401 - any part of a YAML file
    """Lay changes over a part of the manifest, key by key and item by item."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: _changed(old.get(key), value) for key, value in new.items()}
    if isinstance(old, list) and isinstance(new, list):
        return [_changed(each, change) for each, change in zip(old, new, strict=True)]
    return new


def _called_methods() -> set[str]:
    """Name every Web API method that the room for Slack calls: one of the SDK's client, or a literal."""
    source = "".join(path.read_text() for path in (ROOT / "bot" / "slack").glob("*.py"))
    named = _WEB_API.intersection(re.findall(r"client\.(\w+)", source)) - {"api_call"}
    return named.union(re.findall(r'"(files\.[\w.]+)"', source))


def _plain(method: str) -> str:
    """Write `chat.postMessage` and `chat_postMessage` in the same way."""
    return re.sub(r"[._]", "", method).lower()


_WEB_API = {name for name in vars(AsyncWebClient) if not name.startswith("_")}
