"""A WebSocket client without a socket, for an ASGI app in the test's own process."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

DEADLINE_S = 10


def scope_of(path: str, address: str = "127.0.0.1") -> Any:
    """A handshake from this address."""
    return {
        "type": "websocket",
        "path": path,
        "query_string": b"",
        "headers": [],
        "client": (address, 1),
    }


class Peer:
    """The ASGI server's side of one connection, which stops sending when nobody reads. Numbers with
    a point are what `parse_float` makes of them."""

    def __init__(self, parse_float: Callable[[str], Any] = float) -> None:
        self._parse_float = parse_float
        self._events: asyncio.Queue[Any] = asyncio.Queue()
        self.close_code: int | None = None
        self.refused: int | None = None
        """The status with which the handshake was answered, as over HTTP."""
        self.is_reading = asyncio.Event()
        self.is_reading.set()
        self.received: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.received.put_nowait({"type": "websocket.connect"})

    async def receive(self) -> dict[str, Any]:
        """ASGI."""
        return await self.received.get()

    async def send(self, message: Any) -> None:
        """ASGI."""
        await self.is_reading.wait()
        if message["type"] == "websocket.send" and "bytes" in message:
            self._events.put_nowait(message["bytes"])
        elif message["type"] == "websocket.send":
            self._events.put_nowait(json.loads(message["text"], parse_float=self._parse_float))
        elif message["type"] == "websocket.close":
            self.close_code = message["code"]
        elif message["type"] == "websocket.http.response.start":
            self.refused = message["status"]

    @property
    def is_empty(self) -> bool:
        """Nothing came that was not looked at."""
        return self._events.empty()

    async def next(self) -> Any:
        """The next frame."""
        async with asyncio.timeout(DEADLINE_S):
            return await self._events.get()

    async def list(self) -> list[str]:
        """What it listens to; who hears this has joined whatever the URL named."""
        self.say("LIST_SUBSCRIPTIONS")
        names: list[str] = (await self.next())["result"]
        return names

    def say(self, method: str, *params: str) -> None:
        """A request of the streams' kind."""
        self.ask({"method": method, "params": params, "id": 1})

    def ask(self, request: object) -> None:
        """Any request."""
        text = json.dumps(request)
        self.received.put_nowait({"type": "websocket.receive", "text": text})

    def hang_up(self) -> None:
        """Go away."""
        self.received.put_nowait({"type": "websocket.disconnect", "code": 1000})
