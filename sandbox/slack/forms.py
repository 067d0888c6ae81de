"""What Slack's client lets a person do with an open form: type, attach files, press its button. No I/O."""

from sandbox.slack.files import LARGEST_IN_FORM, extension, upload
from sandbox.slack.inputs import Value, impossible, unsubmittable
from sandbox.slack.views import may_choose
from sandbox.slack.workspace import File, User, View


class CannotSubmit(Exception):
    """Slack's client would not let the person do this."""


def type_into(view: View, user: User, block_id: str, value: Value, *, unchecked: bool) -> None:
    """Bring an input to a value, by its block_id; None clears."""
    if block_id not in view.inputs:
        raise CannotSubmit(f"there is no input {block_id!r} in the form:\n{view.text}")
    element = view.inputs[block_id]["element"]
    reason = impossible(element, value)
    if reason:
        raise CannotSubmit(f"{block_id}: {reason}")
    if isinstance(value, str) and not unchecked:
        value = _typed(view, user, block_id, value)
    view.values[block_id, element["action_id"]] = value


def attach(view: View, user: User, block_id: str, name: str, content: bytes) -> File:
    """Upload a file into a form, which is done before the form is submitted."""
    element = view.inputs[block_id]["element"] if block_id in view.inputs else {}
    if element.get("type") != "file_input":
        raise CannotSubmit(f"there is no input for files {block_id!r} in the form:\n{view.text}")
    kinds = element.get("filetypes")
    if kinds and extension(name) not in kinds:
        raise CannotSubmit(f"{name} is none of: {', '.join(kinds)}")
    if not 0 < len(content) <= LARGEST_IN_FORM:
        raise CannotSubmit(f"{name} is empty, or larger than 10 MB")
    before = view.values.get((block_id, element["action_id"]))
    file = upload(view.workspace, user.id, name, content, in_form=True)
    files = [*(before if isinstance(before, list) else []), file.id]
    type_into(view, user, block_id, files, unchecked=False)
    return file


def check_submittable(view: View, user: User) -> None:
    """Raise why this person could not press the form's button."""
    if view.state != "open" or view.user_id != user.id:
        raise CannotSubmit(f"{user.name} has no such form open: {view.title}")
    if not view.payload.get("submit"):
        raise CannotSubmit(f"the form has no submit button:\n{view.text}")
    if view.workspace.stack(view)[-1] is not view:
        raise CannotSubmit("another form lies over this one")
    for block_id, block in view.inputs.items():
        reason = unsubmittable(block, view.values.get((block_id, block["element"]["action_id"])))
        if reason:
            raise CannotSubmit(f"{block_id}: {reason}")


def _typed(view: View, user: User, block_id: str, value: str) -> str:
    element = view.inputs[block_id]["element"]
    if element["type"] == "conversations_select":
        if not may_choose(view.workspace, user.id, element, value):
            raise CannotSubmit(f"{block_id}: {value} is not offered to {user.name}")
        return value
    return value if element.get("multiline") else value.replace("\n", " ")
