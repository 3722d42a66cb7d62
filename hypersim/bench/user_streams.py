"""User data streams that are heard while orders are placed, and counted: none may be missing."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from hypersim.bench.binance_workload import signature_of
from hypersim.bench.load import ClientFailed
from hypersim.bench.processes import Listening
from hypersim.bench.workload import Trader

LATE_MAX_S = 10.0
"""How long user data streams may still have to tell once all orders are placed."""

_PLACED = b'"x":"NEW"'


class UserStreams:
    """What has been heard so far: all events, and those that say that an order was taken."""

    def __init__(self) -> None:
        self.events = 0
        self.orders = 0
        self._end = ""
        self._heard = asyncio.Event()

    async def wait_for_orders(self, count: int, timeout_s: float = LATE_MAX_S) -> None:
        """Return once so many orders were heard of, and no more. Raises ClientFailed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self.orders < count and not self._end:
                    self._heard.clear()
                    await self._heard.wait()
        if self._end:
            raise ClientFailed(f"a user data stream ended: {self._end}")
        if self.orders != count:
            raise ClientFailed(f"user data streams told of {self.orders} orders, not of {count}")

    async def listen(self, connection: ClientConnection) -> None:
        """Count what comes until canceled."""
        try:
            while True:
                frame = await connection.recv(decode=False)
                self.events += 1
                self.orders += _PLACED in frame
                self._heard.set()
        except ConnectionClosed as end:
            self._end = str(end)
            self._heard.set()


@contextlib.asynccontextmanager
async def listening(server: Listening, traders: Sequence[Trader]) -> AsyncIterator[UserStreams]:
    """One connection and subscription for each of the traders. Raises ClientFailed."""
    streams = UserStreams()
    async with contextlib.AsyncExitStack() as stack:
        tasks = []
        for trader in traders:
            url = f"ws://{server.authority}/ws-api/v3"
            connection = await stack.enter_async_context(connect(url, proxy=None))
            await _subscribe(connection, trader)
            tasks.append(asyncio.create_task(streams.listen(connection)))
        try:
            yield streams
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def _subscribe(connection: ClientConnection, trader: Trader) -> None:
    signed = {"apiKey": trader.key, "timestamp": time.time_ns() // 1_000_000}
    payload = "&".join(f"{name}={value}" for name, value in signed.items())
    request = {
        "id": 1,
        "method": "userDataStream.subscribe.signature",
        "params": signed | {"signature": signature_of(payload, trader)},
    }
    await connection.send(msgspec.json.encode(request), text=True)
    answer = await connection.recv(decode=False)
    if msgspec.json.decode(answer).get("status") != 200:
        raise ClientFailed(f"userDataStream.subscribe.signature was answered: {answer[:300]!r}")
