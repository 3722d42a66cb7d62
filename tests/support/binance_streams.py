"""A plain client of the Binance dialect's market streams."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

DEADLINE_S = 30

Message = Any


class StreamsClient:
    """Sends JSON, and waits for what must come."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self._next_id = 0

    async def next(self) -> Message:
        """The next frame."""
        async with asyncio.timeout(DEADLINE_S):
            return json.loads(await self.connection.recv())

    async def send(self, text: str) -> Message:
        """What the server says to this text; events before it are passed over."""
        await self.connection.send(text)
        while True:
            answer = await self.next()
            if isinstance(answer, dict) and ("result" in answer or "error" in answer):
                return answer

    async def ask(self, method: str, *params: Any, **more: Any) -> Message:
        """The result of a request that must succeed."""
        self._next_id += 1
        request: dict[str, Any] = {"method": method, "id": self._next_id, **more}
        if params:
            request["params"] = list(params)
        answer = await self.send(json.dumps(request))
        assert answer.keys() == {"result", "id"}, answer
        assert answer["id"] == request["id"]
        return answer["result"]

    async def next_of(self, event: str) -> Message:
        """The next event of this type; others are passed over."""
        while True:
            message = await self.next()
            if isinstance(message, dict) and message.get("e") == event:
                return message

    async def events(self, seconds: float) -> list[Message]:
        """Everything that comes within some time."""
        found, end_s = [], time.monotonic() + seconds
        with contextlib.suppress(TimeoutError):
            while (left_s := end_s - time.monotonic()) > 0:
                async with asyncio.timeout(left_s):
                    found.append(json.loads(await self.connection.recv()))
        return found

    async def closed(self) -> tuple[int | None, str | None]:
        """(code, reason) with which the server closes the connection."""
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason


@contextlib.asynccontextmanager
async def market_streams(
    websocket_url: str, path: str = "/ws", **options: Any
) -> AsyncIterator[StreamsClient]:
    """A connection for the length of a block."""
    options = {"proxy": None, "max_queue": None, **options}
    async with connect(f"{websocket_url}{path}", **options) as connection:
        yield StreamsClient(connection)
