"""A TCP road to a server that can be torn up and mended, in the test's own event loop."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

PIECE_BYTES = 65_536


class BreakableRoad:
    """Listens on a port of its own and passes bytes to the server's."""

    def __init__(self, server_url: str) -> None:
        where = urlsplit(server_url)
        assert where.hostname is not None and where.port is not None
        self._server_address = (where.hostname, where.port)
        self._listener: asyncio.Server | None = None
        self._rides: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def url(self) -> str:
        """http://…, through here."""
        return f"http://127.0.0.1:{self._port}"

    async def mend(self) -> None:
        """Let traffic pass, always at the same port."""
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._listener.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        if self._listener is not None:
            self._listener.close()
        for ride in self._rides:
            ride.cancel()
        await asyncio.gather(*self._rides, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ride = asyncio.create_task(self._carry(reader, writer))
        self._rides.add(ride)
        ride.add_done_callback(self._rides.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, requests = await asyncio.open_connection(*self._server_address)
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pass_on(reader, requests))
                ways.create_task(_pass_on(answers, writer))
        finally:
            for end in (requests, writer):
                end.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(PIECE_BYTES):
            writer.write(data)
            await writer.drain()
    # The other way has nobody to go to either.
    writer.transport.abort()


@contextlib.asynccontextmanager
async def breakable_road(server_url: str) -> AsyncIterator[BreakableRoad]:
    """The road, for the length of a block."""
    road = BreakableRoad(server_url)
    await road.mend()
    try:
        yield road
    finally:
        await road.cut()
