"""The dialect as one ASGI app, with what runs beside it.

Plain ASGI functions by kind and path; nothing here needs a framework's router, and 404 and 405
come from the REST API's own table.
"""

from functools import partial

from hypersim.api.dialect import Mounted
from hypersim.api.services import Services
from hypersim.api.streams.followers import follow
from hypersim.dialects.binance.app.rest import rest_api
from hypersim.dialects.binance.app.table import OPERATIONS
from hypersim.dialects.binance.app.ws_api import WebSocketApi
from hypersim.dialects.binance.limits.order_counts import FillCounter
from hypersim.dialects.binance.limits.weights import limits_from
from hypersim.dialects.binance.streams.server import StreamServer
from hypersim.dialects.binance.venue import Venue
from hypersim.edge.asgi import AsgiApp


def build(services: Services) -> Mounted:
    """The app."""
    venue = Venue(services, limits_from(services.limits.get("binance", {})))
    streams = StreamServer(venue)
    accounts, publisher = venue.user_data.accounts, streams.publisher
    counter = FillCounter(services.engine, venue.order_counts)
    background = (
        partial(follow, services.engine, counter, accounts, publisher),
        publisher.run,
    )
    # The first path segment decides which kind of socket a client wants.
    sockets: dict[str, AsgiApp] = {
        "ws-api": WebSocketApi(venue, OPERATIONS).serve,
        "ws": streams.serve,
        "stream": streams.serve,
    }
    return Mounted(rest_api(venue, OPERATIONS, sockets), background)
