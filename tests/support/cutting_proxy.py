"""Stands between a client and PostgreSQL and breaks the connection at the worst moment."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from msgspec.structs import replace

from hypersim.storage.connection import ConnectionSettings


class CuttingProxy:
    """Passes bytes on. After `swallow_answer()`, the next thing that the server says, for instance
    that it has committed, is lost together with the connection."""

    def __init__(self, server: ConnectionSettings) -> None:
        self._server_socket = f"{server.host}/.s.PGSQL.{server.port}"
        self._swallows = False
        self.cuts = 0

    def swallow_answer(self) -> None:
        """Let the client never hear what becomes of its next request."""
        self._swallows = True

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        answers, requests = await asyncio.open_unix_connection(self._server_socket)
        passing = [
            asyncio.create_task(self._pass_requests(reader, requests)),
            asyncio.create_task(self._pass_answers(answers, writer)),
        ]
        await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)
        writer.close()
        requests.close()

    async def _pass_requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        while data := await reader.read(65_536):
            if self._swallows:
                self._swallows = False
                self.cuts += 1
                return
            writer.write(data)
            await writer.drain()


@contextlib.asynccontextmanager
async def cutting_proxy(
    database: ConnectionSettings, directory: Path
) -> AsyncIterator[tuple[CuttingProxy, ConnectionSettings]]:
    """The proxy, and how to reach the database through it. `directory` has a short path."""
    proxy = CuttingProxy(database)
    path = directory / f".s.PGSQL.{database.port}"
    server = await asyncio.start_unix_server(proxy.serve, path)
    try:
        yield proxy, replace(database, host=str(directory))
    finally:
        server.close()
        path.unlink(missing_ok=True)
