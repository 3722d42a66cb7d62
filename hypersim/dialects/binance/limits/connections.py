"""A client's WebSocket straight from ASGI, without a router around it, and how many a client may
open."""

from typing import Any, cast

import msgspec
from litestar import WebSocket

from hypersim.api.asgi import Receive, Scope, Send
from hypersim.api.edge.client import Counted
from hypersim.api.http.plain import JSON
from hypersim.api.sockets.socket import CloseCode
from hypersim.dialects.binance.errors.general import BinanceError, too_many_requests
from hypersim.dialects.binance.limits.weights import MINUTE_MS, Window

ATTEMPTS_5M = 300
"""Connections that a client may begin in five minutes, at each of the venue's two WebSocket hosts
(CHANGELOG of 2023-02-17)."""


class Attempts:
    """Connections begun per client of one host."""

    def __init__(self, *, is_enforced: bool) -> None:
        self._is_enforced = is_enforced
        self._begun = Window(5 * MINUTE_MS, ATTEMPTS_5M)

    def take(self, who: Counted, now_ms: int) -> None:
        """Count one. Raises -1003 when it is one too many."""
        begun = self._begun.add(who.name, 1, now_ms)
        if self._is_enforced and who.is_over(begun, self._begun.limit):
            raise too_many_requests(self._begun.end_ms(now_ms))


def connection_of(scope: Scope, receive: Receive, send: Send) -> WebSocket[Any, Any, Any]:
    """The connection, not accepted yet; closing it now answers the handshake with HTTP 403."""
    return WebSocket(cast(Any, scope), cast(Any, receive), cast(Any, send))


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing is served there. An ASGI app."""
    await connection_of(scope, receive, send).close(CloseCode.POLICY_VIOLATION)


async def refuse_handshake(send: Send, error: BinanceError, now_ms: int) -> None:
    """Answers a handshake as the REST API would, with status and body."""
    body = msgspec.json.encode(error.body())
    headers = [(b"content-type", JSON), (b"content-length", b"%d" % len(body))]
    if error.retry_at_ms is not None:
        headers.append((b"retry-after", b"%d" % max(1, -(-(error.retry_at_ms - now_ms) // 1000))))
    start = {"type": "websocket.http.response.start", "status": error.status, "headers": headers}
    await send(start)
    await send({"type": "websocket.http.response.body", "body": body})
