"""What waits for a reader goes out together, as far as it is text and not too much."""

import asyncio
from typing import Any

import pytest

from hypersim.api.sockets.socket import (
    TOGETHER_BYTES_MAX,
    TOGETHER_FRAMES_MAX,
    Binary,
    Socket,
)
from hypersim.edge.sockets.control import EXTENSION, CloseCode, Control
from hypersim.service.clock import WallClock
from hypersim.service.outboxes import Outboxes


class Server:
    """Beneath a socket. `messages` are what it was given to send; its client says nothing."""

    def __init__(self, *, takes_utf8: bool = True) -> None:
        self.messages: list[Any] = []
        control = Control(takes_utf8=takes_utf8)
        scope = {"extensions": {EXTENSION: {"control": control}}}
        self.socket = Socket(scope, self._receive, self._send, Outboxes(), WallClock())

    async def sent(self) -> list[Any]:
        """All that was said, once it is."""
        self.socket.finish(CloseCode.NORMAL, "")
        await self.socket.serve(self._hear)
        *sent, last = self.messages
        assert last["type"] == "websocket.close"
        return [message.get("bytes") or message["text"] for message in sent]

    async def _receive(self) -> Any:
        await asyncio.Event().wait()

    async def _send(self, message: Any) -> None:
        self.messages.append(message)

    async def _hear(self, _: str) -> None:
        return


async def test_what_lies_in_an_outbox_is_written_at_once() -> None:
    server = Server()
    frames = [b"%d" % number for number in range(10)]
    for frame in frames:
        server.socket.push(frame)
    assert await server.sent() == [frames]


async def test_a_frame_that_is_no_text_goes_by_itself_and_in_its_place() -> None:
    server = Server()
    for frame in ("a", b"b", Binary(b"c"), Binary(b"d"), b"e"):
        server.socket.push(frame)
    assert await server.sent() == [[b"a", b"b"], b"c", b"d", [b"e"]]


@pytest.mark.parametrize(
    ("length", "count", "together"),
    [
        (1, TOGETHER_FRAMES_MAX + 1, [TOGETHER_FRAMES_MAX, 1]),
        (TOGETHER_BYTES_MAX // 2, 3, [2, 1]),
        (TOGETHER_BYTES_MAX + 1, 2, [1, 1]),
    ],
)
async def test_not_too_much_goes_at_once(length: int, count: int, together: list[int]) -> None:
    server = Server()
    for _ in range(count):
        server.socket.push(b"x" * length)
    assert list(map(len, await server.sent())) == together


async def test_another_server_gets_text_by_text() -> None:
    server = Server(takes_utf8=False)
    for frame in (b"a", b"b"):
        server.socket.push(frame)
    assert await server.sent() == ["a", "b"]
