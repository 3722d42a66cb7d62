"""The gate in front of every app: who the client is, and whether its browser may do this.

What a page of another site may not do is refused here, whatever the app would say; the answers to
a browser's questions (preflights) are given here too.
"""

import re
from collections.abc import Iterable, MutableMapping
from functools import lru_cache, partial
from typing import Any, Protocol, runtime_checkable

import msgspec

from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.client import Clients
from hypersim.edge.edge import Edge
from hypersim.edge.forwarded import Contradiction
from hypersim.edge.origins import Origins, Page
from hypersim.edge.plain import Answer, HandlingApp, Header, Response, send_response
from hypersim.edge.reasons import EdgeReason
from hypersim.edge.sockets.control import CloseCode

CORS_PUBLIC: tuple[Header, ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, OPTIONS"),
)
"""With every answer that any page may read."""

HANDLERS_KEPT = 1_024
"""Methods and paths whose handlers are not looked for again."""

_ALL_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
_READING = ("GET", "HEAD", "OPTIONS")
_HEADER_NAMES = re.compile(rb"[A-Za-z0-9-]{1,64}(?:, ?[A-Za-z0-9-]{1,64}){0,31}")

_CONTRADICTION = Response(
    400,
    b'{"error":{"code":"INVALID_REQUEST","message":"Forwarded and X-Forwarded-For name different '
    b'clients; the proxy must set one and remove the other","details":{}}}',
)


@runtime_checkable
class GuardedApp(Protocol):
    """An app that knows what of it is public, and words a refusal. Of others nothing is."""

    def is_public(self, method: str, path: str) -> bool:
        """Whether any web page may ask this."""
        ...

    def forbidden(self, path: str, problem: str) -> Response:
        """Tells a page that it may not."""
        ...


class Gate:
    """An ASGI app around an app. `edge` counts who is sent away."""

    def __init__(self, app: AsgiApp, clients: Clients, origins: Origins, edge: Edge) -> None:
        self._app = app
        self._handler = (
            lru_cache(HANDLERS_KEPT)(app.handler) if isinstance(app, HandlingApp) else None
        )
        self._guarded = app if isinstance(app, GuardedApp) else None
        self._clients = clients
        self._origins = origins
        self._edge = edge

    def plain(self, scope: Scope) -> Answer | None:
        """See `PlainApp`. What comes from a page goes over ASGI, where there is more to say."""
        if self._handler is None:
            return None
        try:
            self._clients.of(scope)
        except Contradiction:
            return None
        page = self._origins.page(scope)
        if page.origin or page.problem:
            return None
        handler = self._handler(scope["method"], scope["path"])
        return None if handler is None else partial(handler, scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        is_http = scope["type"] == "http"
        try:
            self._clients.of(scope)
        except Contradiction:
            await (send_response(send, _CONTRADICTION) if is_http else _hang_up(send))
            return
        page = self._origins.page(scope)
        if is_http:
            await self._answer(page, scope, receive, send)
        elif page.problem is None:
            await self._app(scope, receive, send)
        else:
            self._edge.count(EdgeReason.FOREIGN)
            await _hang_up(send)

    async def _answer(self, page: Page, scope: Scope, receive: Receive, send: Send) -> None:
        is_question = scope["method"] == "OPTIONS"
        asked = _header(scope, b"access-control-request-method") if is_question else None
        if self._is_public(scope, asked):
            if is_question:
                await _send_empty(send, [*CORS_PUBLIC, *_asked_headers(scope)])
            else:
                await self._app(scope, receive, send)
        elif page.problem is not None:
            self._edge.count(EdgeReason.FOREIGN)
            await send_response(send, self._forbidden(scope["path"], page.problem))
        elif page.origin is None:
            await self._app(scope, receive, send)
        elif asked is not None:
            methods = (b"access-control-allow-methods", _ALL_METHODS)
            headers = [*_cors_for(page.origin), methods, *_asked_headers(scope)]
            await _send_empty(send, headers)
        else:
            await self._app(scope, receive, adding_headers(send, _cors_for(page.origin)))

    def _is_public(self, scope: Scope, asked: bytes | None) -> bool:
        if self._guarded is None:
            return False
        method = scope["method"] if asked is None else asked.decode("latin-1")
        return self._guarded.is_public("GET" if method in _READING else method, scope["path"])

    def _forbidden(self, path: str, problem: str) -> Response:
        if self._guarded is None:
            return forbidden(problem)
        return self._guarded.forbidden(path, problem)


def forbidden(problem: str) -> Response:
    """The refusal of apps that have no words of their own for it."""
    error = {"code": "PERMISSION_DENIED", "message": problem, "details": {}}
    return Response(403, msgspec.json.encode({"error": error}))


def adding_headers(send: Send, headers: Iterable[Header]) -> Send:
    """Sends, with these headers beside those of every answer."""

    async def add(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *headers]}
        await send(message)

    return add


async def _hang_up(send: Send) -> None:
    """Answers a handshake with HTTP 403."""
    await send({"type": "websocket.close", "code": CloseCode.POLICY_VIOLATION})


async def _send_empty(send: Send, headers: list[Header]) -> None:
    headers = [(b"content-length", b"0"), *headers]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def _cors_for(origin: bytes) -> list[Header]:
    """What a page that is let in may read."""
    return [(b"access-control-allow-origin", origin), (b"vary", b"origin")]


def _asked_headers(scope: Scope) -> list[Header]:
    """Any header may be sent: which ones mean something is the app's matter."""
    names = _header(scope, b"access-control-request-headers")
    if names is None or not _HEADER_NAMES.fullmatch(names):
        return []
    return [(b"access-control-allow-headers", names), (b"access-control-max-age", b"600")]


def _header(scope: Scope, wanted: bytes) -> bytes | None:
    return next((value for name, value in scope["headers"] if name == wanted), None)
