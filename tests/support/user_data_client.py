"""A client that listens to an account: it keeps every event, and knows when it has them all."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.support.binance_client import Signer, signed_params

DEADLINE_S = 30
Event = dict[str, Any]


class EventSocket:
    """A connection whose pushes are kept in order. `fence` is a request without parameters: what
    was pushed before its answer is everything that had happened by then."""

    def __init__(self, connection: ClientConnection, fence: str) -> None:
        self.connection = connection
        self.frames: list[Event] = []
        self._fence = fence
        self._ids = itertools.count(1)

    async def exchange(self, method: str, params: object = None) -> Event:
        """The response to a request; what is pushed before it is kept."""
        request_id = next(self._ids)
        request = {"id": request_id, "method": method}
        await self.connection.send(json.dumps(request | ({"params": params} if params else {})))
        while (frame := await self.next_frame()).get("id") != request_id:
            self.frames.append(frame)
        return frame

    async def ask(self, method: str, **params: Any) -> Any:
        """The result of a request that must succeed."""
        response = await self.exchange(method, params)
        assert response.get("status", 200) == 200, response
        return response["result"]

    async def next_frame(self) -> Event:
        """Whatever comes next, kept frames aside."""
        async with asyncio.timeout(DEADLINE_S):
            frame: Event = json.loads(await self.connection.recv())
        return frame

    async def pushed(self) -> list[Event]:
        """All frames since the last call that are no responses."""
        await self.exchange(self._fence)
        frames, self.frames = self.frames, []
        return frames

    async def events(self) -> list[Event]:
        """The same, out of whatever they are wrapped in."""
        return [frame.get("event") or frame.get("data") or frame for frame in await self.pushed()]


async def subscribe(socket: EventSocket, key: str, signer: Signer) -> int:
    """The id of a new subscription to the key's account."""
    params = signed_params(key, signer)
    result = await socket.ask("userDataStream.subscribe.signature", **params)
    subscription_id: int = result["subscriptionId"]
    return subscription_id


@contextlib.asynccontextmanager
async def api_socket(websocket_url: str, query: str = "") -> AsyncIterator[EventSocket]:
    """A connection to the WebSocket API."""
    async with connect(f"{websocket_url}/ws-api/v3{query}", proxy=None, max_queue=None) as made:
        yield EventSocket(made, "ping")


@contextlib.asynccontextmanager
async def stream_socket(websocket_url: str, target: str) -> AsyncIterator[EventSocket]:
    """A connection to the streams."""
    async with connect(f"{websocket_url}{target}", proxy=None, max_queue=None) as made:
        yield EventSocket(made, "LIST_SUBSCRIPTIONS")
