"""The admin API of an in-memory exchange behind a real socket, served from a thread."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator

from hypersim.edge.server import HttpServer, listen, serve_all
from tests.support.memory_admin import TOKEN
from tests.support.memory_exchange import MemoryExchange, memory_exchange

START_TIMEOUT_S = 30


class MemoryServer:
    """`url` and `token` are what a client needs; its `exchange` is watched."""

    exchange: MemoryExchange

    def __init__(self) -> None:
        self.url = ""
        self.token = TOKEN
        self._is_ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))

    def start(self) -> None:
        """Return once it serves."""
        self._thread.start()
        assert self._is_ready.wait(START_TIMEOUT_S), "the in-memory server did not start"

    def stop(self) -> None:
        """Return once it has ended."""
        self._loop.call_soon_threadsafe(self._server.stop)
        self._thread.join()

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        async with memory_exchange(is_watched=True) as exchange:
            self.exchange = exchange
            with listen("127.0.0.1", 0, "--port") as bound:
                self._server = HttpServer(exchange.admin_app, bound)
                serving = asyncio.create_task(serve_all([self._server]))
                await self._server.has_started.wait()
                host, port = self._server.address
                self.url = f"http://{host}:{port}"
                self._is_ready.set()
                await serving


@contextlib.contextmanager
def memory_server() -> Iterator[MemoryServer]:
    """A server for the length of a block."""
    server = MemoryServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
