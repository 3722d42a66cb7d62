"""A client's WebSocket straight from ASGI, without a router around it."""

from typing import Any, cast

from litestar import WebSocket

from hypersim.api.dialect import Receive, Scope, Send
from hypersim.api.sockets import CloseCode


def connection_of(scope: Scope, receive: Receive, send: Send) -> WebSocket[Any, Any, Any]:
    """The connection, not accepted yet; closing it now answers the handshake with HTTP 403."""
    return WebSocket(cast(Any, scope), cast(Any, receive), cast(Any, send))


def address_of(scope: Scope) -> str:
    """The peer's IP address."""
    return scope["client"][0] if scope["client"] else ""


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Nothing is served there. An ASGI app."""
    await connection_of(scope, receive, send).close(CloseCode.POLICY_VIOLATION)
