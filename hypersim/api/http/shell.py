"""A dialect's REST API: one table from method and path to operation, for requests that are answered
plainly and for those that come over ASGI.

No web framework stands between the socket and a handler that is called all the time: what is parsed
here (raw query, raw body, a few headers) it would parse twice.
"""

from collections.abc import Coroutine, Iterable, Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from hypersim.api.call import Call
from hypersim.api.operation import Operation, Security
from hypersim.api.services import Services
from hypersim.api.sockets.serving import refuse
from hypersim.api.steps import Steps, take
from hypersim.api.traffic import OTHER
from hypersim.api.watching import sent_over_http
from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.client import client_of
from hypersim.edge.gate import CORS_PUBLIC, adding_headers
from hypersim.edge.plain import (
    BodyTooLarge,
    ClientGone,
    Handler,
    Response,
    read_body,
    send_response,
)

O = TypeVar("O", bound=Operation)  # type: ignore[type-arg]  # noqa: E741
C = TypeVar("C", bound=Call)


class Served(NamedTuple, Generic[O]):
    """What is served at a path for a method; `endpoint` is how it is counted. What
    `is_open` may be read by pages of any site; what `takes_rest` has a parameter with slashes."""

    operation: O
    endpoint: str
    is_open: bool
    takes_rest: bool = False


class HttpWords(Steps[C, Response], Protocol[O, C]):
    """What a dialect says over HTTP, besides its steps."""

    name: str

    def receive(self, served: Served[O], argument: str, scope: Scope, body: bytes) -> C:
        """A call made of the request; `argument` is the path's parameter. Raises nothing."""
        ...

    def turn_away(
        self, status: int, method: str, path: str, detail: str, allowed: Iterable[str] = ()
    ) -> Response:
        """What no operation answers: nothing is there (404), or for the `allowed` methods only
        (405); the body is too large (413), a page of another site may not do this (403)."""
        ...


class Table(Generic[O]):
    """What is served where."""

    def __init__(self, operations: Iterable[O]) -> None:
        self.exact: dict[tuple[str, str], Served[O]] = {}
        self._below: dict[tuple[str, str], Served[O]] = {}
        """By the path up to the parameter."""
        self.routes: dict[str, Served[O]] = {}
        for operation in operations:
            for route in operation.rest:
                method, path = route.split(" ")
                fixed, brace, parameter = path.partition("{")
                table = self._below if brace else self.exact
                assert (method, fixed) not in table, route
                endpoint, takes_rest = route.replace(":path}", "}"), parameter.endswith(":path}")
                is_open = operation.security is Security.NONE and method == "GET"
                served = Served(operation, endpoint, is_open, takes_rest)
                table[method, fixed] = self.routes[route] = served

    def find(self, method: str, path: str) -> tuple[Served[O], str] | None:
        """What is served there, and the path's parameter."""
        served = self.exact.get((method, path))
        if served is not None:
            return served, ""
        if not self._below:
            return None
        cut = last = path.rfind("/") + 1
        while cut > 1:
            served = self._below.get((method, path[:cut]))
            if served is not None and (served.takes_rest or cut == last < len(path)):
                return served, path[cut:]
            cut = path.rfind("/", 0, cut - 1) + 1
        return None

    def methods_of(self, path: str) -> list[str]:
        """Those that the path is served for, sorted."""
        return sorted(method for method, known in self.exact if known == path)


class Shell(Generic[O, C]):
    """An ASGI app. What is in no table goes to `otherwise`, if there is one; `sockets` serve
    WebSockets, by the first segment of the path."""

    def __init__(
        self,
        services: Services,
        words: HttpWords[O, C],
        operations: Iterable[O],
        sockets: Mapping[str, AsgiApp] | None = None,
    ) -> None:
        self._services = services
        self._words = words
        self._table = Table(operations)
        self.routes = self._table.routes
        self._sockets = sockets or {}
        self.otherwise: AsgiApp | None = None
        self.open_pages = ""
        """Where `otherwise` has pages that any site may read."""

    def handler(self, method: str, path: str) -> Handler | None:
        """See `HandlingApp`."""
        found = self._table.find(method, path)
        return None if found is None else partial(self.answer, *found)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. What anybody may read is there for HEAD too."""
        if scope["type"] != "http":
            segment = scope["path"].split("/", 2)[1]
            served = self._sockets.get(segment) or self.otherwise or refuse
            await served(scope, receive, send)
            return
        if scope["method"] == "HEAD" and self.is_public("GET", scope["path"]):
            scope = {**scope, "method": "GET"}
        handler = self.handler(scope["method"], scope["path"])
        if handler is None:
            if self.otherwise is not None:
                is_open = self.is_public(scope["method"], scope["path"])
                send = adding_headers(send, CORS_PUBLIC) if is_open else send
                await self.otherwise(scope, receive, send)
            else:
                await send_response(send, self._no_route(scope))
            return
        limit = self._services.edge.limits.body_bytes
        try:
            response = await handler(scope, await read_body(scope, receive, limit))
        except ClientGone:
            return
        except BodyTooLarge:
            response = self._turn_away(413, scope, str(BodyTooLarge(limit)))
        await send_response(send, response)

    def answer(
        self, served: Served[O], argument: str, scope: Scope, body: bytes
    ) -> Coroutine[Any, Any, Response]:
        """Take a request through its steps."""
        call = self._words.receive(served, argument, scope, body)
        if self._services.watch is not None:
            call.wire = sent_over_http(scope, body)
        return take(self._words, call)

    def is_public(self, method: str, path: str) -> bool:
        """See `GuardedApp`."""
        found = self._table.find(method, path)
        if found is None:
            is_page = bool(self.open_pages) and path.startswith(self.open_pages)
            return is_page and method == "GET"
        return found[0].is_open

    def forbidden(self, path: str, problem: str) -> Response:
        """See `GuardedApp`."""
        return self._words.turn_away(403, "", path, problem)

    def _no_route(self, scope: Scope) -> Response:
        traffic, address = self._services.traffic, client_of(scope).address
        begun = traffic.begin()
        allowed = self._table.methods_of(scope["path"])
        response = self._turn_away(405 if allowed else 404, scope, "", allowed)
        traffic.count(self._words.name, OTHER, response.status, begun=begun, client=address)
        if self._services.watch is not None:
            sent = sent_over_http(scope, b"")
            self._services.watch.turned_away(self._words.name, sent, address, response.status)
        return response

    def _turn_away(
        self, status: int, scope: Scope, detail: str = "", allowed: Iterable[str] = ()
    ) -> Response:
        detail = detail or HTTPStatus(status).phrase
        return self._words.turn_away(status, scope["method"], scope["path"], detail, allowed)
