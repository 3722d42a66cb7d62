"""A TCP road to PostgreSQL that can be torn up and mended."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

from msgspec.structs import replace

from hypersim.storage.connection import ConnectionSettings

PIECE_BYTES = 65_536


class TcpProxy:
    """Listens on a port of its own and passes bytes to the database's socket, in a thread."""

    def __init__(self, database: ConnectionSettings) -> None:
        self._database = database
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._port = 0

    @property
    def settings(self) -> ConnectionSettings:
        """How to reach the database through here."""
        return replace(self._database, host="127.0.0.1", port=self._port)

    @property
    def url(self) -> str:
        """The same for --database-url."""
        settings = self.settings
        return f"postgresql://{settings.user}@{settings.host}:{settings.port}/{settings.database}"

    def start(self) -> None:
        """Open the road for the first time."""
        self._thread.start()
        self.mend()

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        self._do(self._cut())

    def mend(self) -> None:
        """Let traffic pass again, at the same port."""
        self._do(self._listen())

    def stop(self) -> None:
        """Take the road away."""
        self._do(self._cut())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._carry(reader, writer))
        self._connections.add(task)
        task.add_done_callback(self._connections.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = f"{self._database.host}/.s.PGSQL.{self._database.port}"
        answers, requests = await asyncio.open_unix_connection(path)
        ways = [
            asyncio.ensure_future(_pass_on(reader, requests)),
            asyncio.ensure_future(_pass_on(answers, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (requests, writer):
                end.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(PIECE_BYTES):
        writer.write(data)
        await writer.drain()


@contextlib.contextmanager
def tcp_proxy(database: ConnectionSettings) -> Iterator[TcpProxy]:
    """The road, for the length of a block."""
    proxy = TcpProxy(database)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
