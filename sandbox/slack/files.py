"""Files: uploaded by a person or by the app, described, and kept from whom they are not for. No I/O.

Follows docs.slack.dev/reference/objects/file-object, …/methods/files.info, files.getUploadURLExternal and
files.completeUploadExternal.
"""

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from sandbox.slack.workspace import File, RefusalError, Workspace

READ_SCOPE = "files:read"
"""What an app needs to ask for files in a form, to be told of one, and to download it."""
LARGEST_IN_FORM = 10 * 1024 * 1024
"""Bytes of a file that a `file_input` takes."""
LARGEST_UPLOAD = 1024 * 1024 * 1024
TRAPS = {
    "login_redirect": "The download leads to a login page",
    "login_page": "The download is a login page, with status 200",
    "stub": "The file is another company's: payloads give nothing but its id",
    "not_shared": "The file is another company's, and isn't shared with the app",
    "not_visible": "The file is in a place that the app doesn't see",
    "deleted": "The file is deleted after it was chosen",
    "gone": "The file is deleted just before it is downloaded",
    "cut_off": "The download breaks off",
    "other_size": "The file has another size than Slack says",
    "too_long": "The download is longer than it should be",
    "elsewhere": "The address of the file is not Slack's",
}
"""What can be wrong with all files, until it is switched off again: `Workspace.file_trap` is one of these."""
_STUB = ("stub", "not_shared")
_KINDS = {
    "csv": ("text/csv", "CSV"),
    "json": ("application/json", "JSON"),
    "txt": ("text/plain", "Plain Text"),
    "tsv": ("text/tab-separated-values", "TSV"),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "Excel Spreadsheet"),
}
_OTHER = ("application/octet-stream", "Binary")


def upload(workspace: Workspace, user_id: str, name: str, content: bytes, *, in_form: bool = False) -> File:
    """Keep a file of a person; one that was uploaded in a form of the app is there for the app to see."""
    file = File(f"F{workspace.number():09d}", name, user_id, int(workspace.clock()), content)
    file.is_for_app = in_form
    workspace.files[file.id] = file
    return file


def extension(name: str) -> str:
    """Give the extension of a file's name, in lower case."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def mimetype(file: File) -> str:
    """Give the content type that Slack derives from the name."""
    return _KINDS.get(extension(file.name), _OTHER)[0]


def pretty_type(file: File) -> str:
    """Say what kind of file it is, as people read it."""
    return _KINDS.get(extension(file.name), _OTHER)[1]


def file_object(workspace: Workspace, file: File) -> dict[str, Any]:
    """Describe a file as payloads and answers do; another company's is a stub."""
    if workspace.file_trap in _STUB:
        return _stub(file)
    if file.is_deleted:
        return {"id": file.id, "mode": "tombstone"}
    return _described(workspace, file)


def info(workspace: Workspace, file_id: object) -> dict[str, Any]:
    """Describe a file to the app, or say why not."""
    file = workspace.files.get(str(file_id))
    if file is None or not file.is_complete or workspace.file_trap == "not_visible":
        raise RefusalError("file_not_found")
    if file.is_deleted or workspace.file_trap == "deleted":
        raise RefusalError("file_deleted")
    if not is_seen_by_app(workspace, file):
        raise RefusalError("file_not_found")
    return _stub(file) if workspace.file_trap == "not_shared" else _described(workspace, file)


def is_seen_by_app(workspace: Workspace, file: File) -> bool:
    """Return whether the app may read a file: its own, of its forms, or of a channel that the bot is in.

    A public channel does not suffice, by docs.slack.dev/reference/scopes/files.read: "View files shared in
    channels and conversations that your Slack app has been added to".
    """
    channels = (workspace.channels[each] for each in file.shared_in)
    return file.is_for_app or any(workspace.bot_user_id in each.members for each in channels)


def is_seen_by(workspace: Workspace, file: File, user_id: str) -> bool:
    """Return whether a person sees a file: their own, or one of a channel that they see."""
    channels = (workspace.channels[each] for each in file.shared_in)
    return file.user_id == user_id or any(each.is_seen_by(user_id) for each in channels)


def reserve(workspace: Workspace, arguments: Mapping[str, Any]) -> File:
    """Make a place for a file of the app: its name, and exactly how many bytes it will have."""
    name, length = arguments.get("filename"), str(arguments.get("length", ""))
    missing = [field for field in ("filename", "length") if not arguments.get(field)]
    if missing:
        sentences = [f"[ERROR] missing required field: {field}" for field in missing]
        raise RefusalError("invalid_arguments", response_metadata={"messages": sentences})
    if not isinstance(name, str) or not length.isdecimal() or int(length) > LARGEST_UPLOAD:
        raise RefusalError("invalid_arguments")
    file = upload(workspace, workspace.bot_user_id, name, b"", in_form=True)
    file.length, file.ticket, file.is_complete = int(length), secrets.token_urlsafe(24), False
    return file


def upload_url(workspace: Workspace, file: File) -> str:
    """Give the address that takes the bytes of a reserved file, once."""
    return f"{workspace.files_url}/upload/v1/{file.ticket}"


def fill(workspace: Workspace, ticket: str, content: bytes) -> File:
    """Take the bytes of a reserved file, of the promised length, and once."""
    found = [each for each in workspace.files.values() if each.ticket and each.ticket == ticket]
    if not found:
        raise RefusalError("upload_not_found")
    file, found[0].ticket = found[0], ""
    if len(content) != file.length:
        raise RefusalError("length_mismatch")
    file.content, file.is_filled = content, True
    return file


def complete(workspace: Workspace, wanted: object) -> list[File]:
    """End the uploads of files that have their bytes; each is ended once."""
    named = [each for each in wanted if isinstance(each, dict)] if isinstance(wanted, list) else []
    if not named:
        raise RefusalError("invalid_arguments")
    files = [workspace.files.get(str(each.get("id"))) for each in named]
    found = [each for each in files if each is not None and each.is_filled and not each.is_complete]
    if len(found) < len(named):
        raise RefusalError("file_not_found")
    for file, fields in zip(found, named, strict=True):
        file.is_complete, file.title = True, str(fields.get("title") or file.name)
    return found


def _stub(file: File) -> dict[str, Any]:
    return {
        "id": file.id,
        "mode": "file_access",
        "file_access": "check_file_info",
        "created": 0,
        "timestamp": 0,
        "user": "",
    }


def _described(workspace: Workspace, file: File) -> dict[str, Any]:
    host = "https://files.example.com" if workspace.file_trap == "elsewhere" else workspace.files_url
    address = f"{host}/files-pri/{workspace.team_id}-{file.id}"
    name = quote(file.name.lower().replace(" ", "_"))
    return {
        "id": file.id,
        "created": file.created,
        "timestamp": file.created,
        "name": file.name,
        "title": file.title or file.name,
        "mimetype": mimetype(file),
        "filetype": extension(file.name) or "binary",
        "pretty_type": pretty_type(file),
        "user": file.user_id,
        "user_team": workspace.team_id,
        "editable": False,
        "size": len(file.content) + (1 if workspace.file_trap == "other_size" else 0),
        "mode": "hosted",
        "is_external": False,
        "external_type": "",
        "is_public": any(workspace.channels[each].kind == "public" for each in file.shared_in),
        "public_url_shared": False,
        "url_private": f"{address}/{name}",
        "url_private_download": f"{address}/download/{name}",
        "permalink": f"https://sandbox.slack.com/files/{file.user_id}/{file.id}/{name}",
        "channels": sorted(file.shared_in),
    }
