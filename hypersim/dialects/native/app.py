"""The native API as one ASGI app, and the steps of its requests in its own words."""

from collections.abc import Awaitable, Iterable

import structlog

from hypersim import __version__
from hypersim.api.dialect import Mounted
from hypersim.api.http.documents import Document, documented_app
from hypersim.api.http.shell import Served, Shell
from hypersim.api.operation import Security
from hypersim.api.plain_json import encode
from hypersim.api.services import Services
from hypersim.dialects.native.account import funds, keys, logins
from hypersim.dialects.native.auth import authenticate, bearer_account
from hypersim.dialects.native.errors import (
    INTERNAL_ERROR,
    ApiError,
    ErrorBody,
    ErrorCode,
    error_of,
)
from hypersim.dialects.native.limits import charge
from hypersim.dialects.native.market import endpoints as market
from hypersim.dialects.native.orders import endpoints as orders
from hypersim.dialects.native.orders.named import named
from hypersim.dialects.native.streams.server import PATH, StreamServer
from hypersim.dialects.native.venue import NAME, Call, Operation, shut_out
from hypersim.edge.asgi import Scope
from hypersim.edge.gate import CORS_PUBLIC
from hypersim.edge.plain import Header, Response
from hypersim.faults import Trouble, Troubled

OPERATIONS: tuple[Operation, ...] = (
    *market.OPERATIONS,
    *orders.OPERATIONS,
    *funds.OPERATIONS,
    *logins.OPERATIONS,
    *keys.OPERATIONS,
)

SIGNATURE = ("X-API-KEY", "X-API-TIMESTAMP", "X-API-SIGNATURE")
DOCUMENT = Document("hypersim", __version__, ErrorBody, SIGNATURE)

_STATUSES = {
    403: ErrorCode.PERMISSION_DENIED,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    413: ErrorCode.REQUEST_TOO_LARGE,
    500: ErrorCode.INTERNAL_ERROR,
}

_PUBLIC = Security.NONE

log = structlog.get_logger(__name__)


def build(services: Services) -> Mounted:
    """The app."""
    streams = StreamServer(services)
    words = Rest(services)
    shell = Shell(services, words, OPERATIONS)
    documented = documented_app(services, words, shell, DOCUMENT, {PATH: streams.serve})
    shell.otherwise, shell.open_pages = documented, DOCUMENT.path
    return Mounted(shell, streams.background)


class Rest:
    """See `HttpWords`."""

    name = NAME

    def __init__(self, services: Services) -> None:
        self._services = services

    def receive(self, served: Served[Operation], argument: str, scope: Scope, body: bytes) -> Call:
        """See `HttpWords`."""
        return Call(self._services, served, argument, scope, body)

    def charge(self, call: Call) -> None:
        """Who signs is counted by his key, once it is known whose it is. Raises `ApiError` 429."""
        if call.operation.security is _PUBLIC:
            call.who = call.counted()
            charge(call.services, call.who, call.arrived_ms)

    def authenticate(self, call: Call) -> None:
        """Raises `ApiError` 401, 403 and 429."""
        operation = call.operation
        if operation.security is _PUBLIC:
            return
        if operation.takes_token:
            call.holder = bearer_account(call)
            if call.holder is not None:
                return
        call.key = authenticate(call, operation.security.permission)

    named = staticmethod(named)

    def perform(self, call: Call) -> Awaitable[object]:
        """See `Steps`."""
        call.status = call.operation.statuses[0]
        return call.operation.handler(call)

    def answer(self, call: Call, result: object) -> Response:
        """See `Steps`."""
        return Response(call.status, encode(result), CORS_PUBLIC if call.is_open else ())

    def refuse(self, call: Call, failure: Exception) -> Response:
        """See `Steps`."""
        if isinstance(failure, Troubled) and failure.trouble is Trouble.BANNED:
            shut_out(call, failure.wait_s)
        error = error_of(failure)
        if error is None:
            log.error("request failed", endpoint=call.endpoint, exc_info=failure)
            error = INTERNAL_ERROR
        call.status, call.code = error.status, error.code
        if wait_s := error.headers.get("Retry-After"):
            call.retry_at_ms = call.arrived_ms + int(wait_s) * 1_000
        return _refusal(error, CORS_PUBLIC if call.is_open else ())

    def turn_away(
        self, status: int, method: str, path: str, detail: str, allowed: Iterable[str] = ()
    ) -> Response:
        """See `HttpWords`."""
        del method, path
        headers = {"Allow": ", ".join(allowed)} if status == 405 else {}
        code = _STATUSES.get(status, ErrorCode.INVALID_REQUEST)
        return _refusal(ApiError(code, detail, status=status, headers=headers))


def _refusal(error: ApiError, cors: Iterable[Header] = ()) -> Response:
    headers = [(name.lower().encode(), text.encode()) for name, text in error.headers.items()]
    return Response(error.status, error.body(), [*headers, *cors])
