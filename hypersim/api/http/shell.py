"""A dialect's REST API: one table from method and path to operation, for requests that are answered
plainly and for those that come over ASGI.

No web framework stands between the socket and a handler that is called all the time: what is parsed
here (raw query, raw body, a few headers) it would parse twice.
"""

from collections.abc import Awaitable, Iterable
from functools import partial
from typing import Generic, NamedTuple, Protocol, TypeVar

from hypersim.api.asgi import AsgiApp, Receive, Scope, Send
from hypersim.api.call import Call
from hypersim.api.edge.client import client_of
from hypersim.api.http.plain import (
    Answer,
    BodyTooLarge,
    ClientGone,
    Response,
    read_body,
    send_response,
)
from hypersim.api.operation import Operation
from hypersim.api.services import Services
from hypersim.api.steps import Steps, take
from hypersim.api.traffic import OTHER

O = TypeVar("O", bound=Operation)  # type: ignore[type-arg]  # noqa: E741
C = TypeVar("C", bound=Call)


class Served(NamedTuple, Generic[O]):
    """What is served at a path for a method; `endpoint` is how it is counted. `takes_rest`: its
    parameter may have slashes in it."""

    operation: O
    endpoint: str
    takes_rest: bool = False


class HttpWords(Steps[C, Response], Protocol[O, C]):
    """What a dialect says over HTTP, besides its steps."""

    name: str

    def receive(self, served: Served[O], argument: str, scope: Scope, body: bytes) -> C:
        """A call made of the request; `argument` is the path's parameter. Raises nothing."""
        ...

    def no_route(self, method: str, path: str, allowed: Iterable[str]) -> Response:
        """Nothing is served there, or only for the methods that are `allowed`."""
        ...

    def too_large(self, path: str, limit: int) -> Response:
        """The body has more bytes than are taken."""
        ...

    def forbidden(self, problem: str) -> Response:
        """A page of another site may not do this."""
        ...


class Table(Generic[O]):
    """What is served where."""

    def __init__(self, operations: Iterable[O]) -> None:
        self._exact: dict[tuple[str, str], Served[O]] = {}
        self._below: dict[tuple[str, str], Served[O]] = {}
        """By the path up to the parameter."""
        for operation in operations:
            for route in operation.rest:
                method, path = route.split(" ")
                fixed, brace, parameter = path.partition("{")
                table = self._below if brace else self._exact
                assert (method, fixed) not in table, route
                served = Served(operation, route, parameter.endswith(":path}"))
                table[method, fixed] = served._replace(endpoint=route.replace(":path}", "}"))

    def find(self, method: str, path: str) -> tuple[Served[O], str] | None:
        """What is served there, and the path's parameter."""
        served = self._exact.get((method, path))
        if served is not None:
            return served, ""
        if not self._below:
            return None
        cut = last = path.rfind("/") + 1
        while cut > 1 and cut < len(path):
            served = self._below.get((method, path[:cut]))
            if served is not None and (cut == last or served.takes_rest):
                return served, path[cut:]
            cut = path.rfind("/", 0, cut - 1) + 1
        return None

    def methods_of(self, path: str) -> list[str]:
        """Those that the path is served for, sorted."""
        return sorted(method for method, known in self._exact if known == path)


class Shell(Generic[O, C]):
    """An ASGI app for HTTP. What is in no table goes to `otherwise` where there is one."""

    def __init__(
        self,
        services: Services,
        words: HttpWords[O, C],
        operations: Iterable[O],
        otherwise: AsgiApp | None = None,
    ) -> None:
        self._services = services
        self._words = words
        self._table = Table(operations)
        self._otherwise = otherwise

    def plain(self, scope: Scope) -> Answer | None:
        """See `PlainApp`."""
        found = self._table.find(scope["method"], scope["path"])
        return None if found is None else partial(self.answer, *found, scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. What anybody may read is there for HEAD too."""
        if scope["method"] == "HEAD" and self.is_public("GET", scope["path"]):
            scope = {**scope, "method": "GET"}
        answer = self.plain(scope)
        if answer is None:
            if self._otherwise is not None:
                await self._otherwise(scope, receive, send)
                return
            await send_response(send, self._no_route(scope))
            return
        limit = self._services.edge.limits.body_bytes
        try:
            response = await answer(await read_body(scope, receive, limit))
        except ClientGone:
            return
        except BodyTooLarge:
            response = self._words.too_large(scope["path"], limit)
        await send_response(send, response)

    def answer(
        self, served: Served[O], argument: str, scope: Scope, body: bytes
    ) -> Awaitable[Response]:
        """Take a request through its steps."""
        return take(self._words, self._words.receive(served, argument, scope, body))

    def is_public(self, method: str, path: str) -> bool:
        """See `GuardedApp`."""
        found = self._table.find(method, path)
        return found is not None and found[0].operation.is_public

    def forbidden(self, path: str, problem: str) -> Response:
        """See `GuardedApp`."""
        del path
        return self._words.forbidden(problem)

    def _no_route(self, scope: Scope) -> Response:
        method, path = scope["method"], scope["path"]
        traffic, address = self._services.traffic, client_of(scope).address
        begun = traffic.begin()
        response = self._words.no_route(method, path, self._table.methods_of(path))
        traffic.count(self._words.name, OTHER, response.status, begun=begun, client=address)
        return response
