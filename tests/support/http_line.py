"""A server in this process, and one connection to it byte by byte."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import cast

from hypersim.edge.asgi import AsgiApp
from hypersim.edge.edge import Edge
from hypersim.edge.limits import EdgeLimits
from hypersim.edge.server import HttpServer, listen

PATIENCE_S = 30
NEVER_S = 3_600
"""A deadline of the server that no test sees, however slow the machine is."""


class Line:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @property
    def port(self) -> int:
        """The client's own."""
        return int(self.writer.get_extra_info("sockname")[1])

    def stop_reading(self) -> None:
        """What comes from now on stays in the system."""
        cast(asyncio.Transport, self.writer.transport).pause_reading()

    def send(self, text: str, body: bytes = b"") -> None:
        """Lines of a request; the last one is followed by an empty one."""
        self.writer.write(text.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)

    async def answer(self) -> tuple[str, bytes]:
        """(head, body) of the next answer."""
        async with asyncio.timeout(PATIENCE_S):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            length = head.lower().partition("content-length: ")[2].partition("\r\n")[0]
            return head, await self.reader.readexactly(int(length or 0))

    async def status(self) -> int:
        """Of the next answer."""
        return int((await self.answer())[0].split(" ")[1])

    async def is_closed(self) -> bool:
        """Whether nothing more comes."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read() == b""

    async def ends(self) -> None:
        """Return once the server has ended the connection, in whatever way."""
        async with asyncio.timeout(PATIENCE_S):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(65_536):
                    pass


@contextlib.asynccontextmanager
async def serving(app: AsgiApp, limits: EdgeLimits | None = None) -> AsyncIterator[HttpServer]:
    """A server for the length of a block."""
    server = HttpServer(app, listen("127.0.0.1", 0, "--port"), Edge(limits))
    running = asyncio.create_task(server.run_until_stopped())
    await server.has_started.wait()
    try:
        yield server
    finally:
        server.stop()
        await running


@contextlib.asynccontextmanager
async def line_to(server: HttpServer) -> AsyncIterator[Line]:
    """A connection for the length of a block."""
    reader, writer = await asyncio.open_connection(*server.address, limit=2**20)
    try:
        yield Line(reader, writer)
    finally:
        # What the server does not read is not waited for.
        writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def until(is_so: Callable[[], bool]) -> None:
    """Poll, with a deadline."""
    for _ in range(PATIENCE_S * 200):
        if is_so():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not happen in time")
