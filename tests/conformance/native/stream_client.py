"""A plain client of `/v1/ws`."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.support.server import DEMO_KEY, DEMO_SECRET, ServerProcess

DEADLINE_S = 30
Message = dict[str, Any]


class StreamClient:
    """Sends JSON, and waits for what must come."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def send(self, **message: Any) -> None:
        """One request."""
        await self.connection.send(json.dumps(message))

    async def next(self) -> Message:
        """The next frame."""
        async with asyncio.timeout(DEADLINE_S):
            message: Message = json.loads(await self.connection.recv())
        return message

    async def next_of(self, channel: str) -> Message:
        """The next push of this channel; what comes in between is passed over."""
        while (message := await self.next()).get("channel") != channel or "op" in message:
            pass
        return message

    async def ask(self, **message: Any) -> Message:
        """A request's answer, which must be the next frame that is no push."""
        await self.send(**message)
        while "data" in (answer := await self.next()):
            pass
        return answer

    async def subscribe(self, channel: str, **more: Any) -> Message:
        """A subscription that must be confirmed."""
        answer = await self.ask(op="subscribe", channel=channel, **more)
        assert answer["op"] == "subscribed", answer
        return answer

    async def log_in(self, key: str = DEMO_KEY, secret: str = DEMO_SECRET) -> None:
        """A login that must succeed."""
        answer = await self.ask(op="login", **signed(key, secret))
        assert answer == {"op": "logged_in"}, answer

    async def silent(self) -> list[Message]:
        """Everything that was pushed up to now."""
        await self.send(op="ping", id="up to here")
        pushed = []
        while (message := await self.next()) != {"id": "up to here", "op": "pong"}:
            pushed.append(message)
        return pushed

    async def closed(self) -> tuple[int | None, str | None]:
        """(code, reason) with which the server closes the socket."""
        with contextlib.suppress(ConnectionClosed):
            async with asyncio.timeout(DEADLINE_S):
                while True:
                    await self.connection.recv()
        return self.connection.close_code, self.connection.close_reason


def signed(key: str, secret: str, age_ms: int = 0) -> Message:
    """The fields of a login, stamped `age_ms` ago."""
    timestamp = str(time.time_ns() // 1_000_000 - age_ms)
    payload = f"{timestamp}GET/v1/ws".encode()
    signature = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
    return {"apiKey": key, "timestamp": timestamp, "signature": signature}


@contextlib.asynccontextmanager
async def stream_of(server: ServerProcess) -> AsyncIterator[StreamClient]:
    """A connected client."""
    url = server.websocket_url + "/v1/ws"
    # A client that stops reading while a test looks elsewhere could not even be closed.
    async with connect(url, proxy=None, max_queue=None) as connection:
        yield StreamClient(connection)
