"""The dialect as one ASGI app, with what runs beside it.

Plain ASGI functions by kind and path; nothing here needs a framework's router, and 404 and 405
come from the REST API's own table.
"""

from collections.abc import Awaitable
from functools import partial

from hypersim.api.asgi import AsgiApp, Receive, Scope, Send
from hypersim.api.dialect import Mounted
from hypersim.api.http.plain import Response
from hypersim.api.http.shell import Shell
from hypersim.api.services import Services
from hypersim.api.sockets.serving import refuse
from hypersim.api.streams.followers import follow
from hypersim.dialects.binance.app.rest import RestCall, rest_api
from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.app.ws_api import WebSocketApi
from hypersim.dialects.binance.limits.order_counts import FillCounter
from hypersim.dialects.binance.limits.weights import limits_from
from hypersim.dialects.binance.streams.server import StreamServer
from hypersim.dialects.binance.venue import Operation, Venue


def build(services: Services) -> Mounted:
    """The app."""
    venue = Venue(services, limits_from(services.limits.get("binance", {})))
    streams = StreamServer(venue)
    accounts, publisher = venue.user_data.accounts, streams.publisher
    counter = FillCounter(services.engine, venue.order_counts)
    background = (
        partial(follow, services.engine, counter, accounts, publisher),
        publisher.run,
        venue.user_data.listen_keys.expiries.run,
    )
    # The first path segment decides which kind of socket a client wants.
    sockets: dict[str, AsgiApp] = {
        "ws-api": WebSocketApi(venue, OPERATIONS).serve,
        "ws": streams.serve,
        "stream": streams.serve,
    }
    return Mounted(BinanceApp(rest_api(venue, OPERATIONS), sockets), background)


class BinanceApp:
    """HTTP to the REST API, sockets by their first path segment."""

    def __init__(self, rest: Shell[Operation, RestCall], sockets: dict[str, AsgiApp]) -> None:
        self._rest = rest
        self._sockets = sockets
        self.plain = rest.plain
        """See `PlainApp`."""

    def is_public(self, method: str, path: str) -> bool:
        """See `GuardedApp`."""
        return self._rest.is_public(method, path)

    def forbidden(self, path: str, problem: str) -> Response:
        """See `GuardedApp`."""
        return self._rest.forbidden(path, problem)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """ASGI: over HTTP or as a WebSocket; nothing here has a lifespan."""
        if scope["type"] == "http":
            return self._rest(scope, receive, send)
        segment = scope["path"].split("/", 2)[1]
        return self._sockets.get(segment, refuse)(scope, receive, send)
