"""A client's end of a connection that the test holds: bytes in, bytes out, and no socket."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from hypersim.edge.asgi import AsgiApp
from hypersim.edge.edge import Edge
from hypersim.edge.http.protocol import HttpProtocol
from hypersim.edge.http.short import ShortRequest


class Wire(asyncio.Transport):
    """Keeps what is written, and calls `heard` whenever something is."""

    def __init__(self, heard: Callable[[], None] | None = None) -> None:
        super().__init__()
        self.written = bytearray()
        self.is_closed = False
        self._heard = heard

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data
        if self._heard is not None:
            self._heard()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return {"peername": ("192.0.2.1", 5), "sockname": ("192.0.2.2", 80)}.get(name, default)

    def is_closing(self) -> bool:
        return self.is_closed

    def close(self) -> None:
        self.is_closed = True
        if self._heard is not None:
            self._heard()

    abort = close

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None:
        return

    def resume_reading(self) -> None:
        return

    def get_write_buffer_size(self) -> int:
        return 0


class HttpWire:
    """One connection to an app, over the server's own protocol."""

    def __init__(self, app: AsgiApp) -> None:
        config = uvicorn.Config(
            app,
            interface="asgi3",
            lifespan="off",
            log_config=None,
            server_header=False,
            proxy_headers=False,
        )
        config.load()
        self._wire = Wire(self._heard)
        self._protocol = HttpProtocol(
            Edge(), config=config, server_state=ServerState(), app_state={}
        )
        self._protocol.connection_made(self._wire)
        self._answered: asyncio.Future[None] | None = None

    @property
    def was_short(self) -> bool:
        """Whether the last request was answered without parser and task."""
        return isinstance(self._protocol._active, ShortRequest)

    async def answer(self, *pieces: bytes) -> bytes:
        """What comes back first, which for a short answer is all of it. Raises ConnectionError when
        nothing does: the next request then needs another wire."""
        self._wire.written.clear()
        loop = asyncio.get_running_loop()
        self._answered = loop.create_future()
        # As on a server: by the event loop, in nobody's task.
        for piece in pieces:
            loop.call_soon(self._protocol.data_received, piece)
        await self._answered
        if self._wire.is_closed and not self._wire.written:
            raise ConnectionError("closed without an answer")
        return bytes(self._wire.written)

    async def whole_answer(self, *pieces: bytes) -> bytes:
        """What comes back, however many pieces it comes in."""
        await self.answer(*pieces)
        while not _is_whole(self._wire.written):
            self._answered = asyncio.get_running_loop().create_future()
            await self._answered
        return bytes(self._wire.written)

    def hang_up(self) -> None:
        """The client goes away, whatever it was waiting for."""
        self._protocol.eof_received()
        self._wire.close()

    def _heard(self) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_result(None)


def _is_whole(answer: bytes | bytearray) -> bool:
    head, end, body = bytes(answer).partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    return bool(end) and length is not None and len(body) >= int(length[1])
