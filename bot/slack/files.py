"""Files in Slack: looking one up, downloading it, and sending one to a person.

Slack never says that the app isn't allowed to read a file: it redirects to a sign-in page, or sends one in
place of the file. Payloads may be minutes old and contain no more than an id, so Slack is always asked first.

Source: https://docs.slack.dev/reference/methods/files.info, …/files.getUploadURLExternal,
…/files.completeUploadExternal
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

import aiohttp

from bot.errors import FileNotReadable, SlackRefused, SlackUnavailable, SlackUncertain
from bot.slack.addresses import FILES, is_at, origin_of
from bot.slack.failures import REDIRECTS, failure_of, failures
from bot.slack.web_api import WebApi, read
from bot.timing import Timing

SIZE_LIMIT = 10 * 1024 * 1024
"""Bytes; source: https://docs.slack.dev/reference/block-kit/block-elements/file-input-element"""
READ_SCOPE, WRITE_SCOPE = "files:read", "files:write"

_CHUNK = 64 * 1024
_PROBLEMS = {"missing_scope": "no_access", "file_deleted": "deleted", "file_not_found": "not_shared"}
"""What Slack's codes mean for a file whose id came from Slack itself."""
_NO_ACCESS = {*REDIRECTS, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_DELETED = {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}
_PAGE_STARTS = (b"<!doctype html", b"<html")


@dataclass(frozen=True, kw_only=True)
class SlackFile:
    """A file in its current state."""

    id: str
    name: str = field(repr=False)
    size: int
    url: str = field(repr=False)


class SlackFiles:
    """The files the bot can see. Each method raises `SlackError`, and the reading ones `FileNotReadable`."""

    def __init__(self, api: WebApi, session: aiohttp.ClientSession, *, api_url: str, timing: Timing) -> None:
        """`api_url` ends with a slash; the session has the proxy, if there is one."""
        self._api, self._session, self._timing = api, session, timing
        self._origin = origin_of(FILES, api_url=api_url)

    async def info(self, file_id: str) -> SlackFile:
        """Look up a file (files.info)."""
        try:
            with _nothing_done():
                answer = await self._api.call(self._api.client.files_info, file=file_id)
                return read(answer, lambda body: _read_file(body["file"]))
        except SlackRefused as error:
            problem = _PROBLEMS.get(error.code)
            if problem is None:
                raise
            raise FileNotReadable(problem) from error

    async def download(self, file: SlackFile) -> bytes:
        """Download a file that was just looked up.

        If its length differs from what Slack said, it is downloaded again, and accepted if the content is the
        same. What `size` means for a text that Slack can show isn't documented.
        """
        if file.size > SIZE_LIMIT:
            raise FileNotReadable("too_large")
        if not is_at(self._origin, file.url):
            raise FileNotReadable("elsewhere")
        content = await self._api.twice(partial(self._download, file))
        if len(content) == file.size:
            return content
        again = await self._api.twice(partial(self._download, file))
        if again == content or len(again) == file.size:
            return again
        raise SlackUnavailable("incomplete")

    async def send(self, user_id: str, *, name: str, content: bytes, comment: str) -> None:
        """Send a person a file as a direct message; `comment` is mrkdwn.

        Only the last call shows it, so that call isn't repeated if its outcome is unclear.
        """
        file_id = await self._api.twice(partial(self._upload, name, content))
        shown = {"files": [{"id": file_id, "title": name}], "channels": user_id, "initial_comment": comment}
        # by its name: the SDK's method puts everything into the URL
        await self._api.call(self._api.client.api_call, api_method="files.completeUploadExternal", json=shown)

    async def _download(self, file: SlackFile) -> bytes:
        with _nothing_done(), failures():
            async with self._session.get(
                file.url,
                headers={"Authorization": f"Bearer {self._api.client.token}"},
                allow_redirects=False,
                middlewares=(),  # the session's own would treat a redirect as an unclear answer
                timeout=self._timeout,
            ) as answer:
                _check(answer)
                content = await _read_content(answer.content)
        if len(content) != file.size and _is_page(answer.content_type, content):
            raise FileNotReadable("no_access")
        return content

    async def _upload(self, name: str, content: bytes) -> str:
        """Upload a file that isn't shared yet, so the upload can be repeated whatever went wrong."""
        wanted = {"filename": name, "length": len(content)}
        with _nothing_done(), failures():
            answer = await self._api.call_once(
                self._api.client.api_call,
                self._timing.slack_timeout,
                api_method="files.getUploadURLExternal",
                data=wanted,  # it takes no JSON
            )
            file_id, address = read(answer, lambda body: (str(body["file_id"]), str(body["upload_url"])))
            if not is_at(self._origin, address):
                raise SlackRefused("not_an_upload_url")
            await self._hand_over(address, content)
        return file_id

    async def _hand_over(self, address: str, content: bytes) -> None:
        answer = await self._session.post(address, data=content, timeout=self._timeout)
        answer.release()
        if answer.status != HTTPStatus.OK:
            raise failure_of(answer.status, answer.headers, {})

    @property
    def _timeout(self) -> aiohttp.ClientTimeout:
        return aiohttp.ClientTimeout(total=self._timing.file_timeout)


@contextmanager
def _nothing_done() -> Iterator[None]:
    """Turn an unclear answer into one that can be retried, as the call changed nothing."""
    try:
        yield
    except SlackUncertain as error:
        raise SlackUnavailable(error.code, retry_after=0) from error


def _read_file(file: Any) -> SlackFile:  # noqa: ANN401 - any JSON; what is missing is an error of `read`
    if file.get("mode") == "tombstone":
        raise FileNotReadable("deleted")
    if file.get("mode") == "file_access":  # another company's, about which Slack says no more
        raise FileNotReadable("not_shared")
    url = file.get("url_private_download")
    if not url:  # such as a document at Google
        raise FileNotReadable("elsewhere")
    return SlackFile(id=str(file["id"]), name=str(file["name"]), size=int(file["size"]), url=str(url))


def _check(answer: aiohttp.ClientResponse) -> None:
    if answer.status in _NO_ACCESS:
        raise FileNotReadable("no_access")
    if answer.status in _DELETED:
        raise FileNotReadable("deleted")
    if answer.status != HTTPStatus.OK:
        raise failure_of(answer.status, answer.headers, {})


async def _read_content(stream: aiohttp.StreamReader) -> bytes:
    content = bytearray()
    async for chunk in stream.iter_chunked(_CHUNK):
        content += chunk
        if len(content) > SIZE_LIMIT:
            raise FileNotReadable("too_large")
    return bytes(content)


def _is_page(content_type: str, content: bytes) -> bool:
    """Return whether a sign-in page came in place of the file."""
    return content_type == "text/html" or content[:1024].lstrip().lower().startswith(_PAGE_STARTS)
