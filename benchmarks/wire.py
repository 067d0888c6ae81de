"""HTTP/1.1 with as little work as there can be, so that the load side is never what is measured."""

import asyncio
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

LOCALHOST = "127.0.0.1"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, and when it was sent for and there, in seconds of `time.perf_counter`."""

    status: int
    body: bytes
    asked_at: float
    at: float

    @property
    def milliseconds(self) -> float:
        """How long it took."""
        return (self.at - self.asked_at) * 1000


class Connection(asyncio.Protocol):
    """A kept connection to the server: one request at a time."""

    transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way out."""
        self.transport = cast("asyncio.Transport", transport)
        self._buffer = b""
        self._asked_at = 0.0
        self._answer: asyncio.Future[Answer] | None = None

    def ask(self, request: bytes) -> asyncio.Future[Answer]:
        """Send a request that was made before; its answer comes later."""
        self._answer = asyncio.get_running_loop().create_future()
        self._asked_at = time.perf_counter()
        self.transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        """Put an answer together."""
        self._buffer += data
        found = _split(self._buffer)
        if found is None or self._answer is None:
            return
        head, body, self._buffer = found
        status = int(head[9:12])
        if not self._answer.done():
            self._answer.set_result(Answer(status, body, self._asked_at, time.perf_counter()))

    def connection_lost(self, error: Exception | None) -> None:
        """Tell whoever waits."""
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("the server has hung up"))


class Service(asyncio.Protocol):
    """A connection from the server to a remote end: `reply` gets path and body, and `send` for its answer."""

    def __init__(self, reply: Callable[[bytes, bytes, Callable[[bytes], None]], None]) -> None:
        self._reply = reply
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Answer whatever is whole."""
        self._buffer += data
        while found := _split(self._buffer):
            head, body, self._buffer = found
            self._reply(head.split(b" ", 2)[1], body, self._send)

    def _send(self, answer: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(answer)


async def connect(port: int) -> Connection:
    """Open a connection to a server on this machine."""
    _, connection = await asyncio.get_running_loop().create_connection(Connection, LOCALHOST, port)
    return connection


def response(body: bytes, *headers: bytes) -> bytes:
    """Write an answer with JSON in it."""
    lines = [
        b"HTTP/1.1 200 OK",
        b"Content-Type: application/json; charset=utf-8",
        b"Content-Length: %d" % len(body),
        *headers,
    ]
    return b"\r\n".join(lines) + _END + body


def _split(buffer: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Take one message from the front: its head, its body and the rest; None while it is not whole."""
    end = buffer.find(_END)
    if end < 0:
        return None
    length = _LENGTH.search(buffer, 0, end)
    begin = end + len(_END)
    whole = begin + (int(length[1]) if length else 0)
    return (buffer[:end], buffer[begin:whole], buffer[whole:]) if len(buffer) >= whole else None
