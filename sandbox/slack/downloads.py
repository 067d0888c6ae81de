"""What somebody gets who asks for a file's bytes: the file, or one of Slack's ways to say no. No I/O.

No access is never 401. Slack leads to a page to sign in, or sends such a page with status 200: seen by many
(slackapi/bolt-js#2585, vercel/eve#1317). A deleted file is gone (jademind/slack-files-download#4).
"""

from sandbox.slack.files import is_seen_by_app, mimetype
from sandbox.slack.traffic import Answer
from sandbox.slack.workspace import File, Workspace

LOGIN_PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Sign in | Slack</title></head>
<body><h1>Sign in to your workspace</h1></body></html>
"""
GONE = 410
FOUND = 302


def answer(workspace: Workspace, ids: str, *, may_read: bool) -> Answer:
    """Answer a download by `ids`, the workspace's and the file's; `may_read` says whether the token may."""
    file = workspace.files.get(ids.rpartition("-")[2])
    trap = workspace.file_trap
    if file and (file.is_deleted or trap in {"deleted", "gone"}):
        return Answer("Gone", GONE)
    if trap == "login_page":
        return Answer(LOGIN_PAGE)
    if file is None or not may_read or trap in {"login_redirect", "not_shared", "not_visible"}:
        return _to_login(workspace, ids)
    return _content(file, trap) if is_seen_by_app(workspace, file) else _to_login(workspace, ids)


def _to_login(workspace: Workspace, ids: str) -> Answer:
    return Answer("", FOUND, leads_to=f"{workspace.files_url}/login?redir=%2Ffiles-pri%2F{ids}")


def _content(file: File, trap: str) -> Answer:
    content = file.content * 2 if trap == "too_long" else file.content
    told = f"({len(content)} bytes)"
    return Answer(told, file=content, content_type=mimetype(file), breaks_off=trap == "cut_off")
