"""The life of a form: opened, updated, pushed, answered, closed. No I/O.

Follows docs.slack.dev/surfaces/modals and …/methods/views.open, views.update and views.push.
"""

import secrets
from collections.abc import Mapping
from functools import partial
from typing import Any

from sandbox.slack.blockkit import home_problems, view_problems
from sandbox.slack.files import READ_SCOPE, file_object
from sandbox.slack.inputs import Values, fields, initial_values, kept_values, state_values, with_ids
from sandbox.slack.tickets import Trigger
from sandbox.slack.workspace import RefusalError, View, Workspace

STACK = 3
TROUBLE = "We had some trouble connecting. Try again?"


def open_view(workspace: Workspace, trigger: Trigger, payload: Mapping[str, Any]) -> View:
    """Show a form to the person who did what the trigger stands for."""
    view = _new(workspace, trigger.user_id, payload, trigger.channel_id)
    view.root_id = view.id
    return _shown(workspace, view)


def push_view(workspace: Workspace, trigger: Trigger, payload: Mapping[str, Any]) -> View:
    """Lay a form over the one in which the trigger arose."""
    below = workspace.views.get(trigger.view_id or "")
    if below is None or below.state != "open":
        raise RefusalError("invalid_trigger_id")
    return lay_over(workspace, below, payload)


def lay_over(workspace: Workspace, below: View, payload: Mapping[str, Any]) -> View:
    """Put a form on top of the stack that `below` is in, which holds at most three."""
    stack = workspace.stack(below)
    if len(stack) >= STACK:
        raise RefusalError("push_limit_reached")
    view = _new(workspace, below.user_id, payload, below.channel_id)
    view.root_id, view.previous_id = below.root_id, stack[-1].id
    return _shown(workspace, view)


def publish_home(workspace: Workspace, arguments: Mapping[str, Any], payload: Mapping[str, Any]) -> View:
    """Show a person's App Home, for the first time or with new content: the same id, a new hash."""
    user_id = arguments.get("user_id")
    if user_id not in workspace.people or user_id == workspace.bot_user_id:
        raise invalid("invalid `user_id`")
    home = workspace.homes.get(user_id)
    if arguments.get("hash") and (home is None or arguments["hash"] != home.hash):
        raise RefusalError("hash_conflict")
    if home is None:
        home = _new(workspace, user_id, payload, None, kind="home")
        home.root_id = home.id
        workspace.homes[user_id] = home
        workspace.changed()
        return home
    return replace_view(workspace, home, payload)


def find_view(workspace: Workspace, arguments: Mapping[str, Any]) -> View:
    """Find the open view that `view_id` or `external_id` names, at the state that `hash` names."""
    name, external = arguments.get("view_id"), arguments.get("external_id")
    if not name and not external:
        raise invalid("missing required field: view_id or external_id [json-pointer:]")
    for view in [*workspace.views.values(), *workspace.homes.values()]:
        if view.state == "open" and (
            view.id == name if name else view.payload.get("external_id") == external
        ):
            break
    else:
        raise RefusalError("not_found")
    if arguments.get("hash") and arguments["hash"] != view.hash:
        raise RefusalError("hash_conflict")
    return view


def replace_view(workspace: Workspace, view: View, payload: Mapping[str, Any]) -> View:
    """Put new content into a view: same id, new hash; same block_id and action_id keep what was typed."""
    checked = _checked(workspace, payload, view, kind=view.kind)
    view.payload = with_ids(checked, view.id)
    view.values = kept_values(view.payload, _first_values(view), view.values)
    view.hash, view.errors, view.alert = _hash(workspace), {}, None
    workspace.changed()
    return view


def close_view(workspace: Workspace, view: View) -> None:
    """Take one view away; what lay under it is on top again, unless `clear_on_close` takes all away."""
    for one in workspace.stack(view) if view.payload.get("clear_on_close") else [view]:
        one.state, one.errors, one.alert = "closed", {}, None
    workspace.changed()


def answer_submission(workspace: Workspace, view: View, body: object) -> None:
    """Do what the app answered to a submission, or raise why Slack shows its alert instead.

    Follows docs.slack.dev/surfaces/modals: an empty body closes the view; else `response_action` is one of
    errors, update, push and clear.
    """
    if body in ("", None, {}):
        close_view(workspace, view)
        return
    answer = body if isinstance(body, dict) else {}
    match answer.get("response_action"):
        case "errors":
            view.errors = _field_errors(view, answer.get("errors"))
            workspace.changed()
        case "update":
            replace_view(workspace, view, answer.get("view") or {})
        case "push":
            lay_over(workspace, view, answer.get("view") or {})
        case "clear":
            for one in workspace.stack(view):
                close_view(workspace, one)
        case other:
            raise RefusalError(f"unknown response_action {other}")


def may_choose(workspace: Workspace, user_id: str, element: Mapping[str, Any], channel_id: str) -> bool:
    """Return whether a conversations_select offers this channel to this person, by its `filter`."""
    channel, rules = workspace.channels.get(channel_id), element.get("filter", {})
    if channel is None or channel.is_archived or not channel.is_seen_by(user_id):
        return False
    if channel.kind not in rules.get("include", [channel.kind]):
        return False
    with_bot = channel.kind == "im" and workspace.bot_user_id in channel.members
    return not (with_bot and rules.get("exclude_bot_users"))


def view_answer(view: View) -> dict[str, Any]:
    """Show a view as payloads and answers do."""
    empty: dict[str, Any] = {"private_metadata": "", "callback_id": "", "external_id": ""}
    return {
        **empty,
        "close": None,
        "submit": None,
        "clear_on_close": False,
        "notify_on_close": False,
        **view.payload,
        "id": view.id,
        "team_id": view.workspace.team_id,
        "state": {"values": state_values(view.payload, view.values, partial(_file, view.workspace))},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "app_id": view.workspace.app_id,
        "app_installed_team_id": view.workspace.team_id,
        "bot_id": view.workspace.bot_id,
    }


def invalid(*messages: str) -> RefusalError:
    """Make the refusal of arguments that are not shaped as the method asks."""
    return RefusalError("invalid_arguments", response_metadata={"messages": list(messages)})


def _new(
    workspace: Workspace,
    user_id: str,
    payload: Mapping[str, Any],
    channel_id: str | None,
    kind: str = "modal",
) -> View:
    checked = _checked(workspace, payload, None, kind=kind)
    view_id = f"V{workspace.number():09d}"
    filled = with_ids(checked, view_id)
    view = View(view_id, _hash(workspace), user_id, filled, workspace, channel_id=channel_id)
    view.values = _first_values(view)
    return view


def _first_values(view: View) -> Values:
    def current(element: Mapping[str, Any]) -> str | None:
        here = view.channel_id
        return here if here and may_choose(view.workspace, view.user_id, element, here) else None

    return initial_values(view.payload, current)


def _checked(
    workspace: Workspace, payload: Mapping[str, Any], replaced: View | None, *, kind: str
) -> Mapping[str, Any]:
    problems = home_problems(payload) if kind == "home" else view_problems(payload)
    if problems:
        raise invalid(*problems)
    takes_files = any(element["type"] == "file_input" for _, element in fields(payload))
    if takes_files and READ_SCOPE not in workspace.scopes:  # with which error is not documented
        raise RefusalError("missing_scope", needed=READ_SCOPE, provided=",".join(sorted(workspace.scopes)))
    external = payload.get("external_id")
    known = [*workspace.views.values(), *workspace.homes.values()]
    others = [view for view in known if view is not replaced and view.state == "open"]
    if external and any(view.payload.get("external_id") == external for view in others):
        raise RefusalError("duplicate_external_id")
    return payload


def _field_errors(view: View, errors: object) -> dict[str, str]:
    if not isinstance(errors, dict) or not errors:
        raise RefusalError("errors must name at least one input")
    for name, text in errors.items():
        if name not in view.inputs or not isinstance(text, str) or not text:
            raise RefusalError(f"errors must map input blocks to texts, not {name!r} to {text!r}")
    return dict(errors)


def _file(workspace: Workspace, file_id: str) -> dict[str, Any]:
    return file_object(workspace, workspace.files[file_id])


def _hash(workspace: Workspace) -> str:
    return f"{int(workspace.clock())}.{secrets.token_hex(4)}"


def _shown(workspace: Workspace, view: View) -> View:
    workspace.views[view.id] = view
    workspace.changed()
    return view
