"""The busiest endpoints without the framework: placing an order, reading one, reading a ticker.

Litestar's routing, arguments and response cost about a quarter of an order's time. What these
functions do is what the handlers of the same paths do; everything else, and every request that
does not look exactly like these, goes on to the app.
"""

from collections.abc import Awaitable, Callable, Iterable
from functools import partial

import structlog

from hypersim.account.user import Permission
from hypersim.api.asgi import AsgiApp, Receive, Scope, Send
from hypersim.api.edge.client import client_of
from hypersim.api.http.gate import CORS_PUBLIC, adding_headers, forbidden
from hypersim.api.http.plain import (
    Answer,
    BodyTooLarge,
    ClientGone,
    Header,
    Response,
    read_body,
    send_response,
)
from hypersim.api.services import Services
from hypersim.dialects.native.auth import authenticate, charge_address
from hypersim.dialects.native.errors import INTERNAL_ERROR, ApiError, ErrorCode, error_of
from hypersim.dialects.native.market.bodies import ticker_body
from hypersim.dialects.native.numbers import encode
from hypersim.dialects.native.orders.endpoints import find, place_for
from hypersim.dialects.native.params import known_symbol, order_id_of

Answered = tuple[int, object]
Fast = Callable[[Services, Scope, bytes], Awaitable[Answered]]

_PUBLIC = frozenset(("ping", "time", "markets", "ticker", "tickers", "trades", "depth", "klines"))
"""What any page may read, by the path's second part."""

_ORDER = "/v1/order"
_ORDER_ID = "/v1/order/"
_TICKER = "/v1/ticker/"

log = structlog.get_logger(__name__)


class FastEndpoints:
    """An ASGI app in front of the dialect's app."""

    def __init__(self, services: Services, app: AsgiApp) -> None:
        self._services = services
        self._app = app

    def plain(self, scope: Scope) -> Answer | None:
        """See `PlainApp`."""
        endpoint = _endpoint(scope)
        return None if endpoint is None else partial(self._answer, endpoint, scope)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        answer = self.plain(scope)
        if answer is None:
            is_public = scope["type"] == "http" and self.is_public(scope["method"], scope["path"])
            await self._app(
                scope, receive, adding_headers(send, CORS_PUBLIC) if is_public else send
            )
            return
        try:
            limit = self._services.edge.limits.body_bytes
            response = await answer(await read_body(scope, receive, limit))
        except ClientGone:
            return
        except BodyTooLarge as error:
            response = _refusal(scope, error)
        await send_response(send, response)

    def is_public(self, method: str, path: str) -> bool:
        """See `GuardedApp`."""
        root, _, rest = path[1:].partition("/")
        is_market = root == "v1" and rest.partition("/")[0] in _PUBLIC
        return method == "GET" and (is_market or root == "schema")

    def forbidden(self, path: str, problem: str) -> Response:
        """See `GuardedApp`."""
        del path
        return forbidden(problem)

    async def _answer(self, endpoint: Fast, scope: Scope, body: bytes) -> Response:
        traffic = self._services.traffic
        begun = traffic.begin()
        cors = CORS_PUBLIC if endpoint is _ticker else ()
        try:
            status, content = await endpoint(self._services, scope, body)
            response = Response(status, encode(content), cors)
        except Exception as error:
            response = _refusal(scope, error, cors)
        name, address = _NAMES[endpoint], client_of(scope).address
        traffic.count("native", name, response.status, begun=begun, client=address)
        return response


def _endpoint(scope: Scope) -> Fast | None:
    if scope["type"] != "http":
        return None
    method, path = scope["method"], scope["path"]
    if method == "POST":
        return _place if path == _ORDER else None
    if method != "GET" or scope["query_string"]:
        return None
    if path.startswith(_ORDER_ID) and path.count("/") == _ORDER_ID.count("/"):
        return _show
    return _ticker if path.startswith(_TICKER) else None


async def _place(services: Services, scope: Scope, body: bytes) -> Answered:
    key = authenticate(services, scope, body, Permission.TRADE)
    return await place_for(services, key, body)


async def _show(services: Services, scope: Scope, body: bytes) -> Answered:
    key = authenticate(services, scope, body, Permission.READ)
    order_id = order_id_of(scope["path"][len(_ORDER_ID) :])
    return 200, await find(services, key.account_id, order_id)


async def _ticker(services: Services, scope: Scope, body: bytes) -> Answered:
    del body
    charge_address(services, scope)
    view = services.engine.view
    symbol = known_symbol(view, scope["path"][len(_TICKER) :])
    return 200, ticker_body(view.markets[symbol].ticker())


_NAMES: dict[Fast, str] = {
    _place: "POST /v1/order",
    _show: "GET /v1/order/{order_id}",
    _ticker: "GET /v1/ticker/{symbol}",
}
"""As the app calls the same ones."""


def _refusal(scope: Scope, error: Exception, cors: Iterable[Header] = ()) -> Response:
    known = error_of(error)
    if isinstance(error, BodyTooLarge):
        known = ApiError(ErrorCode.REQUEST_TOO_LARGE, str(error), status=413)
    if known is None:
        log.error("request failed", method=scope["method"], path=scope["path"], exc_info=error)
        known = INTERNAL_ERROR
    headers = [(name.lower().encode(), text.encode()) for name, text in known.headers.items()]
    return Response(known.status, known.body(), [*headers, *cors])
