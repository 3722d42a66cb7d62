"""Operations as Litestar routes, described by the types that their handlers read and answer: the
OpenAPI document with its pages, and what is served beside the table (a path with a slash too many).
"""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NamedTuple, cast, get_args, get_type_hints

import msgspec
from litestar import HttpMethod, Litestar, Request, WebSocket
from litestar import Response as LitestarResponse
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler, WebsocketRouteHandler
from litestar.openapi import OpenAPIConfig, spec

from hypersim.api.http.shell import HttpWords, Served, Shell
from hypersim.api.operation import Operation, Security
from hypersim.api.services import Services
from hypersim.api.traffic import COUNTED, CountedApp
from hypersim.api.watching import sent_over_http
from hypersim.edge.asgi import AsgiApp, Scope
from hypersim.edge.client import client_of
from hypersim.edge.plain import Response

_JSON = "application/json"

ALWAYS = (400, 413, 429, 503)
"""Any request may be malformed, too large or one too many, and any answer may need the record."""

AUTHENTICATING = (401, 403)


class Document(NamedTuple):
    """What the document says of the whole API: `error` is the body of every refusal, `signature`
    the headers of a signed request; `path` is where the pages are."""

    title: str
    version: str
    error: type
    signature: tuple[str, ...]
    path: str = "/schema"


def documented_app(
    services: Services,
    words: HttpWords[Any, Any],
    shell: Shell[Any, Any],
    document: Document,
    sockets: Mapping[str, AsgiApp],
) -> AsgiApp:
    """An app with the shell's operations, the pages, and what serves WebSockets, by path."""
    writer = _Writer(document, [_Known(served.operation) for served in shell.routes.values()])

    def on_error(request: Request[Any, Any, Any], error: Exception) -> LitestarResponse[bytes]:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers: dict[str, str] = dict(getattr(error, "headers", None) or {})
        allowed = headers.get("Allow", headers.get("allow", "")).split(", ")
        detail = HTTPStatus(status).phrase
        method, path = request.method, request.url.path
        if services.watch is not None:
            scope = cast(Scope, request.scope)
            sent, address = sent_over_http(scope, b""), client_of(scope).address
            services.watch.turned_away(words.name, sent, address, status)
        return _sent(words.turn_away(status, method, path, detail, filter(None, allowed)))

    routes = [writer.route(shell, route, served) for route, served in shell.routes.items()]
    app = Litestar(
        [*routes, *(_socket(path, app) for path, app in sockets.items())],
        exception_handlers={Exception: on_error},
        request_max_body_size=services.edge.limits.body_bytes,
        openapi_config=OpenAPIConfig(document.title, document.version, path=document.path),
        logging_config=None,
    )
    return CountedApp(cast(AsgiApp, app), services.traffic, words.name)


class _Known:
    """What the types and the docstring of an operation's handler say."""

    def __init__(self, operation: Operation[Any, Any]) -> None:
        self.operation = operation
        self.summary = " ".join((inspect.getdoc(operation.handler) or "").split("\n\n")[0].split())
        self.answer: Any = get_type_hints(operation.handler)["return"]
        bodies = get_args(operation.body) or (operation.body,)
        self.body: Any = bodies[0]
        self.is_body_required = len(bodies) == 1


class _Writer:
    """Describes operations."""

    def __init__(self, document: Document, operations: Iterable[_Known]) -> None:
        self._document = document
        types = {kind for known in operations for kind in (known.answer, known.body) if kind}
        ordered = [document.error, *sorted(types - {document.error}, key=repr)]
        schemas, components = msgspec.json.schema_components(ordered, ref_template="{name}")
        whole = (_without_names(schema, components) for schema in schemas)
        self._schemas = dict(zip(ordered, whole, strict=True))

    def route(self, shell: Shell[Any, Any], route: str, served: Served[Any]) -> HTTPRouteHandler:
        """A Litestar handler that takes the request through the shell's steps."""
        method, _, path = route.partition(" ")
        operation, known = served.operation, _Known(served.operation)

        async def serve(request: Request[Any, Any, Any]) -> LitestarResponse[bytes]:
            scope = cast(Scope, request.scope)
            scope[COUNTED] = True
            argument = next(iter(request.path_params.values()), "")
            return _sent(await shell.answer(served, argument, scope, await request.body()))

        serve.__name__ = operation.handler.__name__
        decorate = HTTPRouteHandler(
            path if ":" in path else path.replace("}", ":str}"),
            http_method=HttpMethod(method),
            status_code=operation.statuses[0],
            summary=known.summary.removesuffix("."),
            operation_class=self._operation_class(path, known),
        )
        return decorate(serve)

    def _operation_class(self, path: str, known: _Known) -> type[spec.Operation]:
        operation, is_signed = known.operation, known.operation.security is not Security.NONE
        parameters = [*_in_path(path), *_in_query(operation.query)]
        parameters += self._signature(operation) if is_signed else ()
        refused = {*ALWAYS, *operation.errors, *(AUTHENTICATING if is_signed else ())}
        error = self._schema(self._document.error)
        answers = {str(status): self._answer("Done", known.answer) for status in operation.statuses}
        answers |= {str(code): _content("Refused", error) for code in sorted(refused)}
        body = None if known.body is None else self._body(known)

        # Without the decorator, the base's constructor would not know of __post_init__.
        @dataclass
        class Described(spec.Operation):
            """The operation, with what its handler reads by itself."""

            def __post_init__(self) -> None:
                self.parameters = [*parameters]
                self.responses = {**answers}
                self.request_body = body

        return Described

    def _signature(self, operation: Operation[Any, Any]) -> Iterator[spec.Parameter]:
        is_needed = not getattr(operation, "takes_token", False)
        for name in self._document.signature:
            yield spec.Parameter(name, "header", schema=_TEXT, required=is_needed)

    def _body(self, known: _Known) -> spec.RequestBody:
        media = {_JSON: spec.OpenAPIMediaType(schema=self._schema(known.body))}
        return spec.RequestBody(content=media, required=known.is_body_required)

    def _answer(self, description: str, kind: Any) -> spec.OpenAPIResponse:
        return _content(description, self._schema(kind))

    def _schema(self, kind: Any) -> Any:
        return self._schemas[kind]


_TEXT = spec.Schema(type=spec.OpenAPIType.STRING)


def _socket(path: str, app: AsgiApp) -> WebsocketRouteHandler:
    async def serve(socket: WebSocket[Any, Any, Any]) -> None:
        await app(cast(Scope, socket.scope), cast(Any, socket.receive), cast(Any, socket.send))

    return WebsocketRouteHandler(path)(serve)


def _without_names(schema: Any, named: dict[str, Any]) -> Any:
    """The schema with those that it names in it: Litestar's document has only its own apart."""
    if isinstance(schema, list):
        return [_without_names(one, named) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _without_names(named[schema["$ref"]], named)
    return {key: _without_names(value, named) for key, value in schema.items()}


def _in_path(path: str) -> Iterator[spec.Parameter]:
    _, brace, parameter = path.partition("{")
    if brace:
        name = parameter.rstrip("}").partition(":")[0]
        yield spec.Parameter(name, "path", schema=_TEXT, required=True)


def _in_query(query: type | None) -> Iterator[spec.Parameter]:
    hints = {} if query is None else get_type_hints(query, include_extras=True)
    for name, kind in hints.items():
        schema = msgspec.json.schema(kind)
        schema = next(one for one in schema.get("anyOf", [schema]) if one != {"type": "null"})
        about = schema.pop("description", None)
        yield spec.Parameter(name, "query", schema=cast(Any, schema), description=about)


def _content(description: str, schema: Any) -> spec.OpenAPIResponse:
    media = {_JSON: spec.OpenAPIMediaType(schema=schema)}
    return spec.OpenAPIResponse(description=description, content=media)


def _sent(response: Response) -> LitestarResponse[bytes]:
    headers = {name.decode(): value.decode() for name, value in response.headers}
    return LitestarResponse(
        response.body,
        status_code=response.status,
        headers=headers,
        media_type=response.content_type.decode(),
    )
