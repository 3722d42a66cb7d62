"""Handshakes as the watch sees them: they stand among what a bot sent, and rules hear of them."""

from collections.abc import MutableMapping
from typing import Any

from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.client import client_of
from hypersim.service.contents import Sent
from hypersim.service.watch.facts import Connected, Disconnected
from hypersim.service.watch.requests import Request
from hypersim.service.watch.watch import Watch

HANDSHAKE = "hypersim.handshake"
"""In the scope of a socket that is watched: its handshake."""

_ACCEPTED, _FORBIDDEN = 101, 403


async def watched(
    watch: Watch, dialect: str, serve: AsgiApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Serve a socket, seen from its handshake to its end."""
    sent = Sent("GET", scope["path"], scope["query_string"], b"", bool)
    address = client_of(scope).address
    handshake = scope[HANDSHAKE] = watch.shook_hands(dialect, sent, address)

    async def note(message: MutableMapping[str, Any]) -> None:
        if handshake.status is None:
            handshake.status = _status_of(message)
            handshake.ended = watch.now()
        await send(message)

    watch.at(address, Connected(handshake))
    try:
        await serve(scope, receive, note)
    finally:
        watch.at(address, Disconnected(handshake, watch.now()))


def handshake_of(scope: Scope) -> Request | None:
    """The socket's, if it is watched."""
    found: Request | None = scope.get(HANDSHAKE)
    return found


def _status_of(message: MutableMapping[str, Any]) -> int:
    match message["type"]:
        case "websocket.accept":
            return _ACCEPTED
        case "websocket.http.response.start":
            status: int = message["status"]
            return status
        case _:
            return _FORBIDDEN
